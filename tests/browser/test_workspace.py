"""Charts are arranged, combined, grouped and taken away; what was arranged is there again, for everybody."""

import csv
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

RUNS = 6
STEPS = 200


@pytest.fixture(scope="module")
def arranged(server: Any) -> Any:
    """Serve 6 runs of 3 learning rates in a project of their own, "arranged"; one value of one run is a spike."""
    step = np.arange(STEPS)
    for number in range(RUNS):
        rate = [0.03, 0.1, 0.3][number % 3]
        loss = np.exp(-step * rate / 20) + number / 100
        if number == 0:
            loss[120] = 40.0
        series = {"train/loss": loss, "val/loss": loss + 0.5, "val/acc": 1 - loss / 2, "epoch": step / 20}
        columns = {key: values.tolist() for key, values in series.items()}
        server.log("arranged", f"arm-{number}", columns, config={"lr": rate, "seed": number}, state="finished")
    return server


@pytest.fixture
def page(tab: Any, arranged: Any) -> Page:
    """Open the project as nobody arranged it."""
    arranged.put_layout({})
    return tab.open("/p/arranged")


def sections(page: Page) -> dict[str, list[str]]:
    """Return what is drawn, by section, in the order of the page."""
    found: dict[str, list[str]] = {}
    boxes = page.locator(".chart[data-chart]").evaluate_all(
        "all => all.map(e => { const b = e.getBoundingClientRect();"
        " return [e.dataset.section, e.getAttribute('aria-label'), b.top, b.left]; })"
    )
    for section, name, _, _ in sorted(boxes, key=lambda box: (box[2], box[3])):
        found.setdefault(section, []).append(name)
    return found


def wait_for(page: Page, wanted: dict[str, list[str]]) -> None:
    """Wait until the charts stand as they should; a change is seen at once, a saved one after an answer."""
    for section, names in wanted.items():
        expect(page.locator(f'.chart[data-section="{section}"]')).to_have_count(len(names))
    for _ in range(200):
        if sections(page) == wanted:
            return
        page.evaluate("() => new Promise(done => requestAnimationFrame(done))")
    assert sections(page) == wanted


def menu(page: Page, chart: str, item: str) -> None:
    """Choose something in the menu of a chart."""
    page.get_by_role("button", name=f"More about {chart}", exact=True).click()
    page.get_by_role("menu").get_by_role("menuitem", name=item).click()


def kept(tab: Any, wanted: dict[str, Any]) -> None:
    """Wait until the server has a layout: edits are saved together, a moment after the last."""
    for _ in range(1000):
        if tab.server.layout() == wanted:
            return
        tab.page.evaluate("() => new Promise(done => requestAnimationFrame(done))")
    assert tab.server.layout() == wanted


DEFAULT = {
    "val": ["val/acc", "val/loss"],
    "train": ["train/loss"],
    "other": ["epoch"],
}


def test_charts_are_pinned_dragged_and_sized_and_stand_so_after_a_reload(tab: Any, page: Page) -> None:
    tab.chart("val/acc")
    wait_for(page, DEFAULT)
    menu(page, "train/loss", "Pin to the top")
    wait_for(page, {"pinned": ["train/loss"], "val": ["val/acc", "val/loss"], "other": ["epoch"]})
    grip = page.get_by_role("button", name="Move val/loss: drag, or arrow keys")
    start, target = (
        tab.chart("val/loss").bounding_box(),
        page.get_by_role("figure", name="train/loss", exact=True).bounding_box(),
    )

    def drag() -> None:
        grip.hover()
        page.mouse.down()
        page.mouse.move(start["x"] + 40, start["y"] - 20, steps=2)
        page.mouse.move(target["x"] + 20, target["y"] + 60, steps=3)
        expect(page.locator('[data-drop="before"]')).to_have_attribute("aria-label", "train/loss")
        page.mouse.up()

    drag()
    kept(tab, {"pinned": ["val/loss", "train/loss"]})
    menu(page, "val/loss", "Wider")
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="2 columns").click()
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Small").click()
    kept(
        tab,
        {
            "columns": 2,
            "height": "small",
            "pinned": ["val/loss", "train/loss"],
            "charts": {"val/loss": {"span": 2}},
        },
    )
    page.reload()
    tab.chart("val/acc")
    wait_for(page, {"pinned": ["val/loss", "train/loss"], "val": ["val/acc"], "other": ["epoch"]})
    wide, narrow = (
        page.get_by_role("figure", name=name, exact=True).bounding_box() for name in ("val/loss", "val/acc")
    )
    assert wide["width"] > 1.9 * narrow["width"]
    assert wide["height"] == 170 - 12


