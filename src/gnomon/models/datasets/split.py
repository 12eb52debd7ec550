"""Splits: which rows are for training, which for validation and for testing.

All four ways give disjoint parts that hold every row once, the same for the same arguments on every machine. What they
differ in is what they keep apart: nothing, the share of each class, rows of one group, or what came later.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, ShapeError

Int64 = npt.NDArray[np.int64]
Way = Literal["random", "stratified", "grouped", "time"]
WAYS: Final[tuple[Way, ...]] = ("random", "stratified", "grouped", "time")


@dataclass(frozen=True, slots=True)
class Split:
    """Say how rows are split.

    Args:
        way: `random`; `stratified` gives every part each class in the same share; `grouped` never divides the rows of
            one group (patients, speakers, scenes); `time` trains on what came first and tests on what came last.
        shares: Share of each part, in order: training, validation, test. They add up to 1; a part may be 0.
        seed: Chooses the order; `time` has none.
        column: Whose values are the classes, groups or times; not needed by `random`.
    """

    way: Way = "random"
    shares: tuple[float, ...] = (0.7, 0.15, 0.15)
    seed: int = 0
    column: str = ""

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            msg = f"split.way: expected one of {', '.join(WAYS)}, received {self.way!r:.40}."
            raise InputError(msg, field="split.way")
        is_whole = bool(self.shares) and all(0 <= share <= 1 for share in self.shares)
        if not is_whole or abs(sum(self.shares) - 1) > 1e-6:
            msg = f"split.shares: expected shares that add up to 1, such as (0.7, 0.15, 0.15), received {self.shares!r:.80}."
            raise InputError(msg, field="split.shares")
        if self.way != "random" and not self.column:
            msg = f"split.column: {self.way} needs the column of its {_NEEDS[self.way]}. Name it, or split at random."
            raise InputError(msg, field="split.column")

    def rows(self, n: int, values: Sequence[Any] | npt.NDArray[Any] | None = None) -> tuple[Int64, ...]:
        """Return the rows of each part, in rising order.

        Args:
            n: How many rows there are.
            values: What the column holds in each of them; not needed by `random`.

        Raises:
            ShapeError: There are not as many values as rows.
            InputError: Times that cannot be put in order.

        Example:
            >>> [part.tolist() for part in Split("time", (0.5, 0.5), column="day").rows(4, [3, 1, 2, 4])]
            [[1, 2], [0, 3]]
        """
        if self.way == "random":
            return _sorted_parts(np.random.default_rng(self.seed).permutation(n), _counts(n, self.shares))
        column = np.asarray(values)
        if column.shape != (n,):
            msg = f"split.column: expected {n} values, received {column.shape}. Give one for each row."
            raise ShapeError(msg, field="split.column")
        return {"stratified": self._stratified, "grouped": self._grouped, "time": self._time}[self.way](column)

    def _stratified(self, column: npt.NDArray[Any]) -> tuple[Int64, ...]:
        """Deal out each class by itself; what is left over of one goes where least has arrived so far."""
        rng = np.random.default_rng(self.seed)
        parts: list[list[Int64]] = [[] for _ in self.shares]
        owed = np.zeros(len(self.shares))
        for members in _members(column):
            exact = np.asarray(self.shares) * len(members) + owed
            counts = _rounded(exact, len(members))
            owed = exact - counts
            for part, rows in zip(parts, _cut(rng.permutation(members), counts), strict=True):
                part.append(rows)
        return tuple(np.sort(np.concatenate([*part, _NONE])) for part in parts)

    def _grouped(self, column: npt.NDArray[Any]) -> tuple[Int64, ...]:
        """Give whole groups, the largest first, to the part that is furthest from its share."""
        rng = np.random.default_rng(self.seed)
        groups = _members(column)
        order = sorted(rng.permutation(len(groups)).tolist(), key=lambda i: -len(groups[i]))
        parts: list[list[Int64]] = [[] for _ in self.shares]
        room = np.asarray(self.shares) * len(column)
        room[np.asarray(self.shares) == 0] = -np.inf
        for i in order:
            at = int(np.argmax(room))
            parts[at].append(groups[i])
            room[at] -= len(groups[i])
        return tuple(np.sort(np.concatenate([*part, _NONE])) for part in parts)

    def _time(self, column: npt.NDArray[Any]) -> tuple[Int64, ...]:
        """Cut along time; rows of one moment stay together, in the earlier part."""
        if column.dtype.kind == "f" and not np.isfinite(column).all():
            msg = "split.column: expected times, received values that are not finite. Leave these rows out, or fill them in."
            raise InputError(msg, field="split.column")
        try:
            order = np.argsort(column, kind="stable")
        except TypeError as error:
            msg = f"split.column: expected values of one kind, which have an order: {error}. Choose a column of times."
            raise InputError(msg, field="split.column") from error
        ranked = column[order]
        ends = np.cumsum(_counts(len(column), self.shares))
        bounds = [0]
        for end in ends[:-1]:
            cut = max(int(end), bounds[-1])
            # The first row of a later moment begins the next part.
            bounds.append(int(np.searchsorted(ranked, ranked[cut - 1], side="right")) if cut > bounds[-1] else cut)
        bounds.append(len(column))
        return tuple(np.sort(order[a:b]).astype(np.int64) for a, b in itertools.pairwise(bounds))


_NEEDS: Final = {"stratified": "classes", "grouped": "groups", "time": "times"}
_NONE: Final = np.empty(0, np.int64)


def _members(column: npt.NDArray[Any]) -> list[Int64]:
    """Return the rows of each value, values in the order in which they first appear."""
    _, first, inverse = np.unique(column.astype(str), return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    key = rank[inverse.reshape(-1)]
    order = np.argsort(key, kind="stable")
    return np.split(order.astype(np.int64), np.cumsum(np.bincount(key, minlength=len(first)))[:-1])


def _counts(n: int, shares: Sequence[float]) -> Int64:
    return _rounded(np.asarray(shares) * n, n)


def _rounded(exact: npt.NDArray[np.float64], n: int) -> Int64:
    """Return whole numbers that add up to `n`, each next to its share: the largest remainders are rounded up."""
    counts = np.maximum(np.floor(exact + 1e-9), 0).astype(np.int64)
    left = n - int(counts.sum())
    for i in np.argsort(-(exact - counts), kind="stable")[: max(left, 0)]:
        counts[i] += 1
    while counts.sum() > n:  # a class smaller than what the others still owe
        counts[int(np.argmax(counts - exact))] -= 1
    return counts


def _cut(rows: Int64, counts: Int64) -> list[Int64]:
    return np.split(rows, np.cumsum(counts)[:-1])


def _sorted_parts(rows: Int64, counts: Int64) -> tuple[Int64, ...]:
    return tuple(np.sort(part) for part in _cut(rows, counts))
