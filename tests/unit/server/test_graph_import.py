"""Models of other tools come in over HTTP: read where that is enough, else in a worker; refused with the reason."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.server.logged import new_run, record

from gnomon.core.records.graph import TYPE, Graph
from gnomon.graph.document import decode, encode
from gnomon.graph.templates import template
from gnomon.server.app import create_app
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home

KERAS = {
    "class_name": "Sequential",
    "config": {
        "name": "net",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 8], "name": "x"}},
            {"class_name": "Dense", "config": {"name": "fc", "units": 3, "activation": "softmax"}},
        ],
    },
}
NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, classes=4):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        return self.fc(self.body(x))
"""


def send(client: TestClient, file: str, data: bytes | str, **asked: str) -> Any:
    body = data.encode() if isinstance(data, str) else data
    headers = {"content-type": "application/octet-stream"}
    return client.post(
        "/api/v1/graphs:import", params={"project": "p", "file": file, **asked}, content=body, headers=headers
    )


def types(answer: Any) -> dict[str, str]:
    assert answer.status_code == 201, answer.text
    return {node["id"]: node["type"].partition("/")[2] for node in answer.json()["graph"]["nodes"]}


def zipped(data: bytes, name: str = "config.json") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
        archive.writestr("model.weights.h5", b"\0" * 1000)
    return stream.getvalue()


def test_keras_files_and_documents_are_read_and_named_after_the_file(client: TestClient) -> None:
    text = json.dumps(KERAS)
    first = send(client, "C:\\models/my net.keras", zipped(text.encode()))
    wanted = {"x": "input@1", "fc": "dense@1", "result": "classification@1"}
    assert types(first) == wanted | {"x": types(first)["x"]}
    found = first.json()
    assert (found["name"], found["way"], found["error"], found["rev"], first.headers["etag"]) == (
        "my net",
        "keras",
        None,
        1,
        '"1"',
    )
    again = send(client, "my net.json", text)
    assert (types(again), again.json()["name"]) == (types(first), "my net 2")
    named = send(client, "x.json", text, name="mine")
    assert named.json()["name"] == "mine"
    from gnomon.graph.document import encode

    graph = send(client, "unet.json", encode(template("unet").graph))
    assert (graph.json()["way"], len(graph.json()["graph"]["nodes"])) == ("graph", len(template("unet").graph.nodes))
    rows = client.get("/api/v1/graphs", params={"project": "p"}).json()["graphs"]
    assert sorted(row["name"] for row in rows) == ["mine", "my net", "my net 2", "unet"]


def test_a_pytorch_file_is_run_in_a_worker_and_compared(client: TestClient) -> None:
    pytest.importorskip("torch")
    answer = send(client, "net.py", NET, object="Net(classes=5)", input="6")
    assert types(answer) == {
        "x": "numeric_input@1", "body_0": "dense@1", "body_1": "activation@1", "fc": "dense@1", "result": "classification@1",
    }  # fmt: skip
    found = answer.json()
    assert (found["way"], found["name"], found["error"] <= 1e-6, found["params"]) == (
        "torch.export",
        "net",
        True,
        6 * 16 + 16 + 85,
    )
    bad = send(client, "net.py", NET + "\nraise ValueError('no such thing')", input="6")
    told = bad.json()
    assert (bad.status_code, told["file"], told["line"]) == (422, "net.py", 14)
    assert "ValueError: no such thing" in told["detail"]
    assert send(client, "net.py", NET, input="6x").status_code == 400
    onnx = pytest.importorskip("onnx")
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, 1, [1, 3]) for name in "xy"]
    data = onnx.helper.make_model(onnx.helper.make_graph([node], "g", ends[:1], ends[1:])).SerializeToString()
    viewed = send(client, "small.onnx", data)
    assert (viewed.json()["way"], viewed.json()["graph"]["data"]["view"]) == ("onnx", "onnx")
    assert list(types(viewed).values())[:2] == ["input@1", "activation@1"]
    broken = send(client, "small.onnx", b"\0" * 100)
    assert (broken.status_code, "expected an ONNX model" in broken.json()["detail"]) == (400, True)


def test_where_code_may_not_run_it_is_read(lab: Home, settings: ServerSettings, tmp_path: Path) -> None:
    closed = ServerSettings(static=settings.static, allow_code=False)
    payload = f"{NET}\nopen({str(tmp_path / 'left')!r}, 'w')\n"
    with TestClient(create_app(lab, closed), base_url="http://127.0.0.1:7000") as client:
        answer = send(client, "net.py", payload)
        assert "fc" in types(answer)
        assert answer.json()["way"] == "read"
        assert answer.json()["notes"][0].startswith("The file was read and not run: ")
        assert client.get("/api/v1/workers").json()["workers"] == []
    assert not (tmp_path / "left").exists()


