"""Charts are exact at every zoom, linked with one another, and readable without eyes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

TALL = (0.2, 0.05, 0.78, 0.55)
"""The part of a chart above everything but the spike."""


def hue(page: Page, run: str) -> str:
    """Return the colour token of a run's swatch in the table."""
    name = page.get_by_role("row", name=re.compile(run)).locator(".swatch").get_attribute("class") or ""
    found = re.search(r"hue-(\d)", name)
    assert found is not None, f"{run} is not drawn"
    return f"--r{found[1]}"


def drag(page: Page, figure: Any, start: float, end: float, modifier: str | None = None) -> None:
    """Drag across the plot of a chart, from one share of its width to another."""
    box = figure.get_by_role("img").bounding_box()
    y = box["y"] + box["height"] / 2
    if modifier:
        page.keyboard.down(modifier)
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=4)
    page.mouse.up()
    if modifier:
        page.keyboard.up(modifier)


def zoom(page: Page) -> tuple[float, float] | None:
    found = re.search(r"zoom=([^&]+)", page.url)
    return (float(found[1].split("~")[0]), float(found[1].split("~")[1])) if found else None


def test_a_spike_of_one_step_in_a_million_is_drawn_at_default_zoom(tab: Any) -> None:
    page = tab.open("/p/spike")
    figure = tab.chart("train/k2")
    expect(figure).to_contain_text(re.compile(r"1 px = .+ points, all extremes drawn"))
    page.mouse.move(5, 5)
    # One run of eight has it; seven others and their bands lie over the same chart.
    spike = figure.locator("canvas").first.evaluate(_ABOVE)
    assert spike["rows"] > 60
    first, last = spike["columns"]
    assert last - first < 5
    assert first - 2 <= spike["left"] + 654_321 / 999_999 * spike["width"] <= last + 2


# Ink between the gridlines in the upper half of the plot: how many rows hold any, and from which column to which.
_ABOVE = """(canvas) => {
  const ratio = devicePixelRatio, left = Math.round(46 * ratio);
  const [w, h] = [canvas.width - left - Math.round(12 * ratio), Math.round(canvas.height * 0.55)];
  const copy = document.createElement("canvas"); [copy.width, copy.height] = [canvas.width, canvas.height];
  const ctx = copy.getContext("2d", {willReadFrequently: true}); ctx.drawImage(canvas, 0, 0);
  const {data} = ctx.getImageData(left, 0, w, h);
  const columns = new Set(), rows = new Set();
  for (let y = 0; y < h; y++) {
    const inked = [];
    for (let x = 0; x < w; x++) if (data[4 * (y * w + x) + 3] > 30) inked.push(x);
    if (inked.length === 0 || inked.length > w * 0.5) continue;
    rows.add(y); for (const x of inked) columns.add(x);
  }
  return {columns: [Math.min(...columns), Math.max(...columns)].map(x => x + left), rows: rows.size, left, width: w};
}"""


def test_dragging_zooms_all_charts_and_asks_for_the_exact_window(tab: Any) -> None:
    page = tab.open("/p/spike?runs=" + tab.server.ids("spike")["run-3"])
    first = tab.chart("train/k2")
    tab.chart("train/k3")
    asked: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/v1/envelopes"):
            asked.append(request.post_data_json)

    page.on("request", note)
    box = first.get_by_role("img").bounding_box()
    plot = box["width"] - 46 - 12
    centre = (46 + plot * 654_321 / 999_999) / box["width"]
    for _ in range(4):  # four times the window is a fifth of what it was: 1,600 steps are left
        drag(page, first, centre - 0.1, centre + 0.1)
        page.wait_for_url(re.compile("zoom="))
        expect(first.locator(".chart-body")).to_have_attribute("aria-busy", "false")
        window = zoom(page)
        assert window is not None
        assert window[0] < 654_321 < window[1]
        centre = (46 + plot * (654_321 - window[0]) / (window[1] - window[0])) / box["width"]
    expect(first).to_contain_text(re.compile("1 px = |every point drawn"))
    charts = [a for a in asked if a["px"] > 100 and a.get("first") == pytest.approx(window[0], rel=1e-9)]
    assert {s["key"] for a in charts for s in a["series"]} >= {"train/k2", "train/k3"}
    assert {(round(a["last"]), a["x"]) for a in charts} == {(round(window[1]), "step")}
    assert tab.pixels("train/k2", hue(page, "run-3"), TALL) > 40


