"""Endpoints in a real browser: a version is served by one click, drawn at, given a canary, stopped and deleted."""

from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gnomon.models import MLP
from gnomon.models.registry import home as registry


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a home with two versions of a network that takes 8 by 8 pixels."""
    spec = util.spec_from_file_location("serving", Path(__file__).parent / "serving.py")
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    home = tmp_path_factory.mktemp("endpoints") / "home"
    for seed in (1, 2):
        registry.register("net", MLP((64, 8, 10), seed=seed), home=home)
    with registry.models(home) as models:
        models.point("net", "champion", "1")
    server = serving.Server(home).start()
    yield server
    server.stop()


@pytest.fixture
def calm(tabs: Callable[..., Any]) -> Any:
    """A tab without motion, so that no colour is met half way."""
    return tabs(reduced_motion="reduce")


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


def draw(page: Page, *way: tuple[float, float]) -> None:
    """Draw a stroke."""
    sheet = page.get_by_role("application", name="Draw")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in way]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def part(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def test_a_version_is_served_by_one_click_and_answers_what_is_drawn(server: Any, calm: Any) -> None:
    page: Page = calm.page
    page.goto(f"{server.url}/models/net?version=1")
    page.get_by_role("region", name="Version 1", exact=True).get_by_role("button", name="Serve…").click()
    dialog = page.get_by_role("dialog", name="Serve a model")
    expect(dialog.get_by_label("version")).to_have_value("net@champion")
    expect(dialog).to_contain_text("/serve/net/predict")
    assert calm.axe() == []
    dialog.get_by_role("button", name="Serve", exact=True).click()
    expect(page.get_by_role("heading", name="net", exact=True)).to_be_visible()
    said = page.get_by_role("region", name="Answer")
    expect(said).to_contain_text("Draw, and the answer follows.")
    draw(page, (0.3, 0.2), (0.7, 0.2), (0.45, 0.85))
    expect(said).to_contain_text("net@1 answered")
    expect(said.get_by_role("rowheader")).to_have_text([str(i) for i in range(10)])
    everywhere(calm)

    part(page, "What answers")
    versions = page.get_by_role("region", name="Versions", exact=True)
    expect(versions.get_by_role("row").filter(has_text="net@1")).to_contain_text("answers")
    page.get_by_label("canary", exact=True).select_option("net@2")
    share = page.get_by_role("slider", name="share")
    expect(share).to_have_value("10")
    share.press("End")
    expect(page.get_by_text("100 %", exact=True)).to_be_visible()
    expect(versions.get_by_role("row").filter(has_text="net@2")).to_contain_text("answers a share")
    expect(page.get_by_text("No request has come since.")).to_be_visible()
    part(page, "Try it")
    draw(page, (0.5, 0.1), (0.5, 0.9))
    expect(said).to_contain_text("net@2 answered")
    part(page, "What answers")
    expect(versions).to_contain_text("100 % of 1 requests went to net@2")
    everywhere(calm)

    page.get_by_label("canary", exact=True).select_option("")
    page.get_by_label("model", exact=True).select_option("net@2")
    now = versions.get_by_role("row").filter(has=page.get_by_role("cell", name="answers", exact=True))
    expect(now.filter(has_text="net@2")).to_have_count(1)
    expect(versions.get_by_role("row").filter(has_text="net@1")).to_contain_text("answered, is no longer asked")
    part(page, "Drift")
    expect(page.get_by_text("does not know its training data")).to_be_visible()
    part(page, "Call it")
    expect(page.get_by_role("region", name="curl", exact=True)).to_contain_text(f"{server.url}/serve/net/predict")
    part(page, "Log")
    expect(page.get_by_text("net@2 answers now.")).to_be_visible()

    page.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog", name="Stop net?").get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    part(page, "Try it")
    expect(page.get_by_text("It is stopped now.")).to_be_visible()
    page.goto(f"{server.url}/models")
    page.get_by_role("link", name="Endpoints").click()
    expect(page.get_by_role("row").filter(has_text="/serve/net/predict")).to_contain_text("stopped")
    everywhere(calm)
    page.get_by_role("link", name="net", exact=True).first.click()
    page.get_by_role("button", name="Actions of net").click()
    page.get_by_role("menuitem", name="Delete net…").click()
    page.get_by_role("dialog", name="Delete net?").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("gnomon endpoints create digits@champion")).to_be_visible()
