"""Many points of a run at once: one list per series, or raw columns from msgpack."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64, Int64
from gnomon.core.errors import InputError
from gnomon.core.limits import MAX_STEP, check_key, check_step

NON_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
MAX_US: Final = 1 << 53
_NUMBERS: Final = {int, float, bool}


@dataclass(frozen=True, slots=True)
class Columns:
    """Values that share their steps.

    Args:
        keys: Names of the series, length k.
        step: int64 of shape `(n,)`; where `counted`, they count from 0 and are moved to the run's next step.
        us: int64 of shape `(n,)`, microseconds since 1970.
        values: float64 of shape `(k, n)`.
        counted: The sender gave no steps.
    """

    keys: tuple[str, ...]
    step: Int64
    us: Int64
    values: Float64
    counted: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    values: Float64
    missing: npt.NDArray[np.bool_] | None = None


def read_columns(columns: Any, now_us: int) -> list[Columns]:
    """Check `columns`; series that have values at the same places come back together.

    Args:
        columns: Lists of equal length by key, `step` and `time` beside them; `null` means no point there. From
            msgpack also bytes: little-endian float64 (`step`: int64).
        now_us: Time of points that bring none.

    Raises:
        InputError: A column is not what it should be; `field` names it.
    """
    if not isinstance(columns, dict) or not set(columns) - {"step", "time"}:
        msg = 'columns: expected an object of lists such as {"step": [1, 2], "loss": [0.5, 0.4]}.'
        raise InputError(msg, field="columns")
    read = {
        check_key(k, "columns"): _column(f"columns.{k}", v) for k, v in columns.items() if k not in ("step", "time")
    }
    n = len(next(iter(read.values())).values)
    counted = columns.get("step") is None
    step = np.arange(n, dtype=np.int64) if counted else _integers("columns.step", columns["step"])
    us = np.full(n, now_us, np.int64) if columns.get("time") is None else _microseconds(columns["time"])
    _check_lengths({"step": len(step), "time": len(us)} | {key: len(c.values) for key, c in read.items()}, n)
    return [
        Columns(tuple(keys), step[keep], us[keep], np.stack([read[key].values[keep] for key in keys]), counted)
        for keys, keep in _by_presence(read)
        if len(step[keep])
    ]


def _check_lengths(lengths: dict[str, int], n: int) -> None:
    for name, length in lengths.items():
        if length != n:
            msg = f"columns.{name}: expected {n} values as in the other columns, received {length}."
            raise InputError(msg, field=f"columns.{name}")


def _by_presence(read: dict[str, _Column]) -> list[tuple[list[str], Any]]:
    groups: dict[bytes, tuple[list[str], Any]] = {}
    for key, column in read.items():
        keep: Any = slice(None) if column.missing is None else ~column.missing
        mark = b"" if column.missing is None else column.missing.tobytes()
        groups.setdefault(mark, ([], keep))[0].append(key)
    return list(groups.values())


def _column(field: str, column: Any) -> _Column:
    if isinstance(column, bytes):
        return _Column(np.frombuffer(_whole(field, column), "<f8").astype(np.float64))
    if not isinstance(column, list):
        msg = f"{field}: expected a list of numbers, received {type(column).__name__}."
        raise InputError(msg, field=field)
    try:
        if set(map(type, column)) <= _NUMBERS:
            return _Column(np.array(column, np.float64))
        return _mixed_column(field, column)
    except OverflowError:
        msg = f"{field}: expected numbers below 1.8e308."
        raise InputError(msg, field=field) from None


def _mixed_column(field: str, column: list[Any]) -> _Column:
    known = [NON_FINITE.get(v, v) if isinstance(v, str) else v for v in column]
    wrong = next((v for v in known if v is not None and not isinstance(v, int | float)), None)
    if wrong is not None:
        msg = f"{field}: expected numbers, null, NaN or Infinity, received {wrong!r:.40}."
        raise InputError(msg, field=field)
    missing = np.array([v is None for v in known], bool)
    values = np.array([0.0 if v is None else v for v in known], np.float64)
    return _Column(values, missing if missing.any() else None)


def _integers(field: str, column: Any) -> Int64:
    if isinstance(column, list):
        return np.array([check_step(v, field) for v in column], np.int64)
    if not isinstance(column, bytes):
        msg = f"{field}: expected a list of integers, received {type(column).__name__}."
        raise InputError(msg, field=field)
    steps: Int64 = np.frombuffer(_whole(field, column), "<i8").astype(np.int64)
    if len(steps) and (steps.min() < 0 or steps.max() > MAX_STEP):
        msg = f"{field}: expected 0 to 2^53 - 1, received {steps.min()} to {steps.max()}."
        raise InputError(msg, field=field)
    return steps


def _microseconds(column: Any) -> Int64:
    times = _column("columns.time", column)
    us = times.values * 1e6
    if times.missing is not None or not ((us >= 0) & (us <= MAX_US)).all():
        msg = "columns.time: expected UTC seconds such as 1790000000.25 in every place."
        raise InputError(msg, field="columns.time")
    rounded: Int64 = np.round(us).astype(np.int64)
    return rounded


def _whole(field: str, column: bytes) -> bytes:
    if len(column) % 8:
        msg = f"{field}: expected 8 bytes per value, little-endian, received {len(column)} bytes."
        raise InputError(msg, field=field)
    return column
