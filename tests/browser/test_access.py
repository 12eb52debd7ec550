"""No page has a violation of WCAG 2.2 A or AA that a machine can find, on light ground and on dark."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

PLACES = {
    "projects": "/",
    "runs": "/p/digits",
    "runs of a failed filter": "/p/digits?where=lr%20%3C%20%3C",
    "run": "/p/digits/r/{run}",
    "overview": "/p/digits/r/{run}?tab=overview",
    "full screen": "/p/digits?full=train/loss",
    "empty project": "/p/nothing-yet",
    "missing": "/nowhere",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_on(tabs: Callable[..., Any], place: str, scheme: str) -> None:
    tab = tabs(color_scheme=scheme, reduced_motion="reduce")
    tab.watch.allow("400")
    page = tab.open(PLACES[place].format(run=tab.server.ids("digits")["seeded-2"]))
    page.wait_for_load_state("networkidle")
    expect(page.locator("main")).not_to_be_empty()
    if "digits" in PLACES[place] and "overview" not in place and "filter" not in place:
        tab.chart("train/loss") if place != "full screen" else page.get_by_role("dialog").wait_for()
    assert tab.axe() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_dialogs(tabs: Callable[..., Any], scheme: str) -> None:
    tab = tabs(color_scheme=scheme, reduced_motion="reduce")
    page = tab.open("/p/digits")
    tab.chart("train/loss")
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("dialog", name="Columns")).to_be_visible()
    assert tab.axe() == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Values of train/loss as a table").click(force=True)
    expect(page.get_by_role("dialog", name="train/loss").get_by_role("row").nth(5)).to_be_visible()
    assert tab.axe() == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert tab.axe() == []


def test_axe_finds_nothing_on_a_phone(tabs: Callable[..., Any]) -> None:
    tab = tabs(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page = tab.open("/p/digits?pane=charts")
    tab.chart("val/acc")
    assert tab.axe() == []
    page.get_by_role("tab", name="Runs", exact=True).click()
    expect(page.get_by_role("grid", name="Runs")).to_contain_text("seeded")
    assert tab.axe() == []
