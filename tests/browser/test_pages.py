"""Pages open, teach, and can be left and found again."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect


def test_every_page_opens_without_a_request_to_anywhere_else(tab: Any) -> None:
    run = tab.server.ids("digits")["seeded-3"]
    page = tab.open("/")
    expect(page.get_by_role("row", name=re.compile("digits"))).to_contain_text("12")
    page.get_by_role("link", name="digits").click()
    expect(page.get_by_role("grid", name="Runs")).to_be_visible()
    assert sum(tab.pixels("train/loss", f"--r{hue}") for hue in range(1, 8)) > 0
    page.goto(f"{tab.server.url}/p/digits/r/{run}")
    expect(page.get_by_role("heading", name="seeded-3")).to_be_visible()
    tab.chart("val/acc")


def test_an_address_that_does_not_exist_says_so_and_leads_home(tab: Any) -> None:
    page = tab.open("/nowhere/at/all")
    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    page.get_by_role("link", name="All projects", exact=True).click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()


def test_a_run_that_does_not_exist_says_so(tab: Any) -> None:
    tab.watch.allow("404")
    page = tab.open("/p/digits/r/0123456789abcdefghjk")
    expect(page.get_by_role("heading", name="There is no such run")).to_be_visible()


def test_an_empty_home_teaches_and_comes_alive_with_the_first_value(fresh_tab: Any) -> None:
    page = fresh_tab.open("/")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(page.get_by_text("import gnomon")).to_be_visible()
    expect(page.get_by_text(f"curl {fresh_tab.server.url}/api/v1/ingest")).to_be_visible()
    for what in ("the Python lines", "the curl command", "the demo command"):
        expect(page.get_by_role("button", name=f"Copy {what}")).to_be_visible()
    fresh_tab.server.ingest({"project": "first", "run": "a", "step": 1, "loss": 0.3})
    expect(page.get_by_role("link", name="first")).to_be_visible()
    page.get_by_role("link", name="first").click()
    expect(fresh_tab.chart("loss")).to_contain_text("0.3")


def test_an_empty_project_comes_alive_with_the_first_value(fresh_tab: Any) -> None:
    page = fresh_tab.open("/p/soon")
    expect(page.get_by_role("heading", name="No runs in soon yet")).to_be_visible()
    fresh_tab.server.ingest({"project": "soon", "run": "a", "step": 1, "loss": 0.3})
    expect(page.get_by_role("link", name="a", exact=True)).to_be_visible()
    expect(fresh_tab.chart("loss")).to_contain_text("0.3")


def test_the_lines_that_are_taught_work(fresh_tab: Any) -> None:
    page = fresh_tab.open("/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the Python lines").click()
    expect(page.get_by_role("button", name="Copy the Python lines")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines() == [
        "import gnomon",
        'run = gnomon.init(project="my-project", config={"lr": 0.1})',
        'run.log({"loss": 0.3}, step=1)',
    ]


def test_the_overview_shows_config_results_and_what_was_not_finite(tab: Any) -> None:
    run = tab.server.ids("digits")["seeded-2"]
    page = tab.open(f"/p/digits/r/{run}")
    page.get_by_role("tab", name="Overview").click()
    expect(page.get_by_role("row", name=re.compile("^lr"))).to_contain_text("0.3")
    loss = page.get_by_role("row", name=re.compile("^train.loss"))
    expect(loss).to_contain_text("▲ 3")
    expect(loss).to_contain_text("400")
    page.reload()
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")


def test_what_went_wrong_with_a_run_is_said_clearly(tab: Any) -> None:
    run = tab.server.ids("odd")["unlucky"]
    page = tab.open(f"/p/odd/r/{run}")
    expect(page.get_by_text("3 values were dropped while logging.")).to_be_visible()
    expect(page.get_by_text("Cause: disk full.")).to_be_visible()
    expect(page.locator(".notice.bad")).to_have_text(re.compile("failed.*ValueError: the loss is not finite"))
    page.get_by_role("tab", name="Overview").click()
    expect(page.get_by_role("row", name=re.compile("to step 20"))).to_be_visible()
    expect(page.locator(".error-text")).to_contain_text("Traceback (most recent call last)")
    page.goto(f"{tab.server.url}/p/odd")
    expect(page.get_by_role("row", name=re.compile("unlucky"))).to_contain_text("▼3")
    healthy = tab.server.ids("digits")["seeded-3"]
    page.goto(f"{tab.server.url}/p/digits/r/{healthy}")
    tab.chart("val/acc")
    expect(page.locator(".notice")).to_have_count(0)


def test_the_theme_is_chosen_and_remembered(tab: Any) -> None:
    page = tab.open("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(250, 250, 247)"
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    assert page.evaluate(ground) == "rgb(19, 20, 18)"
    page.reload()
    assert page.evaluate(ground) == "rgb(19, 20, 18)"
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()


def test_question_mark_lists_the_shortcuts(tab: Any) -> None:
    page = tab.open("/")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_contain_text("logarithmic y axis")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_phone_shows_runs_and_charts_one_at_a_time(tabs: Callable[..., Any]) -> None:
    tab = tabs(viewport={"width": 390, "height": 844}, has_touch=True)
    page = tab.open("/p/digits")
    expect(page.get_by_role("grid", name="Runs")).to_be_visible()
    page.get_by_role("tab", name=re.compile("Charts")).click()
    tab.chart("val/acc")
    expect(page.get_by_role("grid", name="Runs")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_works_below_a_prefix_it_was_given(tab: Any) -> None:
    page = tab.open("/p/digits?charts=loss")
    tab.chart("train/loss")
    base = page.evaluate("document.baseURI")
    assert base == f"{tab.server.url}/"
    assert page.evaluate("[...document.querySelectorAll('script')].every(s => s.src.startsWith(document.baseURI))")