def test_keys_move_charts_and_control_z_takes_it_back_step_by_step(tab: Any, page: Page) -> None:
    tab.chart("epoch")
    grip = page.get_by_role("button", name="Move val/loss: drag, or arrow keys")
    grip.focus()
    page.keyboard.press("ArrowLeft")
    wait_for(page, {**DEFAULT, "val": ["val/loss", "val/acc"]})
    expect(page.locator(".charts-side > [role=status]")).to_have_text("val/loss: 1 of 2 in val")
    expect(grip).to_be_focused()
    page.keyboard.press("Shift+ArrowDown")
    wait_for(page, {"val": ["val/acc"], "train": ["val/loss", "train/loss"], "other": ["epoch"]})
    page.mouse.move(5, 5)
    page.keyboard.press("Control+z")
    wait_for(page, {**DEFAULT, "val": ["val/loss", "val/acc"]})
    page.keyboard.press("Control+Shift+z")
    wait_for(page, {"val": ["val/acc"], "train": ["val/loss", "train/loss"], "other": ["epoch"]})
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitem", name="Restore the default layout").click()
    kept(tab, {})
    wait_for(page, DEFAULT)


def test_what_was_arranged_a_moment_before_the_page_was_left_is_kept(tab: Any, page: Page) -> None:
    tab.chart("val/acc")
    menu(page, "train/loss", "Pin to the top")
    page.reload()
    kept(tab, {"pinned": ["train/loss"]})


def test_another_tab_follows_and_a_change_made_on_an_older_layout_is_made_again(
    tab: Any, page: Page, tabs: Callable[..., Any]
) -> None:
    tab.chart("val/acc")
    second = tabs()
    other = second.open("/p/arranged")
    second.chart("val/acc")
    menu(page, "val/acc", "Pin to the top")
    wait_for(other, {"pinned": ["val/acc"], "val": ["val/loss"], "train": ["train/loss"], "other": ["epoch"]})
    # What this tab sends next is refused once, because somebody else was faster.
    tab.watch.allow("412")
    tab.server.put_layout({"pinned": ["epoch"]})
    with page.expect_response(lambda answer: "/layouts/" in answer.url and answer.request.method == "PUT") as first:
        menu(page, "train/loss", "Pin to the top")
    wait_for(page, {"pinned": ["epoch", "train/loss"], "val": ["val/acc", "val/loss"]})
    assert first.value.status in {200, 412}  # the stream may have told it in time
    wait_for(other, {"pinned": ["epoch", "train/loss"], "val": ["val/acc", "val/loss"]})


def test_a_chart_is_made_of_several_metrics_and_of_what_is_computed_from_them(tab: Any, page: Page) -> None:
    tab.chart("val/acc")
    page.get_by_role("button", name="+ Chart").click()
    dialog = page.get_by_role("dialog", name="New chart")
    field = dialog.get_by_role("combobox", name="A metric, or an expression over metrics")
    field.fill("val/loss - (train/loss")
    field.press("Enter")
    expect(dialog.locator(".expression-problem")).to_contain_text("expected ')', received the end.")
    expect(dialog.locator("[data-position]")).to_have_attribute("data-position", "22")
    field.fill("val/loss-train/loss")
    field.press("Enter")
    expect(dialog.locator(".expression-problem")).to_contain_text("operator needs spaces")
    field.fill("val/loss - train/lo")
    option = dialog.get_by_role("option", name="train/loss")
    expect(option).to_be_visible()
    field.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("val/loss - train/loss")
    field.press("Enter")
    dialog = page.get_by_role("dialog", name="Settings of val/loss - train/loss")
    dialog.get_by_role("combobox", name="A metric, or an expression over metrics").fill("train/loss")
    dialog.get_by_role("button", name="Add").click()
    dialog.get_by_role("textbox", name="Title").fill("gap")
    kept(
        tab,
        {"charts": {"+1": {"lines": [{"expression": "val/loss - train/loss"}, {"key": "train/loss"}], "title": "gap"}}},
    )
    dialog = page.get_by_role("dialog", name="Settings of gap")
    dialog.get_by_role("button", name="Done").click()
    gap = tab.chart("gap")
    assert sections(page)["custom"] == ["gap"]
    legend = gap.get_by_role("list", name="Legend").get_by_role("listitem")
    expect(legend).to_have_text(["val/loss - train/loss", "train/loss"])
    gap.get_by_role("img").focus()
    page.keyboard.press("Home")
    expect(gap.locator("[aria-live]")).to_have_text(re.compile(r"step 0: .*val/loss - train/loss 0\.5"))
    page.keyboard.press("t")
    sums = page.get_by_role("dialog", name="gap").get_by_role("region", name="What each line comes to")
    row = sums.get_by_role("row").filter(has_text="arm-0val/loss - train/loss")
    expect(row).to_have_text(re.compile(r"arm-0val/loss - train/loss2000\.50\.5.*0\.5"))
    page.keyboard.press("Escape")
    menu(page, "gap", "Remove the chart")
    expect(gap).to_have_count(0)


