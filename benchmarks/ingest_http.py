"""Durable live ingest over HTTP, 100 series in 10 runs, beside one row per point in SQLite on the same disk.

Every figure counts only what was acknowledged after a synced commit. The rival has it easier: it runs in process,
without HTTP, with integer keys and ten batches per commit.
"""

import argparse
import http.client
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np

from _measure import report
from gnomon.core import ids, journal

RUNS, KEYS, STEPS = 10, 10, 1000
POINTS = KEYS * STEPS
SERVE = """
import sys
from pathlib import Path
from gnomon.store.home import Home
from gnomon.server.run import serve
with Home.open(Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", 0, on_ready=lambda url: print(url, flush=True))
"""


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, int]]:
    """Run a server; give host:port and pid."""
    environment = {**os.environ, "PYTHONPATH": "src"}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(home)], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip().removeprefix("http://"), process.pid
    finally:
        process.terminate()
        process.wait()


def cpu_s(pid: int) -> float:
    """Return the CPU seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def values(batch: int) -> np.ndarray:
    """Return float64 of shape (KEYS, STEPS): float32 losses, as a training loop logs them."""
    noise = np.random.default_rng(batch).normal(0, 0.05, (KEYS, STEPS))
    steps = np.arange(batch * STEPS, (batch + 1) * STEPS)
    return (np.exp(-steps / 20_000) + noise).astype(np.float32).astype(np.float64)


def journals(batches: int) -> Iterator[list[tuple[str, bytes, str]]]:
    """Yield, for each run, the requests that ship its journal."""
    layout = journal.Layout(0, KEYS)
    for number in range(RUNS):
        run, writer = ids.run_id(), ids.writer_id()
        first = journal.Open(run=run, project="bench", writer=writer, name=f"r{number}", us=1)
        head = journal.encode(journal.OPEN, first) + journal.encode(journal.KEYS, 0, [f"k{k}" for k in range(KEYS)])
        requests, at = [], 0
        for batch in range(batches):
            rows = values(batch).T.tolist()
            body = b"".join(
                layout.record(batch * STEPS + i, 10**15 + i * 1000, tuple(row)) for i, row in enumerate(rows)
            )
            body = (head if not batch else b"") + body
            requests.append((f"/api/v1/journals/{run}/{writer}?offset={at}", body, "application/octet-stream"))
            at += len(body)
        yield requests


def columns(batches: int) -> Iterator[list[tuple[str, bytes, str]]]:
    """Yield, for each run, requests of msgpack columns."""
    for number in range(RUNS):
        requests = []
        for batch in range(batches):
            step = np.arange(batch * STEPS, (batch + 1) * STEPS, dtype="<i8")
            lists = {f"k{k}": row.tobytes() for k, row in enumerate(values(batch))}
            line = {"project": "columns", "run": f"r{number}", "columns": {"step": step.tobytes(), **lists}}
            requests.append(("/api/v1/ingest", msgspec.msgpack.encode(line), "application/msgpack"))
        yield requests


def send(host: str, requests: list[tuple[str, bytes, str]]) -> None:
    """Post the requests of one run in order, as its agent would."""
    connection = http.client.HTTPConnection(host, timeout=60)
    for path, body, kind in requests:
        connection.request("POST", path, body, {"content-type": kind})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()


def over_http(
    folder: Path, make: Callable[[int], Iterator[list[tuple[str, bytes, str]]]], batches: int
) -> tuple[float, float]:
    """Return points per second, and the server's CPU microseconds per point."""
    prepared = list(make(batches))
    with serving(folder) as (host, pid), ThreadPoolExecutor(RUNS) as pool:
        before, began = cpu_s(pid), time.perf_counter()
        list(pool.map(lambda requests: send(host, requests), prepared))
        took = time.perf_counter() - began
        total = RUNS * batches * POINTS
        return total / took, (cpu_s(pid) - before) / total * 1e6


def rows(folder: Path, batches: int) -> float:
    """Return points per second of one row per point, ten batches per synced commit."""
    folder.mkdir()
    db = sqlite3.connect(folder / "rows.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE point(series INTEGER, step INTEGER, us INTEGER, value REAL, PRIMARY KEY(series, step)) WITHOUT ROWID"
    )
    took = 0.0
    for batch in range(batches):
        made = values(batch)
        began = time.perf_counter()
        db.execute("BEGIN")
        for run in range(RUNS):
            for key in range(KEYS):
                series = run * KEYS + key
                data = [(series, batch * STEPS + i, 10**15 + i, v) for i, v in enumerate(made[key].tolist())]
                db.executemany("INSERT INTO point VALUES (?, ?, ?, ?)", data)
        db.execute("COMMIT")
        took += time.perf_counter() - began
    db.close()
    return RUNS * batches * POINTS / took


def main() -> None:
    """Print the medians of interleaved rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=20, help="batches of 10,000 points for each of the ten runs")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {"journal": [], "columns": []}
    rival = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            for name, make in (("journal", journals), ("columns", columns)):
                found[name].append(over_http(Path(folder) / name, make, options.batches))
            rival.append(rows(Path(folder) / "rows", max(options.batches // 5, 1)))
    slow = statistics.median(rival)
    for name, taken in found.items():
        speed, cpu = (statistics.median(column) for column in zip(*taken, strict=True))
        report(
            f"ingest over HTTP, {name}",
            speed / 1e6,
            "M points/s",
            rival=slow / 1e6,
            ratio=speed / slow,
            target=1.0,
            n=options.rounds,
        )
        report(f"server CPU for ingest, {name}", cpu, "us/point", n=options.rounds)


if __name__ == "__main__":
    main()
