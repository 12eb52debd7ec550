"""Handwritten digits that ship with gnomon: 1,797 images of 8 by 8 pixels."""

import gzip
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

CLASSES: Final = 10
PIXELS: Final = 64
FULL_INK: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Hold the images in two parts, each with every digit in the same proportion.

    Args:
        x_train: float32 of shape `(n, 64)`, 0 (paper) to 1 (ink), row by row from the top left.
        y_train: int64 of shape `(n,)`, the digits 0 to 9.
        x_test: float32 of shape `(m, 64)`.
        y_test: int64 of shape `(m,)`.
    """

    x_train: Float32
    y_train: Int64
    x_test: Float32
    y_test: Int64


def load(seed: int = 0, test_fraction: float = 0.2) -> Digits:
    """Return the digits, shuffled and split; the same arguments give the same arrays on every machine.

    Args:
        seed: Chooses the order and the split.
        test_fraction: Share of each digit that goes into the test part, 0 up to, but not including, 1.

    Raises:
        InputError: `test_fraction` is out of range.

    Example:
        >>> load().x_train.shape
        (1438, 64)

    Source:
        E. Alpaydin and C. Kaynak, https://doi.org/10.24432/C50P49, CC BY 4.0; see `data/README.md`.
    """
    if not 0 <= test_fraction < 1:
        msg = f"test_fraction: expected 0 up to 1, received {test_fraction!r}. 0.2 tests on one image in five."
        raise InputError(msg, field="test_fraction")
    x, y = _read()
    test = _stratified(y, test_fraction, np.random.default_rng(seed))
    order = np.random.default_rng((seed, 1)).permutation(len(y))
    first, second = order[~test[order]], order[test[order]]
    return Digits(x[first], y[first], x[second], y[second])


def pixels() -> tuple[npt.NDArray[np.uint8], Int64]:
    """Return all images as they were scanned, uint8 of shape `(1797, 8, 8)` from 0 to 16, and the digits."""
    packed = resources.files("gnomon.models").joinpath("data/optical_digits.csv.gz").read_bytes()
    lines = gzip.decompress(packed).decode("ascii").splitlines()
    table = np.loadtxt(lines, delimiter=",", dtype=np.uint8)
    return table[:, :PIXELS].reshape(-1, 8, 8), table[:, PIXELS].astype(np.int64)


def _read() -> tuple[Float32, Int64]:
    images, labels = pixels()
    return np.divide(images.reshape(-1, PIXELS), FULL_INK, dtype=np.float32), labels


def _stratified(labels: Int64, fraction: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Mark `fraction` of each class, rounded to whole images."""
    marked = np.zeros(len(labels), np.bool_)
    for label in range(CLASSES):
        members = rng.permutation(np.flatnonzero(labels == label))
        marked[members[: round(fraction * len(members))]] = True
    return marked
