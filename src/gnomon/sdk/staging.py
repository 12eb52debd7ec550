"""Staging: files that records name, written whole beside the journals of their run before the record is."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Final

from gnomon.core.errors import InputError
from gnomon.core.folder import make_private
from gnomon.core.ids import is_hash

CHUNK_BYTES: Final = 4 << 20
_AHEAD: Final = 4
"""Chunks that writing may be ahead of hashing."""

_FLAGS: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0)


def stage(folder: Path, source: bytes | memoryview | Path) -> tuple[str, int]:
    """Copy `source` into `folder` under the SHA-256 of its bytes; return that and how many they are.

    The file appears whole or not at all. What is there already stays: the same name is the same content.

    Args:
        folder: `journal/<run>/blobs`; made when it is not there.
        source: Bytes, or a file, which is read as it is now.

    Raises:
        OSError: The disk did not take it; nothing is left of it.
        InputError: The file cannot be read.
    """
    try:
        return _stage(folder, source)
    except FileNotFoundError:  # whoever read the last journal of the run tidied up at this moment
        return _stage(folder, source)


def _stage(folder: Path, source: bytes | memoryview | Path) -> tuple[str, int]:
    make_private(folder)
    temporary = folder / f".{os.urandom(8).hex()}.tmp"
    try:
        sha256, size = _copy(source, temporary)
        if (folder / sha256).exists():
            temporary.unlink()
        else:
            temporary.replace(folder / sha256)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return sha256, size


def _copy(source: bytes | memoryview | Path, to: Path) -> tuple[str, int]:
    hasher = _Hasher()
    size = 0
    descriptor = os.open(to, _FLAGS, 0o600)
    try:
        for chunk in _chunks(source):
            hasher.feed(chunk)
            size += len(chunk)
            written = 0
            while written < len(chunk):
                written += os.write(descriptor, chunk[written:])
    finally:
        os.close(descriptor)
        sha256 = hasher.finish()
    return sha256, size


def _chunks(source: bytes | memoryview | Path) -> Iterator[memoryview]:
    if not isinstance(source, Path):
        view = memoryview(source).cast("B")
        for i in range(0, len(view), CHUNK_BYTES):
            # A copy of its own: another thread may go on changing an array, and digest and file must agree.
            yield memoryview(bytes(view[i : i + CHUNK_BYTES]))
        return
    try:
        stream = source.open("rb", buffering=0)
    except OSError as error:
        raise unreadable(source, error) from error
    with stream:
        while True:
            try:
                chunk = stream.read(CHUNK_BYTES)
            except OSError as error:
                raise unreadable(source, error) from error
            if not chunk:
                return
            yield memoryview(chunk)


class Durable:
    """Make staged files durable, each once, before the journal that names them.

    Args:
        folder: `journal/<run>/blobs`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._done: frozenset[str] = frozenset()

    def sync(self) -> None:
        """Sync what came since the last call; what cannot be synced is tried again.

        Raises:
            OSError: It could not be synced.
        """
        try:
            names = frozenset(name for name in os.listdir(self._folder) if is_hash(name))  # noqa: PTH208 - names
        except OSError:
            return
        new = names - self._done
        for name in new:
            _sync(self._folder / name)
        if new:
            _sync(self._folder)
        self._done = names


def _sync(path: Path) -> None:
    """Sync a file or a folder; one that was taken away meanwhile is somebody else's."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Hasher:
    """Hash in a thread of its own, while the chunk before is being written: both let go of the interpreter."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._queue: Queue[memoryview | None] | None = None
        self._thread: Thread | None = None
        self._first: memoryview | None = None
        self._any = False

    def feed(self, chunk: memoryview) -> None:
        """Take a chunk, which must not change until `finish`."""
        if not self._any:
            self._any, self._first = True, chunk  # one chunk alone is worth no thread
            return
        if self._queue is None and self._first is not None:
            self._start(self._first)
        if self._queue is None:
            self._hash.update(chunk)
        else:
            self._queue.put(chunk)

    def finish(self) -> str:
        """Return the digest of all chunks in hexadecimal."""
        if self._thread is not None and self._queue is not None:
            self._queue.put(None)
            self._thread.join()
        elif self._first is not None:
            self._hash.update(self._first)
        return self._hash.hexdigest()

    def _start(self, first: memoryview) -> None:
        self._first = None
        queue: Queue[memoryview | None] = Queue(_AHEAD)
        thread = Thread(target=self._work, args=(queue,), name="gnomon-hash", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is going down and starts no more threads
            self._hash.update(first)
            return
        queue.put(first)
        self._queue, self._thread = queue, thread

    def _work(self, queue: "Queue[memoryview | None]") -> None:
        while (chunk := queue.get()) is not None:
            self._hash.update(chunk)


def unreadable(path: Path, error: OSError) -> InputError:
    """Say that a file to be attached cannot be read."""
    return InputError(
        f"File: expected a file that can be read, received {path}: {error.strerror or error}.", field="content"
    )
