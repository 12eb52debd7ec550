"""The value of one series at one step of each of many runs: two statements for hundreds of runs."""

import json
from collections.abc import Sequence
from typing import Final

import apsw
import numpy as np

from gnomon.core.batch import Int64
from gnomon.store.chunks import FULL, REGULAR
from gnomon.store.codec import decode, decode_onto
from gnomon.store.schema import query

_CHUNKS: Final = (
    "SELECT w.key, r.id, s.id, a.id, a.step0, a.step1, a.stride, a.flags, a.n, "
    "EXISTS(SELECT 1 FROM rewind e WHERE e.run = r.id) "
    "FROM json_each(?) w CROSS JOIN run r ON r.uid = w.value CROSS JOIN series s ON s.key = ? AND s.run = r.id "
    "CROSS JOIN chunk c ON c.run = r.id AND c.series = s.id CROSS JOIN axis a ON a.run = r.id AND a.id = c.axis"
)
_VALUES: Final = (
    "SELECT w.key, coalesce(c.data, (SELECT b.data FROM body b WHERE b.run = c.run AND b.series = c.series "
    "AND b.axis = c.axis)), CASE WHEN w.value ->> 3 THEN NULL ELSE "
    "(SELECT l.step FROM ruler l WHERE l.run = c.run AND l.axis = c.axis) END "
    "FROM json_each(?) w CROSS JOIN chunk c "
    "ON c.run = w.value ->> 0 AND c.series = w.value ->> 1 AND c.axis = w.value ->> 2"
)


def values_at_steps(db: apsw.Connection, key: str, places: Sequence[tuple[str, int]]) -> dict[int, float | None]:
    """Return the last value of a series at or before a step, for each `(run, step)` that is easily told.

    That is where one chunk alone can hold it and no rewind hides any of it: nearly always.

    Args:
        db: A reading connection.
        key: Of the series.
        places: Runs that have nothing unsealed, and steps.

    Returns:
        By place in `places`; those that are left out need a look at more than one chunk.
    """
    db.execute("BEGIN")  # the chunks that the first statement names are there for the second
    try:
        rows = query(db, _CHUNKS, (json.dumps([run for run, _ in places]), key))
        found: dict[int, float | None] = dict.fromkeys(range(len(places)))
        if rows:
            chunks = np.array(rows, np.int64)
            chosen, unsure = _chosen(chunks, np.array([step for _, step in places], np.int64))
            for place in unsure.tolist():
                del found[place]
            found |= _read(db, chunks[chosen], places)
        return found
    finally:
        db.execute("COMMIT")


def _chosen(chunks: Int64, steps: Int64) -> tuple[Int64, Int64]:
    """Return the chunks that hold the value of their run, and the runs where it may lie in one of several."""
    owner, step0, step1, rewound = chunks[:, 0], chunks[:, 4], chunks[:, 5], chunks[:, 9]
    wanted = steps[owner]
    # Of those that begin in time, the one that begins last has a point in time, unless another reaches into it
    begins = step0 <= wanted
    last = np.full(len(steps), -1)
    np.maximum.at(last, owner[begins], step0[begins])
    near = begins & (step1 >= last[owner])
    several = np.bincount(owner[near], minlength=len(steps)) > 1
    several[owner[rewound > 0]] = True
    return np.flatnonzero(near & ~several[owner]), np.flatnonzero(several)


def _read(db: apsw.Connection, chunks: Int64, places: Sequence[tuple[str, int]]) -> dict[int, float | None]:
    regular = chunks[:, 7] & REGULAR
    wanted = np.column_stack([chunks[:, 1:4], regular])
    found: dict[int, float | None] = {}
    scratch = np.empty(FULL)
    known = chunks[:, [0, 4, 6, 8]].tolist()
    for i, blob, steps in query(db, _VALUES, (json.dumps(wanted.tolist()),)):
        place, step0, stride, n = known[i]
        step = places[place][1]
        row = (
            min(n - 1, (step - step0) // stride)
            if steps is None
            else int(np.searchsorted(decode(steps), step, "right")) - 1
        )
        found[place] = float(decode_onto(blob, scratch)[row])
    return found
