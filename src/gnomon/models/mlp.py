"""A network you can read: sigmoid layers, quadratic loss, gradient descent on whole batches at once.

With `a₀ = x`, each layer computes `zₗ = aₗ₋₁ Wₗᵀ + bₗ` and `aₗ = 1 / (1 + exp(-zₗ))`; the loss of a batch of n
samples is `L = Σ ‖a_last - y‖² / 2n` with y one-hot. Its gradients, from the last layer down:

    δ_last = (a_last - y) ⊙ a_last ⊙ (1 - a_last) / n                    (1)
    δₗ     = (δₗ₊₁ Wₗ₊₁) ⊙ aₗ ⊙ (1 - aₗ)                                 (2)
    ∂L/∂Wₗ = δₗᵀ aₗ₋₁        ∂L/∂bₗ = Σ over the batch of δₗ             (3)

Source:
    M. Nielsen, Neural Networks and Deep Learning, chapter 2, equations BP1 to BP4, for matrices of samples.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.models.batches import Samples, as_images, as_samples
from gnomon.models.checkpoint import Checkpoint, pack_checkpoint, read_checkpoint, write_checkpoint
from gnomon.models.history import Epoch, Score, Step
from gnomon.models.old_checkpoint import read_old_checkpoint
from gnomon.models.parameters import Parameters
from gnomon.models.progress import progress_bar

Float = npt.NDArray[np.floating[Any]]


class MLP:
    """A multi-layer perceptron in NumPy; on one machine the same seed and data give the same weights, bit by bit.

    Args:
        sizes: Units of each layer, input and output included: `(784, 30, 10)`.
        learning_rate: Length of a step along the gradient; may be changed between batches.
        batch_size: Samples per step, at least 1; the last batch of a pass may be smaller.
        seed: Chooses the first weights and the order of the samples.
        dtype: `float32` or `float64`, for the weights and all arithmetic.

    Raises:
        InputError: A size, the rate, the batch or the dtype makes no sense; `field` names it.

    Example:
        >>> net = MLP((2, 8, 2), batch_size=4)
        >>> net.feed(([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]))
        >>> net.run(2000)[-1].accuracy
        1.0
    """

    def __init__(
        self,
        sizes: Sequence[int],
        learning_rate: float = 3.0,
        batch_size: int = 128,
        seed: int = 0,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.sizes = _check_sizes(sizes)
        self.learning_rate = _check_rate(learning_rate)
        self.batch_size = _check_count(batch_size, "batch_size")
        self.seed = _check_count(seed, "seed", least=0)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            msg = f"dtype: expected float32 or float64, received {self.dtype}."
            raise InputError(msg, field="dtype")
        rng = np.random.default_rng(self.seed)
        # A standard deviation of 1/√inputs keeps the sums within the steep part of the sigmoid.
        self.weights: list[Float] = [
            (rng.standard_normal((m, n)) / np.sqrt(n)).astype(self.dtype)
            for n, m in zip(self.sizes[:-1], self.sizes[1:], strict=True)
        ]
        self.biases: list[Float] = [np.zeros(m, self.dtype) for m in self.sizes[1:]]
        self.epochs = 0
        self.steps = 0
        self.samples = 0
        self._train: Samples | None = None
        self._validation: Samples | None = None
        self._parameters: Parameters | None = None

    def feed(self, data: tuple[Any, Any], validation: tuple[Any, Any] | None = None) -> None:
        """Set the samples that `run` trains on.

        Args:
            data: `(x, y)`: numbers of shape `(n, sizes[0])` or images with as many pixels, best between 0 and 1;
                and n labels, 0 up to `sizes[-1]` - 1.
            validation: The same for samples that are scored after each pass and never trained on.

        Raises:
            ShapeError: The shapes do not fit the network or each other.
            InputError: A label is out of range, a value is not finite, or there are no samples.
        """
        self._train = as_samples(data, self.sizes, self.dtype, "data")
        self._validation = as_samples(validation, self.sizes, self.dtype, "validation") if validation else None

    def run(
        self,
        epochs: int = 10,
        on_step: Callable[[Step], object] | None = None,
        on_epoch: Callable[[Epoch], object] | None = None,
        progress: bool | None = None,
    ) -> list[Epoch]:
        """Train for some passes over the data and return how each went.

        Args:
            epochs: Passes, 0 or more, added to those of earlier calls.
            on_step: Called after each batch.
            on_epoch: Called after each pass.
            progress: Draw a progress bar on standard error; `None` draws it when that is a terminal.
        """
        passes = _check_count(epochs, "epochs", least=0)
        history = []
        with progress_bar(passes * self._batches(), shown=progress) as advance:
            for _ in range(passes):
                epoch = self._pass(on_step, advance)
                history.append(epoch)
                if on_epoch is not None:
                    on_epoch(epoch)
        return history

    def train(self, epochs: int = 1) -> Iterator[Step]:
        """Train batch by batch, handing control back after each: for loops of your own, several networks in turn.

        Args:
            epochs: Passes over the data, 0 or more.
        """
        samples = self._fed()
        rows = min(self.batch_size, len(samples.y))
        batch = np.empty((rows, samples.x.shape[1]), samples.x.dtype)  # stays in the cache
        for _ in range(_check_count(epochs, "epochs", least=0)):
            # The order depends on seed and pass alone, so a loaded checkpoint goes on as if never interrupted.
            order = np.random.default_rng((self.seed, self.epochs)).permutation(len(samples.y))
            for start in range(0, len(order), self.batch_size):
                chosen = order[start : start + self.batch_size]
                # The order holds nothing else, and `raise` would copy twice.
                x = np.take(samples.x, chosen, axis=0, out=batch[: len(chosen)], mode="clip")
                step = self._descend(x, samples.y[chosen])
                if start + self.batch_size >= len(order):
                    self.epochs += 1
                yield step

    def predict(self, x: Any) -> tuple[int, Float] | tuple[npt.NDArray[np.int64], Float]:
        """Return the most likely label and the confidence in each class.

        Args:
            x: One sample of `sizes[0]` values in any shape, or n of them along the first axis.

        Returns:
            For one sample its label and confidences of shape `(classes,)`; for n, labels of shape `(n,)` and
            confidences of shape `(n, classes)`. Confidences lie between 0 and 1 and need not add up to 1.
        """
        images, single = as_images(x, self.sizes[0], self.dtype)
        out = self._forward(images)[-1]
        if single:
            return int(out[0].argmax()), out[0]
        return out.argmax(axis=1), out

    def activations(self, x: Any) -> list[Float]:
        """Return what each layer puts out for n samples, the samples themselves first: arrays of shape `(n, units)`."""
        images, _ = as_images(x, self.sizes[0], self.dtype)
        return self._forward(images)

    def validate(self, data: tuple[Any, Any] | None = None) -> Score:
        """Score the network on samples, by default those given to `feed` for validation.

        Raises:
            InputError: There are none.
        """
        samples = self._validation if data is None else as_samples(data, self.sizes, self.dtype, "data")
        if samples is None:
            msg = "validation: no samples to score. Pass validate((x, y)) or feed((x, y), validation=(x, y))."
            raise InputError(msg, field="validation")
        out = self._forward(samples.x)[-1]
        correct = int(np.count_nonzero(out.argmax(axis=1) == samples.y))
        count = len(samples.y)
        return Score(_loss(_error(out, samples.y)), correct / count, correct, count)

    def gradients(self, data: tuple[Any, Any]) -> tuple[float, list[Float], list[Float]]:
        """Return the loss over the samples and its gradient for each weight matrix and each bias."""
        samples = as_samples(data, self.sizes, self.dtype, "data")
        layers = self._forward(samples.x)
        error = _error(layers[-1], samples.y)
        self._backward(layers, error)
        d_weights, d_biases = self._joined().gradients()
        return _loss(error), d_weights, d_biases

    def save(self, path: str | Path) -> Path:
        """Write weights and settings as numbers in one `.npz`, whole or not at all; return its path."""
        return write_checkpoint(Path(path), self._checkpoint())

    def to_bytes(self) -> bytes:
        """Return what `save` writes."""
        file = io.BytesIO()
        pack_checkpoint(file, self._checkpoint())
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "MLP":
        """Return the network that `to_bytes` gave.

        Raises:
            CorruptError: It is no checkpoint.
        """
        return cls((1, 1))._become(read_checkpoint(io.BytesIO(data)))  # noqa: SLF001 - our own class

    def load(self, path: str | Path, old: bool = False) -> "MLP":
        """Become the network that was saved at `path`; the samples fed so far are kept when they fit it.

        Args:
            path: A checkpoint.
            old: It is one of better-tensorflow's, whose weights are pickled. They are read by a reader that can make
                arrays of numbers and nothing else.

        Returns:
            This network.

        Raises:
            NotFoundError: There is no such file.
            CorruptError: It is no checkpoint, or one that only unpickling could read.
        """
        return self._become(read_old_checkpoint(Path(path)) if old else read_checkpoint(Path(path)))

    @classmethod
    def open(cls, path: str | Path, old: bool = False) -> "MLP":
        """Return the network that was saved at `path`. Raises as `load`."""
        return cls((1, 1)).load(path, old)

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            sizes=self.sizes,
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            seed=self.seed,
            epochs=self.epochs,
            steps=self.steps,
            samples=self.samples,
            weights=self.weights,
            biases=self.biases,
        )

    def _become(self, saved: Checkpoint) -> "MLP":
        if saved.sizes != self.sizes:
            self._train = self._validation = None
        self.sizes, self.learning_rate, self.batch_size = saved.sizes, saved.learning_rate, saved.batch_size
        self.seed, self.epochs, self.steps, self.samples = saved.seed, saved.epochs, saved.steps, saved.samples
        self.weights, self.biases = saved.weights, saved.biases
        self.dtype = self.weights[0].dtype
        return self

    def _fed(self) -> Samples:
        if self._train is None:
            msg = "data: nothing to train on. Call feed((x, y)) first."
            raise InputError(msg, field="data")
        return self._train

    def _batches(self) -> int:
        return -(-len(self._fed().y) // self.batch_size)

    def _pass(self, on_step: Callable[[Step], object] | None, advance: Callable[[], object]) -> Epoch:
        seen, loss, correct = self.samples, 0.0, 0.0
        for step in self.train():
            size = step.samples - seen
            seen, loss, correct = step.samples, loss + size * step.loss, correct + size * step.accuracy
            if on_step is not None:
                on_step(step)
            advance()
        count = len(self._fed().y)
        score = self.validate() if self._validation is not None else None
        return Epoch(self.epochs, loss / count, correct / count, score)

    def _descend(self, x: Float, y: npt.NDArray[np.int64]) -> Step:
        """Move the weights one step down the gradient of a batch."""
        parameters = self._joined()
        layers = self._forward(x)
        error = _error(layers[-1], y)
        self._backward(layers, error)
        gradient = parameters.gradient
        squares = float(gradient @ gradient)
        gradient *= self.learning_rate
        parameters.values -= gradient
        self.steps += 1
        self.samples += len(y)
        accuracy = int(np.count_nonzero(layers[-1].argmax(axis=1) == y)) / len(y)
        return Step(self.steps, self.epochs, self.samples, _loss(error), accuracy, float(np.sqrt(squares)))

    def _forward(self, x: Float) -> list[Float]:
        parameters, layers = self._joined(), [x]
        for matrix, shift, bias in zip(parameters.matrices, parameters.shifts, self.biases, strict=True):
            z = layers[-1] @ matrix
            z += shift
            layers.append(_sigmoid(z)[:, : len(bias)])
        return layers

    def _backward(self, layers: list[Float], error: Float) -> None:
        """Write the gradients into the parameters' own vector."""
        parameters, out = self._joined(), layers[-1]
        delta = error * out * (1 - out)  # (1)
        delta *= 1 / len(out)
        samples = np.ones(len(delta), delta.dtype)
        for i in range(len(self.weights) - 1, -1, -1):
            below = layers[i]
            wide = np.zeros((len(delta), len(parameters.shifts[i])), delta.dtype)
            wide[:, : delta.shape[1]] = delta
            np.matmul(below.T, wide, out=parameters.d_matrices[i])  # (3)
            np.matmul(samples, wide, out=parameters.d_shifts[i])
            if i:
                delta = (delta @ self.weights[i]) * below * (1 - below)  # (2)

    def _joined(self) -> Parameters:
        """Return the parameters as one vector; weights and biases are views of it from now on."""
        joined = self._parameters
        if joined is None or not joined.are(self.weights, self.biases):
            joined = self._parameters = Parameters(self.weights, self.biases)
            self.weights, self.biases = joined.weights, joined.biases
        return joined


