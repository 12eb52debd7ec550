"""Jobs from the terminal, and a server that is killed in the midst of one."""

import json
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result
from tests.unit.models.jobs.watched import end_all

from gnomon.cli.main import cli
from gnomon.cli.service import Service
from gnomon.models.jobs import processes
from gnomon.models.jobs.events import story
from gnomon.models.jobs.folder import JobFolder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need sessions, pipes with names and signals")


@pytest.fixture(autouse=True)
def _nobody_is_left(home: Path) -> Iterator[None]:
    yield
    end_all(home)


def run(*words: str, status: int = 0) -> Result:
    found = CliRunner().invoke(cli, ["jobs", *words])
    assert found.exit_code == status, found.output
    return found


def told(*words: str) -> Any:
    return json.loads(run(words[0], "--json", *words[1:]).stdout)


def test_without_a_server_it_is_said_how_to_get_one(home: Path) -> None:
    said = run("ls", status=1).output
    assert said == (
        f"Error: No server runs on {home}, and jobs need one: it keeps the queue and starts them. "
        f"Start it with: gnomon up. Jobs that run go on without it; their folders are in {home}/jobs.\n"
    )


def test_jobs_are_submitted_followed_ordered_and_removed_from_the_terminal(home: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with Service(home, 0):
        assert run("ls").output == "No jobs. Submit one: gnomon jobs submit -- python train.py\n"
        first = told("submit", "--name", "first", "--cwd", str(tmp_path), "--", "sh", "-c", "echo begun; read x < gate")
        assert (first["kind"], first["name"]) == ("script", "first")
        assert first["state"] in ("queued", "starting")  # its turn may have come before it was told
        words = [sys.executable, "-c", "import os; print(os.environ['WHO'])\nraise ValueError('no good')"]
        second = told("submit", "--name", "second", "--env", "WHO=me", "--cwd", str(tmp_path), "--", *words)
        third = told("submit", "--name", "third", "--cwd", str(tmp_path), "--", "sleep", "1000")
        run("set", "third", "--before", "second")
        assert [row["name"] for row in told("ls")] == ["first", "third", "second"]
        run("stop", third["id"][-6:])
        gate.write_text("on\n")
        followed = run("logs", "second", "--follow", status=1)
        assert followed.output.startswith("me\nTraceback (most recent call last):\n")
        assert "Error: second failed: ValueError: no good" in followed.output
        assert run("logs", "first").output == "begun\n"
        assert run("logs", "second", "--tail", "1").output == "ValueError: no good\n"
        shown = run("show", "second").output
        assert "ValueError: no good" in shown
        assert [event["event"] for event in told("show", first["id"])["events"]][-2:] == ["finished", "ended"]
        assert {row["name"]: row["state"] for row in told("ls")} == {
            "first": "finished",
            "second": "failed",
            "third": "stopped",
        }
        assert run("stop", "first", status=1).output.startswith(
            f"Error: The job {first['id']} is finished: stop is not"
        )
        assert (
            run("show", "nobody", status=1).output == "Error: There is no job 'nobody'. `gnomon jobs ls` lists them.\n"
        )
        assert sorted(told("rm", "--over", "--yes")["removed"]) == sorted([first["id"], second["id"], third["id"]])
        assert told("ls") == []


def test_a_server_that_is_killed_in_the_midst_of_a_job_finds_it_again(home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    with Service(home, 0) as service:
        job = told(
            "submit", "--name", "stays", "--cwd", str(tmp_path), "--", "sh", "-c", "echo on; read x < gate; echo $x"
        )
        waiting = told("submit", "--name", "waits", "--cwd", str(tmp_path), "--", "true")
        folder = JobFolder.of(home, job["id"])
        while story(folder).state != "running":
            select.select([], [], [], 0.01)
        os.kill(service.pid, signal.SIGKILL)
        assert service.wait() == -signal.SIGKILL
    worker = story(folder).worker
    assert worker is not None
    assert psutil.pid_exists(worker)
    with Service(home, 0):
        assert [(row["name"], row["state"]) for row in told("ls")] == [("stays", "running"), ("waits", "queued")]
        (tmp_path / "gate").write_text("through\n")
        assert run("logs", "waits", "--follow").stdout == ""
        assert run("logs", "stays").output == "on\nthrough\n"
        events = [event["event"] for event in told("show", "stays")["events"]]
        assert events == ["starting", "running", "finished", "ended"]
        assert told("show", waiting["id"])["job"]["state"] == "finished"
    assert processes.groups(worker) == set()
