"""What no record type takes, said as text, lists and dicts that hold the same."""

from collections import deque
from collections.abc import Collection, ItemsView, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from os import PathLike, fsdecode
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

_LISTED = (AbstractSet, ValuesView, ItemsView, range, deque)


def is_wordy(value: object) -> bool:
    """Return whether `value` is an array of text, dates or objects, which no format of numbers holds."""
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "OSUTMm"


def loosened(value: object) -> Any:
    """Return what says the same as `value` in text, lists and dicts; `value` itself when nothing does.

    Sets become sorted lists, dates and durations text, dataclasses dicts, arrays of text or dates nested lists.

    Example:
        >>> from datetime import date
        >>> loosened({"b", "a"}), loosened(date(2026, 1, 31)), loosened(np.array([["x", "y"]]))
        (['a', 'b'], '2026-01-31', [['x', 'y']])
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return _listed(value) if is_wordy(value) else value
    if isinstance(value, complex):
        return np.asarray(value)
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, (bool, int, float, str)) else value.name
    if isinstance(value, (date, time)):
        return value.isoformat() if value == value else None  # noqa: PLR0124 - NaT equals nothing
    if isinstance(value, PathLike):
        return fsdecode(value)
    return str(value) if isinstance(value, (timedelta, UUID)) else _parts(value)


def _parts(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, SimpleNamespace) or type(value).__name__ == "Namespace":
        return dict(vars(value))
    if isinstance(value, _LISTED) and not isinstance(value, Mapping):
        return _sorted(value) if isinstance(value, AbstractSet) else list(value)
    return value


def _sorted(values: Collection[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


def _listed(array: npt.NDArray[Any] | np.generic) -> Any:
    # NumPy turns dates finer than microseconds into integers, and durations too; their text is exact.
    return (array.astype(str) if array.dtype.kind in "Mm" else array).tolist()