def test_a_model_that_a_run_logged_becomes_a_graph(lab: Home, client: TestClient) -> None:
    nodes = [
        {"id": "x", "op": "input"},
        {"id": "fc1", "op": "Linear", "label": "net.fc1", "parameters": 36, "code": "nn.Linear(8, 4)"},
        {"id": "relu", "op": "relu", "label": "relu", "code": "F.relu(fc1)"},
        {"id": "odd", "op": "Odd", "label": "odd"},
        {"id": "output", "op": "output"},
    ]
    edges = [("x", "fc1"), ("fc1", "relu"), ("relu", "odd"), ("odd", "output")]
    encoded = TYPE.encode(Graph({"nodes": nodes, "edges": edges}))
    run = new_run(
        lab, record("net", 0, "graph", bytes(encoded.data), **encoded.meta), record("word", 0, "text", b"hello")
    )
    asked = {"project": "p", "run": run, "key": "net"}
    answer = client.post("/api/v1/graphs:import", params=asked, headers={"content-type": "application/octet-stream"})
    assert types(answer) == {
        "x": "input@1", "net_fc1": "dense@1", "relu": "activation@1", "odd": "code@1", "result": "regression@1",
    }  # fmt: skip
    assert answer.json()["notes"][0].startswith("1 of 5 nodes do not say how they were made")
    rows = client.get("/api/v1/graphs:logged", params={"project": "p"}).json()["graphs"]
    assert rows == [{"run": run, "name": "one", "key": "net", "nodes": 5, "parameters": 36, "time": rows[0]["time"]}]
    for key in ("word", "ghost"):
        lost = client.post(
            "/api/v1/graphs:import", params={**asked, "key": key}, headers={"content-type": "application/octet-stream"}
        )
        assert (lost.status_code, lost.json()["detail"]) == (404, f"The run has no graph under '{key}'. It has net.")


def test_the_input_of_a_logged_model_is_what_the_run_was_seen_to_be_given(lab: Home, client: TestClient) -> None:
    nodes = [
        {"id": "x", "op": "input"},
        {"id": "conv", "op": "Conv2d", "label": "conv", "code": "nn.Conv2d(1, 8, 3)"},
        {"id": "flat", "op": "Flatten", "label": "flat", "code": "nn.Flatten()"},
        {"id": "fc", "op": "Linear", "label": "fc", "code": "nn.Linear(288, 10)"},
        {"id": "out", "op": "output"},
    ]
    edges = [("x", "conv"), ("conv", "flat"), ("flat", "fc"), ("fc", "out")]
    encoded = TYPE.encode(Graph({"nodes": nodes, "edges": edges}))
    watched = json.dumps({"layers": [], "inputs": [{"shape": [1, 3, 38], "dtype": "float32"}]}).encode()
    drawn = record("net", 0, "graph", bytes(encoded.data), **encoded.meta)
    for items, shape in (([drawn, record("gnomon/watch/model", 0, "json", watched)], [3, 38, 1]), ([drawn], [8, 8, 1])):
        asked = {"project": "p", "run": new_run(lab, *items), "key": "net"}
        answer = client.post(
            "/api/v1/graphs:import", params=asked, headers={"content-type": "application/octet-stream"}
        )
        assert answer.status_code == 201, answer.text
        opened = answer.json()
        assert opened["graph"]["nodes"][0]["params"] == {"shape": shape}
        assert [issue for issue in opened["report"]["issues"] if issue["level"] == "error"] == []


def test_a_graph_that_was_trained_comes_back_as_it_was(client: TestClient, lab: Home) -> None:
    graph = template("text_classifier").graph
    encoded = TYPE.encode(Graph({"nodes": [node.id for node in graph.nodes]}))
    drawn = record("graph", 0, "graph", bytes(encoded.data), **encoded.meta)
    run = new_run(lab, drawn, record("graph/document", 0, "json", encode(graph)))
    asked = {"project": "p", "run": run, "key": "graph"}
    answer = client.post("/api/v1/graphs:import", params=asked, headers={"content-type": "application/octet-stream"})
    assert answer.status_code == 201
    stored = client.get(f"/api/v1/graphs/{answer.json()['id']}").json()["graph"]
    assert decode(stored).sha == graph.sha


@pytest.mark.parametrize(
    ("file", "data", "status", "says"),
    [
        ("", b"x", 400, "expected the name of the file that is the body"),
        ("net.h5", b"x", 400, "expected a file that ends in .json, .keras, .onnx, .py, received 'net.h5'"),
        ("net.keras", b"PK\x03\x04nothing", 400, "expected a .keras file"),
        ("net.json", b"[]", 400, "received a JSON list"),
        ("net.json", b'{"format": "graph/1", "nodes": [{"id": "1"}]}', 400, "graph: "),
        ("net.keras", zipped(b" " * ((16 << 20) + 1)), 413, "at most 16 MiB"),
        ("net.py", b"\xff\xfe", 400, "expected Python in UTF-8, received something else at byte 0"),
        ("net.py", b"#" * ((1 << 20) + 1), 413, "expected at most 1 MiB of Python"),
        ("model.py", b"x = 1\n", 400, "expected a class with a method forward"),
    ],
)
def test_what_cannot_be_read_says_why_and_leaves_nothing(
    client: TestClient, home: Path, file: str, data: bytes, status: int, says: str
) -> None:
    answer = send(client, file, data)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert client.get("/api/v1/graphs").json()["graphs"] == []
    folder = home / "cache" / "uploads"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_an_archive_with_a_directory_beyond_all_measure_is_not_opened(client: TestClient) -> None:
    data = bytearray(zipped(b"{}"))
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = (1 << 30).to_bytes(4, "little")
    answer = send(client, "net.keras", bytes(data))
    assert (answer.status_code, "received a directory of 1024 MiB" in answer.json()["detail"]) == (413, True)
