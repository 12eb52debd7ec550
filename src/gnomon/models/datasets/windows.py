"""Series as samples: windows of what came before, and what comes next, cut from a table in the order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, LimitError
from gnomon.models.datasets.dealing import NO_TIME
from gnomon.models.datasets.table import Table

PARTS: Final = ("train", "validation", "test")
MAX_BYTES: Final = 4 << 30


@dataclass(frozen=True, slots=True)
class Windows:
    """Say how windows are cut.

    Args:
        target: Column whose values are to be foretold.
        time: Column that tells the order; "" takes the rows as they stand.
        columns: What a window holds, side by side; all columns of numbers unless told, the target among them.
        length: Steps in a window.
        horizon: Steps behind it that are to be foretold.
        every: Steps from one window to the next.
        shares: Of the steps for training, validation and test, in the order of time. No window reaches into another part.
    """

    target: str
    time: str = ""
    columns: tuple[str, ...] = ()
    length: int = 48
    horizon: int = 1
    every: int = 1
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15)

    def __post_init__(self) -> None:
        for name in ("length", "horizon", "every"):
            value = getattr(self, name)
            if not 1 <= value <= 100_000:
                msg = f"{name}: expected a number of steps from 1 to 100,000, received {value!r:.40}."
                raise InputError(msg, field=name)
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6 or self.shares[0] <= 0:
            msg = (
                f"shares: expected three shares that add up to 1, such as 0.7,0.15,0.15, received {self.shares!r:.80}."
            )
            raise InputError(msg, field="shares")


@dataclass(frozen=True, slots=True)
class Cut:
    """Hold windows.

    Args:
        arrays: `history_PART` of shape `(n, length, columns)` and `next_PART` of shape `(n,)`, or `(n, horizon)` where that
            is more than one; float32. A data set of them has these parts.
        columns: What stands side by side in a window.
        left_out: Windows that have a gap in them, which are not there.
    """

    arrays: dict[str, npt.NDArray[np.float32]]
    columns: tuple[str, ...]
    left_out: int


def windows(table: Table, wanted: Windows) -> Cut:
    """Return the windows of a table.

    Raises:
        InputError: A column holds no numbers, a row has no time, or no window fits into the rows for training.
        NotFoundError: There is no such column.
        LimitError: They would be larger than 4 GiB; take every so many-th one.
    """
    columns = wanted.columns or tuple(name for name, column in table.columns.items() if column.kind == "number")
    order = _order(table, wanted.time)
    numbers = np.column_stack([_numbers(table, name) for name in columns])[order]
    target = _numbers(table, wanted.target)[order]
    span = wanted.length + wanted.horizon
    size = len(order) // wanted.every * wanted.length * len(columns) * 4
    if size > MAX_BYTES:
        msg = f"windows: expected at most {MAX_BYTES >> 30} GiB, and they have {size >> 20:,} MiB. Take every so many-th one (every)."
        raise LimitError(msg)
    arrays: dict[str, npt.NDArray[np.float32]] = {}
    left_out, ends = 0, np.rint(np.cumsum((0.0, *wanted.shares)) * len(order)).astype(int)
    for part, first, last in zip(PARTS, ends, ends[1:], strict=False):
        begins = np.arange(first, last - span + 1, wanted.every)
        history = numbers[begins[:, None] + np.arange(wanted.length)]
        coming = target[begins[:, None] + np.arange(wanted.length, span)]
        whole = np.isfinite(history).all((1, 2)) & np.isfinite(coming).all(1)
        left_out += int((~whole).sum())
        if whole.any():
            arrays[f"history_{part}"] = history[whole].astype(np.float32)
            arrays[f"next_{part}"] = (coming[whole][:, 0] if wanted.horizon == 1 else coming[whole]).astype(np.float32)
    if "history_train" not in arrays:
        msg = (
            f"length: no window of {wanted.length} steps and {wanted.horizon} to foretell fits into the {int(ends[1]):,} rows for "
            f"training{' without a gap' if left_out else ''}. Take shorter ones."
        )
        raise InputError(msg, field="length")
    return Cut(arrays, columns, left_out)


def _order(table: Table, time: str) -> npt.NDArray[np.int64]:
    if not time:
        return np.arange(table.rows)
    values: npt.NDArray[Any] = table.values(time)
    if table.column(time).kind not in ("time", "number"):
        msg = f"time: expected a column of times or numbers, received {time!r:.60}, which holds {table.column(time).kind}."
        raise InputError(msg, field="time")
    gaps = int((~np.isfinite(values) if values.dtype.kind == "f" else values == NO_TIME).sum())
    if gaps:
        msg = f"time: expected a time in each row of {time!r:.60}, and {gaps:,} have none. Fill them in, or leave the rows out."
        raise InputError(msg, field="time")
    return np.argsort(values, kind="stable")


def _numbers(table: Table, name: str) -> npt.NDArray[np.float64]:
    if table.column(name).kind != "number":
        msg = f"columns: expected columns of numbers, received {name!r:.60}, which holds {table.column(name).kind}."
        raise InputError(msg, field="columns")
    return np.asarray(table.values(name), np.float64)


def said(cut: Cut, wanted: Windows) -> Sequence[str]:
    """Return what was cut, one sentence each."""
    counts = {part: len(cut.arrays[f"next_{part}"]) for part in PARTS if f"next_{part}" in cut.arrays}
    steps = f"{wanted.horizon} step{'s' if wanted.horizon > 1 else ''}"
    found = [
        f"Windows of {wanted.length} steps of {', '.join(cut.columns)}; {wanted.target} in the next {steps} is foretold.",
        ", ".join(f"{part} {count:,}" for part, count in counts.items()) + ", in the order of time.",
    ]
    if cut.left_out:
        found.append(f"{cut.left_out:,} windows have gaps and are left out.")
    return found
