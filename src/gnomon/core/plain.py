"""Plain data out of whatever a configuration holds: NumPy scalars, paths, dataclasses, namespaces, enums.

Nothing is imported to recognise a type: an array is what has `shape` and `tolist`, a scalar what has `item`.
"""

import math
import os
import warnings
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date, time
from enum import Enum
from types import SimpleNamespace
from typing import Any, Final

from gnomon.core.limits import MAX_JSON_DEPTH, MAX_KEY_CHARS, MAX_TEXT_CHARS

_MAX_ELEMENTS: Final = 1000
_MAX_INT: Final = 2**63
_METHODS: Final = ("model_dump", "to_dict", "_asdict")
"""What pydantic models, Hugging Face and ml_collections configurations, and named tuples call it."""


def plain(value: object, *, finite: bool = False, longest: int | None = MAX_TEXT_CHARS) -> Any:
    """Return `value` as None, bool, int, float, str, list and dict with text keys.

    Unknown objects become their `repr`, and so does what is nested deeper than 64 or holds itself.

    Args:
        value: Anything.
        finite: Turn NaN and infinities into the strings that our JSON uses for them.
        longest: Characters of a text that are kept, `None` for all of them.

    Example:
        >>> plain({"lr": 0.1, 3: (1, float("inf"))}, finite=True)
        {'lr': 0.1, '3': [1, 'Infinity']}
    """
    return _Converter(finite, longest).convert(value, 0)


def as_number(value: object) -> float | None:
    """Return the double of a number or of an array with one element; `None` for anything else, text included."""
    if not isinstance(value, (int, float)):
        if getattr(getattr(value, "dtype", None), "kind", None) in ("M", "m"):
            return None  # NumPy's dates and durations count in units of their own
        _hear_out(value)
        item = getattr(value, "item", None)
        if callable(item):
            try:
                value = item()
            except Exception:  # noqa: BLE001 - more than one element; every library raises its own
                return None
    if isinstance(value, (str, bytes, complex)) or not hasattr(type(value), "__float__"):
        return None
    try:
        return float(value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - as above; an int beyond 1e308 too
        return None


def _hear_out(value: Any) -> None:
    """Let torch warn, to nobody, that a tensor with a gradient becomes a number: only its value is taken here.

    It warns once in a process. The next call of `log` with these keys converts without a look at the values, and the
    warning would name a line of ours in everybody's training output.
    """
    with suppress(Exception):
        if value.requires_grad is True:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                float(value)


class _Converter:
    def __init__(self, finite: bool, longest: int | None) -> None:
        self._finite, self._longest = finite, longest
        self._above: set[int] = set()

    def convert(self, value: object, depth: int) -> Any:
        if isinstance(value, Enum):
            value = value.value if isinstance(value.value, (bool, int, float, str)) else value.name
        if value is None or isinstance(value, (bool, int, float, str)):
            return self._leaf(value)
        if depth >= MAX_JSON_DEPTH or id(value) in self._above:
            return _shown(value)
        self._above.add(id(value))
        try:
            return self._branch(value, depth + 1)
        except Exception:  # noqa: BLE001 - a property of somebody's object may raise anything
            return _shown(value)
        finally:
            self._above.discard(id(value))

    def _leaf(self, value: object) -> bool | int | float | str | None:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value) if -_MAX_INT <= value < _MAX_INT else str(int(value))[:MAX_TEXT_CHARS]
        if isinstance(value, float):
            number = float(value)
            return number if math.isfinite(number) or not self._finite else _name(number)
        return storable(str(value))[: self._longest]

    def _branch(self, value: object, depth: int) -> Any:
        pairs = _pairs(value)
        if pairs is not None:
            return {storable(str(key))[:MAX_KEY_CHARS] or "_": self.convert(v, depth) for key, v in pairs}
        if isinstance(value, (list, tuple)) and not hasattr(value, "_asdict"):
            return [self.convert(element, depth) for element in value]
        if isinstance(value, AbstractSet):
            return [self.convert(element, depth) for element in sorted(value, key=repr)]
        return self.convert(_plainer(value), depth)


def _pairs(value: object) -> Iterable[tuple[object, object]] | None:
    """Return what `value` maps to what, when it is made of named parts."""
    if isinstance(value, Mapping):
        return value.items()
    if is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, SimpleNamespace) or type(value).__name__ == "Namespace":
        return vars(value).items()
    return None


def _plainer(value: object) -> object:
    """Return something closer to plain data than `value`; its text when there is nothing better."""
    shape, listed = getattr(value, "shape", None), getattr(value, "tolist", None)
    if shape is not None and callable(listed):
        return listed() if math.prod(shape) <= _MAX_ELEMENTS else _shown(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    methods = [getattr(value, name, None) for name in _METHODS if not isinstance(value, type)]
    method = next(filter(callable, methods), None)
    return method() if method else _shown(value)


def storable(text: str) -> str:
    """Return `text` with lone surrogates, which no encoding can hold, replaced by question marks."""
    return text.encode("utf-8", "replace").decode()


def _name(number: float) -> str:
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"  # noqa: PLR0124 - NaN's definition


def _shown(value: object) -> str:
    if isinstance(value, type) or callable(value):
        name = getattr(value, "__qualname__", None)
        if isinstance(name, str):
            return storable(f"{getattr(value, '__module__', '')}.{name}")
    try:
        return storable(repr(value))[:1000]
    except Exception:  # noqa: BLE001 - repr is the user's code
        return f"<{type(value).__name__}>"
