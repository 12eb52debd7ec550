"""Media of one run and of several: pictures drawn to the pixel, compared, and moved through by one slider."""

import gzip
import re
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Picture
from playwright.sync_api import Locator, Page, expect

import gnomon
from gnomon.models import digits

FASHION = Path("/work/shared/data/fashion-mnist/t10k-images-idx3-ubyte.gz")
STEPS = [0, 10, 20, 40]
COLOURS = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3) * 7
FIELD = (np.arange(48, dtype=np.float32).reshape(6, 8) / 10).astype(np.float32)
FIELD[2, 3] = np.nan
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="session")
def media(server: Any) -> dict[str, str]:
    """Log two runs of the project "media" through the SDK; return their ids by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        found = digits.load()
        for name in ("calm-heron", "dry-finch"):
            with gnomon.init(project="media", name=name, home=str(server.home)) as run:
                for step in STEPS:
                    run.log(values_of(name, step, found.x_test), step=step)
                if name == "dry-finch":
                    run.log({"late/only": gnomon.Image(COLOURS)}, step=30)
    return wait_for(server, "media", {"calm-heron", "dry-finch"})


def values_of(name: str, step: int, x: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Return what a run logs at a step: known pictures, and a batch of digits under noise that fades."""
    field = FIELD.copy()
    field[4, 5] += step / 20
    field[1, 1] -= step / 80
    if name == "dry-finch":
        field[0, 7] += 1
    batch = np.clip(x[:12].reshape(12, 8, 8) + np.linspace(-1, 1, 64).reshape(8, 8) / (step + 1), 0, 1)
    captions = [f"digit {i}" for i in range(12)]
    return {
        "known/colours": gnomon.Image(COLOURS),
        "known/field": gnomon.Image(field),
        "val/digits": gnomon.Images(batch, captions=captions, columns=4),
    }


