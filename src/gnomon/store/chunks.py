"""Chunks: up to 8,192 sorted points of the series of one lane, ready to be stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.store import pyramid
from gnomon.store.codec import FAST, affine_stride, encode
from gnomon.store.order import visible
from gnomon.store.tail import Rows

FULL: Final = 8_192
REGULAR, REPEATS, TIMELY = 1, 2, 4
"""Flags of an axis: steps are `step0 + i * stride`; some step comes twice; time rises from each point to the next."""

_NOTHING: Final = (0, None, 0, 0, None, 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class Built:
    """Rows of the tables `axis`, `ruler` and `chunk`, complete but for the run, the lane and the ids."""

    axis: tuple[int, ...]
    ruler: tuple[bytes, ...]
    chunks: list[tuple[Any, ...]]


def sort(rows: Rows) -> Rows:
    """Return rows by step and, for equal steps, by arrival; they must come by arrival."""
    if not (rows.step[1:] < rows.step[:-1]).any():
        return rows
    order = np.argsort(rows.step, kind="stable")
    return Rows(rows.step[order], rows.us[order], rows.arrival[order], rows.values[:, order])


def join(parts: Sequence[Rows]) -> Rows:
    """Return rows of the same series one after the other."""
    if len(parts) == 1:
        return parts[0]
    step, us, arrival = (np.concatenate([getattr(p, c) for p in parts]) for c in ("step", "us", "arrival"))
    return Rows(step, us, arrival, np.concatenate([p.values for p in parts], axis=1))


def split(rows: Rows) -> Iterator[Rows]:
    """Yield sorted rows in pieces of at most one full chunk."""
    for i in range(0, len(rows.step), FULL):
        at = slice(i, i + FULL)
        yield Rows(rows.step[at], rows.us[at], rows.arrival[at], rows.values[:, at])


def build(rows: Rows, level: int = FAST) -> Built:
    """Encode sorted rows.

    Args:
        rows: At most `FULL` of them, by step and arrival.
        level: pco level.
    """
    seen = visible(rows.step)
    step, us, values = rows.step, rows.us, rows.values
    if not seen.all():
        step, us, values = step[seen], us[seen], values[:, seen]
    stride = (affine_stride(rows.step) if len(rows.step) > 1 else 1) or 0
    flags = REGULAR * (stride > 0) | REPEATS * (len(step) < len(rows.step)) | TIMELY * bool((us[1:] > us[:-1]).all())
    axis = (
        len(rows.step), len(step), int(step[0]), int(step[-1]), int(us.min()), int(us.max()), stride, flags,
    )  # fmt: skip
    ruler = (encode(rows.step, level), encode(rows.arrival, level), encode(rows.us, level))
    blobs: Sequence[bytes | None] = [None] * len(values)
    coarse: Sequence[bytes | None] = blobs
    if len(step) >= pyramid.LEAST:
        blobs, coarse = pyramid.build(values, level), pyramid.build_coarse(values)
        coarse = [c if blob is not None else None for c, blob in zip(coarse, blobs, strict=True)]
    totals = zip(summaries(step, us, values), coarse, blobs, rows.values, strict=True)
    return Built(axis, ruler, [(*summary, wide, blob, encode(value, level)) for summary, wide, blob, value in totals])


def summaries(step: Int64, us: Int64, values: Float64) -> list[tuple[Any, ...]]:
    """Return `(bad, low, low_step, low_us, high, high_step, high_us, total)` of each row of values."""
    finite = np.isfinite(values)
    flawed = not finite.all()
    good = finite.sum(1)
    low_at = (np.where(finite, values, np.inf) if flawed else values).argmin(1)
    high_at = (np.where(finite, values, -np.inf) if flawed else values).argmax(1)
    with np.errstate(over="ignore", invalid="ignore"):
        total = (np.where(finite, values, 0.0) if flawed else values).sum(1)
    each = np.arange(len(values))
    columns = (
        values.shape[1] - good, values[each, low_at], step[low_at], us[low_at],
        values[each, high_at], step[high_at], us[high_at], total,
    )  # fmt: skip
    rows = list(zip(*(c.tolist() for c in columns), strict=True))
    return [row if n else (row[0], *_NOTHING[1:]) for row, n in zip(rows, good.tolist(), strict=True)]
