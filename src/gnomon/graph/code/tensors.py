"""Tensors of which only shape and type are known, and how such meet: broadcast, put side by side, multiplied.

An axis is a number, `FREE` when it is not known, or `Batch(k)`: k times as many as there are samples.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gnomon.graph.spec import Dtype


class UnsureError(Exception):
    """What comes out cannot be told for certain without running it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Stand for a length of `times` × the number of samples."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class Free:
    """Stand for a length that is not known."""


FREE: Final = Free()
Length = int | Batch | Free
Shape = tuple[Length, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """Hold what is known of a tensor: its axes as the framework has them, with the batch, and its type."""

    shape: Shape
    dtype: Dtype = "float32"


_ORDER: Final[tuple[Dtype, ...]] = ("bool", "int64", "float32")


def promoted(dtypes: Iterable[Dtype]) -> Dtype:
    """Return the type of what is computed of several.

    Raises:
        UnsureError: One is text.
    """
    found = list(dtypes)
    if "text" in found:
        raise UnsureError
    return _ORDER[max((_ORDER.index(each) for each in found), default=2)]


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """Return the shape of what is computed place by place.

    Raises:
        UnsureError: Two lengths do not fit, or it depends on how many samples there are.

    Example:
        >>> broadcast([(Batch(), 1, 28, 28), (3, 1, 1)])
        (Batch(times=1), 3, 28, 28)
    """
    rank = max(map(len, shapes), default=0)
    padded = [(*(1,) * (rank - len(each)), *each) for each in shapes]
    return tuple(_met(lengths) for lengths in zip(*padded, strict=True))


def _met(lengths: Sequence[Length]) -> Length:
    """Return the length of an axis where several meet; a `FREE` one can only be 1 or the other's."""
    known = {each for each in lengths if each not in (1, FREE)}
    if len(known) > 1:
        raise UnsureError
    return next(iter(known)) if known else FREE if FREE in lengths else 1


def product(lengths: Iterable[Length]) -> Length:
    """Return how many places axes have together.

    Raises:
        UnsureError: Two of them grow with the samples.
    """
    count, batches, free = 1, 0, False
    for each in lengths:
        free |= isinstance(each, Free)
        batches += isinstance(each, Batch)
        count *= each if isinstance(each, int) else each.times if isinstance(each, Batch) else 1
    if batches > 1 or (free and batches):
        raise UnsureError
    return FREE if free else Batch(count) if batches else count


def reshaped(before: Shape, wanted: Sequence[Length]) -> Shape:
    """Return a shape after `reshape`, where -1 stands for what is left.

    Raises:
        UnsureError: The numbers do not fit, or cannot be told to.

    Example:
        >>> reshaped((Batch(), 8, 6, 6), (Batch(), -1))
        (Batch(times=1), 288)
    """
    holes = [i for i, each in enumerate(wanted) if each == -1]
    if len(holes) > 1:
        raise UnsureError
    rest = [each for i, each in enumerate(wanted) if i not in holes]
    free = [each for each in before if isinstance(each, Free)]
    if free or FREE in rest:
        return _with_free(before, wanted, holes, rest)
    whole, known = product(before), product(rest)
    if not holes:
        if whole != known:
            raise UnsureError
        return tuple(wanted)
    left = _over(whole, known)
    return tuple(left if i in holes else each for i, each in enumerate(wanted))


def _with_free(before: Shape, wanted: Sequence[Length], holes: list[int], rest: list[Length]) -> Shape:
    """Return a shape after `reshape` of one whose lengths are not all known: only what the call itself says is certain."""
    if rest and isinstance(before[0], Batch) and rest[0] == before[0] and wanted[0] == before[0]:
        return tuple(FREE if i in holes else each for i, each in enumerate(wanted))
    raise UnsureError


def _over(whole: Length, part: Length) -> Length:
    """Return how often a number of places goes into another."""
    by, of = (each.times if isinstance(each, Batch) else each for each in (part, whole))
    if isinstance(by, Free) or isinstance(of, Free) or by == 0 or of % by:
        raise UnsureError
    if isinstance(part, Batch):
        if not isinstance(whole, Batch):
            raise UnsureError
        return of // by
    return Batch(of // by) if isinstance(whole, Batch) else of // by


def joined(shapes: Sequence[Shape], axis: int) -> Shape:
    """Return the shape of tensors put behind one another along an axis.

    Raises:
        UnsureError: Other axes differ, or the one that grows is the batch.
    """
    first = shapes[0]
    axis = place(axis, len(first))
    if any(len(each) != len(first) for each in shapes):
        raise UnsureError
    along = [each[axis] for each in shapes]
    if any(isinstance(each, Batch) for each in along):
        raise UnsureError
    length: Length = FREE if FREE in along else sum(each for each in along if isinstance(each, int))
    found = list(first)
    for i in range(len(first)):
        lengths = {each[i] for each in shapes}
        if i != axis and len(lengths - {FREE}) > 1:
            raise UnsureError
        found[i] = length if i == axis else next(iter(lengths - {FREE}), FREE)
    return tuple(found)


def multiplied(a: Shape, b: Shape) -> Shape:
    """Return the shape of a product of matrices.

    Raises:
        UnsureError: They do not fit.
    """
    if not a or not b:
        raise UnsureError
    left, right = (a if len(a) > 1 else (1, *a)), (b if len(b) > 1 else (*b, 1))
    if FREE not in (left[-1], right[-2]) and left[-1] != right[-2]:
        raise UnsureError
    found = [*broadcast([left[:-2], right[:-2]])]
    return (*found, *([left[-2]] if len(a) > 1 else []), *([right[-1]] if len(b) > 1 else []))


def place(axis: int, rank: int) -> int:
    """Return the place of an axis counted from either end.

    Raises:
        UnsureError: There is no such axis.
    """
    if not -rank <= axis < rank:
        raise UnsureError
    return axis % rank


def reduced(shape: Shape, axes: Sequence[int] | None, *, keep: bool) -> Shape:
    """Return a shape without the axes that were summed over; all when none is told."""
    gone = set(range(len(shape))) if axes is None else {place(each, len(shape)) for each in axes}
    if keep:
        return tuple(1 if i in gone else each for i, each in enumerate(shape))
    return tuple(each for i, each in enumerate(shape) if i not in gone)


def sliced(length: Length, part: slice) -> Length:
    """Return how many places a slice takes of an axis.

    Raises:
        UnsureError: It takes some of the batch, or its ends are no numbers.
    """
    if part.start in (None, 0) and part.stop is None and part.step in (None, 1):
        return length
    if not isinstance(length, int):
        raise UnsureError
    if not all(each is None or isinstance(each, int) for each in (part.start, part.stop, part.step)) or part.step == 0:
        raise UnsureError
    return len(range(*part.indices(length)))


def spread(shape: Shape, times: Sequence[Length]) -> Shape:
    """Return a shape repeated so often along each axis, new ones in front."""
    if len(times) < len(shape):
        raise UnsureError
    padded: Shape = (*(1,) * (len(times) - len(shape)), *shape)
    return tuple(product([a, b]) for a, b in zip(padded, times, strict=True))
