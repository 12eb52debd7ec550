"""Tests of versions over HTTP, with a real worker: made, listed, looked into, told to the run, tried, deleted."""

import asyncio
import base64
import dataclasses
import io
import json
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.unit.server.logged import new_run

from gnomon.analysis.evaluation import evaluate
from gnomon.core.errors import ConflictError, InputError, NotFoundError
from gnomon.models.datasets.home import load
from gnomon.models.datasets.registry import plain
from gnomon.models.mlp import MLP
from gnomon.models.registry.record import Lineage, Port, Signature
from gnomon.models.registry.registry import Given, Registry
from gnomon.models.testing.home import LocalTests, run
from gnomon.models.testing.keep import name_of
from gnomon.server.model_tests import POOL, Running
from gnomon.server.tried import Tried
from gnomon.server.wire_tests import TestPost, TryPost
from gnomon.store.home import Home

V = "/api/v1/models/digits/versions/1"


@pytest.fixture(scope="module")
def weights() -> bytes:
    data = load("digits")
    some = data.batch("train", range(600))
    net = MLP((64, 24, 10), batch_size=16, learning_rate=2.0)
    net.feed((some["image"].reshape(600, -1), some["label"]))
    net.run(5)
    return net.to_bytes()


@pytest.fixture
def run_id(lab: Home, weights: bytes) -> str:
    """A run, and version 1 of digits that came from it."""
    made = new_run(lab)
    lineage = Lineage(run=made, step=40)
    Registry(lab.documents, lab.path).add("digits", Given("mlp", {"model.npz": weights}, lineage))
    return made


@pytest.fixture
def tested(client: TestClient, run_id: str) -> tuple[TestClient, str, dict[str, Any]]:
    got = client.post(f"{V}/tests", json={"dataset": "digits", "name": "test"})
    assert got.status_code == 201, got.text
    return client, run_id, got.json()


def test_a_test_is_kept_feeds_gates_and_is_an_evaluation_of_the_run(
    tested: tuple[TestClient, str, dict[str, Any]], lab: Home
) -> None:
    client, run_id, made = tested
    assert (made["test"], made["kind"], made["version"], made["report"]["run"]) == ("test", "test", 1, run_id)
    assert client.get(f"{V}/tests").json() == {"tests": [made], "running": []}
    assert client.get(f"{V}/tests/test").json() == made
    accuracy = made["figures"]["test/accuracy"]
    assert accuracy > 0.5
    series = lab.engine.series(run_id)
    assert series["test/accuracy"].last == accuracy
    assert lab.engine.records(run_id, "test/confusion", 0, None, limit=5)[0].step == 40
    data = load("digits").batch("test", slice(None))["label"]
    classes = list("0123456789")
    known = evaluate(data, np.zeros(len(data), int), classes=classes).hash
    assert lab.catalog.run(run_id).meta["evaluation"] == {"test": known}, "leaderboards rank it with run.evaluate's"
    gates = [{"alias": "champion", "metric": "test/accuracy", "goal": ">=", "value": value} for value in (0.5, 0.9999)]
    detail = client.patch("/api/v1/models/digits", json={"gates": gates}).json()
    assert [each["passed"] for each in detail["judgements"]] == [True, False]
    assert [each["test"] for each in detail["tests"]] == ["test"]


def test_rows_behind_a_cell_come_with_their_pictures(tested: tuple[TestClient, str, dict[str, Any]]) -> None:
    client, _, made = tested
    confusion = made["report"]["outputs"][0]["confusion"]
    actual, predicted = max(
        ((i, j) for i in range(10) for j in range(10) if i != j), key=lambda cell: confusion[cell[0]][cell[1]]
    )
    found = client.get(f"{V}/tests/test/rows?actual={actual}&predicted={predicted}").json()
    assert found["total"] == confusion[actual][predicted] > 0
    row = found["rows"][0]
    assert (row["truth"], row["predicted"], row["is_right"]) == (str(actual), str(predicted), False)
    assert (row["cells"]["label"], row["cells"]["image"]["width"]) == (str(actual), 8)
    assert row["row"] == int(load("digits").rows("test")[row["at"]])
    wrong = client.get(f"{V}/tests/test/rows?order=confident_wrong&limit=3").json()["rows"]
    assert [each["score"] for each in wrong] == sorted((each["score"] for each in wrong), reverse=True)
    for query, field in (("actual=ten", "actual"), ("output=x", "output"), ("limit=500", "limit")):
        got = client.get(f"{V}/tests/test/rows?{query}")
        assert (got.status_code, got.json()["field"]) == (400, field)