def wait_for(server: Any, project: str, names: set[str]) -> dict[str, str]:
    """Return the ids of runs once the server has read them to their end."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = server.post("/api/v1/runs:query", {"project": project})["runs"]
        if {row["name"] for row in found if row["state"] == "finished"} >= names:
            return {row["name"]: row["id"] for row in found}
        time.sleep(0.02)
    pytest.fail(f"the server has not read the runs of {project}")


def place(run: str, **state: str) -> str:
    return f"/p/media/r/{run}?{urllib.parse.urlencode({'tab': 'media', **state})}"


def panel(page: Page, name: str) -> Locator:
    """Return a panel that shows its record."""
    figure = page.get_by_role("figure", name=name, exact=True).last
    expect(figure.locator(".record-body")).to_have_attribute("aria-busy", "false")
    return figure


def stage(page: Page, name: str) -> Locator:
    """Return the canvas of a panel, painted."""
    canvas = panel(page, name).locator("canvas.stage").first
    expect(canvas).to_have_attribute("data-scale", re.compile(r"[1-9]"))
    return canvas


# Colours in the middle of each pixel of a picture that stands in the middle of its canvas.
_CELLS = """(canvas, [width, height]) => {
  const scale = Number(canvas.dataset.scale);
  const copy = document.createElement("canvas"); [copy.width, copy.height] = [canvas.width, canvas.height];
  const ctx = copy.getContext("2d", {willReadFrequently: true}); ctx.drawImage(canvas, 0, 0);
  const {data} = ctx.getImageData(0, 0, copy.width, copy.height);
  const out = [];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const px = Math.floor(canvas.width / 2 + (x + 0.25 - width / 2) * scale);
    const py = Math.floor(canvas.height / 2 + (y + 0.25 - height / 2) * scale);
    const inside = px >= 0 && py >= 0 && px < canvas.width && py < canvas.height;
    const at = 4 * (py * canvas.width + px);
    out.push(inside ? [data[at], data[at + 1], data[at + 2]] : null);
  }
  return out;
}"""


# The grey in the middle of a canvas.
_UNDER = """canvas => {
  const copy = document.createElement("canvas"); [copy.width, copy.height] = [canvas.width, canvas.height];
  const ctx = copy.getContext("2d", {willReadFrequently: true}); ctx.drawImage(canvas, 0, 0);
  return ctx.getImageData(Math.round(canvas.width / 2), Math.round(canvas.height / 2), 1, 1).data[0];
}"""


def cells(canvas: Locator, width: int, height: int) -> list[list[int] | None]:
    return list(canvas.evaluate(_CELLS, [width, height]))


def width_of(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["width"]


def hover_cell(page: Page, canvas: Locator, x: int, y: int, size: tuple[int, int]) -> None:
    """Point at the middle of a pixel of a picture that stands in the middle of its canvas."""
    box = canvas.bounding_box()
    assert box is not None
    scale = float(canvas.get_attribute("data-scale") or 0)
    left = box["x"] + box["width"] / 2 + (x + 0.5 - size[0] / 2) * scale
    top = box["y"] + box["height"] / 2 + (y + 0.5 - size[1] / 2) * scale
    page.mouse.move(left, top)


def test_a_picture_is_drawn_in_exactly_the_colours_that_were_logged(tab: Any, media: dict[str, str]) -> None:
    page = tab.open(place(media["calm-heron"], open="known/colours"))
    canvas = stage(page, "known/colours")
    expected = COLOURS.reshape(-1, 3).tolist()
    assert cells(canvas, 8, 6) == expected
    whole = canvas.get_attribute("data-scale") or ""
    canvas.focus()
    page.keyboard.press("+")
    expect(canvas).not_to_have_attribute("data-scale", whole)
    seen = [(got, want) for got, want in zip(cells(canvas, 8, 6), expected, strict=True) if got is not None]
    assert 0 < len(seen) < 48
    assert all(got == want for got, want in seen)
    page.keyboard.press("0")
    expect(canvas).to_have_attribute("data-scale", whole)


def test_the_wheel_magnifies_around_the_pointer_and_a_double_click_shows_everything(
    tab: Any, media: dict[str, str]
) -> None:
    page = tab.open(place(media["calm-heron"], open="known/field", at="20"))
    canvas = stage(page, "known/field")
    whole = canvas.get_attribute("data-scale")
    hover_cell(page, canvas, 6, 1, (8, 6))
    readout = panel(page, "known/field").locator(".stage-readout")
    expect(readout).to_have_text("6, 1  1.4")
    page.mouse.wheel(0, -240)
    expect(canvas).not_to_have_attribute("data-scale", whole)
    # What was under the pointer still is, though everything else moved.
    expect(readout).to_have_text("6, 1  1.4")
    page.mouse.move(page.viewport_size["width"] / 2, 5)
    expect(readout).to_be_hidden()
    canvas.dblclick()
    expect(canvas).to_have_attribute("data-scale", whole)


def test_pointing_at_a_pixel_reads_its_logged_value_in_every_run(tab: Any, media: dict[str, str]) -> None:
    page = tab.open("/p/media?show=media&find=field")
    figure = panel(page, "known/field")
    canvases = figure.locator("canvas.stage")
    expect(canvases).to_have_count(2)
    expect(canvases.nth(1)).to_have_attribute("data-scale", re.compile(r"[1-9]"))
    texts = figure.locator(".stage-readout")
    hover_cell(page, canvases.first, 7, 0, (8, 6))
    names = figure.locator(".tile-head .name").all_inner_texts()
    values = {"calm-heron": "7, 0  0.7", "dry-finch": "7, 0  1.7"}
    expect(texts).to_have_text([values[name] for name in names])
    hover_cell(page, canvases.first, 3, 2, (8, 6))
    expect(texts).to_have_text(["3, 2  NaN"] * 2)
    page.mouse.move(5, 5)
    expect(texts.first).to_be_hidden()


def test_keys_move_from_pixel_to_pixel_and_say_what_is_there(tab: Any, media: dict[str, str]) -> None:
    page = tab.open(place(media["calm-heron"], open="known/colours"))
    canvas = stage(page, "known/colours")
    canvas.focus()
    page.keyboard.press("i")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    r, g, b = COLOURS[2, 5]
    expect(panel(page, "known/colours").locator("[aria-live]")).to_have_text(f"pixel 5, 2  {r} {g} {b}")
    assert "at=" not in page.url


def test_one_slider_moves_every_panel_of_every_run(tab: Any, media: dict[str, str]) -> None:
    page = tab.open("/p/media?show=media")
    for name in ("known/colours", "known/field", "val/digits"):
        expect(panel(page, name).locator(".record-step")).to_have_text("step 40")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".stepper-step b")).to_have_text("30")
    # Nothing of these keys was logged at 30: what is shown is older, and says so.
    expect(panel(page, "val/digits").locator(".record-step.other")).to_have_text("step 20")
    page.keyboard.press("ArrowLeft")
    for name in ("known/colours", "known/field", "val/digits"):
        expect(panel(page, name).locator(".record-step")).to_have_text("step 20")
    page.wait_for_url(re.compile("at=20"))
    expect(page.get_by_role("button", name="2 newer")).to_be_visible()
    page.keyboard.press("Home")
    expect(panel(page, "known/field").locator(".record-step")).to_have_text("step 0")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".stepper-live")).to_have_text("newest")
    page.wait_for_url(lambda url: "at=" not in url)
    page.reload()
    expect(panel(page, "known/field").locator(".record-step")).to_have_text("step 40")


def test_before_the_first_record_the_panel_says_where_it_begins(tab: Any, media: dict[str, str]) -> None:
    page = tab.open(place(media["dry-finch"], at="10", find="late"))
    figure = page.get_by_role("figure", name="late/only")
    expect(figure).to_contain_text("Nothing yet at this step: the first one is at step 30.")
    figure.hover()
    figure.get_by_role("button", name="Next record of late/only").click()
    expect(panel(page, "late/only").locator(".record-step")).to_have_text("step 30")


def test_playing_shows_every_step_in_order_and_stops_at_the_end(tab: Any, media: dict[str, str]) -> None:
    page = tab.open(place(media["calm-heron"], at="0", speed="25", find="known"))
    label = panel(page, "known/field").locator(".record-step")
    expect(label).to_have_text("step 0")
    label.evaluate("""e => { window.seen = [];
      new MutationObserver(() => window.seen.push(e.textContent)).observe(e, {childList: true, characterData: true, subtree: true}); }""")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play over steps")).to_be_visible()
    expect(label).to_have_text("step 40")
    assert page.evaluate("window.seen") == ["step 10", "step 20", "step 40"]


def test_a_difference_is_signed_and_tells_its_largest_place(tab: Any, media: dict[str, str]) -> None:
    settings = {"s.known/field": "compare:diff"}
    page = tab.open(place(media["calm-heron"], open="known/field", at="40", **settings))
    canvas = stage(page, "known/field")
    note = panel(page, "known/field").locator(".record-note")
    expect(note).to_have_text(f"d = this {MINUS} step 20: max |d| 1 at 5, 4, 2 px differ")
    got = cells(canvas, 8, 6)
    most, least, none = got[4 * 8 + 5], got[8 + 1], got[0]
    assert most is not None
    assert least is not None
    assert none is not None
    assert most[0] > most[2] + 60  # orange: more than before
    assert least[2] > least[0] + 40  # blue: less
    assert min(none) > 240  # white: the same
    hover_cell(page, canvas, 5, 4, (8, 6))
    expect(panel(page, "known/field").locator(".stage-readout")).to_have_text("5, 4  a 4.7  b 5.7  d 1")
    page.get_by_role("combobox", name="Compare with what").last.select_option("first")
    expect(note).to_have_text(f"d = this {MINUS} step 0: max |d| 2 at 5, 4, 2 px differ")
    assert urllib.parse.parse_qs(page.url.partition("?")[2])["s.known/field"] == ["compare:diff;with:first"]


def test_runs_are_compared_with_the_first_and_keys_with_each_other(tab: Any, media: dict[str, str]) -> None:
    page = tab.open("/p/media?show=media&find=field&s.known/field=compare:diff;with:run")
    note = panel(page, "known/field").locator(".stage-note:visible")
    expect(note).to_have_count(1)
    expect(note).to_contain_text(re.compile(r"max \|d\| 1 at 7, 0, 1 px differ"))
    page = tab.open(place(media["dry-finch"], open="known/colours", **{"s.known/colours": "compare:diff"}))
    page.get_by_role("combobox", name="Compare with what").last.select_option("key:late/only")
    expect(panel(page, "known/colours").locator(".record-note")).to_have_text(
        f"d = this {MINUS} late/only: no pixel differs"
    )


def test_blinking_alternates_and_wiping_shows_both(tab: Any, media: dict[str, str]) -> None:
    settings = {"s.known/field": "compare:blink;rate:3;with:first;range:fixed;low:0;high:6"}
    page = tab.open(place(media["calm-heron"], open="known/field", at="40", **settings))
    canvas = stage(page, "known/field")
    pixel = f"canvas => ({_CELLS})(canvas, [8, 6])[37][0]"
    handle = canvas.element_handle()
    older, newer = round(3.7 / 6 * 255), round(5.7 / 6 * 255)
    for value in (newer, older, newer):
        page.wait_for_function(f"([canvas, value]) => ({pixel})(canvas) === value", arg=[handle, value])
    page.get_by_role("combobox", name="Compare", exact=True).last.select_option("wipe")
    expect(panel(page, "known/field").locator(".record-note")).to_have_text("left step 0, right this")
    hover_cell(page, canvas, 5, 2, (8, 6))
    page.mouse.down()
    page.wait_for_function(f"([canvas, value]) => ({pixel})(canvas) === value", arg=[handle, older])
    hover_cell(page, canvas, 2, 2, (8, 6))
    page.mouse.up()
    page.wait_for_function(f"([canvas, value]) => ({pixel})(canvas) === value", arg=[handle, newer])
    canvas.focus()
    for _ in range(12):
        page.keyboard.press(".")
    page.wait_for_function(f"([canvas, value]) => ({pixel})(canvas) === value", arg=[handle, older])


def test_the_range_can_be_each_pictures_own_that_of_all_steps_or_fixed(tab: Any, media: dict[str, str]) -> None:
    page = tab.open(place(media["calm-heron"], open="known/field", at="0"))
    canvas = stage(page, "known/field")
    assert (cells(canvas, 8, 6)[47] or [])[0] == 255
    choice = page.get_by_role("combobox", name="Which values are black and white").last
    handle = canvas.element_handle()
    # Over all steps the highest value is 5.7, the lowest 0.
    choice.select_option("key")
    grey = round(4.7 / 5.7 * 255)
    page.wait_for_function(f"([c, v]) => ({_CELLS})(c, [8, 6])[47][0] === v", arg=[handle, grey])
    choice.select_option("fixed")
    high = page.get_by_role("textbox", name="Value drawn white").last
    high.fill("9.5")
    high.press("Enter")
    page.wait_for_function(f"([c, v]) => ({_CELLS})(c, [8, 6])[47][0] === v", arg=[handle, 126])
    assert "range%3Afixed" in page.url


def test_a_montage_shows_the_picture_at_every_step(tab: Any, media: dict[str, str]) -> None:
    page = tab.open(place(media["calm-heron"], open="known/field", **{"s.known/field": "compare:montage"}))
    canvas = stage(page, "known/field")
    box = canvas.bounding_box()
    assert box is not None
    readout = panel(page, "known/field").locator(".stage-readout")
    seen = set()
    for i in range(8):
        for j in (0.25, 0.75):
            page.mouse.move(box["x"] + box["width"] * (i + 0.5) / 8, box["y"] + box["height"] * j)
            if readout.is_visible():
                seen.add(readout.inner_text().partition(":")[0])
    assert seen == {"0", "1", "2", "3"}


def test_f_fills_the_screen_and_brackets_turn_to_the_next_panel(tab: Any, media: dict[str, str]) -> None:
    page = tab.open(place(media["calm-heron"]))
    stage(page, "known/colours").hover()
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog", name="known/colours")
    expect(dialog).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_role("dialog", name="known/field")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(panel(page, "known/field").locator(".record-step")).to_have_text("step 20")
    page.keyboard.press("f")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(panel(page, "known/colours").locator(".record-step")).to_have_text("step 20")


def test_sections_fold_sizes_change_and_the_filter_finds(tab: Any, media: dict[str, str]) -> None:
    page = tab.open(place(media["calm-heron"]))
    panel(page, "val/digits")
    page.get_by_role("heading", name="val").get_by_role("button").click()
    expect(page.get_by_role("figure", name="val/digits")).to_have_count(0)
    width = width_of(panel(page, "known/field"))
    page.get_by_role("button", name="large panels").click()
    expect(panel(page, "known/field")).to_be_visible()
    assert width_of(panel(page, "known/field")) > 1.5 * width
    page.keyboard.press("/")
    page.keyboard.type("col.*s$")
    expect(page.get_by_role("figure")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("figure")).to_have_count(1)
    expect(page.get_by_role("button", name="large panels")).to_have_attribute("aria-pressed", "true")


def test_a_large_picture_comes_as_a_thumbnail_and_exactly_when_looked_at_closely(
    fresh_tab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    x = (np.add.outer(np.arange(2000) * 3, np.arange(3000) * 7) % 251).astype(np.uint8)
    with gnomon.init(project="large", name="r", home=str(fresh_tab.server.home)) as run:
        run.log({"plane": gnomon.Image(x)}, step=0)
    ids = wait_for(fresh_tab.server, "large", {"r"})
    page, asked = fresh_tab.page, []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    fresh_tab.open(f"/p/large/r/{ids['r']}?tab=media&open=plane")
    canvas = stage(page, "plane")
    assert {url.partition("?")[0] for url in asked if "=" in url and "size" in url} == {"image"}
    assert not [url for url in asked if url.startswith("array")]
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2))
    readout = panel(page, "plane").locator(".stage-readout")
    expect(readout).to_have_text(re.compile(r"\d+, \d+  \d+$"))
    column, row, value = (int(part) for part in re.findall(r"\d+", readout.inner_text()))
    assert value == x[row, column]
    assert [url for url in asked if url.startswith("array")] == [f"array?slice={row}%2C{column}"]
    for _ in range(10):
        page.mouse.wheel(0, -240)
    page.wait_for_function("c => Number(c.dataset.scale) > 16", arg=canvas.element_handle())
    # The frame around the pixel goes with the pointer.
    page.mouse.move(720, 5)
    page.wait_for_function(f"([c, v]) => ({_UNDER})(c) === v", arg=[canvas.element_handle(), int(x[row, column])])


@pytest.mark.parametrize("end", ["png", "tiff"])
def test_a_picture_file_is_drawn_as_its_pixels_are(
    fresh_tab: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    Picture.fromarray(COLOURS).save(tmp_path / f"colours.{end}")
    with gnomon.init(project="files", name="r", home=str(fresh_tab.server.home)) as run:
        run.log({"colours": gnomon.Image(tmp_path / f"colours.{end}")}, step=0)
    ids = wait_for(fresh_tab.server, "files", {"r"})
    page = fresh_tab.open(f"/p/files/r/{ids['r']}?tab=media&open=colours")
    assert cells(stage(page, "colours"), 8, 6) == COLOURS.reshape(-1, 3).tolist()


@pytest.mark.skipif(not FASHION.exists(), reason="Fashion-MNIST is not on this machine")
def test_a_thousand_fashion_pictures_are_drawn_as_they_are(fresh_tab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    x = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)[:1000]
    with gnomon.init(project="fashion", name="r", home=str(fresh_tab.server.home)) as run:
        run.log({"batch": gnomon.Images(x, columns=40)}, step=0)
    ids = wait_for(fresh_tab.server, "fashion", {"r"})
    page = fresh_tab.open(f"/p/fashion/r/{ids['r']}?tab=media&open=batch")
    canvas = stage(page, "batch")
    box = canvas.bounding_box()
    assert box is not None
    readout = panel(page, "batch").locator(".stage-readout")
    # Between two pictures there is a gap, but not one as wide as all of these.
    for move in range(12):
        page.mouse.move(box["x"] + box["width"] / 2 + move, box["y"] + box["height"] / 2 + move)
        if readout.is_visible():
            break
    found = re.fullmatch(r"(\d+): (\d+), (\d+)  (\d+)", readout.inner_text())
    assert found is not None
    index, column, row, value = (int(part) for part in found.groups())
    assert value == x[index, row, column]


@pytest.mark.parametrize("name", ["known/colours", "val/digits"])
def test_pictures_stand_on_either_ground(
    tabs: Callable[..., Any], media: dict[str, str], tmp_path: Path, name: str
) -> None:
    tab = tabs(reduced_motion="reduce")
    page = tab.open(place(media["calm-heron"], open=name))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        stage(page, name)
        page.screenshot(path=tmp_path / f"{name.replace('/', '-')}-{scheme}.png")
    assert tab.axe() == []
