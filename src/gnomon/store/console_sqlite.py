"""Consoles in the SQLite engine: blocks of lines, small ones as they come, merged and compressed better as they add up."""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

import apsw
import msgspec
import numpy as np

from gnomon.core.batch import Int64
from gnomon.store.console import ConsoleInfo, ConsoleLine, Open, Search, Told, advance, looks_like_error
from gnomon.store.console_search import check_search, find_regex, find_text
from gnomon.store.reader import Connections
from gnomon.store.roster import unknown
from gnomon.store.schema import query

BLOCK_BYTES: Final = 128 << 10
"""Of text, about, in a block that is not merged any more."""

_LOOSE: Final = 32
"""Small blocks before they are merged."""

_SEARCHES: Final = 16
"""Remembered; what was found stays so, since a line that has ended does not change."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Hold some lines one after the other.

    Args:
        us: Microseconds since 1970, int64 of shape `(n,)`.
        stream: uint8 of shape `(n,)`.
        text: The lines, joined by line feeds.
    """

    us: Int64
    stream: np.ndarray[Any, np.dtype[np.uint8]]
    text: str

    @classmethod
    def of(cls, lines: Sequence[ConsoleLine]) -> "Block":
        """Return lines as a block."""
        us = np.array([line.us for line in lines], np.int64)
        stream = np.array([line.stream for line in lines], np.uint8)
        return cls(us, stream, "\n".join(line.text for line in lines))

    def lines(self) -> list[ConsoleLine]:
        """Return its lines."""
        return [
            ConsoleLine(*each)
            for each in zip(self.us.tolist(), self.stream.tolist(), self.text.split("\n"), strict=True)
        ]

    def pack(self, level: int) -> bytes:
        """Return it compressed; times as differences, which are small."""
        us = np.diff(self.us, prepend=0).astype("<i8").tobytes()
        return zlib.compress(_encode((us, self.stream.tobytes(), self.text)), level)

    @classmethod
    def unpack(cls, data: bytes) -> "Block":
        """Return what `pack` made."""
        us, stream, text = _decode(zlib.decompress(data))
        return cls(np.cumsum(np.frombuffer(us, "<i8")), np.frombuffer(stream, np.uint8), text)


def write(db: apsw.Connection, run: int, told: Sequence[Told]) -> int:
    """Write what was printed, inside a transaction; return how many lines the run has now."""
    rows = query(db, "SELECT writer, stream, us, text FROM console_open WHERE run = ? ORDER BY us", (run,))
    still: Open = {(writer, stream): ConsoleLine(us, stream, text) for writer, stream, us, text in rows}
    before = dict(still)
    ended = advance(still, told)
    total = _total(db, run)
    for block in _cut(ended):
        _insert(db, run, total, block, 1)
        total += len(block)
    if ended:
        _merge(db, run)
    for writer, stream in before.keys() - still.keys():
        db.execute("DELETE FROM console_open WHERE run = ? AND writer = ? AND stream = ?", (run, writer, stream))
    changed = [(run, w, s, line.us, line.text) for (w, s), line in still.items() if before.get((w, s)) != line]
    db.executemany("INSERT OR REPLACE INTO console_open VALUES(?, ?, ?, ?, ?)", changed)
    return total


def _total(db: apsw.Connection, run: int) -> int:
    found = query(db, "SELECT first + n FROM console WHERE run = ? ORDER BY first DESC LIMIT 1", (run,))
    return int(found[0][0]) if found else 0


