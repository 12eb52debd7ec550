"""The widgets of notebooks in a browser: the built scripts, a model as anywidget gives it, data that Python made."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

import gnomon
from gnomon.store.envelope import Window

HERE = Path(__file__).parent
BUILT = Path(gnomon.__file__).parent / "static/widgets"
NAME = '<img src=x onerror="window.hacked=1">'


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page that reaches nothing and must stay without errors."""
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(15_000)
    page, troubles = context.new_page(), []

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            troubles.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "request", lambda request: request.url.startswith(("blob:", "data:", "about:")) or troubles.append(request.url)
    )
    page.set_content((HERE / "widget_page.html").read_text("utf-8"))
    yield page
    assert page.evaluate("window.hacked") is None
    context.close()
    assert troubles == []


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    for rate, accuracies in {0.1: (0.91, 0.93, 0.92), 0.5: (0.6, 0.7, 0.65), 0.01: (0.2,)}.items():
        for seed, accuracy in enumerate(accuracies):
            with gnomon.init("p", name=f"r{rate}-{seed}", config={"lr": rate, "opt": NAME, "seed": seed}) as run:
                run.log({"acc": accuracy})
    with gnomon.connect() as lab:
        yield lab


def show(page: Page, widget: Any, script: str) -> None:
    """Render a widget with the state that Python would send."""
    state = {
        name: getattr(widget, name) for name in ("beat", "note", "content", "asked", "height") if hasattr(widget, name)
    }
    frame = base64.b64encode(widget.frame).decode() if hasattr(widget, "frame") else None
    code = (BUILT / f"{script}.js").read_text("utf-8")
    page.evaluate("([code, state, frame]) => window.show(code, state, frame)", [code, state, frame])


def column(page: Page, place: int) -> list[str]:
    return page.get_by_role("table").first.locator(f"> tbody > tr > td:nth-child({place})").all_inner_texts()


def test_a_leaderboard_sorts_filters_and_opens_its_seeds(page: Page, lab: Any) -> None:
    widget = lab.leaderboard("p", "acc").widget()
    show(page, widget, "leaderboard")
    table = page.get_by_role("table", name="Leaderboard by acc")
    assert column(page, 2) == ["lr 0.1", "lr 0.5", "lr 0.01"]
    assert column(page, 4) == ["0.920 ± 0.025", "0.65 ± 0.12", "0.2"]
    assert table.locator("tr.strong").count() == 2, "a single run is too few to be called worse"
    page.get_by_role("button", name="acc", exact=True).click()
    page.get_by_role("button", name="acc", exact=True).click()
    assert column(page, 2) == ["lr 0.01", "lr 0.5", "lr 0.1"]
    expect(page.get_by_role("columnheader", name="acc")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("searchbox", name="Filter acc").fill("> 0.5")
    page.get_by_role("searchbox", name="Filter configuration").fill("lr 0.1")
    assert column(page, 2) == ["lr 0.1"]
    expect(page.get_by_role("status").filter(has_text="pass")).to_have_text("1 of 3 rows pass the filters")
    page.get_by_role("button", name="lr 0.1").click()
    seeds = page.get_by_role("table", name="Runs of lr 0.1")
    assert seeds.get_by_role("row").all_inner_texts()[1:] == [
        "r0.1-0\t0\t0.91\tfinished",
        "r0.1-1\t1\t0.93\tfinished",
        "r0.1-2\t2\t0.92\tfinished",
    ]
    with gnomon.init("p", name="late", config={"lr": 0.1, "opt": NAME, "seed": 3}) as run:
        run.log({"acc": 0.94})
    widget.refresh()
    page.evaluate("content => window.model.receive('content', content)", widget.content)
    expect(seeds.get_by_role("row")).to_have_count(5)
    assert page.evaluate("model.saved") == [{"beat": 1}]
    page.evaluate("leave()")
    assert page.evaluate("[model.saved.at(-1), document.getElementById('cell').shadowRoot.childElementCount]") == [
        {"beat": 0},
        0,
    ]


def test_runs_are_a_table_whose_names_are_text_and_nothing_else(page: Page, lab: Any) -> None:
    runs = lab.runs("p", columns=("config.opt", "config.lr", "metric.acc"), order="created")
    show(page, runs.widget(), "runs")
    assert column(page, 4) == [NAME] * 7
    page.get_by_role("button", name="lr", exact=True).click()
    assert [float(text) for text in column(page, 5)] == [0.01, 0.1, 0.1, 0.1, 0.5, 0.5, 0.5]
    page.get_by_role("searchbox", name="Filter name").fill("0.5")
    page.get_by_role("searchbox", name="Filter acc").fill("0.6..0.65")
    assert column(page, 1) == ["r0.5-0", "r0.5-2"]
    expect(page.locator(".widget-whole")).to_have_attribute("data-theme", "light")
    page.evaluate("document.body.className = 'dark'")
    expect(page.locator(".widget-whole")).to_have_attribute("data-theme", "dark")


def test_a_chart_asks_for_what_it_draws_and_shows_the_spike_that_lies_there(page: Page, home: Path) -> None:
    values = np.zeros(20_000)
    values[12_345] = 9.0
    with gnomon.init("p", name="spiky") as run:
        for step, value in enumerate(values.tolist()):
            run.log({"loss": value}, step=step)
    with gnomon.connect() as lab:
        chart = lab.run("p/spiky").chart("loss")
        show(page, chart.widget(), "chart")
        figure = page.get_by_role("figure", name="loss over step")
        foot = figure.locator(".chart-foot")
        expect(foot).to_have_text("1 px = 22 points, all extremes drawn")
        plot = page.get_by_role("img", name=re.compile("Line chart of loss over step for spiky"))
        page.wait_for_function("model.state.asked.n === 1")  # the first width is a guess of Python's
        asked = page.evaluate("model.state.asked")
        assert (asked["first"], asked["last"]) == (None, None)
        assert 300 < asked["px"] < 1000
        page.evaluate("frame => answer(frame)", base64.b64encode(chart.frame(asked)[0]).decode())
        box = plot.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 60, steps=4)
        page.mouse.up()
        page.wait_for_function("model.state.asked.n === 2")
        asked = page.evaluate("model.saved.at(-1).asked")
        assert 9_000 < asked["first"] < 10_500
        assert 14_000 < asked["last"] < 16_000
        frame, is_live = chart.frame(asked)
        assert not is_live
        page.evaluate("frame => answer(frame)", base64.b64encode(frame).decode())
        inside = values[int(np.ceil(asked["first"])) : int(asked["last"]) + 1]
        (found,) = chart.envelopes(Window(asked["px"], asked["first"], asked["last"]))
        assert found.n.sum() == len(inside)
        each = f"{len(inside) / len(found.n):.1f}".removesuffix(".0")
        expect(foot).to_have_text(f"1 px = {each} points, all extremes drawn")
        assert (found.high.max(), found.high_x[found.high.argmax()]) == (9.0, 12_345.0)
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function("model.state.asked.n === 3 && model.state.asked.first === null")
        page.evaluate("leave()")
        assert page.evaluate("model.saved.at(-1)") == {"beat": 0}
