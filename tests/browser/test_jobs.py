"""The queue in a real browser: seen, moved, paused, stopped; and a network that is drawn by mouse and trained."""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need sessions, pipes with names and signals")

TRAINED_MS = 180_000
BAD = "import json\n\ndef load(text):\n    return json.loads(text)\n\nprint('reading')\nload('{')\n"
PROGRESS = """
import os, signal
from pathlib import Path
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.jobs.progress import Progress
Progress(JobFolder(Path(os.environ["GNOMON_JOB_FOLDER"]))).tell(30, 120, 1.25, 5, 0.5)
print("told", flush=True)
signal.pause()
"""


def asked(server: Any, method: str, path: str) -> Any:
    request = urllib.request.Request(f"{server.url}/api/v1{path}", method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture
def busy(fresh: Any) -> Iterator[Any]:
    """A server whose jobs end with the test, whatever it left."""
    yield fresh
    while rows := [row for row in asked(fresh, "GET", "/jobs")["jobs"] if "stop" in row["can"]]:
        for row in rows:
            with suppress(urllib.error.HTTPError):  # it ended meanwhile
                fresh.post(f"/api/v1/jobs/{row['id']}:stop", {})


def submit(server: Any, folder: Path, name: str, *words: str, **more: Any) -> str:
    body = {"kind": "script", "name": name, "script": {"argv": list(words), "cwd": str(folder)}, **more}
    return str(server.post("/api/v1/jobs", body)["job"]["id"])


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def shown(page: Page) -> Locator:
    return page.locator(".jobs-name > a")


def test_the_queue_is_seen_moved_paused_and_stopped(fresh_tab: Any, busy: Any, tmp_path: Path) -> None:
    page = fresh_tab.open("/jobs")
    page.emulate_media(reduced_motion="reduce")  # no colour is met half way
    expect(page.get_by_text("gnomon jobs submit --name first")).to_be_visible()
    assert fresh_tab.axe() == []

    # They appear by themselves.
    submit(busy, tmp_path, "first", sys.executable, "-c", PROGRESS)
    expect(row(page, "first").get_by_role("progressbar")).to_have_attribute(
        "aria-valuetext", re.compile("step 30 of 120 · epoch 2 of 5")
    )
    for name in ("second", "third", "fourth"):
        submit(busy, tmp_path, name, "sleep", "1000")
    expect(row(page, "fourth")).to_contain_text("2 before it")
    row(page, "fourth").get_by_role("button", name="Move fourth up").click()
    expect(row(page, "fourth")).to_contain_text("1 before it")
    expect(shown(page)).to_have_text(["first", "second", "fourth", "third"])
    row(page, "third").drag_to(row(page, "second"))
    expect(row(page, "third")).to_contain_text("next, when a slot is free")
    expect(shown(page)).to_have_text(["first", "third", "second", "fourth"])
    assert fresh_tab.axe() == []

    row(page, "first").get_by_role("button", name="Pause: first").click()
    expect(row(page, "first").get_by_title("paused", exact=False)).to_be_visible()
    row(page, "first").get_by_role("button", name="Resume: first").click()
    expect(row(page, "first").get_by_role("button", name="Pause: first")).to_be_visible()

    for name in ("second", "fourth"):
        row(page, name).get_by_role("checkbox").check()
    bulk = page.get_by_role("toolbar", name="The chosen jobs")
    expect(bulk).to_contain_text("2 jobs chosen")
    bulk.get_by_role("button", name="Stop 2").click()
    expect(bulk.get_by_role("button", name="Delete 2")).to_be_visible()
    bulk.get_by_role("button", name="Delete 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 2").click()
    expect(row(page, "second")).to_have_count(0)
    expect(shown(page)).to_have_text(["first", "third"])

    # The stop of what runs gives the slot to what waits.
    row(page, "first").get_by_role("button", name="Stop: first").click()
    expect(row(page, "third").get_by_role("button", name="Pause: third")).to_be_visible()


def test_why_a_job_failed_stands_on_its_page_with_file_line_and_what_it_printed(
    fresh_tab: Any, busy: Any, tmp_path: Path
) -> None:
    (tmp_path / "bad.py").write_text(BAD)
    job = submit(busy, tmp_path, "loader", sys.executable, "bad.py")
    page = fresh_tab.open(f"/jobs/{job}")
    page.emulate_media(reduced_motion="reduce")  # no colour is met half way
    wrong = page.get_by_role("region", name="Why it failed")
    expect(wrong).to_contain_text("JSONDecodeError Expecting property name")
    expect(wrong).to_contain_text(f"{tmp_path}/bad.py:4")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Failed JSONDecodeError")
    expect(page.get_by_role("region", name="Output").locator("pre")).to_contain_text("reading")
    assert fresh_tab.axe() == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert fresh_tab.axe() == []
    page.get_by_role("button", name="Run again: loader").click()
    expect(page.get_by_role("region", name="What happened").get_by_text("Taken from the queue")).to_have_count(2)
    page.goto(f"{busy.url}/jobs/nosuchjob")
    expect(page.get_by_role("link", name="All jobs")).to_be_visible()
    fresh_tab.watch.allow("404")


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
def test_a_network_that_is_drawn_by_mouse_is_trained_and_its_run_is_live(fresh_tab: Any, busy: Any) -> None:
    made = busy.post("/api/v1/graphs", {"project": "p", "name": "drawn"})["id"]
    page = fresh_tab.open(f"/p/p/canvas/{made}")
    shelf = page.get_by_role("navigation", name="Components")
    for title in ("Image input", "Conv 2-D", "Flatten", "Dense", "Classification"):
        shelf.get_by_role("button", name=title, exact=True).click()
    page.keyboard.press("0")
    for node, fields in (
        ("image", {"height": "8", "width": "8"}),
        ("conv1", {"filters": "4"}),
        ("dense1", {"units": "10"}),
    ):
        page.locator(f".react-flow__node[data-id='{node}']").click()
        for name, value in fields.items():
            field = page.get_by_role("spinbutton", name=name, exact=True)
            field.fill(value)
            field.press("Enter")
    expect(page.locator(".react-flow__node[data-id='conv1']")).to_contain_text("8×8×4")
    expect(page.locator(".canvas-saved")).to_have_text(re.compile("saved$"))

    page.get_by_role("button", name="Train", exact=True).click()
    dialog = page.get_by_role("dialog", name="Train drawn")
    expect(dialog.get_by_role("combobox", name="data")).to_have_value("digits")
    epochs = dialog.get_by_role("spinbutton", name="epochs")
    epochs.fill("2")
    epochs.press("Tab")
    assert fresh_tab.axe("dialog:modal") == []
    dialog.get_by_role("button", name="Train", exact=True).click()
    strip = page.get_by_role("region", name="Training")
    expect(strip).to_contain_text(re.compile("running|finished"), timeout=TRAINED_MS)
    expect(strip).to_contain_text("finished", timeout=TRAINED_MS)
    expect(strip).to_contain_text("loss")
    expect(strip.locator(".spark path").last).to_have_attribute("d", re.compile("L"))
    assert fresh_tab.axe() == []
    # What it watched, and a sample with its weights, stand on the cards.
    strip.get_by_role("button", name="Show its statistics here").click()
    conv = page.locator(".react-flow__node[data-id='conv1'] .node-strip")
    expect(conv).to_contain_text("activations at step")
    page.get_by_role("button", name="sample", exact=True).click()
    expect(conv.locator("canvas")).to_be_visible()
    expect(page.locator(".sample-weights")).to_have_text(re.compile(r"weights of \S+, step \d+"), timeout=30_000)
    assert fresh_tab.axe() == []
    strip.get_by_role("link", name="See the run").click()
    expect(page).to_have_url(re.compile(r"/p/p/r/\w+"))
    expect(page.get_by_title("finished").first).to_be_visible()
    expect(page.get_by_text("val/accuracy").first).to_be_visible()
