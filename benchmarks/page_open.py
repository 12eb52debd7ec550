"""How long pages take to be useful, and how smoothly they scroll, in a real browser against a real server process.

    python benchmarks/page_open.py [PART …]        table keys steps overlay; all unless told

table: a project of 10,000 runs of 100 metrics; keys: a run of 10,000 metrics; steps: one chart of 5 runs of 1,000,000
steps; overlay: one chart of 100 runs of 10,000 steps, panned. Useful means that rows with values are listed and the first chart is drawn, counted from the navigation, in a
browser context that has never seen the page. Chromium draws in software here: a machine with a GPU does better.
"""

import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from _measure import report
from gnomon.core.batch import Batch, Change, Frame
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.store import schema
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.stats import ROW

RUNS, METRICS, LOGGED, KEYS, STEPS = 10_000, 100, 60, 10_000, 1_000_000
MANY_RUNS, MANY_METRICS = 100_000, 10
OVERLAID, OVERLAID_STEPS, PAN_MOVES = 100, 10_000, 200
ROUNDS, SCROLL_S = 5, 3
NOW_US = int(time.time() * 1e6)
COMMAND = [sys.executable, "-c", "from gnomon.cli.main import main; main()", "up", "--no-browser", "--port", "0"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

# Watches from inside the page, so that no round trip to this process is part of a figure.
WATCH = """
window.bench = {useful: null, listed: null, envelopes: 0, pending: 0};
const plain = window.fetch;
window.fetch = async (...args) => {
  if (!String(args[0]).endsWith("/envelopes")) return plain(...args);
  bench.pending++;
  try { return await plain(...args); } finally { bench.pending--; bench.envelopes++; }
};
const drawn = () => {
  const chart = document.querySelector(".chart .chart-body[aria-busy=false]");
  return chart !== null && /drawn|point/.test(chart.parentElement.querySelector(".chart-foot").textContent);
};
const listed = () => !document.querySelector(".runs-grid")
  || [...document.querySelectorAll(".runs-rows .row .cell.number")].some((e) => /[0-9]/.test(e.textContent));
const look = () => {
  if (bench.listed === null && listed() && document.querySelector(".runs-rows .row")) bench.listed = performance.now();
  if (drawn() && listed()) bench.useful = performance.now(); else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
SCROLL = """async ([selector, seconds, speed]) => {
  const box = document.querySelector(selector), gaps = [];
  let before = await new Promise(requestAnimationFrame), end = before + 1000 * seconds;
  while (before < end) {
    box.scrollTop += speed;
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - before);
    before = now;
  }
  return gaps;
}"""
FRAMES = """() => {
  bench.gaps = [];
  let before = performance.now();
  const look = (now) => { bench.gaps.push(now - before); before = now; requestAnimationFrame(look); };
  requestAnimationFrame((now) => { before = now; requestAnimationFrame(look); });
}"""
# From the click on a head to the first frame in which other rows stand on top.
SORTED = """() => {
  const top = () => document.querySelector(".runs-rows .row .cell.name a")?.textContent;
  const before = top();
  bench.sorted = 0;
  window.addEventListener("click", () => {
    const began = performance.now();
    const look = () => top() !== undefined && top() !== before
      ? requestAnimationFrame(() => { bench.sorted = performance.now() - began; })
      : requestAnimationFrame(look);
    look();
  }, {once: true, capture: true});
}"""
REDRAWN = """() => new Promise((done) => {
  const had = bench.envelopes;
  window.addEventListener("pointerup", () => {
    const began = performance.now();
    const look = () => bench.envelopes > had && bench.pending === 0
      ? requestAnimationFrame(() => requestAnimationFrame(() => { bench.redrawn = performance.now() - began; }))
      : requestAnimationFrame(look);
    look();
  }, {once: true, capture: true});
  done(true);
})"""


def fill_table(home: Path) -> None:
    """Write 10,000 finished runs of 100 metrics."""
    fill_runs(home, RUNS, METRICS)


def fill_many(home: Path) -> None:
    """Write 100,000 finished runs of 10 metrics."""
    fill_runs(home, MANY_RUNS, MANY_METRICS)


def fill_runs(home: Path, runs: int, metrics: int) -> None:
    """Write finished runs; the newest 60, whose charts are looked at, have 200 steps each."""
    rng = np.random.default_rng(0)
    old, empty = runs - LOGGED, msgspec.msgpack.encode
    db = schema.connect(home / "store.db", write=True)
    with db:
        db.executemany(
            "INSERT INTO run VALUES(?,?,'wide',?,'finished',?,?,?,NULL,?,'',0,NULL,?,0,9,?,0,0)",
            (
                (n, f"{n:020d}", f"run-{n}", us, us, us, empty([]), empty({}), empty({}))
                for n in range(old)
                for us in [NOW_US - (runs - n) * 60_000_000]
            ),
        )
        for key in range(4):
            values = rng.integers(1, 9, old).tolist()
            db.executemany(
                "INSERT INTO param VALUES(?,?,?,NULL)", ((f"p{key}", n, float(v)) for n, v in enumerate(values))
            )
        stats = np.zeros((old, metrics), ROW)
        stats["n"], stats["last_step"], stats["last_us"], stats["low_step"], stats["high_step"] = 10, 9, 9, 1, 2
        stats["last"], stats["low"], stats["high"], stats["total"] = rng.random((old, metrics)), 0.01, 1.5, 5
        db.executemany(
            "INSERT INTO series VALUES(?,?,?,?)",
            ((f"train/m{key:02}", n, key, stats[n, key].tobytes()) for n in range(old) for key in range(metrics)),
        )
    db.close()
    keys = tuple(f"train/m{key:02}" for key in range(metrics))
    log(home, "wide", [(f"late-{n}", keys, curves(rng, metrics, 200)) for n in range(LOGGED)])


def fill_overlay(home: Path) -> None:
    """Write 100 runs of 10,000 steps."""
    rng = np.random.default_rng(3)
    log(home, "overlay", [(f"run-{n}", ("loss",), curves(rng, 1, OVERLAID_STEPS)) for n in range(OVERLAID)])


def fill_keys(home: Path) -> None:
    """Write one run of 10,000 metrics of 50 steps, in 100 sections, as layers give them."""
    keys = tuple(f"layer{i // 100:02}/w{i % 100:02}" for i in range(KEYS))
    log(home, "keys", [("many-keys", keys, curves(np.random.default_rng(1), KEYS, 50))])


def fill_steps(home: Path) -> None:
    """Write 5 runs of 1,000,000 steps."""
    rng = np.random.default_rng(2)
    log(home, "steps", [(f"long-{n}", ("loss",), curves(rng, 1, STEPS)) for n in range(5)])


def curves(rng: np.random.Generator, keys: int, steps: int) -> np.ndarray:
    """Return falling curves with noise `(keys, steps)`."""
    fall = 2 * np.exp(-np.linspace(0, 4, steps))
    return fall * (1 + 0.1 * rng.standard_normal((keys, steps)))


def log(home: Path, project: str, runs: list[tuple[str, tuple[str, ...], np.ndarray]]) -> None:
    """Write finished runs through the engine."""
    with SqliteEngine(home) as engine:
        for name, keys, values in runs:
            uid, step = run_id(), np.arange(values.shape[1])
            opened = Open(run=uid, project=project, writer="w", name=name, us=NOW_US)
            engine.append([Batch(uid, "", 0, 0, (), opened=opened)])
            engine.bulk(uid, [Frame(keys, step, NOW_US + step * 1000, values)])
            engine.append([Batch(uid, "", 0, 0, (Change(NOW_US, {"state": "finished"}),))])


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve a home in its own process and give its URL."""
    process = subprocess.Popen([*COMMAND, "--home", str(home)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("gnomon is up: ").strip()
    finally:
        process.terminate()
        process.communicate(timeout=20)


@contextmanager
def opened(browser: Browser, address: str) -> Iterator[tuple[Page, float]]:
    """Open an address in a browser context of its own and give the page and the milliseconds until it was useful."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    try:
        yield page, float(until(page, "bench.useful"))
    finally:
        context.close()


def until(page: Page, expression: str) -> Any:
    """Return an expression's value once it is true; the page's own policy forbids Playwright's way of waiting."""
    look = f"const value = {expression}; if (value) done(value); else requestAnimationFrame(look);"
    return page.evaluate(f"() => new Promise((done) => {{ const look = () => {{ {look} }}; look(); }})")


def useful(browser: Browser, address: str, what: str) -> None:
    """Print the time to useful: of the first visit to this server, and the median of fresh contexts after it."""
    times, paints = [], []
    for _ in range(ROUNDS + 1):
        with opened(browser, address) as (page, ms):
            times.append(ms)
            paints.append(
                page.evaluate("[performance.getEntriesByName('first-contentful-paint')[0].startTime, bench.listed]")
            )
    report(f"page: {what}, useful, first visit since the server started", times[0], "ms", target=1000)
    report(f"page: {what}, useful", statistics.median(times[1:]), "ms", target=1000, n=ROUNDS)
    report(
        f"page: {what}, first paint", statistics.median(paint[0] for paint in paints[1:]), "ms", target=1000, n=ROUNDS
    )
    if paints[0][1] is not None:
        listed = statistics.median(paint[1] for paint in paints[1:])
        report(f"page: {what}, runs listed", listed, "ms", target=1000, n=ROUNDS)


def scroll(browser: Browser, address: str, selector: str, what: str, speed: int) -> None:
    """Print frames per second of a scroll of `speed` pixels a frame, its slow frames, and what a frame costs."""
    with opened(browser, address) as (page, _):
        until(page, "bench.pending === 0")
        tracer = page.context.new_cdp_session(page)
        tracer.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
        tracer.send("Performance.enable")
        before = busy_s(tracer)
        gaps = page.evaluate(SCROLL, [selector, SCROLL_S, speed])
        cost = (busy_s(tracer) - before) / len(gaps)
        travelled = page.evaluate("s => document.querySelector(s).scrollTop", selector)
    assert travelled > speed * len(gaps) / 2, "the end was reached: what was measured stood still"
    report(f"page: {what}, scroll", 1000 * len(gaps) / sum(gaps), "fps", target=60, n=len(gaps))
    slow = sorted(gaps)[math.ceil(0.95 * len(gaps)) - 1]
    report(f"page: {what}, scroll, 95 % of frames within", slow, "ms", over_50_ms=sum(gap > 50 for gap in gaps))
    report(f"page: {what}, scroll, processor time of the main thread a frame", 1000 * cost, "ms", target=16.7)


def busy_s(tracer: CDPSession) -> float:
    """Return the processor seconds of the page's main thread, which other processes on the machine do not change."""
    metrics = tracer.send("Performance.getMetrics")["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))


def pan(browser: Browser, address: str, what: str) -> None:
    """Print how smoothly a chart that fills the screen follows a pan to the left and back, envelopes being read meanwhile."""
    with opened(browser, address) as (page, _):
        until(page, "bench.pending === 0")
        box = page.locator(".chart.full canvas").first.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        until(page, "document.querySelector('.chart.full .readout:not([hidden])') !== null")
        tracer = page.context.new_cdp_session(page)
        tracer.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
        tracer.send("Performance.enable")
        page.keyboard.down("Shift")
        page.mouse.down()
        before = busy_s(tracer)
        page.evaluate(FRAMES)
        for turn in range(PAN_MOVES):
            page.mouse.move(x - 250 + abs(250 - turn * 500 / PAN_MOVES * 2 % 1000), y)
        gaps = page.evaluate("() => bench.gaps.splice(0)")
        cost = (busy_s(tracer) - before) / len(gaps)
        page.mouse.up()
        page.keyboard.up("Shift")
    report(f"page: {what}, pan", 1000 * len(gaps) / sum(gaps), "fps", target=55, n=len(gaps))
    slow = sorted(gaps)[math.ceil(0.95 * len(gaps)) - 1]
    report(f"page: {what}, pan, 95 % of frames within", slow, "ms", over_50_ms=sum(gap > 50 for gap in gaps))
    report(f"page: {what}, pan, processor time of the main thread a frame", 1000 * cost, "ms", target=16.7)


def measure_overlay(browser: Browser, url: str) -> None:
    """Print the figures of 100 runs in one chart."""
    runs = ",".join(run["id"] for run in query(url, "overlay", OVERLAID))
    what = f"chart of {OVERLAID} runs x {OVERLAID_STEPS // 1000}k steps"
    useful(browser, f"{url}/p/overlay?runs={runs}", what)
    pan(browser, f"{url}/p/overlay?runs={runs}&full=loss&zoom=2000~6000", what)


def measure_table(browser: Browser, url: str) -> None:
    """Print the figures of the project of 10,000 runs."""
    what = f"{RUNS // 1000}k runs x {METRICS} metrics"
    useful(browser, f"{url}/p/wide", what)
    scroll(browser, f"{url}/p/wide", ".runs-grid", f"table of {what}", 56)
    scroll(browser, f"{url}/p/wide", ".charts-scroll", f"charts of {what}", 12)


def measure_many(browser: Browser, url: str) -> None:
    """Print the figures of the project of 100,000 runs: open, scroll, and a click on a head to sorted rows."""
    what = f"{MANY_RUNS // 1000}k runs x {MANY_METRICS} metrics"
    useful(browser, f"{url}/p/wide", what)
    scroll(browser, f"{url}/p/wide", ".runs-grid", f"table of {what}", 56)
    columns = ",".join(
        f"metric.train/m{key:02}.{stat}" for key in range(MANY_METRICS) for stat in ("last", "min", "max")
    )
    scroll(browser, f"{url}/p/wide?columns={columns}", ".runs-grid", f"table of {what}, 30 columns", 56)
    times = []
    with opened(browser, f"{url}/p/wide") as (page, _):
        until(page, "bench.pending === 0")
        for key in ("m00", "m01") * 3:
            page.evaluate(SORTED)
            page.evaluate("key => document.querySelector(`[data-column*='${key}'] .head-sort`).click()", key)
            times.append(float(until(page, "bench.sorted")))
    report(
        f"page: table of {what}, click to sorted rows", statistics.median(times), "ms", n=len(times), worst=max(times)
    )


def measure_keys(browser: Browser, url: str) -> None:
    """Print the figures of the run of 10,000 metrics."""
    address = f"{url}/p/keys/r/{only_run(url, 'keys')}"
    useful(browser, address, f"run of {KEYS // 1000}k metrics")
    scroll(browser, address, ".charts-scroll", f"run of {KEYS // 1000}k metrics", 12)
    scroll(browser, address, ".charts-scroll", f"run of {KEYS // 1000}k metrics, fast", 120)


def measure_steps(browser: Browser, url: str) -> None:
    """Print the figures of the chart of a million steps: open, and a drag from a third to the half of it."""
    what = "chart of 5 runs x 1M steps"
    useful(browser, f"{url}/p/steps", what)
    times = []
    for turn in range(ROUNDS):
        with opened(browser, f"{url}/p/steps?full=loss") as (page, _):
            until(page, "bench.pending === 0")
            page.evaluate(REDRAWN)
            box = page.locator(".chart.full canvas").first.bounding_box()
            assert box is not None
            y, x = box["y"] + box["height"] / 2, [box["x"] + box["width"] * (s + turn / 50) for s in (0.3, 0.5)]
            page.mouse.move(x[0], y)
            page.mouse.down()
            page.mouse.move(x[1], y, steps=8)
            page.mouse.up()
            times.append(float(until(page, "bench.redrawn")))
    report(f"page: {what}, drag to redrawn", statistics.median(times), "ms", n=ROUNDS, worst=max(times))


PARTS: dict[str, tuple[Callable[[Path], None], Callable[[Browser, str], None]]] = {
    "table": (fill_table, measure_table),
    "many": (fill_many, measure_many),
    "keys": (fill_keys, measure_keys),
    "steps": (fill_steps, measure_steps),
    "overlay": (fill_overlay, measure_overlay),
}


def only_run(url: str, project: str) -> str:
    """Return the id of the only run of a project."""
    return str(query(url, project, 1)[0]["id"])


def query(url: str, project: str, limit: int) -> list[dict[str, Any]]:
    """Return runs of a project."""
    request = urllib.request.Request(
        f"{url}/api/v1/runs:query",
        json.dumps({"project": project, "limit": limit}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return list(json.load(answer)["runs"])


def chromium_path() -> str:
    """Return the browser that the browser tests use."""
    path = Path(__file__).resolve().parent.parent / "scripts/chromium.py"
    spec = util.spec_from_file_location("chromium", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.find()
    return str(found) if found else sys.exit("No Chromium found. Run `python scripts/chromium.py`.")


def main() -> None:
    """Measure each part in a home of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for part in sys.argv[1:] or PARTS:
            fill, measure = PARTS[part]
            home = Path(tempfile.mkdtemp(prefix="gnomon-bench-"))
            try:
                fill(home)
                with served(home) as url:
                    measure(browser, url)
            finally:
                shutil.rmtree(home, ignore_errors=True)
        browser.close()


if __name__ == "__main__":
    main()
