"""The one file a process writes for a run: whole records, appended with one `os.write` each.

Payloads too large for it, and files, are staged beside it first; the record then names them.

A record that the disk takes only in part (it is full, a quota or `RLIMIT_FSIZE` is reached) is cut off again, so
that the file ends where the last whole record ends; when even that fails, the file is left alone and another begun.
What could not be written is counted, and the count is written as soon as the disk takes something again.
"""

import errno
import math
import os
import threading
import time
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from gnomon.core import ids, journal
from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import StoreError
from gnomon.core.folder import STAGED, JournalFile, make_private, write_whole
from gnomon.core.limits import BLOB_BYTES, MAX_RECORD_BYTES
from gnomon.core.liveness import identity
from gnomon.core.records.record_type import Encoded
from gnomon.sdk.notices import Notices
from gnomon.sdk.staging import stage, unreadable

_AGAIN_S: Final = 1.0
"""How long to wait before the next try to open a file, and between two counts of drops."""

_MAX_SETS: Final = 4096
"""Sets of keys kept; keys that come in ever new company are then written one by one."""

_FLAGS: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
"""After these the same file can go on; after any other error (a file at its size limit, gone, stale) another is begun."""


class Writer:
    """Append records to a journal of this process.

    Args:
        root: The journal folder of the home.
        opened: What the first record says; `writer`, `us`, `host`, `pid` and `started` are set here, for each file.
        to: Content of the `.to` file, when the journal is to be shipped.
        notices: Who is told of trouble.
        suffix: Added to every key (`"@rank1"`).
        clock: Microseconds since 1970.
    """

    def __init__(
        self,
        root: Path,
        opened: journal.Open,
        *,
        to: bytes | None = None,
        notices: Notices,
        suffix: str = "",
        clock: Clock = now_us,
    ) -> None:
        # Reentrant: a signal handler or a finaliser may log while this thread is in the middle of it.
        self.lock = threading.RLock()
        self.acquire, self.release = self.lock.acquire, self.lock.release
        self.fd = -1
        self.layouts: dict[tuple[str, ...], journal.Layout] = {}
        self.file: JournalFile | None = None
        self.lost: dict[str, int] = {}
        self.dropped = 0
        self.closed = False
        self._root, self._opened, self._to, self._suffix, self._clock = root, opened, to, suffix, clock
        self._notices = notices
        self._trouble = "not opened"
        self._opened_us = 0
        self._scripts: set[str] = set()
        self._open_again_at = self._count_again_at = 0.0

    def open(self) -> bool:
        """Begin the file, if that has not happened; tell whether there is one."""
        with self.lock:
            if self.fd >= 0 or self.closed:
                return self.fd >= 0
            self._open_again_at = time.monotonic() + _AGAIN_S
            try:
                self._begin()
            except OSError as error:
                self._abandon()
                self._trouble = error.strerror or type(error).__name__
                self._notices.tell(f"disk {error.errno}", _unwritable(self._root, error))
        return self.fd >= 0

    def write(self, record: bytes, count: int) -> bool:
        """Append one framed record that holds `count` values; tell whether it is in the file."""
        try:
            with self.lock:
                self.write_rest(record, os.write(self.fd, record))
        except OSError as error:
            self.fail(count, error)
            return False
        if self.lost:
            self.settle()
        return True

    def write_rest(self, record: bytes, written: int) -> None:
        """Write what a first `os.write` left of a record, or take back what there is of it. Needs the lock.

        Raises:
            OSError: It did not fit; the file ends where it did before.
        """
        try:
            while written < len(record):
                written += os.write(self.fd, record[written:])
        except OSError:
            self._cut(written)
            raise

    def let_go(self) -> None:
        """Release the lock, should an exception have come between taking it and giving it back."""
        try:
            self.release()
        except RuntimeError:  # it came before the one or after the other
            return

    def layout(self, keys: tuple[str, ...]) -> journal.Layout | None:
        """Return how the values of these keys are written, naming the set first when it is new.

        `None` means that it could not be named, and that its values are counted as lost.
        """
        with self.lock:
            known = self.layouts.get(keys)
            if known is not None:
                return known
            self._reopen()
            number = len(self.layouts)
            named = [key + self._suffix for key in keys] if self._suffix else keys
            if not self.write(journal.encode(journal.KEYS, number, named), len(keys)):
                return None
            layout = self.layouts[keys] = journal.Layout(number, len(keys))
            return layout

    @property
    def is_full(self) -> bool:
        """Whether so many sets of keys are known that new ones should be written key by key."""
        return len(self.layouts) >= _MAX_SETS

    def named(self, key: str) -> str:
        """Return the key as it is written: with the rank."""
        return key + self._suffix

    def append(self, tag: int, *fields: object, count: int = 0) -> bool:
        """Encode and append one record."""
        self._reopen()
        record = journal.encode(tag, *fields)
        if len(record) > MAX_RECORD_BYTES:
            self.lose(count, f"record of {len(record) >> 20} MiB")
            msg = f"record: expected at most {MAX_RECORD_BYTES >> 20} MiB, received {len(record) >> 20}. Log less at once."
            self._notices.tell("size", StoreError(msg))
            return False
        return self.write(record, count)

    def numbers(self, numbers: dict[str, float], step: int, us: int) -> None:
        """Append numbers of one step, whatever company their keys come in."""
        keys = tuple(numbers)
        if len(keys) > 1 and self.is_full and keys not in self.layouts:
            for key, value in numbers.items():
                self.numbers({key: value}, step, us)
            return
        layout = self.layout(keys)
        if layout is not None:
            body = layout.pack(layout.prefix, step, us, *numbers.values())
            if self.write(layout.frame(layout.size, crc32(body), body), layout.count):
                layout.last = body

    def last_values(self) -> dict[str, float]:
        """Return the last value of every series, whatever keys it was logged with."""
        latest: dict[str, tuple[int, float]] = {}
        for keys, layout in list(self.layouts.items()):
            us, values = layout.values(layout.last) if layout.last else (0, ())
            for key, value in zip(keys, values, strict=False):
                if us >= latest.get(key, (-math.inf, 0.0))[0]:
                    latest[key] = us, value
        return {key: value for key, (_, value) in latest.items()}

    def record(self, key: str, encoded: Encoded, step: int, us: int) -> bool:
        """Append what is not a number, payload and all; tell whether it is in the journal.

        Raises:
            InputError: A file to be attached cannot be read.
            LimitError: Its meta is too long.
        """
        journal.check_meta(encoded.meta)
        for sha256 in encoded.meta.get("scripts", ()) if encoded.kind == "figure" else ():
            self._script(sha256, step, us)
        data = _small(encoded.data)
        if not isinstance(data, Path) and len(data) <= journal.INLINE_BYTES:
            return self.append(journal.OBJECT, self.named(key), encoded.kind, step, us, encoded.meta, data, count=1)
        return self._attach(key, Encoded(encoded.kind, encoded.meta, data), step, us)

    def _attach(self, key: str, encoded: Encoded, step: int, us: int) -> bool:
        """Stage a payload and append the record that names it; on a full disk, count it and go on."""
        self._reopen()
        if self.fd < 0:
            self.lose(1, self._trouble)
            return False
        try:
            sha256, size = stage(self.folder / STAGED, encoded.data)
        except OSError as error:
            self.lose(1, error.strerror or type(error).__name__)
            self._notices.tell(f"disk {error.errno}", _unwritable(self._root, error))
            return False
        fields = (self.named(key), encoded.kind, step, us, encoded.meta, sha256, size)
        return self.append(journal.ATTACHED, *fields, count=1)

    def _script(self, sha256: str, step: int, us: int) -> None:
        """Attach a script that a figure needs, once."""
        from gnomon.core.records.scripts import KEY, find  # noqa: PLC0415 - only for figures

        script = None if sha256 in self._scripts else find(sha256)
        if script is not None:
            meta = {"name": script.name, "media_type": "text/javascript"}
            if self._attach(KEY + script.name, Encoded("file", meta, script.source), step, us):
                self._scripts.add(sha256)

    @property
    def folder(self) -> Path:
        """Folder of the run's journals."""
        return self._root / self._opened.run

    def lose(self, count: int, cause: str) -> None:
        """Count values that are not written; the count follows in the journal."""
        with self.lock:
            self.dropped += count
            self.lost[cause] = self.lost.get(cause, 0) + count

    def close(self, state: str | None, error: str | None = None) -> None:
        """Write what was dropped and the close record, and close the file."""
        with self.lock:
            if self.closed:
                return
            self._count_again_at = 0.0
            if self.lost and self.fd >= 0:
                self.settle()
            if self.fd >= 0:
                # Never before the beginning, should the clock have been set back: the later state is the one that counts.
                self.append(journal.CLOSE, max(self._clock(), self._opened_us), state, error and error[:500])
            self.closed = True
            self._abandon()

    def detach(self) -> None:
        """Let go of the file without a word, in a forked child: it is the parent's."""
        self.lock = threading.RLock()
        self.acquire, self.release = self.lock.acquire, self.lock.release
        self.closed = True
        self._abandon()

    def _begin(self) -> None:
        host, pid, started = identity()
        opened = msgspec.structs.replace(
            self._opened, writer=ids.writer_id(), us=self._clock(), host=host, pid=pid, started=started
        )
        file = JournalFile(self._root / opened.run / f"{opened.writer}.j", opened.run, opened.writer)
        make_private(file.path.parent)
        if self._to is not None:
            write_whole(file.beside(".to"), self._to)
        try:
            self.fd = os.open(file.path, _FLAGS, 0o600)
            record = journal.encode(journal.OPEN, opened)
            self.write_rest(record, 0)
        except OSError:
            file.remove()
            raise
        self.file, self._opened_us = file, opened.us
        self.layouts.clear()
        # Should this file have to be left, the next one goes on with the same run.
        self._opened = msgspec.structs.replace(self._opened, resumed=True)

    def _cut(self, written: int) -> None:
        """Take back the last bytes; the lock makes sure that they are ours."""
        try:
            os.ftruncate(self.fd, os.fstat(self.fd).st_size - written)
        except OSError:
            self._abandon()

    def fail(self, count: int, error: OSError) -> None:
        """Count what could not be written, say why, and decide whether this file has a future."""
        if self.fd < 0:  # what kept it from being opened says more than "bad file descriptor"
            self.lose(count, self._trouble)
            self._reopen()
            if self._notices.strict:
                raise _unwritable(self._root, error)
            return
        self._trouble = error.strerror or type(error).__name__
        self.lose(count, self._trouble)
        if error.errno not in _FULL:
            with self.lock:
                self._abandon()
        self._notices.tell(f"disk {error.errno}", _unwritable(self._root, error))

    def _reopen(self) -> None:
        if self.fd < 0 and not self.closed and time.monotonic() >= self._open_again_at:
            self.open()

    def settle(self) -> None:
        """Write what was lost since the last time, at most once a second."""
        now = time.monotonic()
        with self.lock:
            if now < self._count_again_at:
                return
            self._count_again_at = now + _AGAIN_S
            for cause, count in list(self.lost.items()):
                del self.lost[cause]
                if count and not self.write(journal.encode(journal.DROPPED, self._clock(), count, cause), 0):
                    self.lost[cause] = self.lost.get(cause, 0) + count

    def _abandon(self) -> None:
        self.layouts.clear()
        if self.fd >= 0:
            descriptor, self.fd = self.fd, -1
            try:
                os.close(descriptor)
            except OSError:
                return


def _small(data: bytes | memoryview | Path) -> bytes | memoryview | Path:
    """Return the content of a file that is small enough to lie in the store's own pages; anything else as it is.

    Raises:
        InputError: It cannot be read.
    """
    if not isinstance(data, Path):
        return data
    try:
        if data.stat().st_size >= BLOB_BYTES:
            return data
        with data.open("rb") as stream:
            content = stream.read(BLOB_BYTES)
    except OSError as error:
        raise unreadable(data, error) from error
    return content if len(content) < BLOB_BYTES else data


def _unwritable(folder: Path, error: OSError) -> StoreError:
    remedy = {
        errno.ENOSPC: "Free some space; logging goes on by itself.",
        errno.EDQUOT: "Free some space of your quota; logging goes on by itself.",
        errno.EFBIG: "Raise the limit on file sizes (ulimit -f).",
        errno.EROFS: "Pass home= or set GNOMON_HOME to a folder that can be written.",
        errno.EACCES: "Pass home= or set GNOMON_HOME to a folder that can be written.",
    }.get(error.errno or 0, "Training goes on; what is not written is counted.")
    what = error.strerror or type(error).__name__
    return StoreError(f"gnomon cannot write to {folder}: expected a writable folder, received: {what}. {remedy}")
