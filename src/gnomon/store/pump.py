"""The pump: reads the journals of a home into its store, as they grow, each exactly once and none in the way of another."""

import os
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gnomon.core import journal
from gnomon.core.batch import Batch, decode_batch
from gnomon.core.errors import CorruptError, GnomonError, MissingBlobError, NotFoundError, OffsetError, StoreError
from gnomon.core.folder import JournalFile, Listing
from gnomon.core.limits import MAX_RECORD_BYTES
from gnomon.core.liveness import is_alive, mark_killed
from gnomon.store.attachments import Taken, attachments, remove_staged, take, without
from gnomon.store.engine import Appended, Engine
from gnomon.store.staging import is_large

Submit = Callable[[Batch], "Future[Appended]"]

PIECE_BYTES: Final = 2 << 20
"""Read of one journal at a time: about 200,000 points."""

LARGE_PIECE_BYTES: Final = 8 << 20
"""Read of a journal of large payloads, of which many should be synced together."""

_LOOK_AGAIN_S: Final = 1.0
"""Between two looks at whether a quiet writer still lives, and before a store that failed is tried again."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Tell how far one journal is stored, for `gnomon doctor`.

    Args:
        run: Run id.
        writer: Writer id.
        stored: Bytes stored.
        size: Bytes in the journal.
    """

    run: str
    writer: str
    stored: int
    size: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Tell why a journal is not (or no longer) read, or what of it is lost, for `gnomon doctor`.

    Args:
        path: The journal.
        offset: Where it stopped.
        reason: What is wrong, and what to do.
    """

    path: Path
    offset: int
    reason: str


@dataclass(slots=True, eq=False)
class _Tail:
    """One journal and how far it is stored."""

    file: JournalFile
    opened: journal.Open
    stored: int
    keysets: dict[int, tuple[str, ...]]
    inode: int
    size: int
    after: list[tuple["_Tail", int]] = field(default_factory=list)
    sent: "Future[Appended] | None" = None
    batch: Batch | None = None
    is_over: bool = False
    is_stuck: bool = False
    is_heavy: bool = False
    stuck_since: float | None = None
    retry_at: float = 0.0
    look_at: float = 0.0
    closed_at: int = -1
    taking: "Future[Taken] | None" = None
    lost: set[str] = field(default_factory=set)


class JournalPump:
    """Move what is in the journals of a home into its store.

    Journals with a `.to` beside them belong to another server and are left alone. A journal that is stored to its
    end, and whose writer closed it or is gone, is removed. Call `poll` from one thread.

    Args:
        folder: The journal folder of the home.
        engine: Where offsets and sets of keys are asked for.
        submit: Hands a batch to the group commit and returns its outcome.
        clock: Monotonic seconds.
        patience_s: How long bytes that make no record may stay before they count as damage; a network filesystem
            may show the end of a file before what lies in front of it. A file that a record names may be that late
            too; after this time the record is lost, and what follows it goes on.
        in_background: Does something that may take long, such as reading a large file; at once unless told.
    """

    def __init__(
        self,
        folder: Path,
        engine: Engine,
        submit: Submit,
        *,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = 10.0,
        in_background: Callable[[Callable[[], Taken]], "Future[Taken]"] | None = None,
    ) -> None:
        self.problems: list[Problem] = []
        self.trouble: str | None = None  # why files cannot be taken in, while that lasts
        self._engine, self._submit, self._clock, self._patience_s = engine, submit, clock, patience_s
        self._in_background = in_background or _at_once
        self._listing = Listing(folder, clock)
        self._newborn: dict[JournalFile, float] = {}
        self._marks: list[JournalFile] = []
        self._tails: dict[JournalFile, _Tail] = {}

    def poll(self) -> int:
        """Look at every journal once and submit what is new; return how much happened, 0 when there was nothing to do."""
        self._adopt()
        return sum(self._advance(tail) for tail in list(self._tails.values()))

    def sizes(self) -> dict[JournalFile, int]:
        """Return how long each journal is, as of the last poll: a goal for `has_reached`."""
        return {file: tail.size for file, tail in self._tails.items()}

    def has_reached(self, goal: Mapping[JournalFile, int]) -> bool:
        """Tell whether the journals are stored as far as `goal` says, however much was written meanwhile.

        Bytes that make no record (yet) hold up nobody. What says that a run was killed belongs to every goal.
        """
        return not self._marks and all(
            tail.is_stuck or tail.stored >= goal.get(file, 0 if tail.opened.pid else tail.size)
            for file, tail in self._tails.items()
        )

    def pending(self) -> list[Pending]:
        """Return the journals that are not stored to their end."""
        tails = list(self._tails.values())  # one step: doctor asks from another thread
        return [Pending(t.file.run, t.file.writer, t.stored, t.size) for t in tails if t.stored < t.size]

    def _adopt(self) -> None:
        """Take up the journals that came, the older ones of a run first."""
        now = self._clock()
        self._newborn |= dict.fromkeys([*self._marks, *self._listing.refresh()], now)
        self._marks.clear()
        born = []
        for file, since in list(self._newborn.items()):
            try:
                opened = None if file.beside(".to").exists() else self._opened(file)
            except CorruptError as error:
                self._report(file, 0, str(error))
                del self._newborn[file]
                continue
            if opened is not None:
                born.append((opened.us, file, opened))
            elif file.beside(".to").exists() or not file.path.exists():
                del self._newborn[file]
            elif now - since > self._patience_s or _age_s(file) > self._patience_s:
                self._report(file, 0, "it has no whole first record. Remove it if its writer is gone.")
                del self._newborn[file]
        for _, file, opened in sorted(born, key=lambda entry: entry[:1]):
            del self._newborn[file]
            self._begin(file, opened)

    def _opened(self, file: JournalFile) -> journal.Open | None:
        opened = journal.read_open(file.path)
        if opened is not None and (opened.run, opened.writer) != (file.run, file.writer):
            msg = f"it says that it is {opened.run}/{opened.writer}. Move it back to where it came from."
            raise CorruptError(msg)
        return opened

    def _begin(self, file: JournalFile, opened: journal.Open) -> None:
        status = _stat(file)
        if status is None or file in self._tails:
            return
        stored, keysets = self._engine.offset(file.run, file.writer), self._engine.keysets(file.run, file.writer)
        tail = _Tail(file, opened, stored, dict(keysets), status.st_ino, status.st_size)
        if not opened.child:
            # A run resumed (or rewound) stands on what its earlier writers had written by then.
            earlier = (t for t in self._tails.values() if t.file.run == file.run and not t.opened.child)
            tail.after = [(t, size.st_size) for t in earlier if (size := _stat(t.file)) is not None]
        self._tails[file] = tail

    def _advance(self, tail: _Tail) -> int:
        if not self._settle(tail) or not self._is_ready(tail) or self._clock() < tail.retry_at:
            return 0
        status = _stat(tail.file)
        if status is None:
            self._drop(tail)
            return 0
        tail.size = status.st_size
        if status.st_ino != tail.inode or status.st_size < tail.stored:
            self._set_aside(tail, "it was truncated or replaced behind our back. What was read before is safe.")
            return 0
        if tail.size == tail.stored:
            return self._retire(tail)
        return self._send(tail)

    def _is_ready(self, tail: _Tail) -> bool:
        tail.after = [(t, size) for t, size in tail.after if not t.is_over and t.stored < min(size, t.size)]
        return not tail.after

    def _settle(self, tail: _Tail) -> bool:
        """Take in the outcome of the last batch; tell whether the next may go."""
        if tail.taking is not None:
            if tail.taking.done():
                self._taken(tail)
            return False
        if tail.sent is None:
            return True
        if not tail.sent.done():
            return False
        sent, batch, tail.sent, tail.batch = tail.sent, tail.batch, None, None
        error = sent.exception()
        if error is None and batch is not None:
            tail.stored = batch.last
            tail.keysets |= batch.keysets
            tail.stuck_since, tail.is_stuck = None, False
            remove_staged(tail.file, batch)
            return True
        return self._refused(tail, error)

    def _refused(self, tail: _Tail, error: BaseException | None) -> bool:
        """Go on after the store would not take a batch; tell whether that can be at once."""
        if isinstance(error, OffsetError):  # somebody shipped it too
            tail.stored = error.expected
            tail.keysets = dict(self._engine.keysets(tail.file.run, tail.file.writer))
            return True
        if isinstance(error, MissingBlobError):  # removed again before it was named: the staged file is still there
            tail.retry_at = self._clock() + _LOOK_AGAIN_S
        elif isinstance(error, NotFoundError):
            self._set_aside(tail, f"its run was deleted: {error}")
        elif isinstance(error, GnomonError) and (not isinstance(error, StoreError) or isinstance(error, CorruptError)):
            self._set_aside(tail, f"the store refuses it: {error}")
        else:  # a full disk, a store that is closing: nothing is wrong with the journal
            tail.retry_at = self._clock() + _LOOK_AGAIN_S
        return False

    def _send(self, tail: _Tail) -> int:
        try:
            batch = self._read(tail)
        except CorruptError as error:
            self._set_aside(tail, str(error))
            return 0
        except OSError:  # gone since the stat, or a network filesystem that hiccups
            return 0
        if batch is None:
            return self._stuck(tail)
        batch = without(batch, tail.lost)
        files = attachments(batch)
        if files:
            blobs = self._engine.blobs
            tail.batch, tail.taking = batch, self._in_background(lambda: take(blobs, tail.file, files))
            return 1
        return self._hand_over(tail, batch)

    def _hand_over(self, tail: _Tail, batch: Batch) -> int:
        try:
            tail.sent = self._submit(batch)
        except StoreError as error:  # more is waiting than should, or it is closing
            self._refused(tail, error)
            return 0
        tail.batch = batch
        return 1

    def _taken(self, tail: _Tail) -> None:
        """Go on with a batch whose files were looked for."""
        taking, batch, tail.taking, tail.batch = tail.taking, tail.batch, None, None
        assert taking is not None
        assert batch is not None
        error = taking.exception()
        self.trouble = None if error is None else str(error)
        if error is not None:  # a full disk: nothing is wrong with the journal
            tail.retry_at = self._clock() + _LOOK_AGAIN_S
            return
        found = taking.result()
        for blob, reason in found.bad.items():
            self._lose(tail, blob, f"a staged file is damaged, its record is lost: {reason}")
        if not found.missing:
            self._hand_over(tail, without(batch, tail.lost))
            return
        lead = self._read(tail, frozenset(found.missing))
        if lead is not None:
            self._hand_over(tail, without(lead, tail.lost))
        else:
            self._await_file(tail, found.missing[0])

    def _await_file(self, tail: _Tail, blob: str) -> None:
        """Wait for the file of the next record, and give it up in the end: what follows must not be lost too."""
        now = self._clock()
        tail.is_stuck, tail.retry_at = True, now + _LOOK_AGAIN_S
        if tail.stuck_since is None:
            tail.stuck_since = now
        elif now - tail.stuck_since >= self._patience_s:
            tail.stuck_since, tail.is_stuck, tail.retry_at = None, False, 0.0
            self._lose(tail, blob, f"the file {blob} that a record names was never staged. The record is lost.")

    def _lose(self, tail: _Tail, blob: str, reason: str) -> None:
        tail.lost.add(blob)
        self._report(tail.file, tail.stored, reason)

    def _read(self, tail: _Tail, missing: Collection[str] = ()) -> Batch | None:
        """Return the next whole records, before the first that names a missing file, or `None` when there are none."""
        for length in (LARGE_PIECE_BYTES if tail.is_heavy else PIECE_BYTES, MAX_RECORD_BYTES + journal.HEADER.size):
            with tail.file.path.open("rb") as stream:
                stream.seek(tail.stored)
                data = stream.read(length)
            if missing:
                data = data[: _before(data, missing)]
            run, writer = tail.file.run, tail.file.writer
            batch = decode_batch(data, run=run, writer=writer, offset=tail.stored, keysets=tail.keysets)
            if batch.last > tail.stored:
                tail.is_heavy = any(map(is_large, batch.items))
                return batch
            if len(data) < length:
                break
        return None

    def _stuck(self, tail: _Tail) -> int:
        """Decide about bytes that make no record: still being written, torn by a kill, or damaged."""
        now = self._clock()
        tail.is_stuck = True
        with tail.file.path.open("rb") as stream:
            stream.seek(tail.stored)
            is_torn = journal.is_torn(stream.read(MAX_RECORD_BYTES + journal.HEADER.size), 0)
        if is_torn:
            return self._retire(tail)
        if tail.stuck_since is None:
            tail.stuck_since = now
        elif now - tail.stuck_since >= self._patience_s:
            self._set_aside(tail, "a record does not match its checksum. What came before it is stored.")
        return 0

    def _retire(self, tail: _Tail) -> int:
        """Remove a journal that is stored to its end and will not grow; return 1 when that left a mark to be read."""
        now = self._clock()
        if tail.stored == tail.size != tail.closed_at:
            tail.closed_at = tail.size
            if journal.read_closing(tail.file.path) is not None:
                self._drop(tail, remove=True)
                return 0
        if now < tail.look_at:
            return 0
        tail.look_at = now + _LOOK_AGAIN_S
        if is_alive(tail.opened.host, tail.opened.pid, tail.opened.started) is not False:
            return 0
        status = _stat(tail.file)
        if status is None or status.st_size != tail.size:  # it wrote some more before it ended
            return 0
        if not tail.opened.child:
            self._marks.append(mark_killed(tail.file, tail.opened))
        self._drop(tail, remove=True)
        return int(not tail.opened.child)

    def _drop(self, tail: _Tail, *, remove: bool = False) -> None:
        tail.is_over = True
        self._tails.pop(tail.file, None)
        if remove:
            tail.file.remove()

    def _set_aside(self, tail: _Tail, reason: str) -> None:
        self._drop(tail)
        self._report(tail.file, tail.stored, reason)

    def _report(self, file: JournalFile, offset: int, reason: str) -> None:
        self.problems.append(Problem(file.path, offset, f"journal {file.run}/{file.writer}, offset {offset}: {reason}"))


def _before(data: bytes, missing: Collection[str]) -> int:
    """Return where the first record that names one of the missing files begins."""
    end = 0
    for record in journal.read(data):
        if record.tag == journal.ATTACHED and record.fields[5] in missing:
            break
        end = record.end
    return end


def _at_once(work: Callable[[], Taken]) -> "Future[Taken]":
    done: Future[Taken] = Future()
    try:
        done.set_result(work())
    except Exception as error:  # noqa: BLE001  # as an executor does
        done.set_exception(error)
    return done


def _age_s(file: JournalFile) -> float:
    """Return for how long nobody has written to a journal; it may be left over from long before this process."""
    status = _stat(file)
    return 0.0 if status is None else time.time() - status.st_mtime


def _stat(file: JournalFile) -> os.stat_result | None:
    try:
        return os.stat(file.path)  # noqa: PTH116 - a third of the time of Path.stat, for every journal at every poll
    except OSError:
        return None
