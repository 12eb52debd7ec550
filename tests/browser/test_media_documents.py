"""Text, data, html, figures and files: read, compared, and kept from doing any harm."""

import json
import re
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import gnomon
from gnomon.core.records.record_type import Encoded

TEXTS = {0: "the loss fell\nto 0.5\nend", 10: "the loss rose\nto 0.5\nmore\nend"}
DATA = {
    0: {"lr": 0.1, "layers": [64, 10], "old": True, "model": {"name": "mlp"}},
    10: {"lr": 0.05, "layers": [64, 32, 10], "model": {"name": "mlp"}},
}
ATTACK = """<h1>report</h1><p id="told"></p><script>
const told = [];
const attempt = (name, act) => { try { told.push(name + (act() === undefined ? " refused" : " REACHED")); } catch (e) { told.push(name + " refused"); } };
attempt("parent", () => parent.document.title);
attempt("storage", () => localStorage.length);
attempt("cookie", () => document.cookie || undefined);
attempt("top", () => { top.location = "/"; return undefined; });
const say = () => { document.getElementById("told").textContent = told.join(", "); };
fetch("/api/v1/projects").then(() => told.push("fetch REACHED"), () => told.push("fetch refused")).then(say);
</script>"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80"><rect width="120" height="80" fill="rgb(20,120,220)"/>'
    "<script>window.top.hacked = true; window.parent.hacked = true;</script></svg>"
)


@pytest.fixture(scope="session")
def written(server: Any) -> str:
    """Log a run of documents through the SDK and return its id."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        with gnomon.init(project="written", name="brave-otter", home=str(server.home)) as run:
            for step in (0, 10):
                run.log({"samples": TEXTS[step], "settings": DATA[step]}, step=step)
            run.log(
                {"report": gnomon.Html("<h1>a report</h1>"), "weights": gnomon.File(b"w" * 5000, name="weights.bin")},
                step=10,
            )
            run.log({"picture": Encoded("figure", {"format": "svg", "library": "none"}, SVG.encode())}, step=10)
        return finished(server, "written")


@pytest.fixture(scope="session")
def hostile(server: Any) -> str:
    """Log html that tries to get out of its frame; return the id of its run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        with gnomon.init(project="hostile", name="brave-otter", home=str(server.home)) as run:
            run.log({"report": gnomon.Html(ATTACK)}, step=10)
        return finished(server, "hostile")


def finished(server: Any, project: str) -> str:
    """Return the id of the only run of a project once the server has read it to its end."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for row in server.post("/api/v1/runs:query", {"project": project})["runs"]:
            if row["state"] == "finished":
                return str(row["id"])
        time.sleep(0.02)
    pytest.fail(f"the server has not read the run of {project}")


def place(run: str, **state: str) -> str:
    return f"/p/written/r/{run}?{urllib.parse.urlencode({'tab': 'media', **state})}"


def panel(page: Page, name: str) -> Locator:
    """Return a panel that shows its record."""
    figure = page.get_by_role("figure", name=name, exact=True).last
    expect(figure.locator(".record-body")).to_have_attribute("aria-busy", "false")
    return figure


def test_text_is_shown_as_it_is_and_compared_with_the_step_before(tab: Any, written: str) -> None:
    page = tab.open(place(written, open="samples"))
    figure = panel(page, "samples")
    assert figure.locator("pre").inner_text() == TEXTS[10]
    page.get_by_role("combobox", name="Difference").last.select_option("step")
    expect(figure.locator(".diff-head")).to_have_text("Since step 0: 2 added, 1 removed")
    expect(figure.locator("del")).to_have_text(["fell"])
    expect(figure.locator("ins")).to_have_text(["rose", "more"])
    assert "diff%3Astep" in page.url
    page.keyboard.press("Home")
    # The first step has none before it.
    expect(figure.locator("pre.diff")).to_have_count(0)
    assert figure.locator("pre").inner_text() == TEXTS[0]


