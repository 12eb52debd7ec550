"""Where the values of the run table's columns come from: a run's fields, its config, the statistics of a series."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gnomon.core.batch import Float64
from gnomon.store.column import Column
from gnomon.store.engine import ConfigColumn, MetricColumn, RunInfo, Stats

Cell = tuple[float | None, str | None]
"""A number, a text, both for a truth value, or nothing."""

_WHOLE: Final = frozenset(
    {"n", "bad", "step", "min_step", "max_step", "dropped", "last_step", "seed", "parameters", "cores", "memory"}
)
_JOINT_DIGITS: Final = 8


def _seconds(us: int | None) -> Cell:
    return (None if us is None else us / 1e6), None


def _duration(run: RunInfo) -> Cell:
    """How long a run took; while it runs, until something of it last arrived."""
    end = run.updated_us if run.finished_us is None else run.finished_us
    return max(0, end - run.created_us) / 1e6, None


def is_archived(run: RunInfo) -> bool:
    """Tell whether somebody has put the run away."""
    return run.meta.get("archived") is True


def joint_hash(parts: Mapping[str, Any]) -> str:
    """Return 8 hex digits that stand for names and their hashes, whatever their order.

    Example:
        >>> joint_hash({"train": "aa", "test": "bb"}) == joint_hash({"test": "bb", "train": "aa"})
        True
    """
    data = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()[:_JOINT_DIGITS]


def _text(name: str) -> Callable[[RunInfo], Cell]:
    """Read a text of `meta`; what is no text is missing."""

    def read(run: RunInfo) -> Cell:
        value = run.meta.get(name)
        return None, value if isinstance(value, str) and value else None

    return read


def _count(name: str) -> Callable[[RunInfo], Cell]:
    """Read a whole number of `meta`."""

    def read(run: RunInfo) -> Cell:
        value = run.meta.get(name)
        return (float(value) if isinstance(value, int) and not isinstance(value, bool) else None), None

    return read


def _joint(name: str) -> Callable[[RunInfo], Cell]:
    """Read a map of names to hashes of `meta`, as one hash."""

    def read(run: RunInfo) -> Cell:
        value = run.meta.get(name)
        return None, joint_hash(value) if isinstance(value, dict) and value else None

    return read


def _dirty(run: RunInfo) -> Cell:
    value = run.meta.get("dirty")
    return truth(value=value) if isinstance(value, bool) else (None, None)


def truth(*, value: bool) -> Cell:
    """Return the cell of a truth value."""
    return float(value), "true" if value else "false"


ATTRIBUTE_CELLS: Final[Mapping[str, Callable[[RunInfo], Cell]]] = {
    "name": lambda run: (None, run.name),
    "id": lambda run: (None, run.id),
    "project": lambda run: (None, run.project),
    "state": lambda run: (None, run.state),
    "group": lambda run: (None, run.group),
    "notes": lambda run: (None, run.notes or None),
    "created": lambda run: _seconds(run.created_us),
    "updated": lambda run: _seconds(run.updated_us),
    "finished": lambda run: _seconds(run.finished_us),
    "duration": _duration,
    "dropped": lambda run: (float(run.dropped), None),
    "last_step": lambda run: (None if run.last_step is None else float(run.last_step), None),
    "error": lambda run: (None, run.error or None),
    "archived": lambda run: truth(value=is_archived(run)),
    "dirty": _dirty,
    **{name: _text(name) for name in ("commit", "branch", "script", "host", "os", "python", "cpu", "gpu")},
    **{name: _count(name) for name in ("seed", "parameters", "cores", "memory")},
    **{name: _joint(name) for name in ("data", "evaluation")},
}
"""How an attribute is read from a run."""


def attribute_column(key: str, runs: list[RunInfo | None]) -> Column:
    """Return one attribute of all runs."""
    if key == "archived":
        return _truths(is_archived, runs)
    read = ATTRIBUTE_CELLS[key]
    nothing: Cell = (None, None)
    cells = [nothing if run is None else read(run) for run in runs]
    column = Column(len(runs), whole=key in _WHOLE)
    given = np.flatnonzero(np.fromiter((cell != nothing for cell in cells), np.bool_, len(cells)))
    here = cells if len(given) == len(cells) else [cells[i] for i in given.tolist()]
    number = np.array([math.nan if x is None else x for x, _ in here], np.float64)
    column.fill(given, number, [text for _, text in here])
    return column


def tag_column(tag: str, runs: list[RunInfo | None]) -> Column:
    """Return for all runs whether they carry a tag."""
    return _truths(lambda run: tag in run.tags, runs)


def _truths(tell: Callable[[RunInfo], bool], runs: list[RunInfo | None]) -> Column:
    """Return a column of truth values, one for every run there is."""
    column = Column(len(runs))
    there = np.fromiter((run is not None for run in runs), np.bool_, len(runs))
    told = np.fromiter((run is not None and tell(run) for run in runs), np.bool_, len(runs))
    column.fill_truths(np.flatnonzero(there), told[there])
    return column


def config_column(read: ConfigColumn, rows: int) -> Column:
    """Return one config key of all runs; an entry with neither number nor text was given as `None`, and is missing."""
    column = Column(rows)
    worded = np.fromiter((text is not None for text in read.text), np.bool_, len(read.text))
    given = worded | ~np.isnan(read.number)
    text = [word for word, kept in zip(read.text, given.tolist(), strict=True) if kept] if worded.any() else None
    column.fill(read.index[given], read.number[given], text)
    return column


def statistic_column(read: MetricColumn, statistic: str, rows: int) -> Column:
    """Return one statistic of one series key over all runs."""
    column = Column(rows, whole=statistic in _WHOLE)
    known = read.n > 0
    if statistic in {"min", "max", "mean", "min_step", "max_step"}:
        known &= ~np.isnan(read.low)  # without a finite value there is no smallest one
    column.fill(read.index[known], _statistics(read, statistic)[known])
    return column


def statistic_cell(stats: Stats, statistic: str) -> Cell:
    """Return one statistic of one series; the same as `statistic_column`, for one run."""
    finite = stats.n - stats.bad
    needs_finite = statistic in {"min", "max", "mean", "min_step", "max_step"}
    if not stats.n or (needs_finite and not finite):
        return None, None
    value = stats.total / finite if statistic == "mean" else getattr(stats, _FIELDS[statistic])
    return float(value), None


_FIELDS: Final = {
    "last": "last",
    "min": "low",
    "max": "high",
    "n": "n",
    "bad": "bad",
    "step": "last_step",
    "min_step": "low_step",
    "max_step": "high_step",
}


def _statistics(read: MetricColumn, statistic: str) -> Float64:
    values: Float64
    if statistic == "mean":
        values = read.total / np.maximum(read.n - read.bad, 1)
    else:
        values = getattr(read, _FIELDS[statistic]).astype(np.float64)
    return values
