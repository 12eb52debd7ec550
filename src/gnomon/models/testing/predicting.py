"""What a version makes of many rows: in batches, and with the row named that it fails at."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import GnomonError, InputError
from gnomon.models.testing.feed import Feed
from gnomon.models.testing.opened import Arrays, Opened
from gnomon.models.testing.scores import JUDGED, Reading, reading

Int64 = npt.NDArray[np.int64]
MOST_BYTES: Final = 64 << 20
BATCH: Final = 256
ROWS: Final = 32
"""So many rows tell how the scores of a version are read that nobody has tested."""


def batches(
    model: Opened, feed: Feed, at: Int64, harmed: Callable[[Arrays, Int64], Arrays] | None = None
) -> Iterator[tuple[Int64, Arrays, Arrays, Arrays]]:
    """Yield places in the part, inputs, what is true, and what the model gives, batch by batch.

    Args:
        model: Who is asked.
        feed: The rows.
        at: Which of them.
        harmed: What is done to inputs first.

    Raises:
        InputError: The model fails at a row; the message says at which.
    """
    size = _size(feed, at)
    for first in range(0, len(at), size):
        chosen = at[first : first + size]
        inputs, truth = feed.batch(chosen)
        given = harmed(inputs, chosen) if harmed is not None else inputs
        yield chosen, given, truth, asked(model, given, chosen, feed.part)


def asked(model: Opened, inputs: Arrays, at: Int64, part: str) -> Arrays:
    """Return what a model gives; where it fails, say at which row.

    Raises:
        InputError: It fails.
    """
    try:
        return _checked(model.predict(inputs), len(at))
    except MemoryError:
        raise
    except Exception as error:
        for i, row in enumerate(at.tolist()):
            try:
                _checked(model.predict({name: array[i : i + 1] for name, array in inputs.items()}), 1)
            except Exception as alone:
                msg = f"row {row} of {part}: the model fails: {_said(alone)}"
                raise InputError(msg, field="row") from alone
        msg = f"rows {at[0]} to {at[-1]} of {part}: the model fails with them together, not alone: {_said(error)}"
        raise InputError(msg, field="row") from error


def readings(model: Opened, feed: Feed) -> dict[str, Reading]:
    """Return by output how the scores of a version are read: as those of some rows of its data are.

    Raises:
        InputError: The model fails at a row; the message says at which.
    """
    heads = [head for head in feed.heads if head.task in JUDGED]
    if not heads:
        return {}
    at = feed.chosen(ROWS)
    outputs = asked(model, feed.batch(at)[0], at, feed.part)
    return {head.name: reading(outputs[head.name], head.task or "") for head in heads}


def _checked(outputs: Arrays, rows: int) -> Arrays:
    for name, array in outputs.items():
        if len(array) != rows:
            msg = f"{name}: expected {rows} rows from the model, received shape {array.shape}."
            raise InputError(msg, field=name)
    return outputs


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())[:400]
    return text if isinstance(error, GnomonError) else f"{type(error).__name__}: {text}"


def _size(feed: Feed, at: Int64) -> int:
    """Return how many rows go at once: a few hundred, fewer where a row is large."""
    inputs, _ = feed.batch(at[:1])
    one = max(1, _bytes(inputs))
    return int(min(BATCH, max(1, MOST_BYTES // (8 * one))))


def _bytes(arrays: Mapping[str, npt.NDArray[Any]]) -> int:
    return sum(array.nbytes for array in arrays.values())
