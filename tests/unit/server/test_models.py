"""The registry over HTTP: registered from uploads and from runs, pointed at, compared, downloaded, deleted."""

import hashlib
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.unit.server.logged import US, new_run, record

from gnomon.core.batch import Frame
from gnomon.store.home import Home

V = "/api/v1/models/digits/versions"


def _upload(client: TestClient, data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    sent = client.put(f"/api/v1/blobs/{name}", content=data, headers={"content-type": "application/octet-stream"})
    assert sent.status_code in (200, 201)
    return name


def _register(client: TestClient, data: bytes = b"weights", **more: Any) -> dict[str, Any]:
    got = client.post(V, json={"files": {"model.npz": _upload(client, data)}, **more})
    assert got.status_code == 201, got.text
    found: dict[str, Any] = got.json()
    return found


def test_a_version_is_registered_read_and_downloaded(client: TestClient) -> None:
    made = _register(client, note="first", metrics={"test/accuracy": 0.9}, aliases=["champion"])
    assert {k: made[k] for k in ("number", "format", "note", "metrics", "aliases", "size_bytes")} == {
        "number": 1,
        "format": "mlp",
        "note": "first",
        "metrics": {"test/accuracy": 0.9},
        "aliases": ["champion"],
        "size_bytes": 7,
    }
    for ref in ("1", "champion", "latest", made["digest"][:8]):
        assert client.get(f"{V}/{ref}").json() == made
    assert client.get(f"{V}/champion/files/model.npz").content == b"weights"
    part = client.get(f"{V}/1/files/model.npz", headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"weig")
    listed = client.get("/api/v1/models").json()["models"]
    assert [(each["name"], each["versions"], each["latest"]) for each in listed] == [("digits", 1, made)]


def test_a_file_that_a_run_logged_brings_where_it_comes_from(client: TestClient, lab: Home) -> None:
    figure = Frame(("test/accuracy",), np.array([4]), np.array([US]), np.array([[0.75]]))
    run = new_run(lab, record("weights", 4, "file", b"abc", name="net.onnx"), figure)
    made = client.post(V, json={"run": {"run": run, "key": "weights"}}).json()
    assert (made["format"], [each["path"] for each in made["files"]]) == ("onnx", ["model.onnx"])
    assert (made["lineage"]["run"], made["lineage"]["step"], made["metrics"]) == (run, 4, {"test/accuracy": 0.75})
    assert client.get(f"{V}/1/files/model.onnx").content == b"abc"
    client.delete(f"/api/v1/runs/{run}")
    assert client.get(f"{V}/1/files/model.onnx").content == b"abc"


def test_gates_stand_between_a_version_and_an_alias(client: TestClient) -> None:
    _register(client, metrics={"test/accuracy": 0.8})
    gate = {"alias": "champion", "metric": "test/accuracy", "goal": ">=", "value": 0.9}
    changed = client.patch("/api/v1/models/digits", json={"gates": [gate], "text": "Reads digits."}).json()
    assert [(each["text"], each["passed"]) for each in changed["judgements"]] == [("test/accuracy >= 0.9", False)]
    alias = "/api/v1/models/digits/aliases/champion"
    refused = client.put(alias, json={"version": 1})
    assert (refused.status_code, "it has 0.8, asked is >= 0.9" in refused.json()["detail"]) == (409, True)
    forced = client.put(alias, json={"version": "latest", "force": True})
    assert (forced.status_code, forced.json()["aliases"]) == (200, {"champion": 1})
    assert client.delete(f"{V}/1").status_code == 409
    assert client.delete(alias).json()["aliases"] == {}
    assert client.delete(f"{V}/1").status_code == 204
    assert client.get("/api/v1/models/digits").json()["versions"] == []


def test_an_alias_that_a_gate_keeps_from_a_new_version_leaves_the_version(client: TestClient) -> None:
    _register(client, metrics={"test/accuracy": 0.8})
    gate = {"alias": "champion", "metric": "test/accuracy", "goal": ">=", "value": 0.9}
    client.patch("/api/v1/models/digits", json={"gates": [gate]})
    asked = {"files": {"model.npz": _upload(client, b"new")}, "aliases": ["champion"]}
    assert client.post(V, json=asked).status_code == 409
    assert [each["number"] for each in client.get("/api/v1/models/digits").json()["versions"]] == [2, 1]


def test_changes_are_made_to_what_was_seen(client: TestClient) -> None:
    _register(client)
    etag = client.get("/api/v1/models/digits").headers["etag"]
    patched = client.patch("/api/v1/models/digits", json={"text": "a"}, headers={"if-match": etag})
    assert (patched.status_code, patched.json()["text"]) == (200, "a")
    late = client.patch("/api/v1/models/digits", json={"text": "b"}, headers={"if-match": etag})
    assert (late.status_code, client.get("/api/v1/models/digits").json()["text"]) == (409, "a")
    assert client.patch(f"{V}/1", json={"note": "kept"}).json()["note"] == "kept"
    assert client.delete("/api/v1/models/digits", headers={"if-match": etag}).status_code == 409
    assert client.delete("/api/v1/models/digits").status_code == 204
    assert client.get("/api/v1/models/digits").status_code == 404


def test_versions_are_compared_within_a_model_and_across(client: TestClient) -> None:
    _register(client, metrics={"test/accuracy": 0.5})
    _register(client, b"other", metrics={"test/accuracy": 0.75})
    blob = {"files": {"model.npz": _upload(client, b"third")}, "metrics": {"test/accuracy": 1.0}}
    client.post("/api/v1/models/letters/versions", json=blob)
    within = client.get("/api/v1/models/digits/compare", params={"a": "1", "b": "latest"}).json()
    assert within["figures"] == [{"name": "test/accuracy", "first": 0.5, "second": 0.75, "change": 0.25}]
    across = client.get("/api/v1/models/digits/compare", params={"a": "2", "b": "1", "other": "letters"}).json()
    assert (across["figures"][0]["change"], across["same_files"]) == (0.25, False)


@pytest.mark.parametrize(
    ("path", "asked", "status", "said"),
    [
        (V, {}, 400, "either `files`"),
        (V, {"files": {"a": "x"}}, 400, "files"),
        (V, {"files": {"a": "0" * 64}}, 404, "no file 000"),
        (V, {"run": {"run": "x" * 20, "key": "k"}}, 404, "run"),
        (V, {"files": {}}, 400, "files: expected 1"),
        (V, {"nothing": 1}, 400, "nothing"),
        ("/api/v1/models/a%20b/versions", {"files": {}}, 400, "name: expected letters"),
    ],
)
def test_what_cannot_be_registered_is_told_with_its_field(
    client: TestClient, path: str, asked: dict[str, Any], status: int, said: str
) -> None:
    got = client.post(path, json=asked)
    assert (got.status_code, said in got.json()["detail"]) == (status, True), got.text
    assert client.get("/api/v1/models").json()["models"] == []


@pytest.mark.parametrize(
    "path", ["../../../store.db", "..%2F..%2F..%2Fstore.db", "%2Fetc%2Fpasswd", ".hidden", "a%00b"]
)
def test_files_of_versions_are_the_only_ones_served(client: TestClient, path: str) -> None:
    _register(client)
    assert client.get(f"{V}/1/files/{path}").status_code in (400, 404)


def test_paths_that_lead_out_of_a_version_are_refused(client: TestClient, lab: Home) -> None:
    blob = _upload(client, b"x")
    for path in ("../x", "/x", "a/../../x", ".x"):
        got = client.post(V, json={"files": {path: blob}})
        assert (got.status_code, got.json()["field"]) == (400, "path")
    assert not any((lab.path / "models").rglob("x"))
