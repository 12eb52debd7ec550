"""Five stages for Keras and PyTorch alike: what is recorded is what was done, and the run joins the leaderboard."""

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.core.errors import InputError, NotFoundError, ShapeError

torch = pytest.importorskip("torch")
os.environ.setdefault("KERAS_BACKEND", "torch")
import keras  # noqa: E402

from gnomon.models import Pipeline  # noqa: E402

# Keras' own way from PyTorch to NumPy, which NumPy 2 would have written otherwise.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
RNG = np.random.default_rng(0)
Y = np.arange(90) % 3
X = RNG.normal(0.3, 0.1, (90, 6, 6, 1)).clip(0, 1)
X[np.arange(90), 2 * Y] += 0.5
"""Pictures with one bright row, which tells their class."""


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    keras.utils.set_random_seed(0)


def _keras(outputs: int = 3, last: str | None = "softmax", shape: tuple[int, ...] = (6, 6, 1)) -> Any:
    layers = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(8, activation="relu")]
    return keras.Sequential([*layers, keras.layers.Dense(outputs, activation=last)])


def _torch(outputs: int = 3, inputs: int = 36) -> Any:
    layers = [torch.nn.Flatten(), torch.nn.Linear(inputs, 8), torch.nn.ReLU(), torch.nn.Linear(8, outputs)]
    return torch.nn.Sequential(*layers)


BOTH = pytest.mark.parametrize("make", [_keras, _torch], ids=["keras", "torch"])


@BOTH
def test_five_stages_make_a_row_of_the_leaderboard(home: Path, make: Callable[..., Any]) -> None:
    with Pipeline("small", project="art", seed=3) as pipeline:
        pipeline.register_data("digits")
        model = make(10, shape=(8, 8, 1)) if make is _keras else make(10, 64)
        found = pipeline.build(model, learning_rate=0.01).fit(3, 64, progress=False).evaluate()
        row = pipeline.configs()
    assert found.figures["accuracy"] > 0.5
    assert row["evaluation"] == found.hash
    assert {
        key: row[key] for key in ("model", "seed", "epochs", "epochs_done", "batch_size", "optimizer", "parameters")
    } == {
        "model": "small",
        "seed": 3,
        "epochs": 3,
        "epochs_done": 3,
        "batch_size": 64,
        "optimizer": "adam",
        "parameters": 64 * 8 + 8 + 8 * 10 + 10,
    }
    assert sorted(row["per_class"]["recall"]) == [str(i) for i in range(10)]
    lab = gnomon.connect(home=home)
    run = lab.run(row["run"])
    assert run.state == "finished"
    assert {"layers", "architecture", "epochs", "test/confusion", "test/roc"} <= set(run.keys())
    assert any(key.startswith("weights/") for key in run.keys())  # noqa: SIM118 - a method of the run
    assert run.series("val/accuracy").numpy()["step"].tolist() == [1, 2, 3]
    board = lab.leaderboard("art", metric="test/accuracy")
    assert [entry.mean for entry in board.entries] == [pytest.approx(found.figures["accuracy"])]
    history = list(csv.DictReader(io.StringIO(pipeline.log())))
    assert [each["epoch"] for each in history] == ["1", "2", "3"]
    assert {"train/loss", "train/accuracy", "val/loss", "val/accuracy"} <= set(history[0])


@BOTH
def test_the_same_seed_gives_the_same_history(home: Path, make: Callable[..., Any]) -> None:
    logs = []
    for _ in range(2):
        torch.manual_seed(1)
        keras.utils.set_random_seed(1)
        with Pipeline("twice", seed=5) as pipeline:
            pipeline.register_data((X, Y), name="rows", augment={"flip": "horizontal", "noise": 0.05})
            pipeline.build(make()).fit(2, 16, progress=False)
            logs.append(pipeline.log())
    assert logs[0] == logs[1]


