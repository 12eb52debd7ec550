"""What the demo shows of a network besides its curves: what it looks at, what it confuses, how it sorts the digits."""

from typing import Any, Final

import numpy as np

import gnomon
from gnomon.models.digits import CLASSES, Digits
from gnomon.models.mlp import MLP
from gnomon.sdk.run import Run

SIDE: Final = 8
MISTAKES: Final = 24
NAMES: Final = tuple(str(digit) for digit in range(CLASSES))


def shown(net: MLP, data: Digits) -> dict[str, Any]:
    """Return records of a network as it is now, by the key they are logged under.

    Args:
        net: Trained, or on its way.
        data: The digits; the test part is what is looked at.
    """
    guesses, confidences = net.predict(data.x_test)
    assert not isinstance(guesses, int)  # many samples in, many labels out
    wrong = np.flatnonzero(guesses != data.y_test)[:MISTAKES]
    records: dict[str, Any] = {
        "val/confusion": gnomon.Confusion(data.y_test, guesses, labels=NAMES),
        "val/roc": gnomon.Curve.roc(data.y_test, confidences, labels=NAMES),
        "hidden/units": gnomon.Embedding(net.activations(data.x_test)[-2], labels=data.y_test, names=NAMES),
        "weights/first": gnomon.Histogram(net.weights[0]),
        "weights/filters": gnomon.tiles(net.weights[0].reshape(-1, SIDE, SIDE)),
    }
    if len(wrong):
        captions = [f"{data.y_test[i]} → {guesses[i]}" for i in wrong]
        images = data.x_test[wrong].reshape(-1, SIDE, SIDE)
        records["val/mistakes"] = gnomon.Images(images, captions=captions, range=(0.0, 1.0))
    return records


def judge(run: Run, net: MLP, data: Digits) -> None:
    """Evaluate a trained network on the test part, so that the leaderboard knows what its figures stand on."""
    _, confidences = net.predict(data.x_test)
    scores = np.asarray(confidences)
    run.evaluate(data.y_test, scores=scores / scores.sum(axis=1, keepdims=True), name="test", classes=NAMES)
