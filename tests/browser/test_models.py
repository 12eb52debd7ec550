"""The registry in a real browser: what a job trained is registered, compared, held back by a gate, and deleted."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import gnomon
from gnomon.graph.document import decode
from gnomon.models.datasets.versions import packaged_version
from gnomon.models.jobs import events
from gnomon.models.jobs.folder import GraphRef, JobFolder, JobSpec
from gnomon.models.training import checkpoint
from gnomon.models.training.checkpoint import State, Tensors
from gnomon.server.graphs import Graphs, Sender
from gnomon.server.jobs import Jobs
from gnomon.store.bus import Bus
from gnomon.store.sqlite import SqliteEngine

GRAPH: dict[str, Any] = {
    "format": "graph/1",
    "name": "net",
    "target": "torch",
    "nodes": [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8, "channels": 1}},
        {"id": "flat", "type": "core/flatten@1"},
        {"id": "head", "type": "core/dense@1", "params": {"units": 10}},
        {"id": "label", "type": "core/classification@1", "params": {"classes": 10}},
    ],
    "edges": [
        {"from": ["image", "out"], "to": ["flat", "in"]},
        {"from": ["flat", "out"], "to": ["head", "in"]},
        {"from": ["head", "out"], "to": ["label", "in"]},
    ],
}


def deeper() -> dict[str, Any]:
    """Return the graph with a layer more."""
    nodes = [*GRAPH["nodes"], {"id": "hidden", "type": "core/dense@1", "params": {"units": 32}}]
    edges = [
        {"from": ["image", "out"], "to": ["flat", "in"]},
        {"from": ["flat", "out"], "to": ["hidden", "in"]},
        {"from": ["hidden", "out"], "to": ["head", "in"]},
        {"from": ["head", "out"], "to": ["label", "in"]},
    ]
    return {**GRAPH, "nodes": nodes, "edges": edges}


def trained(home: Path, name: str, graph: dict[str, Any], accuracy: float, file: Path) -> dict[str, str]:
    """Leave what a job that is over leaves: its place in the queue, its folder with checkpoints, and its run."""
    with SqliteEngine(home) as engine:
        drawn, _ = Graphs(engine.documents, Bus()).create("p", name, decode(json.dumps(graph).encode()), Sender())
        ref = GraphRef(drawn.document.id, drawn.document.rev)
        data = packaged_version("digits").ref
        spec = JobSpec(kind="graph", project="p", name=name, graph=graph, graph_ref=ref, dataset=data)
        job = Jobs(home, engine.documents, Bus()).submit(spec).document.id
    run = gnomon.init(project="p", name=f"run of {name}", home=home)
    run.annotate({"job": job, "graph": {"id": ref.id, "rev": ref.rev}})
    figures = {"test/accuracy": accuracy, "test/loss": 1 - accuracy, "test/recall/7": accuracy, "batch/loss": 0.5}
    run.log({**figures, "weights": gnomon.File(file)}, step=20)
    run.finish()
    folder = JobFolder.of(home, job)
    for step in (10, 20):
        state = State(step=step, best_step=10, run=run.id)
        checkpoint.save(folder.checkpoints, Tensors(f"{name} {step}".encode(), b"", state))
    events.append(folder, "starting", attempt=1, device="cpu")
    events.append(folder, "running", run=run.id)
    for event in ("checkpoint", "finished", "ended"):
        events.append(folder, event, step=20)
    return {"job": job, "run": run.id, "graph": ref.id}


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, str]]:
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, made: dict[str, dict[str, str]]) -> Iterator[Any]:
    """Serve a home in which two networks were trained."""
    spec = util.spec_from_file_location("serving", Path(__file__).parent / "serving.py")
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    folder = tmp_path_factory.mktemp("models")
    file = folder / "weights.bin"
    file.write_bytes(b"of another framework")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        made["shallow"] = trained(folder / "home", "shallow", GRAPH, 0.875, file)
        made["deep"] = trained(folder / "home", "deep", deeper(), 0.9375, file)
    server = serving.Server(folder / "home").start()
    yield server
    server.stop()


@pytest.fixture
def calm(tabs: Callable[..., Any]) -> Any:
    """A tab without motion, so that no colour is met half way."""
    return tabs(reduced_motion="reduce")


def get(server: Any, path: str) -> Any:
    with urllib.request.urlopen(f"{server.url}/api/v1/{path}", timeout=60) as answer:
        return json.load(answer)


def version(page: Page, number: int) -> Locator:
    show = page.get_by_role("button", name=f"Show version {number}", exact=True)
    return page.get_by_role("region", name="Versions", exact=True).get_by_role("row").filter(has=show)


def act(page: Page, number: int, item: str) -> None:
    version(page, number).get_by_role("button", name=f"Actions of version {number}").click()
    page.get_by_role("menuitem", name=item).click()


def everywhere(tab: Any) -> None:
    """Light and dark, wide and on a phone, axe finds nothing and nothing sticks out."""
    page = tab.page
    assert tab.axe() == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.axe() == []
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_what_jobs_trained_is_registered_compared_gated_and_deleted(
    calm: Any, server: Any, made: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    page = calm.open("/models")
    expect(page.get_by_text("gnomon models register digits model.onnx")).to_be_visible()
    everywhere(calm)

    # From the page of a job, whose best checkpoint is taken unless told; the page of the model opens.
    page.goto(f"{server.url}/jobs/{made['shallow']['job']}")
    page.get_by_role("button", name="Register…").click()
    dialog = page.get_by_role("dialog", name="Register a model")
    expect(dialog.get_by_label("model", exact=True)).to_have_value("shallow")
    dialog.get_by_label("model", exact=True).fill("digits net")
    expect(dialog.get_by_role("button", name="Register")).to_be_disabled()
    dialog.get_by_label("model", exact=True).fill("digits")
    expect(dialog.get_by_text("digits is new: this will be its version 1.")).to_be_visible()
    dialog.get_by_label("alias").fill("champion")
    dialog.get_by_label("note").fill("one layer")
    assert calm.axe("dialog:modal") == []
    dialog.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="digits", level=1)).to_be_visible()
    expect(version(page, 1)).to_contain_text("one layer")
    expect(version(page, 1).get_by_role("button", name="champion")).to_be_visible()
    pane = page.get_by_role("region", name="Version 1", exact=True)
    expect(pane).to_contain_text("image 8×8×1 float32")
    expect(pane.get_by_role("link", name="run of shallow")).to_have_attribute(
        "href", re.compile(made["shallow"]["run"])
    )
    with page.expect_download() as arrived:
        pane.get_by_role("link", name="model.safetensors").click()
    arrived.value.save_as(tmp_path / "weights")
    assert (tmp_path / "weights").read_bytes() == b"shallow 10"

    # What is said of it is written in its place.
    page.get_by_role("button", name="Add a description").click()
    page.get_by_label("Description").fill("Handwritten digits")
    page.get_by_label("Description").press("Control+Enter")
    expect(page.get_by_role("button", name="Handwritten digits")).to_be_visible()
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_label("New tags").fill("images, small")
    page.get_by_label("New tags").press("Enter")
    expect(page.get_by_role("list", name="Tags")).to_contain_text("small")

    # A gate, which the version that has the alias is held against too.
    gates = page.get_by_role("region", name="Gates")
    gates.get_by_role("button", name="Add a gate").click()
    form = gates.get_by_role("form", name="New gate")
    expect(form.get_by_label("figure")).to_have_value("test/accuracy")
    form.get_by_label("bar").fill("0.95")
    form.get_by_role("button", name="Add").click()
    expect(gates).to_contain_text("test/accuracy ≥ 0.95")
    expect(gates).to_contain_text("version 1 does not pass: it has 0.875")

    # From the run of the other job: the alias is refused, and the version is there.
    page.goto(f"{server.url}/p/p/r/{made['deep']['run']}")
    page.get_by_role("button", name="Register…").click()
    dialog.get_by_label("model", exact=True).fill("digits")
    expect(dialog.get_by_text("The next version of digits, which has 1.")).to_be_visible()
    dialog.get_by_label("checkpoint").select_option("last")
    dialog.get_by_label("alias").fill("champion")
    dialog.get_by_role("button", name="Register").click()
    expect(dialog.get_by_role("status")).to_have_text(
        "Version 2 of digits is registered. champion does not point at it:"
    )
    expect(dialog.get_by_role("alert")).to_contain_text("it has 0.9375, asked is >= 0.95")
    dialog.get_by_role("button", name="See the model").click()
    expect(page.get_by_role("region", name="Version 2", exact=True)).to_be_visible()
    assert get(server, "models/digits")["aliases"] == {"champion": 1}

    # It is refused here too, with the figures, and can be overruled.
    act(page, 2, "Set an alias…")
    asked = page.get_by_role("dialog", name="Set an alias")
    asked.get_by_label("alias").fill("champion")
    expect(asked).to_contain_text("champion points at version 1 now.")
    expect(asked).to_contain_text("version 2 does not pass test/accuracy ≥ 0.95: it has 0.9375")
    asked.get_by_role("button", name="Move").click()
    expect(asked.get_by_role("alert")).to_contain_text("it has 0.9375, asked is >= 0.95")
    assert calm.axe("dialog:modal") == []
    asked.get_by_role("button", name="Point champion at version 2 all the same").click()
    expect(version(page, 2).get_by_role("button", name="champion")).to_be_visible()
    expect(version(page, 1).get_by_role("button", name="champion")).to_have_count(0)

    # Side by side.
    page.get_by_role("button", name="Compare versions").click()
    compared = page.get_by_role("region", name="Comparison")
    expect(compared.get_by_role("row", name="test/accuracy")).to_contain_text("+0.0625")
    expect(compared).to_contain_text("hidden")
    everywhere(calm)
    compared.get_by_role("button", name="Swap the versions").click()
    expect(compared.get_by_role("row", name="test/accuracy")).to_contain_text(re.compile(r"\D0\.0625$"))
    compared.get_by_role("button", name="Close the comparison").click()

    version(page, 1).get_by_role("button", name="Show version 1").click()
    pane.get_by_role("button", name="one layer").click()
    pane.get_by_label("Note on version 1").fill("a single layer")
    pane.get_by_label("Note on version 1").press("Control+Enter")
    expect(version(page, 1)).to_contain_text("a single layer")
    pane.get_by_text("Figures of each class").click()
    expect(pane.get_by_role("listitem").filter(has_text="0.875")).to_contain_text("7")

    # What an alias points at stays; without it, it goes.
    act(page, 2, "Delete version 2…")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("digits@2 is champion")
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    version(page, 2).get_by_role("button", name="champion").click()
    page.get_by_role("menuitem", name="Remove champion…").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(version(page, 2).get_by_role("button", name="champion")).to_have_count(0)
    act(page, 2, "Delete version 2…")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(version(page, 2)).to_have_count(0)
    gates.get_by_role("button", name="Remove the gate champion: test/accuracy ≥ 0.95").click()
    expect(gates).to_contain_text("None: an alias may point at any version.")

    # The list follows by itself; the palette and a key lead there.
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("row", name="digits")).to_contain_text("test/accuracy 0.875")
    everywhere(calm)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("digits")
    page.get_by_role("option", name=re.compile("digits.*1 version")).click()
    expect(page.get_by_role("heading", name="digits", level=1)).to_be_visible()
    page.get_by_role("button", name="Actions of digits").click()
    page.get_by_role("menuitem", name="Delete digits…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("From a job")).to_be_visible()
    calm.watch.allow("40[49]")
    page.goto(f"{server.url}/models/digits")
    expect(page.get_by_role("link", name="All models")).to_be_visible()


def test_a_file_that_a_run_logged_becomes_a_version(calm: Any, server: Any, made: dict[str, dict[str, str]]) -> None:
    page = calm.open(f"/p/p/r/{made['deep']['run']}?tab=media")
    page.get_by_role("button", name="Register weights.bin as a model").click()
    dialog = page.get_by_role("dialog", name="Register a model")
    expect(dialog.get_by_label("model", exact=True)).to_have_value("weights")
    dialog.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="weights", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="Version 1", exact=True)).to_contain_text("weights.bin")
    [row] = get(server, "models/weights")["versions"]
    assert (row["format"], row["lineage"]["run"], row["metrics"]["test/accuracy"]) == (
        "file",
        made["deep"]["run"],
        0.9375,
    )


def test_what_was_trained_on_the_canvas_is_registered_there(
    calm: Any, server: Any, made: dict[str, dict[str, str]]
) -> None:
    page = calm.open(f"/p/p/canvas/{made['deep']['graph']}")
    page.get_by_role("region", name="Training").get_by_role("button", name="Register…").click()
    dialog = page.get_by_role("dialog", name="Register a model")
    expect(dialog.get_by_label("model", exact=True)).to_have_value("deep")
    assert calm.axe("dialog:modal") == []
    dialog.get_by_role("button", name="Register").click()
    pane = page.get_by_role("region", name="Version 1", exact=True)
    expect(pane).to_contain_text("registered")
    [row] = get(server, "models/deep")["versions"]
    assert (row["format"], row["lineage"]["job"], row["lineage"]["step"]) == ("torch", made["deep"]["job"], 10)
    pane.get_by_role("link", name="revision 1").click()
    expect(page).to_have_url(re.compile(f"canvas/{made['deep']['graph']}.*rev=1"))
