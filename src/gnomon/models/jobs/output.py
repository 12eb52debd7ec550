"""What a job prints, of which its beginning and its end are kept, so that no script can fill a disk by talking.

`output.log` grows to `MOST_BYTES`. Then what lies between its first `HEAD_BYTES` and its last `TAIL_BYTES` is left out,
and a line in its place says how much that is. Places count everything that was printed, also what is not kept.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

HEAD_BYTES: Final = 4 << 20
TAIL_BYTES: Final = 8 << 20
MOST_BYTES: Final = 32 << 20
_PIECE: Final = 1 << 20
_NOTICE: Final = b"\n[gnomon left out %20d bytes here: a job keeps the beginning and the end of what it prints]\n"
_WIDTH: Final = len(_NOTICE % 0)
_FOUND: Final = re.compile(re.escape(_NOTICE).replace(rb"%20d", rb" *(\d+)"))


class Output:
    """Write what a job prints. A disk that is full costs what does not fit, and nothing else.

    Args:
        path: The file; what is there already stays.
        head_bytes: What is kept of its beginning.
        tail_bytes: What is kept of its end when some is left out.
        most_bytes: How large it may become.
    """

    def __init__(
        self, path: Path, head_bytes: int = HEAD_BYTES, tail_bytes: int = TAIL_BYTES, most_bytes: int = MOST_BYTES
    ) -> None:
        self._path, self._head, self._tail, self._most = path, head_bytes, tail_bytes, most_bytes
        self._limit, self._lost = most_bytes, 0
        self._file: int | None = None
        self._size = 0
        self._open()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        if self._lost and self._append(b"\n[gnomon: %d bytes were not written, the disk was full]\n" % self._lost):
            self._lost = 0
        if not self._append(data):
            self._lost += len(data)
        if self._size > self._limit:
            try:
                self._shorten()
                self._limit = self._most
            except OSError:  # no room for a shorter one beside it: later again
                self._limit = self._size + self._tail

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> None:
        with suppress(OSError):
            self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._size = os.fstat(self._file).st_size

    def _append(self, data: bytes) -> bool:
        """Append all of it or, when there is no room, nothing; tell which."""
        if self._file is None:
            self._open()
        if self._file is None:
            return False
        done = 0
        try:
            while done < len(data):
                done += os.write(self._file, data[done:])
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            return False
        self._size += done
        return True

    def _shorten(self) -> None:
        beside = self._path.with_name(f".{self._path.name}")
        try:
            with self._path.open("rb") as old, beside.open("wb") as new:
                os.fchmod(new.fileno(), 0o600)
                left = left_out(old, self._head)
                begin = self._head + (_WIDTH if left else 0)
                first = _line_after(old, max(begin, self._size - self._tail))
                _copy(old, new, 0, self._head)
                new.write(_NOTICE % ((left + _WIDTH if left else 0) + first - begin))
                _copy(old, new, first, self._size)
            beside.rename(self._path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        self.close()
        self._open()


def left_out(file: BinaryIO, head_bytes: int = HEAD_BYTES) -> int:
    """Return how many bytes more were printed than a file has: those that were left out, less the line that says so."""
    file.seek(head_bytes)
    found = _FOUND.fullmatch(file.read(_WIDTH))
    return int(found[1]) - _WIDTH if found else 0


def printed(path: Path, head_bytes: int = HEAD_BYTES) -> int:
    """Return how much was printed in all."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size + left_out(file, head_bytes)
    except FileNotFoundError:
        return 0


def tail(
    path: Path, most_bytes: int, before: int | None = None, head_bytes: int = HEAD_BYTES
) -> tuple[bytes, int, int]:
    """Return the end of what was printed, at which byte that begins, and how much was printed in all.

    Args:
        path: The file.
        most_bytes: Of what is returned.
        before: Byte that the end is counted from; by default that of the file.
        head_bytes: As it was written.
    """
    try:
        with path.open("rb") as file:
            left, size = left_out(file, head_bytes), os.fstat(file.fileno()).st_size
            total, (begin, end) = size + left, _gap(left, head_bytes)
            to = total if before is None else min(before, total)
            to = begin if begin < to <= end else to
            first = max(0, to - most_bytes, end if to > end else 0)
            return _read(file, first, to, begin, left), first, total
    except FileNotFoundError:
        return b"", 0, 0


def part(path: Path, first: int, most_bytes: int, head_bytes: int = HEAD_BYTES) -> tuple[bytes, int, int]:
    """Return what was printed from a byte on, as `tail` does; from the next one that is kept on."""
    try:
        with path.open("rb") as file:
            left, size = left_out(file, head_bytes), os.fstat(file.fileno()).st_size
            total, (begin, end) = size + left, _gap(left, head_bytes)
            first = min(first, total)
            first = end if begin <= first < end else first
            to = min(total, first + most_bytes, begin if first < begin else total)
            return _read(file, first, to, begin, left), first, total
    except FileNotFoundError:
        return b"", 0, 0


def _gap(left: int, head_bytes: int) -> tuple[int, int]:
    """Return from where to where nothing is kept, in what was printed; far away when all is there."""
    begin = head_bytes + _WIDTH
    return (begin, begin + left) if left else (1 << 62, 1 << 62)


def _read(file: BinaryIO, first: int, to: int, begin: int, left: int) -> bytes:
    file.seek(first - (left if first > begin else 0))
    return file.read(max(0, to - first))


def _line_after(file: BinaryIO, place: int) -> int:
    """Return where a line begins at a place or soon after; the place itself where there are no lines."""
    file.seek(place)
    return place + file.read(_PIECE).find(b"\n") + 1


def _copy(source: BinaryIO, target: BinaryIO, first: int, to: int) -> None:
    source.seek(first)
    while first < to and (piece := source.read(min(_PIECE, to - first))):
        target.write(piece)
        first += len(piece)
