"""Print the path of a Chromium for the browser tests, installing one when there is none.

Order: GNOMON_CHROMIUM, a browser on PATH, one that Playwright installed, the system's package manager (as root
or with passwordless sudo), Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """Return the path of a Chromium that is already there."""
    named = os.environ.get("GNOMON_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return _playwrights()


def install() -> None:
    """Install Chromium by the first means that works."""
    root = [] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not root or shutil.which("sudo")):
        updated = _run([*root, "apt-get", "update", "-qq"])
        done = updated and _run([*root, "apt-get", "install", "-y", "-qq", "chromium"])
        if done and find():
            return
    _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _run(command: list[str]) -> bool:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, stdout=sys.stderr, env=env, check=False).returncode == 0


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development tool

    with sync_playwright() as driver:
        path = driver.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    if find() is None:
        print("No Chromium here; installing one for the browser tests.", file=sys.stderr)
        install()
    browser = find()
    if browser is None:
        sys.exit("No Chromium could be installed. Install one and set GNOMON_CHROMIUM=/path/to/chromium.")
    print(browser)
