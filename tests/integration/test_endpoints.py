"""Endpoints that a server keeps: asked through it while versions are switched and processes killed."""

import base64
import io
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import psutil
import pytest
from click.testing import CliRunner
from PIL import Image
from tests.conftest import trials
from tests.unit.server.serving.made import answers, linear

from gnomon.cli.main import cli
from gnomon.models import MLP, digits
from gnomon.models.datasets.versions import packaged_version
from gnomon.models.registry import home as registry
from gnomon.models.registry.record import Port, Signature

CLASSES = ("ant", "bee", "cat")
ROWS = np.random.default_rng(9).normal(0, 1, (16, 4)).round(3)
SIGNATURE = Signature((Port("x", (4,)),), (Port("y", (3,), "float32", "classification", CLASSES),))
GRAPH = {
    "format": "graph/1",
    "name": "digits",
    "target": "torch",
    "nodes": [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8, "channels": 1}},
        {"id": "flat", "type": "core/flatten@1"},
        {"id": "head", "type": "core/dense@1", "params": {"units": 10}},
        {"id": "label", "type": "core/classification@1", "params": {"classes": 10}},
    ],
    "edges": [
        {"from": [first, "out"], "to": [second, "in"]}
        for first, second in (("image", "flat"), ("flat", "head"), ("head", "label"))
    ],
}
JSON = {"content-type": "application/json"}
PNG = {"content-type": "image/png"}


@contextmanager
def up(home: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "gnomon", "up", "--home", str(home), "--port", "0", "--no-browser"]
    env = {**os.environ, "GNOMON_AGENT": "off"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            with httpx.Client(base_url=url, timeout=120) as client:
                yield client, process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Path]]:
    """A server with versions 1 and 2 of `pets`, champion is 1; `net`, of NumPy; and `digits`, which knows its data."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("made")
    for seed in (1, 2):
        registry.register("pets", linear(folder / "model.onnx", (4,), 3, seed), signature=SIGNATURE, home=home)
    registry.register("net", MLP((64, 8, 3), seed=1), home=home)
    model = linear(folder / "model.onnx", (8, 8, 1), 10, 3, ("image", "label"))
    data = msgspec.json.encode(packaged_version("digits").spec)
    files: dict[str, str | Path | bytes] = {"model.onnx": model, "dataset.json": data}
    registry.register("digits", {**files, "graph.json": json.dumps(GRAPH).encode()}, home=home)
    with registry.models(home) as models:
        models.point("pets", "champion", "1")
    with up(home) as (client, _):
        yield client, home


def until(look: Callable[[], Any]) -> Any:
    """Return what `look` returns once that is true."""
    deadline = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)
    return found


def running(client: httpx.Client, name: str, **wanted: Any) -> dict[str, Any]:
    """Return an endpoint once it answers, with the values wanted."""

    def look() -> dict[str, Any] | None:
        row: dict[str, Any] = client.get(f"/api/v1/endpoints/{name}").json()
        assert row["state"] != "failed", row
        is_so = all(row[key] == value for key, value in wanted.items())
        return row if row["state"] == "running" and row["versions"] and is_so else None

    found: dict[str, Any] = until(look)
    return found


def made(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    response = client.post("/api/v1/endpoints", json=asked)
    assert response.status_code == 201, response.text
    return running(client, asked.get("name", asked["model"].partition("@")[0]))


class Caller(threading.Thread):
    """Asks until it is told to stop; whatever is neither right nor a refusal that says why is kept."""

    def __init__(self, url: Any, least: int) -> None:
        super().__init__()
        self._url, self._least, self.count = str(url), least, 0
        self.over, self.seen, self.wrong, self.refused = threading.Event(), Counter[str](), list[Any](), list[str]()

    def run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=120) as client:
            while not self.wrong and (self.count < self._least or not self.over.is_set()):
                row = self.count % len(ROWS)
                got = client.post("/serve/pets/predict", json={"inputs": ROWS[row].tolist()})
                version = got.headers.get("gnomon-version", "")
                self.seen[version] += 1
                if got.status_code == 503 and got.json()["detail"]:
                    self.refused.append(got.json()["detail"])
                elif got.status_code != 200 or not _is_right(got.json(), row, int(version.partition("@")[2])):
                    self.wrong.append((got.status_code, version, got.text))
                self.count += 1


def _is_right(body: dict[str, Any], row: int, seed: int) -> bool:
    found = {each["label"]: each["confidence"] for each in body["predictions"]}
    expected = dict(zip(CLASSES, answers(ROWS[row : row + 1], 3, seed)[0].tolist(), strict=True))
    return body["label"] == max(found, key=lambda name: found[name]) and found == pytest.approx(expected, abs=1e-5)


@pytest.mark.timeout(600)
def test_no_answer_is_wrong_while_aliases_are_switched_and_processes_killed(lab: tuple[httpx.Client, Path]) -> None:
    client, _ = lab
    pid = made(client, model="pets@champion")["pid"]
    total, turns = trials(400, 10_000), trials(2, 12)
    callers = [Caller(client.base_url, total // 4) for _ in range(4)]
    for caller in callers:
        caller.start()
    try:
        for turn in range(turns):
            until(lambda n=turn: sum(caller.count for caller in callers) > n * total / turns)
            number = 2 - turn % 2
            path = "/api/v1/models/pets/aliases/champion"
            assert client.put(path, json={"version": number}).status_code == 200
            until(lambda n=number: client.get("/serve/pets/health").json().get("version") == f"pets@{n}")
            os.kill(pid, signal.SIGKILL)
            pid = running(client, "pets", restarts=turn + 1)["pid"]
    finally:
        for caller in callers:
            caller.over.set()
        for caller in callers:
            caller.join()
    assert [caller.wrong for caller in callers] == [[], [], [], []]
    seen = sum((caller.seen for caller in callers), Counter[str]())
    assert {"pets@1", "pets@2"} <= seen.keys()
    assert sum(seen.values()) >= total
    refused = [each for caller in callers for each in caller.refused]
    print(f"{sum(seen.values()):,} requests, {len(refused)} told that nothing is up, 0 wrong")
    assert len(refused) <= 4 * turns, "those that were being answered when a process died, at the most"
    log = client.get("/api/v1/endpoints/pets/log").json()["text"]
    assert ("SIGKILL" in log, "pets@2 answers now." in log) == (True, True)
    assert client.delete("/api/v1/endpoints/pets").status_code == 204
    assert not psutil.pid_exists(pid)
    assert client.post("/serve/pets/predict", json={"inputs": ROWS[0].tolist()}).status_code == 404


def _png(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def _huge() -> bytes:
    """Return the head of a picture of 65,535 by 65,535 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 65_535, 65_535, 8, 0, 0, 0, 0)
    whole = _png(np.zeros((1, 1), np.uint8))
    return whole[:8] + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + whole[33:]


