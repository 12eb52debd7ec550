"""Jobs: a queue that survives the server, and supervisors that outlive it.

What was asked for and its place in the queue is a document; what became of it is told by the job's folder, which its
supervisor writes to whether a server is there or not. A server that starts reads both, and goes on.
"""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import ConflictError, GnomonError, InputError, LimitError, NotFoundError
from gnomon.core.ids import run_id
from gnomon.models.jobs import control, events
from gnomon.models.jobs.bell import Bell
from gnomon.models.jobs.events import OVER, Event, JobError, Reader, Story
from gnomon.models.jobs.folder import JobFolder, JobSpec
from gnomon.models.jobs.launch import end_worker, is_supervised, launch
from gnomon.server import slots
from gnomon.server.job_entry import Entry
from gnomon.server.wire_jobs import JobRow, JobSlot
from gnomon.store.bus import Bus, Told
from gnomon.store.documents import Documents

KIND: Final = "job"
MAX_JOBS: Final = 10_000
LOOK_S: Final = 0.25
"""How often jobs that run are looked at without a word of theirs: how far they are, and whether they are there."""
_TOLD_S: Final = 0.5
"""How often the progress of a job is told."""
_MOST_LOST: Final = 3
_LOG_BYTES: Final = 2000

LastStep = Callable[[str], int | None]


