"""Sweeps: driven by one thread of the server, which hears of their jobs and runs and begins the next trial.

What is known of a sweep lies in its folder: a server that starts goes on with those that the last one drove.
"""

import asyncio
import logging
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.core.clock import now_us
from gnomon.core.errors import ConflictError, CorruptError, GnomonError, LimitError, NotFoundError
from gnomon.core.ids import run_id
from gnomon.graph.document import decode
from gnomon.models.own import installed
from gnomon.models.sweeps.applying import job_of
from gnomon.models.sweeps.driver import PATIENCE_S, Driver, JobNow, Logged, claim
from gnomon.models.sweeps.folder import SweepFolder, folders
from gnomon.models.sweeps.proposing import Seen, suggest_params
from gnomon.models.sweeps.space import Space, Values
from gnomon.models.sweeps.spec import SweepSpec
from gnomon.models.sweeps.story import Trial
from gnomon.server.datasets import Datasets
from gnomon.server.job_request import check_graph, runs_code
from gnomon.server.jobs import KIND as JOB
from gnomon.server.jobs import Jobs
from gnomon.server.sweep_series import TrialSeries
from gnomon.server.wire_sweeps import SweepDriver
from gnomon.server.workers import Workers
from gnomon.store.bus import DocumentChanged, Told
from gnomon.store.engine import Appended
from gnomon.store.home import Home

KIND: Final = "sweep"
MAX_SWEEPS: Final = 1_000
_POOL: Final = "sweep"
_SUGGEST_S: Final = 60.0
_AGAIN_S: Final = 1.0
_MISTAKE_S: Final = 60.0
_log = logging.getLogger("gnomon")


class ServerHands:
    """What a driver does things with, in the server."""

    def __init__(self, home: Home, jobs: Jobs, datasets: Datasets, workers: Workers) -> None:
        self._home, self._jobs, self._datasets, self._workers = home, jobs, datasets, workers
        self._series = TrialSeries(home.engine)
        self.loop: asyncio.AbstractEventLoop | None = None

    def submit(self, sweep: str, spec: SweepSpec, trial: Trial) -> None:
        """Put the job of a trial into the queue; one that is there stays as it is.

        Raises:
            ForbiddenError: It runs code of users, and this server runs none, whatever the one did that took the sweep.
            InputError: Its graph cannot be trained.
        """
        job = job_of(spec, sweep, trial)
        if runs_code(job):
            self._workers.check_code()
        if job.graph is not None and job.dataset is not None:
            with installed(job.components):
                check_graph(decode(job.graph), self._datasets, job.dataset)
        self._jobs.submit(job, trial.job)

    def job(self, job: str) -> JobNow | None:
        """Return how a job is."""
        try:
            entry = self._jobs.get(job)
        except NotFoundError:
            return None
        error = entry.story.error
        where = f" ({error.file}:{error.line})" if error is not None and error.file else ""
        return JobNow(
            entry.state, tuple(entry.story.runs), "" if error is None else f"{error.type}: {error.message}{where}"
        )

    def order(self, job: str, do: str) -> None:
        """Give a job an order."""
        self._jobs.order(job, do)

    def logged(self, runs: Sequence[str], metric: str) -> Logged:
        """Return what the newest run that has a metric logged of it."""
        keys: tuple[str, ...] = ()
        whole = True
        for run in reversed(runs):
            info = self._home.catalog.get(run)
            if info is None:
                whole = False
                continue
            whole = whole and info.state != "running"
            known = self._home.engine.series(run)
            if metric in known:
                series = self._series.read(run, metric, known[metric].n, is_whole=whole)
                return Logged(series, run, is_whole=whole)
            keys = keys or tuple(known)
        return Logged([], "", whole, keys)

    def mark(self, run: str, fields: Mapping[str, Any]) -> None:
        """Have a run say something of itself."""
        with suppress(NotFoundError):  # it was deleted, or none of it has arrived
            self._home.change(run, fields)

    def suggest(self, space: Space, seed: int, goal: str, seen: Sequence[Seen]) -> Values:
        """Ask TPE, in a worker: Optuna takes 20 MB that the server does without."""
        assert self.loop is not None, "a server that drives sweeps has started"
        params = dict(suggest_params(space, seed, goal, seen))
        call = self._workers.call("sweep.suggest", params, pool=_POOL, timeout_s=_SUGGEST_S)
        found: Values = asyncio.run_coroutine_threadsafe(call, self.loop).result()
        return found


