"""What a sweep costs besides its trials: asking for the next one, and the gap between the end of one and the next's start.

Asking is measured in this process, as a worker does it, with 50 and 500 points that are known. Gaps are those of a real
server with one slot: from the last word of a trial's supervisor (`ended`) until the program of the next one has been
started (`running`), for `random` (which need not know the result) and for `tpe` (which waits until it has arrived, and
asks a worker). The time that starting a supervisor takes is told beside it. Prints JSON lines; without Optuna none of TPE.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import httpx

from _measure import interleaved, report
from gnomon.cli.service import Service
from gnomon.models.jobs.events import Event, Reader
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.sweeps.proposing import Seen, next_point, suggest_here
from gnomon.models.sweeps.space import Choice, Float, Int, Space, draw

SPACE: Space = {
    "lr": Float(1e-5, 1e-1, log=True),
    "units": Int(16, 512, log=True),
    "act": Choice(["relu", "tanh", "gelu"]),
}
TRY = """
import sys, gnomon
with gnomon.init("bench") as run:
    run.log({"loss": float(sys.argv[1])}, step=0)
"""


def main() -> None:
    """Measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=24)
    asked = parser.parse_args()
    os.environ["GNOMON_SYSTEM"] = "off"
    searches = ["random", *(["tpe"] if find_spec("optuna") else [])]
    for known in (50, 500):
        ask(known, searches)
    for search in searches:
        gaps(search, asked.trials)


def ask(known: int, searches: list[str]) -> None:
    """Measure how long one proposal takes."""
    random = Random(0)
    seen = [
        Seen({name: draw(axis, random) for name, axis in SPACE.items()}, random.random(), "finished")
        for _ in range(known)
    ]
    work = {search: _asking(search, seen) for search in searches}
    for search, seconds in interleaved(work, 9).items():
        report(f"sweep: {search} proposes, {known} points known", seconds * 1e3, "ms", n=known)


def _asking(search: Any, seen: list[Seen]) -> Any:
    return lambda: next_point(search, SPACE, 0, "min", seen, suggest_here)


def gaps(search: str, trials: int) -> None:
    """Measure how long nothing runs between two trials."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Service(home, 0) as service, httpx.Client(base_url=f"{service.url}/api/v1/", timeout=60) as http:
            script = {"argv": [sys.executable, "-c", TRY, "{x}"], "cwd": folder}
            body = {"kind": "script", "script": script, "space": {"x": "0.0..1.0"}, "metric": "loss", "search": search}
            answer = http.post("sweeps", json={**body, "trials": trials, "parallel": 1})
            answer.raise_for_status()
            sweep = answer.json()["sweep"]["id"]
            while (found := http.get(f"sweeps/{sweep}").json())["sweep"]["state"] == "running":
                time.sleep(0.2)
        stories = [Reader(JobFolder.of(home, trial["job"])).read() for trial in found["trials"]]
    assert found["sweep"]["counts"] == {"finished": trials}, json.dumps(found["sweep"])
    between = [_at(after, "running") - _at(before, "ended") for before, after in pairwise(stories)]
    launched = [_at(story, "running") - _at(story, "starting") for story in stories]
    each = (_at(stories[-1], "ended") - _at(stories[0], "starting")) / trials
    late = between[9:] if search == "tpe" else between
    report(
        f"sweep: gap between trials, {search}",
        statistics.median(late) * 1e3,
        "ms",
        worst=max(late) * 1e3,
        supervisor_ms=statistics.median(launched) * 1e3,
        trial_ms=each * 1e3,
        n=len(late),
    )


def _at(events: list[Event], name: str) -> float:
    return next(event.t for event in events if event.event == name)


if __name__ == "__main__":
    main()
