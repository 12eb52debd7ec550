"""A graph is trained by a server: its worker is killed twice, the server once, and the weights are those of a quiet one."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.models.jobs.watched import PATIENCE_S, end_all
from tests.unit.models.training.lives import GRAPH, files

import gnomon
from gnomon.cli.service import Service
from gnomon.models.jobs.events import OVER, Reader, Story, story
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.training.checkpoint import steps

pytest.importorskip("torch")
pytest.importorskip("safetensors")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need sessions, pipes with names and signals")

EPOCHS = 10


@pytest.fixture(autouse=True)
def _nobody_is_left(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    yield
    end_all(home)


def submit(service: Service, home: Path, name: str) -> JobFolder:
    train = {"batch_size": 16, "epochs": EPOCHS, "seed": 3, "checkpoint_every": 60, "watch": 0}
    body: dict[str, Any] = {"kind": "graph", "graph": GRAPH, "dataset": "digits", "device": "cpu", "train": train}
    answer = httpx.post(f"{service.url}/api/v1/jobs", json=body | {"name": name, "project": "digits"})
    assert answer.status_code == 201, answer.text
    return JobFolder.of(home, answer.json()["job"]["id"])


def order(service: Service, job: JobFolder, do: str) -> None:
    answer = httpx.post(f"{service.url}/api/v1/jobs/{job.id}:{do}")
    assert answer.status_code == 200, answer.text


def until(job: JobFolder, is_so: Callable[[Story], object]) -> Story:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so(found := story(job)):
        told = job.tail(2000)[0].decode()
        assert time.monotonic() < deadline and (found.state not in OVER or not found.ended), (found, told)  # noqa: PT018
        select.select([], [], [], 0.01)
    return found


def kill(worker: int | None) -> None:
    assert worker is not None
    os.kill(worker, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_workers_and_a_killed_server_change_nothing_of_what_is_learnt(home: Path) -> None:
    with Service(home, 0) as service:
        job = submit(service, home, "disturbed")
        quiet = submit(service, home, "quiet")
        for life in (1, 2):
            seen = story(job).checkpoint or 0
            until(job, lambda found, seen=seen: (found.checkpoint or 0) > seen)  # type: ignore[misc]
            order(service, job, "pause")
            kill(until(job, lambda found: found.state == "paused").worker)
            # One that is started again is paused again, whoever killed it.
            until(job, lambda found, life=life: (found.restarts, found.state) == (life, "paused"))  # type: ignore[misc]
            if life == 1:
                order(service, job, "resume")
        os.kill(service.pid, signal.SIGKILL)
        assert service.wait() == -signal.SIGKILL
    with Service(home, 0) as service:
        order(service, job, "resume")
        for each in (job, quiet):
            assert until(each, lambda found: found.ended).state == "finished"
    (last,) = {steps(each.checkpoints)[-1] for each in (job, quiet)}
    assert files(job, last) == files(quiet, last)
    with gnomon.connect(home=home) as lab:
        curves = {run.name: run.series("batch/loss").numpy() for run in lab.runs("digits")}
    assert sorted(curves) == ["disturbed", "quiet"]
    assert curves["disturbed"]["step"].tolist() == list(range(last))
    assert curves["disturbed"]["value"].tolist() == curves["quiet"]["value"].tolist()
    assert [each.event for each in Reader(job).read() if each.event in ("starting", "restarted", "finished")] == [
        "starting",
        "restarted",
        "restarted",
        "finished",
    ]