def test_what_cannot_be_predicted_is_refused_with_the_reason_through_the_server_too(
    lab: tuple[httpx.Client, Path],
) -> None:
    client, _ = lab
    made(client, model="net", name="small")
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)
    label = str(MLP((64, 8, 3), seed=1).predict(pixels / 255)[0])
    file = io.BytesIO()
    np.save(file, pixels[None] / np.float32(255))
    image = "data:image/png;base64," + base64.b64encode(_png(pixels)).decode()
    asked: list[dict[str, Any]] = [
        {"json": {"image": image}},
        {"content": _png(pixels), "headers": PNG},
        {"files": {"file": ("a.png", _png(pixels), "image/png")}},
        {"json": {"inputs": (pixels.ravel() / 255).tolist()}},
        {"content": file.getvalue(), "headers": {"content-type": "application/x-npy"}},
    ]
    for each in asked:
        got = client.post("/serve/small/predict", **each)
        assert got.status_code == 200, got.text
        first = got.json()["results"][0] if "results" in got.json() else got.json()
        assert (first["label"], got.headers["gnomon-version"]) == (label, "net@1")
        assert got.headers["content-security-policy"].startswith("default-src 'none'")
    nan = io.BytesIO()
    np.save(nan, np.full((1, 64), np.nan, np.float32))
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"json": {"inputs": [1, 2]}}, 422, "expected 64 in each row, received 2"),
        ({"content": b'{"inputs": [[NaN]]}', "headers": JSON}, 400, "expected JSON"),
        ({"content": nan.getvalue(), "headers": {"content-type": "application/x-npy"}}, 400, "NaN or infinity"),
        ({"content": _png(pixels)[:50], "headers": PNG}, 400, "end too early"),
        ({"content": _huge(), "headers": PNG}, 413, "pixels"),
        ({"content": bytes(17 << 20), "headers": PNG}, 413, "at most"),
        ({"content": b"x", "headers": {"content-type": "text/html"}}, 415, "Content-Type"),
        ({"json": {}, "headers": {"origin": "https://evil.example"}}, 403, "another site"),
    ]
    for each, status, said in wrong:
        refused = client.post("/serve/small/predict", **each)
        assert (refused.status_code, said in refused.json()["detail"]) == (status, True), refused.text
    until(lambda: "Refused: x: expected 64" in client.get("/api/v1/endpoints/small/log").json()["text"])
    assert client.get("/serve/small/predict").status_code == 405
    assert client.put("/serve/small/predict", json={}).status_code == 405
    assert client.head("/serve/small/health").status_code == 405
    assert client.get("/serve/small/openapi.json").json()["servers"] == [{"url": "/serve/small"}]
    assert client.post("/serve/nobody/predict", json={}).status_code == 404


