"""What capturing costs a print, what a million lines cost the store and a search, what sampling costs the agent.

Prints JSON lines.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import psutil

import gnomon
from _measure import interleaved, report
from gnomon.core.batch import Batch, Console
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.sdk import console
from gnomon.sdk.console import OUT, Tap
from gnomon.store.console import Search
from gnomon.store.sqlite import SqliteEngine

BLOCK = 200
TRAINER = "import gnomon, time\nrun = gnomon.init('bench')\nfor i in range({n}):\n    run.log({{'x': i}})\n    time.sleep(0.1)\n"


def prints(home: Path) -> None:
    """Print a line to a file with and without capture, in turns."""
    vars(console)["BURST_BYTES"] = 1 << 40  # beyond its allowance a print is left out, which is cheaper
    with (home / "plain").open("w") as plain, (home / "tapped").open("w") as tapped:
        run = gnomon.init("bench", home=home, console=False, capture="off")
        tap = Tap(OUT, tapped, run.tell_console)
        tap.hook()

        def to(stream: IO[str]) -> None:
            for step in range(BLOCK):
                print("epoch 3 step", step, "loss 0.1234 accuracy 0.9876", file=stream)

        taken = interleaved({"plain": lambda: to(plain), "tapped": lambda: to(tapped)}, rounds=401)
        tap.unhook()
        run.finish()
    ns = {name: 1e9 * seconds / BLOCK for name, seconds in taken.items()}
    report("print of a line, captured", ns["tapped"], "ns", bare=ns["plain"], more=ns["tapped"] - ns["plain"])


def lines(count: int) -> list[str]:
    """Return what a long training prints."""
    rng = random.Random(1)
    return [
        f"\x1b[2m12:{n // 60 % 60:02d}:{n % 60:02d}\x1b[0m epoch {n // 1000} step {n} loss {rng.random():.4f} lr 3e-4"
        for n in range(count)
    ]


def store(home: Path, count: int) -> None:
    """Store lines as they come in pieces of a fifth of a second, then search them."""
    run, all_lines = run_id(), lines(count)
    each = 1000
    with SqliteEngine(home / "store") as engine:
        opened = Open(run=run, project="p", writer="w" * 12, name="n", us=1)
        began = time.perf_counter()
        for i in range(0, count, each):
            piece = Console(i, 0, "\n".join(all_lines[i : i + each]) + "\n")
            engine.append([Batch(run, "w" * 12, i, i + each, (piece,), opened=opened if i == 0 else None)])
        report("lines stored, 1,000 in a commit", count / (time.perf_counter() - began), "lines/s", n=count)
        engine.maintain(idle=True)
        size = engine.facts()["store_bytes"]
        raw = sum(len(line) + 1 for line in all_lines)
        report("disk of a line", size / count, "bytes", text=raw / count, ratio=raw / size)
        for name, search in (
            ("text", Search("step 654321 ")),
            ("a common word", Search("LOSS")),
            ("regular expression", Search(r"step \d+99999\b", regex=True)),
        ):
            began = time.perf_counter()
            found = len(engine.console.find(run, search))
            report(f"search of {count:,} lines, {name}", time.perf_counter() - began, "s", found=found)
        began = time.perf_counter()
        engine.console.lines(run, count // 2, 1000)
        report("a page of 1,000 lines from the middle", 1000 * (time.perf_counter() - began), "ms")


def agent(home: Path, runs: int, seconds: float) -> None:
    """Let runs log ten times a second, and see what the agent that samples them uses."""
    where = home / "agent"
    environment = {**os.environ, "GNOMON_HOME": str(where), "GNOMON_CAPTURE": "off"}
    code = TRAINER.format(n=int(10 * (seconds + 8)))
    trainers = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _ in range(runs)]
    time.sleep(4)
    (found,) = [p for p in psutil.process_iter(["cmdline"]) if str(where) in (p.info["cmdline"] or [])]
    before, began = found.cpu_times(), time.monotonic()
    time.sleep(seconds)
    after, passed = found.cpu_times(), time.monotonic() - began
    share = 100 * (after.user + after.system - before.user - before.system) / passed
    report(
        f"agent of {runs} runs, sampled at 1 Hz", share, "% of a core", limit=1.0, rss_mb=found.memory_info().rss / 1e6,
        processes=len(psutil.pids()),
    )  # fmt: skip
    for trainer in trainers:
        trainer.wait()


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    os.environ["GNOMON_AGENT"] = "off"
    with tempfile.TemporaryDirectory() as folder:
        prints(Path(folder))
        store(Path(folder), options.lines)
        os.environ["GNOMON_AGENT"] = "on"
        agent(Path(folder), 4, options.seconds)


if __name__ == "__main__":
    main()
