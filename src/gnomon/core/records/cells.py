"""Cells of a table: what type a column has, and how its values are written as JSON and read again."""

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, Final

from gnomon.core.errors import CorruptError
from gnomon.core.plain import plain

TYPES: Final = ("number", "integer", "text", "bool", "datetime", "json")

_NAMES: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_OURS: Final = (type(None), bool, int, float, str, datetime, date)
_PLAIN: Final = {bool: "bool", int: "integer", float: "number", str: "text"}
_LEAST_INT, _MOST_INT = -(2**63), 2**64 - 1


def column(values: Iterable[object]) -> tuple[str, list[Any]]:
    """Return the type of a column and its values as Python's own.

    Example:
        >>> column([1, None, 2.5])
        ('number', [1.0, None, 2.5])
        >>> column(["a", 3])
        ('json', ['a', 3])
    """
    given = values if isinstance(values, list) else list(values)
    one = _one_type(given)
    if one is not None:
        return one, given
    plain_values = [_cell(value) for value in given]
    kinds = {_kind(value) for value in plain_values if value is not None}
    if kinds == {"integer", "number"} and all(type(value) is not int or abs(value) <= 2**53 for value in plain_values):
        return "number", [None if value is None else float(value) for value in plain_values]
    if len(kinds) == 1:
        return kinds.pop(), plain_values
    # Nothing but missing values has no type of its own; texts are what a reader expects least harm from.
    return ("json", [plain(value, longest=None) for value in plain_values]) if kinds else ("text", plain_values)


def stored(type_: str, values: Sequence[Any]) -> list[Any]:
    """Return a column as JSON can hold it."""
    if type_ == "number":
        is_plain = all(map(math.isfinite, filter(None, values)))
        return list(values) if is_plain else [_number(value) for value in values]
    if type_ == "datetime":
        return [None if value is None else value.isoformat() for value in values]
    return [plain(value, finite=True, longest=None) for value in values] if type_ == "json" else list(values)


def restored(type_: str, values: object) -> list[Any]:
    """Return a column as `column` made it.

    Raises:
        CorruptError: It holds what a column of that type cannot hold.
    """
    if type_ not in TYPES or not isinstance(values, list):
        msg = f"table: expected a column of a type among {', '.join(TYPES)}, received {type_!r:.40}."
        raise CorruptError(msg)
    if type_ == "json":
        return values
    try:
        return [None if value is None else _READ[type_](value) for value in values]
    except (KeyError, TypeError, ValueError) as error:
        msg = f"table: a column of type {type_} holds something else: {error!r:.100}"
        raise CorruptError(msg) from error


def _one_type(values: list[Any]) -> str | None:
    """Return the type of a column whose values are all Python's own of one type; most are, and need no look at each."""
    kinds = set(map(type, values)) - {type(None)}
    found = _PLAIN.get(kinds.pop()) if len(kinds) == 1 else None
    if found == "integer":
        numbers = [value for value in values if value is not None] if None in values else values
        return found if min(numbers) >= _LEAST_INT and max(numbers) <= _MOST_INT else None
    return found


def _cell(value: Any) -> Any:
    """Return one value as None, bool, int, float, str, datetime, date, or a nested list or dict of these."""
    if type(value) in _OURS:
        return _bounded(value) if type(value) is int else value
    if isinstance(value, date):
        return _moment(value)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if getattr(value, "shape", None) == () and callable(getattr(value, "item", None)):
        inside = value.item()
        return _cell(inside) if type(inside) in _OURS else str(value)
    if isinstance(value, time):
        return value.isoformat()
    is_plain = isinstance(value, (bool, int, float, str)) or hasattr(value, "__iter__")
    return plain(value, longest=None) if is_plain and not isinstance(value, bytes) else str(value)


def _moment(value: date) -> date | None:
    """Return a date or a time; pandas' NaT is one that equals nothing, and stands for a missing one."""
    return value if value == value else None  # noqa: PLR0124


def _bounded(value: int) -> int | str:
    return value if _LEAST_INT <= value <= _MOST_INT else str(value)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "datetime" if isinstance(value, date) else "json"


def _number(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _read_number(value: Any) -> float:
    return _NAMES[value] if isinstance(value, str) else float(_only(value, (int, float)))


def _read_datetime(value: Any) -> date:
    text = _only(value, (str,))
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def _only(value: Any, kinds: tuple[type, ...]) -> Any:
    if type(value) not in kinds:
        raise TypeError(value)
    return value


_READ: Final = {
    "number": _read_number,
    "integer": lambda value: _only(value, (int,)),
    "text": lambda value: _only(value, (str,)),
    "bool": lambda value: _only(value, (bool,)),
    "datetime": _read_datetime,
}
