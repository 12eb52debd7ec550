"""How training went: per batch, per pass, and on samples held back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """Tell how one batch went, measured before the weights moved.

    Args:
        step: Batches trained on so far, this one included, over the life of the network.
        epoch: Passes over the data completed before this batch.
        samples: Samples seen so far, this batch included.
        loss: Quadratic loss, mean over the batch.
        accuracy: Share of the batch classified correctly, 0 to 1.
        grad_norm: Euclidean length of the gradient over all weights and biases.
    """

    step: int
    epoch: int
    samples: int
    loss: float
    accuracy: float
    grad_norm: float


@dataclass(frozen=True, slots=True)
class Score:
    """Tell how well a network does on samples it was shown: mean `loss`, `accuracy` 0 to 1, `correct` of `count`."""

    loss: float
    accuracy: float
    correct: int
    count: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """Sum up one pass over the data.

    Args:
        epoch: Passes completed, this one included, over the life of the network.
        loss: Mean of the batch losses, each weighted by its samples.
        accuracy: Share classified correctly while training, 0 to 1.
        validation: Score on the validation samples; `None` when there are none.
    """

    epoch: int
    loss: float
    accuracy: float
    validation: Score | None
