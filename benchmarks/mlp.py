"""Time one epoch of `gnomon.models.MLP` beside the per-sample algorithm it grew from, and train it on MNIST.

    python benchmarks/mlp.py

Both networks are 784-30-10 with batches of 128, see the same 60,000 images and run in turn in this process, one thread
each; CPU time is what is compared, so that a busy machine does not decide. The old algorithm is written down again from
the description in better-tensorflow: one column vector at a time, new zeros for every sample, gradients summed up over
the batch. As described it also computes gradients of the input layer, which has no weights: the ratio is told with that
work, and without it (`ratio_without_input_layer`), as one would mend it first. MNIST is read from $GNOMON_MNIST or
../shared/data/mnist; where it is not, the packaged digits (64-30-10) stand in for the timing and the accuracy on MNIST
is left out.
"""

import gzip
import itertools
import json
import os
import statistics
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402 - the number of threads is read when NumPy is loaded

from gnomon.models import MLP, digits  # noqa: E402

MNIST = Path(os.environ.get("GNOMON_MNIST", Path(__file__).resolve().parents[2] / "shared/data/mnist"))
BATCH, RATE, ROUNDS, SEEDS, EPOCHS = 128, 3.0, 5, 5, 20


class PerSample:
    """The network as better-tensorflow describes it, one sample at a time.

    Args:
        sizes: Units of each layer.
        whole: With the gradients of the input layer, whose sums are zeros, and which change nothing.
    """

    def __init__(self, sizes: tuple[int, ...], *, whole: bool) -> None:
        self.inputs = [np.zeros((sizes[0], 1)), np.zeros((sizes[0], sizes[-1]))] if whole else []
        rng = np.random.default_rng(0)
        self.weights = [rng.standard_normal((m, n)) for n, m in itertools.pairwise(sizes)]
        self.biases = [np.zeros((m, 1)) for m in sizes[1:]]

    def epoch(self, data: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """Train on every sample once."""
        for start in range(0, len(data), BATCH):
            d_weights = [np.zeros(w.shape) for w in self.weights]
            d_biases = [np.zeros(b.shape) for b in self.biases]
            d_inputs = [np.zeros(each.shape) for each in self.inputs]
            for x, y in data[start : start + BATCH]:
                new_weights, new_biases, new_inputs = self._back(x, y)
                d_inputs = [total + new for total, new in zip(d_inputs, new_inputs, strict=True)]
                d_weights = [total + new for total, new in zip(d_weights, new_weights, strict=True)]
                d_biases = [total + new for total, new in zip(d_biases, new_biases, strict=True)]
            self.weights = [w - RATE / BATCH * d for w, d in zip(self.weights, d_weights, strict=True)]
            self.biases = [b - RATE / BATCH * d for b, d in zip(self.biases, d_biases, strict=True)]
            self.inputs = [each - RATE / BATCH * d for each, d in zip(self.inputs, d_inputs, strict=True)]

    def _back(self, x: np.ndarray, y: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
        sums, layers = [], [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            sums.append(w.dot(layers[-1]) + b)
            layers.append(_sigmoid(sums[-1]))
        d_weights = [np.zeros(w.shape) for w in self.weights]
        d_biases = [np.zeros(b.shape) for b in self.biases]
        error = (layers[-1] - y) * _slope(sums[-1])
        d_weights[-1], d_biases[-1] = error.dot(layers[-2].T), error
        for i in range(len(self.weights) - 2, -1, -1):
            error = self.weights[i + 1].T.dot(error) * _slope(sums[i])
            d_weights[i], d_biases[i] = error.dot(layers[i].T), error
        if not self.inputs:
            return d_weights, d_biases, []
        new = [np.zeros(each.shape) for each in self.inputs]
        new[0] = self.weights[0].T.dot(error) * _slope(np.zeros_like(x))
        new[1] = new[0].dot(layers[-1].T)  # of the layer at -1, where the loop has come to
        return d_weights, d_biases, new


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-z))


def _slope(z: np.ndarray) -> np.ndarray:
    return _sigmoid(z) * (1 - _sigmoid(z))


def _idx(name: str) -> np.ndarray:
    raw = gzip.decompress((MNIST / f"{name}-ubyte.gz").read_bytes())
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def read() -> tuple[str, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return the name of the data, training images and labels, and the test part."""
    if not (MNIST / "train-images-idx3-ubyte.gz").exists():
        print(f"no MNIST at {MNIST}: timing on the packaged digits", file=sys.stderr)
        small = digits.load()
        return "digits", small.x_train, small.y_train, (small.x_test, small.y_test)
    x, x_test = (_idx(f"{part}-images-idx3").reshape(-1, 784) / np.float32(255) for part in ("train", "t10k"))
    return "mnist", x, _idx("train-labels-idx1"), (x_test, _idx("t10k-labels-idx1"))


def times(x: np.ndarray, y: np.ndarray) -> tuple[list[float], list[float], list[float]]:
    """Return CPU seconds per epoch of ours, of the per-sample algorithm, and of that without its input layer, in turn."""
    sizes = (x.shape[1], 30, 10)
    ours = MLP(sizes, RATE, BATCH)
    ours.feed((x, y))
    columns = x.astype(np.float64)[:, :, None]
    pairs = list(zip(columns, np.eye(10)[y][:, :, None], strict=True))
    whole, mended = PerSample(sizes, whole=True), PerSample(sizes, whole=False)
    turns = [lambda: ours.run(1), lambda: whole.epoch(pairs), lambda: mended.epoch(pairs)]
    taken: list[list[float]] = [[], [], []]
    for _ in range(ROUNDS):
        for turn, seconds in zip(turns, taken, strict=True):
            start = time.process_time()
            turn()
            seconds.append(time.process_time() - start)
    return taken[0], taken[1], taken[2]


def main() -> None:
    """Print the figures, one JSON object per line."""
    name, x, y, test = read()
    fast, slow, mended = times(x, y)
    ratios = [s / f for f, s in zip(fast, slow, strict=True)]
    figure = {
        "figure": f"MLP epoch, {name}, {len(x):,} samples",
        "value": round(statistics.median(fast), 4),
        "unit": "CPU s",
        "per_sample_s": round(statistics.median(slow), 3),
        "ratio": round(statistics.median(ratios), 1),
        "ratio_without_input_layer": round(statistics.median(m / f for m, f in zip(mended, fast, strict=True)), 1),
        "ratios": [round(r, 1) for r in ratios],
        "target": "ratio >= 20",
        "threads": 1,
    }
    print(json.dumps(figure), flush=True)
    if name != "mnist":
        return
    accuracy = []
    for seed in range(SEEDS):
        net = MLP((784, 30, 10), RATE, BATCH, seed)
        net.feed((x, y))
        net.run(EPOCHS)
        accuracy.append(net.validate(test).accuracy)
    figure = {
        "figure": f"MLP 784-30-10 on MNIST, worst of {SEEDS} seeds after {EPOCHS} epochs",
        "value": min(accuracy),
        "unit": "accuracy",
        "all": accuracy,
        "target": ">= 0.92",
    }
    print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
