"""Every viewer of records tells the numbers that were logged, to the eye, to the pointer and to a screen reader."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

BAR = 64
"""Pixels that a colour bar takes at the right of a picture."""

PATIENCE_MS = 20_000
"""A page with seventeen panels takes its time on a machine that has other work."""

KEYS = {
    "layer/activation": "min \u22121.0",
    "layer/bias": "max 0.99",
    "layer/filters": "mean",
    "layer/volume": "max 599",
    "layer/weights": "12 steps drawn",
    "scene/cloud": "1600 points",
    "scene/flat": "300 points",
    "scene/solid": "8 vertices   12 faces",
    "many": "5200 \u00d7 64",
    "latent": "turned onto the first step",
    "sky": "100 + 0.5 \u00d7 stored",
    "sound/tone": "/ 0:02.0",
    "clip/raw": "frame 1 of 10",
    "scores": "5000 rows",
    "confused": "accuracy 0.9",
    "classes/many": "accuracy",
    "roc": "0.9862",
    "net": "29\u202f530 parameters",
}
"""What each panel says once it is drawn."""


class Gallery:
    """A page of records and the gestures of its tests."""

    def __init__(self, make: Callable[..., Any], **options: Any) -> None:
        self.tab = make(**options)
        # Headless Chromium draws in software and says so for each picture that it reads back.
        self.tab.watch.allow("GPU stall due to ReadPixels")
        self.page: Page = self.tab.page

    def show(self, key: str, settings: str = "", run: str = "otter", says: str = "", **more: Any) -> Locator:
        """Open one panel, large: on the run's own page, or on that of both runs when `run` is empty."""
        query = f"size=large&find=%5E{key}$&s.{key}={settings}" + "".join(f"&{k}={v}" for k, v in more.items())
        path = (
            f"/p/viewers/r/{self.tab.server.ids('viewers')[run]}?tab=media&{query}"
            if run
            else f"/p/viewers?show=media&{query}"
        )
        self.tab.open(path)
        figure = self.page.get_by_role("figure", name=key, exact=True)
        expect(figure).to_contain_text(says or KEYS[key], timeout=PATIENCE_MS)
        return figure

    def readout(self, figure: Locator) -> Locator:
        return figure.locator(".readout:visible")


@pytest.fixture
def gallery_page(viewers: Callable[..., Any]) -> Gallery:
    return Gallery(viewers)


def place(figure: Locator, columns: int, rows: int, column: int, row: int, *, top: int = 0) -> tuple[float, float]:
    """Return the pixel in the middle of a cell of a picture that fits into its panel beside a colour bar."""
    box = figure.locator(".surface").first.bounding_box()
    assert box is not None
    width, height = box["width"] - BAR, box["height"]
    scale = min(width / columns, height / rows)
    x = box["x"] + width / 2 + (column + 0.5 - columns / 2) * scale
    return x, box["y"] + top + height / 2 + (row + 0.5 - rows / 2) * scale


def shows(figure: Locator, x: float, y: float, rgb: tuple[int, int, int]) -> None:
    """Wait until a panel's canvas has a colour at a pixel of the page."""
    figure.page.wait_for_function(f"([x, y, want]) => {{ {_COLUMN} return {_SAME}; }}", arg=[x, y, list(rgb)])


def column(figure: Locator, x: float) -> list[list[int]]:
    """Return the colours of a column of a panel's canvas, one for each pixel of the page from its top."""
    return list(figure.page.evaluate(f"([x, y]) => {{ {_COLUMN} return column; }}", [x, 0]))


_COLUMN = """
  const canvas = document.querySelector(".surface:not([hidden]) canvas"), box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width, copy = document.createElement("canvas");
  [copy.width, copy.height] = [1, canvas.height];
  const ctx = copy.getContext("2d", {willReadFrequently: true});
  ctx.drawImage(canvas, -Math.round((x - box.x) * ratio), 0);
  const {data} = ctx.getImageData(0, 0, 1, copy.height), column = [];
  for (let i = 0; i < box.height; i++) column.push([...data.slice(4 * Math.round(i * ratio), 4 * Math.round(i * ratio) + 4)]);
"""
_SAME = "want.every((c, i) => Math.abs(c - column[Math.round(y - box.y)][i]) < 3)"


