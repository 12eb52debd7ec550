"""How soon a job does what it is told, over HTTP: paused, ended, its slot free, and training again after `kill -9`.

A real server, and a graph that trains on the packaged digits with everything that a job has by default: console, capture,
agent, statistics. `paused` is counted from just before the request until the live channel says so, as a page hears it, and
parts of the way are told beside it. The step that runs when the order comes is waited for; without it (from its end, or
from the order where that came later) it is the figure that has a limit.
`ended` is counted from the worker's last word. Prints JSON lines; without torch it says so and prints nothing else.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from _measure import report
from gnomon.cli.service import Service
from gnomon.models.jobs.events import Event, Reader
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.jobs.progress import read as read_progress
from train_overhead import graph

Row = dict[str, Any]


class Told:
    """Submit jobs to a server, and hear of them as a page does.

    Args:
        url: Of the server.
        home: Its home folder.
        live: The live channel.
    """

    def __init__(self, url: str, home: Path, live: ClientConnection) -> None:
        self._http, self._home, self._live = httpx.Client(base_url=f"{url}/api/v1/"), home, live
        live.recv()
        live.send(json.dumps({"op": "watch", "documents": ["job"]}))

    def submit(self, **more: Any) -> JobFolder:
        """Put a job into the queue."""
        answer = self._http.post("jobs", json=more)
        answer.raise_for_status()
        return JobFolder.of(self._home, answer.json()["job"]["id"])

    def order(self, folder: JobFolder, do: str) -> float:
        """Give an order; return the seconds until it was answered."""
        began = time.time()
        self._http.post(f"jobs/{folder.id}:{do}", json={}).raise_for_status()
        return time.time() - began

    def until(self, folder: JobFolder, is_so: Callable[[Row], object]) -> float:
        """Return the moment in which a page hears that something is so."""
        while True:
            frame = json.loads(self._live.recv(600))
            for each in frame if isinstance(frame, list) else [frame]:
                if each["type"] == "job" and each["id"] == folder.id and is_so(each["job"]):
                    return time.time()


def in_state(*states: str) -> Callable[[Row], bool]:
    """Return what is so in these states."""
    return lambda row: row["state"] in states


def events(folder: JobFolder, name: str) -> list[Event]:
    """Return all that happened of one name."""
    return [each for each in Reader(folder).read() if each.event == name]


def pauses(told: Told, folder: JobFolder, rounds: int) -> None:
    """Measure from the order to the page."""
    answered, beyond, worker, page = [], [], [], []
    first, began = read_progress(folder).step or 0, time.time()
    time.sleep(2)  # what is measured meanwhile is the time of a step
    step_ms = 1e3 * (time.time() - began) / max(1, (read_progress(folder).step or 0) - first)
    for _ in range(rounds):
        began = time.time()
        answered.append(told.order(folder, "pause"))
        page.append(told.until(folder, in_state("paused")) - began)
        said = events(folder, "paused")[-1].t
        worker.append(said - began)
        # How far it is was written at the end of the last step: what lies behind that is no step's.
        beyond.append(said + page[-1] - worker[-1] - max(began, folder.progress.stat().st_mtime))
        told.order(folder, "resume")
        told.until(folder, in_state("running"))
        time.sleep(0.05)
    for name, found in (("answered", answered), ("the worker's word", worker), ("the page", page)):
        ms = sorted(1e3 * each for each in found)
        report(f"pause over HTTP: until {name}", statistics.median(ms), "ms", step_ms=step_ms, worst=ms[-1], n=rounds)
    ms = sorted(1e3 * each for each in beyond)
    report(
        "pause over HTTP: from the end of the step to the page", statistics.median(ms), "ms", limit=50.0, worst=ms[-1]
    )


def kills(told: Told, folder: JobFolder) -> None:
    """Measure from `kill -9` until it trains again."""
    pid = events(folder, "running")[-1].pid
    assert pid is not None
    killed = time.time()
    os.kill(pid, signal.SIGKILL)
    told.until(folder, lambda row: row["restarts"] == 1 and row["state"] == "running")
    report("kill -9: until it trains again", events(folder, "running")[-1].t - killed, "s", limit=5.0)


def ends(told: Told, folder: JobFolder, name: str, word: str) -> None:
    """Measure from the worker's last word until the job is shown as over, and until the next one has its slot."""
    waiting = told.submit(kind="script", name="next", device="cpu", script={"argv": ["true"], "cwd": "/"})
    if word == "stopped":
        told.order(folder, "stop")
    shown = told.until(folder, in_state(word, "failed"))
    told.until(waiting, in_state("finished"))
    said = events(folder, word)[-1].t
    for what, moment in (
        ("nothing of it runs", events(folder, "ended")[-1].t),
        ("the page", shown),
        ("the next job begins", events(waiting, "starting")[-1].t),
    ):
        report(f"a job that {name}: from the worker's last word until {what}", 1e3 * (moment - said), "ms")


def main() -> None:
    """Measure them one after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    if find_spec("torch") is None or find_spec("safetensors") is None:
        print("torch or safetensors is not installed: nothing to measure", file=sys.stderr)
        sys.exit(77)
    train = {"batch_size": 256, "epochs": 100_000, "optimizer": {"type": "sgd", "lr": 0.01}}
    asked = {"kind": "graph", "graph": graph(), "dataset": "digits", "device": "cpu"}
    with (
        tempfile.TemporaryDirectory() as place,
        Service(Path(place), 0) as service,
        connect(service.url.replace("http", "ws") + "/api/v1/live") as live,
    ):
        told = Told(service.url, Path(place), live)
        folder = told.submit(**asked, train=train)
        told.until(folder, lambda row: row["checkpoint"] is not None and row["state"] == "running")
        pauses(told, folder, rounds)
        kills(told, folder)
        ends(told, folder, "is stopped", "stopped")
        last = told.submit(**asked, train=train | {"epochs": 3})
        ends(told, last, "comes to its end", "finished")


if __name__ == "__main__":
    main()
