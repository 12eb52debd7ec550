"""The formats that a version of Keras is exported to, whatever it computes with."""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from gnomon.models.exporters.exported import (
    Arrays,
    Ask,
    Form,
    Outs,
    open_onnx,
    out_names,
    without_import,
    without_traces,
)
from gnomon.models.exporters.keras_model import KerasModel, array, finished, names_of, run, take
from gnomon.models.exporters.openvino import OpenVino
from gnomon.models.training.later import Later

keras: Any = Later("keras")
OPSET: Final = 18


class Onnx:
    """`model.onnx`: any number of rows, probabilities; weights within the file."""

    def write(self, model: KerasModel, folder: Path) -> None:
        path = folder / "model.onnx"
        model.served.export(str(path), format="onnx", verbose=False, opset_version=OPSET)
        _name(path, model.inputs, out_names(model))

    def open(self, model: KerasModel, folder: Path) -> Ask:
        del model
        return open_onnx(folder / "model.onnx")


class Weights:
    """`model.safetensors`: the weights by path, with dots."""

    def write(self, model: KerasModel, folder: Path) -> None:
        from safetensors.numpy import save_file  # noqa: PLC0415

        values = {name: array(each) for name, each in names_of(model.inner).items()}
        about = {"format": "keras", "graph": model.graph.sha, "order": json.dumps(list(values))}
        save_file(values, folder / "model.safetensors", about)

    def open(self, model: KerasModel, folder: Path) -> Ask:
        from safetensors.numpy import load_file  # noqa: PLC0415

        fresh = model.fresh()
        take(fresh, load_file(folder / "model.safetensors"))
        return _ask(model, finished(fresh, model.plan))


class Code:
    """`model.py` and `model.safetensors`: the code that builds the model, which needs nothing of gnomon, and its weights."""

    def write(self, model: KerasModel, folder: Path) -> None:
        Weights().write(model, folder)
        (folder / "model.py").write_text(model.code)
        (folder / "load.py").write_text(_LOAD)

    def open(self, model: KerasModel, folder: Path) -> Ask:
        names: dict[str, Any] = {"__name__": "load", "__file__": str(folder / "load.py")}
        source = (folder / "model.py").read_text() + "\n" + without_import((folder / "load.py").read_text())
        exec(compile(source, str(folder / "load.py"), "exec"), names)  # noqa: S102 - what the worker is for
        return _ask(model, finished(names["load"](), model.plan))


class Whole:
    """`model.keras`: Keras' own file, which gives probabilities; read without running code that is in it."""

    def write(self, model: KerasModel, folder: Path) -> None:
        model.served.save(folder / "model.keras")

    def open(self, model: KerasModel, folder: Path) -> Ask:
        return _ask(model, keras.saving.load_model(folder / "model.keras", compile=False, safe_mode=True))


class SavedModel:
    """`saved_model/`: a folder of TensorFlow with the endpoint `serve`."""

    def write(self, model: KerasModel, folder: Path) -> None:
        model.served.export(str(folder / "saved_model"), format="tf_saved_model", verbose=False)

    def open(self, model: KerasModel, folder: Path) -> Ask:
        tensorflow: Any = import_module("tensorflow")
        found = tensorflow.saved_model.load(str(folder / "saved_model"))

        def ask(inputs: Arrays) -> Outs:
            given = [tensorflow.constant(inputs[name]) for name in model.inputs]
            made = found.serve(given if len(given) > 1 else given[0])
            return [each.numpy() for each in (made if isinstance(made, (list, tuple)) else [made])]

        return ask


class LiteRT:
    """`model.tflite`, one row or several at a time."""

    def write(self, model: KerasModel, folder: Path) -> None:
        model.served.export(str(folder / "model.tflite"), format="litert", verbose=False)

    def open(self, model: KerasModel, folder: Path) -> Ask:
        tensorflow: Any = import_module("tensorflow")
        found = tensorflow.lite.Interpreter(model_path=str(folder / "model.tflite"), num_threads=1)
        runner = found.get_signature_runner()
        types = {name: about["dtype"] for name, about in runner.get_input_details().items()}
        names = [f"output_{i}" for i in range(len(model.outputs))]

        def ask(inputs: Arrays) -> Outs:
            made = runner(**{name: inputs[name].astype(kind) for name, kind in types.items()})
            return [np.array(made[name]) for name in names]

        return ask


FORMATS: Final[Mapping[str, Callable[[], Form]]] = {
    "onnx": Onnx,
    "code": Code,
    "safetensors": Weights,
    "keras": Whole,
    "openvino": lambda: OpenVino(Onnx()),
    "saved-model": SavedModel,
    "litert": LiteRT,
}


def _ask(model: KerasModel, loaded: Any) -> Ask:
    return lambda inputs: run(loaded, model.inputs, inputs)


def _name(path: Path, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Call inputs and outputs of an ONNX file what the graph calls them."""
    onnx: Any = import_module("onnx")
    found = onnx.load(path)
    graph = found.graph
    taken = {name for node in graph.node for name in (*node.input, *node.output)} - {each.name for each in graph.input}
    for given, name in [(given, name) for given, name in zip(graph.input, inputs, strict=True) if given.name != name]:
        assert name not in taken, name
        for node in graph.node:
            node.input[:] = [name if each == given.name else each for each in node.input]
        given.name = name
    for made, name in zip(graph.output, outputs, strict=True):
        if made.name != name:
            assert name not in taken, name
            graph.node.append(onnx.helper.make_node("Identity", [made.name], [name], name=f"name_{name}"))
            made.name = name
    without_traces(found)
    onnx.checker.check_model(found)
    onnx.save(found, path)


_LOAD: Final = '''"""Load the model: `from load import load; model = load()`."""

import json
from pathlib import Path

import keras
from safetensors import safe_open

from model import build


def load() -> keras.Model:
    """Return the model with its weights, ready to predict."""
    model = build()
    with safe_open(Path(__file__).with_name("model.safetensors"), "numpy") as weights:
        for variable, name in zip(model.weights, json.loads(weights.metadata()["order"]), strict=True):
            variable.assign(weights.get_tensor(name))
    return model
'''