def inked(figure: Locator, colours: int) -> None:
    """Wait until a panel's canvas has more than so many colours."""
    figure.page.wait_for_function(_INKED, arg=colours)


_INKED = """(colours) => {
  const canvas = document.querySelector(".surface canvas"), copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const ctx = copy.getContext("2d", {willReadFrequently: true}); ctx.drawImage(canvas, 0, 0);
  const {data} = ctx.getImageData(0, 0, copy.width, copy.height), seen = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) seen.add(data.slice(i, i + 3).map((c) => c >> 4).join());
  return seen.size > colours;
}"""


def test_hovering_a_tensor_tells_the_exact_value_and_its_index(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/activation")
    expect(figure).to_contain_text("▲ 1 NaN")
    expect(figure).to_contain_text("▲ 1 ∞")
    # NaN is a colour of its own, which no colour map has.
    shows(figure, *place(figure, 32, 24, 0, 0), (214, 40, 140))
    gallery_page.page.mouse.move(*place(figure, 32, 24, 7, 5))
    expect(gallery_page.readout(figure)).to_have_text("\u22120.7853982[5, 7]")


def test_a_tensor_is_read_by_arrow_keys_aloud(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/volume", "at:1.2.0.0", says="min 3000   max 3599")
    figure.get_by_role("img").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"):
        gallery_page.page.keyboard.press(key)
    expect(figure.locator("[aria-live]").last).to_have_text("3032, [1, 2, 1, 2]")


def test_sliders_choose_the_plane_and_the_address_keeps_it(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/volume")
    expect(figure).to_contain_text("min 0   max 599   mean 299.5")
    figure.get_by_role("slider").last.fill("2")
    expect(figure).to_contain_text("min 1200   max 1799")
    expect(gallery_page.page).to_have_url(re.compile(r"at(%3A|:)0\.2\.0\.0"))


def test_any_two_axes_can_be_rows_and_columns(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/volume", "rows:0;cols:1;at:0.0.5.7", says="min 157   max 3157")
    expect(figure.get_by_role("slider")).to_have_count(2)
    inked(figure, 5)
    x, y = place(figure, 3, 2, 1, 1)
    gallery_page.page.mouse.move(x, y)
    expect(gallery_page.readout(figure)).to_have_text("2557[1, 1, 5, 7]")


def test_a_tensor_can_be_read_as_a_table(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/activation", "mode:table")
    expect(figure.get_by_role("row").nth(6).get_by_role("cell").nth(7)).to_have_text("\u22120.7853982")
    expect(figure.get_by_role("row").nth(1).get_by_role("cell").nth(0)).to_have_text("NaN")


def test_filters_of_a_convolution_are_tiles(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/filters", "mode:tiles")
    expect(figure).to_contain_text("16 filters")
    inked(figure, 20)


def test_histograms_over_steps_are_light_where_the_values_are(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/weights")
    box = figure.locator(".surface").bounding_box()
    assert box is not None
    # At the first step the values lie about 0; at the last about 1.8, and wide.
    left, right = box["x"] + 48 + 8, box["x"] + box["width"] - BAR - 8
    found = column(figure, left)
    brightest = max(range(len(found) - 22), key=lambda i: sum(found[i][:2]))
    assert sum(found[brightest][:2]) > 400
    assert found[12][:3] == [68, 1, 84]
    gallery_page.page.mouse.move(left, box["y"] + brightest)
    expect(gallery_page.readout(figure)).to_contain_text("step 0")
    gallery_page.page.mouse.move(right, box["y"] + brightest)
    expect(gallery_page.readout(figure)).to_contain_text("step 1100")


def test_bars_of_a_histogram_tell_exact_counts(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/weights", "mode:bars", says="n 4000", at=0)
    figure.get_by_role("img").focus()
    live = figure.locator("[aria-live]").last
    total = 0
    for _ in range(64):
        gallery_page.page.keyboard.press("ArrowRight")
        total += int(re.sub(r"\D", "", live.inner_text().split(" value")[0]))
    assert total == 4000


def test_ridges_are_drawn_in_the_colour_of_the_run(gallery_page: Gallery) -> None:
    figure = gallery_page.show("layer/weights", "mode:ridge")
    inked(figure, 5)


def test_fits_tells_physical_values_with_y_upwards(gallery_page: Gallery) -> None:
    figure = gallery_page.show("sky", "cut:100")
    x, y = place(figure, 80, 60, 40, 60 - 1 - 10)
    shows(figure, x, y, (255, 255, 255))
    gallery_page.page.mouse.move(x, y)
    expect(gallery_page.readout(figure)).to_have_text("1600.5x 41, y 11")
    figure.get_by_role("button", name="Invert").click()
    shows(figure, x, y, (0, 0, 0))


def test_the_header_of_a_fits_file_is_shown_whole(gallery_page: Gallery) -> None:
    figure = gallery_page.show("sky", "header:1")
    expect(figure.get_by_role("row", name="OBJECT")).to_contain_text("Barnard's star")
    expect(figure.get_by_role("row", name="BZERO")).to_contain_text("100.0")


@pytest.mark.parametrize("gl", [True, False], ids=["with WebGL", "without WebGL"])
@pytest.mark.parametrize("key", ["scene/cloud", "scene/solid"])
def test_scenes_are_drawn(viewers: Callable[..., Any], key: str, gl: bool) -> None:
    page = Gallery(viewers)
    if not gl:
        page.page.add_init_script(_NO_GL)
    figure = page.show(key)
    if gl:
        expect(figure).not_to_contain_text("drawn without WebGL")
    else:
        expect(figure).to_contain_text("drawn without WebGL")
    inked(figure, 30)
    before = figure.locator("canvas").first.evaluate("(c) => c.toDataURL()")
    figure.get_by_role("img").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.wait_for_function(
        "(before) => document.querySelector('.surface canvas').toDataURL() !== before", arg=before
    )


_NO_GL = """(() => {
  const real = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.startsWith("webgl") ? null : real.call(this, kind, ...rest);
  };
})()"""


def test_the_corner_of_a_mesh_is_where_the_file_has_it(gallery_page: Gallery) -> None:
    figure = gallery_page.show("scene/solid")
    expect(figure).to_contain_text("x 0 to 1   y 0 to 1   z 0 to 2")


def test_an_embedding_is_turned_onto_its_first_step(gallery_page: Gallery) -> None:
    figure = gallery_page.show("latent")
    expect(figure).to_contain_text(re.compile(r"240 \u00d7 8\s+PC1 5\d\.?\d* %\s+PC2 4\d\.?\d* %"))
    expect(figure.get_by_role("button", name="owl")).to_contain_text("60")
    figure.get_by_role("button", name="owl").click()
    expect(figure.get_by_role("button", name="owl")).to_have_attribute("aria-pressed", "false")


def test_a_loop_selects_points(gallery_page: Gallery) -> None:
    figure = gallery_page.show("latent", "drag:lasso")
    inked(figure, 3)
    box = figure.locator(".surface").bounding_box()
    assert box is not None
    corners = [(0.01, 0.01), (0.6, 0.01), (0.6, 0.99), (0.01, 0.99), (0.01, 0.3)]
    mouse = gallery_page.page.mouse
    for i, (u, v) in enumerate(corners):
        mouse.move(box["x"] + u * box["width"], box["y"] + v * box["height"], steps=4)
        if i == 0:
            mouse.down()
    mouse.up()
    expect(figure).to_contain_text(re.compile(r"\d+ points selected"))


def test_a_waveform_reaches_the_click_of_one_sample(gallery_page: Gallery) -> None:
    figure = gallery_page.show("sound/tone")
    box = figure.locator(".surface").bounding_box()
    assert box is not None
    left, right, height = box["x"] + 42, box["x"] + box["width"] - 8, box["height"] - 24
    x = left + 12_000 / 16_000 * (right - left)
    # Full scale is 0.92 of half the lane above its middle; the tone itself has faded to a fifth there.
    y = box["y"] + 4 + height / 2 - 0.92 * height / 2 + 6
    gallery_page.page.wait_for_function(_ALPHA, arg=[x - 2, y, 5, 255])
    assert gallery_page.page.evaluate(_ALPHA, [x - 12, y, 8, 0])
    gallery_page.page.mouse.click(left + (right - left) / 2, y + 40)
    expect(figure).to_contain_text("0:01.0 / 0:02.0")


# Whether the most opaque of a few pixels beside one another has this alpha.
_ALPHA = """([x, y, wide, alpha]) => {
  const canvas = document.querySelector(".surface canvas"), box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width, copy = document.createElement("canvas");
  [copy.width, copy.height] = [Math.round(wide * ratio), 1];
  const ctx = copy.getContext("2d", {willReadFrequently: true});
  ctx.drawImage(canvas, -Math.round((x - box.x) * ratio), -Math.round((y - box.y) * ratio));
  const {data} = ctx.getImageData(0, 0, copy.width, 1);
  return Math.max(...data.filter((_, i) => i % 4 === 3)) === alpha;
}"""


def test_a_sound_plays_and_pauses(gallery_page: Gallery) -> None:
    figure = gallery_page.show("sound/tone")
    figure.get_by_role("button", name="Play the sound of otter").click()
    expect(figure.locator(".player-bar .number")).to_have_text(re.compile(r"^0:0(0\.[1-9]|[12]\.\d) / 0:02\.0$"))
    gallery_page.page.keyboard.press("Space")


def test_a_gif_plays_as_the_browser_plays_it(gallery_page: Gallery) -> None:
    figure = gallery_page.show("clip/gif", says="GIF")
    picture = figure.get_by_role("img", name="Video clip/gif of otter at step 0")
    expect(picture).to_have_js_property("naturalWidth", 20)


def test_a_spectrogram_has_the_frequency_of_the_tone(gallery_page: Gallery) -> None:
    figure = gallery_page.show("sound/tone", "show:spectrum")
    box = figure.locator(".surface").bounding_box()
    assert box is not None
    height = box["height"] - 24
    x = box["x"] + 42 + 0.2 * (box["width"] - 50)
    gallery_page.page.wait_for_function(_ALPHA, arg=[x, box["y"] + 4 + height / 2, 2, 255])
    light = [sum(pixel[:3]) for pixel in column(figure, x)[4 : int(height) + 4]]
    loudest = (height - max(range(len(light)), key=light.__getitem__)) / height * 4000
    assert math.isclose(loudest, 440, abs_tol=40)


def test_raw_video_is_stepped_frame_by_frame_pixel_by_pixel(gallery_page: Gallery) -> None:
    figure = gallery_page.show("clip/raw")
    for frame in range(3):
        expect(figure.locator(".surface")).to_have_attribute("data-frame", str(frame))
        box = figure.locator(".surface").bounding_box()
        assert box is not None
        scale = math.floor(min(box["width"] / 24, box["height"] / 16))
        left, top = box["x"] + box["width"] / 2 - 12 * scale, box["y"] + box["height"] / 2 - 8 * scale
        shows(figure, left + (frame + 0.5) * scale, top + 3.5 * scale, (255, 255, 255))
        shows(figure, left + (frame + 1.5) * scale, top + 3.5 * scale, (0, 0, 0))
        figure.get_by_role("button", name="Next frame").click()
    expect(figure).to_contain_text("frame 4 of 10")


def test_a_table_is_filtered_sorted_and_compared(gallery_page: Gallery) -> None:
    figure = gallery_page.show("scores")
    figure.get_by_role("searchbox", name=re.compile("^Filter loss")).fill("< 0.01")
    expect(figure).to_contain_text("10 of 5000 rows")
    figure.get_by_role("button", name="loss", exact=True).click()
    figure.get_by_role("button", name="loss", exact=True).click()
    expect(figure.get_by_role("columnheader").nth(2)).to_have_attribute("aria-sort", "descending")
    # Row 0 is the head, row 1 the filters.
    expect(figure.get_by_role("row").nth(2).get_by_role("gridcell").nth(2)).to_have_attribute("title", "0.009")


def test_a_table_of_another_run_marks_the_cell_that_differs(viewers: Callable[..., Any]) -> None:
    page = Gallery(viewers)
    figure = page.show("scores", "diff:1", run="")
    expect(figure).to_contain_text("1 cell changed")
    expect(figure.locator(".changed")).to_have_count(1)
    expect(figure.locator(".changed")).to_have_attribute("title", re.compile(r"9\.5.*10\.5|10\.5.*9\.5"))


def test_only_rows_in_sight_are_made(gallery_page: Gallery) -> None:
    figure = gallery_page.show("scores")
    grid = figure.get_by_role("grid")
    assert figure.get_by_role("row").count() < 60
    grid.evaluate("(grid) => { grid.scrollTop = grid.scrollHeight }")
    expect(figure.get_by_text("sample 4999")).to_be_visible()
    assert figure.get_by_role("row").count() < 60


def test_a_confusion_matrix_tells_scores_of_a_class(gallery_page: Gallery) -> None:
    figure = gallery_page.show("confused")
    figure.get_by_role("img").focus()
    gallery_page.page.keyboard.press("ArrowRight")
    expect(figure.locator("[aria-live]").last).to_have_text(
        re.compile(r"^\d+ \u00d7 0, found, 0: precision 0\.\d+ {2}recall 0\.\d+ {2}F1 0\.\d+, \d+ of this class$")
    )


def test_curves_tell_areas_and_thresholds(viewers: Callable[..., Any]) -> None:
    page = Gallery(viewers)
    figure = page.show("roc", "past:1", run="")
    expect(figure.get_by_role("listitem")).to_have_count(2)
    figure.get_by_role("img").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("ArrowRight")
    expect(figure.locator("[aria-live]").last).to_have_text(
        re.compile("true positive rate .*, false positive rate .*, threshold")
    )


def test_a_graph_is_walked_through_by_keys(gallery_page: Gallery) -> None:
    figure = gallery_page.show("net")
    figure.get_by_role("img").focus()
    gallery_page.page.keyboard.press("ArrowRight")
    gallery_page.page.keyboard.press("ArrowRight")
    expect(figure.locator("[aria-live]").last).to_have_text("conv1, Conv2d, 26\u00d726\u00d716, 160 parameters")


def test_every_viewer_draws_both_runs(viewers: Callable[..., Any]) -> None:
    page = Gallery(viewers, viewport={"width": 1440, "height": 3400})
    page.tab.open("/p/viewers?show=media&size=small")
    for key, text in KEYS.items():
        expect(page.page.get_by_role("figure", name=key, exact=True)).to_contain_text(text, timeout=PATIENCE_MS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_viewers_with_controls(viewers: Callable[..., Any], scheme: str) -> None:
    page = Gallery(viewers, color_scheme=scheme, reduced_motion="reduce")
    keys = ["clip/raw", "layer/volume", "latent", "scores", "sound/tone"]
    run = page.tab.server.ids("viewers")["otter"]
    page.tab.open(f"/p/viewers/r/{run}?tab=media&size=small&find={'|'.join(keys)}")
    for key in keys:
        expect(page.page.get_by_role("figure", name=key, exact=True)).to_contain_text(KEYS[key], timeout=PATIENCE_MS)
    assert page.tab.axe() == []
