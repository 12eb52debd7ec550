"""The palette finds everything and does everything, by keys alone; shortcuts act where they should and nowhere else."""

import re
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

SERVING = Path(__file__).with_name("serving.py")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a project of 1,000 runs without a point worth drawing, one of three, a dashboard and a saved view."""
    spec = util.spec_from_file_location("serving", SERVING)
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    home = tmp_path_factory.mktemp("palette") / "home"
    serving.store_small(home, "crowd", [f"brave-otter-{i:04}" for i in range(1000)], "loss")
    server = serving.Server(home).start()
    for number in range(3):
        loss = (np.exp(-np.arange(20) / 5) + number).tolist()
        series = {"train/loss": loss, "val/acc": loss, **{f"layer/norm.{i}": loss for i in range(40)}}
        server.log("digits", f"calm-heron-{number}", series, config={"lr": 0.1 * number}, state="finished")
    server.post("/api/v1/panels", {"dashboard": "night", "name": "loss", "append": {"loss": 0.5}})
    server.post("/api/v1/views", {"project": "digits", "name": "by loss", "page": "runs", "search": "order=name"})
    yield server
    server.stop()


@pytest.fixture
def page(tab: Any) -> Page:
    found: Page = tab.open("/p/digits")
    tab.chart("val/acc")
    return found


def ask(page: Page, text: str, option: str) -> Locator:
    """Open the palette, type, and wait until an option is there and the search is over: before, the order may change."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find runs, metrics, pages and actions")).to_be_focused()
    page.keyboard.type(text)
    expect(page.get_by_text("Looking among all runs…")).to_have_count(0)
    found = page.get_by_role("listbox", name="Found").get_by_role("option", name=option).first
    expect(found).to_be_visible()
    return found


def take(page: Page, text: str, option: str) -> None:
    """Go to an option with the arrow keys, and open it."""
    found = ask(page, text, option)
    for _ in range(40):
        if found.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    expect(found).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Find anything")).to_have_count(0)


def test_it_goes_to_runs_of_any_project_dashboards_views_pages_and_back(page: Page, server: Any) -> None:
    take(page, "otter 0421", "brave-otter-0421")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("brave-otter-0421"))
    take(page, server.ids("digits")["calm-heron-1"], "calm-heron-1")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("calm-heron-1"))
    take(page, "by loss", "by loss")
    expect(page).to_have_url(re.compile("view="))
    take(page, "night", "night")
    expect(page).to_have_url(re.compile("/d/night$"))
    take(page, "digits", "digits")
    expect(page).to_have_url(re.compile("/p/digits$"))
    take(page, "leaderb", "Leaderboard")
    expect(page).to_have_url(re.compile("/p/digits/leaderboard"))
    expect(page.get_by_role("table").first).to_be_visible()
    take(page, "rank train", "Rank by train/loss")
    expect(page).to_have_url(re.compile("train/loss"))


