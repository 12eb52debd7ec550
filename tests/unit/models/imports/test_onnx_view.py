"""ONNX files become graphs to look at; whatever is wrong with them is told, and nothing beside them is opened."""

from pathlib import Path
from typing import Any

import pytest

onnx = pytest.importorskip("onnx")

import numpy as np  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from gnomon.core.errors import CorruptError, LimitError  # noqa: E402
from gnomon.graph.infer import infer  # noqa: E402
from gnomon.models.imports import onnx_view  # noqa: E402
from gnomon.models.imports.onnx_view import import_onnx  # noqa: E402


def weight(name: str, *dims: int) -> Any:
    return numpy_helper.from_array(np.zeros(dims, np.float32), name)


def numbers(name: str, *values: float) -> Any:
    kind = np.int64 if all(isinstance(each, int) for each in values) else np.float32
    return numpy_helper.from_array(np.array(values, kind), name)


def model(
    nodes: list[Any], shape: list[Any], weights: list[Any], out: str = "y", kind: int = TensorProto.FLOAT
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)],
        weights,
    )
    made = helper.make_model(graph, producer_name="by hand", opset_imports=[helper.make_opsetid("", 17)])
    data: bytes = made.SerializeToString()
    return data


def node(op: str, takes: str, gives: str, **attributes: Any) -> Any:
    return helper.make_node(op, takes.split(), gives.split(), name=f"the_{gives}", **attributes)


CNN = model(
    [
        node("Conv", "x a.weight a.bias", "c", pads=[1, 1, 1, 1], strides=[2, 2]),
        node("BatchNormalization", "c b.weight b.bias b.mean b.var", "n"),
        node("Clip", "n low high", "r"),
        node("Conv", "r d.weight", "d", group=8, auto_pad="SAME_UPPER"),
        node("Add", "r d", "s"),
        node("MaxPool", "s", "p", kernel_shape=[2, 2], strides=[2, 2]),
        node("Resize", "p _ scales", "u", mode="nearest"),
        node("Concat", "u s", "j", axis=1),
        node("GlobalAveragePool", "j", "g"),
        node("Flatten", "g", "f"),
        node("Gemm", "f e.weight e.bias", "h", transB=1),
        node("Softmax", "h", "y", axis=-1),
    ],
    ["batch", 3, 32, 32],
    [
        weight("a.weight", 8, 3, 3, 3), weight("a.bias", 8), weight("b.weight", 8), weight("b.bias", 8),
        weight("b.mean", 8), weight("b.var", 8), numbers("low", 0.0), numbers("high", 6.0), weight("d.weight", 8, 1, 3, 3),
        numbers("scales", 1.0, 1.0, 2.0, 2.0), weight("e.weight", 10, 16), weight("e.bias", 10),
    ],
)  # fmt: skip


def test_known_operators_are_components_with_their_shapes_and_weights() -> None:
    found = import_onnx(CNN)
    report = infer(found.graph)
    assert {each.id: each.type.partition("/")[2] for each in found.graph.nodes} == {
        "x": "input@1", "a": "conv2d@1", "b": "batch_norm@1", "the_r": "activation@1", "d": "conv2d@1",
        "the_s": "add@1", "the_p": "max_pool2d@1", "the_u": "upsample2d@1", "the_j": "concatenate@1",
        "the_g": "global_avg_pool@1", "the_f": "flatten@1", "e": "dense@1", "the_y": "activation@1", "result": "classification@1",
    }  # fmt: skip
    assert (report.issues, report.nodes["the_j"].out.text) == ((), "16×16×16")
    assert report.totals.params == 8 * 27 + 8 + 16 + 72 + 170
    assert found.graph.data == {"view": "onnx", "producer": "by hand", "opset": 17}
    assert found.graph.source == {}


