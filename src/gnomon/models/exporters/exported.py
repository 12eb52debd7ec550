"""What formats share: a model that can be asked, a way to write it, and how ONNX is run."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gnomon.graph.document import Graph

Arrays = Mapping[str, npt.NDArray[Any]]
Outs = list[npt.NDArray[Any]]
Ask = Callable[[Arrays], Outs]
"""Returns outputs for inputs by name, in the order of the model's outputs."""


class Exportable(Protocol):
    """A version, loaded."""

    @property
    def graph(self) -> Graph:
        """What it computes."""
        ...

    @property
    def code(self) -> str:
        """Its `model.py`."""
        ...

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what it takes."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it gives."""
        ...

    @property
    def parameters(self) -> int:
        """How many numbers it has learned."""
        ...

    def answer(self, inputs: Arrays) -> Outs:
        """Return what it gives."""
        ...


class Form(Protocol):
    """A way to write a model, and to load what was written in the runtime that will run it."""

    def write(self, model: Any, folder: Path) -> None:
        """Leave files in a folder."""
        ...

    def open(self, model: Any, folder: Path) -> Ask:
        """Load the files; of the model only names are used."""
        ...


def out_names(model: Exportable) -> list[str]:
    """Return what outputs are called in a file that has inputs beside them."""
    return [f"{name}_out" if name in model.inputs else name for name in model.outputs]


def onnx_session(path: Path) -> Any:
    """Return a session of ONNX Runtime on one thread."""
    runtime: Any = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def open_onnx(path: Path) -> Ask:
    """Return what asks an ONNX file."""
    session = onnx_session(path)
    names = [each.name for each in session.get_inputs()]
    return lambda inputs: list(session.run(None, {name: np.ascontiguousarray(inputs[name]) for name in names}))


def without_traces(model: Any) -> None:
    """Take away what PyTorch writes into each node of an ONNX model: files and lines of the machine that exported it."""
    graphs = [model.graph, *model.functions]
    while graphs:
        for node in graphs.pop().node:
            del node.metadata_props[:]
            node.doc_string = ""
            graphs += [each.g for each in node.attribute if each.HasField("g")]
            graphs += [graph for each in node.attribute for graph in each.graphs]


def without_import(text: str) -> str:
    """Return `load.py` as it is when `model.py` stands above it."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("from model import"))
