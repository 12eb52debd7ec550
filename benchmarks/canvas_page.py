"""How quickly an edit of a graph is on the screen, and how smoothly large graphs are panned, in a real browser.

    python benchmarks/canvas_page.py [NODES …]        100 300 1000 unless told

An edit sets the number of filters of the first layer in the form; it is on screen when the card of the last layer that
depends on it shows its new shape: request, inference of the whole graph, answer and drawing are all part of it. Its
previews are fresh when no card in sight waits for one any more: they run in a worker with PyTorch. Panning
is the wheel, as two fingers do it: with the whole graph in sight, and at a zoom at which cards are read. Chromium draws in software here: a machine with a GPU does better.
"""

import json
import math
import shutil
import statistics
import sys
import tempfile
import urllib.request
from importlib import util
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from _measure import report
from page_open import FLAGS, busy_s, chromium_path, served, until

EDITS, PAN_MOVES = 20, 240
# From the key to the first frame in which the last card says the new shape.
EDITED = """() => {
  const card = document.querySelector(".react-flow__node[data-id='last'] .node-line span");
  bench.edited = 0;
  document.addEventListener("input", () => {
    const began = performance.now(), before = card.textContent;
    const look = () => card.textContent !== before
      ? requestAnimationFrame(() => { bench.edited = performance.now() - began; })
      : requestAnimationFrame(look);
    look();
  }, {once: true, capture: true});
}"""
FRAMES = """() => {
  bench.gaps = [];
  let before = performance.now();
  const look = (now) => { bench.gaps.push(now - before); before = now; requestAnimationFrame(look); };
  requestAnimationFrame((now) => { before = now; requestAnimationFrame(look); });
}"""


