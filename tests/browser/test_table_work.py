"""The run table as a workbench: columns, sorts, groups, bulk changes, views, files; by mouse and by keys."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

RATES, MODELS, SEEDS = (0.003, 0.03, 0.3), ("cnn", "mlp"), range(4)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a home of this module's own, in which runs are changed and deleted."""
    spec = util.spec_from_file_location("serving", Path(__file__).with_name("serving.py"))
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    server = serving.Server(tmp_path_factory.mktemp("table") / "home").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def accuracy(server: Any) -> dict[tuple[str, float], list[float]]:
    """Log 24 runs of two models, three rates and four seeds; return their best accuracies by model and rate."""
    best: dict[tuple[str, float], list[float]] = {}
    for seed in SEEDS:
        for model in MODELS:
            for rate in RATES:
                top = round(0.5 + rate + 0.01 * seed * (1 + MODELS.index(model)), 3)
                best.setdefault((model, rate), []).append(top)
                series = {"val/acc": [0.1, top, top - 0.05], "train/loss": [3.0, 1.0 + seed, 0.5], "epoch": [0, 1, 2]}
                config = {"lr": rate, "model": model, "seed": seed}
                name = f"{model}-{rate}-{seed}"
                server.log("sweep", name, series, config=config, tags=["base"], state="finished")
    return best


def grid(page: Page) -> Locator:
    return page.get_by_role("grid", name="Runs")


def rows(page: Page) -> Locator:
    return page.locator(".runs-rows .row:not(.skeleton-row)")


def names(page: Page) -> list[str]:
    return page.locator(".runs-rows .cell.name a").all_inner_texts()


def heads(page: Page) -> list[str | None]:
    return [head.get_attribute("aria-label") for head in page.get_by_role("columnheader").all()]


def head(page: Page, name: str) -> Locator:
    return page.get_by_role("columnheader", name=name, exact=True)


def sorter(page: Page, name: str) -> Locator:
    return head(page, name).locator(".head-sort")


def menu(page: Page, column: str, item: str) -> None:
    head(page, column).hover()
    page.get_by_role("button", name=f"Options of {column}").click()
    page.get_by_role("menu", name=f"Options of {column}").get_by_text(item, exact=True).click()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row", name=re.compile(rf"{re.escape(name)}\b"))


COLUMNS = "columns=trend,metric.val/acc.max,config.lr,config.model,attr.created"


def listed(tab: Any, search: str = COLUMNS) -> Page:
    page: Page = tab.open(f"/p/sweep?show=media&{search}")
    expect(page.locator(".runs-bar").first).to_contain_text("24 runs")
    expect(rows(page).first).to_be_visible()
    return page


@pytest.mark.usefixtures("accuracy")
def test_a_filter_completes_keys_operators_and_values_as_it_is_typed(tab: Any) -> None:
    page = listed(tab)
    field = page.get_by_role("combobox", name="Filter runs")
    field.press_sequentially("config.mo")
    option = page.get_by_role("option", name=re.compile("config.model"))
    expect(option).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(field).to_have_value("config.model ")
    expect(page.get_by_role("option", name=re.compile("^= "))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.get_by_role("option", name=re.compile("'mlp'.*12"))).to_be_visible()
    page.get_by_role("option", name=re.compile("'mlp'")).click()
    expect(page.locator(".runs-bar").first).to_contain_text("12 of 24 runs")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.locator(".runs-bar").first).to_contain_text("24 runs")
    field.focus()
    recent = page.get_by_role("option", name=re.compile("config.model = 'mlp'.*used lately"))
    recent.click()
    expect(page.locator(".runs-bar").first).to_contain_text("12 of 24 runs")
    page.get_by_role("button", name="Help with filters").click()
    page.get_by_role("dialog", name="Filters").get_by_role("button", name="state = failed or attr").click()
    expect(field).to_have_value("state = failed or attr.duration > 3600")
    expect(page.locator(".runs-bar").first).to_contain_text("0 of 24 runs")