def test_a_double_click_shows_everything_again(tab: Any) -> None:
    page = tab.open("/p/digits?zoom=100~200")
    figure = tab.chart("train/loss")
    figure.get_by_role("img").dblclick()
    page.wait_for_url(re.compile(r"/p/digits$"))


def test_shift_drag_pans_and_keys_zoom(tab: Any) -> None:
    page = tab.open("/p/digits?zoom=100~200")
    figure = tab.chart("train/loss")
    drag(page, figure, 0.7, 0.3, "Shift")
    page.wait_for_url(lambda url: zoom_of(url)[0] > 110)
    first, last = zoom(page) or (0, 0)
    assert last - first == pytest.approx(100, rel=1e-6)
    figure.get_by_role("img").focus()
    page.keyboard.press("+")
    page.wait_for_url(lambda url: zoom_of(url)[1] - zoom_of(url)[0] < 51)
    page.keyboard.press("0")
    page.wait_for_url(re.compile(r"/p/digits$"))


def test_the_wheel_zooms_around_the_pointer_with_control_and_scrolls_without(tab: Any) -> None:
    page = tab.open("/p/digits")
    figure = tab.chart("train/loss")
    box = figure.get_by_role("img").bounding_box()
    plot = box["width"] - 46 - 12
    page.mouse.move(box["x"] + 46 + plot / 4, box["y"] + 60)
    page.mouse.wheel(0, 200)
    page.keyboard.down("Control")
    page.mouse.move(
        box["x"] + 46 + plot / 4, box["y"] + 60 - page.get_by_role("region", name="Charts").evaluate("e => e.scrollTop")
    )
    assert zoom(page) is None
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    page.wait_for_url(re.compile("zoom="))
    first, last = zoom(page) or (0, 0)
    assert last - first < 399
    assert (399 / 4 - first) / (last - first) == pytest.approx(0.25, abs=0.02)


def zoom_of(url: str) -> tuple[float, float]:
    found = re.search(r"zoom=([^&]+)", url)
    return (float(found[1].split("~")[0]), float(found[1].split("~")[1])) if found else (0, 1e9)


def test_going_back_undoes_a_zoom(tab: Any) -> None:
    page = tab.open("/p/digits")
    drag(page, tab.chart("train/loss"), 0.4, 0.6)
    page.wait_for_url(re.compile("zoom="))
    page.go_back()
    page.wait_for_url(re.compile(r"/p/digits$"))
    tab.chart("train/loss")


def test_values_that_are_not_finite_are_marked_and_counted(tab: Any) -> None:
    run = tab.server.ids("digits")["seeded-2"]
    tab.open(f"/p/digits/r/{run}")
    figure = tab.chart("train/loss")
    expect(figure.locator(".chart-notes")).to_contain_text("3 NaN or ∞")
    assert tab.pixels("train/loss", "--bad", (0, 0.7, 1, 0.3)) > 20
    expect(tab.chart("val/acc").locator(".chart-notes")).to_have_text("")


def test_a_logarithmic_axis_counts_what_it_cannot_show(fresh_tab: Any) -> None:
    fresh_tab.server.log("p", "r", {"x": [10.0, 1.0, 0.0, -5.0, 100.0, 1000.0]})
    page = fresh_tab.open(f"/p/p/r/{fresh_tab.server.ids('p')['r']}")
    figure = fresh_tab.chart("x")
    expect(figure).to_contain_text("every point drawn")
    page.get_by_role("button", name="log y").click()
    expect(figure.locator(".chart-notes")).to_contain_text("2 at or below 0")
    page.get_by_role("button", name="log x").click()
    expect(figure.locator(".chart-notes")).to_contain_text("x ≤ 0 left out")
    assert "y=log" in page.url


