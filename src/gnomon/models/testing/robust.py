"""A test of robustness: the same figures on inputs that are harmed more and more.

Every row draws its own harm from its place and the seed, so that what comes out depends on neither batches nor machine.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.models.datasets.moves import Moves
from gnomon.models.testing.feed import Feed, Int64
from gnomon.models.testing.judging import Say, judged
from gnomon.models.testing.opened import Arrays, Opened
from gnomon.models.testing.report import Harm, HarmLevel, TestReport

Array = npt.NDArray[Any]
_TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "classification": ("accuracy", "f1_macro", "log_loss"),
    "multi_label": ("f1_micro", "exact_match", "accuracy"),
    "regression": ("mae", "rmse", "r2"),
    "segmentation": ("iou", "accuracy", "dice"),
    "reconstruction": ("mse", "mae"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Hold what is known of the numbers of an input: least, largest, and mean and deviation of each place of a row."""

    low: float
    high: float
    mean: Array
    std: Array


Way = Callable[[Array, float, Measured, Int64, int], Array]


@dataclass(frozen=True, slots=True)
class Kind:
    """Describe a way to harm inputs.

    Args:
        name: What it is called: `noise`.
        unit: What a level is, in words.
        levels: Rising; 0, none, comes before them.
        of: `pictures`, `numbers` or `words`.
        harm: Returns rows harmed: `(rows, level, measured, at, seed)`.
        moves: Whether it moves what is in a picture, so that what is true of its pixels is so no more.
    """

    name: str
    unit: str
    levels: tuple[float, ...]
    of: str
    harm: Way
    moves: bool = False


def robustness(
    model: Opened, feed: Feed, name: str, rows: int, seed: int, say: Say
) -> tuple[dict[str, float], TestReport]:
    """Return figures as gates name them, `noise/accuracy@0.2`, and the report.

    Args:
        model: Who is asked.
        feed: The rows.
        name: Of the test; `robustness` is left out of the figures' names.
        rows: At most so many, evenly spaced.
        seed: Of all that is drawn.
        say: Told how far it is.

    Raises:
        InputError: There is nothing in the inputs that could be harmed.
    """
    begin = time.perf_counter()
    at = feed.chosen(rows)
    known = measured(feed, at)
    kinds = [kind for kind in KINDS if _applies(kind, feed, known)]
    if not kinds:
        msg = "test: the inputs of this version are classes or texts' letters, which are not harmed by degrees."
        raise InputError(msg, field="test")
    runs = [(kind, level) for kind in kinds for level in kind.levels]
    main, unharmed = _level(model, feed, at, 0.0, None)
    found: dict[str, list[HarmLevel]] = {kind.name: [unharmed] for kind in kinds}
    for i, (kind, level) in enumerate(runs):
        say(i / len(runs), f"{kind.name} {level:g}")
        _, done = _level(model, feed, at, level, harming(kind, level, known, feed, seed))
        found[kind.name].append(done)
    harms = tuple(Harm(kind.name, kind.unit, main, tuple(found[kind.name])) for kind in kinds)
    report = TestReport(
        kind="robustness",
        dataset=feed.data.spec.ref,
        part=feed.part,
        rows=len(at),
        of=feed.length,
        seconds=time.perf_counter() - begin,
        harms=harms,
        notes=(*model.notes, *feed.notes),
    )
    start = "" if name == "robustness" else f"{name}/"
    return {
        f"{start}{harm.name}/{key}@{level.level:g}": value if value is not None else float("nan")
        for harm in harms
        for level in harm.levels[1:]
        for key, value in level.figures.items()
    }, report


def harming(
    kind: Kind, level: float, known: Mapping[str, Measured], feed: Feed, seed: int
) -> Callable[[Arrays, Int64], Arrays]:
    """Return what harms inputs."""

    def harmed(inputs: Arrays, at: Int64) -> Arrays:
        made = dict(inputs)
        for name, array in inputs.items():
            if _kind_of(array, name, feed) == kind.of and name in known:
                last = np.moveaxis(array, 1, -1) if name in feed.moved else array
                done = kind.harm(last, level, known[name], at, seed).astype(array.dtype, copy=False)
                made[name] = np.ascontiguousarray(np.moveaxis(done, -1, 1) if name in feed.moved else done)
        return made

    return harmed


def measured(feed: Feed, at: Int64) -> dict[str, Measured]:
    """Return what is known of each input's numbers, over the rows that are asked."""
    inputs, _ = feed.batch(at)
    return {
        name: Measured(float(array.min()), float(array.max()), array.mean(0), array.std(0))
        for name, array in inputs.items()
        if array.size and array.dtype.kind in "fi" and np.isfinite(array).all()
    }


