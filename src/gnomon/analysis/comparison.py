"""Runs side by side: what differs in what was chosen, in what ran, and in what came out."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from importlib import import_module
from typing import Any, Final, Literal

from gnomon.analysis.graph_diff import ComparedGraph
from gnomon.core.errors import MissingExtraError

Plain = int | float | str | bool | None
Goal = Literal["max", "min"]

MAX_LINES: Final = 20_000
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """Hold one of the runs; times are UTC seconds, `duration` seconds (so far, while it runs)."""

    id: str
    project: str
    name: str
    state: str
    created: float
    finished: float | None
    duration: float
    last_step: int | None
    group: str | None
    tags: tuple[str, ...]
    error: str | None


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """Hold one key; `values` has one for each run, `None` where a run has none; `differs` when they are not all alike."""

    key: str
    values: tuple[Plain, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """Hold one statistic of a metric: a value for each run (`None`: it was not logged) and which runs are best."""

    values: tuple[float | str | None, ...]
    best: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """Hold one metric of the runs.

    Args:
        key: Series key.
        goal: Which direction is better.
        goal_from: Who said so: `define` (the first run that did), `name`, or `default`.
        last: Last value of each run.
        min: Smallest.
        max: Largest.
    """

    key: str
    goal: Goal
    goal_from: str
    last: ComparedFigure
    min: ComparedFigure
    max: ComparedFigure


@dataclass(frozen=True, slots=True)
class ComparedCode:
    """Say where the code of each run is: numbers of its records, `None` where nothing was captured.

    Args:
        script: `gnomon/code/script`, the main script.
        diff: `gnomon/code/diff`, what was not committed.
        differs: Commit, script or diff are not the same in all.
    """

    script: tuple[int | None, ...]
    diff: tuple[int | None, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold two runs or more side by side; every list of values has one for each run, in the order of `runs`.

    Args:
        runs: The runs.
        config: Every config key, those that differ first.
        metrics: Metrics of any of the runs.
        metrics_total: How many there are; only the first 2,000 are in `metrics`.
        facts: What was captured: commit, script, host, python, hardware, seed, parameters.
        data: Fingerprints of `run.use_data`.
        evaluation: Definitions of `run.evaluate`.
        packages: Installed distributions of different versions.
        packages_same: How many are the same in all that say.
        code: Where the code is; `/api/v1/compare/code` shows two of them line by line.
        graphs: Graphs logged under one key by two of the runs or more.
    """

    runs: tuple[ComparedRun, ...]
    config: tuple[ComparedRow, ...]
    metrics: tuple[ComparedMetric, ...]
    metrics_total: int
    facts: tuple[ComparedRow, ...]
    data: tuple[ComparedRow, ...]
    evaluation: tuple[ComparedRow, ...]
    packages: tuple[ComparedRow, ...]
    packages_same: int
    code: ComparedCode
    graphs: tuple[ComparedGraph, ...]

    def to_dicts(self, *, everything: bool = False) -> list[dict[str, Plain]]:
        """Return a row for each config key and fact that differs and for the last value of each metric.

        Args:
            everything: Rows that are the same in all runs too.
        """
        names = _distinct([run.name for run in self.runs], [run.id for run in self.runs])
        told = [("config", row) for row in self.config] + [("fact", row) for row in self.facts]
        told += [("data", row) for row in (*self.data, *self.evaluation)] + [("package", row) for row in self.packages]
        rows: list[dict[str, Plain]] = [
            {"what": what, "key": row.key, **dict(zip(names, row.values, strict=True))}
            for what, row in told
            if everything or row.differs
        ]
        return rows + [
            {"what": "metric", "key": metric.key, **dict(zip(names, metric.last.values, strict=True))}
            for metric in self.metrics
        ]

    def to_pandas(self, *, everything: bool = False) -> Any:
        """Return the rows of `to_dicts` as a `pandas.DataFrame`, one column per run."""
        try:
            pandas = import_module("pandas")
        except ImportError as error:
            msg = "to_pandas() needs pandas. Install gnomon[frames]."
            raise MissingExtraError(msg) from error
        return pandas.DataFrame(self.to_dicts(everything=everything))