def test_a_logarithmic_axis_does_not_pass_places_off_as_values(fresh_tab: Any) -> None:
    fresh_tab.server.log("p", "r", {"x": [-1.0 if 10_000 <= step < 15_000 else 1.0 for step in range(20_000)]})
    fresh_tab.open(f"/p/p/r/{fresh_tab.server.ids('p')['r']}?y=log")
    figure = fresh_tab.chart("x")
    expect(figure).to_contain_text("all extremes drawn")
    expect(figure.locator(".chart-notes")).to_contain_text(re.compile(r"▼ \d+ places at or below 0"))


def test_smoothing_draws_a_line_in_front_and_keeps_the_raw_values(tab: Any) -> None:
    run = tab.server.ids("digits")["seeded-4"]
    page = tab.open(f"/p/digits/r/{run}")
    tab.chart("train/loss")
    hues = [f"--r{i}" for i in range(1, 9)]
    strong = max(hues, key=lambda token: tab.pixels("train/loss", token))
    before = tab.pixels("train/loss", strong)
    page.keyboard.press("s")
    page.wait_for_url(re.compile("smooth=0.6"))
    expect(page.get_by_role("slider", name="Smoothing")).to_have_value("0.6")
    assert tab.pixels("train/loss", strong) > before / 3
    page.keyboard.press("s")
    page.wait_for_url(re.compile(rf"/r/{run}$"))


def test_smoothing_keeps_the_band_and_every_extreme_in_it(tab: Any) -> None:
    tab.open("/p/spike?smooth=0.99")
    figure = tab.chart("train/k2")
    expect(figure).to_contain_text(re.compile(r"1 px = .+ points, all extremes drawn"))
    assert figure.locator("canvas").first.evaluate(_ABOVE)["rows"] > 60


def test_smoothing_keeps_the_raw_line_where_every_point_is_drawn(fresh_tab: Any) -> None:
    fresh_tab.server.log("p", "r", {"x": [9.0 if step == 30 else 1 + step % 2 for step in range(60)]})
    fresh_tab.open(f"/p/p/r/{fresh_tab.server.ids('p')['r']}?smooth=0.99")
    figure = fresh_tab.chart("x")
    expect(figure).to_contain_text("every point drawn")
    spike = figure.locator("canvas").first.evaluate(_ABOVE)
    assert spike["rows"] > 60
    first, last = spike["columns"]
    assert first <= spike["left"] + 30 / 59 * spike["width"] <= last


def test_the_cursor_is_one_rule_through_all_charts_with_values_sorted(tab: Any) -> None:
    page = tab.open("/p/digits")
    figure, other = tab.chart("val/acc"), tab.chart("train/loss")
    box = figure.get_by_role("img").bounding_box()
    page.mouse.move(box["x"] + 120, box["y"] + 60)
    readout = figure.locator(".readout")
    expect(readout).to_contain_text("step ")
    values = [float(v) for v in readout.locator(".readout-value").all_inner_texts()]
    assert len(values) == 6
    assert values == sorted(values, reverse=True)
    inked = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)"
    assert other.locator("canvas").nth(1).evaluate(inked)
    page.mouse.move(5, 5)
    expect(readout).to_be_hidden()


def drawn(tab: Any, token: str) -> int:
    """Count the pixels of a colour in the chart of the training loss once its last change was drawn."""
    tab.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
    return int(tab.pixels("train/loss", token))


