"""A home folder in use: the engine, what is known of it in memory, and the threads that look after it."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from gnomon.core.batch import Batch
from gnomon.core.batch import Change as FieldChange
from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import GnomonError, NotFoundError
from gnomon.core.folder import journal_root
from gnomon.core.liveness import is_alive
from gnomon.store.bus import Bus, Removed
from gnomon.store.catalog import Catalog
from gnomon.store.committer import Committer
from gnomon.store.documents_shared import SharedDocuments
from gnomon.store.engine import Appended, Deleted, Engine, RunInfo
from gnomon.store.identity import identity
from gnomon.store.lock import Lease
from gnomon.store.pump import JournalPump
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.table import RunTable

LOST_AFTER_S: Final = 600.0
_REAP_EVERY_S: Final = 30.0
_POLL_BUSY_S: Final = 0.02
_POLL_IDLE_S: Final = 0.1
_ACTIVE_S: Final = 5.0
_LAST_DRAIN_S: Final = 5.0
_log = logging.getLogger("gnomon.store")


class Home:
    """Hold everything that one process needs to use a home folder; whoever has it owns the folder.

    Args:
        path: The folder.
        engine: Where the records live; closed with the home.
        lease: Keeps other processes out of the folder; given back at the end.
        clock: Says what time it is.
        is_alive: Tells whether a process (host, pid, mark) still runs; `None` when that cannot be seen from here.
    """

    def __init__(
        self,
        path: Path,
        engine: Engine,
        *,
        lease: Lease | None = None,
        clock: Clock = now_us,
        is_alive: Callable[[str, int, str], bool | None] = is_alive,
    ) -> None:
        self.path = path
        self._lease = lease
        self.engine = engine
        self.bus = Bus()
        self.catalog = Catalog(engine.runs())
        self.table = RunTable(engine)
        self._lock = threading.Lock()
        self._deleted: set[str] = set()
        self.committer = Committer(engine, self._committed)
        self.documents = SharedDocuments(engine.documents, self.bus)
        self._attaching = ThreadPoolExecutor(1, "gnomon-attach")  # without a thread until a journal names a file
        self.pump = JournalPump(journal_root(path), engine, self._submit_journal, in_background=self._attaching.submit)
        self._clock = clock
        self._is_alive = is_alive
        self._stop = threading.Event()
        self._stored = threading.Event()
        self._threads: list[threading.Thread] = []
        self._closing = ExitStack()
        if lease is not None:
            self._closing.callback(lease.close)
        self._closing.callback(engine.close)

    @classmethod
    def open(cls, path: Path, *, clock: Clock = now_us) -> Self:
        """Take a folder, made when it is not there, and open its store.

        Raises:
            LockedError: Another process has it; the message names that process and where it answers.
            StoreError: The folder cannot be used.
        """
        with ExitStack() as undo:
            lease = undo.enter_context(Lease(path))
            engine = undo.enter_context(SqliteEngine(path, clock=clock))
            home = cls(path, engine, lease=lease, clock=clock)
            undo.pop_all()
            return home

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @cached_property
    def identity(self) -> str:
        """Which store this is, by whatever address it is reached."""
        return identity(self.engine.documents, self._clock)

    def start(self) -> None:
        """Begin the background work: reading journals, sealing and compaction, and marking runs that went silent."""
        self._threads = [
            threading.Thread(target=self._pump, name="gnomon-pump", daemon=True),
            threading.Thread(target=self._look_after, name="gnomon-maintain", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def announce(self, url: str) -> None:
        """Let other commands on this home know where its server is: `gnomon.store.lock.holder(path).url`."""
        if self._lease is not None:
            self._lease.announce(url)

    def submit(self, batches: Sequence[Batch]) -> "list[Future[Appended]]":
        """Queue batches for the next commit; see `Committer.submit_all`."""
        return self.committer.submit_all([self._revived(batch) for batch in batches])

    def change(self, run: str, fields: Mapping[str, Any], us: int | None = None) -> RunInfo:
        """Merge fields into a run, durably and in order with what else arrives.

        Args:
            run: Run id.
            fields: As in `gnomon.core.batch.Change`.
            us: When it was changed; now, unless told.

        Raises:
            NotFoundError: There is no such run.
            InputError: A field has the wrong type.
        """
        return self.committer.submit(self._change(run, fields, us)).result().run

    def change_many(self, changes: Mapping[str, Mapping[str, Any]]) -> list[RunInfo]:
        """Merge fields into runs, each its own, in few commits; runs that are not there (any more) are left out."""
        found = []
        for future in self.committer.submit_all([self._change(run, fields) for run, fields in changes.items()]):
            with suppress(NotFoundError):
                found.append(future.result().run)
        return found

    def _change(self, run: str, fields: Mapping[str, Any], us: int | None = None) -> Batch:
        return Batch(run, "", 0, 0, (FieldChange(self._clock() if us is None else us, dict(fields)),))

    def delete(self, run: str) -> None:
        """Remove a run and everything of it; what its writers send later is refused."""
        self.catalog.run(run)
        self.delete_many([run])

    def delete_many(self, runs: Sequence[str]) -> Deleted:
        """Remove runs and everything of them, all or none; those that are not there (any more) are left out."""
        projects = {run: found.project for run in runs if (found := self.catalog.get(run)) is not None}
        deleted = self.engine.delete_many(list(projects))
        with self._lock:
            for run in deleted.runs:
                self._deleted.add(run)
                self.catalog.removed(run)
                self.table.removed(run)
            self.bus.publish([Removed(run, projects[run]) for run in deleted.runs])
        return deleted

    def has_deleted(self, run: str) -> bool:
        """Tell whether a run was deleted since the home was opened."""
        return run in self._deleted

    def mark_lost(self) -> list[str]:
        """Mark the runs that ended without saying so; return their ids.

        A run is lost when nothing of it came for ten minutes and its process, where it is one of this machine, is
        gone. The next thing it sends makes it a running one again.
        """
        before_us = self._clock() - int(LOST_AFTER_S * 1e6)
        silent = [r for r in self.catalog.runs() if r.state == "running" and r.updated_us < before_us]
        lost = [r for r in silent if not self._runs_here(r)]
        for run in lost:
            # Dated back to when it was last heard of: whatever it says later is newer than this guess.
            self.change(run.id, {"state": "lost"}, run.updated_us)
        return [run.id for run in lost]

    def facts(self) -> dict[str, Any]:
        """Return what `gnomon doctor` shows."""
        tally = self.committer.tally
        return {
            "home": str(self.path),
            "store": self.engine.facts(),
            "commits": {"done": tally.commits, "failed": tally.failures, "waiting_bytes": self.committer.queued_bytes},
            "runs": len(self.catalog),
            "journals": [asdict(pending) for pending in self.pump.pending()],
        }

    def troubles(self) -> list[str]:
        """Return what should be looked at, one sentence each."""
        tally = self.committer.tally
        found = [] if tally.trouble is None else [f"Commits fail, nothing new is stored: {tally.trouble}"]
        found += [f"Large files cannot be stored: {t}" for t in (tally.blob_trouble, self.pump.trouble) if t]
        damaged = self.engine.facts().get("damaged", [])
        if damaged:
            found.append(
                f"{len(damaged)} stored files are gone or damaged, {damaged[0]} first. Restore them from a backup."
            )
        return found + [problem.reason for problem in self.pump.problems]

    def drain(self, timeout_s: float = 60.0) -> bool:
        """Store what is in the journals now; tell whether all of it was. Not while the background work runs."""
        until = time.monotonic() + timeout_s
        self.pump.poll()
        goal = self.pump.sizes()  # a run that goes on writing must not keep us here
        while not self.pump.has_reached(goal):
            if time.monotonic() >= until:
                return False
            self._stored.wait(_POLL_BUSY_S)
            self._stored.clear()
            self.pump.poll()
        return True

    def close(self) -> None:
        """Commit what is queued and release the folder. Closing twice is fine."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._threads:
            self.drain(_LAST_DRAIN_S)
            self._threads = []
        self._attaching.shutdown()
        self.committer.close()
        self._closing.close()

    def _committed(self, appended: Sequence[Appended]) -> None:
        with self._lock:
            # A run may have been deleted since this was stored: it must not come back into the lists.
            alive = [a for a in appended if a.run.id not in self._deleted]
            self.catalog.apply(alive)
            self.table.apply(alive)
            self.bus.publish(alive)
        self._stored.set()

    def _submit_journal(self, batch: Batch) -> "Future[Appended]":
        """Queue a piece of a journal; when too much waits the answer says so, and the pump tries again."""
        try:
            return self.submit([batch])[0]
        except GnomonError as error:
            refused: Future[Appended] = Future()
            refused.set_exception(error)
            return refused

    def _revived(self, batch: Batch) -> Batch:
        """Have a run that was thought lost run again, now that something of it comes."""
        run = self.catalog.get(batch.run)
        if run is None or run.state != "lost":
            return batch
        heard = FieldChange((run.finished_us or run.updated_us) + 1, {"state": "running"})
        return replace(batch, items=(heard, *batch.items))

    def _runs_here(self, run: RunInfo) -> bool:
        host, pid, started = (run.meta.get(name) for name in ("host", "pid", "started"))
        return isinstance(pid, int) and self._is_alive(str(host), pid, str(started or "")) is True

    def _pump(self) -> None:
        active_until = 0.0
        while not self._stop.is_set():
            self._stored.clear()
            try:
                if self.pump.poll():
                    active_until = time.monotonic() + _ACTIVE_S
            except Exception:  # noqa: BLE001
                # One journal must not end the reading of all; the next round finds it again.
                _log.exception("reading journals")
            self._stored.wait(_POLL_BUSY_S if time.monotonic() < active_until else _POLL_IDLE_S)

    def _look_after(self) -> None:
        reap_at = time.monotonic() + _REAP_EVERY_S
        while not self._stop.is_set():
            try:
                more = self.engine.maintain(idle=not self.committer.queued_bytes)
                if time.monotonic() >= reap_at:
                    reap_at = time.monotonic() + _REAP_EVERY_S
                    self.mark_lost()
            except Exception:  # noqa: BLE001
                # A full disk, most often: the data is where it was, and the next round tries again.
                _log.exception("background work")
                more = False
            self._stop.wait(0.02 if more else 1.0)
