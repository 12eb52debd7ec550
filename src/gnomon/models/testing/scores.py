"""How the scores of an output are read: as probabilities, as shares of their sum, or as logits.

Many rows tell that better than one: a row of logits may look like a probability. So what was found of a version, by its
newest test or of some rows of its data, is handed to whoever asks it about a single row.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Reading = Literal["probabilities", "shares", "logits"]
READINGS: Final[tuple[Reading, ...]] = ("probabilities", "shares", "logits")
"""Each takes what the one before it takes, and more."""
_SUM: Final = 1e-3
_SHARES: Final = "its scores do not add up to 1, so each row was divided by its sum"
_SQUASHED: Final = "its scores are no probabilities, so a {} was applied"
JUDGED: Final = ("classification", "multi_label")


def probable(scores: npt.NDArray[Any], least: Reading = "probabilities") -> tuple[Float64, list[str]]:
    """Return scores of classes as rows that add up to 1, and what had to be done to them.

    Args:
        scores: `(n, k)`; of one column the probability of the second of two classes, or its logit.
        least: How they are read, as far as that is known; that of theirs counts where it takes more.
    """
    given = scores.astype(np.float64).reshape(len(scores), -1)
    if given.shape[1] == 1:
        column, said = applying(given, least)
        return np.concatenate([1 - column, column], axis=1), said
    how = max(least, _of_rows(given), key=READINGS.index)
    if how == "probabilities":
        return given, []
    with np.errstate(invalid="ignore", divide="ignore"):
        if how == "shares":
            total = given.sum(1, keepdims=True)
            return np.where(total > 0, given / total, 1 / given.shape[1]), [_SHARES]
        powers = np.exp(given - given.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True), [_SQUASHED.format("softmax")]


def applying(scores: npt.NDArray[Any], least: Reading = "probabilities") -> tuple[Float64, list[str]]:
    """Return scores of labels, `(n, l)`, as probabilities each for itself, and what had to be done to them."""
    given = scores.astype(np.float64).reshape(len(scores), -1)
    if max(least, _of_each(given), key=READINGS.index) != "logits":
        return given, []
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-given)), [_SQUASHED.format("sigmoid")]


def noted(notes: Sequence[str]) -> Reading:
    """Return how scores were read, by what the report of a test says of them."""
    if any(_SQUASHED.format(how) in notes for how in ("softmax", "sigmoid")):
        return "logits"
    return "shares" if _SHARES in notes else "probabilities"


def as_reported(outputs: Sequence[Mapping[str, Any]]) -> dict[str, Reading]:
    """Return likewise what the report of a test found, of `outputs` as it is kept."""
    return {each["output"]: noted(each["notes"]) for each in outputs if each["task"] in JUDGED and each["n"]}


def reading(out: npt.NDArray[Any], task: str) -> Reading:
    """Return how scores, `(n, k)`, are read, by nothing but themselves."""
    given = out.astype(np.float64).reshape(len(out), -1)
    return _of_each(given) if task == "multi_label" or given.shape[1] == 1 else _of_rows(given)


def _of_rows(given: Float64) -> Reading:
    rows = given[np.isfinite(given).all(1)]
    if not ((rows >= 0) & (rows <= 1 + _SUM)).all():
        return "logits"
    return "probabilities" if (np.abs(rows.sum(1) - 1) <= _SUM).all() else "shares"


def _of_each(given: Float64) -> Reading:
    rows = given[np.isfinite(given).all(1)]
    return "probabilities" if ((rows >= 0) & (rows <= 1)).all() else "logits"
