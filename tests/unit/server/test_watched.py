"""What a run watched of its model is told by node, as the last histogram of each variable."""

import numpy as np
from starlette.testclient import TestClient
from tests.unit.server.logged import new_run, record

from gnomon.core.batch import Object
from gnomon.core.records.histogram import Histogram
from gnomon.core.records.registry import encode
from gnomon.server.routes.watched import node_of
from gnomon.store.home import Home


def histogram(key: str, step: int, *values: float) -> Object:
    encoded = encode(Histogram(np.array(values), bins=64))
    assert encoded is not None
    assert isinstance(encoded.data, bytes)
    return record(key, step, encoded.kind, encoded.data, **encoded.meta)


def test_the_last_histogram_of_each_variable_is_told_with_its_node(lab: Home, client: TestClient) -> None:
    run = new_run(
        lab,
        histogram("model/weights/layer1.0.conv1.weight", 1, 0.0, 1.0),
        histogram("model/weights/layer1.0.conv1.weight", 7, -1.0, 0.0, 0.5, 3.0),
        histogram("model/activations/layer1.0.conv1", 7, 2.0, 4.0),
        histogram("gan/d/gradients/head/kernel", 7, 5.0, 6.0),
        histogram("other", 7, 1.0, 2.0),
        histogram("model/weights/empty", 7, float("nan")),
        record("model/weights/broken", 7, "histogram", b"x", bins=3),
        record("model/weights/note", 7, "text", b"no histogram"),
    )  # fmt: skip
    found = client.get(f"/api/v1/runs/{run}/watched").json()
    told = [(each["key"], each["model"], each["what"], each["node"], each["step"]) for each in found["variables"]]
    assert told == [
        ("gan/d/gradients/head/kernel", "gan/d", "gradients", "head", 7),
        ("model/activations/layer1.0.conv1", "model", "activations", "layer1_0_conv1", 7),
        ("model/weights/layer1.0.conv1.weight", "model", "weights", "layer1_0_conv1", 7),
    ]
    last = found["variables"][2]
    assert (last["low"], last["high"], len(last["counts"]), round(sum(last["counts"]), 9)) == (-1.0, 3.0, 32, 4.0)
    assert (found["run"], found["name"], found["project"]) == (run, "one", "p")
    assert client.get("/api/v1/runs/ghost/watched").status_code == 404


def test_nodes_are_called_after_modules() -> None:
    paths = ["conv1.weight", "dense/kernel", "scale", "Encoder.0.Attn.in_proj_weight"]
    assert [node_of(path, "weights") for path in paths] == ["conv1", "dense", "scale", "encoder_0_attn"]
    assert node_of("body.0", "activations") == "body_0"
