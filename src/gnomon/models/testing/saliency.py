"""Which places of an input an answer rests on: the input times the gradient of the score, or what covering a place costs.

Gradient × input: A. Shrikumar et al., Not just a black box (2016); of a linear score it is exactly what each number adds.
Occlusion: M. Zeiler, R. Fergus, Visualizing and understanding convolutional networks (2013), section 4.2.
"""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.models.testing.masks import codes_of
from gnomon.models.testing.opened import Arrays, Head, Opened

Float64 = npt.NDArray[np.float64]
WINDOWS: Final = 8
"""A picture is covered by a window of an eighth of its height and width, moved by half of that."""
MOST_PLACES: Final = 256
_BATCH: Final = 128


def gradient(model: Opened, inputs: Arrays, head: Head, at: int) -> dict[str, Float64]:
    """Return input times gradient, by input, without the batch: of shape of the input.

    Args:
        model: Who is asked.
        inputs: One row, the first axis the batch.
        head: An output.
        at: One of its numbers: a class, a label, a value.

    Raises:
        InputError: This version has no gradient.
    """
    if model.gradient is None:
        msg = f"saliency: {model.why or 'this version gives no gradient'}. Ask for occlusion."
        raise InputError(msg, field="saliency")
    found = model.gradient(inputs, head.name, at)
    return {name: (np.asarray(each, np.float64) * inputs[name])[0] for name, each in found.items()}


def occlusion(
    model: Opened, inputs: Arrays, head: Head, at: int, covers: Arrays, front: frozenset[str] = frozenset()
) -> dict[str, Float64]:
    """Return by how much the score falls when a place is covered, by input: of pictures `(h, w)`, else one number a place.

    Args:
        model: Who is asked.
        inputs: One row, the first axis the batch.
        head: An output.
        at: One of its numbers.
        covers: By input, what stands in a covered place; of a picture not given: the median of each of its channels.
        front: Inputs whose channels are in front.
    """
    seen = float(score(model.predict(inputs)[head.name], head, at)[0])
    found: dict[str, Float64] = {}
    for name, array in inputs.items():
        one = np.moveaxis(array[0], 0, -1) if name in front else array[0]
        if not one.ndim:
            if name in covers:
                other = model.predict({**inputs, name: covers[name][None]})
                found[name] = np.array([seen - float(score(other[head.name], head, at)[0])])
            continue
        if not one.size:
            continue
        falls = np.zeros(_places(one))
        counts = np.zeros_like(falls)
        windows = list(_windows(one))
        for first in range(0, len(windows), _BATCH):
            some = windows[first : first + _BATCH]
            covered = np.stack([_covered(one, window, covers.get(name)) for window in some])
            given = {key: np.repeat(each, len(some), axis=0) for key, each in inputs.items()}
            given[name] = np.moveaxis(covered, -1, 1) if name in front else covered
            fallen = seen - score(model.predict(given)[head.name], head, at)
            for window, fall in zip(some, fallen.tolist(), strict=True):
                falls[window] += fall
                counts[window] += 1
        found[name] = falls / np.maximum(1, counts)
    return found


def score(out: npt.NDArray[np.generic], head: Head, at: int) -> Float64:
    """Return what an answer says of a class, by row: its probability, of pixels their mean; of a regression the number."""
    values = np.asarray(out, np.float64)
    if head.task == "classification" and values.reshape(len(values), -1).shape[1] == 1:
        column = values.reshape(len(values))
        return column if at == 1 else 1 - column
    if values.ndim == 1:
        return values
    if head.task == "segmentation" and values.shape[-1] == 1:
        return np.asarray((values if at == 1 else 1 - values).reshape(len(values), -1).mean(1))
    return np.asarray(values.reshape(len(values), -1, values.shape[-1])[..., at].mean(1))


def told_class(out: npt.NDArray[np.generic], head: Head) -> int:
    """Return the class that an answer is for: the likeliest; of pixels the commonest that is not the first."""
    one = np.asarray(out)[0]
    if head.task == "segmentation":
        counts = np.bincount(codes_of(one).ravel(), minlength=2)
        return int(counts[1:].argmax() + 1) if counts[1:].any() else 0
    if one.size == 1:
        return int(one.reshape(-1)[0] >= 0.5) if head.task == "classification" else 0
    return int(one.reshape(-1).argmax())


def _places(one: npt.NDArray[np.generic]) -> tuple[int, ...]:
    return one.shape[:2] if one.ndim == 3 else one.shape[:1]


def _windows(one: npt.NDArray[np.generic]) -> Iterator[tuple[slice, ...]]:
    """Yield what is covered at a time."""
    sizes = _places(one)
    sides = [max(1, math.ceil(size / (WINDOWS if one.ndim == 3 else MOST_PLACES))) for size in sizes]
    firsts = [
        sorted({*range(0, max(1, size - side + 1), max(1, side // 2)), max(0, size - side)})
        for size, side in zip(sizes, sides, strict=True)
    ]
    if len(sizes) == 1:
        yield from ((slice(first, first + sides[0]),) for first in firsts[0])
        return
    for top in firsts[0]:
        for left in firsts[1]:
            yield slice(top, top + sides[0]), slice(left, left + sides[1])


def _covered(
    one: npt.NDArray[np.generic], window: tuple[slice, ...], cover: npt.NDArray[np.generic] | None
) -> npt.NDArray[np.generic]:
    made = one.copy()
    if one.ndim == 3:
        made[window] = np.median(one, axis=(0, 1)) if cover is None else cover
    elif cover is None or cover.shape != one.shape:
        made[window] = 0
    else:
        made[window] = cover[window]
    return made