def test_a_chart_has_settings_of_its_own(tab: Any, page: Page) -> None:
    tab.chart("train/loss").hover()
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="Settings of train/loss")
    dialog.get_by_label("Y to").fill("2")
    dialog.get_by_label("X axis").select_option("epoch")
    dialog.get_by_label("Log y").select_option("on")
    dialog.get_by_label("arm-1", exact=True).uncheck()
    dialog.get_by_label("Y from").fill("0.1")
    ids = [run for name, run in sorted(tab.server.ids("arranged").items(), reverse=True) if name != "arm-1"]
    kept(tab, {"charts": {"train/loss": {"high": 2, "low": 0.1, "x": "epoch", "y_log": True, "runs": ids}}})
    dialog.get_by_role("button", name="Done").click()
    figure = tab.chart("train/loss")
    expect(figure.locator(".chart-axis")).to_have_text("epoch")
    expect(figure.locator(".chart-notes")).to_have_text(re.compile(r"▲ 1 above the axis\s+▼ \d+ below the axis"))
    # On an axis of its own it zooms by itself.
    box = figure.get_by_role("img").bounding_box()
    page.mouse.move(box["x"] + 90, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 50, steps=3)
    page.mouse.up()
    expect(figure.get_by_role("img")).to_have_attribute("aria-label", re.compile("over epoch"))
    assert "zoom=" not in page.url
    menu(page, "train/loss", "Back to the default")
    expect(figure.locator(".chart-axis")).to_have_text("step")


def test_outliers_leave_the_axis_and_are_marked(tab: Any, page: Page) -> None:
    figure = tab.chart("train/loss")
    expect(figure.locator(".chart-notes")).to_have_text("")
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Outliers on the axis").click()
    expect(figure.locator(".chart-notes")).to_have_text(re.compile(r"▲ \d+ above the axis"))
    assert "outliers=off" in page.url
    page.reload()
    expect(tab.chart("train/loss").locator(".chart-notes")).to_have_text(re.compile(r"▲ \d+ above the axis"))


def test_values_are_told_apart_from_a_baseline(tab: Any, page: Page) -> None:
    figure = tab.chart("val/loss")
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="arm-0").click()
    page.wait_for_url(re.compile("baseline="))
    box = figure.get_by_role("img").bounding_box()
    page.mouse.move(box["x"] + 47, box["y"] + 60)
    rows = figure.locator(".readout-row")
    expect(rows.filter(has_text="arm-0").locator(".readout-apart")).to_have_text("baseline")
    expect(rows.filter(has_text="arm-3").locator(".readout-apart")).to_have_text(re.compile(r"^\+0\.0"))


def test_kinds_of_smoothing_are_chosen_once_it_is_on(tab: Any, page: Page) -> None:
    tab.chart("train/loss")
    kind = page.get_by_role("combobox", name="Kind of smoothing")
    expect(kind).to_have_count(0)
    page.keyboard.press("s")
    kind.select_option("Gaussian")
    page.wait_for_url(re.compile("smoothing=gauss"))


def test_runs_become_a_band_a_colour_or_charts_of_their_own(tab: Any, page: Page) -> None:
    figure = tab.chart("val/loss")
    group = page.get_by_role("combobox", name="Group", exact=True)
    group.focus()
    expect(group.get_by_role("option", name="lr")).to_have_count(1)
    assert group.get_by_role("option").all_inner_texts() == ["none", "lr", "seed"]
    group.select_option("lr")
    legend = figure.get_by_role("list", name="Legend").get_by_role("listitem")
    expect(legend).to_have_text(["lr 0.03 (n = 2)", "lr 0.1 (n = 2)", "lr 0.3 (n = 2)"])
    expect(figure.locator(".chart-foot")).to_contain_text("mean ± std of runs")
    # The mean of the two runs and the distance to both are known: ± |difference| / √2 for two values.
    figure.get_by_role("img").focus()
    page.keyboard.press("End")
    first = float(np.exp(-199 * 0.3 / 20))
    mean = (first + 0.02 + first + 0.05) / 2 + 0.5
    apart = 0.03 / 2**0.5
    said = f"lr 0.3 (n = 2) {mean:.4g}, from {mean - apart:.4g} to {mean + apart:.4g}"
    expect(figure.locator("[aria-live]")).to_contain_text(said)
    figure.get_by_role("button", name="lr 0.3 (n = 2)").click()
    expect(figure.get_by_role("img")).to_have_attribute("aria-label", re.compile("arm-5"))
    kind = page.get_by_role("combobox", name="What becomes of a group")
    kind.select_option("colour")
    expect(legend).to_have_count(RUNS)
    kind.select_option("facets")
    expect(page.get_by_role("figure", name="val/loss · lr 0.3", exact=True)).to_be_visible()
    assert sections(page)["val"][:3] == [f"val/acc · lr {rate}" for rate in (0.03, 0.1, 0.3)]
    page.reload()
    expect(page.get_by_role("figure", name="val/loss · lr 0.3", exact=True)).to_be_visible()


