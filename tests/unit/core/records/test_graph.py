"""Graphs of nodes and edges, and models as such."""

from typing import Any

import pytest

from gnomon.core.records import registry
from gnomon.core.records.graph import TYPE, Graph
from gnomon.core.records.json import decode_json
from gnomon.core.records.suite import RecordTypeSuite

SMALL = {"nodes": [{"id": "a", "op": "Dense", "parameters": 30, "shape": [None, 3]}, "b"], "edges": [["a", "b"]]}


class TestGraphType(RecordTypeSuite):
    record_type = TYPE

    def samples(self) -> list[object]:
        return [Graph(SMALL), Graph({"nodes": []})]

    def nonsense(self) -> list[object]:
        return [
            Graph(3),
            Graph({"nodes": ["a", "a"]}),
            Graph({"nodes": ["a"], "edges": [["a", "b"]]}),
            Graph({"nodes": ["a"], "edges": ["ab"]}),
            Graph({"nodes": [{"op": "x"}]}),
            Graph({"nodes": [{"id": "x", "parameters": -1}]}),
            Graph({"nodes": [{"id": "x", "op": "input"}]}, example="words"),
            Graph({"nodes": [str(i) for i in range(100_001)]}),
        ]


def test_a_graph_is_json_with_counts_beside_it() -> None:
    encoded = TYPE.encode(Graph(SMALL))
    assert encoded.meta == {"nodes": 2, "edges": 1, "parameters": 30}
    assert decode_json(encoded.data) == {  # type: ignore[arg-type]
        "nodes": [
            {"id": "a", "op": "Dense", "label": "a", "parameters": 30, "shape": [None, 3]},
            {"id": "b", "op": "", "label": "b"},
        ],
        "edges": [["a", "b"]],
    }
    assert TYPE.summary(encoded.meta, 9) == "2 nodes, 1 edges, 30 parameters"


def test_a_traceable_torch_module_shows_its_data_flow() -> None:
    torch = pytest.importorskip("torch")

    class Residual(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = torch.nn.Linear(4, 4), torch.nn.Linear(4, 4, bias=False)

        def forward(self, x: Any) -> Any:
            return torch.relu(self.b(self.a(x)) + x)

    encoded = registry.encode(Residual())
    assert encoded is not None
    assert encoded.meta == {"nodes": 6, "edges": 6, "parameters": 36}
    graph = TYPE.decode(encoded.meta, bytes(encoded.data))  # type: ignore[arg-type]
    assert [(n["id"], n["op"], n.get("parameters")) for n in graph.nodes] == [
        ("x", "input", None), ("a", "Linear", 20), ("b", "Linear", 16), ("add", "add", None), ("relu", "relu", None),
        ("output", "output", None),
    ]  # fmt: skip
    assert ("x", "add") in graph.edges


def test_a_module_that_cannot_be_traced_shows_its_layers_and_chains() -> None:
    torch = pytest.importorskip("torch")

    class Branching(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
            self.scale = torch.nn.Parameter(torch.ones(5))

        def forward(self, x: Any) -> Any:
            return self.body(x) if x.sum() > 0 else x

    graph = Graph(Branching())
    assert [(n["id"], n["op"], n.get("parameters")) for n in graph.nodes] == [
        ("Branching", "Branching", 5), ("body.0", "Linear", 9), ("body.1", "ReLU", 0),
    ]  # fmt: skip
    assert graph.edges == (("body.0", "body.1"),)


def test_a_keras_model_shows_its_layers_and_which_feeds_which(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    inputs = keras.Input((4,), name="in")
    hidden = keras.layers.Dense(4, name="hidden")(inputs)
    model = keras.Model(inputs, keras.layers.Add(name="sum")([inputs, hidden]))
    encoded = registry.encode(model)
    assert encoded is not None
    assert (encoded.kind, encoded.meta) == ("graph", {"nodes": 3, "edges": 3, "parameters": 20})
    graph = Graph(model)
    assert set(graph.edges) == {("in", "hidden"), ("in", "sum"), ("hidden", "sum")}
    chain = Graph(keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="d"), keras.layers.ReLU(name="r")]))
    assert chain.edges == (("d", "r"),)


def test_an_example_tells_how_large_the_inputs_are() -> None:
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.Flatten(), torch.nn.Linear(288, 10))
    first = Graph(net, example=torch.zeros(5, 1, 8, 8)).nodes[0]
    assert {key: first[key] for key in ("op", "shape", "dtype")} == {
        "op": "input", "shape": [None, 1, 8, 8], "dtype": "float32",
    }  # fmt: skip
    assert "shape" not in Graph(net).nodes[0]
