"""Leaderboards, runs and charts in a notebook, without a notebook: what they say, what their widgets send."""

import json
import math
import pickle
import re
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.core.errors import InputError, MissingExtraError, NotFoundError
from gnomon.sdk.lab_remote import decode_envelopes
from gnomon.sdk.notebook.follow import Follower
from gnomon.sdk.notebook.shown import VIEW
from gnomon.sdk.notebook.svg import drawing, ticks
from gnomon.sdk.notebook.widgets import BUILT

HOSTILE = '<img src=x onerror="alert(1)">&\'"</style></script>'


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


@pytest.fixture
def lab() -> Iterator[Any]:
    for rate, values in {0.1: (0.9, 0.92), 0.5: (0.6, math.nan)}.items():
        for seed, value in enumerate(values):
            config = {"lr": rate, "note": HOSTILE, "seed": seed}
            with gnomon.init("p", name=f"{HOSTILE}{rate}-{seed}", config=config, tags=[HOSTILE]) as run:
                run.log({"acc": 0.1}, step=0)
                run.log({"acc": value}, step=1)
    with gnomon.connect() as lab:
        yield lab


needs_page = pytest.mark.skipif(not (BUILT / "chart.js").is_file(), reason="the web UI is not built")


def frame(data: bytes) -> tuple[dict[str, Any], list[Any]]:
    """Return the header and the envelopes of what goes to a page."""
    size = int.from_bytes(data[4:8], "little")
    return json.loads(data[8 : 8 + size]), decode_envelopes(data)


def texts(html: str) -> list[str]:
    """Return the texts of the cells of a table, which must be well-formed."""
    return ["".join(cell.itertext()) for cell in ET.fromstring(f"<x>{html}</x>").iter("td")]


def test_a_leaderboard_says_itself_as_text_and_as_html_that_holds_no_markup_of_others(lab: Any) -> None:
    board = lab.leaderboard("p", "acc")
    lines = repr(board).splitlines()
    assert lines[0] == "<leaderboard by acc (max) of 4 runs>"
    assert [line.split() for line in lines[1:4]] == [
        ["#", "configuration", "runs", "acc"],
        ["1", "lr", "0.1", "2", "0.91", "±", "0.13"],
        ["2", "lr", "0.5", "1/2", "0.6"],
    ]
    html = board._repr_html_()
    assert texts(html)[:4] == ["1", "lr 0.1", "2", "0.91 ± 0.13"]
    hostile = lab.leaderboard("p", "acc", group_by="attr.name")._repr_html_()
    assert "<img" not in hostile
    assert f"name {HOSTILE}0.1-1" in texts(hostile)
    assert pickle.loads(pickle.dumps(board)).entries == board.entries


def test_runs_say_themselves_as_html_with_every_cell_as_text(lab: Any) -> None:
    runs = lab.runs("p", columns=("config.note", "metric.acc"), order="created")
    html = runs._repr_html_()
    assert "<img" not in html
    rows = [texts(html)[i : i + 5] for i in range(0, 20, 5)]
    assert [[row[0], row[1], row[3], row[4]] for row in rows] == [
        [f"{HOSTILE}0.1-0", "finished", HOSTILE, "0.9"],
        [f"{HOSTILE}0.1-1", "finished", HOSTILE, "0.92"],
        [f"{HOSTILE}0.5-0", "finished", HOSTILE, "0.6"],
        [f"{HOSTILE}0.5-1", "finished", HOSTILE, "NaN"],
    ]
    assert runs.to_csv().count("\n") == 5
    assert len(runs.to_pandas()) == runs.to_polars().height == 4


@needs_page
def test_the_bundle_has_a_live_form_a_static_one_and_text(lab: Any) -> None:
    for shown in (lab.leaderboard("p", "acc"), lab.runs("p"), lab.runs("p").chart("acc")):
        data, _ = shown._repr_mimebundle_()
        assert set(data) == {VIEW, "text/html", "text/plain"}
        assert type(shown._display_()).__name__ in {"TableWidget", "ChartWidget"}


def test_without_anywidget_there_is_the_static_form(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "gnomon.sdk.notebook.widgets")
    board = lab.leaderboard("p", "acc")
    data, metadata = board._repr_mimebundle_()
    assert (set(data), metadata) == ({"text/html", "text/plain"}, {})
    assert board._display_()._repr_html_() == board._repr_html_()
    with pytest.raises(MissingExtraError, match=r"Install gnomon\[notebook\]"):
        board.widget()


@needs_page
def test_a_widget_reads_again_and_says_why_it_cannot(lab: Any) -> None:
    board = lab.leaderboard("p", "acc").widget()
    runs = lab.runs("p", columns=("metric.acc",), order="created").widget()
    assert [row[-1] for row in json.loads(runs.content)["rows"]] == [0.9, 0.92, 0.6, "NaN"]
    with gnomon.init("p", config={"lr": 0.1, "note": HOSTILE, "seed": 2}) as run:
        run.log({"acc": 0.97})
    runs.refresh()
    board.refresh()
    assert (json.loads(runs.content)["matched"], json.loads(board.content)["runs"]) == (5, 5)
    best = json.loads(board.content)["protocols"][0]["entries"][0]
    assert [seed["value"] for seed in best["seeds"]] == [0.9, 0.92, 0.97]
    before = board.content
    lab.close()
    board.refresh()
    assert "closed" in board.note
    assert board.content == before


