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


@pytest.fixture
def calm(tabs: Callable[..., Any]) -> Any:
    """A tab without motion, so that no colour is met half way."""
    return tabs(reduced_motion="reduce")


def both(tab: Any) -> tuple[list[Any], list[Any]]:
    """Return what axe finds on light ground, and on dark."""
    tab.page.emulate_media(color_scheme="light")
    light = tab.axe()
    tab.page.emulate_media(color_scheme="dark")
    expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    return light, tab.axe()


@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_on(calm: Any, place: str) -> None:
    calm.watch.allow("400")
    page = calm.open(PLACES[place].format(run=calm.server.ids("digits")["seeded-2"]))
    page.wait_for_load_state("networkidle")
    expect(page.locator("main")).not_to_be_empty()
    if place in {"runs", "run"}:
        calm.chart("train/loss")
    if place == "full screen":
        page.get_by_role("dialog").wait_for()
    assert both(calm) == ([], [])


def test_axe_finds_nothing_in_the_dialogs(calm: Any) -> None:
    page = calm.open("/p/digits")
    calm.chart("train/loss")
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("dialog", name="Columns")).to_be_visible()
    assert both(calm) == ([], [])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Values of train/loss as a table").click(force=True)
    expect(page.get_by_role("dialog", name="train/loss").get_by_role("row").nth(5)).to_be_visible()
    assert both(calm) == ([], [])
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert both(calm) == ([], [])


def test_axe_finds_nothing_on_a_phone(tabs: Callable[..., Any]) -> None:
    tab = tabs(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page = tab.open("/p/digits?pane=charts")
    tab.chart("val/acc")
    assert tab.axe() == []
    page.get_by_role("tab", name="Runs", exact=True).click()
    expect(page.get_by_role("grid", name="Runs")).to_contain_text("seeded")
    assert tab.axe() == []
