"""Previews: what a sample becomes at every node, on the cards and beside them, in a real browser with PyTorch behind it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Request, Response, expect

from gnomon.models.digits import pixels

pytest.importorskip("torch")

# Whether anything is drawn, and a name of what it is.
DRAWN = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
# Whether the cursor stands in a line with these words.
LINE = """words => {
  const editor = document.activeElement?.shadowRoot, at = editor?.getSelection().anchorNode, part = at instanceof Element ? at : at?.parentElement;
  return part?.closest(".cm-line")?.textContent.includes(words);
}"""
CODE = "flat = x.flatten(1)\nraise_me = flat @ flat"


def is_preview(what: Request | Response) -> bool:
    return what.url.endswith("/preview")


def strip(page: Page, node: str) -> Locator:
    return page.locator(f".react-flow__node[data-id='{node}'] .node-strip")


def picture(page: Page, node: str) -> str:
    """Return the drawing of a node once there is one."""
    canvas = strip(page, node).locator("canvas")
    page.wait_for_function(
        f"node => {{ const c = document.querySelector(node); return c && ({DRAWN})(c); }}", arg=css(node)
    )
    drawn: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return drawn


def css(node: str) -> str:
    return f".react-flow__node[data-id='{node}'] .node-strip canvas"


def another(page: Page, node: str, before: str) -> None:
    """Wait until the drawing of a node is another."""
    page.wait_for_function(
        "([node, before]) => document.querySelector(node).toDataURL() !== before", arg=[css(node), before]
    )


@pytest.fixture(scope="module")
def digits(drawing: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a graph that was built for pictures of digits."""
    path: Path = tmp_path_factory.mktemp("data") / "digits.npz"
    x, y = pixels()
    np.savez(path, x=(x[:200] * 15).astype(np.uint8)[..., None], y=y[:200])
    drawing.post("/api/v1/datasets", {"name": "preview-digits", "path": str(path), "target": ["y"]})
    graph = drawing.post("/api/v1/graphs:build", {"dataset": "preview-digits"})["graph"]
    made = drawing.post("/api/v1/graphs", {"project": "previews", "name": "digits", "graph": graph})
    return f"/p/previews/canvas/{made['id']}"


def test_a_sample_is_shown_at_every_node_and_an_edit_or_another_sample_asks_for_what_it_changes(
    canvases: Any, digits: str
) -> None:
    tab = canvases()
    page = tab.open(digits)
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request.post_data_json) if is_preview(request) else None)
    # Off in tests, remembered for this canvas once it was turned on.
    with page.expect_response(is_preview):
        page.get_by_role("button", name="Previews").click()
    drawn = {node: picture(page, node) for node in ("x", "conv1", "hidden", "y")}
    assert len({*drawn.values()}) == 4
    now = page.locator(".sample-now")
    expect(now).to_have_text("train 1 of 140 · 0")
    expect(strip(page, "y")).to_contain_text("is 0")

    # What lies before the edit is not even asked for.
    page.locator(".react-flow__node[data-id='hidden'] .node-head b").click()
    with page.expect_response(is_preview):
        page.get_by_role("spinbutton", name="units").fill("7")
    another(page, "hidden", drawn["hidden"])
    assert sorted(asked[-1]["nodes"]) == ["drop", "head", "hidden", "y"]
    assert set(asked[-1]["known"]) == {"drop", "head", "hidden", "y"}
    assert picture(page, "conv1") == drawn["conv1"]

    # Beside it at large, with its shape and what is known of its numbers.
    pane = page.get_by_role("region", name="Preview of hidden")
    expect(pane).to_contain_text("7 numbers as bars from 0")
    expect(pane.locator("dl")).to_contain_text("float32")
    expect(pane).to_contain_text("zeros")

    # The next sample by key, any other from the grid.
    page.locator(".stage").focus()
    with page.expect_response(is_preview):
        page.keyboard.press("]")
    expect(now).to_contain_text("train 2 of 140")
    another(page, "x", drawn["x"])
    now.click()
    with page.expect_response(is_preview):
        page.get_by_role("button", name="Row 1: y 0").click()
    expect(now).to_have_text("train 1 of 140 · 0")
    page.wait_for_function(
        "([node, before]) => document.querySelector(node).toDataURL() === before", arg=[css("x"), drawn["x"]]
    )
    page.keyboard.press("Escape")

    # Kept over a reload, and hidden again by its key.
    page.reload()
    picture(page, "x")
    page.keyboard.press("v")
    expect(page.locator(".node-strip")).to_have_count(0)


def test_what_code_raises_stands_on_its_node_with_the_way_to_its_line(canvases: Any, drawing: Any) -> None:
    nodes = [
        {"id": "x", "type": "core/image_input@1", "params": {"height": 4, "width": 4}},
        {
            "id": "odd",
            "type": "core/code@1",
            "params": {"code": CODE, "reads": "x", "writes": "raise_me", "shapes": "16"},
        },
        {"id": "next", "type": "core/dense@1", "params": {"units": 3}},
    ]
    edges = [{"from": ["x", "out"], "to": ["odd", "x"]}, {"from": ["odd", "raise_me"], "to": ["next", "in"]}]
    body = {"project": "previews", "name": "odd", "graph": {"nodes": nodes, "edges": edges}}
    page = canvases().open(f"/p/previews/canvas/{drawing.post('/api/v1/graphs', body)['id']}")
    page.get_by_role("button", name="Previews").click()
    expect(strip(page, "odd")).to_contain_text("RuntimeError")
    expect(strip(page, "next")).to_contain_text("odd")
    # Without data it says that the sample is made up.
    page.locator(".sample-now").click()
    expect(page.get_by_role("dialog", name="Sample")).to_contain_text("The graph names no data.")
    page.keyboard.press("Escape")
    page.locator(".react-flow__node[data-id='odd'] .node-head b").click()
    page.get_by_role("button", name="Show line 2 in the code").click()
    page.wait_for_function(LINE, arg="flat @ flat")


def test_what_a_preview_measured_mends_the_graph_behind_handwritten_code(canvases: Any, drawing: Any) -> None:
    code = 'crop = getattr(torch, "roll")(x, 1)[:, :, 1:, 1:]'
    nodes = [
        {"id": "x", "type": "core/image_input@1", "params": {"height": 4, "width": 4}},
        {"id": "odd", "type": "core/code@1", "params": {"code": code, "reads": "x", "writes": "crop"}},
        {"id": "flat", "type": "core/flatten@1"},
        {"id": "next", "type": "core/dense@1", "params": {"units": 3}},
    ]
    wires = [("x.out", "odd.x"), ("odd.crop", "flat.in"), ("flat.out", "next.in")]
    edges = [{"from": start.split("."), "to": end.split(".")} for start, end in wires]
    body = {"project": "previews", "name": "measured", "graph": {"nodes": nodes, "edges": edges}}
    page = canvases().open(f"/p/previews/canvas/{drawing.post('/api/v1/graphs', body)['id']}?side=issues")
    issues = page.get_by_role("list", name="Issues")
    expect(issues).to_contain_text("What odd gives is not known before it runs")
    page.get_by_role("button", name="Previews").click()
    issues.get_by_role("button", name="Say that odd gives 3×3×1").click()
    expect(issues).not_to_contain_text("odd")
    expect(page.locator(".react-flow__node[data-id='flat']")).to_contain_text("9")
