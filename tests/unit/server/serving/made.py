"""Small models of ONNX, and what they give, computed by NumPy."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper


def weights(inputs: int, classes: int, seed: int) -> npt.NDArray[np.float32]:
    """Return the weights of a model."""
    return np.random.default_rng(seed).normal(0, 0.5, (inputs, classes)).astype(np.float32)


def linear(path: Path, shape: tuple[int, ...], classes: int, seed: int, names: tuple[str, str] = ("x", "y")) -> Path:
    """Write softmax(flatten(x) W) for any number of rows."""
    given, made = names
    matrix = numpy_helper.from_array(weights(int(np.prod(shape)), classes, seed), "w")
    nodes = [
        helper.make_node("Flatten", [given], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "w"], ["logits"]),
        helper.make_node("Softmax", ["logits"], [made], axis=-1),
    ]
    x = helper.make_tensor_value_info(given, TensorProto.FLOAT, ["rows", *shape])
    y = helper.make_tensor_value_info(made, TensorProto.FLOAT, ["rows", classes])
    graph = helper.make_graph(nodes, "g", [x], [y], [matrix])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(path))
    return path


def answers(x: npt.NDArray[Any], classes: int, seed: int) -> npt.NDArray[np.float32]:
    """Return what such a model gives."""
    flat = x.reshape(len(x), -1).astype(np.float32)
    z = flat @ weights(flat.shape[1], classes, seed)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), np.float32)
