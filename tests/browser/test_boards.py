"""Dashboards in a real browser: fed by curl and by the script of Agnez, moved by hand, looked at as they were."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

HERE = Path(__file__).parent
ROUNDS = 100 if os.environ.get("GNOMON_TRIALS") == "full" else 6


def call(server: Any, method: str, path: str, body: object = None) -> Any:
    """Send JSON and return the answer, `None` when there is none."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def put(server: Any, name: str, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = call(server, "PUT", "/api/v1/panels", {"name": name, **fields})
    return found


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("figure", name=name, exact=True)


@pytest.fixture
def board(fresh_tab: Any) -> Page:
    """Open a dashboard with a number and a text."""
    put(fresh_tab.server, "accuracy", value=0.5)
    put(fresh_tab.server, "note", value="first words", height=3, width=6)
    page: Page = fresh_tab.open("/d/default")
    expect(panel(page, "note")).to_contain_text("first words")
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
    return page


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_one_curl_makes_a_panel_in_an_open_page_and_later_ones_change_and_remove_it(fresh_tab: Any) -> None:
    server = fresh_tab.server
    page = fresh_tab.open("/d/default")
    expect(page.get_by_text("waiting for the first panel")).to_be_visible()

    def curl(*arguments: str) -> dict[str, Any]:
        done = subprocess.run(["curl", "-sS", *arguments], capture_output=True, text=True, check=True, timeout=30)
        found: dict[str, Any] = json.loads(done.stdout or "{}")
        return found

    made = curl(f"{server.url}/api/v1/panels", "-d", '{"name": "accuracy", "value": 0.5}')
    path = f"{server.url}/api/v1/panels/{made['id']}"
    expect(panel(page, "accuracy")).to_contain_text("0.5")
    curl("-X", "PATCH", path, "-d", '{"value": 0.75, "title": "validation"}')
    expect(panel(page, "validation")).to_contain_text("0.75")
    curl(f"{server.url}/api/v1/panels", "-d", '{"name": "loss", "append": {"loss": 2.5}}')
    curl(f"{server.url}/api/v1/panels", "-d", '{"name": "loss", "append": {"loss": 1.25, "other": 7}}')
    expect(panel(page, "loss").locator(".board-legend span")).to_have_text(["loss 1.25", "other 7"])
    curl("-X", "DELETE", path)
    expect(panel(page, "validation")).to_have_count(0)
    expect(panel(page, "loss")).to_be_visible()


