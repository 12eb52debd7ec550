"""What people write about a run: its name, tags and notes; and pages that hold more text than anyone planned."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect


@pytest.fixture
def run_page(fresh_tab: Any) -> Page:
    """Open the only run of an own server, ready to be changed."""
    fresh_tab.server.log("own", "first-name", {"loss": [3.0, 2.0, 1.0]}, tags=["old"])
    run = fresh_tab.server.ids("own")["first-name"]
    page: Page = fresh_tab.open(f"/p/own/r/{run}?tab=overview")
    expect(page.get_by_role("heading", name="first-name")).to_be_visible()
    return page


def rename(page: Page, text: str) -> None:
    page.get_by_role("heading", level=1).get_by_role("button").click()
    field = page.get_by_role("textbox", name="Name of the run")
    expect(field).to_be_focused()
    field.fill(text)


def saved(page: Page) -> AbstractContextManager[object]:
    """Wait until the server has answered a change."""
    return page.expect_response(lambda r: r.request.method == "PATCH" and r.ok)


def test_a_run_is_renamed_tagged_and_noted_and_stays_so(fresh_tab: Any, run_page: Page) -> None:
    page = run_page
    rename(page, "given up")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("first-name")
    rename(page, "second name 🦦")
    with saved(page):
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="second name 🦦")).to_be_visible()
    expect(page.get_by_role("heading", level=1).get_by_role("button")).to_be_focused()
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_role("textbox", name="New tags").fill("best, paper")
    with saved(page):
        page.keyboard.press("Enter")
    with saved(page):
        page.get_by_role("button", name="Remove the tag old").click()
    page.get_by_role("button", name="Add notes").click()
    page.get_by_role("textbox", name="Notes").fill("line one\nline two")
    with saved(page):
        page.keyboard.press("Control+Enter")
    tags = page.get_by_role("list", name="Tags").get_by_role("listitem")
    for _ in ("as said", "as read again"):
        expect(page.get_by_text("line one\nline two")).to_be_visible()
        expect(tags).to_have_text([re.compile("^best"), re.compile("^paper"), "Add a tag"])
        expect(page).to_have_title("second name 🦦 · own · gnomon")
        page.reload()
    stored = fresh_tab.server.post("/api/v1/runs:query", {"project": "own"})["runs"][0]
    assert (stored["name"], stored["tags"], stored["notes"]) == (
        "second name 🦦",
        ["best", "paper"],
        "line one\nline two",
    )


def test_a_name_shows_at_once_and_is_taken_back_when_the_server_refuses(fresh_tab: Any, run_page: Page) -> None:
    page = run_page
    held: list[Route] = []
    page.route("**/api/v1/runs/*", lambda r: held.append(r) if r.request.method == "PATCH" else r.continue_())
    fresh_tab.watch.allow("413")
    with page.expect_request(lambda r: r.method == "PATCH"):
        rename(page, "x" * 2000)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="x" * 2000)).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("heading", name="first-name")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("name")


LONG = "vit-large-patch16-384-imagenet21k-finetuned-cosine-warmup-ema-重み付き-seed-0042-🦦"


@pytest.fixture
def crowded(tabs: Callable[..., Any], server: Any) -> Callable[..., tuple[Page, str]]:
    """Open pages of a project whose names, keys and values are long, and many."""
    if not server.ids("crowded"):
        config = {f"section_{i % 7}.a_long_parameter_name_{i}": i / 7 for i in range(60)} | {"prompt": "word " * 400}
        key = "validation/" + "a_metric_with_a_very_long_name_" * 2 + "end"
        server.log("crowded", LONG, {key: [0.1, 0.5, 0.7], "loss": [3.0, 2.0, 1.0]}, config=config, notes="n" * 300)

    def make(width: int, height: int) -> tuple[Page, str]:
        page: Page = tabs(viewport={"width": width, "height": height}).page
        return page, f"{server.url}/p/crowded/r/{server.ids('crowded')[LONG]}"

    return make


# Texts and controls that stand in each other's way, in the part of the page that is seen.
OVERLAPS = """() => {
  const leaves = [...document.querySelectorAll("button, a, input, select, h1, th, .chart-name, .chart-last")]
    .filter((e) => e.checkVisibility() && !e.closest(".visually-hidden, .runs-head, .grid-head, .code-block"));
  const box = (e) => e.getBoundingClientRect();
  const seen = (e) => { const b = box(e); const at = document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
    return b.width < 1 || b.bottom < 0 || b.top > innerHeight || at === null || e.contains(at) || at.contains(e); };
  return leaves.filter((e) => !seen(e)).map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`);
}"""


@pytest.mark.parametrize("size", [(720, 450), (390, 844)], ids=["zoomed to 200 %", "a phone"])
def test_long_names_and_many_keys_fit_a_small_page(crowded: Callable[..., Any], size: tuple[int, int]) -> None:
    page, address = crowded(*size)
    home = address.split("/p/")[0]
    for path in (home, f"{home}/p/crowded", f"{home}/p/crowded?pane=charts", address, f"{address}?tab=overview"):
        page.goto(path)
        expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)
        overflow = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert overflow <= list(size), path
        assert page.evaluate(OVERLAPS) == [], path


def test_what_is_cut_short_is_said_in_full_on_hover(crowded: Callable[..., Any]) -> None:
    page, address = crowded(1024, 768)
    page.goto(address.split("/r/")[0])
    expect(page.get_by_role("link", name=LONG)).to_have_attribute("title", LONG)
    key = page.locator(".chart-name").first
    expect(key).to_have_attribute("title", key.text_content() or "?")
    page.goto(address + "?tab=overview")
    expect(page.get_by_role("heading", level=1)).to_have_text(LONG)
    expect(page.get_by_role("row", name=re.compile("^prompt word word"))).to_be_visible()


# Everything that Tab reaches shows where the focus is.
FOCUS = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return [e === document.body ? null : `${e.tagName} ${e.className} ${(e.ariaLabel ?? e.textContent).slice(0, 30)}`, marked];
}"""


def test_the_focus_is_seen_wherever_tab_leads(tab: Any) -> None:
    run = tab.server.ids("digits")["seeded-3"]
    for path in ("/", "/p/digits", f"/p/digits/r/{run}", f"/p/digits/r/{run}?tab=overview"):
        page = tab.open(path)
        expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)
        page.bring_to_front()
        stops = []
        for _ in range(40):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUS))
        assert [name for name, marked in stops if name and not marked] == [], path
        assert len({name for name, _ in stops}) > 5, path