def test_data_is_a_tree_that_is_searched_and_compared(tab: Any, written: str) -> None:
    page = tab.open(place(written, open="settings"))
    tree = panel(page, "settings").get_by_role("tree")
    expect(tree.get_by_role("treeitem").nth(1)).to_have_text("lr: 0.05")
    page.get_by_role("searchbox", name="Find in settings").last.fill("32")
    expect(tree.locator(".found")).to_have_text(["1: 32"])
    page.get_by_role("combobox", name="Difference").last.select_option("step")
    expect(tree.locator(".changed")).to_have_text([re.compile(r"lr: 0\.05 was 0\.1"), re.compile("1: 32 was 10")])
    expect(tree.locator(".added")).to_have_text([re.compile("2: 10")])
    expect(tree.locator(".removed")).to_have_text([re.compile("old: true")])
    expect(panel(page, "settings").locator(".record-note")).to_have_text("since step 0: 1 added, 1 removed, 2 changed")


def test_keys_open_and_close_the_tree_and_leave_the_step_alone(tab: Any, written: str) -> None:
    page = tab.open(place(written, open="settings"))
    tree = panel(page, "settings").get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(8)
    tree.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    expect(tree.get_by_role("treeitem")).to_have_count(5)
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("treeitem")).to_have_count(8)
    expect(panel(page, "settings").locator(".record-step")).to_have_text("step 10")


def test_html_runs_in_a_frame_that_reaches_nothing(tab: Any, hostile: str) -> None:
    tab.watch.allow("sandbox|Content Security Policy|Unsafe attempt|Failed to load|blocked|CORS")
    page = tab.open(f"/p/hostile/r/{hostile}?tab=media")
    figure = panel(page, "report")
    frame = figure.frame_locator("iframe")
    expect(frame.locator("#told")).to_have_text(
        "parent refused, storage refused, cookie refused, top refused, fetch refused"
    )
    expect(figure.locator(".sandbox-origin")).to_have_text("from run brave-otter · sandboxed")
    assert figure.locator("iframe").get_attribute("sandbox") == "allow-scripts"
    assert page.url.startswith(tab.server.url + "/p/hostile")


def test_an_svg_figure_is_drawn_and_its_script_does_not_run(tab: Any, written: str) -> None:
    page = tab.open(place(written, open="picture"))
    image = panel(page, "picture").locator("img")
    expect(image).to_have_js_property("complete", value=True)
    got = image.evaluate("""image => { const c = document.createElement("canvas"); c.width = c.height = 4;
      const x = c.getContext("2d"); x.drawImage(image, 0, 0, 4, 4); return [image.naturalWidth, ...x.getImageData(1, 1, 1, 1).data]; }""")
    assert got == [120, 20, 120, 220, 255]
    assert page.evaluate("window.hacked") is None


def test_a_file_is_named_and_saved_as_it_was_logged(tab: Any, written: str) -> None:
    page = tab.open(place(written, find="weights"))
    figure = panel(page, "weights")
    expect(figure.get_by_role("heading")).to_have_text("weights.bin")
    expect(figure.locator(".file")).to_contain_text("5 kB")
    with page.expect_download() as link:
        figure.get_by_role("link", name="Download weights.bin").click()
    assert link.value.suggested_filename == "weights.bin"
    assert Path(link.value.path()).read_bytes() == b"w" * 5000
    figure.hover()
    with page.expect_download() as tool:
        figure.get_by_role("button", name="Save weights as it was logged").click()
    assert Path(tool.value.path()).read_bytes() == b"w" * 5000


def test_what_is_logged_appears_by_itself_and_a_chosen_step_stays(fresh_tab: Any) -> None:
    server = fresh_tab.server
    server.log("live", "r", {"loss": [1.0]})
    run = server.ids("live")["r"]
    page = fresh_tab.open(f"/p/live/r/{run}?tab=media")
    expect(page.get_by_role("heading", name="No media yet")).to_be_visible()
    server.ingest({"project": "live", "run": "r", "step": 1, "note": "first"})
    expect(panel(page, "note").locator("pre")).to_have_text("first")
    server.ingest({"project": "live", "run": "r", "step": 2, "note": "second"})
    expect(panel(page, "note").locator("pre")).to_have_text("second")
    expect(page.locator(".stepper-step")).to_have_text("step 2 2 of 2")
    page.keyboard.press("ArrowLeft")
    server.ingest({"project": "live", "run": "r", "step": 3, "note": "third"})
    expect(page.get_by_role("button", name="2 newer")).to_be_visible()
    expect(panel(page, "note").locator("pre")).to_have_text("first")
    page.get_by_role("button", name="2 newer").click()
    expect(panel(page, "note").locator("pre")).to_have_text("third")


