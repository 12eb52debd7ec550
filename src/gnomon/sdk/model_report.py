"""Statistics of a model's tensors as records and series, and where its non-finite values began.

Watchers of every framework write through this, so that a layer looks the same whoever trained it.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.core.limits import OURS
from gnomon.core.records.record_type import Encoded

BINS: Final = 64
HEAD: Final = 7
"""Figures before the counts in a row: elements, non-finite ones, zeros, mean, standard deviation, least, largest."""

UNITS: Final = ("dead", "saturated", "spread")
"""Figures behind the counts in the row of a layer's output; see `Nature`."""

SLOPE: Final = 0.05
_EDGE: Final = (1 - math.sqrt(1 - SLOPE)) / 2
"""How near to a bound, as a part of the range, the slope of a sigmoid or tanh is below `SLOPE` of its steepest."""

_FLAT: Final = {"sigmoid": math.log(1 / _EDGE - 1), "tanh": math.log(1 / _EDGE - 1) / 2}
"""The same in front of the function."""

INPUT: Final = "input"
"""Stands in the place of a layer's path for what the model is given."""

WHAT: Final = ("weights", "gradients", "activations")
Row = npt.NDArray[np.float64]
Key = tuple[str, str]
"""What (`"weights"` …), and the path of the parameter or layer."""


@dataclass(frozen=True, slots=True)
class Options:
    """What of a model is watched, and how often.

    Args:
        budget: Share of the step time, above 0 up to 1.
        every: Collect at each so many-th training step instead; `None` goes by the budget.
        what: Of `"weights"`, `"gradients"`, `"activations"`.
        layers: Patterns of paths (`"encoder.*"`), or a function that tells by path; `None` takes all.

    Raises:
        InputError: An argument is wrong.
    """

    budget: float = 0.03
    every: int | None = None
    what: str | Sequence[str] = WHAT
    layers: str | Iterable[str] | Callable[[str], bool] | None = None

    def __post_init__(self) -> None:
        if type(self.budget) not in (int, float) or not 0 < self.budget <= 1:
            msg = f"budget: expected a share above 0 up to 1, received {self.budget!r:.40}. 0.03 is three per cent."
            raise InputError(msg, field="budget")
        what = (self.what,) if isinstance(self.what, str) else tuple(self.what)
        if not what or not set(what) <= set(WHAT):
            msg = f"what: expected some of {', '.join(WHAT)}, received {self.what!r:.80}."
            raise InputError(msg, field="what")
        object.__setattr__(self, "what", what)
        if self.layers is not None and not callable(self.layers):
            given = (self.layers,) if isinstance(self.layers, str) else tuple(self.layers)
            object.__setattr__(self, "layers", given)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Options":
        """Return options by name.

        Raises:
            InputError: One is unknown, or wrong.
        """
        known = cls.__dataclass_fields__
        for name in given:
            if name not in known:
                msg = f"{name}: expected one of {', '.join(known)}, received {name!r:.40}."
                raise InputError(msg, field=name)
        return cls(**given)

    def wants(self, what: str, path: str) -> bool:
        """Return whether these tensors of this path are watched; a pattern that fits a layer fits its parameters."""
        if what not in self.what:
            return False
        if self.layers is None:
            return True
        if callable(self.layers):
            return bool(self.layers(path))
        return any(fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}.*") for pattern in self.layers)


@dataclass(frozen=True, slots=True)
class Nature:
    """What of a layer's output can be told of its units.

    Args:
        counts: Units can die: the layer has weights, or gives zero for a whole half of the numbers.
        channels: Its units lie along axis 1 (`True`) or the last (`False`); `None` is as in the layer before.
        bounds: Between which the values lie, of a sigmoid or tanh; `None` when there are none.
        behind: The function that is applied to the output where no module shows it: `"relu"`, `"sigmoid"`, `"tanh"`.
    """

    counts: bool = False
    channels: bool | None = None
    bounds: tuple[float, float] | None = None
    behind: str = ""

    @property
    def is_rectified(self) -> bool:
        """Whether what is not above zero becomes zero."""
        return self.behind in ("relu", "relu6")

    @property
    def flat(self) -> tuple[float, float] | None:
        """Values at or beyond which a bounded output hardly changes: a slope below 5 % of the steepest."""
        if self.behind in _FLAT:
            return -_FLAT[self.behind], _FLAT[self.behind]
        if self.bounds is None:
            return None
        low, high = self.bounds
        return low + _EDGE * (high - low), high - _EDGE * (high - low)


