"""A Keras model in a pipeline."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from gnomon.models.pipeline.engine import Array, Row, Task

_LOSSES = {
    "classification": keras.losses.SparseCategoricalCrossentropy,
    "binary": keras.losses.BinaryCrossentropy,
}


_SCORES = ("accuracy", "acc", "sparse_categorical_accuracy", "binary_accuracy")


class KerasEngine:
    """Train a Keras model; one that is compiled keeps its optimizer and loss.

    Args:
        model: The model.
        task: What it is for.
        optimizer: Name or object; of a model that is not compiled.
        rate: Learning rate, unless an object is given.
        loss: Name, object, or `None` for that of the task.
    """

    framework = "keras"

    def __init__(self, model: Any, task: Task, optimizer: Any, rate: float, loss: Any) -> None:
        self.model, self.task = model, task
        if not getattr(model, "compiled", False):
            self._compile(optimizer, rate, loss)
        self._loss = model.loss

    def _compile(self, optimizer: Any, rate: float, loss: Any) -> None:
        if isinstance(optimizer, str):
            optimizer = keras.optimizers.get({"class_name": optimizer, "config": {"learning_rate": rate}})
        if loss is None and self.task == "regression":
            loss = "mean_squared_error"
        elif loss is None:
            loss = _LOSSES[self.task](from_logits=self.from_logits)
        metrics = [] if self.task == "regression" else ["accuracy"]
        self.model.compile(optimizer=optimizer, loss=loss, metrics=metrics)

    @property
    def parameters(self) -> int:
        return int(sum(int(np.prod(each.shape)) for each in self.model.trainable_variables))

    @property
    def from_logits(self) -> bool:
        last = self.model.layers[-1] if self.model.layers else None
        name = getattr(getattr(last, "activation", None), "__name__", "linear")
        return name not in {"softmax", "sigmoid"} and type(last).__name__ != "Softmax"

    def settings(self) -> Row:
        optimizer = self.model.optimizer
        loss = self.model.loss
        return {
            "optimizer": type(optimizer).__name__.lower(),
            "learning_rate": float(keras.ops.convert_to_numpy(optimizer.learning_rate)),
            "loss": loss if isinstance(loss, str) else getattr(loss, "name", type(loss).__name__),
        }

    def step(self, x: tuple[Array, ...], y: Array) -> tuple[float, float | None]:
        self.model.reset_metrics()  # Keras would give means over all batches so far
        found = self.model.train_on_batch(_fed(x), y, return_dict=True)
        score = next((found[name] for name in _SCORES if name in found), None)
        return float(found["loss"]), None if score is None else float(score)

    def predict(self, x: tuple[Array, ...]) -> Array:
        made: Array = np.asarray(keras.ops.convert_to_numpy(self.model(_fed(x), training=False)))
        return made

    def loss(self, made: Array, y: Array) -> float:
        loss = keras.losses.get(self._loss)
        truth = y.reshape(-1, 1) if made.ndim == 2 and self.task != "classification" else y
        return float(np.mean(keras.ops.convert_to_numpy(loss(truth, made))))

    def weights(self) -> Any:
        return [np.array(each) for each in self.model.get_weights()]

    def restore(self, weights: Any) -> None:
        self.model.set_weights(weights)

    def layers(self) -> list[Row]:
        return [
            {
                "name": each.name,
                "type": type(each).__name__,
                "shape": str(getattr(getattr(each, "output", None), "shape", "")),
                "parameters": int(each.count_params()) if each.built else 0,
            }
            for each in self.model.layers
        ]

    def config(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = keras.saving.serialize_keras_object(self.model)
        return found

    def file(self) -> tuple[str, bytes]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            self.model.save(path)
            return path.name, path.read_bytes()


def _fed(x: tuple[Array, ...]) -> Any:
    return x[0] if len(x) == 1 else list(x)
