"""Reading series while they are written: who holds which points at one moment, and the envelopes asked for before."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import apsw
import numpy as np

from gnomon.core.errors import StoreError
from gnomon.core.limits import SYSTEM
from gnomon.store.at_step import values_at_steps
from gnomon.store.axis import NAMES
from gnomon.store.cache import Cache
from gnomon.store.chunks import FULL
from gnomon.store.draw import axis_of, draw, draw_over
from gnomon.store.engine import Stats
from gnomon.store.envelope import Envelope, Window
from gnomon.store.grid import blank
from gnomon.store.ledger import Ledger, rewinds_of
from gnomon.store.pyramid import WIDE
from gnomon.store.schema import connect, query
from gnomon.store.shelf import GoneError, Index, Ready, Shelf
from gnomon.store.source import Source
from gnomon.store.stats import ROW
from gnomon.store.tail import NO_TAIL, Tail

T = TypeVar("T")
_AT_ONCE: Final = 256


class Connections:
    """Lend reading connections, one to each thread that needs one, made when first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: queue.LifoQueue[apsw.Connection] = queue.LifoQueue()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[apsw.Connection]:
        """Lend a connection; what goes wrong in SQLite becomes a `StoreError`."""
        if self._closed:
            msg = f"{self._path}: the store is closed. Open it again."
            raise StoreError(msg)
        try:
            db = self._idle.get_nowait()
        except queue.Empty:
            db = connect(self._path, write=False)
        try:
            yield db
        except apsw.Error as error:
            msg = f"{self._path}: cannot be read: {error}. Run gnomon doctor."
            raise StoreError(msg) from error
        finally:
            self._give_back(db)

    def copy(self, dest: Path) -> None:
        """Copy the store as it is at one moment, compact, into a new file."""
        if dest.exists():
            msg = f"backup: {dest} exists already. Choose a new file."
            raise StoreError(msg)
        with self.lend() as db:
            db.execute("PRAGMA query_only=0")
            try:
                db.execute("VACUUM INTO ?", (str(dest),))
            finally:
                db.execute("PRAGMA query_only=1")

    def _give_back(self, db: apsw.Connection) -> None:
        self._idle.put(db)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close those at home; one still lent closes when it comes back."""
        self._closed = True
        while not self._idle.empty():
            self._idle.get_nowait().close()


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Where one series is, as its run stood at one moment.

    Args:
        run: Row of the run.
        series: Number of the series in its run.
        total: Points that no rewind hides.
        created_us: When the run began.
        rewinds: Of the run.
        sealed: Rows that arrived before this are in chunks.
        arrival: Rows of the run at that moment.
        tail: The points that are in no chunk.
    """

    run: int
    series: int
    total: int
    created_us: int
    rewinds: list[tuple[int, int]]
    sealed: int
    arrival: int
    tail: Tail

    @property
    def moment(self) -> tuple[int, int, int]:
        """Return what changes whenever the points that can be seen do."""
        return self.run, self.arrival, len(self.rewinds)


def place(ledger: Ledger, key: str) -> Spot | None:
    """Return where a series of a run in memory is; nothing may change the ledger meanwhile."""
    row = ledger.names.get(key)
    if row is None:
        return None
    total = int(ledger.stats.columns["n"][row])
    rewinds = [] if key.startswith(SYSTEM) else ledger.rewinds
    return Spot(
        ledger.id, row, total, ledger.fields.created_us, rewinds, ledger.sealed, ledger.arrival,
        ledger.tail_of(row),
    )  # fmt: skip


def place_cold(db: apsw.Connection, run: str, key: str) -> Spot | None:
    """Return where a series of a run that nobody writes is."""
    sql = (
        "SELECT r.id, s.id, s.stats, r.created_us, r.sealed, EXISTS(SELECT 1 FROM rewind w WHERE w.run = r.id) "
        "FROM run r JOIN series s ON s.run = r.id WHERE r.uid = ? AND s.key = ?"
    )
    found = query(db, sql, (run, key))
    if not found:
        return None
    ((row, series, stats, created_us, sealed, rewound),) = found
    total = int(np.frombuffer(stats, ROW)["n"][0])
    rewinds = rewinds_of(db, row) if rewound and not key.startswith(SYSTEM) else []
    return Spot(row, series, total, created_us, rewinds, sealed, sealed, NO_TAIL)


