"""Train the NumPy network on the packaged digits and log every step.

    python examples/digits.py

Watch it with `gnomon up`, before, during or after.
"""

import gnomon
from gnomon.models import MLP, digits


def main(epochs: int = 20) -> None:
    """Train one network and print how well it does on images it has not seen."""
    data = digits.load()
    net = MLP((64, 32, 10), learning_rate=3.0, batch_size=16, seed=0)
    net.feed((data.x_train, data.y_train), validation=(data.x_test, data.y_test))
    config = {"hidden": 32, "learning_rate": net.learning_rate, "batch_size": net.batch_size, "seed": net.seed}
    with gnomon.init("digits", config=config) as run:
        for step in net.train(epochs):
            run.log({"train/loss": step.loss, "train/acc": step.accuracy}, step=step.step, samples=step.samples)
            if step.step % 90 == 0:
                score = net.validate()
                run.log({"val/loss": score.loss, "val/acc": score.accuracy}, step=step.step, epoch=net.epochs)
        print(f"{run.project}/{run.name}: {net.validate().accuracy:.1%} of the test images are right")


if __name__ == "__main__":
    main()
