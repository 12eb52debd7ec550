"""The canvas in a real browser: a network drawn by mouse and by keyboard alone, mended, grouped, copied, followed."""

import json
import re
import urllib.request
from itertools import pairwise
from typing import Any

from playwright.sync_api import Locator, Page, expect

CNN = ["image", "conv1", "max_pool1", "flatten1", "dense1", "classification"]


def made(server: Any, name: str, graph: dict[str, Any] | None = None, **asked: Any) -> str:
    """Make a graph and return its path."""
    body = {"project": "p", "name": name, **({"graph": graph} if graph else {}), **asked}
    return f"/p/p/canvas/{server.post('/api/v1/graphs', body)['id']}"


def read(server: Any, path: str) -> dict[str, Any]:
    """Return the graph that the server has."""
    with urllib.request.urlopen(f"{server.url}/api/v1/graphs/{path.rpartition('/')[2]}", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def nodes(found: dict[str, Any]) -> list[str]:
    return [node["id"] for node in found["graph"]["nodes"]]


def wires(found: dict[str, Any]) -> list[str]:
    return sorted(
        f"{a}.{p} {b}.{q}" for edge in found["graph"]["edges"] for (a, p), (b, q) in [(edge["from"], edge["to"])]
    )


def chain(ids: list[str]) -> list[str]:
    return sorted(f"{a}.out {b}.in" for a, b in pairwise(ids))


def card(page: Page, name: str) -> Locator:
    return page.locator(f".react-flow__node[data-id='{name}']")


def port(page: Page, node: str, name: str) -> Locator:
    return card(page, node).locator(f"[data-handleid='{name}']")


def saved(page: Page, rev: int) -> None:
    """Wait until a revision is shown as saved."""
    expect(page.locator(".canvas-saved")).to_have_text(f"revision {rev} · saved")


def find(page: Page, text: str) -> None:
    """Type into the field that is open, and take what is found first."""
    field = page.get_by_role("combobox", name="Add a component")
    field.fill(text)
    expect(page.locator(".canvas-finder").get_by_role("option").first).to_be_visible()
    field.press("Enter")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


MIDWAY = """wire => {
  const path = wire.querySelector("path"), {x, y} = path.getPointAtLength(path.getTotalLength() / 2);
  const at = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
  return [at.x, at.y];
}"""


def wire(page: Page, key: str) -> tuple[float, float]:
    """Return a point in the middle of a wire."""
    x, y = page.locator(f".react-flow__edge[data-id='{key}']").evaluate(MIDWAY)
    return x, y


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_a_network_is_built_by_mouse_undone_to_nothing_and_redone_after_a_reload(canvases: Any, drawing: Any) -> None:
    path = made(drawing, "by-mouse")
    tab = canvases()
    page = tab.open(path)
    page.get_by_role("button", name="Add a component").click()
    find(page, "image in")
    shelf = page.get_by_role("navigation", name="Components")
    for title in ["Conv 2-D", "Max pool", "Flatten", "Dense", "Classification"]:
        shelf.get_by_role("button", name=title, exact=True).click()
    expect(card(page, "classification")).to_contain_text("Classification")
    saved(page, 7)
    assert (nodes(read(drawing, path)), wires(read(drawing, path))) == (CNN, chain(CNN))
    expect(card(page, "conv1")).to_contain_text("28×28×32")
    expect(page.locator(".canvas-foot")).to_contain_text("parameters")

    # A component dropped on a wire goes into it.
    page.keyboard.press("0")
    shelf.get_by_role("button", name="Dropout", exact=True).drag_to(
        page.locator(".react-flow__edge[data-id='dense1.out classification.in']"), force=True
    )
    expect(card(page, "dropout1")).to_be_visible()
    saved(page, 8)
    assert wires(read(drawing, path)) == chain([*CNN[:-1], "dropout1", CNN[-1]])

    # A wire dropped where nothing is asks what to add there; its end can be led to a port, and pulled off again.
    x, y = middle(card(page, "conv1"))
    drag(page, middle(port(page, "conv1", "out")), (x + 40, y + 150))
    find(page, "add")
    expect(card(page, "add1")).to_be_visible()
    drag(page, middle(port(page, "image", "out")), middle(port(page, "add1", "in.1")))
    saved(page, 10)
    assert {"conv1.out add1.in.0", "image.out add1.in.1"} <= set(wires(read(drawing, path)))
    page.mouse.click(*wire(page, "image.out add1.in.1"))
    page.keyboard.press("Delete")
    saved(page, 11)
    assert "image.out add1.in.1" not in wires(read(drawing, path))

    everything = read(drawing, path)["graph"]
    for _ in range(10):
        page.keyboard.press("Control+z")
    expect(page.get_by_text("Drag a component here")).to_be_visible()
    saved(page, 21)
    assert nodes(read(drawing, path)) == []
    page.reload()
    expect(page.get_by_text("Drag a component here")).to_be_visible()
    for _ in range(10):
        page.get_by_role("button", name=re.compile("Redo: ")).click()
    saved(page, 31)
    assert read(drawing, path)["graph"] == everything


def test_a_network_is_built_by_keyboard_alone(canvases: Any, drawing: Any) -> None:
    path = made(drawing, "by-keys")
    page = canvases().open(path)
    page.bring_to_front()
    expect(page.get_by_text("Drag a component here")).to_be_visible()
    keys = page.keyboard
    for text in ["image in", "conv 2-d", "max pool", "flatten", "dense", "classification"]:
        keys.press("/")
        expect(page.get_by_role("combobox", name="Add a component")).to_be_focused()
        keys.type(text)
        expect(page.locator(".canvas-finder").get_by_role("option").first).to_be_visible()
        keys.press("Enter")
        expect(page.locator(".react-flow__node:focus")).to_have_count(1)
    saved(page, 7)
    assert (nodes(read(drawing, path)), wires(read(drawing, path))) == (CNN, chain(CNN))

    # Along the wires to the first layer; Enter leads into its form, where the number of filters is the first field.
    expect(card(page, "classification")).to_be_focused()
    for name in ["dense1", "flatten1", "max_pool1", "conv1"]:
        keys.press("ArrowLeft")
        expect(card(page, name)).to_be_focused()
    keys.press("Enter")
    field = page.get_by_role("spinbutton", name="filters")
    expect(field).to_be_focused()
    field.fill("8")
    expect(card(page, "conv1")).to_contain_text("28×28×8")

    # Disconnect, connect elsewhere, comment, duplicate, delete, and take all of it back.
    card(page, "conv1").focus()
    before = read(drawing, path)["graph"]
    keys.press("Shift+c")
    expect(page.get_by_role("combobox", name="Disconnect conv1 from")).to_be_focused()
    keys.type("max")
    keys.press("Enter")
    expect(page.locator(".react-flow__edge")).to_have_count(4)
    keys.press("c")
    expect(page.get_by_role("combobox", name="Connect conv1 to")).to_be_focused()
    keys.type("flat")
    keys.press("Enter")
    expect(page.locator(".react-flow__edge[data-id='conv1.out flatten1.in']")).to_have_count(1)
    keys.press("m")
    expect(page.get_by_role("textbox", name="Comment on conv1")).to_be_focused()
    keys.type("sees edges")
    keys.press("Control+Enter")
    expect(card(page, "conv1")).to_contain_text("sees edges")
    keys.press("ArrowRight")
    expect(card(page, "flatten1")).to_be_focused()
    keys.press("Control+d")
    expect(card(page, "flatten2")).to_be_focused()
    keys.press("Delete")
    expect(card(page, "flatten2")).to_have_count(0)
    for _ in range(5):
        keys.press("Control+z")
    expect(page.locator(".react-flow__edge[data-id='conv1.out max_pool1.in']")).to_have_count(1)
    expect(page.locator(".canvas-saved")).to_have_text(re.compile("saved$"))
    assert read(drawing, path)["graph"] == before


def broken() -> dict[str, Any]:
    """Return a graph whose addition does not fit, beside a component that nobody has."""
    return {
        "nodes": [
            {"id": "image", "type": "core/image_input@1"},
            {"id": "conv", "type": "core/conv2d@1", "params": {"filters": 8}},
            {"id": "side", "type": "core/conv2d@1", "params": {"filters": 16}},
            {"id": "sum", "type": "core/add@1"},
            {"id": "head", "type": "core/global_avg_pool@1"},
            {"id": "odd", "type": "acme/strange@2"},
        ],
        "edges": [
            {"from": ["image", "out"], "to": ["conv", "in"]},
            {"from": ["conv", "out"], "to": ["sum", "in.0"]},
            {"from": ["image", "out"], "to": ["side", "in"]},
            {"from": ["side", "out"], "to": ["sum", "in.1"]},
            {"from": ["sum", "out"], "to": ["head", "in"]},
            {"from": ["conv", "out"], "to": ["odd", "in"]},
        ],
    }  # fmt: skip


def test_what_is_wrong_stands_at_the_node_and_one_button_mends_it(canvases: Any, drawing: Any) -> None:
    path = made(drawing, "broken", broken())
    tab = canvases()
    page = tab.open(path)
    expect(card(page, "odd")).to_contain_text("not installed")
    expect(port(page, "sum", "in.1")).to_have_class(re.compile(r"\bbad\b"))
    expect(card(page, "head").locator(".node-card")).to_have_class(re.compile("blocked"))
    assert tab.axe() == []
    card(page, "sum").hover()
    tip = page.locator(".node-tip")
    expect(tip).to_contain_text("Add needs")
    button = tip.get_by_role("button").first
    title = button.inner_text()
    button.click()
    expect(card(page, "sum").locator(".node-sign.error")).to_have_count(0)
    expect(page.get_by_role("button", name=f"Undo: {title.split(chr(10))[0]}")).to_be_visible()
    expect(card(page, "head").locator(".node-card")).not_to_have_class(re.compile("blocked"))


def test_groups_fold_and_repeat_nodes_go_to_another_graph_and_two_tabs_agree(canvases: Any, drawing: Any) -> None:
    path = made(drawing, "groups", template="mnist_cnn")
    other = made(drawing, "other")
    first, second = canvases(), canvases()
    page, mirror = first.open(path), second.open(path)
    expect(card(mirror, "conv1")).to_be_visible()
    card(page, "conv1").click()
    card(page, "pool1").click(modifiers=["Shift"])
    page.keyboard.press("Control+g")
    expect(page.get_by_role("region", name="Group block1")).to_be_visible()
    page.get_by_role("spinbutton", name="Repeats of block1").fill("3")
    page.get_by_role("button", name="Fold block1").click()
    expect(card(mirror, "group:block1")).to_contain_text("2 nodes ×3")
    expect(mirror.locator(".react-flow__edge[data-id='image.out conv1.in']")).to_have_count(1)
    assert read(drawing, path)["graph"]["groups"] == [
        {"id": "block1", "nodes": ["conv1", "pool1"], "collapsed": True, "repeat": 3}
    ]

    # The group becomes one node, which is opened again: from the side, and from the menu of the node.
    before = read(drawing, path)
    card(page, "group:block1").click()
    page.get_by_role("button", name="Make it a component").click()
    expect(card(page, "block1")).to_contain_text("Subgraph")
    saved(page, before["rev"] + 1)
    assert {node["id"]: node["type"] for node in read(drawing, path)["graph"]["nodes"]}["block1"] == "core/subgraph@1"
    card(page, "block1").click(button="right")
    page.get_by_role("menuitem", name="Open it").click()
    expect(card(page, "conv1")).to_be_visible()
    saved(page, before["rev"] + 2)
    for undone in ("Open block1", "Make block1 a component"):
        page.get_by_role("button", name=f"Undo: {undone}").click()
    saved(page, before["rev"] + 4)
    assert read(drawing, path)["graph"] == before["graph"]

    # Both change the graph at once, and both see the same in the end.
    page.bring_to_front()
    card(page, "head").click()
    page.keyboard.press("Delete")
    mirror.bring_to_front()
    card(mirror, "hidden").click()
    mirror.keyboard.press("Control+d")
    for one in (page, mirror):
        expect(card(one, "hidden2")).to_be_visible()
        expect(card(one, "head")).to_have_count(0)

    # A block of the palette goes behind what is selected, as a group, and one step takes it back.
    page.bring_to_front()
    before = read(drawing, path)
    card(page, "hidden2").click()
    shelf = page.get_by_role("navigation", name="Components")
    shelf.get_by_role("searchbox", name="Find a component").fill("transformer")
    shelf.get_by_role("region", name="Blocks").get_by_role("button", name="Transformer encoder").click()
    expect(page.get_by_role("region", name="Group Transformer encoder")).to_be_visible()
    saved(page, before["rev"] + 1)
    found = read(drawing, path)
    assert [group["id"] for group in found["graph"]["groups"]] == ["block1", "transformer_encoder"]
    assert {"hidden2.out norm1.in", "hidden2.out sum1.in.1"} < set(wires(found)) - set(wires(before))
    page.get_by_role("button", name="Undo: Add Transformer encoder").click()
    saved(page, before["rev"] + 2)
    assert read(drawing, path)["graph"] == before["graph"]

    # What is copied here is pasted into another graph, with its wires and groups.
    page.bring_to_front()
    card(page, "group:block1").click()
    page.keyboard.press("Control+c")
    page.goto(drawing.url + other)
    expect(page.get_by_text("Drag a component here")).to_be_visible()
    page.locator(".stage").focus()
    page.keyboard.press("Control+v")
    page.keyboard.press("Control+v")
    expect(card(page, "group:block2")).to_be_visible()
    saved(page, 3)
    found = read(drawing, other)
    assert (nodes(found), wires(found)) == (
        ["conv1", "pool1", "conv2", "pool2"],
        sorted([*chain(["conv1", "pool1"]), *chain(["conv2", "pool2"])]),
    )


def test_on_a_phone_a_graph_is_looked_at_and_edited_a_little(canvases: Any, drawing: Any) -> None:
    path = made(drawing, "phone", template="mnist_cnn")
    tab = canvases(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark")
    page = tab.open(path)
    expect(card(page, "label")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.axe() == []
    card(page, "drop").tap()
    page.get_by_role("button", name="Details").tap()
    page.get_by_label("rate", exact=False).first.fill("0.25")
    page.get_by_role("button", name="Graph", exact=True).tap()
    saved(page, 2)
    page.get_by_role("button", name="Add", exact=True).tap()
    page.get_by_role("navigation", name="Components").get_by_role("button", name="Dropout", exact=True).tap()
    expect(card(page, "drop2").or_(card(page, "dropout1"))).to_be_visible()
    assert read(drawing, path)["graph"]["nodes"][-1]["type"] == "core/dropout@1"