@pytest.mark.usefixtures("accuracy")
def test_columns_move_resize_pin_hide_and_sort_by_keys_alone(tab: Any) -> None:
    page = listed(tab)
    page.bring_to_front()
    sorter(page, "Run").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(sorter(page, "lr")).to_be_focused()
    page.keyboard.press("Enter")
    expect(head(page, "lr")).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(sorter(page, "model")).to_contain_text("↓2")
    assert names(page)[:5] == [f"mlp-0.003-{seed}" for seed in (3, 2, 1, 0)] + ["cnn-0.003-3"]
    page.keyboard.press("Alt+ArrowLeft")
    assert heads(page) == ["Run", "trend", "val/acc (max)", "model", "lr", "age"]
    before = head(page, "model").bounding_box()
    page.keyboard.press("Shift+ArrowRight")
    expect(page).to_have_url(re.compile("widths=config.model"))
    after = head(page, "model").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == pytest.approx(before["width"] + 16, abs=1)
    page.keyboard.press("Alt+ArrowDown")
    page.get_by_role("menuitem", name="Pin to the left").focus()
    page.keyboard.press("Enter")
    assert heads(page) == ["Run", "model", "trend", "val/acc (max)", "lr", "age"]
    menu(page, "trend", "Hide the column")
    assert heads(page) == ["Run", "model", "val/acc (max)", "lr", "age"]
    menu(page, "lr", "Do not sort by this")
    expect(sorter(page, "model")).to_contain_text("↓")
    menu(page, "lr", "Filter on this…")
    expect(page.get_by_role("combobox", name="Filter runs")).to_have_value("config.lr ")
    # The address says it all, and this browser remembers the columns for the project.
    tab.open("/p/sweep?show=media")
    expect(head(page, "model")).to_be_visible()
    assert heads(page) == ["Run", "model", "val/acc (max)", "lr", "age"]
    expect(page).to_have_url(re.compile("pinned=config.model"))
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_role("button", name="Back to the default").click()
    page.keyboard.press("Escape")
    expect(head(page, "trend")).to_be_visible()
    expect(page).not_to_have_url(re.compile("columns="))


@pytest.mark.usefixtures("accuracy")
def test_columns_move_and_resize_by_the_pointer_and_pinned_ones_stay(tab: Any) -> None:
    page = listed(tab, "columns=config.lr,config.model,metric.val/acc.max,attr.state,attr.duration&pinned=config.lr")

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move((start[0] + end[0]) / 2, end[1], steps=3)
        page.mouse.move(*end, steps=3)
        page.mouse.up()

    def box(name: str) -> Any:
        found = head(page, name).bounding_box()
        assert found is not None
        return found

    edge = box("model")["x"] + box("model")["width"] - 2
    middle, width = box("model")["y"] + 10, box("model")["width"]
    drag((edge, middle), (edge + 300, middle))
    expect(page).to_have_url(re.compile("widths=config.model"))
    assert box("model")["width"] == pytest.approx(width + 300, abs=2)
    # Wider than its place: the pinned column and the name stay when the rest is scrolled away.
    lr = box("lr")["x"]
    grid(page).evaluate("e => e.scrollLeft = 200")
    assert box("lr")["x"] == pytest.approx(lr, abs=1)
    grid(page).evaluate("e => e.scrollLeft = 0")
    edge = box("model")["x"] + box("model")["width"] - 2
    page.mouse.dblclick(edge, middle)
    expect(page).not_to_have_url(re.compile("widths="))
    assert box("model")["width"] == pytest.approx(width, abs=1)
    state, model = box("state"), box("model")
    drag((state["x"] + 20, middle), (model["x"] + 4, middle))
    expect(page).to_have_url(re.compile("columns=config.lr,attr.state,config.model"))
    assert heads(page) == ["Run", "lr", "state", "model", "val/acc (max)", "duration"]
    expect(head(page, "state")).to_have_attribute("aria-sort", "none")