def row_of(values: npt.NDArray[Any]) -> Row:
    """Return the row of an array: `HEAD` figures over its finite elements, then `BINS` counts between the extremes.

    Args:
        values: Real numbers of any shape, at least one.

    Example:
        >>> row_of(np.array([0.0, 2.0, np.inf]))[:7].tolist()
        [3.0, 1.0, 1.0, 1.0, 1.0, 0.0, 2.0]
    """
    flat = np.asarray(values, np.float64).reshape(-1)
    finite = flat[np.isfinite(flat)]
    row = np.full(HEAD + BINS, math.nan)
    row[:3] = flat.size, flat.size - finite.size, finite.size - np.count_nonzero(finite)
    row[HEAD:] = 0
    if finite.size:
        row[3:HEAD] = finite.mean(), finite.std(), finite.min(), finite.max()
        row[HEAD:] = np.histogram(finite, BINS, span(row[5], row[6]))[0]
    return row


def units_of(values: npt.NDArray[Any], nature: Nature, axis: int, *, is_last: bool) -> Row:
    """Return the three figures of `UNITS` of a layer's output; NaN where one means nothing.

    Args:
        values: `(rows, …)`, of a batch.
        nature: Of the layer.
        axis: Along which its units lie.
        is_last: It is the last layer, whose spread over the rows is told.

    Example:
        >>> units_of(np.array([[0.0, 1.0], [0.0, 2.0]]), Nature(counts=True), 1, is_last=False).tolist()
        [0.5, nan, nan]
    """
    found = np.full(len(UNITS), math.nan)
    if values.ndim < 2 or not values.size:
        return found
    if nature.counts:
        other = tuple(i for i in range(values.ndim) if i != axis % values.ndim)
        lives = values > 0 if nature.is_rectified else values
        found[0] = (np.count_nonzero(lives, axis=other) == 0).mean()
    if nature.flat is not None:
        low, high = nature.flat
        found[1] = ((values <= low) | (values >= high)).mean()
    if is_last and len(values) > 1 and np.isfinite(values).all():
        ends = values.max(axis=0).astype(np.float64) - values.min(axis=0)
        size = math.sqrt(np.square(values, dtype=np.float64).mean())
        found[2] = ends.max() / size if size else 0.0
    return found


def layers_record(
    layers: Iterable[tuple[str, str, Sequence[str]]], inputs: Sequence[Mapping[str, Any]] = (), most: int = 2000
) -> Encoded:
    """Return the layers of a model in the order in which they ran, as a record of ours.

    Args:
        layers: Path, type and paths of the parameters of each.
        inputs: `shape` without the batch and `dtype` of each tensor that the model was given.
        most: Layers at most.
    """
    rows = [{"path": path, "type": kind, "parameters": list(own)} for path, kind, own in layers][:most]
    told = {"inputs": list(inputs)} if inputs else {}
    return Encoded("json", {}, msgspec.json.encode({"layers": rows, **told}))


def layers_key(name: str) -> str:
    """Return the key of the record that `layers_record` makes for a model watched as `name`."""
    return f"{OURS}watch/{name}"


