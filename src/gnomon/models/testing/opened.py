"""A version that is loaded to be tested, whatever wrote it: arrays as data sets give them in, what a caller wants out.

Inputs are channels last by the name of an input; outputs are probabilities, numbers, or maps, channels last, by the name of
an output. Weights are read from safetensors, ONNX and plain arrays: nothing is ever unpickled.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.graph.document import Graph
from gnomon.models.predictor import MlpPredictor, OnnxPredictor, Predictor
from gnomon.models.registry.record import Port, Signature
from gnomon.models.testing.report import Task

Arrays = dict[str, npt.NDArray[Any]]
Format = Literal["torch", "keras", "mlp", "onnx", "file"]
Gradient = Callable[[Arrays, str, int], Arrays]
"""Of inputs of one row, an output and one of its numbers: the gradient of the score before softmax or sigmoid by input."""

BATCH: Final = 256


@dataclass(frozen=True, slots=True)
class Head:
    """Describe an output: `task` is `None` where only data can tell; `classes` are those that training knew."""

    name: str
    task: Task | None
    classes: tuple[str, ...] = ()
    size: int | None = None
    of: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """Hold a version that is loaded.

    Args:
        format: What it is.
        inputs: What it takes; `None` in a shape where any size goes.
        heads: What it gives.
        predict: Asks it: any number of rows.
        graph: What it computes, where that is known.
        gradient: Where it has one.
        why: Why it has none.
        notes: What its tester should know.
        source: As exporters load it; of formats that have no graph nothing.
    """

    format: Format
    inputs: tuple[Port, ...]
    heads: tuple[Head, ...]
    predict: Callable[[Arrays], Arrays]
    graph: Graph | None = None
    gradient: Gradient | None = None
    why: str = ""
    notes: tuple[str, ...] = ()
    source: Any = None


def open_version(folder: Path, form: Format, signature: Signature | None = None, *, allow_code: bool = True) -> Opened:
    """Return a version, loaded.

    Args:
        folder: With its files, seen to be what was registered.
        form: What they are.
        signature: What is known of inputs and outputs, for classes and tasks.
        allow_code: Whether Code nodes and own components may run.

    Raises:
        InputError: Nothing here reads it, or it holds code that may not run.
        MissingExtraError: The framework is not installed.
        CorruptError: A file does not load.
    """
    known = signature or Signature()
    if form in ("torch", "keras"):
        from gnomon.models.testing.graph_model import open_graph  # noqa: PLC0415 - it needs what this gives

        return open_graph(folder, form, known, allow_code=allow_code)
    if form == "onnx":
        return _asked("onnx", OnnxPredictor(folder / "model.onnx"), known)
    if form == "mlp":
        return _asked("mlp", MlpPredictor(folder / "model.npz"), known)
    msg = "version: expected one of format torch, keras, onnx or mlp, this one is files that nothing here reads."
    raise InputError(msg, field="version")


def _asked(form: Format, predictor: Predictor, known: Signature) -> Opened:
    found = predictor.signature
    said = {port.name: port for port in known.outputs}
    heads = tuple(_head(said.get(port.name, port), port) for port in found.outputs)
    why = f"a version of format {form} gives no gradient; occlusion needs none"
    return Opened(form, _agreed(found.inputs, known.inputs), heads, _padded(predictor), why=why)


def _head(said: Port, port: Port) -> Head:
    task: Any = said.kind if said.kind in _TASKS else None
    size = port.shape[-1] if port.shape else 1
    return Head(port.name, task, said.classes if len(said.classes) == size else (), size)


_TASKS: Final = frozenset({"classification", "multi_label", "regression", "segmentation", "reconstruction"})


def _agreed(found: tuple[Port, ...], known: tuple[Port, ...]) -> tuple[Port, ...]:
    """Return the inputs of a file, with sizes that it leaves open from what was said when it was registered."""
    said = {port.name: port for port in known}
    return tuple(
        msgspec.structs.replace(port, shape=said[port.name].shape)
        if port.name in said and None in port.shape and len(said[port.name].shape) == len(port.shape)
        else port
        for port in found
    )


def _padded(predictor: Predictor) -> Callable[[Arrays], Arrays]:
    """Ask in runs of as many rows as it takes, the last one filled up where a file has a fixed number of rows."""
    fixed = predictor.fixed if isinstance(predictor, OnnxPredictor) else None
    if fixed is None:
        return predictor.predict

    def predict(inputs: Arrays) -> Arrays:
        rows = len(next(iter(inputs.values())))
        parts = []
        for first in range(0, rows, fixed):
            some = {name: _filled(array[first : first + fixed], fixed) for name, array in inputs.items()}
            parts.append(predictor.predict(some))
        return {name: np.concatenate([part[name] for part in parts])[:rows] for name in parts[0]}

    return predict


def _filled(rows: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    return rows if len(rows) == count else np.concatenate([rows, np.repeat(rows[-1:], count - len(rows), axis=0)])


def heads_of(signature: Signature, names: Mapping[str, tuple[Task, int, str]]) -> tuple[Head, ...]:
    """Return outputs by task, size and what they give back, with the classes that the registry knows."""
    known = {port.name: port.classes for port in signature.outputs}
    return tuple(
        Head(name, task, known.get(name, ()) if len(known.get(name, ())) == size else (), size, of)
        for name, (task, size, of) in names.items()
    )