@pytest.mark.usefixtures("accuracy")
def test_any_statistic_tag_and_fact_is_a_column(tab: Any) -> None:
    page = listed(tab)
    page.get_by_role("button", name="Columns", exact=True).click()
    dialog = page.get_by_role("dialog", name="Columns")
    dialog.get_by_role("checkbox", name="train/loss mean").check()
    dialog.get_by_role("combobox", name="Metric to show").fill("train/loss")
    dialog.get_by_role("combobox", name="Metric that is best there").fill("val/acc")
    dialog.get_by_role("button", name="Add", exact=True).click()
    dialog.get_by_role("checkbox", name="Duration").check()
    dialog.get_by_role("searchbox", name="Find a column").fill("base")
    expect(dialog.get_by_role("checkbox", name="train/loss mean")).to_have_count(0)
    dialog.get_by_role("checkbox", name="tag base").check()
    page.keyboard.press("Escape")
    shown = ["train/loss (mean)", "train/loss (at max val/acc)", "duration", "base (tag)"]
    expect(head(page, shown[-1])).to_be_visible()
    assert heads(page)[-4:] == shown
    # Only what is in sight has cells.
    grid(page).evaluate("e => e.scrollLeft = e.scrollWidth")
    cells = row(page, "mlp-0.3-3").locator("[role=gridcell]")
    # The best accuracy is at step 1, where the loss of seed 3 is 4; its mean is that of 3, 4 and 0.5.
    expect(cells.nth(-4)).to_have_text("2.500")
    expect(cells.nth(-3)).to_have_text("4")
    expect(cells.nth(-1)).to_have_text("✓")


def test_groups_say_their_aggregates_sort_by_them_open_and_are_selected(
    tab: Any, accuracy: dict[tuple[str, float], list[float]]
) -> None:
    page = listed(tab)
    for key in ("model", "lr"):
        page.get_by_role("button", name="Group", exact=True).click()
        page.get_by_role("combobox", name="Group by").fill(key)
        page.get_by_role("option", name=re.compile(f"^{key} ")).click()
    expect(page.locator(".runs-bar").first).to_contain_text("24 runs in 6 groups")
    tree = page.get_by_role("treegrid", name="Runs")
    group = tree.get_by_role("row", name=re.compile("model mlp lr 0.03 4 runs"))
    values = np.array(accuracy["mlp", 0.03])
    expect(group).to_contain_text(f"{values.mean():.4f} ± {values.std(ddof=1):.4f}")
    menu(page, "val/acc (max)", "Sort descending")
    expect(rows(page).first).to_contain_text("mlp")
    expect(rows(page).first).to_contain_text("0.3")
    page.get_by_role("button", name="max", exact=True).click()
    expect(group).to_contain_text(f"{values.max():.4f}")
    expect(group).not_to_contain_text("±")
    group.click()
    expect(group).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".row.in-group")).to_have_count(4)
    assert sorted(names(page)) == [f"mlp-0.03-{seed}" for seed in SEEDS]
    page.get_by_role("checkbox", name="Select the 4 runs of model mlp, lr 0.03").click()
    expect(page.get_by_role("toolbar", name="Selected runs")).to_contain_text("4 selected")
    expect(group).to_have_attribute("aria-selected", "true")
    row(page, "mlp-0.03-2").click()
    expect(page.get_by_role("toolbar", name="Selected runs")).to_contain_text("3 selected")
    expect(group.get_by_role("checkbox")).to_have_js_property("indeterminate", value=True)
    assert tab.axe() == []
    page.reload()
    expect(page.locator(".row.in-group")).to_have_count(4)
    page.get_by_role("button", name="Do not group by lr").click()
    expect(page.locator(".runs-bar").first).to_contain_text("24 runs in 2 groups")
    tree.focus()
    page.keyboard.press("ArrowRight")
    expect(rows(page).first).to_have_attribute("aria-expanded", "true")