def test_what_no_component_says_stays_as_it_is_called_with_its_attributes() -> None:
    nodes = [
        node("LRN", "x", "a", size=3, alpha=0.5),
        node("Einsum", "a a", "b", equation="nchw,nchw->nc"),
        node("MatMul", "b w", "m"),
        node("Add", "m v", "y"),
        helper.make_node("Odd", ["x"], ["z", "zz"], domain="com.example", name="'); import os; ('"),
    ]
    found = import_onnx(model(nodes, [1, 3, 8, 8], [weight("w", 3, 5), weight("v", 5)]), "shown")
    codes = {each.id: each.params["code"] for each in found.graph.nodes if each.type == "core/code@1"}
    (first,) = [each for each in found.graph.nodes if each.id == "the_a"]
    assert (
        "the_a = onnx.LRN(x, alpha=0.5, size=3)\nthe_b = onnx.Einsum(the_a, the_a, equation='nchw,nchw->nc')"
        in codes.values()
    )
    assert first.params["shapes"] == "; 3"
    assert [each for each in codes.values() if "Odd" in each] == ["import_os, zz = onnx.Odd(x)"]
    dense = [each for each in found.graph.nodes if each.type == "core/dense@1"]
    assert [each.params for each in dense] == [{"units": 5}]
    assert found.graph.name == "shown"


def test_words_and_embeddings_come_in() -> None:
    nodes = [node("Gather", "table x", "e"), node("ReduceMean", "e", "m", axes=[1], keepdims=0), node("Gelu", "m", "y")]
    found = import_onnx(model(nodes, [1, 12], [weight("table", 50, 8)], kind=TensorProto.INT64))
    types = [each.type for each in found.graph.nodes]
    assert types[:2] == ["core/input@1", "core/embedding@1"]
    assert found.graph.nodes[0].params == {"shape": [12], "dtype": "int64"}


def outside(location: str) -> bytes:
    """Return a model whose weight lies in another file, so it says."""
    there = weight("w", 4, 4)
    there.ClearField("raw_data")
    there.data_location = TensorProto.EXTERNAL
    entry = there.external_data.add()
    entry.key, entry.value = "location", location
    return model([node("MatMul", "x w", "y")], [1, 4], [there])


def huge() -> bytes:
    there = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1 << 40, 1 << 40])
    return model([node("MatMul", "x w", "y")], [1, 1 << 40], [there])


def lying() -> bytes:
    there = TensorProto(name="s", data_type=TensorProto.INT64, dims=[4], raw_data=b"12")
    return model([node("Reshape", "x s", "y")], [1, 4], [there])


def deep(levels: int) -> bytes:
    """Return a model with graphs within graphs."""
    inner = helper.make_graph([node("Relu", "x", "z")], "inner", [], [helper.make_tensor_value_info("z", 1, None)])
    for _ in range(levels):
        branch = helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner)
        inner = helper.make_graph([branch], "g", [], [helper.make_tensor_value_info("z", 1, None)])
    outer = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    return model([outer], [1], [])


def test_weights_in_other_files_are_not_opened(tmp_path: Path) -> None:
    for location in ("/etc/passwd", "../../secret.bin", str(tmp_path / "w.bin")):
        found = import_onnx(outside(location))
        assert found.notes[0] == "Its weights lie in other files, which are not looked at."
        assert [each.type for each in found.graph.nodes][:2] == ["core/input@1", "core/dense@1"]


def test_sizes_beyond_all_measure_cost_nothing() -> None:
    found = import_onnx(huge())
    assert found.graph.nodes[0].id == "x"
    assert import_onnx(lying()).graph.nodes


def test_graphs_within_graphs_are_told_and_not_looked_into() -> None:
    found = import_onnx(deep(4))
    codes = [each.params["code"] for each in found.graph.nodes if each.type == "core/code@1"]
    assert codes == ["if_ = onnx.If(None, else_branch='graph of 1 operators', then_branch='graph of 1 operators')"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "expected an ONNX model with operators"),
        (b"\x00" * 64, "expected an ONNX model, received something else"),
        (b"PK\x03\x04 not a model", "expected an ONNX model"),
        (b"\x3a\xff\xff\xff\xff\x0f", "expected an ONNX model"),
        (b"\x0b" * 5_000, "expected an ONNX model"),
    ],
)
def test_what_is_no_onnx_says_so(data: bytes, says: str) -> None:
    with pytest.raises(CorruptError, match=says):
        import_onnx(data)


def test_a_file_larger_than_we_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_view, "MOST_NODES", 3)
    with pytest.raises(LimitError, match="at most 3 operators, received 12"):
        import_onnx(CNN)
    monkeypatch.setattr(onnx_view, "MAX_BYTES", 100)
    with pytest.raises(LimitError, match="Save its weights in a file beside it"):
        import_onnx(CNN)