def test_requests_are_logged_to_a_run_and_compared_with_the_training_data(lab: tuple[httpx.Client, Path]) -> None:
    client, _ = lab
    row = made(client, model="digits", log={"share": 1.0, "per_minute": 6000})
    assert row["versions"][0]["run"] == ""
    few = client.get("/api/v1/endpoints/digits/drift").json()
    assert (few["requests"], few["least"], few["why"], {each["state"] for each in few["rows"]}) == (0, 50, "", {"few"})
    pale = np.clip(digits.load().x_test.reshape(-1, 8, 8) * 60 + 150, 0, 255).astype(np.uint8)
    asked = 0

    def enough() -> Any:
        nonlocal asked
        for _ in range(20):  # what the log cannot keep up with is left out
            got = client.post("/serve/digits/predict", content=_png(pale[asked % len(pale)]), headers=PNG)
            assert got.status_code == 200, got.text
            asked += 1
        found = client.get("/api/v1/endpoints/digits/drift").json()
        return found if found["requests"] >= 60 else None

    found = until(enough)
    states = {(each["of"], each["name"]): each["state"] for each in found["rows"]}
    assert states.keys() == {("input", "image mean"), ("input", "image spread"), ("output", "label")}
    assert states["input", "image mean"] == "drifted"
    mean = next(each for each in found["rows"] if each["name"] == "image mean")
    assert {figure["name"] for figure in mean["figures"]} == {"psi", "ks"}
    assert all(figure["value"] > figure["bound"] and figure["source"] for figure in mean["figures"])
    assert (mean["before"], mean["now"]) == (1000, found["requests"])
    run = client.get(f"/api/v1/runs/{found['run']}").json()
    assert (run["project"], run["name"], run["config"]) == (
        "serving",
        "digits digits@1",
        {"endpoint": "digits", "version": "digits@1"},
    )
    keys = client.get(f"/api/v1/runs/{found['run']}/records").json()["keys"]
    assert {"input/image", "request"} <= keys.keys()
    assert client.get("/api/v1/endpoints/digits/drift?version=digits@7").status_code == 404


def test_endpoints_come_back_with_the_server_end_with_it_and_are_told_what_to_do_from_the_terminal(
    home: Path, tmp_path: Path
) -> None:
    for seed in (1, 2):
        registry.register("pets", linear(tmp_path / "model.onnx", (4,), 3, seed), signature=SIGNATURE)
    (tmp_path / "model.onnx").write_bytes(b"no model")
    registry.register("pets", tmp_path / "model.onnx")

    def tell(*words: str, status: int = 0) -> str:
        result = CliRunner().invoke(cli, ["endpoints", *words])
        assert result.exit_code == status, result.output + str(result.exception)
        return result.output

    with up(home) as (client, server):
        assert tell("ls").startswith("No endpoints yet")
        assert "pets  running  pets@1  pets@1" in tell("create", "pets@1", "--canary", "2=1")
        for _ in range(20):
            got = client.post("/serve/pets/predict", json={"inputs": ROWS[0].tolist()})
            assert (got.status_code, got.headers["gnomon-version"]) == (200, "pets@2")
        split = until(lambda: [each["drawn"] for each in running(client, "pets")["versions"]] == [0, 20])
        assert split
        assert client.delete("/api/v1/models/pets/versions/2").status_code == 409, "an endpoint needs it"
        cannot = json.loads(tell("set", "pets", "--model", "pets@3", "--canary", "", "--json"))
        assert (cannot["model"], cannot["versions"][0]["version"]) == ("pets@3", "pets@1")
        assert "ONNX Runtime cannot load it" in cannot["trouble"]
        assert json.loads(tell("set", "pets", "--model", "pets@2", "--json"))["versions"][0]["version"] == "pets@2"
        assert "failed" in tell("create", "pets@3", "--name", "broken", status=1)
        refused = client.post("/serve/broken/predict", json={"inputs": ROWS[0].tolist()})
        assert (refused.status_code, "cannot load it" in refused.json()["detail"]) == (503, True)
        assert "broken is gone" in tell("rm", "broken")
        assert tell("stop", "pets").startswith("pets  stopped")
        refused = client.post("/serve/pets/predict", json={"inputs": ROWS[0].tolist()})
        assert (refused.status_code, "pets is stopped" in refused.json()["detail"]) == (503, True)
        assert tell("start", "pets").startswith("pets  running")
        pid = running(client, "pets")["pid"]
        server.kill()
        server.wait(60)
        until(lambda: not psutil.pid_exists(pid))
    with up(home) as (client, _):
        running(client, "pets")
        got = client.post("/serve/pets/predict", json={"inputs": ROWS[0].tolist()})
        assert (got.status_code, got.headers["gnomon-version"]) == (200, "pets@2")
        assert "answers." in tell("logs", "pets")
        assert "model   pets@2" in tell("show", "pets")
        pid = running(client, "pets")["pid"]
    assert not psutil.pid_exists(pid)
