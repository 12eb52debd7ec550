"""From a PATCH of a panel to the pixels that show it, in a real browser against a real server process.

    python benchmarks/panel_latency.py

A number is patched and a point appended, 100 times each, one after the other, while a dashboard of 12 panels is open.
What is counted ends when the page has written the new value, which happens in the task that draws it.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from _measure import report

ROUNDS, TARGET_MS = 100, 300
COMMAND = [sys.executable, "-c", "from gnomon.cli.main import main; main()", "up", "--no-browser", "--port", "0"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

WATCH = """selector => {
  window.seen = {};
  const panel = document.querySelector(selector);
  const look = () => { window.seen[panel.textContent] ??= Date.now(); };
  new MutationObserver(look).observe(panel, {childList: true, characterData: true, subtree: true});
}"""
SHOWN = """text => {
  const found = Object.entries(window.seen).find(([all]) => all.includes(text));
  return found === undefined ? null : found[1];
}"""


def send(url: str, method: str, path: str, body: object) -> Any:
    """Send JSON and return the answer."""
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def measure(page: Page, url: str, name: str, path: str, fields: Any) -> list[float]:
    """Return milliseconds from before the PATCH until the value is on screen."""
    page.evaluate(WATCH, f"figure[aria-label={name}]")
    found = []
    for i in range(ROUNDS):
        began = time.time() * 1000
        send(url, "PATCH", path, fields(2000 + i))
        shown = page.wait_for_function(SHOWN, arg=str(2000 + i), polling=20)
        found.append(shown.json_value() - began)
    return found


def run(url: str, browser: Any) -> None:
    """Fill a dashboard, open it, and print the figures."""
    for i in range(10):
        send(url, "PUT", "/api/v1/panels", {"name": f"other-{i}", "append": {"v": list(range(100))}})
    number = send(url, "PUT", "/api/v1/panels", {"name": "number", "value": 1})["id"]
    line = send(url, "PUT", "/api/v1/panels", {"name": "line", "append": {"v": [1, 2]}})["id"]
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url + "/d/default")
    page.get_by_text("v 2", exact=True).wait_for()
    for name, panel, fields in (
        ("number", number, lambda value: {"value": value}),
        ("line", line, lambda value: {"append": {"v": value}}),
    ):
        waits = measure(page, url, name, f"/api/v1/panels/{panel}", fields)
        for percent in (50, 95):
            value = float(np.percentile(waits, percent))
            report(f"PATCH of a {name} to screen, p{percent}", value, "ms", target=TARGET_MS, n=len(waits))


def chromium() -> str:
    """Return the browser that the tests use."""
    path = Path(__file__).parent.parent / "scripts" / "chromium.py"
    spec = util.spec_from_file_location("chromium", path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.find()
    assert found is not None, "python scripts/chromium.py"
    return str(found)


def main() -> None:
    """Start a server and a browser and measure; all share this machine's cores."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*COMMAND, "--home", str(Path(folder) / "home")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().removeprefix("gnomon is up: ").strip()
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
                    run(url, browser)
                    browser.close()
            finally:
                process.terminate()


if __name__ == "__main__":
    main()