def test_any_input_is_tried(client: TestClient, run_id: str) -> None:
    del run_id
    row = client.post(f"{V}:try", json={"row": {"dataset": "digits", "row": 3}, "saliency": "occlusion"}).json()
    assert (row["source"], row["part"], row["rows"], row["saliency"][0]["method"]) == ("row", "test", 269, "occlusion")
    picture = base64.b64decode(row["cells"]["image"]["image"])
    for got in (
        client.post(f"{V}:try", json={"image": base64.b64encode(picture).decode()}),
        client.post(f"{V}:try?saliency=occlusion", content=picture, headers={"content-type": "image/png"}),
    ):
        assert got.status_code == 200, got.text
        assert got.json()["outputs"][0]["label"] == row["outputs"][0]["label"]
    black = io.BytesIO()
    Image.new("L", (8, 8)).save(black, "png")
    inverted = client.post(f"{V}:try", json={"image": base64.b64encode(black.getvalue()).decode(), "invert": True})
    white = client.post(f"{V}:try", json={"inputs": [[1.0] * 64]})
    assert inverted.json()["outputs"] == white.json()["outputs"]


REFUSED: tuple[tuple[dict[str, Any], int, str | None], ...] = (
    ({}, 400, "row"),
    ({"row": {"row": 0}}, 400, "dataset"),
    ({"row": {"dataset": "digits", "row": 9999}}, 404, None),
    ({"row": {"dataset": "nothing"}}, 404, None),
    ({"image": "data:image/png;base64,AAAA"}, 400, "image"),
    ({"inputs": [[1.0] * 63]}, 422, "x"),
    ({"inputs": [[float("inf")] * 64]}, 400, None),
    ({"inputs": [[0.5] * 64, [0.5] * 64]}, 400, "inputs"),
    ({"inputs": [[0.5] * 64], "saliency": "gradient"}, 400, "saliency"),
    ({"inputs": [[0.5] * 64], "saliency": "x"}, 400, "saliency"),
)


def test_what_cannot_be_tried_is_refused_with_the_reason(client: TestClient, run_id: str) -> None:
    del run_id
    for body, status, field in REFUSED:
        text = json.dumps(body)
        got = client.post(f"{V}:try", content=text, headers={"content-type": "application/json"})
        assert got.status_code == status, (body, got.text)
        assert field is None or got.json()["field"] == field, got.text


def test_a_picture_that_promises_too_many_pixels_is_not_decoded(client: TestClient, run_id: str) -> None:
    del run_id
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "png")
    data = bytearray(out.getvalue())
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    got = client.post(f"{V}:try", content=bytes(data), headers={"content-type": "image/png"})
    assert got.status_code in (400, 413)
    form = client.post(f"{V}:try", content=b"x", headers={"content-type": "multipart/form-data; boundary=x"})
    assert form.status_code == 415, "a page of another site could send that"


def test_what_cannot_be_tested_is_refused_and_leaves_nothing(client: TestClient, run_id: str, lab: Home) -> None:
    del run_id
    for body, status, said in (
        ({}, 400, "does not say what data it was trained on"),
        ({"dataset": "nothing"}, 404, "nothing"),
        ({"dataset": "digits", "part": "other"}, 400, "part"),
        ({"dataset": "digits", "outputs": {"label": "image"}}, 400, ""),
        ({"dataset": "digits", "name": "../up"}, 400, "name"),
    ):
        got = client.post(f"{V}/tests", json=body)
        assert got.status_code == status, got.text
        assert said in got.json()["detail"]
    assert client.get(f"{V}/tests").json() == {"tests": [], "running": []}
    weights = lab.path / "models" / "digits" / "1" / "model.npz"
    weights.write_bytes(weights.read_bytes() + b"!")
    got = client.post(f"{V}/tests", json={"dataset": "digits"})
    assert "model.npz is changed" in got.json()["detail"]


def test_a_test_that_is_being_made_is_told_and_not_made_twice(client: TestClient, run_id: str) -> None:
    del run_id
    tests = client.app.state.context.tests  # type: ignore[attr-defined]
    state = Running("test-digits", "test", 5)
    state.hear(0.25, "64 of 269 rows")
    tests.running["digits", 1, "test-digits"] = state
    told = {"test": "test-digits", "kind": "test", "since_us": 5, "progress": 0.25, "text": "64 of 269 rows"}
    assert client.get(f"{V}/tests").json()["running"] == [told]
    got = client.post(f"{V}/tests", json={"dataset": "digits"})
    assert (got.status_code, "being made already" in got.json()["detail"]) == (409, True)


class Endless:
    """Workers whose answer never comes; who waits for it can be sent away."""

    allow_code = False

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.is_ended = False

    async def call(self, *_: Any, **__: Any) -> Any:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.is_ended = True


