"""Slices of logged arrays, read where they lie: of gigabytes only the bytes that were asked for, or little more."""

import itertools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError, ShapeError
from gnomon.core.records.layout import ArrayLayout, array_layout, parse_slice
from gnomon.store.engine import Engine, RecordInfo

Read = Callable[[int, int], bytes]
"""Returns so many bytes of a payload from an offset on."""

MAX_BYTES: Final = 256 << 20
"""Largest slice of one record."""

_READ_COST: Final = 32 << 10  # bytes that could be read in the time that a read of its own costs
_MAX_SPAN: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a slice takes of an array.

    Args:
        axes: For each axis the indices, ascending or descending.
        shape: Shape of the result: axes that were indexed by a number are gone.
    """

    axes: tuple[range, ...]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, layout: ArrayLayout, text: str) -> "Chosen":
        """Return what `text` (as `0,:,::2`) takes of an array; everything when it is empty."""
        parts: Sequence[slice | int] = parse_slice(text, layout.shape)
        axes, shape = [], []
        for i, n in enumerate(layout.shape):
            part = parts[i] if i < len(parts) else slice(None)
            if isinstance(part, int):
                axes.append(range(part % n if n else 0, part % n + 1 if n else 0))
            else:
                axes.append(range(n)[part])
                shape.append(len(axes[-1]))
        return cls(tuple(axes), tuple(shape))

    @property
    def count(self) -> int:
        """Numbers in the result."""
        return math.prod(self.shape)


@contextmanager
def reading(engine: Engine, run: str, record: RecordInfo) -> Iterator[Read]:
    """Open the payload of a record for reading parts of it."""
    path = None if record.blob is None else engine.blobs.path(record.blob)
    if path is None:
        yield lambda start, size: engine.payload(run, record.id, start, size)
        return
    with path.open("rb", buffering=0) as file:
        yield lambda start, size: _read_at(file, start, size)


def layout_of(record: RecordInfo) -> ArrayLayout:
    """Return how the array of a record lies in its payload.

    Raises:
        InputError: It holds no array that can be read in place.
        CorruptError: Its meta does not fit its payload.
    """
    found = array_layout(record.kind, record.meta, record.size)
    if found is None:
        msg = f"kind: a record of kind {record.kind} in this form holds no array to slice. Read its data instead."
        raise InputError(msg, field="kind")
    return found


def read_slice(read: Read, layout: ArrayLayout, chosen: Chosen) -> npt.NDArray[Any]:
    """Return a slice of an array as numbers: formats that NumPy lacks become float32.

    Raises:
        LimitError: It is larger than `MAX_BYTES`.
        CorruptError: The payload is shorter than its meta says.
    """
    item = layout.stored.itemsize
    if chosen.count * item > MAX_BYTES:
        msg = f"slice: expected at most {MAX_BYTES} bytes, it takes {chosen.count * item}. Ask for less, as 0,:,::4."
        raise LimitError(msg, field="slice")
    if not chosen.count:
        return layout.numbers(np.zeros(chosen.shape, layout.stored))
    plan = _plan(layout.shape, chosen.axes, item)
    outer, inner = chosen.axes[: plan.split], chosen.axes[plan.split :]
    if not plan.split:
        return layout.numbers(
            _block(read, layout.offset + plan.first, plan, layout.stored, inner).reshape(chosen.shape)
        )
    out = np.empty((math.prod(map(len, outer)), *map(len, inner)), layout.stored)
    for row, place in enumerate(itertools.product(*outer)):
        at = layout.offset + plan.first + sum(i * stride for i, stride in zip(place, plan.strides, strict=False))
        out[row] = _block(read, at, plan, layout.stored, inner)
    return layout.numbers(out.reshape(chosen.shape))


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a slice is read: a read for each combination of the first `split` axes, of `size` bytes from `first` on."""

    split: int
    first: int
    size: int
    strides: tuple[int, ...]


@lru_cache(256)
def _plan(shape: tuple[int, ...], axes: tuple[range, ...], item: int) -> _Plan:
    strides = _strides(shape, item)
    split = _split(axes, strides, item)
    first, size = _span(axes[split:], strides[split:], item)
    return _Plan(split, first, size, strides)


def _block(read: Read, at: int, plan: _Plan, dtype: np.dtype[Any], axes: Sequence[range]) -> npt.NDArray[Any]:
    data = read(at, plan.size)
    if len(data) != plan.size:
        msg = f"The payload ends after {at + len(data)} bytes, where its meta promises more."
        raise CorruptError(msg)
    return _view(data, dtype, axes, plan.strides[plan.split :], plan.first)


