"""Statistics of a watched model in the browser: findings in front, the graph, nodes over steps, alerts; live and by keyboard."""

import re
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

import gnomon
from gnomon.sdk.model_report import Nature, layers_key, layers_record, row_of, units_of, values_of

GRAPH = {
    "format": "graph/1",
    "name": "small",
    "nodes": [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8}},
        {"id": "flat", "type": "core/flatten@1"},
        {"id": "hidden", "type": "core/dense@1", "params": {"units": 6, "activation": "relu"}},
        {"id": "head", "type": "core/dense@1", "params": {"units": 3}},
        {"id": "label", "type": "core/classification@1", "params": {"classes": 3}},
    ],
    "edges": [
        {"from": [a, "out"], "to": [b, "in"]}
        for a, b in (("image", "flat"), ("flat", "hidden"), ("hidden", "head"), ("head", "label"))
    ],
}


def measured(run: gnomon.Run, step: int, alive: int) -> None:
    """Write what a watcher would have, of a layer with so many of six units alive."""
    rng = np.random.default_rng(step)
    given = rng.uniform(0.1, 1, (16, 6))
    given[:, alive:] = 0
    rows = {
        ("activations", "hidden"): np.concatenate(
            [row_of(given), units_of(given, Nature(counts=True), -1, is_last=False)]
        ),
        ("activations", "head"): row_of(rng.normal(size=(16, 3))),
        ("weights", "hidden.weight"): row_of(rng.normal(size=(6, 64))),
        ("gradients", "hidden.weight"): row_of(rng.normal(size=(6, 64)) / 100),
        ("weights", "head.weight"): row_of(rng.normal(size=(3, 6))),
        ("gradients", "head.weight"): row_of(rng.normal(size=(3, 6)) / 100),
    }
    run.write(values_of("model", rows), step)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    spec = util.spec_from_file_location("serving", Path(__file__).with_name("serving.py"))
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    served = serving.Server(tmp_path_factory.mktemp("statistics") / "home").start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        yield served
    served.stop()


@pytest.fixture
def run(server: Any) -> Iterator[gnomon.Run]:
    """Begin a run of the graph whose hidden layer dies at step 40."""
    with gnomon.init("lab", home=server.home, capture="off", console=False) as made:
        made.log({"graph/document": GRAPH, "train/loss": 1.0}, step=0)
        made.keep(layers_key("model"), layers_record([("hidden", "Linear", ["hidden.weight"]), ("head", "Linear", [])]))
        for step in range(0, 80, 10):
            measured(made, step, alive=2 if step >= 40 else 5)
        yield made


def opened(tab: Any, run: gnomon.Run, **more: str) -> Any:
    query = "&".join(f"{name}={value}" for name, value in {"tab": "statistics", **more}.items())
    page = tab.open(f"/p/lab/r/{run.id}?{query}")
    expect(page.get_by_role("region", name="What the checks found")).to_be_visible()
    return page


def test_a_finding_shows_its_evidence_and_leads_to_its_node_and_step(tab: Any, run: gnomon.Run) -> None:
    page = opened(tab, run)
    checks = page.get_by_role("region", name="What the checks found")
    title = checks.get_by_role("button", name=re.compile("66.7 % of the units of hidden are dead"))
    title.click()
    expect(checks.get_by_role("img", name="model/activations/hidden/dead over steps")).to_be_visible()
    expect(checks).to_contain_text("Lower the learning rate, look at the biases")
    node = page.get_by_role("region", name="hidden", exact=True)
    expect(node.get_by_role("figure", name="model/activations/hidden")).to_contain_text("step 70")
    expect(node).to_contain_text(re.compile(r"share of dead units\s*0\.667"))
    expect(page.locator(".react-flow__node")).to_have_count(5)
    checks.get_by_role("button", name="hidden, step 40").click()
    expect(page).to_have_url(re.compile("node=hidden.*at=40|at=40.*node=hidden"))
    expect(node.get_by_role("figure", name="model/gradients/hidden.weight")).to_contain_text("step 40")
    # At that step it had not lasted yet; it is told as found later.
    expect(checks.locator(".finding.later")).to_contain_text("found later")
    page.locator(".react-flow__node[data-id=head]").click()
    expect(page.get_by_role("region", name="head", exact=True)).to_be_visible()
    assert tab.axe(".statistics") == []


def test_it_follows_the_run_and_goes_by_keyboard(tab: Any, run: gnomon.Run) -> None:
    page = opened(tab, run)
    expect(page.get_by_role("alert")).to_have_count(0)
    for step in (80, 90):
        measured(run, step, alive=0)
    run.log({"train/loss": float("nan")}, step=90)
    run.alert("The disk is nearly full", "3 GB are left", level="error")
    checks = page.get_by_role("region", name="What the checks found")
    expect(checks).to_contain_text("train/loss is NaN at step 90")
    expect(page.get_by_role("region", name="Alerts of the run")).to_contain_text("3 GB are left")
    nodes = page.get_by_role("listbox", name="Nodes with statistics")
    nodes.get_by_role("option", name=re.compile("hidden")).focus()
    page.keyboard.press("ArrowRight")
    expect(nodes.get_by_role("option", name="head")).to_be_focused()
    expect(page.get_by_role("region", name="head", exact=True)).to_contain_text("step 90")
    expect(page.get_by_role("group", name="Step of everything on this page")).to_contain_text("10 of 10")
    page.get_by_role("slider", name="Step").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("region", name="head", exact=True)).to_contain_text("step 80")
    page.get_by_role("tab", name="Overview").click()
    expect(page.get_by_text("1 alert", exact=False).first).to_be_visible()
    page = tab.open("/p/lab")
    expect(page.get_by_role("row", name=re.compile(run.name))).to_contain_text("✕1")


def test_where_nothing_is_watched_it_teaches_and_the_canvas_opens_a_node_over_steps(
    tab: Any, server: Any, run: gnomon.Run
) -> None:
    server.log("lab", "plain", {"loss": [1.0, 0.5]}, state="finished")
    plain = next(
        row["id"] for row in server.post("/api/v1/runs:query", {"project": "lab"})["runs"] if row["name"] == "plain"
    )
    page = tab.open(f"/p/lab/r/{plain}?tab=statistics")
    expect(page.get_by_role("heading", name="No model is watched")).to_be_visible()
    expect(page.locator("main code")).to_contain_text("run.watch(model)")
    assert tab.axe(".statistics") == []
    graph = server.post("/api/v1/graphs", {"project": "lab", "name": "small", "graph": GRAPH})["id"]
    page = tab.open(f"/p/lab/canvas/{graph}?run={run.id}")
    page.locator(".react-flow__node[data-id=hidden]").click()
    page.get_by_role("button", name="Over steps").click()
    dialog = page.get_by_role("dialog", name=f"hidden in {run.name}")
    expect(dialog.get_by_role("figure", name="model/activations/hidden")).to_contain_text("step 70")
    expect(dialog.get_by_role("region", name="What the checks found")).to_contain_text(
        "of the units of hidden are dead"
    )
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
