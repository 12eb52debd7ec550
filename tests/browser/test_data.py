"""Data in a real browser: a file is brought, looked at, said otherwise, kept, changed, and made a model of."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

ROWS = 240


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a home that holds no data of its own."""
    spec = util.spec_from_file_location("serving", Path(__file__).parent / "serving.py")
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    server = serving.Server(tmp_path_factory.mktemp("data") / "home").start()
    yield server
    server.stop()


@pytest.fixture
def calm(tabs: Callable[..., Any]) -> Any:
    """A tab without motion, so that no colour is met half way."""
    return tabs(reduced_motion="reduce")


def visits(path: Path) -> Path:
    """Write a table of which one class is rare, one column looks like classes and is none, and one has gaps."""
    rng = np.random.default_rng(3)
    outcome = ["ill" if i % 24 == 0 else "well" for i in range(ROWS)]
    lines = [f"{rng.integers(18, 90) if i % 9 else ''},{1 + i % 20},{'ABC'[i % 3]},{outcome[i]}" for i in range(ROWS)]
    path.write_text("age,days,ward,outcome\n" + "\n".join(lines))
    return path


def shades(path: Path) -> Path:
    """Write 300 pictures of 12×12, dark ones of class 0 and light ones of class 1."""
    label = np.arange(300) % 2
    pictures = (40 + 160 * label[:, None, None] + np.zeros((300, 12, 12))).astype(np.uint8)
    np.savez(path, image=pictures, label=label)
    return path


def get(server: Any, path: str) -> Any:
    with urllib.request.urlopen(f"{server.url}/api/v1/{path}", timeout=60) as answer:
        return json.load(answer)


def row(page: Page, name: str) -> Locator:
    """Return the row of a column, in the dialog when there is one."""
    return (
        page.locator(".ds-columns")
        .last.get_by_role("row")
        .filter(has=page.locator("th", has_text=re.compile(f"^{name}$")))
    )


def looked(page: Page) -> None:
    """Wait until the server has looked at what was said last."""
    expect(page.locator(".ds-form[aria-busy=false]")).to_be_visible()


