"""The callback and watched models in real fits of Keras on the torch backend; another backend in a process of its own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.models import digits

torch = pytest.importorskip("torch")
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")

from gnomon.integrations.keras import GnomonCallback  # noqa: E402 - there may be no Keras
from gnomon.integrations.keras.watch import KerasWatch  # noqa: E402
from gnomon.sdk.model_report import Options  # noqa: E402

pytestmark = [
    pytest.mark.skipif(keras.backend.backend() != "torch", reason="Keras was loaded with another backend"),
    # Keras' own, when it turns a variable into an array.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    keras.utils.set_random_seed(0)
    yield
    torch.set_num_threads(before)


def data(n: int = 64) -> tuple[np.ndarray, np.ndarray]:
    loaded = digits.load()
    return loaded.x_train[:n].reshape(-1, 8, 8, 1), loaded.y_train[:n]


def classifier() -> Any:
    layers = [
        keras.layers.Input((8, 8, 1)),
        keras.layers.Conv2D(4, 3, activation="relu", name="conv"),
        keras.layers.Flatten(name="flat"),
        keras.layers.Dense(10, activation="softmax", name="out"),
    ]
    model = keras.Sequential(layers, name="net")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def only_run(home: Path) -> Any:
    lab = gnomon.connect(home=home)
    (row,) = lab.runs("keras")
    return lab, lab.run(row.id)


def points(run: Any, key: str) -> list[tuple[int, float]]:
    found = run.series(key).numpy()
    return list(zip(found["step"].tolist(), found["value"].tolist(), strict=True))


def test_a_fit_is_logged_by_batch_and_by_epoch_into_a_run_of_its_own(home: Path) -> None:
    x, y = data()
    model = classifier()
    callback = GnomonCallback()
    history = model.fit(x, y, batch_size=32, epochs=2, validation_data=(x, y), callbacks=[callback], verbose=0).history
    lab, run = only_run(home)
    with lab:
        assert (run.state, run.dropped) == ("finished", 0)
        assert run.config == {
            "keras": {
                "epochs": 2,
                "steps": 2,
                "optimizer": "SGD",
                "model": "net",
                "parameters": 1490,
                "loss": "sparse_categorical_crossentropy",
            }
        }
        assert set(run.keys()) == {"epoch", "learning_rate"} | {
            f"{where}/{name}" for where in ("batch", "train", "val") for name in ("loss", "accuracy")
        }
        assert points(run, "train/loss") == [(1, history["loss"][0]), (3, history["loss"][1])]
        assert points(run, "val/accuracy") == [(1, history["val_accuracy"][0]), (3, history["val_accuracy"][1])]
        assert [step for step, _ in points(run, "batch/loss")] == [0, 1, 2, 3]
        assert [(s, v) for s, v in dict(points(run, "epoch")).items()] == [(0, 0.5), (1, 1.0), (2, 1.5), (3, 2.0)]
        assert dict(points(run, "learning_rate"))[3] == pytest.approx(0.01)
        assert (run.summary["epochs"], run.summary["stopped_early"]) == (2, False)


def test_everything_that_can_be_drawn_is_drawn(home: Path, tmp_path: Path) -> None:
    x, y = data(40)
    model = classifier()
    callback = GnomonCallback(
        figures={"confidence": lambda model, epoch, logs: {"epoch": epoch, "loss": logs["loss"]}},
        filters=True,
        preferred={"conv": x, "out": x},
        k=3,
        embeddings={"embedding": ("flat", x, y), "unlabelled": ("out", x)},
        sequences={"sweep": lambda model, epoch, logs: x[:5]},
        how_often=2,
        save_to=tmp_path,
    )
    model.fit(x, y, batch_size=20, epochs=3, callbacks=[callback], verbose=0)
    kernel = keras.ops.convert_to_numpy(model.get_layer("conv").kernel)
    answers = np.asarray(model.predict_on_batch(x))
    lab, run = only_run(home)
    with lab:
        kinds = {key: kind for key, kind in run.keys().items() if kind != "scalar"}
        assert kinds == {
            "confidence": "json",
            "filters/conv": "images",
            "filters/out": "images",
            "preferred/conv": "images",
            "preferred/out": "images",
            "embedding": "embedding",
            "unlabelled": "embedding",
            "sweep": "video",
        }
        last = {key: list(run.records(key))[-1] for key in kinds}
        assert {(len(list(run.records(key))), record.step) for key, record in last.items()} == {(2, 5)}
        np.testing.assert_array_equal(last["filters/conv"].value, np.moveaxis(kernel, -1, 0))
        assert last["filters/out"].value.shape == (10, 12, 12, 1)
        best = np.argsort(-answers, axis=0, kind="stable")[:3].T.reshape(-1)
        np.testing.assert_array_equal(last["preferred/out"].value, x[best])
        assert last["preferred/conv"].value.shape == (12, 8, 8, 1)
        assert np.asarray(last["embedding"].value.vectors).shape == (40, 144)
        np.testing.assert_array_equal(last["embedding"].value.labels, y)
        np.testing.assert_allclose(last["unlabelled"].value.vectors, answers, rtol=1e-5)
    assert (tmp_path / "sweep.gif").read_bytes()[:4] == b"GIF8"


def test_an_autoencoder_shows_what_it_makes_of_its_inputs_and_how_that_came(home: Path, tmp_path: Path) -> None:
    x, _ = data(32)
    layers = [
        keras.layers.Input((8, 8, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(64),
        keras.layers.Reshape((8, 8, 1)),
    ]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    model.fit(x, x, epochs=3, verbose=0, callbacks=[GnomonCallback(reconstructions=x[:4], save_to=tmp_path)])
    made = np.asarray(model.predict_on_batch(x[:4]))
    lab, run = only_run(home)
    with lab:
        pictures = [record.value for record in run.records("reconstructions")]
        assert len(pictures) == 3
        np.testing.assert_array_equal(pictures[-1][0::2], x[:4])
        np.testing.assert_allclose(pictures[-1][1::2], made, rtol=1e-5, atol=1e-6)
        (video,) = run.records("reconstructions/over-time")
        assert np.asarray(video.value.frames).shape[:3] == (3, 16, 32)
    assert (tmp_path / "reconstructions-over-time.gif").exists()


def test_nothing_stops_the_training_and_an_early_end_is_recorded(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    x, y = data()

    def broken(model: Any, epoch: int, logs: Any) -> None:
        msg = "no display"
        raise OSError(msg)

    callback = GnomonCallback(figures={"plot": broken}, preferred={"nowhere": x}, filters=["flat"])
    stop = keras.callbacks.EarlyStopping("loss", min_delta=100, patience=1)
    model = classifier()
    model.fit(x, y, epochs=5, verbose=0, callbacks=[callback, stop])
    assert caplog.messages[0] == "plot: OSError: no display. Training goes on without it."
    assert any(
        message.startswith("No layer 'nowhere' in net. There are: conv, flat, out.") for message in caplog.messages
    )
    lab, run = only_run(home)
    with lab:
        assert (run.state, run.summary["epochs"], run.summary["stopped_early"]) == ("finished", 2, True)
        assert len(points(run, "train/loss")) == 2


def test_a_run_of_the_user_goes_on_after_the_fit_and_evaluation_is_logged(home: Path) -> None:
    x, y = data()
    with gnomon.init("keras") as run:
        run.log({"before": 1}, step=10)
        callback, model = GnomonCallback(every=2), classifier()
        model.fit(x, y, batch_size=16, epochs=1, verbose=0, callbacks=[callback])
        model.evaluate(x, y, verbose=0, callbacks=[callback])
        run.log({"after": 1})
    lab, found = only_run(home)
    with lab:
        assert [step for step, _ in points(found, "batch/loss")] == [12, 14]
        assert [step for step, _ in points(found, "test/accuracy")] == [14]
        assert points(found, "after") == [(15, 1.0)]


def test_a_watched_model_shows_weights_gradients_and_activations(home: Path) -> None:
    x, y = data()
    model = classifier()
    before = keras.ops.convert_to_numpy(model.get_layer("out").kernel).copy()
    model.fit(x, y, batch_size=16, epochs=1, verbose=0, callbacks=[GnomonCallback(watch={"every": 2})])
    assert not any(layer._forward_hooks for layer in model.layers)
    lab, run = only_run(home)
    with lab:
        assert {key for key, kind in run.keys().items() if kind == "histogram"} == {
            *(
                f"model/{what}/{p}"
                for what in ("weights", "gradients")
                for p in ("conv.kernel", "conv.bias", "out.kernel", "out.bias")
            ),
            *(f"model/activations/{layer}" for layer in ("conv", "flat", "out")),
        }
        norms = points(run, "model/weights/out.kernel/norm")
        assert [step for step, _ in norms] == [0, 2]
        assert norms[0][1] == pytest.approx(np.linalg.norm(before), rel=1e-5)


def test_where_there_are_no_hooks_weights_and_activations_of_a_probe_are_watched(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    layers = [keras.layers.Input((4,)), keras.layers.Dense(3, name="first"), keras.layers.Dense(2, name="last")]
    model = keras.Sequential(layers, name="net")
    run = gnomon.init("keras", strict=True)
    watch = KerasWatch(run, model, "net", Options(every=1), probe=np.ones((5, 4), "float32"))
    watch.update(0)
    model.get_layer("last").bias.assign([np.inf, 0.0])
    watch.update(1)
    watch.update(2)
    watch.close()
    run.finish()
    text = "Non-finite values at step 1: first in the weights of last.bias (1 of 2). "
    text += "They were not finite when the forward pass began: look at the update before."
    assert caplog.messages == [f"net: {text}"]
    lab, found = only_run(home)
    with lab:
        assert {key for key, kind in found.keys().items() if kind == "histogram"} == {
            *(f"net/weights/{layer}.{part}" for layer in ("first", "last") for part in ("kernel", "bias")),
            *(f"net/activations/{layer}" for layer in ("first", "last")),
        }
        assert [(r.step, r.value) for r in found.records("net/nonfinite")] == [(1, text)]
        assert points(found, "net/weights/last.bias/bad") == [(0, 0.0), (1, 1.0), (2, 1.0)]


@pytest.mark.parametrize("by", ["run.watch", "the callback"])
def test_a_fit_writes_what_is_watched_on_a_backend_without_hooks(
    home: Path, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, run, options = classifier(), gnomon.init("keras", strict=True), {"every": 2, "what": "weights"}
    with monkeypatch.context() as patch:
        patch.setattr("gnomon.integrations.keras.watch.keras.backend.backend", lambda: "jax")
        if by == "run.watch":
            run.watch(model, **options)
        callback = GnomonCallback(run, watch=options if by == "the callback" else False)
        callback.set_model(model)
        callback.on_train_begin()
    norms = []
    x, y = data()
    for i in range(4):
        model.train_on_batch(x[16 * i : 16 * i + 16], y[16 * i : 16 * i + 16])
        norms.append(float(np.linalg.norm(model.get_layer("out").kernel.numpy())))
        callback.on_train_batch_end(i)
    callback.on_train_end()
    run.finish()
    lab, found = only_run(home)
    with lab:
        written = points(found, "model/weights/out.kernel/norm")
    assert [step for step, _ in written] == [0, 2]
    np.testing.assert_allclose([value for _, value in written], norms[::2], rtol=1e-5)


@pytest.mark.parametrize("probe", [None, np.ones((1, 8, 8, 1))])
def test_what_a_backend_cannot_give_is_said_when_it_is_asked_for(
    home: Path, probe: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    run = gnomon.init("keras", strict=True)
    run.watch(classifier(), "net", what=("weights", "gradients", "activations"), probe=probe)
    missing = "gradients" if probe is not None else "gradients and no activations (pass probe=inputs for them)"
    assert caplog.messages == [f"net: Keras' jax backend gives no {missing}; the rest is watched."]


def test_parts_of_keras_that_are_no_models_are_values(home: Path) -> None:
    run = gnomon.init("keras", strict=True)
    run.watch(keras.optimizers.SGD(0.5), "lr", attribute="learning_rate")
    run.update(step=2)
    run.finish()
    lab, found = only_run(home)
    with lab:
        assert points(found, "lr") == [(2, 0.5)]


def test_what_is_recorded_of_the_augmentation_is_what_ran(home: Path) -> None:
    """The seed handed its augmentations over as text and to the wrong argument: recorded, never applied."""
    x, y = data(16)
    for random in ((), (keras.layers.RandomTranslation(0.5, 0.25, seed=1),)):
        layers = [keras.layers.Input((8, 8, 1)), *random, keras.layers.Flatten(), keras.layers.Dense(10, name="out")]
        model = keras.Sequential(layers)
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        seen = np.asarray(model.layers[0](x, training=True))
        with gnomon.init("keras", config={"augmentation_wish": "rotation"}) as run:
            model.fit(x, y, verbose=0, callbacks=[GnomonCallback(run, evaluate=(x, y))])
        lab = gnomon.connect(home=home)
        recorded = lab.run(run.id).config["keras"]
        is_applied = seen.shape == x.shape and not np.allclose(seen, x)
        assert ("augmentation" in recorded) == is_applied == bool(random)
        assert (recorded["loss"], recorded["optimizer"], recorded["model"]) == (
            "sparse_categorical_crossentropy", "Adam", "sequential",
        )  # fmt: skip
        lab.close()
    assert recorded["augmentation"].startswith("RandomTranslation(height_factor=0.5, width_factor=0.25")


def test_a_model_is_judged_when_its_training_has_ended(home: Path) -> None:
    x, y = data(48)
    with gnomon.init("keras") as run:
        model = classifier()
        model.fit(
            x, y, verbose=0, callbacks=[GnomonCallback(run, evaluate={"val": (x, y)}, classes=list("abcdefghij"))]
        )
    lab = gnomon.connect(home=home)
    found = lab.run(run.id)
    predicted = np.asarray(model.predict(x, verbose=0)).argmax(1)
    assert found.summary["val/accuracy"] == pytest.approx(float((predicted == y).mean()))
    table = found.records("val/predictions")[-1].value
    assert table.columns["predicted"] == ["abcdefghij"[i] for i in predicted]
    lab.close()
    inputs = keras.layers.Input((4,))
    line = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    line.compile("sgd", "mse")
    with gnomon.init("keras") as run:
        line.fit(
            np.ones((8, 4)),
            np.arange(8.0),
            verbose=0,
            callbacks=[GnomonCallback(run, evaluate=(np.ones((8, 4)), np.arange(8.0)))],
        )
    lab = gnomon.connect(home=home)
    assert "test/rmse" in lab.run(run.id).summary
    lab.close()