def test_a_test_that_is_being_made_is_stopped(client: TestClient, run_id: str) -> None:
    del run_id
    workers = Endless()
    tests = dataclasses.replace(client.app.state.context.tests, workers=workers)  # type: ignore[attr-defined]

    async def stopped() -> tuple[bool, bool]:
        asked: dict[str, Any] = msgspec.structs.asdict(TestPost(dataset="digits"))
        making = asyncio.create_task(tests.make("digits", "1", asked))
        await workers.began.wait()
        was = tests.stop("digits", "latest", "test-digits")
        with pytest.raises(ConflictError, match="test-digits of digits@1 was stopped before it was done"):
            await making
        return was, tests.stop("digits", "1", "test-digits")

    with ThreadPoolExecutor(1) as apart:  # a browser of another test may have a loop in this thread
        assert apart.submit(lambda: asyncio.run(stopped())).result() == (True, False)
    assert (workers.is_ended, tests.listed("digits", "1")) == (True, ([], []))


class Late:
    """Workers that write what is kept of a test once its version is gone."""

    allow_code = False

    def __init__(self, models: Registry) -> None:
        self._models = models

    async def call(self, _: str, params: dict[str, Any], **__: Any) -> Any:
        self._models.delete_version("digits", 1)
        self._write(Path(params["target"]))
        return {"figures": {}, "report": {}}

    def _write(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "predictions.npz").write_bytes(b"late")


def test_nothing_is_left_of_a_test_whose_version_was_deleted_meanwhile(
    client: TestClient, run_id: str, lab: Home
) -> None:
    del run_id
    context = client.app.state.context  # type: ignore[attr-defined]
    tests = dataclasses.replace(context.tests, workers=Late(context.models))
    asked: dict[str, Any] = msgspec.structs.asdict(TestPost(dataset="digits"))
    with ThreadPoolExecutor(1) as apart, pytest.raises(NotFoundError):
        apart.submit(lambda: asyncio.run(tests.make("digits", "1", asked))).result()
    left = sorted(each.name for each in (lab.path / "models" / "digits").glob("*"))
    assert (left, lab.documents.list("model_test"), tests.running) == ([], [], {})


def test_tests_go_with_their_version_and_alone(tested: tuple[TestClient, str, dict[str, Any]], lab: Home) -> None:
    client, _, _ = tested
    folder = lab.path / "models" / "digits" / "1.tests"
    assert client.post(f"{V}/tests", json={"test": "latency"}).json()["report"]["latency"][0]["format"] == "mlp"
    assert client.delete(f"{V}/tests/latency").status_code == 204
    assert client.get(f"{V}/tests/latency").status_code == 404
    assert (folder / "test" / "predictions.npz").is_file()
    assert client.delete(V).status_code == 204
    assert (folder.exists(), lab.documents.list("model_test")) == (False, [])


def test_checkpoints_of_what_has_none_say_why(client: TestClient, run_id: str) -> None:
    body = {"row": {"dataset": "digits", "row": 2}, "runs": [run_id], "versions": ["digits@1"]}
    found = client.post("/api/v1/tests:checkpoints", json=body).json()
    script, version = found["curves"]
    assert (script["why"], script["steps"]) == ("no job trained it, so that it keeps no checkpoints", [])
    assert (version["id"], version["steps"], len(version["scores"])) == ("digits@1", [40], 10)
    assert list(found["truth"]) == ["label"]
    many = body | {"runs": [run_id] * 19, "versions": ["digits@1"] * 2}
    last = client.post("/api/v1/tests:checkpoints", json=many).json()["curves"][20]
    assert (last["id"], last["why"]) == ("digits@1", "only the first 20 of 21 are asked at once; ask for it alone")
    for more in ({"jobs": ["../../etc"]}, {"jobs": ["01m7z2yfwa00wv50k397"]}, {"runs": ["nobody"]}):
        assert client.post("/api/v1/tests:checkpoints", json={"row": {}, **more}).status_code in (400, 404)
    assert client.post("/api/v1/tests:checkpoints", json={"row": {}}).status_code == 400


def test_without_a_server_the_same_test_gives_the_same(run_id: str, lab: Home) -> None:
    tests = LocalTests(lab)
    asked: dict[str, Any] = {
        "test": "test",
        "dataset": "digits",
        "part": None,
        "rows": 50,
        "name": None,
        "inputs": {},
        "outputs": {},
    }
    told: list[float] = []
    made = tests.make("digits", "1", {**asked, "seed": 0, "tell_run": True}, lambda part, _: told.append(part))
    assert (made.ref, made.test, made.report.rows) == ("digits@1", "test-digits-50rows", 50)
    assert told == sorted(told)
    assert made.report.run == "", "runs are told figures of all rows only"
    assert [each.test for each in tests.listed("digits", "1")] == ["test-digits-50rows"]
    assert tests.gates("digits", "1") == []
    with pytest.raises(InputError, match="test: expected one of test, robustness, latency"):
        run("digits@1", "speed")
    with pytest.raises(NotFoundError):
        tests.make("digits", "9", {**asked, "seed": 0, "tell_run": True}, lambda _, __: None)
    assert lab.catalog.run(run_id).meta.get("evaluation") is None


