"""Which parameters a metric depends on: what a forest loses when one is shuffled, and rank correlation; with uncertainty."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.analysis.forest import Tree, grow
from gnomon.core.errors import InputError

Float64 = npt.NDArray[np.float64]
Kind = Literal["number", "category"]

MIN_RUNS: Final = 10
MAX_RUNS: Final = 600
MAX_PARAMETERS: Final = 50
MAX_CATEGORIES: Final = 12
_HALVES: Final = 40
_TREES: Final = 4
_SHUFFLES: Final = 2
_CELLS: Final = 4_000_000
"""Numbers that are predicted for at once."""

_Z: Final = NormalDist().inv_cdf(0.975)

METHOD: Final = (
    "Permutation importance: forests of {trees} regression trees are grown on {halves} random halves of the {n} runs; the "
    "importance of a parameter is how much of the variance explained (R²) on the other half is lost when its values "
    "are shuffled among the runs. Estimate: mean over the halves; interval: 2.5 to 97.5 % of the halves, widened to cover "
    "the spread of the halves as a standard error. Correlation: Spearman's, with Bonett and Wright's interval."
)


@dataclass(frozen=True, slots=True)
class ParameterImportance:
    """Hold what one parameter means to a metric.

    Args:
        name: Config key.
        kind: `number` or `category`.
        values: Different values among the runs.
        missing: Runs without it.
        importance: Share of the variance (R²) that is lost without it; about 0 when it means nothing.
        interval: 95 % interval of the importance.
        matters: The interval lies above 0.
        correlation: Spearman's, -1 to 1: positive when larger values go with a larger metric; `None` of a category.
        correlation_interval: 95 % interval of it; `None` for fewer than four runs.
    """

    name: str
    kind: Kind
    values: int
    missing: int
    importance: float
    interval: tuple[float, float]
    matters: bool
    correlation: float | None
    correlation_interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Importance:
    """Hold the parameters of a study, the most important first.

    Args:
        metric: What was asked about.
        runs: Runs with a value that were used.
        score: Share of the variance (R²) on runs not seen that the forests explain.
        score_interval: 95 % interval of it.
        method: In words.
        caveat: What to be wary of; `None` when there is nothing.
        parameters: By importance.
    """

    metric: str
    runs: int
    score: float
    score_interval: tuple[float, float]
    method: str
    caveat: str | None
    parameters: tuple[ParameterImportance, ...]


def importance(
    metric: str, values: Sequence[float | None], parameters: Mapping[str, Sequence[Any]], *, seed: int = 0
) -> Importance:
    """Return how much a metric depends on each parameter.

    Parameters with one value only are left out. Trees look at the order of numbers alone, so a learning rate needs no
    logarithm. A missing value is a value of its own, below all numbers.

    Args:
        metric: Name for the answer.
        values: One per run; runs without a finite one are left out.
        parameters: Values by name, one per run: numbers, texts, truth values, `None`.
        seed: Of the halves and shuffles; the same seed gives the same answer.

    Raises:
        InputError: Fewer than ten runs with a value, or nothing that differs between them.

    Source: L. Breiman, Random forests (2001), section 10; D. G. Bonett, T. A. Wright, Psychometrika 65 (2000).
    """
    rows = [i for i, value in enumerate(values) if value is not None and math.isfinite(value)]
    if len(rows) < MIN_RUNS:
        msg = f"importance: expected at least {MIN_RUNS} runs with {metric}, received {len(rows)}. Log more runs."
        raise InputError(msg, field="metric")
    rng = np.random.default_rng(seed)
    if len(rows) > MAX_RUNS:
        rows = sorted(rng.choice(rows, MAX_RUNS, replace=False).tolist())
    y = np.array([values[i] for i in rows], np.float64)
    columns = {name: [column[i] for i in rows] for name, column in parameters.items()}
    columns = {name: column for name, column in columns.items() if len(set(map(_mark, column))) > 1}
    if not columns or float(np.ptp(y)) == 0:
        what = "config values that differ" if not columns else f"{metric} to differ"
        msg = f"importance: expected {what} between the {len(rows)} runs; they are all the same."
        raise InputError(msg, field="metric")
    caveat = (
        f"Only the first {MAX_PARAMETERS} of {len(columns)} parameters were looked at."
        if len(columns) > MAX_PARAMETERS
        else None
    )
    columns = dict(list(columns.items())[:MAX_PARAMETERS])
    encoded = {name: _encoded(column) for name, column in columns.items()}
    losses, scores = _halves(list(encoded.values()), _standard(y), rng)
    score = float(scores.mean())
    if score <= 0:
        caveat = "The forests predict no better than the mean of all runs: read nothing into these figures."
    found = [_parameter(name, columns[name], encoded[name], losses[:, k], y) for k, name in enumerate(columns)]
    found.sort(key=lambda parameter: -parameter.importance)
    method = METHOD.format(trees=_TREES, halves=_HALVES, n=len(rows))
    return Importance(metric, len(rows), score, _interval(scores), method, caveat, tuple(found))


def spearman(x: Float64, y: Float64) -> tuple[float, tuple[float, float] | None]:
    """Return the rank correlation and its 95 % interval; `None` for fewer than four pairs.

    Example:
        >>> spearman(np.arange(5.0), np.array([1.0, 4, 9, 16, 25]))[0]
        1.0
    """
    a, b = ranks(x), ranks(y)
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt(float(a @ a) * float(b @ b))
    if size == 0:
        return 0.0, None
    r = max(-1.0, min(1.0, float(a @ b) / size))
    if len(x) < 4:
        return r, None
    half = _Z * math.sqrt((1 + r * r / 2) / (len(x) - 3))
    z = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, r)))
    return r, (math.tanh(z - half), math.tanh(z + half))


def ranks(values: Float64) -> Float64:
    """Return ranks from 1, the mean of their ranks for equal values.

    Example:
        >>> ranks(np.array([10.0, 20.0, 10.0])).tolist()
        [1.5, 3.0, 1.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], np.float64)


