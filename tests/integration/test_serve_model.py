"""`gnomon serve NAME@REF`: versions of the registry, asked over real sockets, and changed while they are asked."""

import base64
import hashlib
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from tests.conftest import trials
from tests.unit.server.serving.made import answers, linear

from gnomon.cli.main import cli
from gnomon.models import MLP
from gnomon.models.registry import home as registry
from gnomon.models.registry.record import Port, Signature
from gnomon.server.serving.found import Wanted, resolve
from gnomon.store.home import Home

CLASSES = ("ant", "bee", "cat")
ROWS = np.random.default_rng(9).normal(0, 1, (16, 4)).round(3)
SIGNATURE = Signature((Port("x", (4,)),), (Port("y", (3,), "float32", "classification", CLASSES),))


@contextmanager
def serving(*words: str, **env: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "gnomon", "serve", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **env}) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield line.split()[-1].removesuffix("/predict") if line else "", process
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0


def register(tmp_path: Path, *seeds: int) -> None:
    """Register a version for each seed; champion is the first."""
    for seed in seeds:
        registry.register("pets", linear(tmp_path / "model.onnx", (4,), 3, seed), signature=SIGNATURE)
    with registry.models() as models:
        models.point("pets", "champion", "1")


def expected(row: int, seed: int) -> dict[str, float]:
    return dict(zip(CLASSES, answers(ROWS[row : row + 1], 3, seed)[0].tolist(), strict=True))


def told(answer: dict[str, Any]) -> dict[str, float]:
    found = {each["label"]: each["confidence"] for each in answer["predictions"]}
    assert answer["label"] == max(found, key=lambda name: found[name])
    return found


class Caller(threading.Thread):
    """Asks until it is told to stop, and remembers which version said what was not right."""

    def __init__(self, url: str, least: int) -> None:
        super().__init__()
        self._place, self._least = url.removeprefix("http://"), least
        self.over, self.seen, self.wrong = threading.Event(), Counter[str](), list[Any]()

    def run(self) -> None:
        link = http.client.HTTPConnection(self._place, timeout=30)
        count = 0
        while not self.wrong and (count < self._least or not self.over.is_set()):
            row = count % len(ROWS)
            count += 1
            link.request("POST", "/predict", json.dumps({"inputs": ROWS[row].tolist()}))
            got = link.getresponse()
            body, version = json.loads(got.read()), got.headers.get("gnomon-version", "")
            self.seen[version] += 1
            seed = int(version.partition("@")[2] or 0)
            if got.status != 200 or told(body) != pytest.approx(expected(row, seed), abs=1e-5):
                self.wrong.append((got.status, version, body))
        link.close()


