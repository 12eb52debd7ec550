"""What happens to the lines of one ingest request: runs are found or made, batches built, stored and reported."""

import asyncio
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakValueDictionary

from gnomon.core import ids, journal
from gnomon.core.batch import Batch
from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import GnomonError, StoreError
from gnomon.server.body import decode_lines
from gnomon.server.collector import Collector
from gnomon.server.errors import line_error
from gnomon.server.lines import Line, read_line
from gnomon.server.wire import Ingested, LineError
from gnomon.store.engine import Appended
from gnomon.store.home import Home

_INLINE_BYTES: Final = 64 << 10


@dataclass(slots=True)
class _Target:
    """A run that is being written to: how far its steps go, counting what is not stored yet, and how to open it."""

    run: str
    keys: tuple[tuple[str, str], ...]
    last: int = -1
    opened: journal.Open | None = None
    users: int = 0

    def next(self) -> int:
        return self.last + 1

    def reached(self, step: int) -> None:
        self.last = max(self.last, step)


@dataclass(slots=True)
class _Piece:
    """Lines that become one batch."""

    target: _Target
    writer: str
    number: int
    lines: list[tuple[int, Line]] = field(default_factory=list)
    result: Appended | BaseException | None = None

    def batch(self, first: int = 0) -> Batch:
        collector = Collector(self.target)
        for _, line in self.lines:
            collector.add(line)
        # A journal's writer is an id; the mark in front keeps the two kinds of numbering apart.
        writer, last = (f"@{self.writer}", self.number + 1) if self.writer else ("", 0)
        return Batch(self.target.run, writer, first, last, collector.items(), opened=self.target.opened)


class Intake:
    """Store lines; one for the whole server.

    Args:
        home: Where they go.
        clock: Time of lines that bring none.
    """

    def __init__(self, home: Home, clock: Clock = now_us) -> None:
        self._home = home
        self._clock = clock
        self._targets: dict[tuple[str, str], _Target] = {}
        self._numbered: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def store(self, body: bytes, content_type: str) -> Ingested:
        """Store what can be stored and say what could not, line by line.

        Args:
            body: As `decode_lines` takes it.
            content_type: Without parameters, lower case.

        Raises:
            InputError: The body as a whole does not decode.
            StoreError: Nothing could be stored, and it is not the sender's fault.
        """
        if len(body) <= _INLINE_BYTES:
            lines, errors = self._read(body, content_type)
        else:  # a large body must not hold up the other connections
            lines, errors = await asyncio.to_thread(self._read, body, content_type)
        pieces = self._pieces(lines)
        try:
            await self._commit(pieces)
        finally:
            self._release(pieces)
        return _report(pieces, errors)

    def _read(self, body: bytes, content_type: str) -> tuple[list[tuple[int, Line]], list[LineError]]:
        now = self._clock()
        good: list[tuple[int, Line]] = []
        errors: list[LineError] = []
        for index, line in enumerate(decode_lines(body, content_type)):
            try:
                if isinstance(line, GnomonError):
                    raise line
                good.append((index, read_line(line, now)))
            except GnomonError as error:
                errors.append(line_error(index, error))
        return good, errors

    def _pieces(self, lines: list[tuple[int, Line]]) -> list[_Piece]:
        pieces: dict[tuple[str, str, int], _Piece] = {}
        for index, line in lines:
            target = self._target(line)
            key = (target.run, line.writer, line.batch)
            piece = pieces.get(key)
            if piece is None:
                piece = pieces[key] = _Piece(target, line.writer, line.batch)
                target.users += 1
            piece.lines.append((index, line))
        return list(pieces.values())

    def _target(self, line: Line) -> _Target:
        """Find the run of a line, or decide what a new one will be; all requests in flight share the answer."""
        known = self._home.catalog.get(line.run) or self._home.catalog.find(line.project, line.run)
        target = self._targets.get(("", known.id) if known else (line.project, line.run))
        if target is None:
            if known:
                target = _known(known.id, known.last_step)
            elif self._home.has_deleted(line.run):
                target = _known(line.run, None)  # the store refuses it; a new run must not get an old id as its name
            else:
                target = _new(line)
            self._targets.update(dict.fromkeys(target.keys, target))
        elif known and known.last_step is not None:
            target.reached(known.last_step)
        return target

    def _release(self, pieces: list[_Piece]) -> None:
        for piece in pieces:
            piece.target.users -= 1
            if not piece.target.users:
                for key in piece.target.keys:
                    self._targets.pop(key, None)

    async def _commit(self, pieces: list[_Piece]) -> None:
        plain = [p for p in pieces if not p.writer]
        if plain:
            await self._submit(plain, [p.batch() for p in plain])
        for piece in pieces:
            if piece.writer:
                await self._commit_numbered(piece)

    async def _submit(self, pieces: list[_Piece], batches: list[Batch]) -> None:
        futures = self._home.submit(batches)
        results = await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)
        for piece, result in zip(pieces, results, strict=True):
            piece.result = result

    async def _commit_numbered(self, piece: _Piece) -> None:
        """Store one numbered batch, one at a time for each writer, unless it is stored already."""
        key = (piece.target.run, piece.writer)
        async with self._numbered.setdefault(key, asyncio.Lock()):
            stored = await asyncio.to_thread(self._home.engine.offset, key[0], f"@{piece.writer}")
            try:
                await self._submit([piece], [piece.batch(stored)])
            except StoreError as error:
                piece.result = error


def _known(run: str, last_step: int | None) -> _Target:
    return _Target(run, (("", run),), -1 if last_step is None else last_step)


def _new(line: Line) -> _Target:
    run = ids.run_id()
    opened = journal.Open(run=run, project=line.project, writer="http", name=line.run, us=line.us)
    return _Target(run, (("", run), (line.project, line.run)), opened=opened)


def _report(pieces: list[_Piece], errors: list[LineError]) -> Ingested:
    failed = [p for p in pieces if isinstance(p.result, BaseException)]
    if failed and len(failed) == len(pieces) and isinstance(failed[0].result, StoreError):
        raise failed[0].result
    for piece in failed:
        assert isinstance(piece.result, Exception)
        errors += [line_error(index, piece.result) for index, _ in piece.lines]
    stored = [p for p in pieces if isinstance(p.result, Appended)]
    return Ingested(
        accepted=sum(len(p.lines) for p in stored),
        points=sum(line.count for p in stored for _, line in p.lines),
        runs=sorted({p.target.run for p in stored}),
        errors=sorted(errors, key=lambda e: e.index),
    )