def _level(model: Opened, feed: Feed, at: Int64, level: float, harmed: Any) -> tuple[str, HarmLevel]:
    """Return the figure that tells most of the first output, and those of all."""
    found, _ = judged(model, feed, at, _silent, harmed=harmed, slices=False)
    several = len(found) > 1
    figures: dict[str, float | None] = {}
    intervals: dict[str, tuple[float, float]] = {}
    for each in found:
        start = f"{each.report.output}/" if several else ""
        keys = _TOLD[each.report.task]
        figures |= {start + key: each.report.figures[key] for key in keys if key in each.report.figures}
        intervals |= {start + key: each.report.intervals[key] for key in keys if key in each.report.intervals}
    first = found[0].report
    main = (f"{first.output}/" if several else "") + _TOLD[first.task][0]
    return main, HarmLevel(level, figures, intervals)


def _silent(_: float, __: str) -> None:
    return None


def _applies(kind: Kind, feed: Feed, known: Mapping[str, Measured]) -> bool:
    inputs, _ = feed.batch(np.array([0]))
    has = any(_kind_of(array, name, feed) == kind.of and name in known for name, array in inputs.items())
    has_places = any(head.task in ("segmentation", "reconstruction") for head in feed.heads)
    return has and not (kind.moves and has_places)


def _kind_of(array: Array, name: str, feed: Feed) -> str:
    end = feed.binding.inputs[name]
    if array.dtype.kind == "f":
        return "pictures" if array.ndim == 4 or (array.ndim == 3 and end.kind == "image_input") else "numbers"
    return "words" if array.ndim == 2 else "classes"


def _noise(x: Array, level: float, known: Measured, at: Int64, seed: int) -> Array:
    drawn = np.stack(
        [np.random.default_rng((seed, int(row), 1)).standard_normal(x.shape[1:], np.float32) for row in at]
    )
    return np.asarray(x + np.float32(level * (known.high - known.low)) * drawn)


def _blur(x: Array, level: float, _: Measured, __: Int64, ___: int) -> Array:
    reach = int(np.ceil(3 * level))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / level) ** 2).astype(np.float32)
    weights /= weights.sum()
    for axis in (1, 2):
        wide = np.pad(x, [(reach, reach) if i == axis else (0, 0) for i in range(x.ndim)], mode="edge")
        size = x.shape[axis]
        x = sum(weight * wide.take(range(i, i + size), axis) for i, weight in enumerate(weights))
    return x


def _turn(x: Array, level: float, known: Measured, at: Int64, _: int) -> Array:
    """Turn rows clockwise and the other way in turn; what comes into view is the least number."""
    n = len(x)
    planes = x[..., None] if x.ndim == 3 else x
    angle = np.deg2rad(level) * np.where(at % 2 == 0, 1.0, -1.0)
    moves = Moves(np.ones((n, 2)), angle, np.ones(n), np.zeros((n, 2)), np.zeros(n), 0.0)
    span = known.high - known.low
    made = moves.pictures((planes - known.low).astype(np.float32), span, np.random.default_rng(0)) + known.low
    return made.reshape(x.shape)


def _contrast(x: Array, level: float, _: Measured, __: Int64, ___: int) -> Array:
    mean = x.mean(axis=tuple(range(1, x.ndim)), keepdims=True)
    return np.asarray(mean + (1 - level) * (x - mean))


def _jitter(x: Array, level: float, known: Measured, at: Int64, seed: int) -> Array:
    drawn = np.stack(
        [np.random.default_rng((seed, int(row), 2)).standard_normal(x.shape[1:], np.float32) for row in at]
    )
    return np.asarray(x + np.float32(level) * known.std * drawn)


def _missing(x: Array, level: float, known: Measured, at: Int64, seed: int) -> Array:
    gone = np.stack([np.random.default_rng((seed, int(row), 3)).random(x.shape[1:]) < level for row in at])
    return np.where(gone, known.mean, x)


def _forgotten(x: Array, level: float, _: Measured, at: Int64, seed: int) -> Array:
    gone = np.stack([np.random.default_rng((seed, int(row), 4)).random(x.shape[1:]) < level for row in at])
    return np.where(gone, 0, x)


KINDS: Final = (
    Kind(
        "noise", "deviation of noise, as a share of the range of the numbers", (0.1, 0.2, 0.3, 0.4), "pictures", _noise
    ),
    Kind("blur", "deviation of a Gaussian, pixels", (0.5, 1.0, 2.0), "pictures", _blur),
    Kind("rotation", "degrees, one way and the other in turn", (10.0, 20.0, 30.0, 45.0), "pictures", _turn, moves=True),
    Kind("contrast", "share of the contrast that is taken away", (0.25, 0.5, 0.75), "pictures", _contrast),
    Kind("noise", "deviation of noise, as a share of each column's", (0.1, 0.25, 0.5, 1.0), "numbers", _jitter),
    Kind("missing", "share of numbers that the mean stands for", (0.1, 0.25, 0.5), "numbers", _missing),
    Kind("missing", "share of words that are left out", (0.1, 0.25, 0.5), "words", _forgotten),
)
