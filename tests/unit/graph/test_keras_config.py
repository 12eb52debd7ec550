"""Saved Keras models become graphs that count the same parameters; nothing of theirs is ever run."""

import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gnomon.core.errors import CorruptError, GnomonError, InputError, LimitError
from gnomon.graph.infer import infer
from gnomon.graph.keras_config import MAX_BYTES, import_keras, source_of

os.environ.setdefault("KERAS_BACKEND", "torch")


@pytest.fixture(scope="module")
def keras() -> Any:
    pytest.importorskip("torch")
    return pytest.importorskip("keras")


def residual(keras: Any) -> Any:
    layers = keras.layers
    x = image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="c1")(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.Add(name="add")([x, layers.Conv2D(16, 1, name="c2")(x)])
    x = layers.MaxPooling2D(name="pool")(layers.Dropout(0.25, name="drop")(x))
    x = layers.Dense(10, activation="softmax", name="head")(layers.Flatten(name="flat")(x))
    return keras.Model(image, x)


def sequential(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([keras.Input((784,)), layers.Dense(30, "sigmoid"), layers.Dense(10, "sigmoid")])


def reading(keras: Any) -> Any:
    layers = keras.layers
    x = words = keras.Input((200,), dtype="int64")
    x = layers.Embedding(5000, 32)(x)
    x = layers.Bidirectional(layers.LSTM(16, return_sequences=True))(x)
    return keras.Model(words, layers.Dense(1)(layers.GRU(8)(x)))


def shared(keras: Any) -> Any:
    layers = keras.layers
    a, b, twice = keras.Input((8,)), keras.Input((8,)), layers.Dense(4)
    return keras.Model([a, b], layers.Concatenate()([twice(a), twice(b)]))


def nested(keras: Any) -> Any:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.ReLU()])
    image = keras.Input((8, 8, 3))
    return keras.Model(image, layers.GlobalAveragePooling2D()(inner(image)))


def attentive(keras: Any) -> Any:
    layers = keras.layers
    x = keras.Input((10, 16))
    return keras.Model(x, layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 8)(x, x)])))


@pytest.mark.parametrize("make", [residual, sequential, reading, nested, attentive])
def test_a_model_of_known_layers_is_a_graph_with_as_many_parameters(keras: Any, make: Callable[[Any], Any]) -> None:
    model = make(keras)
    found = import_keras(model.to_json().encode())
    report = infer(found.graph)
    assert [node.type for node in found.graph.nodes if node.type == "core/code@1"] == []
    assert report.issues == ()
    assert report.totals.params + report.totals.state == model.count_params()
    assert not any("is not kept" in note for note in found.notes)


def test_every_layer_is_in_the_code(keras: Any) -> None:
    model = shared(keras)
    text, _ = source_of(json.loads(model.to_json()))
    assert all(layer.name in text for layer in model.layers)
    assert text.count("layers.Dense(4") == 1


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_saved_file_is_read_without_its_weights(keras: Any, tmp_path: Path) -> None:
    model = residual(keras)
    model.save(tmp_path / "m.keras")
    assert import_keras((tmp_path / "m.keras").read_bytes()).graph == import_keras(model.to_json().encode()).graph


def test_what_code_does_not_say_is_told(keras: Any) -> None:
    x = keras.Input((4,))
    model = keras.Model(x, keras.layers.Dense(2, kernel_regularizer="l2", name="head")(x))
    notes = import_keras(model.to_json().encode()).notes
    assert notes[0] == "head: its kernel_regularizer (L2) is not kept. Write it into the code."


def saved(*layers: object, **config: object) -> bytes:
    return json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers, **config}}).encode()


def dense(**more: object) -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [None, 3], **more}}


def packed(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "kind", "says"),
    [
        (b"", CorruptError, "expected a .keras file or the JSON"),
        (b"[]", CorruptError, "received a JSON list"),
        (b"PK\x03\x04", CorruptError, "expected a .keras file"),
        (packed("metadata.json", b"{}"), CorruptError, "expected a .keras file"),
        (packed("config.json", b" " * (MAX_BYTES + 1)), LimitError, "at most 16 MiB"),
        (b"[" * 100_000, CorruptError, "expected a .keras file"),
        (b'{"class_name": "MyModel", "config": {}}', InputError, "received MyModel without them"),
        (saved({"class_name": "Dense", "config": {"units": 2}}), InputError, "before it knew the shape"),
        (
            saved({"class_name": "__import__('os')", "config": {"batch_input_shape": [None, 3]}}),
            CorruptError,
            "names of classes",
        ),
        (saved("dense", build_input_shape=[None, 3]), CorruptError, "expected a layer, received str"),
        (
            saved({"class_name": "Dense", "config": []}, build_input_shape=[None, 3]),
            CorruptError,
            "expected config to be a dict",
        ),
    ],
)
def test_what_is_no_model_says_why(data: bytes, kind: type[GnomonError], says: str) -> None:
    with pytest.raises(kind, match=says):
        import_keras(data)


