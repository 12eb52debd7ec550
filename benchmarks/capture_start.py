"""What capturing costs the program: at its start, at each step, and beside a repository of 100,000 files.

    python benchmarks/capture_start.py [FILES]

Start is measured in fresh processes, in turns with and without capture, around `gnomon.init`: its imports are part of it.
What the program itself computes is told beside what passed on the clock, which counts other programs too. Steps are
calls of `log` with ten numbers. The time in which the helper has written everything down, while nobody waits for it, is
printed too.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _measure import report
from gnomon.sdk.capture.spool import SLOTS, Spool

ROUNDS = 11
STEPS = 20_000

TRAINER = """
import json, sys, time
import gnomon
start, computed = time.perf_counter(), time.process_time()
run = gnomon.init("capture", config={"seed": 1})
began, computed = time.perf_counter() - start, time.process_time() - computed
values = {f"metric/{k}": float(k) for k in range(10)}
run.log(values)
steps = []
for i in range(int(sys.argv[1])):
    start = time.perf_counter_ns()
    run.log(values, step=i)
    steps.append(time.perf_counter_ns() - start)
steps.sort()
print(json.dumps({"init_ms": began * 1e3, "cpu_ms": computed * 1e3, "step_us": steps[len(steps) // 2] / 1e3 if steps else None}))
"""


def trained(folder: Path, home: Path, capture: str, steps: int) -> dict[str, float]:
    """Return what one program measured of itself."""
    env = {**os.environ, "GNOMON_HOME": str(home), "GNOMON_AGENT": "off", "GNOMON_CAPTURE": capture}
    command = [sys.executable, "train.py", str(steps)]
    done = subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def settle(home: Path) -> float:
    """Wait until no helper is at work; return the seconds that took."""
    spool, start = Spool(home), time.perf_counter()
    while True:
        if spool.is_empty() or not spool.folder.exists():
            locks = [spool.slot() for _ in range(SLOTS)]
            for lock in filter(None, locks):
                lock.release()
            if all(locks):
                return time.perf_counter() - start
        time.sleep(0.005)


def repository(folder: Path, files: int) -> None:
    """Make a repository of so many files, one of them changed and one new."""
    folder.mkdir()
    (folder / "train.py").write_text(TRAINER)
    for i in range(files):
        if i % 500 == 0:
            place = folder / f"part{i // 500}"
            place.mkdir()
        (place / f"{i}.txt").write_text(f"{i}\n")
    git = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "gc.auto=0", "-C", str(folder)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    (folder / "part0" / "0.txt").write_text("changed\n")
    (folder / "part0" / "new.txt").write_text("new\n")


def measure(folder: Path, home: Path, what: str, steps: int) -> dict[str, dict[str, float]]:
    """Report the medians of programs with and without capture, taken in turns."""
    taken: dict[str, list[dict[str, float]]] = {"off": [], "on": []}
    helped = []
    for _ in range(ROUNDS):
        for capture, found in taken.items():
            found.append(trained(folder, home, capture, steps))
            if capture == "on":
                helped.append(settle(home))
    medians = {
        capture: {name: statistics.median(each[name] for each in found) for name in found[0] if found[0][name]}
        for capture, found in taken.items()
    }
    for name, words in (("init_ms", "on the clock"), ("cpu_ms", "computed")):
        with_it, without = medians["on"][name], medians["off"][name]
        figure = f"capture at start, {what}, {words}"
        report(figure, with_it - without, "ms", target=50, with_it=with_it, without=without)
    report(f"helper after the program ended, {what}", statistics.median(helped), "s", target=20)
    return medians


def main() -> int:
    """Measure and report; return 1 when the start costs more than 50 ms."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(tempfile.mkdtemp(prefix="gnomon-bench-"))
    try:
        repository(folder / "small", 100)
        small = measure(folder / "small", folder / "home", "100 files", STEPS)
        with_it, without = small["on"]["step_us"], small["off"]["step_us"]
        report("a step with capture", with_it, "us", without=without, ratio=with_it / without, n=STEPS)
        repository(folder / "large", files)
        large = measure(folder / "large", folder / "home", f"{files} files", 0)
        worst = max(each["on"]["init_ms"] - each["off"]["init_ms"] for each in (small, large))
        return int(worst > 50)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
