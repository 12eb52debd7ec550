"""Checks of a run's curves: no number, diverging, never learning, learning by heart, waiting for data."""

import re
from dataclasses import replace
from typing import Final

import numpy as np

from gnomon.analysis.health import Finding, Line, Variable, View, evidence, number

DIVERGED: Final = 10.0
_DIVERGED_SOURCE: Final = "ours: a loss ten times that of the untrained model; ordinary training stays below it"
FLAT: Final = 0.01
_FLAT_SOURCE: Final = "ours: a loss that has not fallen by one per cent of what it began with"
GENERALISATION: Final = 0.05
_GENERALISATION_SOURCE: Final = "Prechelt, Early Stopping - But When? (1998): generalisation loss of 5 %"
WAITING: Final = 0.5
_WAITING_SOURCE: Final = "ours: more than half of the time goes into waiting for batches"

_MIN_STEPS: Final = 100
_MIN_EPOCHS: Final = 10
_RISES: Final = 3
"""Evaluations in a row that must be worse than the best."""

_VALIDATION: Final = frozenset({"val", "valid", "validation", "eval", "dev"})
_OTHER: Final = frozenset({"test", "system", "noise"})
_PARTS: Final = re.compile(r"[/._\-@ ]")


def losses(view: View) -> list[str]:
    """Return the series that are losses of training."""
    return sorted(key for key in view.highest if _is_loss(key) and not _words(key) & (_VALIDATION | _OTHER))


def pairs(view: View) -> list[tuple[str, str]]:
    """Return the losses of training and validation that belong together."""
    found = []
    for key in sorted(view.highest):
        if not _is_loss(key) or not _words(key) & _VALIDATION:
            continue
        for word in _VALIDATION & _words(key):
            for other in (_renamed(key, word, "train"), _renamed(key, word, ""), _renamed(key, word, "training")):
                if other in view.highest:
                    found.append((other, key))
                    break
    return found


def _is_loss(key: str) -> bool:
    return _PARTS.split(key.lower())[-1] == "loss" and not key.startswith("system/")


def _words(key: str) -> frozenset[str]:
    return frozenset(_PARTS.split(key.lower()))


def _renamed(key: str, word: str, to: str) -> str:
    """Return a key with one of its words replaced, and the mark behind it where nothing takes its place."""
    return re.sub(rf"(?<![A-Za-z]){word}([/._\-]?)", lambda m: f"{to}{m[1]}" if to else "", key, count=1)


def nonfinite(view: View) -> tuple[list[Finding], bool]:
    """Find losses that are no number any more, and the variable where that begins."""
    lost = [one for key in losses(view) if view.has_bad(key) and (one := _lost(view, key)) is not None]
    lost.sort(key=lambda one: (one.level != "error", one.from_step))
    first = [replace(lost[0], others=[one.metric for one in lost[1:]])] if lost else []
    origin = _origin(view)
    return [*first, *([origin] if origin else [])], bool(losses(view) or view.variables)


def _lost(view: View, key: str) -> Finding | None:
    line = view.line(key)
    bad = np.flatnonzero(~np.isfinite(line.value))
    if not len(bad):
        return None
    first, last, n = int(line.step[bad[0]]), int(line.step[bad[-1]]), len(bad)
    is_over = bad[-1] < len(line.value) - 1
    title = f"{key} is {number(float(line.value[bad[0]]))} at step {first}" + (f" and at {n - 1} more" if n > 1 else "")
    start = max(0, int(bad[0]) - 8)
    return Finding(
        code="nonfinite",
        level="warning" if is_over else "error",
        title=f"{title}; it is finite again since." if is_over else f"{title}.",
        metric=key,
        from_step=first,
        at_step=last,
        value=number(float(line.value[bad[-1]])),
        bound=0.0,
        source="a loss has to be a number",
        evidence=[evidence(key, line, int(line.step[start]))],
        remedy="Lower the learning rate or clip the gradients, and look at the first variable that is not finite.",
    )