@needs_page
def test_a_widget_is_followed_while_the_page_looks_and_no_longer(lab: Any) -> None:
    widget = lab.leaderboard("p", "acc").widget()
    assert not widget.is_following
    widget.beat = 1
    assert widget.is_following
    widget.beat = 0
    assert not widget.is_following
    widget.beat = 1
    widget.close()
    assert not widget.is_following


def test_a_follower_reads_until_there_is_no_more() -> None:
    done = threading.Event()
    left = iter([True, True, False])

    def read() -> bool:
        more = next(left)
        if not more:
            done.set()
        return more

    follower = Follower(read, every_s=0.001)
    follower.seen()
    assert done.wait(30)
    follower.stop()
    assert (follower.is_following, list(left)) == (False, [])


def test_a_follower_ends_when_the_page_says_nothing_for_long() -> None:
    follower = Follower(lambda: True, every_s=0.001, gone_s=-1.0)
    follower.seen()
    thread = follower._thread
    if thread is not None:
        thread.join(30)
    assert not follower.is_following


def test_a_chart_answers_the_window_that_is_asked_with_its_exact_extremes() -> None:
    values = np.sin(np.arange(5_000) / 50)
    values[[1_234, 4_000]] = 7.0, math.nan
    with gnomon.init("p", name="wave") as run:
        for value in values.tolist():
            run.log({"wave": value})
        for value in (1.0, 2.0, math.nan, 3.0, 4.0):
            run.log({"gaps": value})
    with gnomon.connect() as lab:
        chart = lab.run("wave").chart("wave")
        data, goes_on = chart.frame({"n": 3, "px": 50, "first": 1_000, "last": 1_999})
        header, (found,) = frame(data)
        inside = values[1_000:2_000]
        assert not goes_on
        assert header["asked"] == {"n": 3, "window": [1_000.0, 1_999.0]}
        assert (header["lines"], header["title"], header["x"]) == ([{"name": "wave", "live": False}], "wave", "step")
        assert (found.n.sum(), found.high.max(), found.low.min()) == (1_000, 7.0, inside.min())
        assert found.high_x[found.high.argmax()] == 1_234
        odd, _ = chart.frame({"n": "x", "px": None, "first": HOSTILE, "last": [1]})
        assert frame(odd)[0]["asked"] == {"n": 0, "window": [None, None]}
        svg = ET.fromstring(chart._repr_html_())
        assert len(svg.findall(".//{*}polygon")) == len(svg.findall(".//{*}polyline")) == 1
        gaps = ET.fromstring(lab.run("wave").chart("gaps")._repr_html_())
        assert len(gaps.findall(".//{*}polyline")) == 2, "a gap where the value is no number"
        assert repr(chart) == "<chart of wave over step, 1 lines>"
        with pytest.raises(NotFoundError, match='no run has a series "wav"'):
            lab.run("wave").chart("wav")
        with pytest.raises(InputError, match="expected 1 to 200 lines, received 0"):
            lab.run("wave").chart()


@needs_page
def test_a_run_that_is_logged_draws_itself_before_and_while_it_is() -> None:
    run = gnomon.init("p", name=HOSTILE)
    chart = run.chart("loss")
    widget = chart.widget()
    assert "no values yet" in chart._repr_html_()
    header, (found,) = frame(widget.frame)
    assert (header["lines"], len(found.x0)) == ([{"name": HOSTILE, "live": True}], 0)
    for step in range(3):
        run.log({"loss": 1.0 / (step + 1)})
    widget.asked = {"n": 1, "px": 400, "first": None, "last": None}
    header, (found,) = frame(widget.frame)
    assert (header["asked"]["n"], found.mean.tolist()) == (1, [1.0, 0.5, 1 / 3])
    run.finish()
    assert widget._again() is False, "nothing more comes"
    assert frame(widget.frame)[0]["lines"][0]["live"] is False
    assert "<img" not in chart._repr_html_()


def test_a_drawing_names_its_lines_and_escapes_them(lab: Any) -> None:
    html = lab.runs("p").chart("acc")._repr_html_()
    drawn = ET.fromstring(html)
    assert html.count("&lt;img") == 4
    strokes = {line.get("stroke") for line in drawn.findall(".//{*}polyline")}
    assert len(strokes) == 3, "each line its own colour; the one without a second value is a point"
    assert "no values yet" in drawing("a<b", "step", [], 300, 100)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.2, 17.0), (1e-9, 2e-9), (5.0, 5.0)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 1 <= len(found) <= 8
    assert all(low - 1e-12 <= tick <= high + 1e-12 for tick in found)
    assert all(re.fullmatch(r"-?\d+(\.\d+)?(e[+-]\d+)?", repr(tick)) for tick in found)
