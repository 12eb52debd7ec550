"""Content-addressed files: each is named by the SHA-256 of its bytes, appears whole or not at all, and never changes.

    <home>/blobs/ab/abcdef…        a blob, `ab` being the first two digits of its hash
    <home>/blobs/tmp/…             one that is being written

A blob is safe on the disk before anything names it: written beside, synced, renamed, and its folder synced. Files are
private (0600).
"""

import contextlib
import hashlib
import itertools
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from gnomon.core.errors import InputError, StoreError
from gnomon.core.folder import make_private
from gnomon.core.ids import is_hash

PIECE_BYTES: Final = 1 << 20
FOLDERS: Final = tuple(f"{i:02x}" for i in range(256))
_TOGETHER: Final = 80
_THREADS: Final = 8
T = TypeVar("T")


def hash_of(data: bytes | memoryview) -> str:
    """Return the name that a blob of these bytes has.

    Example:
        >>> hash_of(b"")[:8]
        'e3b0c442'
    """
    return hashlib.sha256(data).hexdigest()


class Blobs:
    """Keep bytes as files of a folder, each once however often it comes. Safe to use from several threads.

    Args:
        folder: The folder; made when something is first put into it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = itertools.count()
        self._lock = threading.Lock()
        self._syncing: ThreadPoolExecutor | None = None

    def path(self, blob: str) -> Path | None:
        """Return the file of a blob, `None` when it is not here."""
        found = self._place(blob)
        return found if found.exists() else None

    def size(self, blob: str) -> int | None:
        """Return the bytes of a blob, `None` when it is not here."""
        try:
            return self._place(blob).stat().st_size
        except OSError:
            return None

    def read(self, blob: str, start: int = 0, size: int | None = None) -> bytes:
        """Return a range of a blob; no more than it is read.

        Raises:
            StoreError: The blob is not here, or cannot be read.
        """
        try:
            with self._place(blob).open("rb", buffering=0) as stream:
                stream.seek(start)
                return _read_all(stream, size)
        except OSError as error:
            msg = f"{self.folder}: blob {blob[:12]}… cannot be read: {error}. Restore a backup."
            raise StoreError(msg) from error

    def touch(self, blob: str) -> bool:
        """Have a blob count as new, so that it stays for a day without being named; tell whether it is here."""
        try:
            os.utime(self._place(blob))
        except OSError:
            return False
        return True

    def put(self, data: bytes | memoryview) -> str:
        """Store bytes and return their hash; they are on the disk then.

        Raises:
            StoreError: They cannot be written, most often for want of space; nothing was.
        """
        return self.put_all([data])[0]

    def put_all(self, parts: Sequence[bytes | memoryview]) -> list[str]:
        """Store several at once, which the disk does sooner than one after the other; return their hashes in order.

        Raises:
            StoreError: Some cannot be written; those that could be stay.
        """
        named = {hash_of(data): data for data in parts}
        new = [blob for blob in named if not self._has(blob)]
        for i in range(0, len(new), _TOGETHER):
            with contextlib.ExitStack() as unfinished:
                writers = []
                for blob in new[i : i + _TOGETHER]:
                    writers.append(self.writer())
                    unfinished.callback(writers[-1].discard)
                    writers[-1].write(named[blob])
                self._finish(writers)
        return [hash_of(data) for data in parts] if len(named) < len(parts) else list(named)

    def _finish(self, writers: Collection["Writer"]) -> None:
        """Have what was written on the disk under its name; all are waited for at once, which a disk does far sooner."""
        with self._writing():
            self._at_once(Writer.sync, writers)
            self._at_once(_sync_folder, {writer.settle() for writer in writers})

    def _at_once(self, work: Callable[[T], object], on: Collection[T]) -> None:
        if len(on) < 2:
            for each in on:
                work(each)
            return
        with self._lock:
            if self._syncing is None:
                self._syncing = ThreadPoolExecutor(_THREADS, "gnomon-sync")
        started = [self._syncing.submit(work, each) for each in on]
        wait(started)  # all of them: a file must not be taken away while it is synced
        for done in started:
            done.result()

    def writer(self, blob: str | None = None, size: int | None = None) -> "Writer":
        """Return where the bytes of one blob are written piece by piece.

        Args:
            blob: The hash that they must have.
            size: The size that they must have.
        """
        return Writer(self, blob, size)

    def adopt(self, path: Path, blob: str, size: int | None = None) -> bool:
        """Take in a file that somebody else has written whole; the file stays where it is.

        Args:
            path: The file; its bytes are read once, to see that they are what its name says.
            blob: The hash that it must have.
            size: The size that it must have.

        Returns:
            False when there is no such file.

        Raises:
            InputError: Its bytes have another hash or size.
            StoreError: It cannot be taken in, most often for want of space.
        """
        try:
            if path.is_symlink():
                msg = f"hash: {path} is a link. Stage the file itself."
                raise InputError(msg, field="hash")
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
                length = stream.tell()
                os.fsync(stream.fileno())
        except FileNotFoundError:
            return False
        _check(blob, found, size, length)
        if not self._has(blob):
            self._adopt(path, blob)
        return True

    def _has(self, blob: str) -> bool:
        """Tell whether a blob is here for good: whoever put it may have been killed before its folder was synced."""
        if not self.touch(blob):
            return False
        with self._writing():
            _sync_folder(self._place(blob).parent)
        return True

    def _adopt(self, path: Path, blob: str) -> None:
        with self._writing():
            temporary = self._temporary()
            try:
                try:
                    os.link(path, temporary)
                    temporary.chmod(0o600)
                except OSError:  # another filesystem, or one without links
                    _copy(path, temporary)
                folder = self._rename(temporary, blob)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(folder)

    def delete(self, blob: str) -> bool:
        """Remove a blob; tell whether it was here."""
        try:
            self._place(blob).unlink()
        except FileNotFoundError:
            return False
        return True

    def names(self, folder: str) -> list[str]:
        """Return the blobs of one of `FOLDERS`, sorted."""
        try:
            return sorted(name for name in os.listdir(self.folder / folder) if is_hash(name))  # noqa: PTH208 - names
        except OSError:
            return []

    def all(self) -> Iterator[str]:
        """Yield every blob that is here."""
        for folder in FOLDERS:
            yield from self.names(folder)

    def old(self, folder: str, older_than_s: float) -> list[str]:
        """Return the blobs of one of `FOLDERS` that were put there, or touched, longer ago than so many seconds."""
        before = time.time() - older_than_s
        return [blob for blob in self.names(folder) if _changed_before(self._place(blob), before)]

    def sweep_unfinished(self, older_than_s: float) -> int:
        """Remove what a killed process left half-written; return how many files."""
        before = time.time() - older_than_s
        old = [path for path in self._tmp().glob("*") if _changed_before(path, before)]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, blob: str) -> Path:
        if not is_hash(blob):
            msg = f"hash: expected 64 lowercase hex digits, received {blob!r:.80}."
            raise InputError(msg, field="hash")
        return self.folder / blob[:2] / blob

    def _tmp(self) -> Path:
        return self.folder / "tmp"

    def _temporary(self) -> Path:
        make_private(self._tmp())
        return self._tmp() / f"{os.getpid()}.{time.time_ns():x}.{next(self._names)}"

    def _rename(self, temporary: Path, blob: str) -> Path:
        place = self._place(blob)
        make_private(place.parent)
        temporary.rename(place)
        os.utime(place)
        return place.parent

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if isinstance(error, StoreError):
                raise
            msg = f"{self.folder}: cannot be written: {error}. Check the free space; nothing was stored by halves."
            raise StoreError(msg) from error


@dataclass(eq=False)
class Writer:
    """Write one blob; at the end of the `with` block it is on the disk under its name, or not at all.

    Args:
        blobs: Where it goes.
        expected: The hash that it must have; any when `None`.
        expected_size: The size that it must have; any when `None`.

    Raises:
        InputError: What was written has another hash or size.
        StoreError: It cannot be written.
    """

    blobs: Blobs
    expected: str | None = None
    expected_size: int | None = None
    size: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)
    _path: Path | None = None
    _fd: int = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                _check(self.expected, self.hash, self.expected_size, self.size)
                if not self.blobs._has(self.hash):  # noqa: SLF001 - the two are one
                    self.blobs._finish([self])  # noqa: SLF001
        finally:
            self.discard()

    @property
    def hash(self) -> str:
        """Return the hash of what was written so far."""
        return str(self._hash.hexdigest())

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        with self.blobs._writing():  # noqa: SLF001
            if self._path is None:
                self._path = self.blobs._temporary()  # noqa: SLF001
                self._fd = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            self._hash.update(data)
            view = memoryview(data).cast("B")
            while len(view):
                view = view[os.write(self._fd, view) :]
            self.size += len(data) if isinstance(data, bytes) else data.nbytes

    def sync(self) -> None:
        """Have the bytes on the disk."""
        if self._path is None:
            self.write(b"")
        os.fsync(self._fd)

    def settle(self) -> Path:
        """Give the blob its name; return the folder, which must be synced."""
        assert self._path is not None
        folder = self.blobs._rename(self._path, self.hash)  # noqa: SLF001
        self._path = None
        self.discard()
        return folder

    def discard(self) -> None:
        """Forget what was not given its name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None


def _check(expected: str | None, found: str, size: int | None, length: int) -> None:
    if expected is not None and found != expected:
        msg = f"hash: expected the bytes of {expected}, received those of {found}. Send the file again."
        raise InputError(msg, field="hash")
    if size is not None and size != length:
        msg = f"size: expected {size} bytes, received {length}. Send the file again."
        raise InputError(msg, field="size")


def _read_all(stream: Any, size: int | None) -> bytes:
    """Read up to `size` bytes, or to the end; a raw read may return fewer."""
    if size is None:
        return bytes(stream.readall())
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _copy(path: Path, temporary: Path) -> None:
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out, path.open("rb") as stream:
        shutil.copyfileobj(stream, out, PIECE_BYTES)
        out.flush()
        os.fsync(out.fileno())


def _changed_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except OSError:
        return False


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system knows how."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
