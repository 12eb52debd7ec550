"""A server process that a test can feed, stop and start again."""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Batch, Change, Frame, Item
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.store.sqlite import SqliteEngine

COMMAND = [sys.executable, "-c", "from gnomon.cli.main import main; main()", "up", "--no-browser"]


class Server:
    """`gnomon up` on a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = ""
        self.said: list[str] = []
        self._reader: threading.Thread | None = None
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "Server":
        command = [*COMMAND, "--home", str(self.home), "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said.startswith("gnomon is up: "), said + self._process.stdout.read()
        self.url = said.removeprefix("gnomon is up: ").strip()
        self._port = int(self.url.rpartition(":")[2])
        # A pipe that nobody reads would fill up and hold the server.
        self._reader = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        return self

    def _listen(self, output: IO[str]) -> None:
        with output:
            self.said.extend(output)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        process.wait(timeout=20)
        assert self._reader is not None
        self._reader.join(timeout=20)

    def kill(self) -> None:
        process, self._process = self._process, None
        assert process is not None
        process.kill()
        process.wait(timeout=20)
        assert self._reader is not None
        self._reader.join(timeout=20)

    def ingest(self, *lines: Mapping[str, Any]) -> None:
        """Post lines as any language would; all must be accepted."""
        answer = self.post("/api/v1/ingest", list(lines))
        assert answer["errors"] == []

    def log(self, project: str, run: str, series: Mapping[str, Sequence[float]], **fields: Any) -> None:
        """Post whole columns; steps count from 0."""
        columns = {"step": list(range(len(next(iter(series.values()))))), **{k: _wire(v) for k, v in series.items()}}
        self.ingest({"project": project, "run": run, "columns": columns, **fields})

    def ids(self, project: str) -> dict[str, str]:
        """Return the ids of the runs of a project by name."""
        found = self.post("/api/v1/runs:query", {"project": project, "limit": 1000})["runs"]
        return {run["name"]: run["id"] for run in found}

    def post(self, path: str, body: Any) -> Any:
        return self._send("POST", path, body)

    def put_layout(self, layout: Mapping[str, Any], project: str = "arranged") -> Any:
        """Arrange the charts of a project."""
        return self._send("PUT", f"/api/v1/layouts/{project}", layout)

    def layout(self, project: str = "arranged") -> Any:
        """Return how the charts of a project stand."""
        with urllib.request.urlopen(f"{self.url}/api/v1/layouts/{project}", timeout=60) as answer:
            return json.load(answer)["layout"]

    def _send(self, method: str, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def _wire(values: Sequence[float]) -> list[float | str]:
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [words.get(repr(float(v)), float(v)) for v in values]


@dataclass(frozen=True)
class Stored:
    """One run to write into a home that nobody serves yet.

    Args:
        name: Name of the run.
        keys: Keys of its series.
        values: float64 of shape `(keys, steps)`; steps count from 0.
        items: What else its journal says, before it is finished.
        fields: Fields to set at the end, beside the state.
    """

    name: str
    keys: Sequence[str]
    values: npt.NDArray[np.float64]
    items: tuple[Item, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


def store(home: Path, project: str, runs: Sequence[Stored]) -> None:
    """Write runs into a home that nobody serves yet, the fast way."""
    us = int(time.time() * 1e6)
    ids = [run_id() for _ in runs]
    with SqliteEngine(home) as engine:
        opened = [Open(run=i, project=project, writer="w", name=r.name, us=us) for i, r in zip(ids, runs, strict=True)]
        _append(engine, [Batch(o.run, "", 0, 0, (), opened=o) for o in opened])
        for uid, run in zip(ids, runs, strict=True):
            step = np.arange(run.values.shape[1])
            frame = Frame(tuple(run.keys), step, us + step * 1000, run.values)
            if run.values.size > 1000:
                engine.bulk(uid, [frame])
            else:
                _append(engine, [Batch(uid, "", 0, 0, (frame, *run.items))])
        _append(engine, [Batch(i, "", 0, 0, (_end(us, r),)) for i, r in zip(ids, runs, strict=True)])


def store_small(home: Path, project: str, names: Sequence[str], key: str) -> None:
    """Write runs of one point each, all in one commit; the value is the place in the list."""
    us = int(time.time() * 1e6)
    batches = []
    for place, name in enumerate(names):
        uid = run_id()
        frame = Frame((key,), np.zeros(1, np.int64), np.full(1, us), np.full((1, 1), float(place)))
        opened = Open(run=uid, project=project, writer="w", name=name, us=us)
        batches.append(Batch(uid, "", 0, 0, (frame, Change(us, {"state": "finished"})), opened=opened))
    with SqliteEngine(home) as engine:
        _append(engine, batches)


def _end(us: int, run: Stored) -> Change:
    return Change(us, {"state": "finished", **run.fields})


def _append(engine: SqliteEngine, batches: Sequence[Batch]) -> None:
    for done in engine.append(batches):
        assert not isinstance(done, Exception), done
