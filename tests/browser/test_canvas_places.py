"""Where nodes stand and how much room the code has, over reloads; and what a page says whose parts were replaced."""

import json
import re
import urllib.request
from typing import Any

from playwright.sync_api import Page, expect

PLACES = """() => Object.fromEntries([...document.querySelectorAll(".react-flow__node")].map(
  (node) => [node.dataset.id, node.style.transform]))"""


def made(server: Any, name: str) -> str:
    graph = server.post("/api/v1/graphs", {"project": "places", "name": name, "template": "mlp"})
    return f"/p/places/canvas/{graph['id']}"


def places(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(PLACES)
    return found


def saved(page: Page, rev: int) -> None:
    expect(page.locator(".canvas-saved")).to_have_text(f"revision {rev} · saved")


def test_a_node_comes_back_where_it_was_and_one_that_code_adds_stands_between_its_neighbours(
    canvases: Any, drawing: Any
) -> None:
    path = made(drawing, "back")
    page = canvases().open(path)
    hidden = page.locator(".react-flow__node[data-id='hidden']")
    # What it costs stands below its shape and its parameters.
    expect(hidden.locator(".node-cost")).to_have_text(re.compile(r"47(\.\d+)?\skFLOP120\sB"))
    before = places(page)
    hidden.locator(".node-head b").click()
    page.keyboard.press("Delete")
    saved(page, 2)
    page.reload()
    expect(page.get_by_role("button", name="Undo: Delete hidden")).to_be_visible()
    expect(hidden).to_have_count(0)
    page.locator(".stage").focus()
    page.keyboard.press("Control+z")
    expect(hidden).to_be_visible()
    saved(page, 3)
    assert places(page) == before

    expect(page.locator(".code-said")).to_have_text("In step with the graph")
    editor = page.get_by_role("textbox", name="PyTorch code")
    editor.get_by_text("head = self.head(hidden)").click()
    page.keyboard.press("Home")
    page.keyboard.type("hidden = hidden * 2.0 - torch.sin(hidden)\n")
    code = page.locator(".react-flow__node[data-id='code']")
    expect(code).to_be_visible()
    expect(page.locator(".canvas-saved")).to_have_text(re.compile("saved$"))
    with urllib.request.urlopen(f"{drawing.url}/api/v1/graphs/{path.rpartition('/')[2]}", timeout=30) as answer:
        at = {node["id"]: node["ui"] for node in json.load(answer)["graph"]["nodes"]}
    row = [at[name] for name in ("hidden", "code", "head")]
    assert [place["y"] for place in row] == [row[0]["y"]] * 3
    assert [place["x"] - row[0]["x"] for place in row] == [0, 224, 448]


def test_the_code_has_the_room_that_it_was_given_last(canvases: Any, drawing: Any) -> None:
    tab = canvases()
    page = tab.open(made(drawing, "room"))
    panel = page.locator(".canvas-code")
    bar = page.get_by_role("separator", name="Height of the code")
    expect(page.locator(".code-said")).to_have_text("In step with the graph")

    def height() -> float:
        box = panel.bounding_box()
        assert box is not None
        return box["height"]

    first = height()
    bar.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    # The first press sets a height in pixels where it was a share of the panel.
    taller = height()
    page.keyboard.press("ArrowUp")
    assert (taller > first, height() - taller) == (True, 24)
    box = bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 50, box["y"] - 57, steps=3)
    page.mouse.up()
    assert height() - taller == 84
    page.locator(".stage").focus()
    page.keyboard.press("Shift+E")
    expect(page.get_by_role("tabpanel")).to_be_hidden()
    assert tab.axe(".canvas-side") == []
    page.reload()
    expect(page.get_by_role("button", name="Show the form")).to_be_visible()
    # Who asks for the form has it.
    page.locator(".react-flow__node[data-id='hidden'] .node-head b").click()
    page.keyboard.press("Enter")
    expect(page.get_by_role("spinbutton", name="units")).to_be_focused()
    assert height() - taller == 84


def test_a_page_whose_parts_were_replaced_says_so_and_can_be_loaded_again(canvases: Any, drawing: Any) -> None:
    path = made(drawing, "updated")
    tab = canvases()
    tab.watch.allow("404|dynamically imported module")
    page = tab.open("/p/places/canvas")
    expect(page.get_by_role("link", name="updated")).to_be_visible()
    page.route(re.compile(r"/assets/canvas-[^/]*\.js$"), lambda route: route.fulfill(status=404, body="gone"))
    page.get_by_role("link", name="updated").click()
    said = page.get_by_role("alert")
    expect(said).to_contain_text("gnomon was updated while it was open")
    assert page.url.endswith(path)
    page.unroute_all()
    said.get_by_role("button", name="Reload").click()
    expect(page.locator(".react-flow__node[data-id='hidden']")).to_be_visible()
