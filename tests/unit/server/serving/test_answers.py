"""What callers get of what models give."""

from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from gnomon.core.errors import CorruptError, InputError
from gnomon.models.predictor import OnnxPredictor
from gnomon.models.registry.record import Port
from gnomon.server.serving.answers import Answers

CATS = ("ant", "bee", "cat")


def test_each_kind_of_output_is_answered_in_its_own_words() -> None:
    ports = [
        Port("kind", (3,), "float32", "classification", CATS),
        Port("has", (2,), "float32", "multi_label", ("legs", "wings")),
        Port("size", (), "float32", "regression"),
        Port("where", (1, 2, 2), "float32", "segmentation"),
    ]
    outputs = {
        "kind": np.array([[0.2, 0.1, 0.7]], np.float32),
        "has": np.array([[0.5, 0.9]], np.float32),
        "size": np.array([2.5], np.float32),
        "where": np.array([[[[0.9, 0.1], [0.2, 0.8]]]], np.float32),
    }
    answers = Answers(ports)
    assert msgspec.to_builtins(answers.of(outputs, 0)) == {
        "outputs": {
            "kind": {
                "label": "cat",
                "predictions": [
                    {"label": "cat", "confidence": 0.7},
                    {"label": "ant", "confidence": 0.2},
                    {"label": "bee", "confidence": 0.1},
                ],
            },
            "has": {
                "labels": ["wings", "legs"],
                "predictions": [{"label": "wings", "confidence": 0.9}, {"label": "legs", "confidence": 0.5}],
            },
            "size": {"value": 2.5},
            "where": {"value": [[0, 1]]},
        }
    }
    other = outputs | {"kind": np.array([[0.3, 0.1, 0.6]], np.float32)}
    assert answers.agree(outputs, other) == 1, "the same class"
    assert answers.agree(outputs, other | {"size": np.array([2.6])}) == 0


def test_what_is_no_number_is_told_and_not_sent() -> None:
    with pytest.raises(InputError, match="gives NaN or infinity for these inputs"):
        Answers([Port("y", (1,))]).of({"y": np.array([[np.nan]])}, 0)


def test_what_a_model_cannot_compute_is_the_fault_of_what_was_sent(tmp_path: Path) -> None:
    held = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(3, 2), "w")
    x = helper.make_tensor_value_info("x", TensorProto.INT64, ["rows"])
    y = helper.make_tensor_value_info("x_out", TensorProto.FLOAT, ["rows", 2])
    graph = helper.make_graph([helper.make_node("Gather", ["w", "x"], ["x_out"])], "g", [x], [y], [held])
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    model = OnnxPredictor(path)
    assert (model.signature.inputs, model.signature.outputs) == ((Port("x", (), "int64"),), (Port("x", (2,)),))
    assert model.predict({"x": np.array([2, 0])})["x"].tolist() == [[4, 5], [0, 1]]
    with pytest.raises(InputError, match="the model cannot take these: indices element out of data bounds, idx=5"):
        model.predict({"x": np.array([5])})
    path.write_bytes(b"no model")
    with pytest.raises(CorruptError, match="ONNX Runtime cannot load it"):
        OnnxPredictor(path)
