"""What a run's own record says about its health: checks as pure rules over stored series, each with its evidence.

A rule reads what `run.watch` and `run.log` wrote and nothing else, so that it tells the same of a run that goes on, of one
that ended a year ago, and of one as it stood at any step.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Level = Literal["warning", "error"]
Code = Literal[
    "nonfinite", "exploding", "vanishing", "dead", "saturated", "constant", "overfit", "stuck", "loader_bound"
]

MOST_POINTS: Final = 64
"""Points of a series that a finding carries along."""

_VARIABLE: Final = re.compile(r"(?:(.*)/)?(weights|gradients|activations)/([^/].*)/([a-z]+)\Z")
_NATURAL: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One series: its points in order of the steps, the last of those that share a step.

    Args:
        step: int64 `(n,)`, ascending.
        value: float64 `(n,)`, NaN and infinities as they were logged.
    """

    step: Int64
    value: Float64

    def until(self, step: int | None) -> "Line":
        """Return it as it was at a step."""
        n = len(self.step) if step is None else int(np.searchsorted(self.step, step, "right"))
        return self if n == len(self.step) else Line(self.step[:n], self.value[:n])


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a watched model.

    Args:
        path: In the model.
        type: Class.
        parameters: Paths of its own parameters.
    """

    path: str
    type: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Confused:
    """A confusion matrix that a run logged.

    Args:
        key: Of the record.
        step: Of the record.
        counts: `(k, k)`, a row for each true class, a column for each predicted one.
    """

    key: str
    step: int
    counts: npt.NDArray[np.int64]


class Recorded(Protocol):
    """What is asked of one run's record."""

    def highest(self) -> Mapping[str, float]:
        """Return every series, and its largest finite value; NaN when it has none."""
        ...

    def bad(self, key: str) -> int:
        """Return how many points of a series are not finite."""
        ...

    def line(self, key: str) -> Line:
        """Return a series."""
        ...

    def layers(self, model: str) -> Sequence[Layer]:
        """Return the layers of a watched model in the order in which they run; none when that is not recorded."""
        ...

    def confusions(self) -> Iterable[Confused]:
        """Return the newest confusion matrix of each key."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """The very values that a finding rests on.

    Args:
        key: Series.
        step: Steps.
        value: Values at them; text where JSON has no number.
    """

    key: str
    step: list[int]
    value: list[float | str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Args:
        code: Which check.
        level: `error` stops learning, `warning` is worth a look.
        title: What is the case, in one sentence.
        model: Model it is about, as it is watched; empty when it is about the run.
        what: `weights`, `gradients` or `activations`, empty when it is about none.
        path: Of the variable or layer.
        node: The node of a graph that this belongs to.
        metric: What `value` is.
        from_step: Since when.
        at_step: Newest step at which it holds.
        value: What was found.
        bound: What it was compared with.
        source: Where the bound comes from.
        evidence: Series with the values.
        remedy: What to do, in one sentence.
        others: Further variables of which the same holds.
    """

    code: Code
    level: Level
    title: str
    metric: str
    from_step: int
    at_step: int
    value: float | str
    bound: float
    source: str
    evidence: list[Evidence]
    remedy: str
    model: str = ""
    what: str = ""
    path: str = ""
    node: str = ""
    others: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a check could be made.

    Args:
        code: Which.
        made: There was something to look at.
        needs: What it goes by, for who wants it made.
    """

    code: Code
    made: bool
    needs: str


@dataclass(frozen=True, slots=True)
class Checkup:
    """What the checks found.

    Args:
        step: Newest step that was looked at; `None` when there is none.
        findings: Errors first, then as they began.
        checks: Every check, and whether it could be made.
    """

    step: int | None
    findings: list[Finding]
    checks: list[Check]


@dataclass(frozen=True, slots=True)
class Variable:
    """One watched variable: its place and what is recorded of it.

    Args:
        model: As it is watched.
        what: `weights`, `gradients` or `activations`.
        path: In the model.
    """

    model: str
    what: str
    path: str

    @property
    def key(self) -> str:
        """First part of its series."""
        return "/".join(part for part in (self.model, self.what, self.path) if part)


class View:
    """A record as the rules see it: until a step, sorted into variables.

    Args:
        recorded: The record.
        until: Step behind which nothing is seen.
    """

    def __init__(self, recorded: Recorded, until: int | None = None) -> None:
        self._recorded, self.until = recorded, until
        self.highest = recorded.highest()

    @cached_property
    def variables(self) -> Mapping[Variable, frozenset[str]]:
        """Variables, in no order, with the figures that are recorded of each."""
        found: dict[Variable, set[str]] = {}
        for key in self.highest:
            match = _VARIABLE.match(key)
            if match:
                found.setdefault(Variable(match[1] or "", match[2], match[3]), set()).add(match[4])
        return {variable: frozenset(figures) for variable, figures in found.items()}

    @cached_property
    def models(self) -> list[str]:
        """Watched models."""
        return sorted({variable.model for variable in self.variables})

    def line(self, key: str) -> Line:
        """Return a series as it was."""
        return self._recorded.line(key).until(self.until)

    def has_bad(self, key: str) -> bool:
        """Return whether a series has values that are not finite, perhaps behind the step that is looked at."""
        return self._recorded.bad(key) > 0

    def having(self, model: str, what: str, figure: str) -> list[Variable]:
        """Return the variables of a model that a figure is recorded of, in the order in which layers run."""
        found = [
            variable
            for variable, figures in self.variables.items()
            if variable.model == model and variable.what == what and figure in figures
        ]
        places = self.places(model)
        return sorted(found, key=lambda one: (places.get(one.path, len(places)), natural(one.path)))

    def layers(self, model: str) -> Sequence[Layer]:
        """Return the layers of a model in the order in which they run, as far as that is recorded."""
        return self._recorded.layers(model)

    def places(self, model: str) -> Mapping[str, int]:
        """Return the place of each layer and parameter in the order in which layers run."""
        return {path: i for i, layer in enumerate(self.layers(model)) for path in (layer.path, *layer.parameters)}

    def confusions(self) -> list[Confused]:
        """Return the confusion matrices that had come by then."""
        return [one for one in self._recorded.confusions() if self.until is None or one.step <= self.until]


Rule = Callable[[View], tuple[list[Finding], bool]]
"""Returns what was found, and whether there was anything to look at."""


def natural(path: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts paths as people count: `layer2` before `layer10`."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in _NATURAL.split(path))


def evidence(key: str, line: Line, first: int | None = None) -> Evidence:
    """Return the values of a series from a step on; of many, some, always the first and the last."""
    start = 0 if first is None else int(np.searchsorted(line.step, first))
    chosen = np.arange(start, len(line.step))
    if len(chosen) > MOST_POINTS:
        chosen = chosen[np.unique(np.linspace(0, len(chosen) - 1, MOST_POINTS).round().astype(int))]
    return Evidence(key, line.step[chosen].tolist(), [number(v) for v in line.value[chosen].tolist()])


def number(value: float) -> float | str:
    """Return a number as JSON can hold it."""
    if np.isfinite(value):
        return value
    return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def lasting(holds: npt.NDArray[np.bool_], least: int) -> int | None:
    """Return where the stretch begins in which something holds until the end; `None` when that is too short.

    Args:
        holds: bool `(n,)`.
        least: Points that the stretch must have.
    """
    fails = np.flatnonzero(~holds)
    start = int(fails[-1]) + 1 if len(fails) else 0
    return start if len(holds) - start >= least else None
