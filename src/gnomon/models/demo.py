"""The demo's training: small networks on real digits, logged as anybody would log theirs."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gnomon
from gnomon.models.demo_media import judge, shown
from gnomon.models.digits import CLASSES, PIXELS, Digits, load
from gnomon.models.mlp import MLP
from gnomon.sdk.run import Run

PROJECT: Final = "digits"
METRIC: Final = "val/acc"
BATCH: Final = 4
SHOWN_EVERY: Final = 5
"""Epochs between two looks at a network's mistakes, filters and hidden units."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Choose one network to train: units of its hidden layers, learning rate at the start, and seed."""

    hidden: tuple[int, ...]
    learning_rate: float
    seed: int

    @property
    def name(self) -> str:
        """What was chosen, in words: `32+16 units, lr 3, seed 0`."""
        return f"{'+'.join(map(str, self.hidden))} units, lr {self.learning_rate:g}, seed {self.seed}"


CONFIGURATIONS: Final = (((64,), 3.0), ((32, 16), 3.0), ((16,), 3.0), ((32,), 0.2))
"""Hidden layers and learning rate: wide, deep, small, and slow."""

SEEDS: Final = (0, 1, 2)


def rounds() -> list[list[Experiment]]:
    """Return the experiments of the demo; those of one round are trained at the same time."""
    return [[Experiment(hidden, rate, seed) for hidden, rate in CONFIGURATIONS] for seed in SEEDS]


def batches(epochs: int) -> int:
    """Return how many batches the whole demo trains on."""
    per_epoch = math.ceil(len(load().y_train) / BATCH)
    return epochs * per_epoch * len(CONFIGURATIONS) * len(SEEDS)


def train(
    experiments: Sequence[Experiment],
    epochs: int,
    *,
    group: str,
    home: Path | None = None,
    on_batch: Callable[[int], object] = lambda _: None,
) -> list[str]:
    """Train experiments side by side, one batch of each in turn, every one in a run of its own.

    Args:
        experiments: What to train.
        epochs: Passes over the data, at least 1.
        group: Group of the runs, which tells one demo from another.
        home: Home folder; `None` takes it from the environment.
        on_batch: Called with the number of batches done since the last call.

    Returns:
        The ids of the runs, in the order of the experiments.
    """
    data = load()
    with ExitStack() as stack:
        lessons = [_Lesson(stack.enter_context(_begin(e, epochs, group, home)), e, data, epochs) for e in experiments]
        for _ in zip(*(lesson.batches() for lesson in lessons), strict=True):
            on_batch(len(lessons))
        return [lesson.run.id for lesson in lessons]


class _Lesson:
    """One network being trained, and the run it is logged into."""

    def __init__(self, run: Run, experiment: Experiment, data: Digits, epochs: int) -> None:
        self.run = run
        self._rate, self._epochs = experiment.learning_rate, epochs
        self._data, self._count = data, len(data.y_train)
        self._net = MLP((PIXELS, *experiment.hidden, CLASSES), experiment.learning_rate, BATCH, experiment.seed)
        self._net.feed((data.x_train, data.y_train), (data.x_test, data.y_test))
        run.use_data(data.x_train, data.y_train, name="digits/train")
        run.use_data(data.x_test, data.y_test, name="digits/test")

    def batches(self) -> Iterator[None]:
        """Train and log, handing control back after each batch."""
        net, run = self._net, self.run
        for epoch in range(self._epochs):
            # Half a cosine, from the full rate to none: the curves settle instead of rattling on.
            net.learning_rate = self._rate * (1 + math.cos(math.pi * epoch / self._epochs)) / 2
            for step in net.train():
                values = {"train/loss": step.loss, "train/acc": step.accuracy, "train/grad_norm": step.grad_norm}
                run.log(values, step=step.step, epoch=step.samples / self._count, samples=step.samples)
                yield
            score = net.validate()
            checked: dict[str, Any] = {"val/loss": score.loss, METRIC: score.accuracy, "lr": net.learning_rate}
            if epoch % SHOWN_EVERY == 0 or epoch + 1 == self._epochs:
                checked |= shown(net, self._data)
            run.log(checked, step=net.steps, epoch=float(net.epochs), samples=net.samples)
        judge(run, net, self._data)


def _begin(experiment: Experiment, epochs: int, group: str, home: Path | None) -> Run:
    config = {
        "hidden": "+".join(map(str, experiment.hidden)),
        "learning_rate": experiment.learning_rate,
        "batch_size": BATCH,
        "epochs": epochs,
        "seed": experiment.seed,
        "data": "optical digits",
    }
    run = gnomon.init(
        project=PROJECT, name=experiment.name, config=config, group=group, tags=["demo"], home=home, mode="offline"
    )
    run.define(METRIC, goal="max")
    run.define("val/loss", goal="min")
    return run
