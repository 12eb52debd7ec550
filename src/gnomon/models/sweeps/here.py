"""Sweeps without a server: trials are jobs of this machine, begun by this process as `gnomon train` begins one."""

import os
import selectors
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import gnomon
from gnomon.core.errors import ConflictError, GnomonError, NotFoundError
from gnomon.core.settings import Settings
from gnomon.models.jobs import control, events
from gnomon.models.jobs.events import OVER, story
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.jobs.launch import is_supervised, launch
from gnomon.models.sweeps.applying import job_of
from gnomon.models.sweeps.driver import PATIENCE_S, Driver, JobNow, Logged, claim
from gnomon.models.sweeps.folder import SweepFolder
from gnomon.models.sweeps.proposing import Seen, suggest_here
from gnomon.models.sweeps.space import Space, Values
from gnomon.models.sweeps.spec import SweepSpec
from gnomon.models.sweeps.story import Trial
from gnomon.sdk.link import Link
from gnomon.sdk.opened import borrowed
from gnomon.store.lock import holder

LOOK_S: Final = 0.5
_SOON_S: Final = 0.05

Show = Callable[[Driver], None]


class LocalHands:
    """What a driver does things with, in a process of its own.

    Args:
        home: Home folder.
        threads: Processors that each trial should use.
        worker: Command that trains a graph; by default ours.
    """

    def __init__(self, home: Path, threads: int = 0, worker: Sequence[str] | None = None) -> None:
        self._home, self._threads, self._worker = home, threads, worker
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def submit(self, sweep: str, spec: SweepSpec, trial: Trial) -> None:
        """Begin the job of a trial, unless that has begun."""
        folder = JobFolder.of(self._home, trial.job)
        if not folder.spec_file.exists():
            asked = job_of(spec, sweep, trial)
            asked.check()
            JobFolder.create(self._home, trial.job, asked)
        if story(folder).attempt == 0:
            self._launch(folder, 1, spec.device)

    def _launch(self, folder: JobFolder, attempt: int, device: str) -> None:
        self.processes[folder.id] = launch(folder, attempt, device, self._threads, self._worker)

    def job(self, job: str) -> JobNow | None:
        """Return how a job is."""
        folder = JobFolder.of(self._home, job)
        if not folder.spec_file.exists():
            return None
        process = self.processes.get(job)
        is_there = process is not None and process.poll() is None
        if process is not None and not is_there:
            del self.processes[job]
        found = story(folder)
        error = "" if found.error is None else f"{found.error.type}: {found.error.message}"
        if not found.ended and not is_there and not is_supervised(folder):
            if found.attempt == 0:
                return None  # written down, and never begun
            events.append(folder, "lost", error=events.JobError("lost", "Its supervisor is gone.", "lost"))
            events.append(folder, "ended")
            return JobNow("lost", tuple(found.runs), "lost: its supervisor is gone without a word.")
        state = "running" if found.state in OVER and not found.ended else found.state
        return JobNow("starting" if found.attempt == 0 else state, tuple(found.runs), error)

    def order(self, job: str, do: str) -> None:
        """Give a job an order; one that is over and is resumed begins again."""
        folder = JobFolder.of(self._home, job)
        found = story(folder)
        if do == "resume" and found.ended:
            self._launch(folder, found.attempt + 1, folder.spec().device)
        elif not control.order(folder, do):
            msg = f"The job {job} does not take orders any more."
            raise ConflictError(msg)

    def logged(self, runs: Sequence[str], metric: str) -> Logged:
        """Return what the newest run that has a metric logged of it."""
        return read_logged(self._home, runs, metric)

    def mark(self, run: str, fields: Mapping[str, Any]) -> None:
        """Have a run say something of itself; where a server owns the home, its tags."""
        mark_run(self._home, run, fields)

    def suggest(self, space: Space, seed: int, goal: str, seen: Sequence[Seen]) -> Values:
        """Ask TPE."""
        return suggest_here(space, seed, goal, seen)

    def wait(self, seconds: float) -> None:
        """Wait until a trial ends, or some time has passed."""
        with selectors.DefaultSelector() as selector:
            opened = []
            for process in self.processes.values():
                with suppress(OSError, AttributeError):  # it has ended; or this system tells no processes so
                    opened.append(os.pidfd_open(process.pid))
                    selector.register(opened[-1], selectors.EVENT_READ)
            selector.select(seconds if opened else min(seconds, _SOON_S))
            for each in opened:
                os.close(each)


def read_logged(home: Path, runs: Sequence[str], metric: str) -> Logged:
    """Return what the newest of some runs of a home that has a metric logged of it."""
    keys: tuple[str, ...] = ()
    whole = True
    with gnomon.connect(home=home) as lab:
        for name in reversed(runs):
            try:
                run = lab.run(name)
            except NotFoundError:
                whole = False
                continue
            whole = whole and run.state != "running"
            found = run.keys()
            if metric in found:
                points = run.series(metric).numpy()
                return Logged(list(zip(points["step"].tolist(), points["value"].tolist(), strict=True)), name, whole)
            keys = keys or tuple(key for key, kind in found.items() if kind == "scalar")
    return Logged([], "", whole, keys)


def mark_run(home: Path, run: str, fields: Mapping[str, Any]) -> None:
    """Have a run say something of itself; where a server owns the home, its tags."""
    owner = holder(home)
    with suppress(GnomonError):  # it is said in the sweep anyway
        if owner is None or owner.url is None:
            with borrowed(home) as opened:
                opened.drain()
                opened.change(run, fields)
            return
        with gnomon.connect(home=home) as lab, Link(owner.url, Settings.from_env(home).token) as link:
            tags = sorted({*lab.run(run).tags, *fields.get("tags", ())})
            link.call("PATCH", f"/api/v1/runs/{run}", {"tags": tags})


def drive(folder: SweepFolder, hands: LocalHands, show: Show = lambda _: None) -> None:
    """Drive a sweep until nothing of it runs any more; Ctrl-C stops it, and once more ends it at once.

    Raises:
        ConflictError: Another process drives it.
    """
    owner = claim(folder, PATIENCE_S)
    if owner is None:
        msg = f"Another process drives the sweep {folder.id}. `gnomon sweep show {folder.id}` tells how it is."
        raise ConflictError(msg)
    try:
        driver = Driver(folder, hands)
        if not driver.is_active:
            driver.resume()
        while driver.is_active:
            try:
                driver.look()
                show(driver)
                if driver.is_active:
                    hands.wait(min(LOOK_S, driver.wakes_s or LOOK_S))
            except KeyboardInterrupt:
                driver.stop()
        show(driver)
    finally:
        os.close(owner)