@dataclass(slots=True, eq=False)
class Driven:
    """One sweep of the home: its driver, and the lock that says whose it is."""

    driver: Driver
    owner: int | None = None
    gate: threading.RLock = field(default_factory=threading.RLock)
    again: float = 0.0

    @property
    def is_ours(self) -> bool:
        """This server drives it."""
        return self.owner is not None


class Sweeps:
    """Take sweeps and drive them. Safe to call from several threads.

    Args:
        home: The open home.
        jobs: The queue.
        datasets: What graphs are checked against.
        workers: Who asks TPE.
    """

    def __init__(self, home: Home, jobs: Jobs, datasets: Datasets, workers: Workers) -> None:
        self.hands = ServerHands(home, jobs, datasets, workers)
        self._home, self._jobs = home, jobs
        self._lock = threading.Lock()
        self._known: dict[str, Driven] = {}
        self._woken = threading.Event()
        self._closing = False
        self._heard = 0
        self._listens = self._asked = False
        self._thread: threading.Thread | None = None
        self._leave: Callable[[], None] = lambda: None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Go on with what the last server drove."""
        self.hands.loop = loop
        for folder in folders(self._home.path):
            found = self._read(folder)
            if found is not None and found.driver.is_active and found.driver.spec.queued:
                self._take(found)
        self._heard = self._home.bus.head
        self._leave = self._home.bus.listen(self._hear)
        self._thread = threading.Thread(target=self._run, name="gnomon sweeps", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Drive nothing any more; jobs that run go on, and the next server drives on."""
        self._closing = True
        self._leave()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()
        for found in self._known.values():
            if found.owner is not None:
                os.close(found.owner)
                found.owner = None

    def listed(self, project: str | None = None) -> list[Driven]:
        """Return the sweeps: those that are not over first, then the newest."""
        for folder in folders(self._home.path):
            self._read(folder)
        found = [each for each in list(self._known.values()) if project is None or each.driver.spec.project == project]
        found.sort(key=lambda each: each.driver.folder.id, reverse=True)
        return sorted(found, key=lambda each: not each.driver.is_active)

    def get(self, sweep: str) -> Driven:
        """Return a sweep, as it is now.

        Raises:
            NotFoundError: There is none.
            CorruptError: What became of it cannot be read.
        """
        folder = SweepFolder.of(self._home.path, sweep)
        if not folder.spec_file.is_file():
            msg = f"There is no sweep {sweep!r:.80}. GET /api/v1/sweeps lists those there are."
            raise NotFoundError(msg)
        found = self._read(folder)
        if found is None:
            msg = (
                f"The sweep {sweep} is damaged; the server's log tells where. Its folder is sweeps/{sweep} in the home."
            )
            raise CorruptError(msg)
        return found

    def submit(self, spec: SweepSpec) -> Driven:
        """Begin a sweep.

        Raises:
            LimitError: There are too many.
        """
        if len(folders(self._home.path)) >= MAX_SWEEPS:
            msg = f"There are {MAX_SWEEPS} sweeps. Delete some that are over: gnomon sweep rm."
            raise LimitError(msg)
        folder = SweepFolder.create(self._home.path, run_id(), spec)
        found = self._read(folder)
        assert found is not None
        self._take(found)
        self._changed(found.driver)
        self._wake()
        return found

    def order(self, sweep: str, do: str) -> Driven:
        """Have a sweep paused, resumed or stopped.

        Raises:
            ConflictError: That cannot be done with it now, or another process drives it.
        """
        found = self.get(sweep)
        self._owned(found)
        with found.gate:
            if do == "resume" and found.driver.story.state == "running":
                self._wake()  # nobody drove it: now we do
            else:
                {"pause": found.driver.pause, "resume": found.driver.resume, "stop": found.driver.stop}[do]()
        self._wake()
        return found

    def change(self, sweep: str, **limits: Any) -> Driven:
        """Change how much of it there is to be."""
        found = self.get(sweep)
        self._owned(found)
        with found.gate:
            found.driver.change(**limits)
        self._wake()
        return found

    def delete(self, sweep: str) -> None:
        """Remove a sweep that is over; its jobs and runs stay.

        Raises:
            ConflictError: It is not over.
        """
        found = self.get(sweep)
        if found.driver.is_active and (found.is_ours or self.driver_of(found) == "elsewhere"):
            msg = f"The sweep {sweep} is {found.driver.story.state}. Stop it first."
            raise ConflictError(msg)
        with found.gate, self._lock:
            self._known.pop(sweep, None)
            if found.owner is not None:
                os.close(found.owner)
                found.owner = None
            shutil.rmtree(found.driver.folder.path, ignore_errors=True)
        self._home.bus.publish([DocumentChanged(KIND, sweep, found.driver.story.rev + 1, now_us(), deleted=True)])

    def driver_of(self, found: Driven) -> SweepDriver:
        """Return who drives a sweep: `server`, `elsewhere` or `nobody`."""
        if found.is_ours:
            return "server"
        with found.gate:
            owner = claim(found.driver.folder)
            if owner is None:
                return "elsewhere"
            os.close(owner)
        return "nobody"

    # Driving.

    def _read(self, folder: SweepFolder) -> Driven | None:
        """Return a sweep; what others drive is read anew when something happened."""
        found = self._known.get(folder.id)
        if found is None:
            try:
                driver = Driver(folder, self.hands)
            except GnomonError as error:
                _log.warning("%s", error)
                return None
            driver.on_change = lambda: self._changed(driver)
            with self._lock:
                found = self._known.setdefault(folder.id, Driven(driver))
        elif not found.is_ours and found.driver.is_active:
            with suppress(CorruptError):  # what was read of it before stays
                found.driver.story = folder.story()
        return found

    def _take(self, found: Driven) -> bool:
        """Become the one who drives a sweep; return whether that was possible."""
        with found.gate:
            if found.owner is None:
                found.owner = claim(found.driver.folder, PATIENCE_S)
                if found.owner is not None:
                    found.driver.story = found.driver.folder.story()
            return found.owner is not None

    def _owned(self, found: Driven) -> None:
        if found.driver.spec.kind == "function":
            msg = "It tries a function of a program, which drives it. Stop that program, or begin it again to go on."
            raise ConflictError(msg)
        if not self._take(found):
            msg = "Another process drives this sweep: gnomon sweep in a terminal. Stop it there."
            raise ConflictError(msg)

    def _run(self) -> None:
        due = True
        while not self._closing:
            self._woken.clear()
            active = [each for each in list(self._known.values()) if each.is_ours and each.driver.is_active]
            self._listens = bool(active)
            if due or self._is_news(active):
                for found in active:
                    self._look(found)
            wakes = [each.driver.wakes_s for each in active] + [each.again or None for each in active]
            woken = self._woken.wait(min((each for each in wakes if each is not None), default=None))
            due = not woken or self._asked
            self._asked = False

    def _hear(self) -> None:
        """Wake when something happened anywhere, while there is a sweep that may care."""
        if self._listens:
            self._woken.set()

    def _wake(self) -> None:
        """Wake because somebody asked for something."""
        self._asked = True
        self._woken.set()

    def _is_news(self, active: Sequence[Driven]) -> bool:
        """Tell whether what happened is about a job of a sweep, or about the run of a trial while one waits for such."""
        heard, self._heard = self._heard, self._home.bus.head
        events = self._home.bus.since(heard)
        if events is None:
            return True
        waits = any(each.driver.is_listening for each in active)
        for change in (change for event in events for change in event.changes):
            if isinstance(change, Told) and change.kind == JOB and (change.state is None or change.state.sweep):
                return True
            if waits and isinstance(change, Appended) and change.run.meta.get("sweep"):
                return True
        return False

    def _look(self, found: Driven) -> None:
        found.again = 0.0
        with found.gate:
            try:
                found.driver.look()
            except (GnomonError, OSError) as error:
                _log.warning("The sweep %s could not go on, and tries again: %s", found.driver.folder.id, error)
                found.again = _AGAIN_S
            except Exception:  # noqa: BLE001 - a mistake of ours must not end the thread that drives all others
                _log.exception("The sweep %s could not go on, and tries again.", found.driver.folder.id)
                found.again = _MISTAKE_S

    def _changed(self, driver: Driver) -> None:
        self._home.bus.publish([DocumentChanged(KIND, driver.folder.id, driver.story.rev, now_us())])
