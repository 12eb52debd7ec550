"""The first page of 48 thumbnails out of 1,000 logged images, and slices of 240 MB of tensors, over HTTP.

    python benchmarks/record_pages.py

A server process serves a home of 1,000 images of 128 by 128 RGB and of 120 steps of a 2 MB tensor. Like a browser the
client holds six connections. Cold: a server that was just started, nothing in the page cache, no thumbnail on the
disk. Restarted: the thumbnails are on the disk. Warm: they are in the memory of the server.
"""

import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from _measure import forget, report
from gnomon.core.batch import Batch, Object
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.core.records.registry import encode
from gnomon.store.home import Home

IMAGES, SIDE, PAGE, CONNECTIONS = 1_000, 128, 48, 6
STEPS, ROWS, COLUMNS = 120, 512, 1_024
ROUNDS = 5
COMMAND = [sys.executable, "-c", "from gnomon.cli.main import main; main()", "up", "--no-browser", "--port", "0"]
COLUMNS_TYPE = "application/vnd.gnomon.columns"


def fill(home: Path, run: str) -> None:
    """Log noise, which neither compresses nor repeats."""
    random = np.random.default_rng(0)
    opened = Open(run=run, project="p", writer="w00000", name="pictures", us=1)
    with Home.open(home) as lab:
        lab.submit([Batch(run, "w00000", 0, 1, (), opened=opened)])[0].result()
        for first in range(0, IMAGES, 100):
            pixels = random.integers(0, 256, (100, SIDE, SIDE, 3), np.uint8)
            meta = {"format": "raw", "dtype": "uint8", "shape": [SIDE, SIDE, 3], "low": 0, "high": 255, "bad": 0}
            items = tuple(Object("image", "image", first + i, 1, meta, pixels[i].tobytes()) for i in range(100))
            lab.submit([Batch(run, "", 0, 0, items)])[0].result()
        for step in range(STEPS):
            encoded = encode(random.random((ROWS, COLUMNS), np.float32))
            assert encoded is not None
            assert not isinstance(encoded.data, Path)
            record = Object("w", "tensor", step, 1, encoded.meta, bytes(encoded.data))
            lab.submit([Batch(run, "", 0, 0, (record,))])[0].result()


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Serve a home in a process of its own; yield its address."""
    process = subprocess.Popen([*COMMAND, "--home", str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait(30)


class Browser:
    """Six connections that stay open, as a browser has them."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._mine = threading.local()
        self._pool = ThreadPoolExecutor(CONNECTIONS)

    def get(self, path: str, accept: str = "*/*") -> bytes:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = http.client.HTTPConnection(self._host)
        self._mine.connection.request("GET", path, headers={"Accept": accept})
        answer = self._mine.connection.getresponse()
        data = answer.read()
        assert answer.status == 200, data[:300]
        return bytes(data)

    def page(self, run: str, last: int) -> float:
        """Return the seconds from asking for the records up to a step until the last of their thumbnails is here."""
        began = time.perf_counter()
        base = f"/api/v1/runs/{run}/records"
        rows = json.loads(self.get(f"{base}?key=image&last={last}&limit={PAGE}&newest=true"))["records"]
        sizes = list(self._pool.map(lambda row: len(self.get(f"{base}/{row['id']}/image?size=96")), rows))
        assert len(sizes) == PAGE
        return time.perf_counter() - began


def measure_pages(home: Path, run: str) -> None:
    """Print the time of a page cold, restarted and warm."""
    taken: dict[str, list[float]] = {"cold": [], "restarted": [], "warm": [], "next page": []}
    for _ in range(ROUNDS):
        shutil.rmtree(home / "cache", ignore_errors=True)
        forget(home)
        with serving(home) as url:
            browser = Browser(url)
            taken["cold"].append(browser.page(run, IMAGES - 1))
            taken["warm"].append(browser.page(run, IMAGES - 1))
            taken["next page"].append(browser.page(run, IMAGES - 1 - PAGE))
        with serving(home) as url:
            taken["restarted"].append(Browser(url).page(run, IMAGES - 1))
    for name, times in taken.items():
        report(
            f"page of {PAGE} thumbnails of {IMAGES} images, {name}", statistics.median(times) * 1000, "ms", n=len(times)
        )


def measure_slices(home: Path, run: str) -> None:
    """Print how long a small slice of many steps takes, and how fast whole arrays come."""
    base = f"/api/v1/runs/{run}/slices?key=w&limit=100"
    with serving(home) as url:
        browser = Browser(url)
        for name, query in (("one row", "&slice=5"), ("a column of 1 in 8 rows", "&slice=::8,3"), ("everything", "")):
            times = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                data = browser.get(base + query, COLUMNS_TYPE)
                times.append(time.perf_counter() - began)
            median = statistics.median(times)
            figure = f"slice over 100 steps of 2 MB, {name}"
            report(figure, median * 1000, "ms", mb=len(data) / 1e6, mb_per_s=len(data) / 1e6 / median)


def main() -> None:
    """Fill a home and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home, run = Path(folder) / "home", run_id()
        fill(home, run)
        measure_pages(home, run)
        measure_slices(home, run)


if __name__ == "__main__":
    main()
