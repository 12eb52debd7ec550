"""What is logged appears by itself, quickly, and a server that goes and comes back loses nothing on the way."""

import json
import re
import time
from typing import Any

from playwright.sync_api import Page, expect

P95_MS = 300
"""The bound that the issue sets: from logging a value to seeing it, over 100 values."""


def drawn(page: Page, name: str) -> Any:
    return page.get_by_role("figure", name=name, exact=True).locator(".chart-last")


def test_a_logged_value_is_on_screen_within_the_bound(fresh_tab: Any) -> None:
    server = fresh_tab.server
    server.log("live", "r", {"loss": [1.0, 0.9]})
    page = fresh_tab.open(f"/p/live/r/{server.ids('live')['r']}")
    expect(drawn(page, "loss")).to_have_text("0.9")
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
    # The caption is written in the same task that paints the canvas: when it changes, the point is drawn.
    page.evaluate("""() => {
      window.seen = {};
      const last = document.querySelector("figure[aria-label=loss] .chart-last");
      new MutationObserver(() => { window.seen[last.textContent] ??= Date.now(); }).observe(last, {childList: true, characterData: true, subtree: true});
    }""")
    sent: dict[str, float] = {}
    for i in range(100):
        sent[str(2000 + i)] = time.time() * 1000
        server.ingest({"project": "live", "run": "r", "step": 2 + i, "loss": 2000 + i})
        page.wait_for_function("value => value in window.seen", arg=str(2000 + i), polling=20)
    seen = page.evaluate("window.seen")
    waits = sorted(seen[value] - at for value, at in sent.items())
    p50, p95 = waits[49], waits[94]
    print(json.dumps({"figure": "log to screen", "unit": "ms", "p50": round(p50), "p95": round(p95), "n": len(waits)}))
    assert p95 < P95_MS


def test_a_zoomed_view_is_not_moved_by_what_arrives(fresh_tab: Any) -> None:
    server = fresh_tab.server
    server.log("live", "r", {"loss": [float(i) for i in range(50)]})
    page = fresh_tab.open(f"/p/live/r/{server.ids('live')['r']}?zoom=10~20")
    figure = fresh_tab.chart("loss")
    picture = "c => c.toDataURL()"
    before = figure.locator("canvas").first.evaluate(picture)
    server.ingest({"project": "live", "run": "r", "step": 60, "loss": 99.5})
    expect(page.get_by_text("step 60")).to_be_visible()
    expect(figure.locator(".chart-last")).to_have_text("99.5")
    assert figure.locator("canvas").first.evaluate(picture) == before
    assert "zoom=10~20" in page.url


def test_new_runs_appear_and_ended_ones_change_their_mark(fresh_tab: Any) -> None:
    server = fresh_tab.server
    server.log("live", "a", {"loss": [1.0]})
    page = fresh_tab.open("/p/live")
    expect(page.get_by_role("row", name=re.compile("running a"))).to_be_visible()
    server.log("live", "b", {"loss": [2.0]})
    expect(page.get_by_role("row", name=re.compile("running b"))).to_be_visible()
    expect(page.locator(".running")).to_have_text("2 running")
    server.ingest({"project": "live", "run": "a", "state": "finished"})
    expect(page.get_by_role("row", name=re.compile("finished a"))).to_be_visible()
    expect(page.locator(".running")).to_have_text("1 running")


def test_a_stopped_server_is_named_and_nothing_is_missing_when_it_is_back(fresh_tab: Any) -> None:
    fresh_tab.watch.allow("WebSocket|ERR_CONNECTION|Failed to load")
    server = fresh_tab.server
    server.log("live", "r", {"loss": [float(i) for i in range(10)]})
    page = fresh_tab.open(f"/p/live/r/{server.ids('live')['r']}")
    expect(drawn(page, "loss")).to_have_text("9")
    server.stop()
    expect(page.get_by_text("server stopped: run")).to_be_visible(timeout=15_000)
    server.start()
    for step in range(10, 40):
        server.ingest({"project": "live", "run": "r", "step": step, "loss": float(step)})
    expect(drawn(page, "loss")).to_have_text("39", timeout=15_000)
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
    assert points(page, "loss") == list(range(40))


def points(page: Page, name: str) -> list[int]:
    """Read the steps that the chart itself holds, through its keys and its spoken values."""
    figure = page.get_by_role("figure", name=name, exact=True)
    figure.get_by_role("img").focus()
    page.keyboard.press("Home")
    found: list[int] = []
    for _ in range(200):
        said = re.match(r"step (\d+):", figure.locator("[aria-live]").inner_text())
        assert said is not None
        if found and int(said[1]) == found[-1]:
            break
        found.append(int(said[1]))
        page.keyboard.press("ArrowRight")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return found


def test_a_flood_of_values_ends_in_the_same_picture_as_reading_them_afresh(fresh_tab: Any) -> None:
    server = fresh_tab.server
    server.log("live", "r", {"loss": [0.0]})
    page = fresh_tab.open(f"/p/live/r/{server.ids('live')['r']}")
    expect(drawn(page, "loss")).to_have_text("0")
    for start in range(1, 30_001, 1_000):
        steps = list(range(start, start + 1_000))
        values = [(s * 7919 % 1000) / 1000 for s in steps]
        server.ingest({"project": "live", "run": "r", "columns": {"step": steps, "loss": values}})
    server.ingest({"project": "live", "run": "r", "step": 40_000, "loss": 3.25, "state": "finished"})
    figure = page.get_by_role("figure", name="loss", exact=True)
    expect(drawn(page, "loss")).to_have_text("3.25")
    expect(figure).to_contain_text("all extremes drawn")
    page.get_by_role("heading", name="r", exact=True).click()
    page.reload()
    expect(drawn(page, "loss")).to_have_text("3.25")
    expect(figure).to_contain_text(re.compile(r"1 px = \d+ points, all extremes drawn"))
