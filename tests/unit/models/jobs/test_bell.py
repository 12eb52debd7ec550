"""The bell: heard from threads and other processes, kept until somebody listens, and harmless where nobody does."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gnomon.models.jobs import events
from gnomon.models.jobs.bell import NAME, Bell, ring
from gnomon.models.jobs.folder import JobFolder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need pipes with names")


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[Bell]:
    found = Bell(tmp_path / "jobs")
    found.hang()
    yield found
    found.close()


def test_a_line_of_a_job_rings_in_another_process(bell: Bell, tmp_path: Path) -> None:
    job = tmp_path / "jobs" / "0123456789abcdefghjk"
    job.mkdir()
    code = (
        f"from gnomon.models.jobs import events; from pathlib import Path; events.append(Path({str(job)!r}), 'paused')"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        bell.wait()
        assert process.wait() == 0
    assert [each.event for each in events.Reader(JobFolder(job)).read()] == ["paused"]
    bell.wait(0)


def test_rings_of_a_thread_and_of_before_are_heard_once(bell: Bell, tmp_path: Path) -> None:
    for _ in range(2_000):
        ring(tmp_path / "jobs")
        bell.ring()
    bell.wait()
    thread = threading.Thread(target=bell.ring)
    thread.start()
    bell.wait()
    thread.join()


def test_where_nobody_listens_nothing_happens(tmp_path: Path) -> None:
    ring(tmp_path)
    bell = Bell(tmp_path / "new" / "jobs")
    bell.ring()
    bell.hang()
    assert (tmp_path / "new" / "jobs" / NAME).stat().st_mode & 0o777 == 0o600
    bell.close()
    bell.ring()
    ring(tmp_path / "new" / "jobs")


def test_a_folder_that_can_hold_no_pipe_leaves_the_bell_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "mkfifo", lambda *_: (_ for _ in ()).throw(PermissionError()))
    bell = Bell(tmp_path)
    bell.hang()
    bell.ring()
    bell.wait()
    bell.close()
    assert not (tmp_path / NAME).exists()
