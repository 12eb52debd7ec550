"""Scalars of one set of keys that follow one another in a journal, read as one table instead of record by record.

A training loop writes thousands of records that differ in their row alone. Their length and their first bytes are
compared in one sweep; only the crc is still taken of each.
"""

import struct
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from gnomon.core import journal

LEAST: Final = 8
"""Fewer records than this are not worth a table."""

_WINDOW: Final = 64
_HEAD: Final = journal.HEADER.size


@dataclass(frozen=True, slots=True)
class Block:
    """Records of one layout, one after the other.

    Args:
        set: Number of the set of keys.
        rows: Their rows in order, `count` times the same number of bytes.
        count: How many records there are.
        end: Where the last one ends in the data.
    """

    set: int
    rows: bytes
    count: int
    end: int


def read_block(data: memoryview, start: int, record: journal.Record, end: int) -> Block | None:
    """Return the scalars that follow a record of scalars and look like it; `None` when there are few.

    What ends the block (another layout, a torn or damaged record) is left for `journal.read`.

    Args:
        data: Bytes of a journal.
        start: Where `record` begins.
        record: Whole and of tag `SCALARS`.
        end: Where `record` ends; the block begins there.

    Example:
        >>> layout = journal.Layout(3, 1)
        >>> data = memoryview(b"".join(layout.record(step, 0, [0.5]) for step in range(100)))
        >>> first = next(journal.read(data))
        >>> block = read_block(data, 0, first, first.end)
        >>> block.set, block.count, block.end == len(data)
        (3, 99, True)
    """
    size = end - start
    number, row = record.fields
    most = (len(data) - end) // size
    prefix = size - len(row)
    # Two sets that take turns are seen for what they are at once, without a table.
    if most < LEAST or not all(_is_alike(data, start, end + i * size, prefix) for i in (0, LEAST - 1)):
        return None
    table = np.frombuffer(data, np.uint8, most * size, end).reshape(most, size)
    count = _alike(table, np.frombuffer(data, np.uint8, prefix, start))
    if count < LEAST:
        return None
    bodies = struct.iter_unpack(f"{_HEAD}x{size - _HEAD}s", data[end : end + count * size])
    sums = np.array([crc32(body) for (body,) in bodies], "<u4")
    stored = np.ascontiguousarray(table[:count, 4:_HEAD]).view("<u4")[:, 0]
    wrong = np.flatnonzero(sums != stored)
    count = int(wrong[0]) if len(wrong) else count
    return Block(number, table[:count, prefix:].tobytes(), count, end + count * size) if count else None


def _is_alike(data: memoryview, model: int, other: int, prefix: int) -> bool:
    return (
        data[model : model + 4] == data[other : other + 4]
        and data[model + _HEAD : model + prefix] == data[other + _HEAD : other + prefix]
    )


def _alike(table: npt.NDArray[np.uint8], model: npt.NDArray[np.uint8]) -> int:
    """Return how many rows begin like `model`, whatever their crc; looks ahead in growing windows."""
    count, window = 0, _WINDOW
    while count < len(table):
        part = table[count : count + window]
        same = (part[:, :4] == model[:4]).all(axis=1) & (part[:, _HEAD : len(model)] == model[_HEAD:]).all(axis=1)
        if not same.all():
            return count + int(same.argmin())
        count += len(part)
        window *= 2
    return count