class Jobs:
    """Take jobs, start them when their turn comes, and tell what becomes of them. Safe to call from several threads.

    Args:
        home: Home folder.
        documents: Where the queue is kept.
        bus: Who hears of changes.
        asked: Slots by device, where they are not one for each.
        last_step: Last step of a run, for scripts.
        worker: Command that trains a graph; by default ours.
        grace_s: What a program has between two ways of being told to end.
        clock: Says when a job was asked for.
    """

    def __init__(
        self,
        home: Path,
        documents: Documents,
        bus: Bus,
        asked: Mapping[str, int] | None = None,
        last_step: LastStep = lambda _: None,
        worker: Sequence[str] | None = None,
        grace_s: float | None = None,
        clock: Clock = now_us,
    ) -> None:
        self.slots = slots.devices(asked or {})
        self._home, self._documents, self._bus, self._clock = home, documents, bus, clock
        self._last_step, self._worker, self._grace_s = last_step, worker, grace_s
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._bell = Bell(home / "jobs")
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Read what there is, and begin to look after it."""
        with self._lock:
            for document in self._documents.list(KIND):
                self._entries[document.id] = Entry.of(document, JobFolder.of(self._home, document.id))
        self._bell.hang()
        self._thread = threading.Thread(target=self._run, name="gnomon jobs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look after jobs no longer; those that run go on."""
        self._closing = True
        self._bell.ring()
        if self._thread is not None:
            self._thread.join()
        running = [entry.process for entry in self._entries.values() if entry.process is not None]
        for process in [*running, *self._leaving]:
            if process.poll() is None:
                process.returncode = 0  # it outlives us, and that is nothing to complain of
        self._bell.close()

    def listed(self, project: str | None = None) -> list[JobRow]:
        """Return the jobs: those that run, those that wait in their order, and those that are over, the newest first."""
        with self._lock:
            found = [each for each in self._entries.values() if project is None or each.body["project"] == project]
            return [self._row(each) for each in sorted(found, key=_by_interest)]

    def used(self) -> list[JobSlot]:
        """Return how many jobs each device takes and has."""
        with self._lock:
            taken = self._taken()
            known = {**dict.fromkeys(taken, 0), **self.slots}
            return [JobSlot(device=name, slots=most, used=taken.get(name, 0)) for name, most in known.items()]

    def get(self, job: str) -> Entry:
        """Return a job, as it is at this moment.

        Raises:
            NotFoundError: There is none.
        """
        with self._lock:
            entry = self._entries.get(job)
            if entry is None:
                msg = f"There is no job {job!r:.80}. GET /api/v1/jobs lists those there are."
                raise NotFoundError(msg)
            if self._refresh(entry):
                self._tell(entry)  # what was read now, nobody reads again
            return entry

    def row(self, entry: Entry) -> JobRow:
        """Return a job as it is told."""
        with self._lock:
            return self._row(entry)

    def events(self, job: str) -> list[Event]:
        """Return all that happened to a job."""
        return Reader(self.get(job).folder).read()

    def submit(self, spec: JobSpec, job: str | None = None) -> Entry:
        """Put a job into the queue.

        Args:
            spec: What is to be done.
            job: Its id, for those who must know it before; one that is there is returned as it is.

        Raises:
            InputError: It cannot be worked on; `field` names what is wrong.
            LimitError: There are too many jobs.
        """
        spec.check()
        slots.check(spec.device, self.slots)
        with self._lock:
            if job is not None and job in self._entries:
                return self._entries[job]
            if len(self._entries) >= MAX_JOBS:
                msg = f"There are {MAX_JOBS} jobs. Delete some that are over: gnomon jobs rm --over."
                raise LimitError(msg)
            job = job or run_id(self._clock)
            folder = JobFolder.create(self._home, job, spec)
            document = self._documents.put(KIND, job, self._body(spec), self._clock(), if_rev=0)
            entry = self._entries[job] = Entry(document, folder, Story(), reader=Reader(folder))
            self._tell(entry)
        self._bell.ring()
        return entry

    def order(self, job: str, do: str) -> Entry:
        """Have a job paused, resumed, parked, stopped or make a checkpoint.

        A job that waits and is stopped leaves the queue; one that is over and is resumed enters it again, and goes on at
        its checkpoint.

        Raises:
            ConflictError: That cannot be done with it now.
        """
        entry = self.get(job)
        with entry.gate:
            if do not in entry.can:
                raise _cannot(entry, do)
            if entry.is_queued or (entry.state == "parked" and do == "stop"):
                self._withdraw(entry)
            elif entry.state in OVER:
                self._again(entry)
            else:
                self._send(entry, do)
        self._bell.ring()
        return entry

    def set_rate(self, job: str, rate: float) -> Entry:
        """Change the learning rate of a job that trains."""
        entry = self.get(job)
        with entry.gate:
            if "set" not in entry.can:
                raise _cannot(entry, "set")
            self._send(entry, "set", lr=rate)
        return entry

    def move(self, job: str, *, priority: int | None = None, before: str | None = None, last: bool = False) -> Entry:
        """Change the place of a job in the queue.

        Args:
            job: Which.
            priority: Its new one; it comes last of those that have it.
            before: Put it in front of this one, whose priority it takes.
            last: Put it behind all of its priority.
        """
        with self._lock:
            entry = self.get(job)
            if before is not None:
                priority, place = self._place_before(entry, self.get(before))
            else:
                priority = entry.body["priority"] if priority is None else priority
                is_same = priority == entry.body["priority"] and not last
                place = entry.body["place"] if is_same else self._last_place(priority)
            self._save(entry, priority=priority, place=place)
        self._bell.ring()
        return entry

    def delete(self, job: str) -> None:
        """Remove a job that is over, with its folder and checkpoints; its runs stay.

        Raises:
            ConflictError: It is not over.
        """
        entry = self.get(job)
        with entry.gate, self._lock:
            if "delete" not in entry.can:
                raise _cannot(entry, "delete")
            self._documents.delete(KIND, job, self._clock())
            del self._entries[job]
            self._bus.publish([Told(KIND, job, None)])
        shutil.rmtree(entry.folder.path, ignore_errors=True)

    # Looking after them.

    def _run(self) -> None:
        while not self._closing:
            self.look()
            is_due = self._leaving or any(each.is_watched for each in list(self._entries.values()))
            self._bell.wait(LOOK_S if is_due else None)

    def look(self) -> None:
        """Do once what is due: read what happened, take note of what is over, start what can be started."""
        for entry in list(self._entries.values()):
            if entry.is_watched:
                self._look_at(entry)
        with self._lock:
            self._leaving = [each for each in self._leaving if each.poll() is None]  # asked so that no zombie is left
        while (chosen := self._next()) is not None:
            self._launch(*chosen)

    def _look_at(self, entry: Entry) -> None:
        is_there = self._is_there(entry)  # asked first: what it said before it ended is read afterwards
        with self._lock:
            changed = self._refresh(entry)
            if entry.is_active and not is_there:
                self._lose(entry)
            elif changed or time.monotonic() - entry.told[1] > _TOLD_S:
                self._tell(entry)

    def _refresh(self, entry: Entry) -> bool:
        """Read what its folder tells, and take note when it is over; return whether something happened."""
        changed = entry.refresh()
        if entry.is_watched and not entry.is_active:
            self._close(entry)
        return changed

    def _is_there(self, entry: Entry) -> bool:
        if entry.process is not None and entry.process.poll() is None:  # asked so that no zombie is left
            return True
        return is_supervised(entry.folder)  # one that another server has started

    def _close(self, entry: Entry) -> None:
        """Take note that a job is over."""
        if entry.process is not None:
            self._leaving.append(entry.process)  # it has said its last word; nobody waits until it is gone
            entry.process = None
        entry.reader = None
        self._save(entry, final=_final(entry))
        self._bell.ring()  # its slot is free, whoever noticed

    def _lose(self, entry: Entry) -> None:
        """Take note that nobody looks after a job any more: its supervisor was killed, or the machine went down."""
        if entry.process is not None and entry.story.attempt < entry.launched:
            self._unstarted(entry)
        else:
            end_worker(entry.folder, entry.story.worker)
            error = JobError("lost", _LOST, "lost")
            events.append(entry.folder, "lost", step=entry.far.step, error=error)
            events.append(entry.folder, "ended")
        self._refresh(entry)
        lost = entry.body["lost"] + 1
        if entry.body["resume_lost"] and entry.story.state == "lost" and lost <= _MOST_LOST:
            self._again(entry, lost=lost)

    def _unstarted(self, entry: Entry) -> None:
        with suppress(OSError):
            said = (entry.folder.path / "supervisor.log").read_text("utf-8", "replace")[-_LOG_BYTES:]
            self._fail(entry, "Its supervisor ended before it began.", said)
            return
        self._fail(entry, "Its supervisor ended before it began, and its folder is gone.", "")

    def _fail(self, entry: Entry, message: str, trace: str) -> None:
        error = JobError("SupervisorError", message, "start", trace=trace)
        told = [
            Event(time.time(), "starting", attempt=entry.launched, device=entry.on),
            Event(time.time(), "failed", error=error),
            Event(time.time(), "ended"),
        ]
        try:
            events.append(entry.folder, "starting", attempt=entry.launched, device=entry.on)
            events.append(entry.folder, "failed", error=error)
            events.append(entry.folder, "ended")
        except OSError:  # there is no folder to write to: its document alone keeps it
            entry.story.add(told)

    def _next(self) -> tuple[Entry, str] | None:
        """Return the first job of the queue for which there is a device."""
        if self._closing:
            return None
        with self._lock:
            taken = self._taken()
            free = {device: most - taken.get(device, 0) for device, most in self.slots.items()}
            for entry in sorted((each for each in self._entries.values() if each.is_queued), key=lambda e: e.order):
                device = slots.choose(entry.body["device"], free)
                if device is not None:
                    return entry, device
        return None

    def _taken(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for entry in self._entries.values():
            if entry.is_active:
                found[entry.device] = found.get(entry.device, 0) + 1
        return found

    def _launch(self, entry: Entry, device: str) -> None:
        with entry.gate:
            with self._lock:
                entry.refresh()
                if not entry.is_queued:  # stopped meanwhile, or begun by the server that was here before
                    return
                entry.launched, entry.on = entry.body["attempt"], device
                self._tell(entry)
            try:
                entry.process = launch(
                    entry.folder,
                    entry.launched,
                    device,
                    slots.threads(device, self.slots),
                    self._worker,
                    self._grace_s,
                )
            except GnomonError as error:
                self._fail(entry, str(error), "")

    def _send(self, entry: Entry, do: str, **more: Any) -> None:
        if not control.order(entry.folder, do, **more):
            self._bell.ring()
            msg = f"The job {entry.document.id} does not take orders any more: it is ending, or was lost. Look again."
            raise ConflictError(msg)

    def _withdraw(self, entry: Entry) -> None:
        with self._lock:
            events.append(entry.folder, "stopped")
            events.append(entry.folder, "ended")
            entry.story.state, entry.story.since, entry.story.ended = "stopped", time.time(), True
            entry.reader = None
            self._save(entry, attempt=entry.story.attempt, final=_final(entry))

    def _again(self, entry: Entry, lost: int = 0) -> None:
        """Put a job that is over into the queue again."""
        with self._lock:
            # What is over was read to its end, so that the reader is only wanted for what comes.
            reader = Reader(entry.folder)
            reader.read()
            entry.reader = reader
            attempt = max(entry.story.attempt, entry.launched) + 1
            place = self._last_place(entry.body["priority"])
            self._save(entry, attempt=attempt, final=None, place=place, queued=time.time(), lost=lost)

    def _place_before(self, entry: Entry, other: Entry) -> tuple[int, float]:
        if not other.is_queued or other is entry:
            msg = f"before: expected another job that waits, received {other.document.id}, which is {other.state}."
            raise InputError(msg, field="before")
        places = sorted(
            each.body["place"]
            for each in self._entries.values()
            if each.is_queued and each is not entry and each.body["priority"] == other.body["priority"]
        )
        at = places.index(other.body["place"])
        place = (places[at - 1] + places[at]) / 2 if at else places[0] - 1.0
        return other.body["priority"], place

    def _last_place(self, priority: int) -> float:
        places = [each.body["place"] for each in self._entries.values() if each.body["priority"] == priority]
        return max(places, default=0.0) + 1.0

    def _body(self, spec: JobSpec) -> dict[str, Any]:
        return {
            "kind": spec.kind,
            "project": spec.project,
            "name": spec.name,
            "dataset": spec.dataset,
            "graph": None if spec.graph_ref is None else msgspec.to_builtins(spec.graph_ref),
            "argv": [] if spec.script is None else spec.script.argv,
            "device": spec.device,
            "resume_lost": spec.resume_lost,
            "sweep": None if spec.sweep is None else [spec.sweep.id, spec.sweep.trial],
            "priority": spec.priority,
            "place": self._last_place(spec.priority),
            "attempt": 1,
            "queued": time.time(),
            "lost": 0,
            "final": None,
        }

    def _save(self, entry: Entry, **changes: Any) -> None:
        body = {**entry.body, **changes}
        entry.document = self._documents.put(KIND, entry.document.id, body, self._clock())
        self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        """Tell whoever listens how a job is, unless that was told."""
        row = self._row(entry)
        known = entry.told[0]
        if known is None or msgspec.structs.replace(row, told=known.told) != known:
            self._bus.publish([Told(KIND, row.id, row)])
        entry.told = row, time.monotonic()

    def _row(self, entry: Entry) -> JobRow:
        is_silent = entry.far.step is None and entry.story.runs
        return entry.row(self._last_step(entry.story.runs[-1]) if is_silent else None)


_LOST: Final = "Its supervisor is gone without a word: it was killed, or the machine went down. Resume it to go on."


def _final(entry: Entry) -> dict[str, Any]:
    """Return what is kept of a job that is over, so that its folder need not be read again."""
    return {"story": msgspec.to_builtins(entry.story), "far": msgspec.to_builtins(entry.far)}


def _cannot(entry: Entry, do: str) -> ConflictError:
    can = ", ".join(entry.can)
    msg = f"The job {entry.document.id} is {entry.state}: {do} is not possible, {can} {'are' if ',' in can else 'is'}."
    return ConflictError(msg)


def _by_interest(entry: Entry) -> tuple[Any, ...]:
    """Order: what runs, the longest first; what waits, as its turn comes; what is over, the last first."""
    if entry.is_queued:
        return (1, *entry.order)
    if entry.is_active:
        return 0, entry.story.began or 0.0, entry.document.created_us
    return 2, -entry.story.since, entry.document.created_us
