"""The leaderboard: configurations ranked by the mean over their seeds, and honest about what that mean can tell."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import numpy as np

from gnomon.analysis import board_text
from gnomon.analysis.entry import Entry, EntryRange, EntrySeed
from gnomon.analysis.goal import Goal
from gnomon.analysis.grouping import differing, group_rows, labels
from gnomon.analysis.known import BoardColumn
from gnomon.analysis.protocols import NOTHING_RECORDED, Division, divide
from gnomon.analysis.significance import LEVEL, Float64, Test, intervals, moments, not_best, stated

_NUMBERS: Final = (int, float)


@dataclass(frozen=True, slots=True)
class RankedProtocol:
    """Hold the entries that can be compared with one another: same data, same evaluation.

    Args:
        data: Fingerprints by name, as `run.use_data` recorded them.
        evaluation: Definitions by name, as `run.evaluate` recorded them.
        reason: Why it is not ranked with the first protocol; `None` for that one.
        runs: How many runs it has.
        total: How many entries it has.
        tied: How many of these may well be the best one.
        method: How its ranks, intervals and ties were found.
        entries: Those asked for, the best first.
    """

    data: Mapping[str, str]
    evaluation: Mapping[str, str]
    reason: str | None
    runs: int
    total: int
    tied: int
    method: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Hold a ranking and what was ranked.

    Args:
        metric: Column that was ranked by.
        goal: `max` when larger is better, `min` when smaller is.
        goal_from: Who said so: `asked`, `define` (the run), `name` (a loss is better small), or `default`.
        test: Which test says who is tied.
        group_by: What makes an entry.
        runs: Runs that were looked at.
        caveat: What to be wary of, in a sentence; `None` when there is nothing.
        columns: What the columns of the entries are.
        protocols: The one that is ranked, then those shown apart.
    """

    metric: str
    goal: Goal
    goal_from: str
    test: Test
    group_by: str
    runs: int
    caveat: str | None
    columns: tuple[BoardColumn, ...]
    protocols: tuple[RankedProtocol, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The configurations that are ranked, the best first; those of other protocols are in `protocols`."""
        return self.protocols[0].entries if self.protocols else ()

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one flat dictionary per entry, those of other protocols behind, with the reason they are apart."""
        return board_text.dicts(self)

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`, one row per entry."""
        return board_text.pandas_frame(self)

    def to_polars(self) -> Any:
        """Return a `polars.DataFrame`, one row per entry."""
        return board_text.polars_frame(self)

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the entries as CSV, and write them to `path` when one is given.

        A text that a spreadsheet could take for a formula gets a `'` in front.
        """
        text = board_text.csv_text(self)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def to_markdown(self, columns: Sequence[str] = (), digits: int = 2) -> str:
        """Return the ranked entries as a Markdown table; entries that may be the best are bold.

        Args:
            columns: Further columns by name, such as `learning_rate`.
            digits: Significant digits of half the interval; the mean gets the same decimals.
        """
        return board_text.markdown(self, columns, digits)

    def to_latex(self, columns: Sequence[str] = (), digits: int = 2) -> str:
        """Return the ranked entries as a LaTeX table (needs `booktabs`); entries that may be the best are bold.

        Args:
            columns: Further columns by name, such as `learning_rate`.
            digits: Significant digits of half the interval; the mean gets the same decimals.
        """
        return board_text.latex(self, columns, digits)


@dataclass(frozen=True, slots=True)
class Rows:
    """Hold what is known of the runs to rank, one entry of each list per run.

    Args:
        ids: Run ids.
        names: Run names.
        states: Run states.
        seeds: Seeds, `None` where unknown.
        values: What is ranked; `None`, NaN and infinities count as missing.
        config: Values that make an entry, by column, the seed left out.
        data: Fingerprints of data by name.
        evaluation: Definitions of evaluations by name.
        columns: Values to show, by name of their column.
    """

    ids: Sequence[str]
    names: Sequence[str]
    states: Sequence[str]
    seeds: Sequence[Any]
    values: Sequence[float | None]
    config: Mapping[str, Sequence[Any]]
    data: Sequence[Mapping[str, str]]
    evaluation: Sequence[Mapping[str, str]]
    columns: Mapping[str, Sequence[Any]]


def leaderboard(
    metric: str,
    goal: Goal,
    runs: Sequence[str],
    values: Sequence[float | None],
    columns: Mapping[str, Sequence[Any]],
    test: Test = "welch",
) -> Leaderboard:
    """Rank configurations; runs that agree in every column are one entry.

    Args:
        metric: Name for the result.
        goal: `max` or `min`.
        runs: One name per run.
        values: Value of each run; `None`, NaN and infinities count as missing.
        columns: Config values by column, one per run, the seed left out.
        test: `welch`, `permutation` or `bootstrap`.

    Example:
        >>> board = leaderboard("acc", "max", ["a", "b", "c"], [0.9, 0.92, 0.5], {"config.lr": [0.1, 0.1, 9.0]})
        >>> [(e.label, e.n, round(e.mean, 2), e.interval is None) for e in board.entries]
        [('lr 0.1', 2, 0.91, False), ('lr 9', 1, 0.5, True)]
    """
    n = len(runs)
    nothing: list[Mapping[str, str]] = [{}] * n
    rows = Rows(runs, runs, ["finished"] * n, [None] * n, values, columns, nothing, nothing, {})
    return ranked(metric, goal, rows, test=test)


def ranked(
    metric: str,
    goal: Goal,
    rows: Rows,
    *,
    test: Test = "welch",
    goal_from: str = "asked",
    group_by: str = "",
    columns: Sequence[BoardColumn] = (),
    page: slice = slice(None),
) -> Leaderboard:
    """Rank configurations, those with the same data and evaluation together.

    Args:
        metric: Name of what is ranked.
        goal: `max` or `min`.
        rows: The runs.
        test: `welch`, `permutation` or `bootstrap`.
        goal_from: Who chose the goal.
        group_by: What makes an entry, for the answer.
        columns: What the columns of `rows` are.
        page: Which entries of each protocol to return; all of them are ranked and tested.
    """
    has_value = [_is_value(value) for value in rows.values]
    divisions = divide(metric, rows.data, rows.evaluation, has_value)
    shown = differing(rows.config, range(len(rows.ids)))
    protocols = tuple(_protocol(rows, division, shown, has_value, goal, test, page) for division in divisions)
    caveat = NOTHING_RECORDED if divisions and not divisions[0].data and not divisions[0].evaluation else None
    return Leaderboard(metric, goal, goal_from, test, group_by, len(rows.ids), caveat, tuple(columns), protocols)


def _protocol(
    rows: Rows,
    division: Division,
    shown: Sequence[str],
    has_value: Sequence[bool],
    goal: Goal,
    test: Test,
    page: slice,
) -> RankedProtocol:
    groups = _groups(rows.config, division.rows, len(rows.ids))
    counts = [sum([has_value[row] for row in group]) for group in groups]
    # Those with a value first: what is parallel to them needs no gaps
    groups = [
        group if n == len(group) else sorted(group, key=_last(has_value))
        for group, n in zip(groups, counts, strict=True)
    ]
    samples = _samples(rows.values, groups, counts)
    means = _means(samples)
    chances, spans = not_best(samples, goal, test), intervals(samples, test)
    order = sorted(range(len(groups)), key=[_placed(mean, goal) for mean in means].__getitem__)
    ranks = _ranks([means[g] for g in order])
    asked = order[page]
    firsts = [groups[g][0] for g in asked]
    picked = {column: [rows.config[column][first] for first in firsts] for column in shown}
    told = [dict(zip(shown, values, strict=True)) for values in zip(*picked.values(), strict=True)]
    configs = told or [{} for _ in asked]
    names = labels(picked, len(asked))
    columns = _columns(rows.columns, [groups[g] for g in asked])
    entries = [
        _entry(rows, groups[g], rank, name, config, cells, samples[g], means[g], spans[g], chances[g], goal)
        for g, rank, name, config, cells in zip(asked, ranks[page], names, configs, columns, strict=True)
    ]
    return RankedProtocol(
        data=division.data,
        evaluation=division.evaluation,
        reason=division.reason,
        runs=len(division.rows),
        total=len(groups),
        tied=sum(_is_tied(n, p) for n, p in zip(counts, chances, strict=True)),
        method=stated(test, samples),
        entries=tuple(entries),
    )


def _samples(values: Sequence[float | None], groups: Sequence[Sequence[int]], counts: Sequence[int]) -> list[Float64]:
    """Return the values of each entry, those that it has."""
    there = [row for group, n in zip(groups, counts, strict=True) for row in group[:n]]
    together = np.array([values[row] for row in there], np.float64)
    ends = list(accumulate(counts))
    return [together[end - n : end] for end, n in zip(ends, counts, strict=True)]


def _means(samples: Sequence[Float64]) -> list[float | None]:
    found = iter(moments([sample for sample in samples if len(sample)]).mean.tolist())
    return [next(found) if len(sample) else None for sample in samples]


def _ranks(means: Sequence[float | None]) -> list[int]:
    """Return the rank of each of some means in order; equal ones share it."""
    ranks: list[int] = []
    for place, mean in enumerate(means):
        ranks.append(ranks[-1] if place and mean == means[place - 1] else place + 1)
    return ranks


def _is_tied(n: int, p: float | None) -> bool:
    return bool(n) and (p is None or p > 1 - LEVEL)


def _groups(config: Mapping[str, Sequence[Any]], among: Sequence[int], count: int) -> list[list[int]]:
    """Return the rows of each entry among some rows."""
    if len(among) == count:
        return group_rows(config, count)
    own = {name: [values[row] for row in among] for name, values in config.items()}
    return [[among[i] for i in group] for group in group_rows(own, len(among))]


def _last(has_value: Sequence[bool]) -> Callable[[int], bool]:
    return lambda row: not has_value[row]


def _entry(
    rows: Rows,
    group: Sequence[int],
    rank: int,
    name: str,
    config: Mapping[str, Any],
    columns: Mapping[str, Any],
    values: Float64,
    mean: float | None,
    span: tuple[float, float] | None,
    p: float | None,
    goal: Goal,
) -> Entry:
    n = len(values)
    finite: list[float] = values.tolist()
    found = finite + [None] * (len(group) - n)
    return Entry(
        rank=rank,
        label=name,
        config=config,
        n=n,
        missing=len(group) - n,
        mean=mean,
        interval=span,
        best=None if not n else max(finite) if goal == "max" else min(finite),
        tied=_is_tied(n, p),
        p=p,
        columns=columns,
        seeds=tuple(
            EntrySeed(rows.ids[row], rows.names[row], rows.states[row], rows.seeds[row], value)
            for row, value in zip(group, found, strict=True)
        ),
    )


def _columns(columns: Mapping[str, Sequence[Any]], groups: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Return for each entry the value or the range of each column."""
    if not columns:
        return [{} for _ in groups]
    each = [[_shared([column[row] for row in group]) for group in groups] for column in columns.values()]
    return [dict(zip(columns, values, strict=True)) for values in zip(*each, strict=True)]


def _shared(values: list[Any]) -> Any:
    """Return the value that all runs have, or the range of those that differ."""
    first = values[0]
    if len(values) == 1 or values.count(first) == len(values):
        return first
    numbers = [value for value in values if type(value) in _NUMBERS and math.isfinite(value)]
    if not numbers:
        return EntryRange(None, None, None, tuple(values))
    return EntryRange(math.fsum(numbers) / len(numbers), min(numbers), max(numbers), tuple(values))


def _placed(mean: float | None, goal: Goal) -> tuple[bool, float]:
    if mean is None:
        return True, 0.0
    return False, -mean if goal == "max" else mean


def _is_value(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