def test_augmentation_is_applied_to_what_is_trained_on_and_to_nothing_else(home: Path) -> None:
    seen: list[tuple[bool, np.ndarray]] = []

    class Watching(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.inner = _torch()

        def forward(self, x: Any) -> Any:
            seen.append((self.training, x.detach().numpy().copy()))
            return self.inner(x)

    with Pipeline("moved", seed=1) as pipeline:
        pipeline.register_data((X, Y), name="rows", validation=0.2, test=0.2, augment={"noise": 0.2})
        pipeline.build(Watching()).fit(2, 90, progress=False)
        assert dict(pipeline.run.config)["augmentation"] == {"noise": 0.2}
    trained = [x for training, x in seen if training]
    judged = [x for training, x in seen[1:] if not training]
    assert len(trained) == len(judged) == 2
    assert not np.array_equal(np.sort(trained[0].ravel()), np.sort(trained[1].ravel()))
    assert np.array_equal(judged[0], judged[1])


@BOTH
def test_the_best_weights_are_put_back_and_patience_ends_it(home: Path, make: Callable[..., Any]) -> None:
    with Pipeline("early", seed=1) as pipeline:
        pipeline.register_data((X, Y), name="rows")
        # Far too long a step: after the first epochs nothing gets better any more.
        pipeline.build(make(), learning_rate=3.0).fit(30, 8, patience=2, progress=False)
        found, summary = pipeline.evaluate(), dict(pipeline.run.summary)
    losses = [row["val/loss"] for row in pipeline.history]
    best = int(np.nanargmin(losses)) + 1
    assert (summary["best_epoch"], len(losses)) == (best, best + 2)
    assert found.n == len(Y) * 0.15 // 1


@pytest.mark.parametrize("make", [lambda: _keras(1, None, (5,)), lambda: _torch(1, 5)], ids=["keras", "torch"])
def test_numbers_are_predicted_too(home: Path, make: Callable[[], Any]) -> None:
    x = RNG.normal(size=(120, 5)).astype(np.float32)
    with Pipeline("sum") as pipeline:
        pipeline.register_data((x, x.sum(axis=1)), name="sums")
        found = pipeline.build(make, learning_rate=0.03).fit(20, 16, progress=False).evaluate()
        pipeline.configs()
    assert found.task == "regression"
    assert found.figures["r2"] > 0.8
    assert "val/r2" in pipeline.history[0]


@pytest.mark.parametrize("make", [lambda: _keras(1, "sigmoid", (5,)), lambda: _torch(1, 5)], ids=["keras", "torch"])
def test_two_classes_may_have_one_output(home: Path, make: Callable[[], Any]) -> None:
    x = RNG.normal(size=(120, 5)).astype(np.float32)
    with Pipeline("sign") as pipeline:
        pipeline.register_data((x, (x[:, 0] > 0).astype(int)), name="signs")
        found = pipeline.build(make, learning_rate=0.05).fit(15, 16, progress=False).evaluate()
    assert found.task == "binary"
    assert found.figures["accuracy"] > 0.7


def test_parts_may_come_apart_and_labels_in_one_hot_rows(home: Path) -> None:
    with Pipeline("parts") as pipeline:
        pipeline.register_data(
            (X[:60], np.eye(3)[Y[:60]]), name="given", validation=(X[60:75], Y[60:75]), test=(X[75:], np.eye(3)[Y[75:]])
        )
        assert dict(pipeline.run.config)["rows"] == {"train": 60, "validation": 15, "test": 15}
        assert pipeline.build(_torch()).fit(1, 30, progress=False).evaluate().n == 15


def test_arrays_of_one_name_are_versions_of_one_data_set(home: Path) -> None:
    from gnomon.models.datasets import find

    refs = []
    for values in (X, X, X[:60]):
        with Pipeline("p") as pipeline:
            pipeline.register_data((values, Y[: len(values)]), name="rows")
            refs.append(dict(pipeline.run.config)["data"])
    assert refs[0] == refs[1] != refs[2]
    assert [find(f"rows@{number}").ref for number in (1, 2)] == [refs[0], refs[2]]


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (lambda p: p.build(_torch()), "register_data: call it first"),
        (lambda p: p.register_data("digits").register_data("digits"), "called already"),
        (lambda p: p.register_data("digits").fit(), "build: call it first"),
        (lambda p: p.register_data("digits").build(_torch(3, 64)), "expected 10 outputs"),
        (lambda p: p.register_data("digits").build(object()), "Keras model or a PyTorch module"),
        (lambda p: p.register_data("digits").build(_torch(10, 64)).fit(0), "epochs: expected 1"),
        (lambda p: p.register_data("digits").build(_torch(10, 64), optimizer="best"), "optimizer: expected adam"),
        (lambda p: p.register_data("digits", augment={"flip": "horizontal"}), "a registered data set says itself"),
        (lambda p: p.register_data((X, Y), augment={"spin": 1}), "received spin"),
        (lambda p: p.register_data((X, Y[:3])), "90 samples and 3 labels"),
        (lambda p: p.register_data((X, Y), validation=0.6, test=0.5), "something to train on"),
        (lambda p: p.register_data((X, Y), validation=(X, Y)), "test: expected arrays too"),
        (lambda p: p.register_data(3), "expected a pair"),
    ],
)
def test_what_cannot_be_is_told_with_the_stage(home: Path, stages: Callable[[Any], Any], said: str) -> None:
    with Pipeline("p") as pipeline, pytest.raises((InputError, ShapeError), match=said):
        stages(pipeline)


def test_a_data_set_that_is_not_there_is_told(home: Path) -> None:
    with Pipeline("p") as pipeline, pytest.raises(NotFoundError, match='no "paintings"'):
        pipeline.register_data("paintings")