def test_hovering_a_row_lights_its_line_and_hovering_a_line_its_row(tab: Any) -> None:
    page = tab.open("/p/digits")
    figure = tab.chart("train/loss")
    row = page.get_by_role("row", name=re.compile("seeded-11"))
    # Panels move until everything that was asked for is there; only then can two pictures be compared.
    page.wait_for_load_state("networkidle")
    # The darkest hue is near to the ink of labels, which come and go with the highlight.
    other = next(token for run in ("seeded-10", "seeded-9") if (token := hue(page, run)) != "--r8")
    row.hover()
    expect(row).to_have_class(re.compile("lit"))
    dimmed = drawn(tab, other)
    page.get_by_role("link", name="gnomon, all projects").hover()
    expect(page.locator(".row.lit")).to_have_count(0)
    assert dimmed < drawn(tab, other)
    box = figure.get_by_role("img").bounding_box()
    for y in range(10, int(box["height"]) - 20, 6):
        page.mouse.move(box["x"] + 90, box["y"] + y)
        if page.locator(".row.lit").count() == 1:
            break
    expect(page.locator(".row.lit")).to_have_count(1)


def test_arrow_keys_read_values_aloud_and_t_opens_the_table(tab: Any) -> None:
    run = tab.server.ids("digits")["seeded-3"]
    page = tab.open(f"/p/digits/r/{run}?zoom=0~10")
    figure = tab.chart("val/acc")
    figure.get_by_role("img").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(figure.locator("[aria-live]")).to_have_text(re.compile("^step 1: seeded-3 0.2"))
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="val/acc")
    sums = dialog.get_by_role("region", name="What each line comes to")
    expect(sums.get_by_role("row", name=re.compile("^seeded-3 400 0.46"))).to_have_count(1)
    table = dialog.get_by_role("region", name="Values of val/acc")
    expect(table.get_by_role("row")).to_have_count(201)
    expect(table.get_by_role("row").nth(1)).to_contain_text("0.2")
    dialog.get_by_role("button", name="Next 200").click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("200")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_f_fills_the_screen_with_one_chart(tab: Any) -> None:
    page = tab.open("/p/digits")
    tab.chart("train/loss").get_by_role("img").hover()
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog", name="train/loss")
    box = dialog.get_by_role("img").bounding_box()
    assert box is not None
    assert box["width"] > 1200
    page.keyboard.press("f")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize(("axis", "label"), [("time", r"\d\d:\d\d"), ("relative", "0"), ("epoch", "10")])
def test_the_x_axis_can_be(tab: Any, axis: str, label: str) -> None:
    page = tab.open("/p/digits")
    figure = tab.chart("train/loss")
    figure.get_by_role("img").hover(position={"x": 150, "y": 60})
    page.get_by_role("combobox", name="X").select_option(axis)
    expect(figure.locator(".chart-axis")).to_have_text(axis)
    # The pointer rests where it was; what is below it is told anew.
    expect(figure.locator(".readout-head")).to_have_text(re.compile({"relative": r"\d+ (s|ms)"}.get(axis, ".")))
    assert f"x={axis}" in page.url


def test_sections_fold_and_the_filter_finds_charts(tab: Any) -> None:
    page = tab.open("/p/digits")
    tab.chart("val/acc")
    page.get_by_role("heading", name="val").get_by_role("button").click()
    expect(page.get_by_role("figure", name="val/acc")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("^train")
    expect(page.get_by_role("figure")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("figure")).to_have_count(1)
    expect(page.get_by_role("searchbox", name=re.compile("Filter charts"))).to_have_value("^train")


def test_five_thousand_series_open_and_scroll(fresh_tab: Any) -> None:
    columns = {f"layer{i // 50}/weight.{i % 50}": [float(i), float(i + 1)] for i in range(5000)}
    fresh_tab.server.log("wide", "r", columns)
    page = fresh_tab.open(f"/p/wide/r/{fresh_tab.server.ids('wide')['r']}")
    expect(page.get_by_role("tab", name=re.compile("Charts"))).to_contain_text("5000")
    fresh_tab.chart("layer0/weight.0")
    assert page.get_by_role("figure").count() < 40
    page.get_by_role("region", name="Charts").evaluate("e => e.scrollTop = e.scrollHeight")
    fresh_tab.chart("layer99/weight.49")
    assert page.get_by_role("figure").count() < 40
    page.keyboard.press("/")
    page.keyboard.type(r"layer7/.*\.4$")
    fresh_tab.chart("layer7/weight.4")
    expect(page.get_by_role("figure")).to_have_count(1)