def _origin(view: View) -> Finding | None:
    """Return the variable whose values stopped being finite first."""
    began: list[tuple[tuple[int, bool, int, int], Variable, Line]] = []
    for model in view.models:
        places = view.places(model)
        for what in ("weights", "activations", "gradients"):
            for variable in view.having(model, what, "bad"):
                if view.highest[f"{variable.key}/bad"] > 0:
                    line = view.line(f"{variable.key}/bad")
                    steps = line.step[line.value > 0]
                    place, backward = places.get(variable.path, len(places)), what == "gradients"
                    # Forward through the layers, what they hold before what they give; then backward.
                    order = backward, -place if backward else place, int(what == "activations")
                    began += [((int(steps[0]), *order), variable, line)] if len(steps) else []
    if not began:
        return None
    (step, backward, _, _), variable, line = min(began, key=lambda one: one[0])
    key = f"{variable.key}/bad"
    is_over = bool(line.value[-1] == 0) and backward
    return Finding(
        code="nonfinite",
        level="warning" if is_over else "error",
        title=f"The {variable.what} of {variable.path} are not finite since step {step}."
        if not is_over
        else f"The gradients of {variable.path} were not finite at step {step}; they are again.",
        metric=key,
        from_step=step,
        at_step=int(line.step[np.flatnonzero(line.value > 0)[-1]]),
        value=float(line.value[line.value > 0][0]),
        bound=0.0,
        source="every value has to be a number",
        evidence=[evidence(key, line)],
        remedy={
            "activations": "Look for a logarithm, a root or a quotient of zero in this layer, or for numbers beyond what its type holds.",
            "weights": "Lower the learning rate or clip the gradients: the update before this step was too large.",
            "gradients": "Look at what is computed behind this layer: its derivative is not finite there.",
        }[variable.what],
        model=variable.model,
        what=variable.what,
        path=variable.path,
    )