def span(low: float, high: float) -> tuple[float, float]:
    """Return the range of a histogram of values between two extremes, which may be one.

    Example:
        >>> span(1.0, 1.0)
        (0.5, 1.5)
    """
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def values_of(name: str, rows: Mapping[Key, Row]) -> dict[str, Any]:
    """Return what is logged of a collection: for each row a histogram, and `mean std norm min max zeros bad` as series.

    The longer row of a layer's output gives `dead`, `saturated` and `spread` too, where they mean something.

    Args:
        name: What the model is watched under.
        rows: Row by what and path.
    """
    out: dict[str, Any] = {}
    for (what, path), row in rows.items():
        n, bad, zeros, mean, std, low, high = row[:HEAD].tolist()
        key, good = f"{name}/{what}/{path}", n - bad
        out[key] = _histogram(row)
        out[f"{key}/mean"], out[f"{key}/std"] = mean, std
        out[f"{key}/norm"] = math.sqrt(good * (mean * mean + std * std)) if good else math.nan
        out[f"{key}/min"], out[f"{key}/max"] = low, high
        out[f"{key}/zeros"] = zeros / n if n else math.nan
        out[f"{key}/bad"] = bad
        for figure, value in zip(UNITS, row[HEAD + BINS :].tolist(), strict=False):
            if not math.isnan(value):
                out[f"{key}/{figure}"] = value
    return out


def _histogram(row: Row) -> Encoded:
    n, bad, _, mean, std, low, high = row[:HEAD].tolist()
    is_empty = n == bad
    edges = np.linspace(*(span(low, high) if not is_empty else (0.0, 1.0)), BINS + 1)
    meta: dict[str, Any] = {"bins": BINS, "n": int(n), "bad": int(bad), "low": low, "high": high}
    if is_empty:
        meta |= {"low": None, "high": None}
    else:
        meta |= {"mean": mean, "std": std}
    return Encoded("histogram", meta, edges.astype("<f8").tobytes() + row[HEAD : HEAD + BINS].astype("<f8").tobytes())


@dataclass(frozen=True, slots=True)
class Origin:
    """Where non-finite values began.

    Args:
        what: `"weights"`, `"activations"` or `"gradients"`.
        path: Of the parameter, or the layer.
        bad: How many elements are not finite.
        n: Of how many.
    """

    what: str
    path: str
    bad: int
    n: int

    def text(self, step: int) -> str:
        """Return one sentence, and what it says about the cause."""
        if self.path == INPUT:
            return f"Non-finite values at step {step}: {self.bad:,} of {self.n:,} values of the input. They came with the data."
        known = {
            "weights": "They were not finite when the forward pass began: look at the update before.",
            "activations": "The weights up to there, and what went into this layer, were finite.",
            "gradients": "Weights and activations were finite: the backward pass made them.",
        }
        return (
            f"Non-finite values at step {step}: first in the {self.what} of {self.path} "
            f"({self.bad:,} of {self.n:,}). {known[self.what]}"
        )


def origin(order: Sequence[str], bad: Mapping[Key, tuple[int, int]]) -> Origin | None:
    """Return where non-finite values began: forward through the layers, then backward through the gradients.

    Args:
        order: Paths of the layers, in the order of the forward pass.
        bad: By what and path: how many elements are not finite, of how many.

    Example:
        >>> bad = {("activations", "fc2"): (3, 10), ("activations", "out"): (10, 10), ("gradients", "fc1.weight"): (4, 4)}
        >>> origin(["fc1", "fc2", "out"], bad)
        Origin(what='activations', path='fc2', bad=3, n=10)
    """
    found = {key: counts for key, counts in bad.items() if counts[0]}
    for layer in order:
        for what in ("weights", "activations"):
            for (kind, path), counts in found.items():
                if kind == what and _belongs(path, layer, what):
                    return Origin(what, path, *counts)
    for layer in reversed(order):
        for (kind, path), counts in found.items():
            if kind == "gradients" and _belongs(path, layer, kind):
                return Origin(kind, path, *counts)
    # What no layer of the forward pass owns: a parameter used directly.
    kinds = {what: i for i, what in enumerate(("weights", "activations", "gradients"))}
    rest = sorted(found, key=lambda key: kinds[key[0]])
    return Origin(*rest[0], *found[rest[0]]) if rest else None


def _belongs(path: str, layer: str, what: str) -> bool:
    return path == layer if what == "activations" else path.rpartition(".")[0] == layer
