"""Checks of a watched model's layers: gradients that vanish or explode, units that are dead or saturated, one answer to all."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from gnomon.analysis.health import Finding, Line, Variable, View, evidence, lasting

VANISHED: Final = 1e-4
_VANISHED_SOURCE: Final = "ours, after Glorot and Bengio (2010), who ask for gradients of one size in all layers: ten-thousandth of the layer that changes most"
EXPLODED: Final = 1e3
_EXPLODED_SOURCE: Final = (
    "ours: a thousand times the median so far; clipping (Pascanu and others, 2013) sets in at some times the mean"
)
GROWN: Final = 100.0
_GROWN_SOURCE: Final = "ours: weights a hundred times as large as they began"
DEAD: Final = 0.5
DEAD_ERROR: Final = 0.95
_DEAD_SOURCE: Final = (
    "ours: half of the units of a layer give zero for every sample of the batch; from 95 % on it is an error"
)
SATURATED: Final = 0.5
SATURATED_ERROR: Final = 0.9
_SATURATED_SOURCE: Final = "ours, after Glorot and Bengio (2010): half of the outputs where the slope is below 5 % of the steepest; from 90 % on an error"
CONSTANT: Final = 1e-4
_CONSTANT_SOURCE: Final = "ours: outputs of different samples differ by less than ten-thousandth of their size"

LASTS: Final = 3
"""Measurements in a row before something is told."""

_PASSED_ON: Final = 0.1
"""By how much more of a layer must be dead than of the one before it, which may only hand on its zeros."""

_OTHERS: Final = ("Norm", "Embedding")
"""Layers whose weights cannot be compared with those of a product: scales, and tables of which a batch uses few rows."""

_NO_MATRIX: Final = ("bias", "beta", "gamma", "moving_mean", "moving_variance")


def exploding(view: View) -> tuple[list[Finding], bool]:
    """Find gradients far above what they were, and weights that have grown out of proportion."""
    found: list[Finding] = []
    seen = False
    for model in view.models:
        for what, limit, least in (("gradients", EXPLODED, 6), ("weights", GROWN, 2)):
            hits = []
            for variable in _matrices(view, model, what):
                line = _finite(view.line(f"{variable.key}/norm"))
                if len(line.value) < least:
                    continue
                seen = True
                head, tail = (
                    (line.value[:-2], line.value[-2:]) if what == "gradients" else (line.value[:1], line.value[-1:])
                )
                if tail.min() <= limit * head.min():  # no median lies below the smallest
                    continue
                usual = float(np.median(head))
                if usual > 0 and (tail > limit * usual).all():
                    hits.append((float(tail.min()) / usual, variable, line, usual))
            if hits:
                found.append(_exploded(what, limit, hits))
    return found, seen


def _exploded(what: str, limit: float, hits: list[tuple[float, Variable, Line, float]]) -> Finding:
    value, variable, line, usual = max(hits, key=lambda hit: hit[0])
    start = lasting(line.value > limit * usual, 1) or 0
    than = "what they usually were" if what == "gradients" else "what they began with"
    return Finding(
        code="exploding",
        level="error",
        title=f"The {what} of {variable.path} are {value:.3g} times {than}, since step {line.step[start]}.",
        metric=f"norm of the {what} divided by {'their median' if what == 'gradients' else 'their first norm'}",
        from_step=int(line.step[start]),
        at_step=int(line.step[-1]),
        value=value,
        bound=limit,
        source=_EXPLODED_SOURCE if what == "gradients" else _GROWN_SOURCE,
        evidence=[evidence(f"{variable.key}/norm", line)],
        remedy="Lower the learning rate, begin with a warm-up, or clip the gradients (train.clip).",
        model=variable.model,
        what=what,
        path=variable.path,
        others=[other.path for _, other, _, _ in hits if other != variable],
    )


def vanishing(view: View) -> tuple[list[Finding], bool]:
    """Find layers whose weights are changed far less, for their size, than those of a layer behind them."""
    found = []
    seen = False
    for model in view.models:
        ratios = [(variable, _ratio(view, variable)) for variable in _matrices(view, model, "gradients")]
        known = [(variable, line) for variable, line in ratios if len(line.value) >= LASTS]
        if len(known) < 2:
            continue
        seen = True
        steps = _shared([line for _, line in known])[-LASTS:]
        if len(steps) < LASTS:
            continue
        table = np.array([line.value[np.searchsorted(line.step, steps)] for _, line in known])
        strongest = int(np.argmax(np.median(table, axis=1)))
        top = table[strongest]
        if not (top > 0).all():
            continue
        weak = [i for i in range(strongest) if (table[i] < VANISHED * top).all() and (table[i] > 0).any()]
        if weak:
            found.append(_vanished(view, known, weak, strongest, table))
    return found, seen


def _vanished(
    view: View,
    known: list[tuple[Variable, Line]],
    weak: list[int],
    strongest: int,
    table: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> Finding:
    weakest = min(weak, key=lambda i: float(np.median(table[i])))
    (variable, line), (other, reference) = known[weakest], known[strongest]
    steps = _shared([line, reference])
    part = line.value[np.searchsorted(line.step, steps)] / np.maximum(
        reference.value[np.searchsorted(reference.step, steps)], np.finfo(float).tiny
    )
    start = lasting(part < VANISHED, 1) or 0
    return Finding(
        code="vanishing",
        level="error" if len(weak) * 2 >= len(known) else "warning",
        title=f"The gradients of {variable.path} have vanished: for its size it is changed {part[-1]:.2g} times as much as {other.path}.",
        metric="gradient to weight, divided by that of the layer that changes most",
        from_step=int(steps[start]),
        at_step=int(steps[-1]),
        value=float(part[-1]),
        bound=VANISHED,
        source=_VANISHED_SOURCE,
        evidence=[evidence(key, view.line(key)) for one in (variable, other) for key in ratio_keys(one)],
        remedy="Use ReLU in place of sigmoid or tanh, add normalisation or skip connections, or take fewer layers.",
        model=variable.model,
        what="gradients",
        path=variable.path,
        others=[known[i][0].path for i in weak if i != weakest],
    )


def dead(view: View) -> tuple[list[Finding], bool]:
    """Find layers most of whose units give zero for every sample, or get no gradient at all."""
    found: list[Finding] = []
    seen = False
    for model in view.models:
        before, mine = 0.0, []
        for variable in view.having(model, "activations", "dead"):
            line = _finite(view.line(f"{variable.key}/dead"))
            if len(line.value) < LASTS:
                continue
            seen = True
            share = float(np.median(line.value[-LASTS:]))
            is_new, before = share > before + _PASSED_ON, share
            if is_new and (line.value[-LASTS:] >= DEAD).all():
                mine.append(_share(variable, "dead", line, DEAD, DEAD_ERROR))
        if not mine:
            mine, looked = _without_gradient(view, model)
            seen = seen or looked
        found += mine
    return found, seen


def _without_gradient(view: View, model: str) -> tuple[list[Finding], bool]:
    """Find biases most of which get a gradient of exactly zero: the units behind them are dead where no layer shows it.

    What lies in front of a layer that is wholly dead gets none either, and is not told.
    """
    biases = [one for one in view.having(model, "gradients", "zeros") if one.path.endswith((".bias", ".beta"))]
    seen = False
    for variable in reversed(biases):
        if not view.highest[f"{variable.key}/zeros"] >= DEAD:
            continue
        line = _finite(view.line(f"{variable.key}/zeros"))
        if len(line.value) >= LASTS and (line.value[-LASTS:] >= DEAD).all():
            return [_share(variable, "zeros", line, DEAD, DEAD_ERROR)], True
        seen = True
    return [], seen


def saturated(view: View) -> tuple[list[Finding], bool]:
    """Find layers most of whose outputs lie where they hardly change; those of the last layer are sure, not ill."""
    found: list[Finding] = []
    seen = False
    for model in view.models:
        last = _last(view, model)
        for variable in view.having(model, "activations", "saturated"):
            line = _finite(view.line(f"{variable.key}/saturated"))
            if variable.path == last or len(line.value) < LASTS:
                continue
            seen = True
            if (line.value[-LASTS:] >= SATURATED).all():
                found.append(_share(variable, "saturated", line, SATURATED, SATURATED_ERROR))
    return found, seen


_TOLD: Final = {
    "dead": ("dead", "units of {} are dead: they give zero for every sample", "share of dead units", _DEAD_SOURCE),
    "zeros": (
        "dead",
        "units of {} are dead: they get no gradient at all",
        "share of gradients that are zero",
        _DEAD_SOURCE,
    ),
    "saturated": ("saturated", "outputs of {} are saturated", "share of saturated outputs", _SATURATED_SOURCE),
}
_SHARE_REMEDIES: Final = {
    "dead": "Lower the learning rate, look at the biases and how weights begin, or use leaky ReLU or GELU.",
    "saturated": "Scale the inputs, let weights begin smaller, or put a normalisation in front of this layer.",
}


def _share(variable: Variable, figure: str, line: Line, bound: float, error: float) -> Finding:
    code, told, metric, source = _TOLD[figure]
    value = float(line.value[-1])
    start = lasting(line.value >= bound, 1) or 0
    layer = variable.path if variable.what == "activations" else variable.path.rpartition(".")[0]
    return Finding(
        code="dead" if code == "dead" else "saturated",
        level="error" if (line.value[-LASTS:] >= error).all() else "warning",
        title=f"{100 * value:.3g} % of the {told.format(layer)}, since step {line.step[start]}.",
        metric=metric,
        from_step=int(line.step[start]),
        at_step=int(line.step[-1]),
        value=value,
        bound=bound,
        source=source,
        evidence=[evidence(f"{variable.key}/{figure}", line)],
        remedy=_SHARE_REMEDIES[code],
        model=variable.model,
        what=variable.what,
        path=variable.path,
    )


def constant(view: View) -> tuple[list[Finding], bool]:
    """Find models that give the same answer to every sample."""
    found: list[Finding] = []
    seen = False
    for model in view.models:
        for variable in view.having(model, "activations", "spread"):
            line = _finite(view.line(f"{variable.key}/spread"))
            if len(line.value) < LASTS:
                continue
            seen = True
            if (line.value[-LASTS:] < CONSTANT).all():
                found.append(_constant(variable, line))
    for one in view.confusions():
        true, predicted = one.counts.sum(axis=1), one.counts.sum(axis=0)
        seen = True
        if (true > 0).sum() >= 2 and (predicted > 0).sum() == 1:
            found.append(_one_class(one.key, one.step, int(predicted.argmax()), float(true.max() / true.sum())))
    return found, seen


def _constant(variable: Variable, line: Line) -> Finding:
    start = lasting(line.value < CONSTANT, 1) or 0
    return Finding(
        code="constant",
        level="error",
        title=f"{variable.path} gives the same for every sample, since step {line.step[start]}.",
        metric="largest difference between samples, divided by the size of the outputs",
        from_step=int(line.step[start]),
        at_step=int(line.step[-1]),
        value=float(line.value[-1]),
        bound=CONSTANT,
        source=_CONSTANT_SOURCE,
        evidence=[evidence(f"{variable.key}/spread", line)],
        remedy="Look for dead or saturated layers in front of it, and make sure that the inputs differ and are scaled.",
        model=variable.model,
        what="activations",
        path=variable.path,
    )


def _one_class(key: str, step: int, index: int, share: float) -> Finding:
    return Finding(
        code="constant",
        level="error",
        title=f"{key}: every sample is given to one class (number {index}), though there are others.",
        metric="classes that are ever predicted",
        from_step=step,
        at_step=step,
        value=1.0,
        bound=2.0,
        source=f"two classes or more are in the data; the largest makes up {100 * share:.3g} % of it",
        evidence=[],
        remedy="Balance the classes (train.class_weights), and look at the learning rate and the scale of the inputs.",
    )


def ratio_keys(variable: Variable) -> tuple[str, str]:
    """Return the series whose quotient says how much a step asks of a variable: its gradients, and its weights."""
    weights = Variable(variable.model, "weights", variable.path)
    return f"{variable.key}/norm", f"{weights.key}/norm"


def _ratio(view: View, variable: Variable) -> Line:
    """Return gradient to weight over the steps at which both were measured."""
    above, below = ratio_keys(variable)
    if below not in view.highest:
        return Line(np.empty(0, np.int64), np.empty(0))
    gradients, weights = _finite(view.line(above)), _finite(view.line(below))
    steps = _shared([gradients, weights])
    w = weights.value[np.searchsorted(weights.step, steps)]
    g = gradients.value[np.searchsorted(gradients.step, steps)]
    good = w > 0
    return Line(steps[good], g[good] / w[good])


def _matrices(view: View, model: str, what: str) -> list[Variable]:
    """Return the weights that layers multiply with, in the order of the layers."""
    layers = [layer for layer in view.layers(model) if any(word in layer.type for word in _OTHERS)]
    normal = {name for layer in layers for name in layer.parameters}
    return [
        variable
        for variable in view.having(model, what, "norm")
        if variable.path not in normal
        and not variable.path.rpartition(".")[2].rpartition("/")[2].startswith(_NO_MATRIX)
    ]


def _last(view: View, model: str) -> str | None:
    layers = view.layers(model)
    if layers:
        return layers[-1].path
    known = view.having(model, "activations", "norm")
    return known[-1].path if known else None


def _shared(lines: Sequence[Line]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    steps = lines[0].step
    for line in lines[1:]:
        if len(line.step) == len(steps) and (line.step == steps).all():
            continue
        steps = np.intersect1d(steps, line.step, assume_unique=True)
    return steps


def _finite(line: Line) -> Line:
    good = np.isfinite(line.value)
    return line if good.all() else Line(line.step[good], line.value[good])
