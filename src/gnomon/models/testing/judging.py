"""A test over rows: the version is asked, and each output judged by what it is for."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from gnomon.core.errors import LimitError
from gnomon.models.testing import classes, labels
from gnomon.models.testing.feed import Feed, Int64
from gnomon.models.testing.found import Found
from gnomon.models.testing.masks import Masks
from gnomon.models.testing.numbers import judge_reconstruction, judge_regression
from gnomon.models.testing.opened import Arrays, Head, Opened
from gnomon.models.testing.predicting import batches
from gnomon.models.testing.slices import slices_of

Say = Callable[[float, str], object]
MOST_BYTES: Final = 3 << 30
"""Of scores in memory; a worker may take a little more than that."""
_SCORE_BYTES: Final = 36
_CURVE_BYTES: Final = 70
"""As measured: a score is held as it came, joined to the others, in 64 bits and ranked; the first classes have curves."""
Harmed = Callable[[Arrays, Int64], Arrays]


@dataclass(slots=True)
class _Gathered:
    """What came of one output so far."""

    head: Head
    truth: list[npt.NDArray[Any]] = field(default_factory=list)
    made: list[npt.NDArray[Any]] = field(default_factory=list)
    masks: Masks | None = None

    def add(self, at: Int64, inputs: Arrays, truth: Arrays, outputs: Arrays) -> None:
        made = outputs[self.head.name]
        if self.head.task == "segmentation":
            self.masks = self.masks or Masks(self.head)
            self.masks.add(at, truth[self.head.name], made)
        elif self.head.task == "reconstruction":
            given = inputs[self.head.of] if self.head.of in inputs else truth[self.head.name]
            wrong = (made.astype(np.float64) - given).reshape(len(at), -1)
            self.made.append(np.stack([(wrong**2).mean(1), np.abs(wrong).mean(1)], axis=1))
        else:
            self.truth.append(truth[self.head.name])
            self.made.append(made)


def judged(
    model: Opened, feed: Feed, at: Int64, say: Say, *, harmed: Harmed | None = None, slices: bool = True
) -> tuple[list[Found], float]:
    """Return what was found at each output, and the seconds that asking took.

    Args:
        model: Who is asked.
        feed: The rows.
        at: Which of them.
        say: Told how far it is.
        harmed: What is done to inputs first.
        slices: Whether rows are told of by their columns too.

    Raises:
        InputError: The model fails at a row; the message says at which.
        LimitError: There are more scores than memory holds.
    """
    check_room(feed, len(at))
    gathered = [_Gathered(head) for head in feed.heads]
    seconds, done = 0.0, 0
    rows = batches(model, feed, at, harmed)
    while True:
        begin = time.perf_counter()
        some = next(rows, None)
        seconds += time.perf_counter() - begin
        if some is None:
            break
        chosen, inputs, truth, outputs = some
        for each in gathered:
            # What is given back is the input as it was, not as it was harmed.
            each.add(chosen, inputs if harmed is None else {}, truth, outputs)
        done += len(chosen)
        say(done / len(at), f"{done:,} of {len(at):,} rows")
    found = [_found(each, feed, at) for each in gathered]
    return [_with_slices(each, feed) for each in found] if slices else found, seconds


def check_room(feed: Feed, rows: int) -> None:
    """Refuse a test whose scores would not fit beside each other: all of them are ranked at once.

    Raises:
        LimitError: They would take more than `MOST_BYTES`; the message says how many rows do not.
    """
    kept = (head for head in feed.heads if head.task not in ("segmentation", "reconstruction"))
    sizes = [head.size or len(head.classes) or 1 for head in kept]
    each = sum(_SCORE_BYTES * size + _CURVE_BYTES * min(size, classes.MOST_LINES) for size in sizes)
    if rows * each > MOST_BYTES:
        msg = (
            f"rows: what is kept of {rows:,} rows and their scores takes {rows * each:,} bytes, expected at most {MOST_BYTES:,}. "
            f"Test fewer: rows={MOST_BYTES // each}."
        )
        raise LimitError(msg, field="rows")


def _found(gathered: _Gathered, feed: Feed, at: Int64) -> Found:
    head = gathered.head
    if gathered.masks is not None:
        return gathered.masks.done()
    made = np.concatenate(gathered.made)
    if head.task == "reconstruction":
        return judge_reconstruction(head, at, made[:, 0], made[:, 1])
    truth = np.concatenate(gathered.truth)
    if head.task == "classification":
        return classes.judge(head, at, truth, made)
    if head.task == "multi_label":
        return labels.judge(head, at, truth, made)
    return judge_regression(head, at, truth, made, feed.columns(head))


def _with_slices(found: Found, feed: Feed) -> Found:
    rows = feed.data.rows(feed.part)[found.at]
    told = slices_of(feed.data, rows, found.value, found.slices_of)
    return Found(
        replace(found.report, slices=told),
        found.at,
        found.rows,
        found.value,
        found.slices_of,
        found.evaluation,
        found.extra,
    )


def figures_of(found: list[Found], name: str) -> dict[str, float]:
    """Return figures as gates and leaderboards name them: `test/accuracy`, of several outputs `test/OUTPUT/accuracy`."""
    several = len(found) > 1
    told: dict[str, float] = {}
    for each in found:
        begin = f"{name}/{each.report.output}" if several else name
        told |= {f"{begin}/{key}": value for key, value in _numbers(each.report.figures).items()}
        if each.report.left_out:
            told[f"{begin}/left_out"] = float(each.report.left_out)
    return told


def _numbers(figures: Mapping[str, float | None]) -> dict[str, float]:
    return {key: value if value is not None else float("nan") for key, value in figures.items()}
