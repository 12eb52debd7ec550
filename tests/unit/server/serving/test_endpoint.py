"""Who answers when a canary breaks, and what is told of it."""

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from starlette.testclient import TestClient
from tests.unit.server.serving.made import linear, weights

from gnomon.models.registry.record import Port, Signature
from gnomon.server.serving.endpoint import Endpoint
from gnomon.server.serving.status import Plan, Source

SIGNATURE = Signature((Port("x", (2,)),), (Port("y", (2,), "float32", "classification", ("no", "yes")),))


def source(path: Path, number: int) -> Source:
    return Source(f"m@{number}", str(number), "onnx", str(path.parent), str(path), SIGNATURE)


def fragile(path: Path) -> Path:
    """Write a model that takes x for places in a table of three rows, and so breaks at larger numbers."""
    nodes = [
        helper.make_node("Cast", ["x"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Gather", ["w", "whole"], ["rows"]),
        helper.make_node("ReduceSum", ["rows", "axis"], ["y"], keepdims=0),
    ]
    held = [numpy_helper.from_array(weights(3, 2, 0), "w"), helper.make_tensor("axis", TensorProto.INT64, [1], [1])]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 2])
    graph = helper.make_graph(nodes, "g", [x], [y], held)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    return path


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    good = source(linear(tmp_path / "good.onnx", (2,), 2, 1), 1)
    plan = Plan(good, source(fragile(tmp_path / "fragile.onnx"), 2), 1.0)
    return TestClient(Endpoint("m", plan))


def test_a_canary_that_breaks_costs_nobody_an_answer(client: TestClient) -> None:
    found = [client.post("/predict", json={"inputs": [x, 0]}) for x in (1, 9)]
    assert [(each.status_code, each.headers["gnomon-version"]) for each in found] == [(200, "m@2"), (200, "m@1")]
    refused = client.post("/predict", json={"inputs": [1, 2, 3]})
    assert (refused.status_code, "expected 2 in each row, received 3" in refused.json()["detail"]) == (422, True)
    told = client.get("/").json()
    counts = [[told[role].get(name, 0) for name in ("requests", "refused", "passed")] for role in ("model", "canary")]
    assert (counts, told["share"]) == ([[2, 1, 0], [1, 0, 2]], 1.0), "each of three is counted once"
    assert (told["name"], told["model"]["version"], told["switches"]) == ("m", "m@1", 0)


def test_addresses_and_methods_that_are_not_there_are_told(client: TestClient) -> None:
    assert "/openapi.json" in client.get("/elsewhere").json()["detail"]
    wrong = client.get("/predict")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert client.options("/predict").text == "OK"
    assert client.get("/health").json() == {"status": "ok", "version": "m@1"}
