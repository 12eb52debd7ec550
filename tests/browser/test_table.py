"""The run table: filter, sort, select, scroll; by mouse and by keys alone."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect


def grid(page: Page) -> Locator:
    return page.get_by_role("grid", name="Runs")


def names(page: Page) -> list[str]:
    return grid(page).locator(".runs-rows .cell.name a").all_inner_texts()


def test_a_mistake_in_the_filter_is_underlined_and_said_once_it_is_done(tab: Any) -> None:
    page = tab.open("/p/digits")
    expect(grid(page)).to_contain_text("seeded-11")
    field = page.get_by_role("combobox", name="Filter runs")
    field.fill("config.lr < < 3")
    expect(page.locator("#filter-problem")).to_contain_text("character 12")
    wave, box = page.locator(".filter-wave u").bounding_box(), field.bounding_box()
    assert wave is not None
    assert box is not None
    per_character = page.locator(".filter-wave span").evaluate("e => e.getBoundingClientRect().width") / 12
    assert 6 < per_character < 9
    assert abs(wave["x"] - (box["x"] + 12 + 12 * per_character)) < 3
    expect(grid(page)).to_contain_text("seeded-11")
    field.fill("config.lr < 0.05")
    expect(page.locator("#filter-problem")).to_have_text("")
    expect(page.locator(".runs-bar")).to_contain_text("4 of 12")
    assert names(page) == ["seeded-9", "seeded-6", "seeded-3", "seeded-0"]


def test_a_click_on_a_header_sorts_by_it(tab: Any) -> None:
    page = tab.open("/p/digits")
    expect(grid(page)).to_contain_text("seeded-11")
    head = page.get_by_role("columnheader", name=re.compile("^val.acc"))
    sort = head.get_by_role("button", name=re.compile("^val.acc"))
    first = grid(page).locator(".runs-rows .row").first
    sort.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(first).to_contain_text(re.compile("seeded-(2|5|8|11)"))
    sort.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(first).to_contain_text(re.compile("seeded-(0|3|6|9)"))


def test_selecting_rows_changes_the_charts_at_once(tab: Any) -> None:
    page = tab.open("/p/digits")
    tab.chart("val/acc")
    expect(page.locator(".runs-foot")).to_contain_text("Newest 6 runs drawn")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("Select runs to draw their charts")).to_be_visible()
    page.get_by_role("row", name=re.compile("seeded-10")).click()
    figure = tab.chart("val/acc")
    expect(figure.locator(".chart-last")).to_have_text(re.compile(r"0\.\d+"))
    page.get_by_role("row", name=re.compile("seeded-7")).click(modifiers=["Shift"])
    expect(page.locator(".runs-foot")).to_contain_text("4 runs drawn")
    expect(grid(page).locator("[aria-selected=true]")).to_have_count(4)
    page.reload()
    expect(page.locator(".runs-foot")).to_contain_text("4 runs drawn")


def test_states_have_words_for_those_who_do_not_see_marks(server: Any, tab: Any) -> None:
    # Else it counts as lost when the tests before took ten minutes.
    server.ingest({"project": "digits", "run": "seeded-0", "state": "running"})
    page = tab.open("/p/digits")
    for run, word in (("seeded-0", "running"), ("seeded-1", "failed"), ("seeded-2", "finished")):
        row = page.get_by_role("row", name=re.compile(rf"{word} {run}\b"))
        expect(row).to_have_count(1)


def test_columns_are_chosen_and_stay_in_the_address(tab: Any) -> None:
    page = tab.open("/p/digits")
    expect(grid(page)).to_contain_text("seeded-11")
    page.get_by_role("button", name="Columns").click()
    dialog = page.get_by_role("dialog", name="Columns")
    dialog.get_by_role("checkbox", name="train/loss min").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name=re.compile("train.loss.*min"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name=re.compile("train.loss.*min"))).to_be_visible()


def test_ten_thousand_runs_scroll_in_windows(tab: Any) -> None:
    asked: list[int] = []
    page = tab.page
    page.on("request", lambda r: asked.append(r.post_data_json["limit"]) if r.url.endswith("runs:query") else None)
    tab.open("/p/many?order=name")
    expect(page.locator(".runs-bar")).to_contain_text("10\u202f000 runs")
    expect(grid(page)).to_contain_text("run-00000")
    grid(page).evaluate("e => e.scrollTop = 5000 * 28")
    expect(grid(page)).to_contain_text("run-05000")
    grid(page).evaluate("e => e.scrollTop = e.scrollHeight")
    expect(grid(page)).to_contain_text("run-09999")
    assert grid(page).locator(".row").count() < 80
    assert max(asked) <= 200


def test_the_splitter_moves_by_keys_and_remembers(tab: Any) -> None:
    page = tab.open("/p/digits")
    splitter = page.get_by_role("separator", name="Width of the run table")
    before = int(splitter.get_attribute("aria-valuenow") or 0)
    splitter.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(splitter).to_have_attribute("aria-valuenow", str(before - 48))
    page.reload()
    expect(splitter).to_have_attribute("aria-valuenow", str(before - 48))


def test_keys_alone_lead_from_the_projects_to_the_values_of_a_run(tab: Any) -> None:
    page = tab.open("/")
    expect(page.get_by_role("link", name="digits")).to_be_visible()
    page.bring_to_front()
    press_until(page, page.get_by_role("link", name="digits"))
    page.keyboard.press("Enter")
    tab.chart("val/acc")
    press_until(page, grid(page))
    page.keyboard.press("Escape")
    expect(page.locator(".runs-foot")).to_contain_text("0 runs drawn")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".runs-foot")).to_contain_text("2 runs drawn")
    active = grid(page).get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_contain_text("seeded-9")
    tab.chart("val/acc")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="seeded-9")).to_be_visible()
    figure = tab.chart("val/acc")
    press_until(page, figure.get_by_role("img"))
    page.keyboard.press("End")
    expect(figure.locator("[aria-live]")).to_contain_text("step 399")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog", name="val/acc")).to_be_visible()


def press_until(page: Page, target: Locator, most: int = 60) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(most):
        if target.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(target).to_be_focused()
