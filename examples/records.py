"""Train the NumPy network on the packaged digits and log what it sees: mistakes, confusion, filters, hidden units.

    python examples/records.py

Open the tab *Media* of the run in `gnomon up`; drag the slider, or press space.
"""

import numpy as np

import gnomon
from gnomon.models import MLP, digits

NAMES = [str(digit) for digit in range(10)]


def main(epochs: int = 10) -> None:
    """Train one network, and log once per epoch."""
    data = digits.load()
    net = MLP((64, 32, 10), learning_rate=3.0, batch_size=16, seed=0)
    net.feed((data.x_train, data.y_train), validation=(data.x_test, data.y_test))
    with gnomon.init("digits-seen") as run:
        for _ in range(epochs):
            net.run(1)
            guesses, _ = net.predict(data.x_test)
            wrong = np.flatnonzero(guesses != data.y_test)[:16]
            captions = [f"{data.y_test[i]} read as {guesses[i]}" for i in wrong]
            values = {
                "val/acc": net.validate().accuracy,
                "mistakes": gnomon.Images(data.x_test[wrong].reshape(-1, 8, 8), captions=captions, range=(0, 1)),
                "confusion": gnomon.Confusion(data.y_test, guesses, labels=NAMES),
                "filters": gnomon.tiles(net.weights[0].reshape(-1, 8, 8)),
                "hidden": gnomon.Embedding(net.activations(data.x_test)[1], labels=data.y_test, names=NAMES),
            }
            run.log(values, step=net.steps, epoch=net.epochs)
        print(f"{run.project}/{run.name}: {net.validate().accuracy:.1%} of the test images are right")


if __name__ == "__main__":
    main()
