"""Tests of a version in a real browser: run, read down to single rows by mouse and keys, tried by drawing, compared."""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from gnomon.models import MLP, digits
from gnomon.models.registry import home as registry


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a home with networks that saw the digits once and six times: each test has models of its own."""
    spec = util.spec_from_file_location("serving", Path(__file__).parent / "serving.py")
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    home = tmp_path_factory.mktemp("tested") / "home"
    data = digits.load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        for epochs in (1, 6):
            net = MLP((64, 16, 10), batch_size=32, seed=0)
            net.feed((data.x_train, data.y_train), validation=(data.x_test, data.y_test))
            net.run(epochs)
            registry.register("compared", net, home=home)
        registry.register("tested", net, home=home)
        registry.register("tried", net, home=home)
    server = serving.Server(home).start()
    yield server
    server.stop()


@pytest.fixture
def calm(tabs: Callable[..., Any]) -> Any:
    """A tab without motion, so that no colour is met half way."""
    return tabs(reduced_motion="reduce")


def ask(server: Any, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    where = f"{server.url}/api/v1/models/{path}"
    request = urllib.request.Request(where, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def judge(server: Any, name: str, version: int) -> dict[str, Any]:
    """Test a version, and return what came of it."""
    made: dict[str, Any] = ask(server, f"{name}/versions/{version}/tests", {"dataset": "digits"})
    return made


def asked(page: Page) -> dict[str, str]:
    """Return what the address says of the page."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).query))


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


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


def test_a_test_is_run_and_read_down_to_single_rows_by_keys_and_the_address_holds_all(calm: Any, server: Any) -> None:
    calm.watch.allow("400.*:try")  # a gradient that there is not
    page = calm.open("/models/tested")
    pane = page.get_by_role("region", name="Version 1", exact=True)
    expect(pane).to_contain_text("Not tested yet.")
    pane.get_by_role("link", name="Test it").click()
    expect(page.get_by_role("heading", name="This version has not been tested")).to_be_visible()
    form = page.get_by_role("form", name="Run a test")
    expect(form.get_by_role("button", name="Run", exact=True)).to_be_disabled()  # its data are not known
    everywhere(calm)
    form.get_by_label("data", exact=True).select_option("digits")
    form.get_by_label("at most").fill("many")
    expect(form).to_contain_text("A whole number of rows")
    form.get_by_label("at most").fill("")
    form.get_by_role("button", name="Run", exact=True).click()

    # The report tells the figure with its interval, of how many rows.
    expect(section(page, "Taken for what")).to_be_visible()
    [made] = ask(server, "tested/versions/1/tests")["tests"]
    output = made["report"]["outputs"][0]
    matrix, classes = output["confusion"], output["classes"]
    tests = page.get_by_role("complementary", name="Tests of this version")
    expect(tests.get_by_role("listitem").filter(has_text=f"{made['report']['rows']} test rows")).to_be_visible()
    assert asked(page)["test"] == made["test"]
    everywhere(calm)

    # Arrow keys go through the matrix; Enter opens the rows behind a cell.
    wrong = [(matrix[a][p], a, p) for a in range(10) for p in range(10) if a != p and matrix[a][p] > 0]
    count, actual, predicted = max(wrong)
    cells = page.get_by_role("table", name="Confusion matrix")
    cells.get_by_role("button", name=re.compile("^0 taken for 0:")).focus()
    for key, times in (("ArrowDown", actual), ("ArrowRight", predicted)):
        for _ in range(times):
            page.keyboard.press(key)
    name = f"{classes[actual]} taken for {classes[predicted]}"
    cell = cells.get_by_role("button", name=re.compile(f"^{name}: {count} rows?,"))
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell).to_have_attribute("aria-pressed", "true")
    behind = section(page, name)
    expect(behind.get_by_role("listitem")).to_have_count(min(count, 12))

    # A row opens large; what gives no gradient says so, and occlusion is there.
    behind.get_by_role("listitem").first.get_by_role("button").click()
    row = page.get_by_role("dialog")
    expect(row.get_by_role("region", name="Answer")).to_contain_text(f"✕ in truth {classes[actual]}")
    row.get_by_role("button", name="Gradient × input").click()
    expect(row.get_by_role("alert")).to_contain_text("Ask for occlusion")
    row.get_by_role("button", name="Occlusion").click()
    expect(row.get_by_role("table", name=f"What speaks for {classes[predicted]}")).to_be_visible()
    assert calm.axe("dialog:modal") == []

    # Whoever gets the address sees the same.
    address = page.url
    page.goto(f"{server.url}/models")
    page.goto(address)
    expect(page.get_by_role("dialog").get_by_role("region", name="Answer")).to_contain_text("in truth")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "row" not in asked(page)
    expect(section(page, name)).to_be_visible()
    section(page, name).get_by_role("button", name="All mistakes").click()
    expect(section(page, "Surest mistakes").get_by_role("listitem").first).to_be_visible()

    # Classes are sorted by any column; a class shows its curves, a threshold its counts.
    table = section(page, "Each class")
    table.get_by_role("button", name="F1").click()
    table.get_by_role("button", name="F1").click()
    worst = min(output["per_class"], key=lambda one: one["f1"])
    expect(table.get_by_role("row").nth(1)).to_contain_text(worst["name"])
    table.get_by_role("button", name=worst["name"], exact=True).click()
    curves = section(page, "Thresholds")
    expect(curves.get_by_role("combobox")).to_have_value(worst["name"])
    slider = curves.get_by_role("slider", name="threshold")
    slider.press("End")
    found = next(one for one in output["thresholds"] if one["name"] == worst["name"])
    last = max(range(len(found["thresholds"])), key=lambda i: found["thresholds"][i])
    missed = found["support"] - found["tp"][last]
    expect(curves.get_by_text("missed").locator("xpath=..")).to_have_text(f"missed{missed}")
    assert float(asked(page)["t"]) == pytest.approx(found["thresholds"][last], rel=1e-5)
    curve = curves.get_by_role("img", name=re.compile(f"^ROC of {worst['name']}, area"))
    curve.focus()
    page.keyboard.press("End")
    expect(curves.get_by_role("status").filter(has_text="false positives")).to_contain_text("recall 1")


