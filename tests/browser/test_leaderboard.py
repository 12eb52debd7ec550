"""The leaderboard page on a real study: ranks, ties, protocols apart, rows that open, exports, and what is live."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect


@pytest.fixture(scope="module")
def server(study_server: Any) -> Any:
    """Serve the study, and small projects where there is little to rank."""
    server = study_server
    for number in range(3):
        server.log("single", f"alone-{number}", {"score": [0.5 + number / 10]}, config={"lr": number}, state="finished")
    server.ingest(
        *(
            {"project": "crowd", "run": f"of-many-{i}", "config": {"lr": i}, "step": 0, "score": i, "state": "finished"}
            for i in range(230)
        )
    )
    server.ingest({"project": "wordy", "run": "talks", "config": {"lr": 1}, "note": "no number", "state": "finished"})
    return server


def table(page: Page) -> Locator:
    return page.get_by_role("region", name="Leaderboard").get_by_role("table").first


def rows(page: Page) -> list[str]:
    """Return the labels of the rows, in their order."""
    return table(page).locator(".lb-row .lb-words").all_inner_texts()


def row(page: Page, label: str) -> Locator:
    return table(page).get_by_role("row").filter(has=page.get_by_role("button", name=label, exact=True)).first


def named(page: Page) -> None:
    """Wait until every picture has its name, which it gets once it is drawn."""
    expect(page.get_by_role("figure", name="test/confusion").locator("canvas").first).to_be_visible()
    expect(page.locator("canvas[role=img]:not([aria-label])")).to_have_count(0)


def test_rows_ranks_ties_and_protocols_are_those_of_the_server(server: Any, tab: Any) -> None:
    board = server.post("/api/v1/leaderboards", {"project": "study", "metric": "test/accuracy"})
    page = tab.open("/p/study/leaderboard")
    ranked, other_data, nothing = board["protocols"]
    labels = [entry["label"] for protocol in board["protocols"] for entry in protocol["entries"]]
    expect(table(page).locator(".lb-row")).to_have_count(len(labels))
    assert rows(page) == labels
    ranks = table(page).locator(".lb-row .lb-rank").all_inner_texts()
    assert ranks == [str(entry["rank"]) for entry in ranked["entries"]] + ["–", "–"]  # noqa: RUF001
    edges = [line.get_attribute("data-edges") for line in table(page).locator(".lb-row").all()]
    tied = [entry["tied"] for entry in ranked["entries"]]
    assert [edge != "none" for edge in edges[: len(tied)]] == tied
    assert (sum(tied), edges[-2:]) == (2, ["apart", "apart"])
    expect(page.get_by_text("2 not significantly worse than the best")).to_be_visible()
    best = row(page, labels[0])
    expect(best.get_by_role("cell", name="the best")).to_be_attached()
    expect(best).to_contain_text(re.compile(r"0\.9\d+ ± 0\.0\d+"))
    expect(best).to_contain_text("3 of 4")
    expect(best.get_by_role("img", name=re.compile("95 % interval of the mean, seeds from"))).to_be_visible()
    expect(table(page)).to_contain_text(f"1 run is not ranked with these: {other_data['reason']}")
    expect(table(page)).to_contain_text(nothing["reason"])
    expect(page.get_by_text(re.compile("Bonferroni-corrected for 3 other entries"))).to_be_visible()
    page.get_by_role("button", name="Rank it alone").first.click()
    expect(table(page).locator(".lb-row")).to_have_count(1)
    expect(table(page).locator(".lb-row .lb-rank")).to_have_text("1")
    page.go_back()
    expect(table(page).locator(".lb-row")).to_have_count(len(labels))


def test_metric_direction_entries_test_and_columns_are_chosen_and_stay_in_the_address(tab: Any) -> None:
    page = tab.open("/p/study/leaderboard")
    page.get_by_role("button", name=re.compile("^test.accuracy")).click()
    page.get_by_role("combobox", name="Metric", exact=True).fill("val/lo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="smaller is better")).to_be_visible()
    page.get_by_label("Which value of the metric").select_option("lowest value")
    page.get_by_role("button", name="smaller is better").click()
    expect(page.get_by_role("button", name="larger is better")).to_be_visible()
    expect(table(page).locator(".lb-row .lb-words").first).to_have_text("hidden 24-16 · lr 3")
    page.get_by_role("button", name="One row per config").click()
    page.get_by_role("option", name="by hidden").click()
    expect(table(page).locator(".lb-row .lb-words").first).to_have_text("hidden 24-16")
    page.get_by_role("button", name=re.compile("^Test:")).click()
    dialog = page.get_by_role("dialog", name="Which rows are worse than the best?")
    expect(dialog).to_contain_text("Assumes no distribution")
    dialog.get_by_role("radio", name=re.compile("Permutation")).check()
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_text(re.compile("permutation test of the difference of means"))).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    dialog = page.get_by_role("dialog", name="Columns")
    dialog.get_by_role("searchbox", name="Find a column").fill("recall 3")
    dialog.get_by_role("checkbox", name="test recall 3").check()
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("columnheader", name="test recall 3")).to_be_visible()
    page.reload()
    expect(table(page).locator(".lb-row .lb-words").first).to_have_text("hidden 24-16")
    expect(page.get_by_role("columnheader", name="test recall 3")).to_be_visible()
    expect(page.get_by_role("button", name="Test: Permutation")).to_be_visible()
    assert "metric=val/loss.min" in page.url


def test_sorting_by_a_column_keeps_the_ranks(tab: Any) -> None:
    page = tab.open("/p/study/leaderboard")
    head = page.get_by_role("columnheader", name="parameters")
    ranks = table(page).locator("tbody").first.locator(".lb-rank")
    expect(ranks).to_have_text(["1", "2", "3", "4"])
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(ranks).to_have_text(["3", "4", "2", "1"])
    head.get_by_role("button").click()
    expect(ranks).to_have_text(["1", "2", "4", "3"])
    head.get_by_role("button").click()
    expect(ranks).to_have_text(["1", "2", "3", "4"])


def test_a_row_opens_in_place_with_its_seeds_curves_history_and_config(tab: Any) -> None:
    page = tab.open("/p/study/leaderboard")
    opener = page.get_by_role("button", name="hidden 48 · lr 3", exact=True).first
    opener.focus()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    detail = page.locator(".lb-detail")
    seeds = detail.get_by_role("table", name=re.compile("4 runs, 1 without a value"))
    expect(seeds.get_by_role("link", name=re.compile("^mlp-48"))).to_have_count(4)
    expect(seeds.get_by_role("row", name=re.compile("failed.*mlp-48-lr3-s3.*–"))).to_be_visible()  # noqa: RUF001
    for name in ("test/roc", "test/pr", "test/confusion"):
        expect(detail.get_by_role("figure", name=name).locator("canvas").first).to_be_visible()
    expect(detail.get_by_role("figure", name="val/acc").locator(".chart-foot")).to_contain_text("drawn")
    detail.get_by_label("History of").select_option("train/loss")
    expect(detail.get_by_role("figure", name="train/loss").locator(".chart-foot")).to_contain_text("drawn")
    for words in ("hidden 48", "lr 3", "optimizer sgd"):
        expect(detail.get_by_role("row", name=words)).to_be_visible()
    expect(detail.get_by_role("row", name=re.compile("^data train [0-9a-f]{16}"))).to_be_visible()
    page.reload()
    expect(page.locator(".lb-detail")).to_have_count(1)
    page.get_by_role("link", name="Compare these runs").click()
    expect(page.get_by_role("list", name="Compared runs")).to_contain_text("mlp-48-lr3-s2")
    page.go_back()
    page.get_by_role("link", name="mlp-48-lr3-s1").click()
    expect(page.get_by_role("heading", name="mlp-48-lr3-s1")).to_be_visible()


def test_the_board_leaves_as_csv_markdown_and_latex(tab: Any) -> None:
    page = tab.open("/p/study/leaderboard")
    expect(table(page)).to_contain_text("hidden 48")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download CSV").click()
    assert download.value.suggested_filename == "study-leaderboard.csv"
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert (len(lines), lines[0].split(",")[:4]) == (7, ["rank", "label", "hidden", "lr"])
    for name, begins in (("Markdown", "| # | configuration |"), ("LaTeX", r"\begin{tabular}{ll")):
        page.get_by_role("button", name="Export").click()
        page.get_by_role("menuitem", name=f"Copy as {name}").click()
        expect(page.get_by_text(f"{name} copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()").startswith(begins)


def test_a_new_run_joins_its_row_while_others_stay_as_they_are(server: Any, tab: Any) -> None:
    server.log("live", "one", {"score": [0.5]}, config={"lr": 1, "seed": 0}, state="finished")
    server.log("live", "two", {"score": [0.4]}, config={"lr": 2, "seed": 0}, state="finished")
    page = tab.open("/p/live/leaderboard")
    expect(row(page, "lr 1").get_by_role("cell", name="1", exact=True)).to_have_count(2)
    table(page).evaluate("e => { e.querySelectorAll('tr').forEach(r => { r.dataset.seen = 'yes' }) }")
    server.log("live", "three", {"score": [0.9]}, config={"lr": 2, "seed": 1}, state="finished")
    expect(row(page, "lr 2")).to_contain_text("0.7 ± 3.2")
    assert rows(page) == ["lr 2", "lr 1"]
    assert table(page).locator("tbody tr[data-seen=yes]").count() == 2


def test_a_view_keeps_the_board_under_a_name(tab: Any) -> None:
    page = tab.open("/p/study/leaderboard?metric=test/f1&sort=-duration")
    expect(table(page)).to_contain_text("hidden 48")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save as a new view…").click()
    page.get_by_role("textbox", name="Name of the view").fill("by F1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="by F1")).to_be_visible()
    view = re.search(r"view=([^&]+)", page.url)
    assert view is not None
    page.goto(f"{tab.server.url}/p/study/leaderboard?view={view[1]}")
    expect(page.get_by_role("button", name=re.compile("^test.f1"))).to_be_visible()
    assert "sort=-duration" in page.url
    page.goto(f"{tab.server.url}/p/study")
    page.get_by_role("button", name="Views").click()
    expect(page.get_by_role("menuitemcheckbox", name="by F1")).to_have_count(0)


def test_where_there_is_little_to_rank_the_page_teaches(tab: Any) -> None:
    tab.watch.allow("400")
    page = tab.open("/p/single/leaderboard")
    expect(page.get_by_text("One run of each configuration says nothing about luck")).to_be_visible()
    expect(page.get_by_text("None of these runs says what data it saw")).to_be_visible()
    expect(table(page).locator(".lb-row[data-few]")).to_have_count(3)
    page.goto(f"{tab.server.url}/p/single/leaderboard?metric=nowhere")
    expect(page.get_by_text("None of 3 runs has a value of")).to_be_visible()
    page.goto(f"{tab.server.url}/p/single/leaderboard?where=config.lr+%3E+9")
    page.get_by_role("button", name="Clear the filter", exact=True).last.click()
    expect(table(page).locator(".lb-row")).to_have_count(3)
    page.goto(f"{tab.server.url}/p/single/leaderboard?where=config.lr+%3C+%3C")
    expect(page.locator("#filter-problem")).to_contain_text("character")
    page.goto(f"{tab.server.url}/p/wordy/leaderboard")
    expect(page.get_by_role("heading", name="Nothing to rank in wordy yet")).to_be_visible()
    page.goto(f"{tab.server.url}/p/nothing/leaderboard")
    expect(page.get_by_role("heading", name="No runs in nothing yet")).to_be_visible()


def test_of_many_entries_the_first_are_shown_and_all_when_asked_for(tab: Any) -> None:
    page = tab.open("/p/crowd/leaderboard?metric=score&goal=max")
    rows = page.get_by_role("region", name="Leaderboard").get_by_role("rowheader")
    expect(rows).to_have_count(200)
    page.get_by_role("button", name="Show all 230").click()
    expect(rows).to_have_count(230)
    expect(rows.last).to_have_text(re.compile("lr 0$"))
    expect(page.get_by_role("button", name="Show all 230")).to_have_count(0)
    page.reload()
    expect(rows).to_have_count(200)


def test_axe_finds_nothing_on_an_open_board(tabs: Callable[..., Any]) -> None:
    calm = tabs(reduced_motion="reduce")
    page = calm.open("/p/study/leaderboard")
    page.get_by_role("button", name="hidden 48 · lr 3", exact=True).first.click()
    expect(page.get_by_role("figure", name="test/confusion").locator("canvas").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        named(page)
        assert calm.axe() == []
    page.get_by_role("button", name=re.compile("^Test:")).click()
    assert calm.axe() == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("checkbox", name="duration")).to_be_visible()
    assert calm.axe() == []


def test_a_phone_shows_ranks_and_rows_without_scrolling_sideways(tabs: Callable[..., Any]) -> None:
    phone = tabs(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page = phone.open("/p/study/leaderboard")
    page.get_by_role("button", name="hidden 48 · lr 3", exact=True).first.tap()
    expect(page.get_by_role("figure", name="test/roc").locator("canvas").first).to_be_visible()
    wide = page.locator(".lb-detail-body").evaluate("e => e.getBoundingClientRect().width")
    assert wide <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    named(page)
    assert phone.axe() == []