def test_the_script_of_agnez_runs_and_an_open_page_follows(fresh_tab: Any, tmp_path: Path) -> None:
    fresh_tab.watch.allow("404")
    server = fresh_tab.server
    page = fresh_tab.open("/d/agnez")
    text = (HERE / "agnez_seed.txt").read_text()
    for old, new in (
        ("http://localhost:3000", server.url),
        ("time.sleep(2)", "time.sleep(0.01)"),
        ("range(100)", f"range({ROUNDS})"),
    ):
        assert old in text
        text = text.replace(old, new)
    script = tmp_path / "test.py"
    script.write_text(text)
    done = subprocess.run(
        [sys.executable, script],
        env=os.environ | {"MPLBACKEND": "agg", "MPLCONFIGDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.split("\n")[:-1]) == (0, ["<Response [200]>"] * ROUNDS), done.stderr
    chart = panel(page, "test1")
    expect(chart).to_contain_text("simple test")
    drawn = chart.frame_locator("iframe").last.locator("svg.mpld3-figure path.mpld3-path")
    expect(drawn).to_have_count(1)
    expect(panel(page, "test2")).to_contain_text("./images/main_img.gif")
    left, right = (panel(page, name).bounding_box() for name in ("test1", "test2"))
    assert left is not None
    assert right is not None
    assert (left["y"], left["x"] < right["x"]) == (right["y"], True), "two cells in a row, as on Agnez' page"
    for cell in call(server, "GET", "/values"):
        call(server, "DELETE", f"/values/{cell['_id']}")
    expect(page.get_by_role("figure")).to_have_count(0)


def test_html_runs_in_an_origin_of_its_own_and_reaches_nothing(fresh_tab: Any, board: Page) -> None:
    reach = """<p id=said></p><script>
      const tries = {origin: () => self.origin, store: () => localStorage.length, page: () => parent.document.title,
        cookie: () => document.cookie};
      said.textContent = Object.entries(tries).map(([name, work]) => {
        try { return `${name}=${work()}` } catch (error) { return `${name}:${error.name}` } }).join(" ");
      fetch("/api/v1/dashboards").then(() => said.append(" fetched"), () => said.append(" refused"));
    </script>"""
    fresh_tab.watch.allow("Content Security Policy|connect-src|Fetch API cannot load")
    put(fresh_tab.server, "page", kind="html", value=reach)
    said = panel(board, "page").frame_locator("iframe").locator("#said")
    expect(said).to_have_text(
        "origin=null store:SecurityError page:SecurityError cookie:SecurityError refused", use_inner_text=True
    )
    put(fresh_tab.server, "page", value="<p id=said>second</p>")
    second = panel(board, "page").frame_locator("iframe[src*='rev=2']")
    expect(second.locator("#said")).to_have_text("second")
    expect(panel(board, "page").locator("iframe")).to_have_count(1)


def test_scrubbing_shows_the_dashboard_as_it_was_and_now_follows_again(fresh_tab: Any, board: Page) -> None:
    server = fresh_tab.server
    for step in range(4):
        put(server, "loss", append={"loss": 8 - step})
    changed = put(server, "accuracy", value=0.9)
    board.reload()
    expect(panel(board, "accuracy")).to_contain_text("0.9")
    slider = board.get_by_role("slider", name="Moment")
    slider.focus()
    board.keyboard.press("Home")
    expect(board.get_by_text("There was no panel yet.")).to_be_visible()
    expect(board).to_have_url(re.compile(r"[?&]at=\d+"))
    board.goto(f"{server.url}/d/default?at={changed['updated'] - 0.000001}")
    expect(panel(board, "accuracy")).to_contain_text("0.5")
    expect(panel(board, "loss").locator(".board-legend")).to_have_text("loss 5")
    put(server, "accuracy", value=0.99)
    expect(board.get_by_role("button", name="Add a panel")).to_have_count(0)
    expect(panel(board, "accuracy")).to_contain_text("0.5")
    board.get_by_role("button", name="now").click()
    expect(panel(board, "accuracy")).to_contain_text("0.99")
    expect(board).to_have_url(f"{server.url}/d/default")
    board.evaluate(SIX_TIMES_AS_FAST)
    board.get_by_role("button", name="Play the history").click()
    expect(panel(board, "accuracy")).to_contain_text("0.5")
    expect(panel(board, "accuracy")).to_contain_text("0.99", timeout=30_000)
    expect(board.get_by_role("button", name="Play the history")).to_be_visible()


# A moment is shown for 600 ms; nobody needs to see it here.
SIX_TIMES_AS_FAST = """() => {
  const real = window.setTimeout.bind(window);
  window.setTimeout = (act, ms, ...more) => real(act, ms === 600 ? 100 : ms, ...more);
}"""


def cell(page: Page, name: str) -> tuple[int, int, int, int]:
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    box = panel(page, name).bounding_box()
    assert box is not None
    x, y, width, height = (round(box[side]) for side in ("x", "y", "width", "height"))
    return x, y, width, height


def saved(page: Page) -> Any:
    """Wait until the server has answered a change of the layout."""
    return page.expect_response(lambda r: r.request.method == "PATCH" and r.ok)


def drag(page: Page, handle: Locator, x: float, y: float) -> None:
    box = handle.bounding_box()
    assert box is not None
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + x / 2, at[1] + y / 2)
    page.mouse.move(at[0] + x, at[1] + y)
    with saved(page):
        page.mouse.up()


def test_panels_are_dragged_and_resized_and_stay_there(board: Page) -> None:
    page = board
    (x, y, width, height) = cell(page, "accuracy")
    note = cell(page, "note")
    assert (note[1], note[0] > x) == (y, True)
    column = (width + 12) / 3
    drag(page, panel(page, "accuracy").get_by_role("button", name="Move accuracy"), column * 9, 0)
    expect(panel(page, "accuracy")).to_have_js_property("offsetWidth", width)
    moved = cell(page, "accuracy")
    assert abs(moved[0] - (x + column * 9)) <= 2
    panel(page, "accuracy").hover()
    drag(page, panel(page, "accuracy").get_by_role("button", name="Resize accuracy"), -column, 84)
    grown = cell(page, "accuracy")
    assert (abs(grown[2] - (width - column)) <= 2, grown[3]) == (True, height + 84)
    page.reload()
    expect(panel(page, "note")).to_be_visible()
    assert (cell(page, "accuracy"), cell(page, "note")) == (grown, note)


def test_arrow_keys_move_a_panel_and_with_shift_they_resize_it(board: Page) -> None:
    page = board
    before = {name: cell(page, name) for name in ("accuracy", "note")}
    grip = panel(page, "accuracy").get_by_role("button", name="Move accuracy")
    grip.focus()
    with saved(page):
        page.keyboard.press("Shift+ArrowRight")
    with saved(page):
        page.keyboard.press("Shift+ArrowDown")
    after = cell(page, "accuracy")
    assert (after[2] > before["accuracy"][2], after[3]) == (True, before["accuracy"][3] + 42)
    with saved(page):
        page.keyboard.press("ArrowDown")
    expect(grip).to_be_focused()
    assert cell(page, "accuracy")[1] > cell(page, "note")[1]


def test_what_is_deleted_comes_back_with_undo_and_a_revision_from_its_history(fresh_tab: Any, board: Page) -> None:
    page = board
    put(fresh_tab.server, "note", value="second words")
    expect(panel(page, "note")).to_contain_text("second words")
    panel(page, "note").hover()
    page.get_by_role("button", name="Delete note").click()
    expect(panel(page, "note")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(panel(page, "note")).to_contain_text("second words")
    panel(page, "note").hover()
    page.get_by_role("button", name="History of note").click()
    dialog = page.get_by_role("dialog", name="History of note")
    expect(dialog.get_by_role("list", name="Revisions").get_by_role("listitem")).to_have_count(4)
    dialog.get_by_role("button", name=re.compile("^1 ")).click()
    expect(dialog.get_by_role("figure")).to_contain_text("first words")
    dialog.get_by_role("button", name="Restore this revision").click()
    expect(panel(page, "note")).to_contain_text("first words")


def test_panels_are_added_edited_and_shown_in_full(fresh_tab: Any, board: Page) -> None:
    page = board
    fresh_tab.server.log("digits", "r", {"loss": [3.0, 2.0], "acc": [0.1, 0.2]})
    page.get_by_role("button", name="Add a panel").click()
    dialog = page.get_by_role("dialog", name="Add a panel")
    dialog.get_by_role("checkbox", name="loss").check()
    dialog.get_by_role("checkbox", name="acc").check()
    dialog.get_by_role("button", name="Add the panel").click()
    lines = panel(page, "loss, acc")
    expect(lines.locator(".board-legend span")).to_have_text(["loss 2", "acc 0.2"])
    fresh_tab.server.ingest({"project": "digits", "run": "r", "step": 2, "loss": 1.5})
    expect(lines.locator(".board-legend")).to_contain_text("loss 1.5")
    lines.hover()
    lines.get_by_role("button", name=re.compile("^Edit")).click()
    page.get_by_role("textbox", name="Title").fill("curves")
    page.get_by_role("combobox", name="Tab").fill("second")
    page.get_by_role("button", name="Save").click()
    expect(lines).to_have_count(0)
    page.get_by_role("tab", name="second").click()
    expect(panel(page, "curves")).to_be_visible()
    panel(page, "curves").hover()
    page.keyboard.press("f")
    expect(page.get_by_role("dialog", name="curves").get_by_role("figure")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_record_of_a_run_is_shown_by_its_view_and_follows_the_run(fresh_tab: Any, board: Page) -> None:
    server = fresh_tab.server
    server.ingest({"project": "p", "run": "r", "step": 0, "words": "first thought"})
    where = {"run": server.ids("p")["r"], "key": "words"}
    put(server, "newest", kind="record", value=where)
    put(server, "pinned", kind="record", value={**where, "step": 0})
    expect(panel(board, "newest")).to_contain_text("first thought")
    server.ingest({"project": "p", "run": "r", "step": 7, "words": "second thought"})
    expect(panel(board, "newest")).to_contain_text("second thought")
    expect(panel(board, "newest")).to_contain_text("step 7")
    expect(panel(board, "pinned")).to_contain_text("first thought")


def test_dashboards_are_made_named_and_brought_back(fresh_tab: Any) -> None:
    page = fresh_tab.open("/d")
    page.get_by_role("textbox", name="Name of the new dashboard").fill("night run")
    page.get_by_role("button", name="Create").click()
    expect(page).to_have_url(re.compile("/d/night%20run$"))
    expect(page.get_by_text("No panels yet")).to_be_visible()
    put(fresh_tab.server, "n", dashboard="night run", value=1)
    expect(panel(page, "n")).to_be_visible()
    page.get_by_role("heading", level=1).get_by_role("button").click()
    page.get_by_role("textbox", name="Title of the dashboard").fill("Night run, third try")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Night run, third try · gnomon")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Dashboards").click()
    row = page.get_by_role("row", name=re.compile("night run"))
    expect(row).to_contain_text("Night run, third try")
    row.get_by_role("button", name="Delete night run").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("1")


def test_what_changed_while_the_server_was_away_is_shown_when_it_is_back(fresh_tab: Any, board: Page) -> None:
    fresh_tab.watch.allow("WebSocket|ERR_CONNECTION|Failed to load")
    server = fresh_tab.server
    server.stop()
    expect(board.get_by_text("server stopped: run")).to_be_visible(timeout=20_000)
    server.start()
    put(server, "accuracy", value=0.875)
    put(server, "new", value="here")
    expect(panel(board, "accuracy")).to_contain_text("0.875", timeout=20_000)
    expect(panel(board, "new")).to_contain_text("here")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_full_dashboard_is_accessible_and_fits(
    tabs: Callable[..., Any], server: Any, scheme: str, width: int
) -> None:
    where = {"dashboard": "full"}
    put(server, "acc", value=0.93, options={"unit": "%"}, **where)
    put(server, "a name that is very long and says everything about what is in this panel " * 2, value="NaN", **where)
    put(server, "loss", kind="line", value={"a": [3, 2, 1], "b": [1, "NaN", 2]}, **where)
    put(server, "picture", kind="image", value="https://example.org/x.png", description="somewhere else", **where)
    put(server, "waiting", kind="html", **where)
    put(server, "runs", kind="series", value={"project": "digits", "keys": ["val/acc"]}, **where)
    tab = tabs(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = tab.open("/d/full")
    expect(panel(page, "runs").locator(".board-legend span")).to_have_count(12)
    expect(panel(page, "waiting")).to_contain_text("waiting for its first value")
    assert tab.axe() == []
    overflow = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert overflow <= [width, 900]
    page.goto(server.url + "/d")
    expect(page.get_by_role("link", name="full")).to_be_visible()
    assert tab.axe() == []