def test_it_does_what_the_page_can_do(page: Page) -> None:
    take(page, "logarithmic y", "Logarithmic y axis")
    expect(page).to_have_url(re.compile("y=log"))
    take(page, "choose col", "Choose columns")
    expect(page.get_by_role("dialog", name="Columns")).to_be_visible()
    page.keyboard.press("Escape")
    take(page, "group by lr", "Group by lr")
    expect(page.get_by_role("treegrid", name="Runs")).to_be_visible()
    with page.expect_download() as file:
        take(page, "csv", "Export the matching runs as CSV")
    assert file.value.suggested_filename == "digits.csv"
    page.get_by_role("figure", name="val/acc", exact=True).locator("[tabindex='0']").first.focus()
    take(page, "table val acc", "Table of values: val/acc")
    expect(page.get_by_role("dialog", name="val/acc")).to_be_visible()
    page.keyboard.press("Escape")
    take(page, "dark", "Theme: dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_metric_is_scrolled_to_unfolded_and_focused(page: Page) -> None:
    page.get_by_role("button", name="layer 40", exact=True).click()
    take(page, "lay 39 norm", "layer/norm.39")
    chart = page.get_by_role("figure", name="layer/norm.39", exact=True)
    expect(chart).to_be_in_viewport()
    expect(chart.locator("[tabindex='0']").first).to_be_focused()


def test_the_list_says_what_is_chosen_marked_and_recent(page: Page) -> None:
    found = ask(page, "heron 2", "calm-heron-2")
    box = page.get_by_role("combobox", name="Find runs, metrics, pages and actions")
    expect(box).to_be_focused()
    options = page.get_by_role("listbox", name="Found").get_by_role("option")
    first = options.first
    assert box.get_attribute("aria-activedescendant") == first.get_attribute("id")
    assert found.locator("mark").all_inner_texts() == ["heron", "2"]
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") == options.last.get_attribute("id")
    box.fill("zzzz")
    expect(page.get_by_text("Nothing here is called “zzzz”.")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Escape")
    take(page, "heron 2", "calm-heron-2")
    page.keyboard.press("Control+k")
    recent = page.get_by_role("group", name="Recent").get_by_role("option")
    expect(recent.first).to_have_accessible_name(re.compile("calm-heron-2"))


def test_two_keys_go_places_and_none_acts_while_one_types(page: Page) -> None:
    for keys, place in (("gd", "/p/digits/d$"), ("gp", "/$"), ("gd", "/d$")):
        page.keyboard.type(keys)
        expect(page).to_have_url(re.compile(place))
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("figure", name="val/acc", exact=True)).to_be_visible()
    page.keyboard.type("gf")
    field = page.get_by_role("combobox", name="Filter")
    expect(field).to_be_focused()
    page.keyboard.type("?gdls")
    expect(field).to_have_value("?gdls")
    expect(page).to_have_url(re.compile("/p/digits(\\?where|$)"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_window_keeps_the_keys_of_the_page_away_unless_it_enlarges_it(page: Page) -> None:
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_role("dialog", name="Columns").get_by_role("button", name="Close").focus()
    page.keyboard.press("l")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("y=log"))
    page.goto(page.url + "?full=val/acc")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile("y=log"))
    page.keyboard.press("]")
    expect(page).not_to_have_url(re.compile("full=val/acc"))


def test_the_dialog_lists_every_shortcut(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Shortcuts")
    for what in (
        "find a run, a metric, a page or an action",
        "go to the leaderboard",
        "logarithmic y axis",
        "next match",
    ):
        expect(dialog.get_by_text(what, exact=True)).to_be_visible()


def test_a_colour_that_was_chosen_is_everybodys(page: Page, server: Any, tabs: Any) -> None:
    row = page.get_by_role("row", name=re.compile("calm-heron-0"))
    grid = page.locator(".runs-grid")
    grid.focus()
    page.keyboard.press("End")
    expect(row).to_have_class(re.compile("focused"))
    page.keyboard.press("h")
    page.get_by_role("menuitemcheckbox", name="olive").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".hue-6")).to_be_visible()
    expect(grid).to_be_focused()
    other = tabs().open("/p/digits")
    again = other.get_by_role("row", name=re.compile("calm-heron-0"))
    expect(again.locator(".hue-6")).to_be_visible()
    again.get_by_role("button", name="Colour of calm-heron-0").click()
    other.get_by_role("menuitemcheckbox", name="dotted", exact=True).click()
    expect(row.locator(".swatch-dash.ink-6")).to_be_visible()
    other.goto(f"{server.url}/p/digits/r/{server.ids('digits')['calm-heron-0']}")
    other.get_by_role("button", name="Colour of calm-heron-0").click()
    expect(other.get_by_role("menuitemcheckbox", name="dotted", exact=True)).to_be_checked()
    other.get_by_role("menuitemcheckbox", name="By itself").click()
    expect(row.locator(".swatch-dash")).to_have_count(0)