def exploding_loss(view: View) -> tuple[list[Finding], bool]:
    """Find losses that stay far above what the untrained model had."""
    found, seen = [], False
    for key in losses(view):
        if not view.highest[key] > 0:
            continue
        line = _finite(view.line(key))
        n = len(line.value)
        least = 5 if n >= 50 else 2
        if n < 6:
            continue
        seen = True
        began = float(np.median(line.value[: min(3, n // 3)]))
        if began <= 0 or not (line.value[-least:] >= DIVERGED * began).all():
            continue
        above = np.flatnonzero(line.value < DIVERGED * began)
        since = int(line.step[above[-1] + 1])
        value = float(np.median(line.value[-least:])) / began
        found.append(
            Finding(
                code="exploding",
                level="error",
                title=f"{key} is {value:.3g} times what it began with, since step {since}.",
                metric=f"{key} divided by its first values",
                from_step=since,
                at_step=int(line.step[-1]),
                value=value,
                bound=DIVERGED,
                source=_DIVERGED_SOURCE,
                evidence=[evidence(key, line)],
                remedy="Lower the learning rate, begin with a warm-up, or clip the gradients (train.clip).",
            )
        )
    return found, seen


def stuck(view: View) -> tuple[list[Finding], bool]:
    """Find losses that never fell."""
    found, seen = [], False
    for key in _finest(losses(view), view):
        line = _finite(view.line(key))
        n = len(line.value)
        by_epoch = _words(key) & {"train", "epoch"} and n < _MIN_STEPS
        if n < (_MIN_EPOCHS if by_epoch else _MIN_STEPS):
            continue
        seen = True
        head, tail = line.value[: max(3, n // 20)], line.value[-max(3, n // 5) :]
        began, now = float(np.median(head)), float(np.median(tail))
        scale = max(abs(began), float(np.ptp(line.value)) / 10)
        fallen = (began - now) / scale if scale > 0 else 0.0
        if scale == 0 or abs(fallen) >= FLAT:
            continue
        found.append(
            Finding(
                code="stuck",
                level="warning",
                title=f"{key} has not fallen since it began: {began:.4g}, and {now:.4g} now.",
                metric=f"fall of {key} as a part of its first values",
                from_step=int(line.step[0]),
                at_step=int(line.step[-1]),
                value=fallen,
                bound=FLAT,
                source=_FLAT_SOURCE,
                evidence=[evidence(key, line)],
                remedy="Try a learning rate ten times larger or smaller, and make sure that inputs and targets belong together.",
            )
        )
    return found, seen


def overfit(view: View) -> tuple[list[Finding], bool]:
    """Find losses of validation that rise while those of training fall."""
    found, seen = [], False
    for train_key, key in pairs(view):
        line, train = _finite(view.line(key)), _finite(view.line(train_key))
        n = len(line.value)
        if n < _RISES + 2 or not len(train.step):
            continue
        seen = True
        best = int(np.argmin(line.value))
        lowest, since = float(line.value[best]), line.value[best + 1 :]
        noise = float(np.median(np.abs(np.diff(line.value))))
        rises = since[-_RISES:]
        if len(since) < _RISES or lowest <= 0:
            continue
        worse = float(line.value[-1]) / lowest - 1
        if (rises < lowest * (1 + GENERALISATION)).any() or (rises < lowest + 2 * noise).any():
            continue
        then, now = (_at(train, int(line.step[i])) for i in (best, n - 1))
        if then is None or now is None or now >= then:
            continue
        found.append(
            Finding(
                code="overfit",
                level="warning",
                title=f"{key} is {100 * worse:.3g} % above its best of step {line.step[best]}, while {train_key} fell on.",
                metric=f"{key} above its best",
                from_step=int(line.step[best]),
                at_step=int(line.step[-1]),
                value=worse,
                bound=GENERALISATION,
                source=_GENERALISATION_SOURCE,
                evidence=[evidence(key, line), evidence(train_key, train)],
                remedy=f"Take the checkpoint taken after step {line.step[best]}, stop early (train.stop.patience), or regularise: "
                "more data, augmentation, dropout, weight decay.",
            )
        )
    return found, seen


def loader_bound(view: View) -> tuple[list[Finding], bool]:
    """Find training that mostly waits for its data."""
    keys = sorted(key for key in view.highest if key.rpartition("/")[2] == "data_share")
    found = []
    for key in keys:
        line = _finite(view.line(key))
        if len(line.value) < 3 or not (line.value[-3:] >= WAITING).all():
            continue
        below = np.flatnonzero(line.value < WAITING)
        began = int(below[-1]) + 1 if len(below) else 0
        value, since = float(np.median(line.value[began:][-10:])), int(line.step[began])
        found.append(
            Finding(
                code="loader_bound",
                level="warning",
                title=f"Training waits for its data {100 * value:.0f} % of the time.",
                metric=key,
                from_step=since,
                at_step=int(line.step[-1]),
                value=value,
                bound=WAITING,
                source=_WAITING_SOURCE,
                evidence=[evidence(key, line)],
                remedy="Prepare batches beside training (more workers, larger batches, decoded and cached data).",
            )
        )
    return found, bool(keys)


def _finest(keys: list[str], view: View) -> list[str]:
    """Return the losses by step where there are some: the mean over a first epoch has learnt already."""
    batch = [key for key in keys if not _words(key) & {"train", "epoch"}]
    by_step = [key for key in batch if len(view.line(key).step) >= _MIN_STEPS]
    return by_step or keys


def _finite(line: Line) -> Line:
    good = np.isfinite(line.value)
    return line if good.all() else Line(line.step[good], line.value[good])


def _at(line: Line, step: int) -> float | None:
    """Return the value that a series had at a step, the median of a few before it."""
    end = int(np.searchsorted(line.step, step, "right"))
    return float(np.median(line.value[max(0, end - 5) : end])) if end else None
