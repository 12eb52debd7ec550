"""The feed of the SQLite engine: chunks and unsealed rows put back into the order in which they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import apsw
import numpy as np

from gnomon.core.batch import Frame, Int64, Rewind
from gnomon.store.cache import Cache
from gnomon.store.codec import decode
from gnomon.store.engine import Feed, Mark
from gnomon.store.feed import MOST_RECORDS, MOST_VALUES, Told
from gnomon.store.ledger import Ledger
from gnomon.store.reader import Connections
from gnomon.store.records import since as records_since
from gnomon.store.schema import query
from gnomon.store.seal import values_of
from gnomon.store.tail import Rows

_CACHE_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Keep what the memory of a run said at one moment.

    Args:
        run: Row of the run.
        rows: Rows that had arrived.
        rewinds: As `(us, step)`.
        members: Series of each lane.
        keys: Names of the series.
        tail: Unsealed rows, with their lane and branch.
    """

    run: int
    rows: int
    rewinds: list[tuple[int, int]]
    members: dict[int, Int64]
    keys: list[str]
    tail: list["Part"]

    @classmethod
    def of(cls, ledger: Ledger, mark: Mark) -> "Moment":
        """Look at a ledger; nothing may change it meanwhile."""
        tail = [Part(lane, branch, buffer.rows(mark.rows)) for (lane, branch), buffer in ledger.tail.items()]
        members, keys = dict(ledger.members), list(ledger.keys)
        return cls(ledger.id, ledger.arrival, list(ledger.rewinds), members, keys, tail)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of one lane on one branch, by arrival."""

    lane: int
    branch: int
    rows: Rows

    def between(self, first: int, end: int) -> "Part | None":
        """Return the rows that arrived from `first` to before `end`; `None` when there are none."""
        r = self.rows
        keep = np.flatnonzero((r.arrival >= first) & (r.arrival < end))
        if not len(keep):
            return None
        keep = keep[np.argsort(r.arrival[keep], kind="stable")]
        return Part(self.lane, self.branch, Rows(r.step[keep], r.us[keep], r.arrival[keep], r.values[:, keep]))


class FeedReader:
    """Read what came after a mark; remembers which rows a chunk holds.

    Args:
        connections: Reading connections.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._spans: Cache[tuple[int, int], tuple[int, int]] = Cache(_CACHE_BYTES)

    def read(self, moment: Moment, mark: Mark) -> Feed:
        """Return a piece of what came after `mark`; what is read from disk is read later than `moment`."""
        with self._connections.lend() as db:
            db.execute("BEGIN")  # one moment for all of it
            try:
                return self._read(db, moment, mark)
            finally:
                db.execute("COMMIT")

    def _read(self, db: apsw.Connection, moment: Moment, mark: Mark) -> Feed:
        widest = max((len(m) for m in moment.members.values()), default=1)
        end = min(moment.rows, mark.rows + max(1, MOST_VALUES // widest))
        ((sealed,),) = query(db, "SELECT sealed FROM run WHERE id = ?", (moment.run,))  # chunks hold what came before
        chunks = [part.between(mark.rows, end) for part in self._sealed(db, moment, mark.rows, end)]
        tail = [part.between(max(mark.rows, sealed), end) for part in moment.tail]
        found = [part for part in (*chunks, *tail) if part is not None]
        records = [
            r for r in records_since(db, moment.run, mark.record, MOST_RECORDS + 1) if r[0] <= len(moment.rewinds)
        ]
        more_records = len(records) > MOST_RECORDS
        records = records[:MOST_RECORDS]
        # Nothing of a later branch may be told before all of the earlier ones has been.
        reach = len(moment.rewinds)
        if end < moment.rows:
            reach = min(reach, max((part.branch for part in found), default=mark.rewinds))
        if more_records:
            reach = min(reach, records[-1][0])
        found = [part for part in found if part.branch <= reach]
        records = [r for r in records if r[0] <= reach]
        rows = 1 + max((int(part.rows.arrival[-1]) for part in found), default=mark.rows - 1)
        after = Mark(rows, records[-1][1].id if records else mark.record, reach)
        items: list[Told] = []
        for branch in range(mark.rewinds, reach + 1):
            if branch > mark.rewinds:
                items.append(Rewind(*moment.rewinds[branch - 1]))
            items += _frames([part for part in found if part.branch == branch], moment)
            items += [info for at, info in records if at == branch]
        left = moment.rows - after.rows
        return Feed(tuple(items), after, left, has_more=left > 0 or more_records or reach < len(moment.rewinds))

    def _sealed(self, db: apsw.Connection, moment: Moment, first: int, end: int) -> list[Part]:
        """Return the chunks that hold any of the rows."""
        parts = []
        for axis, lane, branch in query(db, "SELECT id, lane, branch FROM axis WHERE run = ?", (moment.run,)):
            span = self._spans.get((moment.run, axis))
            if span is not None and (span[1] < first or span[0] >= end):
                continue
            sql = "SELECT arrival FROM ruler WHERE run = ? AND axis = ?"
            arrival = decode(query(db, sql, (moment.run, axis))[0][0])
            if span is None:
                span = int(arrival.min()), int(arrival.max())
                self._spans.put((moment.run, axis), span, 100)
                if span[1] < first or span[0] >= end:
                    continue
            sql = "SELECT step, us FROM ruler WHERE run = ? AND axis = ?"
            step, us = (decode(blob) for blob in query(db, sql, (moment.run, axis))[0])
            series = moment.members[lane].tolist() if lane >= 0 else [-1 - lane]
            values = np.stack([values_of(db, moment.run, one, axis) for one in series])
            parts.append(Part(lane, branch, Rows(step, us, arrival, values)))
        return parts


def _frames(parts: Sequence[Part], moment: Moment) -> list[Frame]:
    """Return parts of one branch as frames that keep the order of each series."""
    series = [moment.members[part.lane] if part.lane >= 0 else np.array([-1 - part.lane]) for part in parts]
    together = np.concatenate(series) if series else np.empty(0, np.int64)
    keys = [tuple(moment.keys[i] for i in each.tolist()) for each in series]
    if len(np.unique(together)) == len(together):
        return [_frame(part, names, slice(None)) for part, names in zip(parts, keys, strict=True)]
    # Lanes with a key in common: which of two points of a step came later must still be told by their order.
    arrival = np.concatenate([part.rows.arrival for part in parts])
    owner = np.repeat(np.arange(len(parts)), [len(part.rows.arrival) for part in parts])
    place = np.concatenate([np.arange(len(part.rows.arrival)) for part in parts])
    order = np.lexsort((owner, arrival))
    owner, place = owner[order], place[order]
    cuts = np.flatnonzero(owner[1:] != owner[:-1]) + 1
    return [
        _frame(parts[int(own[0])], keys[int(own[0])], at)
        for own, at in zip(np.split(owner, cuts), np.split(place, cuts), strict=True)
    ]


def _frame(part: Part, keys: tuple[str, ...], at: Int64 | slice) -> Frame:
    r = part.rows
    return Frame(keys, r.step[at], r.us[at], r.values[:, at])