@pytest.mark.usefixtures("accuracy")
def test_views_are_saved_opened_elsewhere_renamed_and_deleted(tabs: Callable[..., Any]) -> None:
    tab = tabs()
    page = listed(tab, "")
    sorter(page, "val/acc (max)").click()

    def views(item: str, button: str) -> None:
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_role("menu", name="Views").get_by_text(item, exact=True).click()

    views("Save as a new view…", "Views")
    page.get_by_role("textbox", name="Name of the view").fill("best first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="best first", exact=True)).to_be_visible()
    found = re.search("view=([^&]+)", page.url)
    assert found is not None
    sorter(page, "Run").click()
    views("Save the changes of best first", "best first (changed)")
    expect(page.get_by_role("button", name="best first", exact=True)).to_be_visible()
    views("Open the project with it", "best first")

    other = tabs()
    there = other.open(f"/p/sweep?view={found[1]}")
    expect(head(there, "Run")).to_have_attribute("aria-sort", "ascending")
    expect(there.get_by_role("button", name="best first", exact=True)).to_be_visible()

    tab.open("/p/sweep")
    expect(head(page, "Run")).to_have_attribute("aria-sort", "ascending")
    views("Rename best first…", "best first")
    page.get_by_role("textbox", name="Name of the view").fill("by name")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(there.get_by_role("button", name="by name", exact=True)).to_be_visible()
    views("Delete by name…", "by name")
    page.get_by_role("button", name="Delete the view").click()
    expect(page.get_by_role("button", name="Views", exact=True)).to_be_visible()
    expect(there.get_by_role("button", name="Views", exact=True)).to_be_visible()


@pytest.mark.usefixtures("accuracy")
def test_the_table_leaves_as_a_file(tab: Any, tmp_path: Path) -> None:
    page = tab.open("/p/sweep?show=media&columns=config.lr,metric.val/acc.max&where=config.model+%3D+'mlp'&order=name")
    expect(page.locator(".runs-bar").first).to_contain_text("12 of 24")
    files = {}
    for word in ("CSV", "JSON"):
        page.get_by_role("button", name="Export", exact=True).click()
        with page.expect_download() as started:
            page.get_by_role("menuitem", name=word).click()
        files[word] = tmp_path / started.value.suggested_filename
        started.value.save_as(files[word])
    assert [file.name for file in files.values()] == ["sweep.csv", "sweep.json"]
    with files["CSV"].open(newline="") as text:
        lines = list(csv.DictReader(text))
    wanted = [f"mlp-{rate}-{seed}" for rate in RATES for seed in SEEDS]
    assert [line["name"] for line in lines] == wanted
    assert [float(line["config.lr"]) for line in lines] == [rate for rate in RATES for _ in SEEDS]
    assert len(json.loads(files["JSON"].read_text())) == 12


@pytest.mark.usefixtures("accuracy")
def test_two_tabs_take_the_table_as_parquet_at_once(tab: Any, tabs: Callable[..., Any], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    searches = ("where=config.model+%3D+'mlp'", "where=config.model+%3D+'cnn'")
    pages = [
        each.open(f"/p/sweep?show=media&columns=config.model&{search}&order=name")
        for each, search in zip((tab, tabs()), searches, strict=True)
    ]
    for page in pages:
        expect(page.locator(".runs-bar").first).to_contain_text("12 of 24")
        page.get_by_role("button", name="Export", exact=True).click()
    with pages[0].expect_download() as first, pages[1].expect_download() as second:
        for page in pages:
            page.get_by_role("menuitem", name="Parquet").click()
    for download, model in ((first.value, "mlp"), (second.value, "cnn")):
        assert download.suggested_filename == "sweep.parquet"
        download.save_as(tmp_path / model)
        columns = parquet.read_table(tmp_path / model).to_pydict()
        assert (set(columns["config.model"]), len(columns["name"])) == ({model}, 12)


def test_many_runs_are_tagged_archived_and_deleted_at_once(server: Any, tab: Any) -> None:
    tab.watch.allow("404")  # what was deleted may just have been asked for
    for number in range(30):
        server.log("bulk", f"bulk-{number:02}", {"loss": [1.0, 0.5]}, state="finished")
    page = tab.open("/p/bulk?show=media&order=name")
    expect(page.locator(".runs-bar").first).to_contain_text("30 runs")
    page.get_by_role("button", name="Clear", exact=True).click()
    row(page, "bulk-02").click()
    row(page, "bulk-05").click(modifiers=["Shift"])
    bar = page.get_by_role("toolbar", name="Selected runs")
    expect(bar).to_contain_text("4 selected")
    bar.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("combobox", name="Tag to add").fill("good")
    page.keyboard.press("Enter")
    said = page.locator(".bulk-said")
    expect(said).to_contain_text("Tagged good: 4 runs")
    assert tagged(server) == [f"bulk-{number:02}" for number in range(2, 6)]
    bar.get_by_role("button", name="Untag").click()
    expect(page.get_by_role("option", name="good")).to_be_visible()
    page.keyboard.press("Escape")
    said.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("Undone")
    assert tagged(server) == []
    bar.get_by_role("button", name="Archive", exact=True).click()
    expect(said).to_contain_text("Archived: 4 runs")
    expect(page.locator(".runs-bar").first).to_contain_text("26 runs")
    page.get_by_role("button", name="Archived 4").click()
    expect(row(page, "bulk-03")).to_contain_text("archived")
    said.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("Undone")
    expect(row(page, "bulk-03")).not_to_contain_text("archived")
    bar.get_by_role("button", name="Invert").click()
    expect(bar).to_contain_text("26 selected")
    bar.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete 26 runs?")
    expect(dialog).to_contain_text("bulk-00")
    expect(dialog).to_contain_text("and 18 more")
    delete = dialog.get_by_role("button", name="Delete 26 runs")
    expect(delete).to_be_disabled()
    dialog.get_by_role("textbox", name="Type 26 to delete them").fill("26")
    delete.click()
    expect(said).to_contain_text("Deleted 26 runs")
    expect(page.locator(".runs-bar").first).to_contain_text("4 runs")
    assert sorted(server.ids("bulk")) == [f"bulk-{number:02}" for number in range(2, 6)]
    page.get_by_role("row", name=re.compile("bulk-02")).click()
    page.get_by_role("button", name="Select all 4").click()
    expect(bar).to_contain_text("All 4 matching")
    bar.get_by_role("button", name="Archive", exact=True).click()
    expect(said).to_contain_text("Archived: 4 runs")
    page.get_by_role("button", name="Archived 4").click()
    expect(page.get_by_text("All 4 runs here are archived.")).to_be_visible()
    page.get_by_role("button", name="Show archived runs").click()
    expect(row(page, "bulk-02")).to_be_visible()
    # All that match are those that are listed: archived ones too.
    bar.get_by_role("button", name="Unarchive").click()
    expect(said).to_contain_text("Unarchived: 4 runs")
    bar.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog", name="Delete 4 runs?").get_by_role("button", name="Delete 4 runs").click()
    expect(page.get_by_role("heading", name="No runs in bulk yet")).to_be_visible()
    assert server.ids("bulk") == {}


def tagged(server: Any) -> list[str]:
    found = server.post("/api/v1/runs:query", {"project": "bulk", "where": "tag.good", "order": ["name"]})["runs"]
    return [run["name"] for run in found]


@pytest.mark.usefixtures("accuracy")
def test_two_to_twenty_runs_can_be_compared(tab: Any) -> None:
    page = listed(tab)
    page.get_by_role("button", name="Clear", exact=True).click()
    row(page, "mlp-0.3-1").click()
    bar = page.get_by_role("toolbar", name="Selected runs")
    expect(bar.get_by_role("button", name="Compare 1 run")).to_be_disabled()
    row(page, "mlp-0.3-2").click()
    expect(bar.get_by_role("button", name="Compare 2 runs")).to_be_enabled()
    bar.get_by_role("button", name="Select all 24").click()
    expect(bar.get_by_role("button", name="Compare 24 runs")).to_be_disabled()
    bar.get_by_role("button", name="Invert").click()
    expect(bar).to_have_count(0)


@pytest.mark.usefixtures("accuracy")
def test_a_filter_without_runs_says_so_and_a_phone_scrolls_beside_the_name(tabs: Callable[..., Any]) -> None:
    tab = tabs(viewport={"width": 390, "height": 780})
    page = tab.open(f"/p/sweep?{COLUMNS}&where=config.lr+%3E+9")
    expect(page.get_by_text("No run matches this filter.")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").last.click()
    expect(row(page, "mlp-0.3-3")).to_be_visible()
    name = page.locator(".runs-rows .cell.name").first
    before = name.bounding_box()
    grid(page).evaluate("e => e.scrollLeft = 300")
    assert grid(page).evaluate("e => e.scrollLeft") > 100
    assert name.bounding_box() == before
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert tab.axe() == []
