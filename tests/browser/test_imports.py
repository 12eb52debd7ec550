"""Graphs from files of other tools and from runs, in a real browser: chosen, dropped, looked at, followed while they train."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

KERAS = {
    "class_name": "Sequential",
    "config": {
        "name": "net",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 8], "name": "columns"}},
            {"class_name": "Dense", "config": {"name": "hidden", "units": 16, "activation": "relu6"}},
            {
                "class_name": "Dense",
                "config": {"name": "score", "units": 3, "kernel_regularizer": {"class_name": "L2"}},
            },
        ],
    },
}
SOURCE = """
import keras
from keras import layers

def build():
    x = keras.Input((8,), name="x")
    return keras.Model(x, layers.Dense(3, name="head")(x))
"""
NODES = [
    {"id": "x", "op": "input"},
    {"id": "body_0", "op": "Linear", "label": "body.0", "parameters": 72, "code": "nn.Linear(8, 8)"},
    {"id": "body_1", "op": "ReLU", "label": "body.1", "parameters": 0, "code": "nn.ReLU()"},
    {"id": "head", "op": "Linear", "label": "head", "parameters": 27, "code": "nn.Linear(8, 3)"},
    {"id": "output", "op": "output"},
]
DROP = """(page, [name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  page.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data}));
}"""


def chosen(page: Page, name: str, text: str | bytes) -> None:
    """Choose a file in the dialog of new graphs."""
    data = text.encode() if isinstance(text, str) else text
    page.get_by_label("File of a model").set_input_files({"name": name, "mimeType": "", "buffer": data})
    expect(page.locator(".from-file")).to_contain_text(name)


def card(page: Page, name: str) -> Any:
    return page.locator(f".react-flow__node[data-id='{name}']")


def beginning(page: Page) -> Any:
    """Open the dialog of new graphs where it takes models; an empty list shows it by itself."""
    expect(page.locator(".canvases")).to_have_attribute("aria-busy", "false")
    if page.get_by_role("button", name="New graph").count():
        page.get_by_role("button", name="New graph").click()
    page.get_by_role("tab", name="From a model").click()
    return page.get_by_role("button", name="Import", exact=True)


def test_model_files_become_graphs_and_an_onnx_file_one_to_look_at(canvases: Any, drawing: Any) -> None:
    onnx = pytest.importorskip("onnx")
    tab = canvases()
    tab.watch.allow("400")  # a browser notes that the server refused what is no model
    page = tab.open("/p/files/canvas")
    button = beginning(page)
    # What a file leaves out is told above its graph.
    chosen(page, "my net.json", json.dumps(KERAS))
    button.click()
    notice = page.locator(".canvas-notice")
    expect(notice).to_contain_text("Its configuration was read, without weights.")
    expect(notice).to_contain_text("score: its kernel_regularizer (L2) is not kept.")
    notice.get_by_role("button", name="Close the notes").click()
    expect(notice).to_have_count(0)
    expect(card(page, "hidden")).to_contain_text("16")
    expect(card(page, "score")).to_contain_text("51")

    # What is no model says why, and the fields of a Python file say what they take.
    page = tab.open("/p/files/canvas")
    button = beginning(page)
    chosen(page, "broken.keras", b"PK\x03\x04nothing")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("expected a .keras file or the JSON of model.to_json()")
    chosen(page, "build.py", SOURCE)
    expect(page.locator(".from-file")).to_contain_text("run once in a process of its own")
    page.get_by_label("Input", exact=True).fill("3x")
    expect(page.locator(".from-file .bad")).to_contain_text("Axes without the batch, such as 3x224x224")
    expect(button).to_be_disabled()
    assert tab.axe(".begin") == []
    page.get_by_label("Input", exact=True).fill("")
    button.click()
    expect(card(page, "head")).to_contain_text("27")
    expect(page).to_have_url(re.compile("/p/files/canvas/"))

    # A view of an ONNX file, dropped on the list, says so and cannot be changed.
    page = tab.open("/p/files/canvas")
    expect(page.get_by_role("row")).to_have_count(3)
    node = onnx.helper.make_node("LRN", ["x"], ["y"], name="contrast", size=3)
    ends = [onnx.helper.make_tensor_value_info(name, 1, [1, 3, 8, 8]) for name in "xy"]
    graph = onnx.helper.make_graph([node], "g", ends[:1], ends[1:])
    data = onnx.helper.make_model(graph, producer_name="a tool").SerializeToString()
    page.locator(".canvases").evaluate(DROP, ["dropped.onnx", ""])
    expect(page.locator(".from-file")).to_contain_text("dropped.onnx")
    chosen(page, "small.onnx", data)
    page.get_by_role("button", name="Import", exact=True).click()
    notice = page.locator(".canvas-notice")
    expect(notice).to_contain_text("A view of an ONNX model")
    expect(notice).to_contain_text("made by a tool")
    card(page, "contrast").click()
    page.keyboard.press("Delete")
    expect(page.locator(".canvas-trouble")).to_contain_text("it can be looked at and arranged")
    expect(card(page, "contrast")).to_be_visible()


def test_a_logged_model_opens_with_the_statistics_of_its_run_which_follow_it(canvases: Any, drawing: Any) -> None:
    key = "model/weights/body.0.weight"
    drawing.ingest(
        {"project": "watched", "run": "tall-heron-1", "columns": {"step": [0, 1], f"{key}/mean": [0.5, 0.25]}}
    )
    run = drawing.ids("watched")["tall-heron-1"]

    def log(name: str, kind: str, value: Any, step: int) -> None:
        drawing.post(f"/api/v1/runs/{run}/media", {"key": name, "kind": kind, "value": value, "step": step})

    edges = [[a["id"], b["id"]] for a, b in pairwise(NODES)]
    log("net", "graph", {"nodes": NODES, "edges": edges}, 0)
    log(key, "histogram", {"counts": [1, 3, 2], "edges": [-1, 0, 1, 2]}, 1)
    tab = canvases()
    page = tab.open(f"/p/watched/r/{run}?tab=media")
    page.get_by_role("button", name="Open on the canvas").click()
    expect(page).to_have_url(re.compile(rf"/p/watched/canvas/\w+\?run={run}"))
    notice = page.locator(".canvas-notice")
    expect(notice).to_contain_text("tall-heron-1")
    expect(notice).to_contain_text("step 1, at 1 of 5 nodes")
    strip = card(page, "body_0").locator(".live-strip")
    expect(strip).to_contain_text("weights at step 1: \u22121 to 2")
    assert card(page, "head").locator(".live-strip").count() == 0
    inner, outer = strip.bounding_box(), card(page, "body_0").bounding_box()
    assert inner["y"] > outer["y"]
    assert inner["y"] + inner["height"] < outer["y"] + outer["height"]
    card(page, "body_0").click()
    stats = page.get_by_role("region", name="Statistics of tall-heron-1")
    expect(stats).to_contain_text("0.25")
    assert tab.axe(".canvas-side") == []

    # What the run logs next is there without a reload.
    log(key, "histogram", {"counts": [5, 5], "edges": [0, 4, 8]}, 2)
    log("model/activations/head", "histogram", {"counts": [1, 1], "edges": [0, 1, 2]}, 2)
    expect(strip).to_contain_text("weights at step 2: 0 to 8")
    expect(card(page, "head").locator(".live-strip")).to_contain_text("activations at step 2: 0 to 2")
    expect(notice).to_contain_text("step 2, at 2 of 5 nodes")
    notice.get_by_role("button", name="Stop showing statistics").click()
    expect(page.locator(".live-strip")).to_have_count(0)

    # The same from the list of graphs, on a phone.
    phone = canvases(viewport={"width": 390, "height": 800})
    page = phone.open("/p/watched/canvas")
    beginning(page)
    page.get_by_role("button", name=re.compile("tall-heron-1 net")).click()
    expect(page.locator(".canvas-notice")).to_contain_text("at 2 of 5 nodes")