def test_hostile_values_stay_literals(tmp_path: Path) -> None:
    left = tmp_path / "left"
    payload = f"'); open({str(left)!r}, 'w'); ('"
    layer = dense(name=payload, activation=payload, kernel_initializer={"class_name": payload, "config": payload})
    layer["config"][payload] = 1
    found = import_keras(saved(layer))
    text, _ = source_of(json.loads(saved(layer)))
    assert repr(payload) in text
    assert not left.exists()
    assert len(found.graph.nodes) >= 2


def prepared(keras: Any) -> Any:
    """Return what models of keras.applications begin with and are made of."""
    layers = keras.layers
    x = image = keras.Input((12, 12, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="scale")(x)
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[0.5, 1.0, 4.0], axis=3, name="norm")(x)
    x = layers.ReLU(6.0, name="six")(layers.Conv2D(4, 3, activation="relu6", name="c")(x))
    x = layers.Concatenate(axis=3, name="cat")([x, layers.Dropout(0.2, noise_shape=(None, 1, 1, 1), name="path")(x)])
    return keras.Model(image, layers.Rescaling([1.0, 0.5] * 4, name="each")(x * 2.0 + 1.0))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_what_prepares_images_computes_the_same_on_the_canvas(keras: Any) -> None:
    import numpy as np

    from gnomon.graph.code import write

    model = prepared(keras)
    found = import_keras(model.to_json().encode())
    shown = {node.id: (node.type, node.params) for node in found.graph.nodes}
    assert shown["scale"] == ("core/rescale@1", {"mean": [127.5], "std": [127.5]})
    assert shown["norm"][0] == "core/rescale@1"
    assert shown["six"] == ("core/activation@1", {"function": "relu6"})
    assert shown["c"][1] == {"filters": 4, "padding": "valid", "activation": "relu6"}
    assert shown["path"] == ("core/dropout@1", {"rate": 0.2, "whole": True})
    assert shown["cat"] == ("core/concatenate@1", {})
    # Keras numbers operations without names from the beginning of the process.
    codes = [re.sub(r"_\d+", "", node.params["code"]) for node in found.graph.nodes if node.type == "core/code@1"]
    assert codes == ["multiply = cat * 2.0\nadd = multiply + 1.0"]
    space: dict[str, Any] = {"__name__": "made"}
    exec(write(found.graph, "keras").text, space)
    ours = space["build"]()
    ours.set_weights(model.get_weights())
    images = np.random.default_rng(0).uniform(0, 255, (2, 12, 12, 3)).astype(np.float32)
    theirs = keras.ops.convert_to_numpy(model(images))
    assert np.abs(keras.ops.convert_to_numpy(ours(images)) - theirs).max() <= 1e-5


@pytest.mark.parametrize(("name", "kept"), [("MobileNet", 0), ("MobileNetV2", 0), ("EfficientNetB0", 7)])
def test_networks_of_keras_applications_come_in_without_code_nodes(keras: Any, name: str, kept: int) -> None:
    words = {} if name == "EfficientNetB0" else {"alpha": 0.35 if name == "MobileNetV2" else 0.25}
    model = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3), classes=4, **words)
    found = import_keras(model.to_json().encode())
    report = infer(found.graph)
    assert [node.id for node in found.graph.nodes if node.type == "core/code@1"] == []
    assert report.issues == ()
    # What Normalization learnt of its data is 7 numbers, which are constants here.
    assert report.totals.params + report.totals.state == model.count_params() - kept
    told = [note for note in found.notes if "among the weights" in note]
    assert len(told) == (kept > 0)


def test_what_many_layers_have_in_common_is_told_once(keras: Any) -> None:
    x = image = keras.Input((4,))
    for i in range(5):
        x = keras.layers.Dense(4, kernel_initializer="he_normal", name=f"d{i}")(x)
    notes = import_keras(keras.Model(image, x).to_json().encode()).notes
    assert notes[0] == "d0 and 4 more: its kernel_initializer (HeNormal) is not kept. Write it into the code."
