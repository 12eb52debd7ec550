"""The different values of a column and how many runs have each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gnomon.core.batch import Int64
from gnomon.store.column import BOOL, MISSING, TEXT, Column


@dataclass(frozen=True, slots=True)
class Distinct:
    """Hold values, the most frequent first.

    Args:
        values: Each with how many runs have it.
        distinct: How many there are in all.
        present: Runs that have one.
        missing: Runs that have none.
        numbers: Runs whose value is a finite number.
        low: Smallest of these, `None` when there is none.
        high: Largest.
    """

    values: list[tuple[Any, int]]
    distinct: int
    present: int
    missing: int
    numbers: int
    low: float | None
    high: float | None


def distinct(column: Column, rows: Int64, prefix: str, limit: int) -> Distinct:
    """Return the values that some rows hold; equal ones are those that a filter holds for equal.

    Args:
        column: Column.
        rows: Which rows.
        prefix: Only values whose text begins so, whatever the case; the counts of the whole stay what they are.
        limit: Values at most.
    """
    kind, number = column.kind[rows], column.number[rows]
    given = rows[kind != MISSING]
    _, first, count = np.unique(column.sort_key(given, descending=False), return_index=True, return_counts=True)
    # The most frequent first, and equally frequent ones in the order of the table.
    order = np.argsort(-count, kind="stable")
    shown = order[: None if prefix else limit]
    values = column.values(given[first[shown]])
    pairs = list(zip(values, count[shown].tolist(), strict=True))
    if prefix:
        wanted = prefix.casefold()
        pairs = [(value, n) for value, n in pairs if spelled(value).casefold().startswith(wanted)][:limit]
    finite = number[np.isfinite(number) & (kind != BOOL) & (kind != TEXT)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (None, None)
    return Distinct(pairs, len(count), len(given), len(rows) - len(given), len(finite), low, high)


def of_labels(each: Sequence[Sequence[str]], prefix: str, limit: int) -> Distinct:
    """Return the labels that some runs carry, the most frequent first.

    Args:
        each: The labels of each run.
        prefix: As in `distinct`.
        limit: As in `distinct`.
    """
    count = Counter(label for labels in each for label in labels)
    pairs = sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))
    present = sum(bool(labels) for labels in each)
    shown = [(label, n) for label, n in pairs if label.casefold().startswith(prefix.casefold())]
    return Distinct(shown[:limit], len(count), present, len(each) - present, 0, None, None)


def spelled(value: Any) -> str:
    """Return a value as somebody would write it.

    Example:
        >>> spelled(64.0), spelled(True), spelled("adam"), spelled(0.1)
        ('64', 'true', 'adam', '0.1')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    return str(value)