class Reader:
    """Read points and envelopes.

    Args:
        connections: Reading connections.
        locate: Returns where a series is now; it takes a key and a reading connection.
        is_held: Tells whether a run may have points that are in no chunk.
        settled: Held while chunks must not change, for a reader that lost the race too often.
        cache_bytes: Memory for decoded chunks and finished envelopes together.
    """

    def __init__(
        self,
        connections: Connections,
        locate: Callable[[apsw.Connection, str, str], Spot | None],
        is_held: Callable[[str], bool],
        settled: threading.RLock,
        cache_bytes: int,
    ) -> None:
        self._connections = connections
        self._locate = locate
        self._is_held = is_held
        self._settled = settled
        self.shelf = Shelf(cache_bytes // 2)
        self._finished: Cache[tuple[str, str, Window], tuple[tuple[int, ...], Envelope]] = Cache(cache_bytes // 2)

    def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """Do some reading, again when a chunk was merged into another meanwhile."""
        with self._connections.lend() as db:
            for _ in range(4):
                try:
                    return work(db)
                except GoneError:
                    continue
            with self._settled:
                return work(db)

    def sources(self, db: apsw.Connection, places: Sequence[Spot]) -> list[Source]:
        """Return what can be read of series; their tails were taken before their chunks are looked up."""
        indexes = self.shelf.indexes(db, ((p.run, p.series, p.sealed) for p in places))
        return [self._source(p, indexes[p.run, p.series]) for p in places]

    def _source(self, p: Spot, index: Index) -> Source:
        return Source(p.run, p.series, p.total, p.created_us, p.rewinds, index, p.tail).cut(index)

    def stats(self, spot: Spot) -> Stats:
        """Count the statistics of a series again."""
        return self.read(lambda db: self.sources(db, [spot])[0].stats(self.shelf, db))

    def values_at(self, key: str, places: Sequence[tuple[str, int]]) -> list[float | None]:
        """Return the last value of a series at or before a step, for each `(run, step)`."""
        out: list[float | None] = []
        for i in range(0, len(places), _AT_ONCE):
            out += self.read(partial(self._values_at, key, places[i : i + _AT_ONCE]))
        return out

    def _values_at(self, key: str, places: Sequence[tuple[str, int]], db: apsw.Connection) -> list[float | None]:
        sealed = [i for i, (run, _) in enumerate(places) if not self._is_held(run)]
        easy = values_at_steps(db, key, [places[i] for i in sealed])
        found = {sealed[i]: value for i, value in easy.items()}
        left = [i for i in range(len(places)) if i not in found]
        spots = [self._locate(db, places[i][0], key) for i in left]
        sources = iter(self.sources(db, [spot for spot in spots if spot is not None]))
        for i, spot in zip(left, spots, strict=True):
            found[i] = None if spot is None else next(sources).at(self.shelf, db, places[i][1])
        return [found[i] for i in range(len(places))]

    def envelopes(self, series: Sequence[tuple[str, str]], window: Window) -> list[Envelope]:
        """Return the envelope of each series, from memory where nothing has changed."""
        return self.read(lambda db: self._envelopes(db, series, window))

    def _envelopes(self, db: apsw.Connection, series: Sequence[tuple[str, str]], window: Window) -> list[Envelope]:
        out: list[Envelope] = [blank()] * len(series)
        todo: list[tuple[int, Spot]] = []
        for i, (run, key) in enumerate(series):
            where = self._locate(db, run, key)
            if where is None:
                continue
            held = self._finished.get((run, key, window))
            if held is not None and held[0] == where.moment:
                out[i] = held[1]
            else:
                todo.append((i, where))
        sources = self.sources(db, [p for _, p in todo])
        ready: Ready = {}
        if len(sources) > 1 and window.x in NAMES:
            # Series long enough for coarser levels may not need their pyramids at all.
            most = window.px * (WIDE if window.x == "step" else FULL)
            few = [s for s in sources if s.index.n.sum() < most]
            for axis in {axis_of(s, window) for s in few}:
                mine = [(s.run, s.series, s.index) for s in few if axis_of(s, window) == axis]
                ready |= self.shelf.fetch(db, mine, axis)
        for (i, where), source in zip(todo, sources, strict=True):
            out[i] = self._draw(db, series[i][0], source, window, ready)
            size = 9 * out[i].x0.nbytes + 500
            self._finished.put((*series[i], window), (where.moment, out[i]), size)
        return out

    def _draw(self, db: apsw.Connection, run: str, source: Source, window: Window, ready: Ready) -> Envelope:
        if window.x in NAMES:
            return draw(source, window, self.shelf, db, ready)
        other = self._locate(db, run, window.x)
        if other is None:
            return blank(source.total)
        return draw_over(source, self.sources(db, [other])[0], window, self.shelf, db)

    def clear(self) -> None:
        """Forget everything."""
        self.shelf.clear()
        self._finished.clear()