def test_a_table_is_uploaded_said_otherwise_registered_and_changed(calm: Any, server: Any, tmp_path: Path) -> None:
    page = calm.open("/data")
    expect(page.get_by_role("button", name="Drop a file here")).to_be_visible()
    expect(page.get_by_role("row", name="digits")).to_contain_text("1797")
    assert calm.axe() == []
    page.get_by_role("button", name="Register data").click()
    page.get_by_label("Choose a file").set_input_files(visits(tmp_path / "visits.csv"))

    # What would be registered, and why each column was taken for what it is.
    expect(row(page, "days")).to_contain_text("20 whole numbers from 1 on")
    expect(row(page, "age")).to_contain_text("27")
    expect(row(page, "outcome")).to_contain_text("2 classes: ill, well")
    page.get_by_label("Kind of days").select_option("number")
    page.get_by_label("What ward is for").select_option("out")
    page.get_by_label("What outcome is for").select_option("target")
    expect(row(page, "days")).to_contain_text("you said so")
    page.get_by_label("way").select_option("random")
    page.get_by_label("way").select_option("stratified")
    page.get_by_label("shares").fill("50 25 25")
    page.get_by_label("shares").press("Enter")
    balance = page.locator(".ds-balance tbody tr")
    expect(balance.nth(0)).to_have_text(re.compile(r"^ill5"))
    expect(balance.nth(1)).to_have_text(re.compile(r"^well115"))
    found = page.get_by_role("list", name="What to beware of")
    expect(found).to_contain_text("well has 230 rows and ill 10, 23 times fewer")
    row(page, "age").get_by_role("button", name=re.compile("What is done to age")).click()
    page.get_by_label("normalise").select_option("minmax")
    expect(page.locator(".ds-before")).to_contain_text("before")
    looked(page)
    expect(page.get_by_label("Name", exact=True)).to_have_value("visits")
    page.get_by_label("Note").fill("From the clinic.")
    assert calm.axe("dialog") == []
    page.get_by_role("button", name="Register", exact=True).click()

    expect(page.get_by_role("heading", name="visits", level=1)).to_be_visible()
    kept = get(server, "datasets/visits")
    assert {name: kept[name] for name in ("version", "note", "inputs", "target", "split", "transforms", "parts")} == {
        "version": 1,
        "note": "From the clinic.",
        "inputs": ["age", "days"],
        "target": ["outcome"],
        "split": {"way": "stratified", "shares": [0.5, 0.25, 0.25], "seed": 0, "column": "outcome"},
        "transforms": {"age": {"normalise": "minmax"}},
        "parts": {"train": 120, "validation": 60, "test": 60},
    }
    expect(page.get_by_role("list", name="What to beware of")).to_contain_text("23 times fewer")
    page.get_by_role("button", name="age", exact=True).click()
    expect(page.locator(".ds-open")).to_contain_text("n 213")
    expect(page.get_by_role("img", name=re.compile("Histogram of age"))).to_be_visible()
    assert calm.axe() == []

    # Another version, with the reason; the first can still be looked at.
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_role("button", name="Save as version 2")).to_be_disabled()
    page.get_by_role("dialog").get_by_label("What ward is for").select_option("input")
    page.get_by_label("Why").fill("Wards differ.")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.locator(".ds-version")).to_contain_text("version 2")
    page.get_by_role("tab", name="Versions").click()
    versions = page.get_by_role("list", name="Versions of visits").locator("> li")
    expect(versions).to_have_count(2)
    expect(versions.nth(0)).to_contain_text("Wards differ.")
    expect(versions.nth(0)).to_contain_text("ward")
    assert calm.axe() == []
    versions.nth(1).get_by_role("link", name="look at it").click()
    expect(page.locator(".ds-version")).to_contain_text("version 1")
    expect(page.get_by_role("button", name="Change", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Data", exact=True).first.click()
    expect(page.get_by_role("row", name="visits")).to_contain_text("predicts outcome")


def test_pictures_are_looked_at_by_class_and_part_and_augmented(calm: Any, server: Any, tmp_path: Path) -> None:
    path = str(shades(tmp_path / "shades.npz"))
    asked = {"name": "shades", "path": path, "target": ["label"]}
    assert server.post("/api/v1/datasets", asked)["parts"] == {"train": 210, "validation": 45, "test": 45}
    page = calm.open("/data/shades?tab=samples")
    expect(page.locator("section[aria-label='300 samples']")).to_be_visible()
    tiles = page.locator(".ds-tile:not(.waiting)")
    expect(tiles.first).to_be_visible()
    # Only those in sight are there.
    assert tiles.count() < 200
    page.get_by_label("part", exact=True).select_option("test")
    expect(page.get_by_role("status").filter(has_text="of 300 rows")).to_have_text("45 of 300 rows")
    page.get_by_label("label", exact=True).select_option("1")
    # Of the two classes 22 and 23 rows are in this part.
    expect(page.get_by_role("status").filter(has_text="of 300 rows")).to_have_text(re.compile("^2[23] of 300 rows$"))
    expect(tiles.first).to_contain_text("1")
    assert set(tiles.locator(".ds-tile-words").all_inner_texts()) == {"1"}
    assert calm.axe() == []
    page.locator(".ds-samples").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(tiles.last).to_be_visible()

    page.get_by_role("button", name="Change", exact=True).click()
    row(page, "image").get_by_role("button", name=re.compile("What is done to image")).click()
    page.get_by_label("brightness").fill("40")
    page.get_by_label("flip").select_option("horizontal")
    expect(row(page, "image")).to_contain_text("flip horizontal, brightness ±40 %")
    strip = page.locator(".ds-before:not([aria-busy=true])")
    expect(strip.get_by_role("img")).to_have_count(16)
    assert calm.axe("dialog") == []
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.locator(".ds-version")).to_contain_text("version 2")
    kept = get(server, "datasets/shades")["transforms"]
    assert kept["image"]["augment"] == {"flip": "horizontal", "brightness": 0.4}


DROPPED = """() => {
  const moved = new DataTransfer();
  moved.items.add(new File(["a,b\\n1,0.5\\n2,1.5\\n3,2.5\\n"], "small.csv"));
  document.querySelector(".datasets").dispatchEvent(new DragEvent("drop", {dataTransfer: moved, bubbles: true}));
}"""


def test_data_that_cannot_be_read_say_why_and_another_can_be_chosen(calm: Any, server: Any, tmp_path: Path) -> None:
    calm.watch.allow("status of 4")
    page = calm.open("/data?register=1")
    wrong = tmp_path / "wrong.parquet"
    wrong.write_text("no parquet")
    page.get_by_label("or a path").fill(str(wrong))
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Choose another").click()
    page.get_by_label("or a path").fill(str(tmp_path / "nothing.csv"))
    page.get_by_label("or a path").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("nothing.csv")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    # A file that is dropped anywhere on the page is brought at once; the palette finds what there is.
    page.evaluate(DROPPED)
    expect(row(page, "b")).to_contain_text("0.5 to 2.5")
    uploads = server.home / "data" / "uploads"
    before = set(uploads.iterdir())
    # What nobody registers does not stay.
    with page.expect_response(lambda said: said.request.method == "DELETE") as said:
        page.keyboard.press("Escape")
    assert (said.value.status, len(before - set(uploads.iterdir()))) == (204, 1)
    page.keyboard.press("Control+k")
    page.keyboard.type("digits")
    page.get_by_role("option", name=re.compile("^digits")).first.click()
    expect(page.get_by_role("heading", name="digits", level=1)).to_be_visible()


def test_a_model_is_built_from_data_with_choices_refused_before_and_after(
    calm: Any, server: Any, tmp_path: Path
) -> None:
    path = str(visits(tmp_path / "ward.csv"))
    asked = {"name": "ward", "path": path, "target": ["outcome"], "types": {"days": "number"}}
    ref = "ward@" + server.post("/api/v1/datasets", asked)["digest"]
    page = calm.open("/canvas")
    page.get_by_role("tab", name="From data").click()
    page.get_by_role("button", name=re.compile("^ward")).click()
    reasons = page.get_by_role("region", name="Why it is so").get_by_role("listitem")
    expect(reasons.filter(has_text="Keeps it from learning")).to_contain_text("0.3")
    page.get_by_role("button", name="refuse scaled").click()
    page.get_by_role("button", name="refuse units of hidden").click()
    page.get_by_role("button", name="refuse rate of drop").click()
    page.get_by_role("button", name="take rate of drop").click()
    expect(page.get_by_text("2 choices refused")).to_be_visible()
    assert calm.axe("main") == []
    page.get_by_label("Project", exact=True).fill("clinic")
    page.get_by_role("button", name="Create the graph").click()

    card = page.locator(".react-flow__node[data-id='numbers']")
    expect(card).to_contain_text("ward · age, days")
    graph = get(server, "graphs/" + page.url.rpartition("/")[2].partition("?")[0])["graph"]
    params = {node["id"]: node.get("params", {}) for node in graph["nodes"]}
    assert "scaled" not in params
    assert "units" not in params["hidden"]
    assert params["drop"] == {"rate": 0.3}
    assert {name: graph["data"][name] for name in ("dataset", "inputs", "outputs")} == {
        "dataset": ref,
        "inputs": {"numbers": ["age", "days"], "ward": "ward"},
        "outputs": {"outcome": "outcome"},
    }
    assert {(reason["node"], reason["param"]) for reason in graph["data"]["reasons"]}.isdisjoint(
        {("scaled", ""), ("hidden", "units")}
    )

    # Refused on the canvas, and taken back by an undo.
    page.locator(".react-flow__node[data-id='drop']").click()
    side = page.locator(".inspector")
    expect(side).to_contain_text("Keeps it from learning the rows by heart.")
    side.get_by_role("button", name="refuse rate").click()
    expect(side.get_by_text("Keeps it from learning the rows by heart.")).to_have_count(0)
    rate = page.get_by_role("spinbutton", name="rate")
    expect(rate).to_have_value("0.5")
    page.get_by_role("button", name=re.compile("Undo: ")).click()
    expect(rate).to_have_value("0.3")
    expect(side).to_contain_text("Keeps it from learning the rows by heart.")

    # What goes in: values, gaps; and under another name it stays what it was.
    card.click()
    expect(side.get_by_role("table", name="First rows of train")).to_contain_text("days")
    expect(side).to_contain_text("27 of 240 missing")
    assert calm.axe(".canvas-side") == []
    side.get_by_label("Name of the node").fill("vitals")
    side.get_by_label("Name of the node").press("Enter")
    expect(page.locator(".react-flow__node[data-id='vitals']")).to_contain_text("ward · age, days")
    page.locator(".react-flow__node[data-id='outcome']").click()
    expect(side.locator(".ds-balance tbody tr").nth(1)).to_contain_text("well")

    # Another column, another data set, none.
    page.keyboard.press("Escape")
    page.locator(".react-flow__pane").click(position={"x": 5, "y": 5})
    expect(side.get_by_label("data set")).to_have_value("ward")
    side.get_by_label("Column of outcome").select_option("ward")
    expect(page.locator(".react-flow__node[data-id='outcome']")).to_contain_text("ward · ward")
    side.get_by_label("data set").select_option("digits")
    expect(page.locator(".react-flow__node[data-id='outcome']")).not_to_contain_text("ward")
    expect(side.get_by_label("Column of outcome")).to_have_value("")
    assert calm.axe(".canvas-side") == []
    expect(page.locator(".canvas-saved")).to_have_text(re.compile("saved$"))
    page.goto(f"{server.url}/data/ward?tab=uses")
    expect(page.get_by_text("No run and no graph uses it yet")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name=re.compile("Undo: ")).click()
    expect(page.locator(".react-flow__node[data-id='outcome']")).to_contain_text("ward · ward")
    expect(page.locator(".canvas-saved")).to_have_text(re.compile("saved$"))
    page.goto(f"{server.url}/data/ward?tab=uses")
    expect(page.get_by_role("region", name="1 graph")).to_contain_text("clinic")

    # Forgotten, it goes from the list, and the graph still reads its version.
    page.get_by_role("button", name="Actions of ward").click()
    page.get_by_role("menuitem", name="Forget ward").click()
    expect(page.get_by_role("dialog")).to_contain_text("the 1 graph with it")
    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_role("row", name="digits")).to_be_visible()
    expect(page.get_by_role("link", name="ward", exact=True)).to_have_count(0)
    assert get(server, f"datasets/ward?version={ref.partition('@')[2]}")["digest"] == ref.partition("@")[2]

    # What somebody else registers meanwhile comes by itself.
    server.post("/api/v1/datasets", {"name": "later", "path": path})
    expect(page.get_by_role("row", name="later")).to_be_visible()