def _strides(shape: Sequence[int], item: int) -> tuple[int, ...]:
    strides = [item]
    for n in reversed(shape[1:]):
        strides.append(strides[-1] * n)
    return tuple(reversed(strides)) if shape else ()


def _span(axes: Sequence[range], strides: Sequence[int], item: int) -> tuple[int, int]:
    """Return where the selection within one block begins, and the bytes from its first to its last number."""
    first = sum(min(axis[0], axis[-1]) * stride for axis, stride in zip(axes, strides, strict=True))
    last = sum(max(axis[0], axis[-1]) * stride for axis, stride in zip(axes, strides, strict=True))
    return first, last - first + item


def _split(axes: tuple[range, ...], strides: Sequence[int], item: int) -> int:
    """Return how many axes to walk with a read each; the rest is read in one piece, with what lies between.

    Many small reads against few that bring too much: the sum of both is made small.
    """
    costs = {}
    reads = 1
    for split in range(len(axes) + 1):
        _, span = _span(axes[split:], strides[split:], item)
        if span <= max(_MAX_SPAN, item) or split == len(axes):
            costs[split] = reads * (_READ_COST + span)
        if split < len(axes):
            reads *= len(axes[split])
    # A piece that is wanted whole may be larger than we would read for the sake of parts of it.
    whole = next(s for s in range(len(axes) + 1) if _is_whole(axes[s:], strides[s:], item))
    reads = math.prod(len(axis) for axis in axes[:whole])
    _, span = _span(axes[whole:], strides[whole:], item)
    costs[whole] = reads * (_READ_COST + span)
    return min(costs, key=costs.__getitem__)


def _is_whole(axes: Sequence[range], strides: Sequence[int], item: int) -> bool:
    return _span(axes, strides, item)[1] == math.prod(len(axis) for axis in axes) * item


def _view(
    data: bytes, dtype: np.dtype[Any], axes: Sequence[range], strides: Sequence[int], first: int
) -> npt.NDArray[Any]:
    begin = sum(axis[0] * stride for axis, stride in zip(axes, strides, strict=True)) - first
    steps = tuple(axis.step * stride for axis, stride in zip(axes, strides, strict=True))
    return np.ndarray(tuple(map(len, axes)), dtype, data, begin, steps)


def _read_at(file: Any, start: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.pread(file.fileno(), size, start)):
        parts.append(part)
        start += len(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


@dataclass(frozen=True, slots=True)
class Stack:
    """Slices of one key over steps: of each record the same part, to be read when it is needed.

    Args:
        records: In order.
        layouts: Of each record; they differ in where the array begins, never in its shape or format.
        chosen: What is taken of each.
    """

    records: tuple[RecordInfo, ...]
    layouts: tuple[ArrayLayout, ...]
    chosen: Chosen

    @classmethod
    def of(cls, records: Sequence[RecordInfo], text: str) -> "Stack":
        """Return the stack of some records, at least one.

        Raises:
            ShapeError: Their arrays differ in shape or format.
            InputError: They hold no arrays, or the slice does not parse.
        """
        layouts = tuple(map(layout_of, records))
        for record, layout in zip(records, layouts, strict=True):
            if (layout.shape, layout.dtype) != (layouts[0].shape, layouts[0].dtype):
                msg = (
                    f"key: expected arrays of one shape, received {layouts[0].dtype} {layouts[0].shape} at step "
                    f"{records[0].step} and {layout.dtype} {layout.shape} at step {record.step}. Ask for steps between."
                )
                raise ShapeError(msg, field="key")
        return cls(tuple(records), layouts, Chosen.of(layouts[0], text))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Format of the numbers that come out."""
        return self.layouts[0].numbers(np.zeros(0, self.layouts[0].stored)).dtype

    @property
    def part_bytes(self) -> int:
        """Bytes of the numbers of one record."""
        return self.chosen.count * self.dtype.itemsize

    def read(self, engine: Engine, run: str, first: int, end: int) -> npt.NDArray[Any]:
        """Return the slices of the records `first` to `end`, of shape `(end - first, *chosen.shape)`."""
        out = np.empty((end - first, *self.chosen.shape), self.dtype)
        for row, place in enumerate(range(first, end)):
            with reading(engine, run, self.records[place]) as read:
                out[row] = read_slice(read, self.layouts[place], self.chosen)
        return out