def _halves(features: Sequence[Float64], y: Float64, rng: np.random.Generator) -> tuple[Float64, Float64]:
    """Return for each half what shuffling each parameter loses `(halves, p)`, and the R² on the other half."""
    x = np.concatenate(features, axis=1)
    ends = np.cumsum([part.shape[1] for part in features])
    places = [slice(end - part.shape[1], end) for end, part in zip(ends, features, strict=True)]
    losses, scores = np.zeros((_HALVES, len(features))), np.zeros(_HALVES)
    step = max(1, _CELLS // (x.size * _SHUFFLES))
    for half in range(_HALVES):
        order = rng.permutation(len(y))
        inside, outside = np.split(order, [(len(y) + 1) // 2])
        trees = [_tree(x[inside], y[inside], rng) for _ in range(_TREES)]
        other, truth = x[outside], y[outside]
        total = float(((truth - truth.mean()) ** 2).mean()) or 1.0

        scores[half] = 1 - _error(trees, other, truth)[0] / total
        for first in range(0, len(places), step):
            losses[half, first : first + step] = _lost(trees, other, truth, places[first : first + step], rng) / total
        losses[half] -= 1 - scores[half]
    return losses, scores


def _lost(
    trees: Sequence[Tree], x: Float64, truth: Float64, places: Sequence[slice], rng: np.random.Generator
) -> Float64:
    """Return the squared error when each of some parameters is shuffled, all of them predicted at once."""
    copies = np.tile(x, (len(places) * _SHUFFLES, 1)).reshape(len(places), _SHUFFLES, *x.shape)
    for k, place in enumerate(places):
        for shuffle in range(_SHUFFLES):
            copies[k, shuffle, :, place] = x[rng.permutation(len(x)), place]
    errors = _error(trees, copies.reshape(-1, x.shape[1]), np.tile(truth, len(places) * _SHUFFLES), len(x))
    return np.asarray(errors.reshape(len(places), _SHUFFLES).mean(1))


def _error(trees: Sequence[Tree], x: Float64, truth: Float64, size: int | None = None) -> Float64:
    """Return the mean squared error of a forest on each `size` rows."""
    predicted = np.mean([tree.predict(x) for tree in trees], axis=0)
    return np.asarray(((truth - predicted) ** 2).reshape(-1, size or len(x)).mean(1))


def _tree(x: Float64, y: Float64, rng: np.random.Generator) -> Tree:
    drawn = rng.integers(0, len(y), len(y))
    return grow(x[drawn], y[drawn], rng, leaf=max(2, len(y) // 100))


def _parameter(name: str, column: list[Any], encoded: Float64, losses: Float64, y: Float64) -> ParameterImportance:
    kind: Kind = "number" if _is_number(column) else "category"
    correlation, bounds = None, None
    if kind == "number":
        have = np.array([value is not None for value in column])
        if have.sum() > 2:
            correlation, bounds = spearman(encoded[have, 0], y[have])
    low, high = _interval(losses)
    return ParameterImportance(
        name=name,
        kind=kind,
        values=len({_mark(value) for value in column if value is not None}),
        missing=sum(value is None for value in column),
        importance=float(losses.mean()),
        interval=(low, high),
        matters=low > 0,
        correlation=correlation,
        correlation_interval=bounds,
    )


def _interval(samples: Float64) -> tuple[float, float]:
    low, high = np.percentile(samples, [2.5, 97.5])
    mean, half = float(samples.mean()), _Z * float(samples.std(ddof=1))
    return min(float(low), mean - half), max(float(high), mean + half)


def _encoded(column: list[Any]) -> Float64:
    """Return the columns that trees see: a number, or one for each of the most common categories."""
    if _is_number(column):
        numbers = np.array([math.nan if value is None else float(value) for value in column])
        # Ranks: trees only ask for the order, and infinities have one
        present = ~np.isnan(numbers)
        out = np.zeros(len(numbers))
        out[present] = ranks(numbers[present])
        return out[:, None]
    marks = [_mark(value) for value in column]
    counts: dict[Any, int] = {}
    for mark in marks:
        counts[mark] = counts.get(mark, 0) + 1
    common = sorted(counts, key=lambda mark: (-counts[mark], str(mark)))[:MAX_CATEGORIES]
    return np.array([[float(mark == each) for each in common] for mark in marks])


def _is_number(column: list[Any]) -> bool:
    kinds = {type(value) for value in column if value is not None}
    return bool(kinds) and kinds <= {int, float} and not any(isinstance(v, float) and math.isnan(v) for v in column)


def _mark(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value if value is None else (type(value).__name__, str(value))
    return "NaN" if math.isnan(value) else float(value)


def _standard(y: Float64) -> Float64:
    return np.asarray((y - y.mean()) / y.std())