def test_nothing_is_missing_when_the_server_comes_back(fresh_tab: Any) -> None:
    fresh_tab.watch.allow("WebSocket|ERR_CONNECTION|Failed to load")
    server = fresh_tab.server
    server.ingest({"project": "live", "run": "r", "step": 1, "note": "first"})
    page = fresh_tab.open(f"/p/live/r/{server.ids('live')['r']}?tab=media")
    expect(panel(page, "note").locator("pre")).to_have_text("first")
    server.stop()
    expect(page.get_by_text("server stopped: run")).to_be_visible(timeout=15_000)
    server.start()
    server.ingest({"project": "live", "run": "r", "step": 2, "note": "second", "other": "new"})
    expect(panel(page, "note").locator("pre")).to_have_text("second", timeout=15_000)
    expect(panel(page, "other").locator("pre")).to_have_text("new")


def test_what_cannot_be_read_says_why_and_is_tried_again(fresh_tab: Any) -> None:
    fresh_tab.watch.allow("500")
    server = fresh_tab.server
    server.ingest({"project": "p", "run": "r", "step": 1, "note": "what is there"})
    page = fresh_tab.page
    broken = re.compile(r"/records/\d+/data$")
    problem = {"title": "Broken", "detail": "The disk is gone.", "hint": "Put it back.", "status": 500}
    page.route(
        broken, lambda route: route.fulfill(status=500, body=json.dumps(problem), content_type="application/json")
    )
    fresh_tab.open(f"/p/p/r/{server.ids('p')['r']}?tab=media")
    alert = page.get_by_role("figure", name="note").get_by_role("alert")
    expect(alert).to_contain_text("Broken The disk is gone.")
    expect(alert).to_contain_text("Put it back.")
    page.unroute(broken)
    alert.get_by_role("button", name="Try again").click()
    expect(panel(page, "note").locator("pre")).to_have_text("what is there")


def test_five_thousand_keys_open_and_scroll(fresh_tab: Any) -> None:
    server = fresh_tab.server
    notes = {f"layer{i // 50}/note.{i % 50}": f"text {i}" for i in range(5000)}
    server.ingest({"project": "wide", "run": "r", "step": 0, **notes})
    page = fresh_tab.open(f"/p/wide/r/{server.ids('wide')['r']}?tab=media")
    expect(page.get_by_role("tab", name=re.compile("Media"))).to_contain_text("5000")
    expect(panel(page, "layer0/note.0").locator("pre")).to_have_text("text 0")
    assert page.get_by_role("figure").count() < 40
    page.get_by_role("region", name="Media").evaluate("e => e.scrollTop = e.scrollHeight")
    expect(panel(page, "layer99/note.49").locator("pre")).to_have_text("text 4999")
    assert page.get_by_role("figure").count() < 40
    page.keyboard.press("/")
    page.keyboard.type(r"layer7/.*\.4$")
    expect(panel(page, "layer7/note.4").locator("pre")).to_have_text("text 354")
    expect(page.get_by_role("figure")).to_have_count(1)


@pytest.mark.parametrize("width", [1440, 390])
def test_documents_stand_on_either_ground(tabs: Callable[..., Any], written: str, tmp_path: Path, width: int) -> None:
    tab = tabs(reduced_motion="reduce", viewport={"width": width, "height": 1600})
    page = tab.open(place(written, **{"s.samples": "diff:step", "s.settings": "diff:step"}))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        for name in ("picture", "report", "samples", "settings", "weights"):
            panel(page, name).scroll_into_view_if_needed()
            page.screenshot(path=tmp_path / f"{name}-{scheme}-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.axe() == []
