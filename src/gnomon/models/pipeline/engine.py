"""What a pipeline asks of a model, whichever framework it is of."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Task = Literal["classification", "binary", "regression"]
Row = dict[str, Any]


class Engine(Protocol):
    """A compiled model. Arrays come channels last; an engine brings them into its framework's order."""

    framework: str
    task: Task

    @property
    def parameters(self) -> int:
        """Numbers that training changes."""
        ...

    @property
    def from_logits(self) -> bool:
        """Whether the model gives logits rather than probabilities."""
        ...

    def settings(self) -> Row:
        """Return loss, optimizer and learning rate as they are."""
        ...

    def step(self, x: tuple[Array, ...], y: Array) -> tuple[float, float | None]:
        """Change the weights once; return loss and score of the batch, `None` of a score that it does not tell."""
        ...

    def predict(self, x: tuple[Array, ...]) -> Array:
        """Return what the model gives: `(n, classes)`, or `(n,)` and `(n, 1)` of one output."""
        ...

    def loss(self, made: Array, y: Array) -> float:
        """Return the mean loss of what the model gave."""
        ...

    def weights(self) -> Any:
        """Return a copy of the weights."""
        ...

    def restore(self, weights: Any) -> None:
        """Put weights back."""
        ...

    def layers(self) -> list[Row]:
        """Return the layers: name, type, shape of the output, parameters."""
        ...

    def config(self) -> Mapping[str, Any]:
        """Return the whole architecture as plain data."""
        ...

    def file(self) -> tuple[str, bytes]:
        """Return the weights as a file: its name and its bytes."""
        ...


def score(task: Task, made: Array, y: Array) -> float:
    """Return accuracy, or R² of a regression; NaN where it cannot be told."""
    if task == "regression":
        truth = y.reshape(-1).astype(np.float64)
        spread = float(((truth - truth.mean()) ** 2).sum())
        error = float(((truth - made.reshape(-1).astype(np.float64)) ** 2).sum())
        return 1 - error / spread if spread else float("nan")
    return float((labels(task, made) == y.reshape(-1)).mean())


def labels(task: Task, made: Array, *, from_logits: bool | None = None) -> Array:
    """Return the class of each row."""
    if task == "classification":
        found: Array = made.argmax(axis=1)
        return found
    flat = made.reshape(-1)
    is_logit = bool((flat < 0).any() or (flat > 1).any()) if from_logits is None else from_logits
    return (flat > (0.0 if is_logit else 0.5)).astype(np.int64)