def test_a_version_is_tried_on_rows_and_on_what_is_drawn_by_hand_and_by_keys(calm: Any, server: Any) -> None:
    found = judge(server, "tried", 1)
    page = calm.open("/models/tried/1/test?tab=try")
    row = ask(server, f"tried/versions/1/tests/{found['test']}/rows?order=confident_wrong&limit=1")["rows"][0]
    page.get_by_label("row", exact=True).fill(str(row["at"]))
    answer = page.get_by_role("region", name="Answer")
    expect(answer).to_contain_text(f"in truth {row['truth']}")
    expect(answer.get_by_role("row").first).to_contain_text(row["predicted"])
    expect(page.get_by_role("button", name=f"Row {row['at']}, {row['truth']}", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    everywhere(calm)

    # A one, by mouse; then a bar across it, by keys; each stroke is answered anew.
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.get_by_text("The answer comes with the first stroke")).to_be_visible()
    sheet = page.get_by_role("application")
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 40, steps=6)
    page.mouse.up()
    expect(answer.get_by_role("row")).to_have_count(10)
    drawn = answer.get_by_role("row").first.inner_text()
    sheet.focus()
    for key in (" ", "Shift+ArrowLeft", " "):
        page.keyboard.press(key)
    expect(page.get_by_role("status").filter(has_text="Pen up")).to_have_text(re.compile("2 strokes$"))
    expect(answer.get_by_role("row").first).not_to_have_text(drawn, use_inner_text=True)
    everywhere(calm)
    page.keyboard.press("Backspace")
    expect(answer.get_by_role("row").first).to_have_text(drawn, use_inner_text=True)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("The answer comes with the first stroke")).to_be_visible()

    # Without any training on record there is nothing to ask, and that is said.
    page.get_by_role("tab", name="Checkpoints").click()
    expect(page.get_by_role("heading", name="Choose what to ask")).to_be_visible()
    assert calm.axe() == []


def test_tests_of_two_versions_stand_beside_each_other_with_the_interval_of_each_change(calm: Any, server: Any) -> None:
    page = calm.open("/models/compared?compare=1~2")
    compared = page.get_by_role("region", name="Comparison")
    expect(compared).to_contain_text("No test was made of both.")
    first, second = (judge(server, "compared", version) for version in (1, 2))  # the page hears of it
    test = compared.get_by_role("region", name=f"Test {first['test']}")
    expect(test).to_contain_text(f"the same {first['report']['rows']} test rows")
    change = second["figures"][f"{second['test']}/accuracy"] - first["figures"][f"{first['test']}/accuracy"]
    line = test.get_by_role("row", name=re.compile("^accuracy"))
    assert change > 0.1  # six passes against one
    expect(line.get_by_role("cell").nth(2)).to_have_class(re.compile("md-pass"))
    expect(line.get_by_role("cell").nth(2)).to_have_text(re.compile(r"^\+0\.\d+"))
    everywhere(calm)