Graph = MLP
"""The name this network had in better-tensorflow."""


def _sigmoid(z: Float) -> Float:
    """Return `1 / (1 + exp(-z))`, in place, as `(1 + tanh(z / 2)) / 2`: the same curve, which cannot overflow."""
    z *= 0.5
    np.tanh(z, out=z)
    z *= 0.5
    z += 0.5
    return z


def _error(out: Float, y: npt.NDArray[np.int64]) -> Float:
    """Return `out - y` with y one-hot."""
    return out - _one_hot(out.shape[1], out.dtype).take(y, axis=0)


@cache
def _one_hot(classes: int, dtype: np.dtype[Any]) -> Float:
    """Return a row for each class, 1 in its place; nobody writes into it."""
    return np.eye(classes, dtype=dtype)


def _loss(error: Float) -> float:
    flat = error.ravel()
    return float(flat @ flat) / (2 * len(error))


def _check_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    checked = tuple(_check_count(n, f"sizes[{i}]") for i, n in enumerate(sizes))
    if len(checked) < 2:
        msg = f"sizes: expected at least an input and an output layer, received {checked}. Try (64, 30, 10)."
        raise InputError(msg, field="sizes")
    return checked


def _check_rate(rate: float) -> float:
    if not 0 < rate < float("inf"):
        msg = f"learning_rate: expected a positive number, received {rate!r}."
        raise InputError(msg, field="learning_rate")
    return float(rate)


def _check_count(value: object, field: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        msg = f"{field}: expected a whole number of at least {least}, received {value!r:.40}."
        raise InputError(msg, field=field)
    return int(value)
