"""Columns of a data set: what each holds, and how that is told from its values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["number", "category", "text", "time", "image", "mask", "boxes", "array"]
KINDS: Final[tuple[Kind, ...]] = ("number", "category", "text", "time", "image", "mask", "boxes", "array")

MOST_CLASSES: Final = 50
"""Values that a column of texts or whole numbers may have to count as categories of itself; you may say otherwise."""

_SHARE: Final = 0.2
"""Of the rows; whole numbers that are fewer than that come again and again."""

_AGAIN: Final = 0.5
"""Likewise for texts, which are classes unless most of them occur once."""

PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"})
MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
"""What stands in text files where a value is missing, in lower case."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Column:
    """Describe one column.

    Args:
        name: As in the file.
        kind: What it holds.
        why: How that was told, in a sentence; "" when somebody said it.
        shape: Of one value; `()` of numbers, categories and texts, `None` for an axis that differs from row to row.
        classes: Of a category: its values as text, in their order.
        missing: Rows that hold nothing.
        low: Least number; `None` of other kinds.
        high: Largest number, likewise.
        mean: Of the numbers, missing ones left out.
        std: Likewise, of the population.
    """

    name: str
    kind: Kind
    why: str = ""
    shape: tuple[int | None, ...] = ()
    classes: tuple[str, ...] = ()
    missing: int = 0
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None


def of_texts(name: str, texts: Sequence[str]) -> tuple[Column, npt.NDArray[Any]]:
    """Return what a column of a text file is, and its values.

    Numbers become float64 with NaN where one is missing, categories and texts objects with `None`, times
    microseconds since 1970 with the least int64, pictures the names of their files.

    Example:
        >>> column, values = of_texts("age", ["31", "", "27"])
        >>> column.kind, column.missing, column.mean
        ('number', 1, 29.0)
    """
    present = [text.strip() for text in texts if text.strip().lower() not in MISSING]
    missing = len(texts) - len(present)
    if not present:
        return Column(name, "text", "every row is empty", missing=missing), np.full(len(texts), None, object)
    counts = Counter(present)
    if all(_ending(text) in PICTURES for text in counts):
        return Column(name, "image", "every value names a picture", missing=missing), _objects(texts)
    numbers = _numbers(texts)
    if numbers is not None:
        return of_numbers(name, numbers, missing=missing)
    times = _times(texts)
    if times is not None:
        return Column(name, "time", "every value is a date or a time", missing=missing), times
    if len(counts) <= MOST_CLASSES and len(counts) <= max(2, _AGAIN * len(present)):
        why = f"{len(counts)} different texts in {len(present):,} rows"
        return Column(name, "category", why, classes=tuple(sorted(counts)), missing=missing), _objects(texts)
    return Column(name, "text", f"{len(counts):,} different texts", missing=missing), _objects(texts)


def of_numbers(name: str, values: npt.NDArray[Any], *, missing: int | None = None) -> tuple[Column, npt.NDArray[Any]]:
    """Return what a column of numbers is: whole ones that are few and not spread out are classes."""
    flat = values.astype(np.float64)
    present = flat[np.isfinite(flat)]
    missing = int(np.isnan(flat).sum()) if missing is None else missing
    if not len(present):
        return Column(name, "number", "every row is empty", missing=missing), flat
    different = np.unique(present)
    if values.dtype.kind == "b" or _are_classes(different, len(present)):
        classes = tuple(f"{value:g}" for value in different)
        return Column(
            name,
            "category",
            f"{len(different)} whole numbers from {different[0]:g} on",
            classes=classes,
            missing=missing,
        ), flat
    why = f"{len(different):,} different numbers"
    low, high = float(present.min()), float(present.max())
    return Column(name, "number", why, (), (), missing, low, high, float(present.mean()), float(present.std())), flat


def of_arrays(name: str, values: npt.NDArray[Any]) -> Column:
    """Return what a column of arrays is: 8-bit ones of picture's shape are pictures."""
    shape = values.shape[1:]
    is_flat = len(shape) == 2 or (len(shape) == 3 and shape[-1] in (1, 3, 4))
    if values.dtype == np.uint8 and is_flat and min(shape[:2]) > 1:
        return Column(name, "image", f"8-bit arrays of {'×'.join(map(str, shape))}", tuple(shape))
    return Column(name, "array", f"{values.dtype} arrays of {'×'.join(map(str, shape)) or 'one number'}", tuple(shape))


def _are_classes(different: npt.NDArray[np.float64], rows: int) -> bool:
    """Whole numbers are classes where they are few, close together, begin near zero and come again and again."""
    is_whole = bool((different == np.round(different)).all())
    few = len(different) <= MOST_CLASSES and len(different) <= max(2, _SHARE * rows)
    return is_whole and few and different[0] in (-1, 0, 1) and different[-1] - different[0] < 2 * len(different)


def _ending(text: str) -> str:
    return f".{text.rpartition('.')[2].lower()}" if "." in text else ""


def _objects(texts: Sequence[str]) -> npt.NDArray[Any]:
    values = np.empty(len(texts), object)
    values[:] = [None if text.strip().lower() in MISSING else text.strip() for text in texts]
    return values


def _numbers(texts: Sequence[str]) -> npt.NDArray[np.float64] | None:
    found = np.full(len(texts), np.nan)
    for i, text in enumerate(texts):
        if text.strip().lower() not in MISSING:
            try:
                found[i] = float(text)
            except ValueError:
                return None
    return found


def _times(texts: Sequence[str]) -> npt.NDArray[np.int64] | None:
    found = np.full(len(texts), np.iinfo(np.int64).min, np.int64)
    for i, text in enumerate(texts):
        if text.strip().lower() not in MISSING:
            try:
                at = datetime.fromisoformat(text.strip())
            except ValueError:
                return None
            # Without a zone, a time is taken for UTC: it orders and splits rows, and is compared with its own column.
            found[i] = (at.replace(tzinfo=at.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    return found