def test_every_answer_is_right_while_the_version_is_switched_ten_times(home: Path, tmp_path: Path) -> None:
    register(tmp_path, 1, 2)
    (tmp_path / "model.onnx").write_bytes(b"no model")
    registry.register("pets", tmp_path / "model.onnx")

    def look(version: str) -> None:
        with registry.models() as models:
            models.point("pets", "champion", version)
        process.send_signal(signal.SIGHUP)

    with serving("pets@champion") as (url, process):
        callers = [Caller(url, trials(2_000, 10_000) // 4) for _ in range(4)]
        for caller in callers:
            caller.start()
        with httpx.Client(base_url=url) as client:
            for i in range(10):
                version = str(2 - i % 2)
                look(version)
                while client.get("/health").json()["version"] != f"pets@{version}":
                    assert not any(caller.wrong for caller in callers)
            look("3")  # which cannot be loaded, so that everything stays as it is
            while "ONNX Runtime cannot load it" not in client.get("/").json().get("trouble", ""):
                assert client.get("/health").json()["version"] == "pets@1"
            for caller in callers:
                caller.over.set()
            for caller in callers:
                caller.join()
            assert [caller.wrong for caller in callers] == [[], [], [], []]
            seen = sum((caller.seen for caller in callers), Counter[str]())
            assert seen.keys() == {"pets@1", "pets@2"}
            assert sum(seen.values()) >= trials(2_000, 10_000)
            assert client.get("/").json()["switches"] == 10


def test_a_canary_answers_its_share_and_a_shadow_is_compared_and_never_returned(home: Path, tmp_path: Path) -> None:
    register(tmp_path, 1, 2)
    registry.register("pets", linear(tmp_path / "model.onnx", (4,), 3, 1), signature=SIGNATURE)
    words = ("pets@champion", "--canary", "2=0.25", "--shadow", "3")
    with serving(*words) as (url, _), httpx.Client(base_url=url) as client:
        seen: dict[str, set[str]] = {}
        for i in range(240):
            name, row = f"request-{i % 120}", i % len(ROWS)
            got = client.post("/predict", json={"inputs": ROWS[row].tolist()}, headers={"x-request-id": name})
            version = got.headers["gnomon-version"]
            seen.setdefault(name, set()).add(version)
            assert told(got.json()) == pytest.approx(expected(row, int(version[-1])), abs=1e-5)
        assert all(len(versions) == 1 for versions in seen.values()), "a request that names itself goes to one version"
        counts = Counter(version for versions in seen.values() for version in versions)
        assert counts.keys() == {"pets@1", "pets@2"}
        assert 15 <= counts["pets@2"] <= 45
        status = client.get("/").json()
        while status["shadow"]["rows"] + status["shadow"]["skipped"] < 240:  # nobody waits for a shadow
            status = client.get("/").json()
        assert (status["model"]["requests"], status["canary"]["requests"]) == (
            2 * counts["pets@1"],
            2 * counts["pets@2"],
        )
        shadow = status["shadow"]
        assert (shadow["rows"] + shadow["skipped"], shadow["failed"]) == (240, 0)
        assert status["model"]["requests"] <= shadow["agreed"] < shadow["rows"], "version 3 is version 1"


def _png(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def test_a_network_of_numpy_is_served_in_every_way_and_describes_itself(home: Path) -> None:
    net = MLP((64, 8, 3), seed=1)
    registry.register("net", net)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)
    label, confidences = net.predict(pixels / 255)
    file = io.BytesIO()
    np.save(file, pixels[None] / np.float32(255))
    image = "data:image/png;base64," + base64.b64encode(_png(pixels)).decode()
    asked: list[dict[str, Any]] = [
        {"json": {"image": image}},
        {"content": _png(pixels), "headers": {"content-type": "image/png"}},
        {"files": {"file": ("a.png", _png(pixels), "image/png")}},
        {"json": {"inputs": (pixels.ravel() / 255).tolist()}},
        {"json": {"rows": [{"x": (pixels.ravel() / 255).tolist()}]}},
        {"content": file.getvalue(), "headers": {"content-type": "application/x-npy"}},
    ]
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"json": {"inputs": [1, 2]}}, 422, "expected 64 in each row, received 2"),
        ({"content": b'{"inputs": [[NaN]]}'}, 400, "expected JSON"),
        ({"content": _png(pixels)[:50], "headers": {"content-type": "image/png"}}, 400, "end too early"),
        ({"content": bytes(17 << 20), "headers": {"content-type": "image/png"}}, 413, "at most"),
        ({"json": {"outputs": []}}, 400, "outputs"),
    ]
    with serving("model", "net") as (url, _), httpx.Client(base_url=url) as client:
        for each in asked:
            got = client.post("/predict", **each).json()
            got = got["results"][0] if "results" in got else got
            assert got["label"] == str(label)
            found = {one["label"]: one["confidence"] for one in got["predictions"]}
            assert found == pytest.approx({str(i): float(c) for i, c in enumerate(confidences)}, abs=2e-6)
        for each, status, said in wrong:
            refused = client.post("/predict", **each)
            assert (refused.status_code, said in refused.json()["detail"]) == (status, True), refused.text
        assert client.get("/predict").status_code == 405
        assert client.post("/predict", json={}, headers={"origin": "https://evil.example"}).status_code == 403
        told = client.get("/").json()["model"]
        assert (told["version"], told["requests"], told["refused"], told["failed"]) == ("net@1", 10, 4, 0)
        described = client.get("/openapi.json").json()
        taken = described["paths"]["/predict"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert taken["properties"]["x"] == {
            "type": "array",
            "minItems": 64,
            "maxItems": 64,
            "items": {"type": "number"},
        }
        assert described["components"]["schemas"].keys() == {"Classified", "Confidence"}


def test_what_cannot_be_served_is_told_before_anything_listens(home: Path, tmp_path: Path) -> None:
    registry.register("blob", {"weights.bin": b"w"})
    for words, said in (
        (["nobody@champion"], "there is no 'nobody'"),
        (["blob@1"], "a version of format file cannot be served"),
        (["blob@1", "--canary", "2=7"], "a share from 0 to 1"),
    ):
        result = CliRunner().invoke(cli, ["serve", *words])
        assert (result.exit_code != 0, said in result.output + str(result.exception)) == (True, True), result.output


def test_names_are_followed_through_a_server_and_exports_are_fetched_from_it(home: Path, tmp_path: Path) -> None:
    register(tmp_path, 1, 2)
    registry.register("trained", {"graph.json": b"{}", "model.safetensors": b"w"})
    place = linear(tmp_path / "model.onnx", (4,), 3, 7)
    exported = home / "models" / "trained" / "1.exports" / "onnx" / "model.onnx"
    exported.parent.mkdir(parents=True)
    exported.write_bytes(place.read_bytes())
    digest = hashlib.sha256(exported.read_bytes()).hexdigest()
    entry = {"path": "model.onnx", "size_bytes": exported.stat().st_size, "sha256": digest}
    told = {"format": "onnx", "source": "", "rows": 1, "largest": 0.0, "mean": 0.0, "agrees": True, "seconds": 0.1}
    with Home.open(home) as lab:
        body = {"model": "trained", "version": 1, "files": [entry], **told, "latency_ms": 0.1, "versions": {}}
        lab.documents.put("model_export", "trained@1/onnx", body, 1)
    command = [sys.executable, "-m", "gnomon", "up", "--home", str(home), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "gnomon is up" in server.stdout.readline()
        source = resolve(Wanted("trained@1"), home)["trained@1"]
        assert Path(source.model).read_bytes() == exported.read_bytes()
        assert (Path(source.model).parent, source.ref) == (home / "cache" / "models", "trained@1")
        with serving("pets@champion", "--follow") as (url, _), httpx.Client(base_url=url) as client:
            assert client.get("/health").json()["version"] == "pets@1"
            with registry.models() as models:
                models.point("pets", "champion", "2")
            while client.get("/health").json()["version"] == "pets@1":
                pass
            server.terminate()
            assert server.wait(30) == 0
            got = client.post("/predict", json={"inputs": ROWS[0].tolist()})
            assert (got.status_code, got.headers["gnomon-version"]) == (200, "pets@2")
