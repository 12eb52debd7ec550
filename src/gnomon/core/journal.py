"""The journal: an append-only file of records, one file per writer, the only way anything is written.

A record is a little-endian header `<u32 length><u32 crc32>` and a body of `length` bytes; the crc covers the body.
A body is one msgpack array that starts with its tag:

    0 open     [0, info]                        info: map, see `Open`
    1 keys     [1, set, [key, …]]               names a set of keys once; later records say only its number
    2 scalars  [2, set, row]                    row: little-endian int64 step, int64 us, then a float64 for each key
    3 object   [3, key, kind, step, us, meta, data]   anything that is not a number
    4 change   [4, us, fields]                  config, tags, notes, name, summary or define, merged into the run
    5 rewind   [5, us, step]                    from here on, steps >= step of earlier records are another branch
    6 close    [6, us, state, error]            state: "finished", "stopped", "failed", "killed", or nil (this writer only)
    7 dropped  [7, us, count, cause]            values this writer had to drop, since its last such record
    8 attached [8, key, kind, step, us, meta, hash, size]   like object; the bytes are a file that was staged before
    9 console  [9, us, stream, text]            what was printed: stream 0 out, 1 err, 2 a word of gnomon's own

The text of one writer's stream, put together, is what a terminal gets: it may end anywhere, and `core.terminal.Line` says
what carriage returns leave of it.

An attached file is staged whole, then renamed to `journal/<run>/blobs/<hash>` beside the journals of its run, before
the record that names it is written; `hash` is its SHA-256 in 64 hex digits and `size` its bytes, at least 1.

`us` is microseconds since 1970, UTC. The byte offset just after a record is also its batch number: a reader that
says "I have this writer up to 4096" has said everything needed to go on, exactly once.
A record that is cut short or does not match its crc ends the readable part (a torn write of a killed process).
This module imports no NumPy: it is loaded into training processes.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import CorruptError, LimitError
from gnomon.core.limits import MAX_RECORD_BYTES

VERSION: Final = 1
OPEN, KEYS, SCALARS, OBJECT, CHANGE, REWIND, CLOSE, DROPPED, ATTACHED, CONSOLE = range(10)
STATES: Final = ("finished", "stopped", "failed", "killed")
STREAMS: Final = 3
"""Of the console: out, err, and what gnomon itself says between them."""

HEADER: Final = struct.Struct("<II")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode

CONSOLE_CHARS: Final = 65_536
"""Text of one console record."""

INLINE_BYTES: Final = 4 << 20
"""Payloads up to this size are written into the journal, larger ones are attached as files."""

META_BYTES: Final = 512 << 10
"""What is known of a record without its payload takes at most this, as it is written: lists of records bring it along."""

CLOSE_TAIL_BYTES: Final = 2048
"""A close record is at most this long, so that the end of a journal tells whether it is closed."""


class Open(msgspec.Struct, kw_only=True, omit_defaults=True):
    """First record of every journal: whose it is, and what it was started with.

    Args:
        v: Version of the format, 1.
        run: Run id.
        project: Project name.
        writer: Writer id, the stem of the file.
        name: Name of the run.
        config: Values chosen before the run.
        tags: Labels of the run.
        notes: Free text.
        group: Group the run belongs to.
        rank: Rank of this process in a distributed job.
        parent: Run this one was forked from.
        fork_step: Step at which it was forked.
        resumed: The run existed before; `config`, `tags`, `notes` and `group` are merged into it.
        host: Machine the writer runs on.
        pid: Process id of the writer on that machine.
        started: Opaque mark that tells two processes with the same pid apart.
        child: Written by a helper of the run (a forked worker, a rank >= 1): its end is not the end of the run.
        us: When the writer was opened.
    """

    v: int = VERSION
    run: str
    project: str
    writer: str
    name: str
    us: int
    config: dict[str, Any] = {}
    tags: list[str] = []
    notes: str = ""
    group: str | None = None
    rank: int | None = None
    parent: str | None = None
    fork_step: int | None = None
    resumed: bool = False
    host: str = ""
    pid: int = 0
    started: str = ""
    child: bool = False


class Layout:
    """How the values of one set of keys become a record, with as little work as possible for each call.

    Args:
        number: Number of the set, from its `keys` record.
        count: How many keys it has, 1 to 20,000.

    Attributes:
        last: Body of the last record, for whoever wants to keep it.

    Example:
        >>> layout = Layout(0, 2)
        >>> [record.tag for record in read(layout.record(7, 1_000_000, (0.5, 0.25)))]
        [2]
    """

    __slots__ = ("count", "frame", "last", "pack", "prefix", "size", "total")

    def __init__(self, number: int, count: int) -> None:
        row = 16 + 8 * count
        self.count = count
        self.last = b""
        self.prefix = _encode((SCALARS, number, bytes(row)))[:-row]
        self.size = len(self.prefix) + row
        self.total = HEADER.size + self.size
        self.pack = struct.Struct(f"<{len(self.prefix)}sqq{count}d").pack
        self.frame = struct.Struct(f"<II{self.size}s").pack

    def record(self, step: int, us: int, values: Iterable[float]) -> bytes:
        """Return one framed record; the SDK's `Run.log` does the same in line."""
        body = self.pack(self.prefix, step, us, *values)
        return self.frame(self.size, zlib.crc32(body), body)

    def values(self, body: bytes) -> tuple[int, tuple[float, ...]]:
        """Return the time in microseconds and the values of a body that `pack` made."""
        _, us, *values = struct.unpack_from(f"<qq{self.count}d", body, len(self.prefix))
        return us, tuple(values)


