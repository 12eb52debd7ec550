"""Jobs with real processes: small programs that stand for a worker, and a way to wait for what becomes of a job."""

import json
import os
import select
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gnomon.core.ids import run_id
from gnomon.models.jobs import control, processes
from gnomon.models.jobs.events import Story, story
from gnomon.models.jobs.folder import JobFolder, JobSpec, Script
from gnomon.models.jobs.launch import launch

PATIENCE_S = 60.0

WORKER = """
import json, os, signal, sys, time
from pathlib import Path
from gnomon.models.jobs import events
from gnomon.models.jobs.progress import Progress

folder = Path(sys.argv[-1])
from gnomon.models.jobs.folder import JobFolder
job = JobFolder(folder)
control = os.open(job.control, os.O_RDWR)
progress, life = Progress(job), int(os.environ["GNOMON_JOB_LIFE"])
saved = folder / "saved"
step = int(saved.read_text()) if saved.exists() else 0
heard = b""

def order():
    global heard
    while b"\\n" not in heard:
        heard += os.read(control, 1000)
    line, _, heard = heard.partition(b"\\n")
    return json.loads(line)

def save():
    saved.write_text(str(step))
    events.append(folder, "checkpoint", step=step)
"""
"""Head of a worker; what follows says what it does."""


class Watched:
    """A job that is looked after by a real supervisor.

    Args:
        folder: Of the job.
        process: The supervisor.
    """

    def __init__(self, folder: JobFolder, process: "subprocess.Popen[bytes]") -> None:
        self.folder, self.process = folder, process

    @property
    def story(self) -> Story:
        """What became of it until now."""
        return story(self.folder)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """All its events."""
        return [json.loads(line) for line in self.folder.events.read_text().splitlines()]

    @property
    def names(self) -> list[str]:
        """What happened, in order."""
        return [line["event"] for line in self.lines]

    def until(self, is_so: Callable[[Story], object]) -> Story:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so(found := self.story):
            assert time.monotonic() < deadline, (self.names, self.folder.tail(2000)[0].decode())
            select.select([], [], [], 0.01)
        return found

    def order(self, do: str, **more: Any) -> None:
        """Give an order."""
        assert control.order(self.folder, do, **more)

    def end(self) -> Story:
        """Wait until the supervisor ended; return what became of the job."""
        self.process.wait(PATIENCE_S)
        return self.story


Start = Callable[..., Watched]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a job: of a script given as code or words, or of a graph whose worker is given as code."""
    started: list[Watched] = []

    def begin(
        code: str = "",
        *,
        argv: list[str] | None = None,
        worker: str | None = None,
        grace_s: float = PATIENCE_S,
        folder: JobFolder | None = None,
        attempt: int = 1,
        **fields: Any,
    ) -> Watched:
        home = tmp_path / "home"
        if worker is None:
            (tmp_path / "train.py").write_text(textwrap.dedent(code))
            script = Script(argv or [sys.executable, "train.py"], str(tmp_path))
            spec, command = JobSpec(kind="script", project="p", name="n", script=script, **fields), None
        else:
            program = tmp_path / "worker.py"
            program.write_text(WORKER + textwrap.dedent(worker))
            spec, command = (
                JobSpec(kind="graph", project="p", name="n", graph={}, **fields),
                [sys.executable, str(program)],
            )
        found = folder or JobFolder.create(home, run_id(), spec)
        job = Watched(found, launch(found, attempt, "cpu", worker=command, grace_s=grace_s))
        started.append(job)
        return job

    yield begin
    for job in started:
        if job.process.poll() is None:
            for child in _children(job.process.pid):
                if os.getsid(child) != os.getsid(0):
                    processes.end(os.getsid(child))
            job.process.kill()
            job.process.wait()


def _children(pid: int) -> list[int]:
    import psutil

    return [each.pid for each in psutil.Process(pid).children() if each.status() != psutil.STATUS_ZOMBIE]