@dataclass(frozen=True, slots=True)
class TextDiff:
    """Hold the difference of two texts.

    Args:
        what: `script`, `diff` or `environment`.
        a: Number of the record in the first run; `None` when nothing was captured.
        b: The same of the second run.
        text: Unified diff with three lines of context; empty when they are the same.
        added: Lines only in the second.
        removed: Lines only in the first.
        note: Why there is nothing to show, when there is not; `None` otherwise.
    """

    what: str
    a: int | None
    b: int | None
    text: str
    added: int
    removed: int
    note: str | None


@dataclass(frozen=True, slots=True)
class CodeDiff:
    """Hold what differs in the code of two runs: `a` and `b` are their ids."""

    a: str
    b: str
    parts: tuple[TextDiff, ...]


def side_by_side(each: Sequence[Mapping[str, Any]]) -> list[ComparedRow]:
    """Return every key of some mappings with the value of each; those that differ first, then by name.

    Example:
        >>> [(row.key, row.values, row.differs) for row in side_by_side([{"lr": 1, "b": 2}, {"lr": 3, "b": 2}])]
        [('lr', (1, 3), True), ('b', (2, 2), False)]
    """
    rows = []
    for key in sorted({key for mapping in each for key in mapping}, key=natural):
        found = [mapping.get(key, _MISSING) for mapping in each]
        marks = {(type(value) is bool, _mark(value)) for value in found}
        values = tuple(None if value is _MISSING else plain(value) for value in found)
        rows.append(ComparedRow(key, values, len(marks) > 1))
    return sorted(rows, key=lambda row: not row.differs)


def natural(key: str) -> list[Any]:
    """Return what sorts `layer2` before `layer10`."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", key)]


def figure(values: Sequence[float | None], goal: Goal) -> ComparedFigure:
    """Return the values as JSON can hold them, and which of them are best; nothing is best when all are the same.

    Example:
        >>> figure([0.5, float("nan"), 0.25, None], "min")
        ComparedFigure(values=(0.5, 'NaN', 0.25, None), best=(2,))
    """
    finite = [value for value in values if value is not None and math.isfinite(value)]
    first = (max(finite) if goal == "max" else min(finite)) if len(set(finite)) > 1 else None
    best = tuple(i for i, value in enumerate(values) if first is not None and value == first)
    return ComparedFigure(tuple(None if value is None else plain_number(value) for value in values), best)


def plain_number(value: float) -> float | str:
    """Return a float; those that JSON cannot hold as text."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def plain(value: Any) -> Plain:
    """Return a value as a cell can show it; lists and maps as text."""
    if isinstance(value, float):
        return plain_number(value)
    if isinstance(value, int | str | bool) or value is None:
        return value
    if isinstance(value, list | tuple):
        return "[" + ", ".join(str(plain(each)) for each in value) + "]"
    return str(value)


def text_diff(what: str, a: str | None, b: str | None, records: tuple[int | None, int | None]) -> TextDiff:
    """Return what differs between two texts, line by line.

    Example:
        >>> found = text_diff("script", "lr = 1", "lr = 2", (1, 1))
        >>> found.text.splitlines()[3:], found.added, found.removed
        (['-lr = 1', '+lr = 2'], 1, 1)
    """
    if a is None or b is None:
        who = "either run" if a is None and b is None else ("the first run" if a is None else "the second run")
        return TextDiff(what, *records, "", 0, 0, f"the {what} was not captured of {who}")
    if a == b:
        return TextDiff(what, *records, "", 0, 0, "the same in both")
    before, after = a.splitlines(), b.splitlines()
    if max(len(before), len(after)) > MAX_LINES:
        note = f"too long to compare line by line: {len(before):,} and {len(after):,} lines, at most {MAX_LINES:,}"
        return TextDiff(what, *records, "", 0, 0, note)
    lines = list(unified_diff(before, after, "a", "b", lineterm=""))
    added = sum(line.startswith("+") for line in lines[2:])
    removed = sum(line.startswith("-") for line in lines[2:])
    ends = None if lines else "the same but for the ends of lines"
    return TextDiff(what, *records, "\n".join(lines), added, removed, ends)


def _distinct(names: Sequence[str], ids: Sequence[str]) -> list[str]:
    """Return names; those that two runs share with the id behind."""
    return [name if names.count(name) == 1 else f"{name} {run}" for name, run in zip(names, ids, strict=True)]


def _mark(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    return repr(value) if isinstance(value, list | tuple | Mapping) else value