@dataclass(frozen=True, slots=True)
class Record:
    """One decoded record: its tag, the fields after the tag, and the offset of the byte after it."""

    tag: int
    fields: list[Any]
    end: int


def frame(body: bytes) -> bytes:
    """Return `body` with its length and crc in front, ready for one `os.write`."""
    return HEADER.pack(len(body), zlib.crc32(body)) + body


def check_meta(meta: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a record, as it was given.

    Raises:
        LimitError: It is longer than `META_BYTES`.

    Example:
        >>> check_meta({"names": ["cat", "dog"]})
        {'names': ['cat', 'dog']}
    """
    size = len(_encode(meta))
    if size > META_BYTES:
        names = ", ".join(
            str(name)[:40] for name, value in list(meta.items())[:20] if isinstance(value, (list, dict, str))
        )
        msg = f"meta: expected at most {META_BYTES >> 10} KiB, received {size >> 10} in {names}. Pass fewer or shorter names."
        raise LimitError(msg, field="meta")
    return meta


def encode(tag: int, *fields: Any) -> bytes:
    """Return one framed record.

    Example:
        >>> [r.fields for r in read(encode(REWIND, 1_000_000, 40))]
        [[1000000, 40]]
    """
    return frame(_encode((tag, *fields)))


def read(data: bytes | memoryview, start: int = 0, offset: int = 0) -> Iterator[Record]:
    """Yield the whole records of `data[start:]`, stopping silently at the first torn or damaged one.

    Args:
        data: Bytes of a journal.
        start: Where to begin in `data`; must be the start of a record.
        offset: Offset of `data[0]` in the journal, added to `Record.end`.
    """
    view = memoryview(data)
    while (record := record_at(view, start, offset)) is not None:
        yield record
        start = record.end - offset


def record_at(view: memoryview, start: int, offset: int = 0) -> Record | None:
    """Return the record that begins at `start`; `None` when it is torn or damaged."""
    if start + 8 > len(view):
        return None
    length, crc = HEADER.unpack_from(view, start)
    end = start + 8 + length
    if length > MAX_RECORD_BYTES or end > len(view):
        return None
    body = view[start + 8 : end]
    if zlib.crc32(body) != crc:
        return None
    try:
        tag, *fields = _decode(body)
    except (msgspec.DecodeError, TypeError, ValueError, RecursionError):
        return None
    return Record(tag, fields, offset + end)


def whole(data: bytes | memoryview, start: int = 0) -> int:
    """Return where the whole records of `data[start:]` end, without decoding them.

    Example:
        >>> whole(encode(REWIND, 1, 2) + b"torn")
        12
    """
    view = memoryview(data)
    size = len(view)
    while start + 8 <= size:
        length, crc = HEADER.unpack_from(view, start)
        end = start + 8 + length
        if length == 0 or length > MAX_RECORD_BYTES or end > size or zlib.crc32(view[start + 8 : end]) != crc:
            break
        start = end
    return start


def closing(tail: bytes) -> Record | None:
    """Return the close record that `tail` ends with, or `None`.

    Args:
        tail: The last `CLOSE_TAIL_BYTES` of a journal, or all of it when it is shorter.
    """
    end = len(tail)
    while (start := tail.rfind(b"\x94\x06", 0, end)) >= HEADER.size:
        records = list(read(tail, start - HEADER.size))
        if len(records) == 1 and records[0].tag == CLOSE and records[0].end == len(tail):
            return records[0]
        end = start + 1
    return None


def is_torn(data: bytes | memoryview, start: int) -> bool:
    """Tell whether the bytes at `start` can only be a record still being written, rather than damage.

    A record that is complete but fails its crc is damage: waiting for more bytes will not mend it.
    """
    view = memoryview(data)
    if len(view) - start < 8:
        return True
    length, _ = HEADER.unpack_from(view, start)
    return bool(length <= MAX_RECORD_BYTES and start + 8 + length > len(view))


def decode_open(record: Record) -> Open:
    """Return the `Open` of a journal's first record.

    Raises:
        CorruptError: The record is something else, or was written by a newer gnomon.
    """
    if record.tag != OPEN or len(record.fields) != 1:
        msg = f"journal: expected an open record first, received tag {record.tag}."
        raise CorruptError(msg)
    try:
        opened = msgspec.convert(record.fields[0], Open)
    except msgspec.ValidationError as error:
        msg = f"journal: the open record does not hold what it should: {error}."
        raise CorruptError(msg) from error
    if opened.v > VERSION:
        msg = f"journal: written in version {opened.v}, this gnomon reads up to {VERSION}. Upgrade gnomon."
        raise CorruptError(msg)
    return opened


def read_open(path: Path) -> Open | None:
    """Return what the first record of a journal says; `None` when the file is gone, or too young to have one.

    Raises:
        CorruptError: As `decode_open`.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(HEADER.size)
            length = HEADER.unpack(head)[0] if len(head) == HEADER.size else 0
            first = next(read(head + stream.read(min(length, MAX_RECORD_BYTES))), None)
    except OSError:
        return None
    return None if first is None else decode_open(first)


def read_closing(path: Path) -> Record | None:
    """Return the close record that a journal ends with; `None` when it is not closed, or gone."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - CLOSE_TAIL_BYTES))
            return closing(stream.read())
    except OSError:
        return None
