"""Training the NumPy network for somebody who waits in another process: bytes in, bytes out."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from gnomon.core.errors import InputError
from gnomon.models import digits
from gnomon.models.datasets.arrays import read_idx
from gnomon.models.mlp import MLP
from gnomon.models.worker.protocol import Say

Float32 = npt.NDArray[np.float32]
Part = tuple[Float32, npt.NDArray[np.int64]]

SIDE: Final = 28
_INNER: Final = 20
"""MNIST's digits fill 20 by 20 pixels in the middle of 28 by 28."""


def train(params: dict[str, Any], say: Say) -> dict[str, Any]:
    """Train a network for some passes.

    Args:
        params: `network`, as `MLP.to_bytes` gives it; `epochs`; `data`, a folder of MNIST's files, or none for the
            packaged digits.
        say: Told how far it is, 0 to 1, after each pass.

    Returns:
        `network`, and how it does on samples held back: `loss`, `accuracy`, `correct`, `count`.
    """
    net = MLP.from_bytes(params["network"])
    used, held = samples(params.get("data"))
    net.feed(used, held)
    epochs = int(params["epochs"])
    for done in range(epochs):
        net.run(1, progress=False)
        say((done + 1) / epochs, f"pass {net.epochs}")
    score = net.validate()
    return {
        "network": net.to_bytes(),
        "loss": score.loss,
        "accuracy": score.accuracy,
        "correct": score.correct,
        "count": score.count,
    }


def samples(folder: str | None) -> tuple[Part, Part]:
    """Return the samples to train on, and those held back: pixels of shape `(n, 784)`, 0 to 1, and labels.

    Args:
        folder: MNIST's four files, or others like them; `None` takes the packaged digits, drawn as large as MNIST's.
    """
    if folder is None:
        data = digits.load()
        return (enlarged(data.x_train), data.y_train), (enlarged(data.x_test), data.y_test)
    table = read_idx(Path(folder))
    pixels, labels = table.values("image"), table.codes("label")
    if pixels.shape[1:3] != (SIDE, SIDE) or labels.max() > 9:
        msg = f"data: expected pictures of {SIDE} by {SIDE} pixels and ten classes, received shape {pixels.shape[1:]}."
        raise InputError(msg, field="data")
    flat = pixels.reshape(len(table), -1).astype(np.float32) / np.float32(255)
    used, held = table.parts["train"], table.parts["test"]
    return (flat[used], labels[used]), (flat[held], labels[held])


def enlarged(small: Float32) -> Float32:
    """Return digits of 8 by 8 pixels, rows of 64, as MNIST has them: 20 by 20 within 28 by 28, rows of 784."""
    found = np.zeros((len(small), SIDE, SIDE), np.float32)
    edge = (SIDE - _INNER) // 2
    for i, row in enumerate(small):
        picture = Image.fromarray((row.reshape(8, 8) * 255).astype(np.uint8))
        inner = picture.resize((_INNER, _INNER), Image.Resampling.BILINEAR)
        found[i, edge : edge + _INNER, edge : edge + _INNER] = np.asarray(inner, np.float32) / 255
    return found.reshape(len(small), -1)
