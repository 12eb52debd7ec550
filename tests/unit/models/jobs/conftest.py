"""Jobs with real processes."""

import os
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.models.jobs.watched import PATIENCE_S, WORKER, Start, Watched

from gnomon.core.ids import run_id
from gnomon.models.jobs import processes
from gnomon.models.jobs.folder import JobFolder, JobSpec, Script
from gnomon.models.jobs.launch import launch


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
        job = Watched(found, launch(found, attempt, "cpu", worker=command, grace_s=grace_s, backoff_s=0.01))
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
