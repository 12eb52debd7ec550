"""The leaderboard: configurations ranked by the mean over their seeds, and honest about what that mean can tell."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.analysis.grouping import differing, group_rows, label
from gnomon.analysis.student import student_cdf, student_quantile

Float64 = npt.NDArray[np.float64]
Goal = Literal["max", "min"]

LEVEL: Final = 0.95
MIN_SEEDS: Final = 3
"""With fewer seeds the spread is a guess, and no entry is called worse."""

_ROUNDING: Final = 1e-12
"""A spread below this share of the values is what adding them up leaves over, not a spread."""

_RIVALS: Final = 20
"""Each entry is compared with so many of the best; the correction still counts all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one configuration of a leaderboard.

    Args:
        rank: 1 for the best mean; entries without a value come last.
        label: The config values in which the entries differ, for people.
        config: The same as columns and values.
        n: Runs with a finite value.
        missing: Runs of the same config without one: they failed, diverged, or have not come so far.
        mean: Mean over the runs with a value, NaN when there is none.
        interval: 95 % confidence interval of the mean (Student's t over seeds); `None` for a single run.
        best: Best single value.
        tied: The entry may well be the best one: no other is significantly better.
        p: Probability of standing this far behind another entry by luck, corrected for the number of entries;
            `None` where there is nothing better, or too little to tell.
        values: One per run with a value, in the order of `runs`.
        runs: What the caller named those runs.
    """

    rank: int
    label: str
    config: Mapping[str, Any]
    n: int
    missing: int
    mean: float
    interval: tuple[float, float] | None
    best: float
    tied: bool
    p: float | None
    values: tuple[float, ...] = ()
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Hold a ranking and what was ranked.

    Args:
        metric: Column that was ranked by.
        goal: `max` when larger is better, `min` when smaller is.
        entries: The configurations, the best first.
    """

    metric: str
    goal: Goal
    entries: tuple[Entry, ...] = field(default=())


def leaderboard(
    metric: str, goal: Goal, runs: Sequence[str], values: Sequence[float | None], columns: Mapping[str, Sequence[Any]]
) -> Leaderboard:
    """Rank configurations; runs that agree in every column are one entry.

    Args:
        metric: Name for the result.
        goal: `max` or `min`.
        runs: One name per run.
        values: Value of each run; `None`, NaN and infinities count as missing.
        columns: Config values by column, one per run, the seed left out.

    Example:
        >>> board = leaderboard("acc", "max", ["a", "b", "c"], [0.9, 0.92, 0.5], {"config.lr": [0.1, 0.1, 9.0]})
        >>> [(e.label, e.n, round(e.mean, 2), e.interval is None) for e in board.entries]
        [('lr 0.1', 2, 0.91, False), ('lr 9', 1, 0.5, True)]
    """
    groups = group_rows(columns, len(runs))
    shown = differing(columns, [group[0] for group in groups])
    found = [[row for row in group if _is_value(values[row])] for group in groups]
    samples = [np.array([values[row] for row in rows], np.float64) for rows in found]
    chances = not_best(samples, goal)
    order = sorted(range(len(groups)), key=lambda g: _placed(samples[g], goal))
    entries = []
    for rank, g in enumerate(order, 1):
        config = {column: columns[column][groups[g][0]] for column in shown}
        missing = len(groups[g]) - len(found[g])
        names = tuple(runs[row] for row in found[g])
        entries.append(_entry(rank, config, samples[g], missing, chances[g], names, goal))
    return Leaderboard(metric, goal, tuple(entries))


def interval(values: Float64, level: float = LEVEL) -> tuple[float, float] | None:
    """Return the confidence interval of the mean, `mean ± t · s / √n`; `None` for fewer than two values.

    Args:
        values: float64 of shape `(n,)`, one per seed, taken as independent and about normal.
        level: Confidence, 0 to 1.

    Example:
        >>> low, high = interval(np.array([1.0, 2.0, 3.0]))
        >>> round(low, 3), round(high, 3)
        (-0.484, 4.484)
    """
    n = len(values)
    if n < 2:
        return None
    half = student_quantile((1 + level) / 2, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    mean = float(values.mean())
    return mean - half, mean + half


def welch(better: Float64, worse: Float64) -> float | None:
    """Return how likely it is that `better` is ahead by luck alone: Welch's t test, one-sided.

    Args:
        better: float64 `(n,)`, the larger sample mean first.
        worse: float64 `(m,)`.

    Returns:
        The p value; `None` with fewer than three values on a side, or no spread at all to compare with.

    Source: B. L. Welch, The generalization of "Student's" problem, Biometrika 34 (1947); degrees of freedom after
    F. E. Satterthwaite (1946). For learning algorithms: C. Colas et al., A hitchhiker's guide to statistical
    comparisons of reinforcement learning algorithms (2019), where it stands up best among the usual tests.

    Example:
        >>> round(welch(np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0])), 4)
        0.0352
    """
    n, m = len(better), len(worse)
    if min(n, m) < MIN_SEEDS:
        return None
    a, b = float(better.var(ddof=1)) / n, float(worse.var(ddof=1)) / m
    scale = max(float(np.abs(better).max()), float(np.abs(worse).max()))
    if math.sqrt(a + b) <= _ROUNDING * scale:
        return None
    t = (float(better.mean()) - float(worse.mean())) / math.sqrt(a + b)
    df = (a + b) ** 2 / (a * a / (n - 1) + b * b / (m - 1))
    return student_cdf(-t, df)


def not_best(samples: Sequence[Float64], goal: Goal = "max") -> list[float | None]:
    """Return for each sample the p value of "another one is better", `None` where nothing can be said.

    Every entry is compared with those that have a better mean; Bonferroni's correction counts all k - 1 others. So
    the entry that is truly best is called worse with a probability of at most 5 % (at p <= 0.05), whichever entry
    happens to lead: comparing with the leader alone and ignoring that it was picked for leading would claim more.

    Source: J. C. Hsu, Multiple Comparisons (1996), chapter 4, multiple comparisons with the best.
    """
    sign = 1.0 if goal == "max" else -1.0
    filled = [g for g, sample in enumerate(samples) if len(sample)]
    means = {g: sign * float(samples[g].mean()) for g in filled}
    rivals = sorted(filled, key=lambda g: -means[g])[:_RIVALS]
    out: list[float | None] = [None] * len(samples)
    for g in filled:
        tests = [welch(sign * samples[r], sign * samples[g]) for r in rivals if means[r] > means[g]]
        chances = [p for p in tests if p is not None]
        out[g] = min(1.0, min(chances) * (len(filled) - 1)) if chances else None
    return out


def _entry(
    rank: int, config: dict[str, Any], values: Float64, missing: int, p: float | None, runs: tuple[str, ...], goal: Goal
) -> Entry:
    n = len(values)
    return Entry(
        rank=rank,
        label=label(config),
        config=config,
        n=n,
        missing=missing,
        mean=float(values.mean()) if n else math.nan,
        interval=interval(values),
        best=float(values.max() if goal == "max" else values.min()) if n else math.nan,
        tied=bool(n) and (p is None or p > 1 - LEVEL),
        p=p,
        values=tuple(values.tolist()),
        runs=runs,
    )


def _placed(values: Float64, goal: Goal) -> tuple[bool, float]:
    if not len(values):
        return True, 0.0
    mean = float(values.mean())
    return False, -mean if goal == "max" else mean


def _is_value(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
