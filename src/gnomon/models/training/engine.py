"""What the loop of training asks of a framework."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy.typing as npt

from gnomon.models.training.batches import Arrays, Feed
from gnomon.models.training.checkpoint import Tensors
from gnomon.sdk.run import Run

Figures = dict[str, float]


class Engine(Protocol):
    """One model in one framework, with what changes it."""

    @property
    def model(self) -> Any:
        """The model, for `run.watch`."""
        ...

    @property
    def updates(self) -> bool:
        """Whether what is watched is only seen at `run.update`."""
        ...

    def step(self, inputs: Arrays, targets: Arrays, rate: float) -> Figures:
        """Change the weights once; return loss and metrics of the batch."""
        ...

    def factor(self, step: int, steps: int, epoch: int) -> float:
        """Return what the learning rate is multiplied with."""
        ...

    def begin_epoch(self, totals: dict[str, Any]) -> None:
        """Forget the sums of the last epoch, or take up those of a checkpoint."""
        ...

    def epoch(self) -> Figures:
        """Return the figures of the epoch so far."""
        ...

    def judge(self, feed: Feed, pulse: Callable[[], None]) -> Figures:
        """Return loss and metrics over a part; `pulse` is called before each batch."""
        ...

    def predict(self, feed: Feed, pulse: Callable[[], None]) -> dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        """Return truth and what the model gives, by output, for all rows of a part in order."""
        ...

    def trouble(self, inputs: Arrays) -> str:
        """Return where values that are not finite began, for a batch whose loss is none."""
        ...

    def pictures(self, run: Run, inputs: Arrays, step: int) -> None:
        """Log what the first layer has learnt, and what is made of some inputs."""
        ...

    def watch(self, run: Run, budget: float) -> None:
        """Write statistics of the variables while it trains."""
        ...

    def tensors(self) -> Tensors:
        """Return everything that is needed to go on; the rest of the state is the loop's."""
        ...

    def restore(self, saved: Tensors) -> None:
        """Go on where a checkpoint was written."""
        ...

    def weights(self, model: bytes) -> None:
        """Take weights alone."""
        ...


def finite(figures: Figures) -> bool:
    """Return whether the loss is a number."""
    return math.isfinite(figures["loss"])