def network(count: int) -> dict[str, Any]:
    """Return a network of so many nodes: blocks of convolutions with a way past them, placed in rows."""
    nodes: list[dict[str, Any]] = [{"id": "image", "type": "core/image_input@1"}]
    edges: list[dict[str, Any]] = []
    last, sources = "image", []
    while len(nodes) < count - 1:
        name = f"n{len(nodes)}"
        if len(nodes) % 6 == 0 and len(sources) > 3:
            nodes.append({"id": name, "type": "core/add@1"})
            edges += [edge(last, name, "in.0"), edge(sources[-4], name, "in.1")]
        else:
            kind = "core/conv2d@1" if len(nodes) % 2 else "core/dropout@1"
            params = {"filters": 16, "padding": "same"} if len(nodes) % 2 else {}
            nodes.append({"id": name, "type": kind, "params": params})
            edges.append(edge(last, name))
        last = name
        sources.append(name)
    nodes.append({"id": "last", "type": "core/dropout@1"})
    edges.append(edge("n1", "last"))
    for i, node in enumerate(nodes):
        node["ui"] = {"x": i % 20 * 224, "y": i // 20 * 110}
    nodes[-1]["ui"] = {"x": 224, "y": -110}
    return {"nodes": nodes, "edges": edges}


def edge(source: str, target: str, port: str = "in") -> dict[str, Any]:
    """Return an edge between two nodes."""
    return {"from": [source, "out"], "to": [target, port]}


def made(url: str, count: int) -> str:
    """Make a graph and return the address of its page."""
    body = json.dumps({"project": "bench", "name": f"n{count}", "graph": network(count)}).encode()
    request = urllib.request.Request(f"{url}/api/v1/graphs", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return f"{url}/p/bench/canvas/{json.load(answer)['id']}"


def opened(browser: Browser, address: str, what: str) -> Page:
    """Open a graph, print how long that took, and return its page."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    # Previews run in the background after an edit: they have a figure of their own.
    page.add_init_script("window.bench = {}; localStorage.setItem('gnomon.canvas.previews', 'off');")
    page.goto(address, wait_until="commit")
    ms = until(page, "document.querySelector('.react-flow__node .node-line') && performance.now()")
    report(f"canvas: {what}, cards drawn", float(ms), "ms", target=1000)
    until(page, "/[0-9]/.test(document.querySelector('.canvas-foot')?.textContent ?? '')")
    return page


def edit(page: Page, what: str) -> None:
    """Print how long an edit takes to be on the screen."""
    toward(page, "n1")
    page.locator(".react-flow__node[data-id='n1']").click()
    field = page.get_by_role("spinbutton", name="filters")
    times = []
    for turn in range(EDITS):
        page.evaluate(EDITED)
        field.fill(str(17 + turn))
        times.append(float(until(page, "bench.edited")))
    slow = sorted(times)[math.ceil(0.95 * len(times)) - 1]
    report(f"canvas: {what}, edit to shapes on screen", statistics.median(times), "ms", target=50, n=EDITS, p95=slow)


def toward(page: Page, node: str) -> None:
    """Zoom in around a node until cards are read; from afar they have their names only."""
    whole(page)
    page.locator(f".react-flow__node[data-id='{node}']").hover()
    page.keyboard.down("Control")
    for _ in range(12):
        page.mouse.wheel(0, -60)
    while page.locator(".node-card.far").count():  # the more nodes, the farther away it began
        page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    until(page, "!document.querySelector('.node-card.far') && document.querySelector('.node-card .node-line')")


def whole(page: Page) -> None:
    """Show all of the graph."""
    page.locator(".stage").focus()
    page.keyboard.press("0")
    until(page, "document.querySelector('.node-card')")


def pan(page: Page, what: str, target: float) -> None:
    """Print frames per second while the graph is panned, and what a frame costs."""
    page.mouse.move(600, 500)
    tracer = page.context.new_cdp_session(page)
    tracer.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    tracer.send("Performance.enable")
    before = busy_s(tracer)
    page.evaluate(FRAMES)
    for turn in range(PAN_MOVES):
        page.mouse.wheel(0, 14 if turn < PAN_MOVES / 2 else -14)
    gaps = page.evaluate("() => bench.gaps.splice(0)")
    cost = (busy_s(tracer) - before) / len(gaps)
    report(f"canvas: {what}, pan", 1000 * len(gaps) / sum(gaps), "fps", target=target, n=len(gaps))
    slow = sorted(gaps)[math.ceil(0.95 * len(gaps)) - 1]
    report(f"canvas: {what}, pan, 95 % of frames within", slow, "ms", over_50_ms=sum(gap > 50 for gap in gaps))
    report(f"canvas: {what}, pan, processor time of the main thread a frame", 1000 * cost, "ms", target=16.7)


# From the key to the first frame in which no preview in sight is of before the edit.
FRESH = """() => {
  bench.fresh = 0;
  let asked = false;
  document.addEventListener("input", () => {
    const began = performance.now();
    const look = () => {
      const stale = document.querySelector(".node-strip.stale") !== null;
      asked ||= stale;
      if (asked && !stale) requestAnimationFrame(() => { bench.fresh = performance.now() - began; });
      else requestAnimationFrame(look);
    };
    look();
  }, {once: true, capture: true});
}"""


def previews(page: Page, what: str) -> None:
    """Print how long the first previews take, and those after an edit."""
    toward(page, "n1")
    began = page.evaluate("performance.now()")
    page.get_by_role("button", name="Previews").click()
    ready = "document.querySelector('.sample-now') && !document.querySelector('.node-strip.stale') && performance.now()"
    report(f"canvas: {what}, first previews, worker included", float(until(page, ready)) - began, "ms", target=6000)
    page.locator(".react-flow__node[data-id='n1']").click()
    field, times = page.get_by_role("spinbutton", name="filters"), []
    for turn in range(EDITS // 2):
        page.evaluate(FRESH)
        field.fill(str(60 + turn))
        times.append(float(until(page, "bench.fresh")))
    slow = max(times)
    report(f"canvas: {what}, edit to fresh previews", statistics.median(times), "ms", n=len(times), slowest=slow)


def main() -> None:
    """Measure graphs of each size."""
    home = Path(tempfile.mkdtemp(prefix="gnomon-bench-"))
    try:
        with sync_playwright() as playwright, served(home) as url:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            for count in map(int, sys.argv[1:] or (100, 300, 1000)):
                what = f"{count} nodes"
                page = opened(browser, made(url, count), what)
                edit(page, what)
                target = 55 if count <= 300 else 30
                pan(page, f"{what}, read", target)
                whole(page)
                pan(page, f"{what}, all in sight", target)
                if count <= 100 and util.find_spec("torch"):
                    previews(page, what)
                page.context.close()
            browser.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