def _cut(lines: list[ConsoleLine]) -> Iterator[list[ConsoleLine]]:
    """Yield lines in parts of about `BLOCK_BYTES`."""
    size, parts = 0, []
    for line in lines:
        parts.append(size // BLOCK_BYTES)
        size += len(line.text) + 1
    for _, group in groupby(zip(parts, lines, strict=True), lambda pair: pair[0]):
        yield [line for _, line in group]


def _insert(db: apsw.Connection, run: int, first: int, lines: list[ConsoleLine], level: int) -> None:
    block = Block.of(lines)
    error = next((n for n, line in enumerate(lines, first) if looks_like_error(line)), None)
    size = len(block.text) + len(lines)
    row = (run, first, len(lines), int((block.stream == 1).sum()), error, size, block.pack(level))
    db.execute("INSERT INTO console VALUES(?, ?, ?, ?, ?, ?, ?)", row)


def _merge(db: apsw.Connection, run: int) -> None:
    """Make one block of the small ones at the end, when they are many or large enough."""
    sql = "SELECT first, size FROM console WHERE run = ? ORDER BY first DESC LIMIT ?"
    small: list[int] = []
    total = 0
    for first, size in query(db, sql, (run, _LOOSE)):
        if size >= BLOCK_BYTES // 2:
            break
        small.append(first)
        total += size
    if len(small) < 2 or (len(small) < _LOOSE and total < BLOCK_BYTES // 2):
        return
    since = (run, small[-1])
    blocks = [Block.unpack(data) for (data,) in query(db, f"SELECT data {_SINCE}", since)]
    db.execute(f"DELETE {_SINCE.replace(' ORDER BY first', '')}", since)
    _insert(db, run, small[-1], [line for block in blocks for line in block.lines()], 6)


_SINCE: Final = "FROM console WHERE run = ? AND first >= ? ORDER BY first"


class SqliteConsole:
    """Read consoles.

    Args:
        connections: Reading connections.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple[int, Search], tuple[int, Int64]] = OrderedDict()

    @contextmanager
    def _reading(self, run: str) -> Iterator[tuple[apsw.Connection, int]]:
        """Lend a connection that sees one moment, and the row of a run."""
        with self._connections.lend() as db:
            db.execute("BEGIN")
            try:
                yield db, _row(db, run)
            finally:
                db.execute("COMMIT")

    def info(self, run: str) -> ConsoleInfo:
        with self._reading(run) as (db, row):
            sql = "SELECT coalesce(max(first + n), 0), coalesce(sum(errors), 0), min(error) FROM console WHERE run = ?"
            ((total, errors, error),) = query(db, sql, (row,))
            sql = "SELECT us, stream, text FROM console_open WHERE run = ? ORDER BY us, writer, stream"
            return ConsoleInfo(total, errors, error, tuple(ConsoleLine(*each) for each in query(db, sql, (row,))))

    def lines(self, run: str, first: int = 0, limit: int = 1000) -> list[ConsoleLine]:
        with self._reading(run) as (db, row):
            found: list[ConsoleLine] = []
            for at, block in _blocks(db, row, first):
                found += block.lines()[max(0, first - at) :]
                if len(found) >= limit:
                    break
            return found[:limit]

    def pick(self, run: str, numbers: Sequence[int]) -> list[ConsoleLine]:
        found: list[ConsoleLine] = []
        with self._reading(run) as (db, row):
            starts = [at for (at,) in query(db, "SELECT first FROM console WHERE run = ? ORDER BY first", (row,))]
            for at, end in pairwise([*starts, 1 << 62]):
                wanted = [n for n in numbers if at <= n < end]
                if wanted:
                    lines = _block(db, row, at).lines()
                    found += [lines[n - at] for n in wanted]
        return found

    def find(self, run: str, search: Search) -> Int64:
        check_search(search)
        with self._reading(run) as (db, row):
            key = row, search
            with self._lock:
                upto, known = self._found.get(key, (0, np.empty(0, np.int64)))
            total, new = _find(db, row, upto, search)
        found = np.concatenate((known, new))
        with self._lock:
            self._found[key] = total, found
            self._found.move_to_end(key)
            while len(self._found) > _SEARCHES:
                self._found.popitem(last=False)
        return found


def _find(db: apsw.Connection, run: int, upto: int, search: Search) -> tuple[int, Int64]:
    """Search the lines from `upto` on; return how many lines there are, and which of them were found."""
    streams: list[np.ndarray[Any, np.dtype[np.uint8]]] = []
    total = upto

    def texts() -> Iterator[str]:
        nonlocal total
        for at, block in _blocks(db, run, upto):
            skip = max(0, upto - at)
            streams.append(block.stream[skip:])
            total = at + len(block.us)
            yield block.text.split("\n", skip)[skip] if skip else block.text

    if search.regex and search.text:
        found = find_regex(texts(), search)
    elif search.text:
        found = find_text(texts(), search)
    else:
        found = np.arange(sum(text.count("\n") + 1 for text in texts()))
    if search.stream is not None and streams:
        found = found[np.concatenate(streams)[found] == search.stream]
    return total, found + upto


def _blocks(db: apsw.Connection, run: int, first: int) -> Iterator[tuple[int, Block]]:
    """Yield the blocks with lines from number `first` on, and where each begins; within one transaction."""
    sql = "SELECT coalesce(max(first), 0) FROM console WHERE run = ? AND first <= ?"
    ((since,),) = query(db, sql, (run, first))
    sql = "SELECT first FROM console WHERE run = ? AND first >= ? AND first + n > ? ORDER BY first"
    for (at,) in query(db, sql, (run, since, first)):
        yield at, _block(db, run, at)


def _block(db: apsw.Connection, run: int, at: int) -> Block:
    ((data,),) = query(db, "SELECT data FROM console WHERE run = ? AND first = ?", (run, at))
    return Block.unpack(data)


def _row(db: apsw.Connection, run: str) -> int:
    found = query(db, "SELECT id FROM run WHERE uid = ?", (run,))
    if not found:
        raise unknown(run)
    return int(found[0][0])
