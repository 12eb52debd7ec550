"""The network learns, its gradients are the gradients, and the same seed gives the same weights."""

import copy
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gnomon.core.errors import InputError, ShapeError
from gnomon.models import MLP, Graph, digits
from gnomon.models.history import Epoch, Score, Step

MNIST = Path(os.environ.get("GNOMON_MNIST", Path(__file__).parents[4] / "shared/data/mnist"))


@pytest.fixture(scope="module")
def data() -> digits.Digits:
    return digits.load()


def _numeric_gradient(net: MLP, array: np.ndarray, batch: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Central differences, one entry at a time."""
    slope = np.zeros_like(array)
    for i in np.ndindex(array.shape):
        kept, h = array[i], 1e-5
        array[i] = kept + h
        above = net.gradients(batch)[0]
        array[i] = kept - h
        slope[i] = (above - net.gradients(batch)[0]) / (2 * h)
        array[i] = kept
    return slope


@pytest.mark.parametrize("sizes", [(5, 3), (5, 4, 3), (5, 6, 4, 3)])
def test_gradients_equal_finite_differences(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    batch = rng.random((7, 5)), rng.integers(0, 3, 7)
    net = MLP(sizes, seed=2, dtype=np.float64)
    _, d_weights, d_biases = net.gradients(batch)
    for array, gradient in zip((*net.weights, *net.biases), (*d_weights, *d_biases), strict=True):
        np.testing.assert_allclose(gradient, _numeric_gradient(net, array, batch), rtol=1e-6, atol=1e-10)


def test_one_step_goes_down_the_gradient_by_the_learning_rate() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.random((6, 4)), np.array([0, 1, 2, 0, 1, 2])
    net = MLP((4, 5, 3), learning_rate=0.5, batch_size=6, dtype=np.float64)
    loss, d_weights, d_biases = net.gradients((x, y))
    accuracy = net.validate((x, y)).accuracy
    expected = [w - 0.5 * d for w, d in zip((*net.weights, *net.biases), (*d_weights, *d_biases), strict=True)]
    norm = np.sqrt(sum((d**2).sum() for d in (*d_weights, *d_biases)))
    net.feed((x, y))
    (step,) = net.train()
    for got, want in zip((*net.weights, *net.biases), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12)
    assert step == Step(1, 0, 6, pytest.approx(loss), accuracy, pytest.approx(norm))


def test_digits_are_learnt_to_ninety_four_percent(data: digits.Digits) -> None:
    net = MLP((64, 32, 10), batch_size=16)
    net.feed((data.x_train, data.y_train), (data.x_test, data.y_test))
    last = net.run(20)[-1]
    assert last.validation == net.validate()
    assert last.validation is not None
    assert last.validation.accuracy >= 0.94
    assert last.validation.correct == round(last.validation.accuracy * 359)


TRAIN_ON_MNIST = """
import gzip, json, pathlib, sys
import numpy as np
from gnomon.models import MLP

def read(name):
    raw = gzip.decompress((pathlib.Path(sys.argv[1]) / f"{name}-ubyte.gz").read_bytes())
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)

