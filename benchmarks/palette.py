"""How long the palette takes to open, to find a metric among 10,000, and a run among 100,000.

    python benchmarks/palette.py

Opening and finding metrics are counted in a real browser from the key press to the frame that shows the answer; finding
runs is counted over HTTP against a real server process, for a text that has not been asked before and for one that has.
"""

import statistics
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from _measure import report
from page_open import FLAGS, chromium_path, fill_keys, fill_runs, only_run, served

ROUNDS, RUNS, FRAME_MS = 9, 100_000, 16.7
QUESTIONS = ("9", "run 42", "run-4217", "nothing is called so")
# Registered before the page listens, for the page keeps the key to itself.
WATCH = """
window.counted = null;
const count = (event, there) => {
  const begun = performance.now();
  let frames = 0;
  const look = () => {
    frames++;
    if (there()) window.counted = [performance.now() - begun, frames];
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};
addEventListener("keydown", (event) => {
  if (event.key === "k" && event.ctrlKey) count(event, () => document.querySelector("dialog.palette[open]"));
}, true);
addEventListener("input", (event) => {
  const text = event.target.value;
  const marked = () => [...document.querySelectorAll(".palette-option mark")].map((e) => e.textContent).join("");
  if (text.length > 2) count(event, () => marked().startsWith(text.slice(0, 3)));
}, true);
"""


def counted(page: Page) -> tuple[float, int]:
    """Return milliseconds and frames of what was counted last."""
    there = "new Promise((done) => { const look = () => (counted ? done(counted) : setTimeout(look, 5)); look(); })"
    found = page.evaluate(there)
    page.evaluate("counted = null")
    return float(found[0]), int(found[1])


def measure_page(url: str) -> None:
    """Open the palette over a run of 10,000 metrics, and type a few letters of one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(WATCH)
        page.goto(f"{url}/p/keys/r/{only_run(url, 'keys')}")
        page.wait_for_load_state("networkidle")
        opening, finding = [], []
        for _ in range(ROUNDS):
            page.keyboard.press("Control+k")
            opening.append(counted(page))
            page.get_by_role("combobox", name="Find").fill("w99")
            finding.append(counted(page))
            page.keyboard.press("Escape")
        browser.close()
    frames = statistics.median(frames for _, frames in opening)
    report(
        "palette opens over 10,000 metrics",
        statistics.median(ms for ms, _ in opening),
        "ms",
        frames=frames,
        target=FRAME_MS,
    )
    report("a metric of 10,000 is found by letters", statistics.median(ms for ms, _ in finding), "ms")


def measure_search(url: str) -> None:
    """Find runs of 100,000 by words, first and again."""
    for question in QUESTIONS:
        address = f"{url}/api/v1/runs:search?{urlencode({'q': question})}"
        times = []
        for _ in range(ROUNDS + 1):
            start = time.perf_counter()
            with urllib.request.urlopen(address) as answer:
                answer.read()
            times.append((time.perf_counter() - start) * 1e3)
        first, again = times[0], statistics.median(times[1:])
        report(f"runs of {RUNS:,} found by “{question}”", again, "ms", first=first)


def main() -> None:
    """Measure both on homes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        keys, many = Path(folder) / "keys", Path(folder) / "many"
        keys.mkdir()
        many.mkdir()
        fill_keys(keys)
        with served(keys) as url:
            measure_page(url)
        fill_runs(many, RUNS, 1)
        with served(many) as url:
            measure_search(url)


if __name__ == "__main__":
    main()
