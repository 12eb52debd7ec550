"""A job that is looked after by a real supervisor, and the head of small programs that stand for a worker."""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gnomon.models.jobs import control
from gnomon.models.jobs.events import Story, story
from gnomon.models.jobs.folder import JobFolder

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


def end_all(home: Path) -> None:
    """End what is left of the jobs of a home, supervisors first; for tests that fail half way."""
    import psutil

    below = str(home / "jobs")
    is_left: tuple[Callable[[dict[str, Any]], bool], ...] = (
        lambda told: any(below in word for word in told["cmdline"] or ()),
        lambda told: (told["environ"] or {}).get("GNOMON_JOB_FOLDER", "").startswith(below),
    )
    for each in is_left:
        for process in psutil.process_iter(["cmdline", "environ"]):
            if process.pid != os.getpid() and each(process.info):
                process.kill()