net = MLP((784, 30, 10), learning_rate=3.0, batch_size=128, seed=0)
parts = [(read(f"{part}-images-idx3") / np.float32(255), read(f"{part}-labels-idx1")) for part in ("train", "t10k")]
net.feed(*parts)
print(json.dumps([epoch.validation.accuracy for epoch in net.run(20)]))
"""


@pytest.mark.slow
def test_mnist_is_learnt_to_ninety_two_percent_within_twenty_epochs() -> None:
    if not (MNIST / "train-images-idx3-ubyte.gz").exists():
        pytest.skip(f"no MNIST at {MNIST}; set GNOMON_MNIST to the folder of its four .gz files")
    # A process of its own: beside other tests, threads of one product wait longer for one another than they compute.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", TRAIN_ON_MNIST, str(MNIST)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    accuracy = json.loads(done.stdout)
    assert len(accuracy) == 20
    assert accuracy[-1] >= 0.92


def _trained(data: digits.Digits, seed: int, epochs: int = 2) -> MLP:
    net = MLP((64, 8, 10), batch_size=100, seed=seed)
    net.feed((data.x_train, data.y_train))
    net.run(epochs)
    return net


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(data: digits.Digits) -> None:
    first, again, other = _trained(data, 1), _trained(data, 1), _trained(data, 2)
    assert all(np.array_equal(a, b) for a, b in zip(first.weights, again.weights, strict=True))
    assert not np.array_equal(first.weights[0], other.weights[0])


def test_training_in_two_calls_equals_training_in_one(data: digits.Digits) -> None:
    whole, parts = _trained(data, 1, epochs=3), _trained(data, 1, epochs=1)
    parts.run(2)
    assert all(np.array_equal(a, b) for a, b in zip(whole.weights, parts.weights, strict=True))
    assert (parts.epochs, parts.steps, parts.samples) == (3, 3 * 15, 3 * 1438)


def test_every_pass_shows_each_sample_once_in_an_order_of_its_own() -> None:
    x, y = np.arange(10.0).reshape(10, 1) / 10, np.zeros(10, int)
    shown: list[list[float]] = []
    net = MLP((1, 2), batch_size=4)
    net.feed((x, y))
    forward = net._forward
    net._forward = lambda batch: shown[-1].extend(batch.ravel().tolist()) or forward(batch)  # type: ignore[method-assign]
    for _ in range(3):
        shown.append([])
        assert [step.samples % 10 for step in net.train()] == [4, 8, 0]
    assert [sorted(p) for p in shown] == [pytest.approx(x.ravel().tolist())] * 3
    assert shown[0] != shown[1] != shown[2]


def test_callbacks_hear_of_every_batch_and_every_pass(data: digits.Digits) -> None:
    steps: list[Step] = []
    epochs: list[Epoch] = []
    net = MLP((64, 10), batch_size=500)
    net.feed((data.x_train, data.y_train))
    history = net.run(2, on_step=steps.append, on_epoch=epochs.append)
    assert history == epochs
    assert [(s.step, s.epoch, s.samples) for s in steps] == [
        (1, 0, 500),
        (2, 0, 1000),
        (3, 0, 1438),
        (4, 1, 1938),
        (5, 1, 2438),
        (6, 1, 2876),
    ]
    sizes = np.array([500, 500, 438])
    assert epochs == [
        Epoch(
            epoch + 1,
            pytest.approx(sizes @ [s.loss for s in steps if s.epoch == epoch] / 1438),
            pytest.approx(sizes @ [s.accuracy for s in steps if s.epoch == epoch] / 1438),
            None,
        )
        for epoch in (0, 1)
    ]


def test_networks_train_in_turn_as_they_would_alone(data: digits.Digits) -> None:
    nets = [MLP((64, 8, 10), batch_size=100, seed=seed) for seed in (1, 2)]
    for net in nets:
        net.feed((data.x_train, data.y_train))
    for _ in zip(*(net.train(2) for net in nets), strict=True):
        pass
    for net in nets:
        assert all(np.array_equal(a, b) for a, b in zip(net.weights, _trained(data, net.seed).weights, strict=True))


def test_one_sample_gives_a_label_and_many_give_labels(data: digits.Digits) -> None:
    net = _trained(data, 1)
    labels, confidences = net.predict(data.x_test)
    assert confidences.shape == (359, 10)
    assert labels.tolist() == confidences.argmax(axis=1).tolist()
    assert 0 < confidences.min() < confidences.max() < 1
    for one in (data.x_test[3], data.x_test[3].reshape(8, 8), data.x_test[3].reshape(64, 1), data.x_test[3].tolist()):
        label, confidence = net.predict(one)
        assert type(label) is int
        assert label == labels[3]
        np.testing.assert_allclose(confidence, confidences[3], rtol=1e-5)
    stacked, _ = net.predict(data.x_test.reshape(359, 8, 8))
    assert stacked.tolist() == labels.tolist()


def test_a_score_counts_what_predict_gets_right(data: digits.Digits) -> None:
    net = _trained(data, 1)
    labels, out = net.predict(data.x_test)
    hits = int((labels == data.y_test).sum())
    loss = ((out - np.eye(10)[data.y_test]) ** 2).sum() / (2 * 359)
    assert net.validate((data.x_test, data.y_test)) == Score(pytest.approx(loss, rel=1e-5), hits / 359, hits, 359)


def test_saturated_units_raise_no_overflow() -> None:
    net = MLP((2, 2), dtype=np.float32)
    net.weights[0][:] = [[1e30, 0], [-1e30, 0]]
    assert net.predict([1.0, 0.0])[1].tolist() == pytest.approx([1.0, 0.0])


def test_graph_is_the_name_it_had_before() -> None:
    assert Graph is MLP
    assert (Graph((784, 30, 10), 0.004, 64).learning_rate, Graph((784, 30, 10), 0.004, 64).batch_size) == (0.004, 64)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"sizes": (64,)}, "sizes"),
        ({"sizes": (64, 0, 10)}, "sizes[1]"),
        ({"sizes": (64, 2.5)}, "sizes[1]"),
        ({"sizes": (64, 10), "learning_rate": 0}, "learning_rate"),
        ({"sizes": (64, 10), "learning_rate": float("nan")}, "learning_rate"),
        ({"sizes": (64, 10), "batch_size": 0}, "batch_size"),
        ({"sizes": (64, 10), "batch_size": True}, "batch_size"),
        ({"sizes": (64, 10), "seed": -1}, "seed"),
        ({"sizes": (64, 10), "dtype": np.int8}, "dtype"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        MLP(**arguments)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: expected")


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (([[0.0] * 3], [0]), ShapeError, "data x: expected 4 values per sample, received shape (1, 3)"),
        (([[0.0] * 4, [0.0]], [0, 0]), ShapeError, "rows of different length"),
        (([[0.0] * 4], [0, 1]), ShapeError, "data: expected one label per sample, received 1 samples and 2 labels"),
        (([0.0] * 4, [0]), ShapeError, None),
        (([[0.0] * 4], [3]), InputError, "data y: expected labels 0 to 2, received 3 to 3"),
        (([[0.0] * 4], [-1]), InputError, "data y: expected labels 0 to 2, received -1 to -1"),
        (([[0.0] * 4], [0.5]), InputError, "data y: expected whole numbers"),
        (([[0.0] * 4], [[1, 0, 0]]), ShapeError, "not one-hot rows"),
        (([[float("nan")] * 4], [0]), InputError, "data x: expected finite numbers"),
        (([["a"] * 4], [0]), InputError, "data x: expected numbers"),
        ((np.zeros((0, 4)), np.zeros(0)), InputError, "data: expected at least one sample"),
        (7, InputError, "data: expected a pair (x, y), received int"),
    ],
)
def test_samples_that_do_not_fit_are_refused_by_name(data: object, error: type[InputError], says: str | None) -> None:
    net = MLP((4, 3))
    with pytest.raises(error) as caught:
        net.feed(data)  # type: ignore[arg-type]
    assert says is None or says in str(caught.value)
    with pytest.raises(InputError, match=r"data: nothing to train on. Call feed"):
        net.run(1)


def test_validating_without_samples_says_how_to_give_them() -> None:
    with pytest.raises(InputError, match="validation: no samples to score"):
        MLP((4, 3)).validate()


def test_a_progress_bar_is_drawn_where_asked_for(data: digits.Digits, capsys: pytest.CaptureFixture[str]) -> None:
    net = MLP((64, 10), batch_size=500)
    net.feed((data.x_train, data.y_train))
    net.run(1)
    assert capsys.readouterr().err == ""
    net.run(1, progress=True)
    assert "100%" in capsys.readouterr().err


def test_a_copy_of_a_network_that_trained_goes_on_by_itself() -> None:
    net = MLP((4, 3, 2), seed=2)
    rng = np.random.default_rng(0)
    net.feed((rng.random((16, 4)), rng.integers(0, 2, 16)))
    net.run(1)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        before = [each.copy() for each in net.weights]
        twin.run(1)
        assert all(np.array_equal(one, other) for one, other in zip(net.weights, before, strict=True))
        assert not np.array_equal(twin.weights[0], net.weights[0])
    net.run(1)
    assert all(np.array_equal(one, other) for one, other in zip(net.weights, twin.weights, strict=True))
    net.weights[0] = np.zeros_like(net.weights[0])
    net.run(1)
    assert not np.array_equal(net.weights[0], twin.weights[0])
    assert np.abs(net.weights[0]).max() < 10