def test_names_of_tests_say_what_they_are_of() -> None:
    spec = load("digits").spec
    other = msgspec.structs.replace(spec, name="mnist", fingerprint="0" * 64)
    names = [
        name_of("test", spec, spec, "test", None),
        name_of("test", spec, spec, "validation", None),
        name_of("test", other, spec, "test", 100),
        name_of("robustness", spec, spec, "test", 100),
        name_of("robustness", other, spec, "train", None),
        name_of("latency", spec, spec, "test", None),
    ]
    assert names == ["test", "validation", "test-mnist-100rows", "robustness", "robustness-train-mnist", "latency"]


def test_data_that_lie_where_the_server_may_not_look_are_not_opened(
    client: TestClient, lab: Home, run_id: str, tmp_path: Path
) -> None:
    del run_id
    spec = msgspec.structs.replace(load("digits").spec, path=str(tmp_path / "secret.csv"))
    data = {"model.npz": b"x", "dataset.json": msgspec.json.encode(spec)}
    Registry(lab.documents, lab.path).add("digits", Given("mlp", data))
    paths = client.app.state.context.datasets.paths  # type: ignore[attr-defined]
    paths._is_private = False
    got = client.post("/api/v1/models/digits/versions/2/tests", json={})
    assert (got.status_code, "opens only what lies in the data folder" in got.json()["detail"]) == (403, True)


class Heard:
    """Workers that keep what they are asked."""

    allow_code = False
    params: dict[str, Any]
    pool = ""

    async def call(self, _: str, params: dict[str, Any], *, pool: str, **__: Any) -> Any:
        self.params, self.pool = params, pool
        return {}


@pytest.mark.parametrize("may_look", [True, False])
def test_of_what_is_sent_only_data_that_may_be_opened_name_the_columns(
    client: TestClient, lab: Home, tmp_path: Path, *, may_look: bool
) -> None:
    spec = msgspec.structs.replace(load("digits").spec, path=str(tmp_path / "secret.csv"))
    takes = Signature((Port("image", (64,)),), (Port("label", (10,)),))
    data = {"model.npz": b"x", "dataset.json": msgspec.json.encode(spec)}
    Registry(lab.documents, lab.path).add("digits", Given("mlp", data, signature=takes))
    workers = Heard()
    tests = dataclasses.replace(client.app.state.context.tests, workers=workers)  # type: ignore[attr-defined]
    tests.datasets.paths._is_private = may_look
    asked = TryPost(inputs=[[0.5] * 64], saliency="occlusion")
    with ThreadPoolExecutor(1) as apart:
        assert apart.submit(lambda: asyncio.run(Tried(tests).one("digits", "1", asked))).result() == {}
    assert workers.pool != POOL, "who tries an input would wait for a test that goes on for an hour"
    assert (workers.params.get("spec") == plain(spec), list(workers.params["arrays"])) == (may_look, ["image"])


def test_figures_that_others_keep_are_listed_beside_ours(client: TestClient, lab: Home, run_id: str) -> None:
    del run_id
    Registry(lab.documents, lab.path).tell("digits", 1, "by-hand", {"by-hand/score": 3.0}, {"said": "by a person"})
    (found,) = client.get(f"{V}/tests").json()["tests"]
    assert (found["test"], found["figures"], found["report"]["outputs"]) == ("by-hand", {"by-hand/score": 3.0}, [])
    assert client.get(f"{V}/tests/by-hand/rows").json()["field"] == "test"


def test_rows_are_told_without_their_pictures_where_the_data_are_gone(
    client: TestClient, lab: Home, weights: bytes, tmp_path: Path
) -> None:
    some = load("digits").batch("test", range(30))
    np.savez(tmp_path / "mine.npz", image=some["image"], label=some["label"])
    wanted = {"name": "mine", "path": str(tmp_path / "mine.npz"), "target": ["label"], "types": {"label": "category"}}
    made = client.post("/api/v1/datasets", json=wanted)
    assert made.status_code == 201, made.text
    spec = msgspec.json.encode(made.json()["spec"])
    Registry(lab.documents, lab.path).add("digits", Given("mlp", {"model.npz": weights, "dataset.json": spec}))
    assert client.delete("/api/v1/datasets/mine").status_code == 204
    test = client.post(f"{V}/tests", json={"part": "train"}).json()["test"]
    assert test == "train", "its own data need not be registered here"
    assert list(client.get(f"{V}/tests/train/rows").json()["rows"][0]["cells"]) == ["image", "label"]
    (tmp_path / "mine.npz").unlink()
    row = client.get(f"{V}/tests/train/rows").json()["rows"][0]
    assert (row["cells"], row["truth"] is not None) == ({}, True)
