"""A sweep in a real browser: begun on the canvas, followed, paused, stopped, read and removed."""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need sessions, pipes with names and signals")

CHAIN: dict[str, tuple[str, dict[str, Any]]] = {
    "x": ("core/image_input@1", {"height": 8, "width": 8}),
    "flat": ("core/flatten@1", {}),
    "ten": ("core/dense@1", {"units": 10}),
    "out": ("core/classification@1", {}),
}
GRAPH: dict[str, Any] = {
    "format": "graph/1",
    "name": "tiny",
    "nodes": [{"id": name, "type": kind, "params": params} for name, (kind, params) in CHAIN.items()],
    "edges": [{"from": [a, "out"], "to": [b, "in"]} for a, b in pairwise(CHAIN)],
    "data": {"dataset": "digits"},
}
TRIES = """
import sys, gnomon
with gnomon.init("speech") as run:
    run.log({"loss": abs(float(sys.argv[1]) - 2)}, step=0)
    if sys.argv[1] == "3":
        import signal; signal.pause()
"""


def asked(server: Any, method: str, path: str) -> Any:
    request = urllib.request.Request(f"{server.url}/api/v1{path}", method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture
def busy(fresh: Any) -> Iterator[Any]:
    """A server whose sweeps and jobs end with the test, whatever it left."""
    yield fresh
    for kind in ("sweeps", "jobs"):
        while rows := [row for row in asked(fresh, "GET", f"/{kind}")[kind] if "stop" in row["can"]]:
            for row in rows:
                with suppress(urllib.error.HTTPError):  # it ended meanwhile
                    fresh.post(f"/api/v1/{kind}/{row['id']}:stop", {})


def test_a_sweep_is_listed_followed_paused_stopped_and_removed(fresh_tab: Any, busy: Any, tmp_path: Path) -> None:
    script = {"argv": [sys.executable, "-c", TRIES, "{rate}"], "cwd": str(tmp_path)}
    body = {"kind": "script", "script": script, "space": {"rate": "1,2,3"}, "search": "grid", "metric": "loss"}
    busy.post("/api/v1/sweeps", {**body, "name": "rates", "project": "speech", "parallel": 1})
    page = fresh_tab.open("/jobs")
    page.emulate_media(reduced_motion="reduce")  # no colour is met half way
    listed = page.get_by_role("region", name="Sweeps").get_by_role("listitem")
    expect(listed).to_contain_text("2 of 3 trials", timeout=60_000)
    expect(listed).to_contain_text("0 loss · rate 2")
    page.get_by_role("link", name="rates", exact=True).click()
    expect(page.get_by_role("heading", name="rates", level=1)).to_be_visible()
    best = page.get_by_role("region", name="Best so far")
    expect(best).to_contain_text("Best so far of 2 points")
    expect(page.get_by_role("row").filter(has_text="running")).to_contain_text("3")
    expect(page.get_by_role("img", name="loss of 3 trials; the best is 0.")).to_be_visible()
    assert fresh_tab.axe() == []

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("row").filter(has_text="paused")).to_have_count(1, timeout=60_000)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("row").filter(has_text="running")).to_have_count(1, timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was stopped.").first).to_be_visible(timeout=60_000)
    rows = page.locator(".sweep-trials tbody tr")
    expect(rows.first).to_have_class("best")
    expect(rows.first).to_contain_text("finished")
    page.get_by_role("button", name="Best first").click()
    expect(rows.first.get_by_role("rowheader")).to_have_text("1")
    rows.nth(1).get_by_role("link", name="open").click()
    expect(page).to_have_url(re.compile("/p/speech/r/"))
    page.go_back()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/jobs$"))
    expect(page.get_by_role("region", name="Sweeps")).to_have_count(0)


def test_a_search_over_a_graph_is_asked_for_beside_train(fresh_tab: Any, busy: Any) -> None:
    made = busy.post("/api/v1/graphs", {"project": "digits", "name": "tiny", "graph": GRAPH})
    page = fresh_tab.open(f"/p/digits/canvas/{made['id']}")
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="Sweep…").click()
    dialog = page.get_by_role("dialog", name="Search over tiny")
    expect(dialog.get_by_label("lr", exact=True)).to_have_value("log:0.0001..0.01")
    dialog.get_by_role("button", name="Add a setting or parameter…").click()
    page.get_by_role("option", name="ten.units").click()
    expect(dialog.get_by_label("ten.units", exact=True)).to_have_value("5,10,20")
    fresh_tab.watch.allow("status of 400")
    dialog.get_by_label("ten.units", exact=True).fill("10..5")
    assert fresh_tab.axe() == []
    dialog.get_by_role("button", name="Begin").click()
    expect(dialog.get_by_role("alert")).to_contain_text("expected a range from the smaller to the larger number")
    dialog.get_by_role("button", name="Do not search ten.units").click()
    dialog.get_by_label("search", exact=True).select_option("grid")
    dialog.get_by_label("lr", exact=True).fill("log:1e-3..1e-1:3")
    dialog.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="tiny sweep", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="What is searched")).to_contain_text("to 0.1, logarithmic, 3 values")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was stopped.").first).to_be_visible(timeout=120_000)