def test_a_chart_is_taken_away_as_picture_drawing_and_numbers(tab: Any, page: Page, tmp_path: Path) -> None:
    tab.chart("train/loss")

    def taken(item: str) -> Path:
        with page.expect_download() as download:
            menu(page, "train/loss", item)
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path

    png = taken("Download PNG")
    assert png.name == "train_loss.png"
    head = png.read_bytes()[:24]
    assert (head[:8], struct.unpack(">2I", head[16:24])) == (b"\x89PNG\r\n\x1a\n", (1920, 1120))
    svg = ET.parse(taken("Download SVG")).getroot()
    texts = [e.text for e in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {"train/loss", "step", "arm-0", "arm-5"} <= set(texts)
    tops = [min(ys) for ys in map(ordinates, svg.iter("{http://www.w3.org/2000/svg}path")) if len(ys) > 100]
    assert len(tops) == RUNS
    assert min(tops) < 100 < sorted(tops)[1]  # the spike of one run of six reaches the top
    rows = list(csv.DictReader(taken("Download CSV").read_text().splitlines()))
    assert len(rows) == RUNS * STEPS
    assert [row["value"] for row in rows if row["name"] == "arm-0" and row["step"] == "120"] == ["40.0"]
    page.goto(page.url + "?zoom=100~120")
    tab.chart("train/loss")
    assert len(list(csv.DictReader(taken("Download CSV").read_text().splitlines()))) == RUNS * 21


def ordinates(path: Any) -> list[float]:
    return [float(y) for y in re.findall(r"[ML]-?[\d.]+ (-?[\d.]+)", path.get("d"))]


def test_a_search_that_is_no_regular_expression_says_so_and_still_finds(tab: Any, page: Page) -> None:
    tab.chart("val/acc")
    page.keyboard.press("/")
    page.keyboard.type("loss(")
    expect(page.get_by_role("status").filter(has_text="Not a regular expression")).to_be_visible()
    expect(page.get_by_role("searchbox", name=re.compile("Filter charts"))).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Backspace")
    expect(page.get_by_role("figure")).to_have_count(2)


def test_full_screen_goes_from_chart_to_chart(tab: Any, page: Page) -> None:
    tab.chart("val/acc").get_by_role("img").hover()
    page.keyboard.press("f")
    expect(page.get_by_role("dialog", name="val/acc")).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_role("dialog", name="val/loss")).to_be_visible()
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(page.get_by_role("dialog", name="epoch")).to_be_visible()
    page.keyboard.press("f")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tools_of_charts_are_free_of_what_axe_finds(tabs: Callable[..., Any], arranged: Any, scheme: str) -> None:
    arranged.put_layout({"charts": {"+1": {"lines": [{"key": "val/acc"}, {"expression": "val/loss / 2"}]}}})
    tab = tabs(color_scheme=scheme)
    page = tab.open("/p/arranged?by=config.lr&smooth=0.5&legend=on")
    name = "lr 0.3 · val/acc (n = 2)"
    page.get_by_role("figure", name="val/acc, val/loss / 2").get_by_role("button", name=name).wait_for()
    page.get_by_role("button", name="More about val/acc, val/loss / 2").click()
    assert tab.axe() == []
    page.get_by_role("menuitem", name="Settings and metrics").click()
    page.get_by_role("dialog", name=re.compile("Settings of")).wait_for()
    assert tab.axe() == []
    page.keyboard.press("Escape")
    page.get_by_role("figure", name="val/acc", exact=True).get_by_role("img").focus()
    page.keyboard.press("t")
    page.get_by_role("dialog", name="val/acc").get_by_role("row", name=re.compile("arm-5")).wait_for()
    assert tab.axe() == []
