"""Points that are durable but not yet sealed: their payload in the database, their buffers in memory."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64, Int64
from gnomon.core.errors import CorruptError

_encode = msgspec.msgpack.Encoder().encode
_LEAST: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One frame as it is stored in the tail.

    Args:
        lane: Number of the lane, or `None` when the frame's keys have none of their own.
        series: Ids of the series, int64 `(k,)`; empty when the lane tells them.
        branch: How many rewinds came before.
        arrival: Number of the first row; rows of a run are counted from its beginning, whatever their keys.
        step: int64 `(n,)`.
        us: int64 `(n,)`.
        values: float64 `(k, n)`.
    """

    lane: int | None
    series: Int64
    branch: int
    arrival: int
    step: Int64
    us: Int64
    values: Float64


def encode_strips(strips: list[Strip]) -> bytes:
    """Return the payload of one batch."""
    return _encode(
        [
            [
                s.series.tobytes() if s.lane is None else s.lane,
                s.branch,
                s.arrival,
                s.step.astype("<i8", copy=False).tobytes(),
                s.us.astype("<i8", copy=False).tobytes(),
                s.values.astype("<f8", copy=False).tobytes(),
            ]
            for s in strips
        ]
    )


def decode_strips(payload: bytes) -> list[Strip]:
    """Return the frames of one payload.

    Raises:
        CorruptError: It is not what `encode_strips` wrote.
    """
    try:
        return [_strip(*fields) for fields in msgspec.msgpack.decode(payload)]
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        msg = f"tail: {len(payload)} bytes do not decode: {error}."
        raise CorruptError(msg) from error


def _strip(lane: Any, branch: int, arrival: int, step: bytes, us: bytes, values: bytes) -> Strip:
    inline = isinstance(lane, bytes)
    n = len(step) // 8
    return Strip(
        None if inline else lane,
        np.frombuffer(lane, "<i8") if inline else np.empty(0, np.int64),
        branch,
        arrival,
        np.frombuffer(step, "<i8"),
        np.frombuffer(us, "<i8"),
        np.frombuffer(values, "<f8").reshape(-1, n),
    )


class Buffer:
    """Unsealed points of one lane on one branch, in growing arrays.

    Rows once written never change, so a view of the first n stays good while others are added.

    Args:
        keys: How many series the lane has.
    """

    def __init__(self, keys: int) -> None:
        self.n = 0
        self.keys = keys
        self._integers = np.empty((3, _LEAST), np.int64)
        self._values = np.empty((keys, _LEAST), np.float64)

    def add(self, step: Int64, us: Int64, arrival: int, values: Float64) -> None:
        """Add rows; `arrival` is the number of the first."""
        n, m = self.n, self.n + len(step)
        if m > self._integers.shape[1]:
            self._grow(2 * m)
        self._integers[0, n:m], self._integers[1, n:m] = step, us
        self._integers[2, n:m] = np.arange(arrival, arrival + len(step))
        self._values[:, n:m] = values
        self.n = m

    def _grow(self, room: int) -> None:
        integers, values = np.empty((3, room), np.int64), np.empty((len(self._values), room), np.float64)
        integers[:, : self.n], values[:, : self.n] = self._integers[:, : self.n], self._values[:, : self.n]
        self._integers, self._values = integers, values

    def rows(self, arrival: int = 0) -> "Rows":
        """Return the rows that arrived at `arrival` or later."""
        first = int(np.searchsorted(self._integers[2, : self.n], arrival)) if arrival else 0
        step, us, order = self._integers[:, first : self.n]
        return Rows(step, us, order, self._values[:, first : self.n])

    def without(self, arrival: int) -> "Buffer":
        """Return a buffer of what arrived at `arrival` or later."""
        rest = self.rows(arrival)
        left = Buffer(len(self._values))
        n = len(rest.step)
        left._grow(max(_LEAST, 2 * n))
        left._integers[:, :n] = rest.step, rest.us, rest.arrival
        left._values[:, :n] = rest.values
        left.n = n
        return left


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Points of several series that share step, time and the number of their arrival."""

    step: Int64
    us: Int64
    arrival: Int64
    values: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """Unsealed points of one series: rows of one value each, and the branch they were written on."""

    rows: Rows
    branch: Int64

    def __len__(self) -> int:
        return len(self.branch)

    def where(self, keep: Int64 | npt.NDArray[np.bool_]) -> "Tail":
        """Return some of the rows."""
        r = self.rows
        return Tail(Rows(r.step[keep], r.us[keep], r.arrival[keep], r.values[:, keep]), self.branch[keep])


_NONE: Final = np.empty(0, np.int64)
NO_TAIL: Final = Tail(Rows(_NONE, _NONE, _NONE, np.empty((1, 0))), _NONE)
