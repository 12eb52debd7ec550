"""The pyramids of a stretch of a series side by side, with the x of their buckets and extremes."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64, Int64
from gnomon.store.axis import Axis
from gnomon.store.grid import Pieces
from gnomon.store.order import Mask
from gnomon.store.pyramid import BUCKET, COARSE, WIDE, Pyramid

Int32 = npt.NDArray[np.int32]
Places = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Hold one column per bucket, by chunk and place.

    Args:
        small: int32 `(4, b)`: which chunk of the index it belongs to; which of that chunk's seen points it begins with;
            its points; its points that are not finite.
        large: float64 `(7, b)`: x of its first point, of its last point; its smallest value and the x of that, its
            largest value and the x of that; the sum of its finite values.
    """

    small: Int32
    large: Float64

    @property
    def chunk(self) -> Int32:
        """Return which chunk of the index each bucket belongs to."""
        chunk: Int32 = self.small[0]
        return chunk

    @property
    def nbytes(self) -> int:
        """Return the memory it takes, in bytes."""
        return self.small.nbytes + self.large.nbytes

    def pieces(self) -> Pieces:
        """Return the buckets as pieces of an envelope."""
        left, right, low, low_x, high, high_x, total = self.large
        return Pieces(left, right, self.small[2], self.small[3], low, low_x, high, high_x, total)

    def where(self, keep: Mask) -> "Level":
        """Return some of the buckets, without copying them when they lie side by side."""
        chosen = np.flatnonzero(keep)
        if len(chosen) and chosen[-1] - chosen[0] + 1 == len(chosen):
            return self.part(int(chosen[0]), int(chosen[-1]) + 1)
        return Level(self.small[:, chosen], self.large[:, chosen])

    def part(self, start: int, end: int) -> "Level":
        """Return the buckets from `start` to `end`, without copying them."""
        return Level(self.small[:, start:end], self.large[:, start:end])

    def copy(self) -> "Level":
        """Return the same, with memory of its own."""
        return Level(self.small.copy(), self.large.copy())


@dataclass(frozen=True, slots=True, eq=False)
class Chunks:
    """Say where the buckets of some chunks lie, of one series or of several one after the other.

    Args:
        at: Which chunk of its index each is, int64 `(c,)`.
        seen: How many points of each can be seen.
        start: First step of those whose steps are regular.
        stride: Distance of their steps; 0 for the others.
    """

    at: Int64
    seen: Int64
    start: Int64
    stride: Int64


def assemble(chunks: Chunks, stored: Pyramid, axes: Iterable[tuple[list[int], Int64]], axis: Axis) -> Level:
    """Put pyramids side by side.

    Args:
        chunks: The chunks.
        stored: Their pyramids, one after the other.
        axes: Steps or times of the seen points of those chunks whose x cannot be counted out, after the places in `chunks`
            of those that share them; each is read before the next is asked for.
        axis: Makes x of them.
    """
    counts = -(-chunks.seen // BUCKET)
    place, small = _buckets(chunks, counts, BUCKET)
    small[3] = stored.bad
    large = np.empty((7, len(place)))
    large[2], large[4] = stored.extremes
    columns = _columns(place, small, stored.places[0], stored.places[1])
    if axis.name == "step":
        _count_out(chunks, counts, columns)
    _look_up(counts, axes, columns)
    for row, column in zip(_X, columns, strict=True):
        large[row] = column if axis.name == "step" else axis.x(column, column)
    _sum(stored.mean, small, large[6])
    return Level(small, large)


def assemble_coarse(chunks: Chunks, blobs: list[bytes]) -> Level:
    """Put what is kept of every 1,024 points side by side, over steps.

    Args:
        chunks: The chunks; all of them have regular steps.
        blobs: One for each chunk, arrays of `COARSE`.
    """
    counts = -(-chunks.seen // WIDE)
    rows = np.frombuffer(b"".join(blobs), COARSE)
    place, small = _buckets(chunks, counts, WIDE)
    small[3] = rows["bad"]
    large = np.empty((7, len(place)))
    large[2], large[4] = rows["low"], rows["high"]
    columns = _columns(place, small, rows["low_at"], rows["high_at"])
    _count_out(chunks, counts, columns)
    large[_X] = columns
    _sum(rows["mean"], small, large[6])
    return Level(small, large)


def _buckets(chunks: Chunks, counts: Int64, size: int) -> tuple[Int64, Int32]:
    """Return which point each bucket begins with, and what a level holds of it, but for the points not finite."""
    first = np.cumsum(counts) - counts
    place = np.arange(int(counts.sum()))
    place -= np.repeat(first, counts)
    place *= size
    small = np.empty((4, len(place)), np.int32)
    small[0], small[1] = np.repeat(chunks.at, counts), place
    np.minimum(np.repeat(chunks.seen, counts) - place, size, out=small[2], casting="same_kind")
    return place, small


def _columns(place: Int64, small: Int32, low: Places, high: Places) -> Int64:
    """Return which seen points of its chunk are a bucket's first, last, lowest and highest, int64 `(4, b)`."""
    columns = np.empty((4, len(place)), np.int64)
    columns[0] = place
    for row, offset in zip(columns[1:], (small[2] - 1, low, high), strict=True):
        np.add(place, offset, out=row)
    return columns


_X = [0, 1, 3, 5]
"""Rows of `Level.large` that are x: of the first point, the last, the lowest, the highest."""


def _count_out(chunks: Chunks, counts: Int64, columns: Int64) -> None:
    """Turn points into their steps; those of a chunk that has no stride stay what they are."""
    regular = chunks.stride > 0
    stride, start = np.where(regular, chunks.stride, 1), np.where(regular, chunks.start, 0)
    if (stride > 1).any():
        columns *= np.repeat(stride, counts)
    columns += np.repeat(start, counts)


def _look_up(counts: Int64, axes: Iterable[tuple[list[int], Int64]], columns: Int64) -> None:
    """Turn points into the steps or times that an axis has there."""
    ends = np.cumsum(counts).tolist()
    for places, steps_or_times in axes:
        for i in places:
            at = slice(ends[i] - int(counts[i]), ends[i])
            columns[:, at] = steps_or_times[columns[:, at]]


def _sum(mean: npt.NDArray[np.floating], small: Int32, total: Float64) -> None:
    """Turn the means of buckets into sums; what has no finite point adds nothing."""
    good = small[2] - small[3]
    np.multiply(mean, good, out=total)
    if small[3].any():
        total[good == 0] = 0.0
