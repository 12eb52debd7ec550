"""`gnomon serve mlp`: the addresses of better-tensorflow, asked over real sockets."""

import base64
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from gnomon.models import digits, pretrained
from gnomon.models.mlp_training import enlarged

SEVENS = enlarged(digits.load().x_test[digits.load().y_test == 7])
SEVEN = next(row for row in SEVENS if pretrained.load().predict(row)[0] == 7).reshape(28, 28)
"""One that a network which learned from other people's digits knows."""


def _png(values: np.ndarray = SEVEN, mode: str = "L", kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray((values * 255).astype(np.uint8)).convert(mode).save(file, kind)
    return file.getvalue()


def _uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [sys.executable, "-m", "gnomon", "serve", "mlp", "--cors", "https://lab.example"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1].removesuffix("/predict")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as found:
        found.post("/pretrain")
        yield found


def test_a_picture_is_answered_in_the_shape_of_the_seed(client: httpx.Client) -> None:
    got = client.post("/predict", json={"image": _uri(_png())})
    assert got.status_code == 200
    assert got.json().keys() == {"label", "predictions"}
    assert got.json()["label"] == 7
    assert [each["label"] for each in got.json()["predictions"]] == list(range(10))
    assert all(0 <= each["confidence"] <= 1 for each in got.json()["predictions"])


def _npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


@pytest.mark.parametrize(
    "asked",
    [
        {"json": {"image": base64.urlsafe_b64encode(_png()).decode().rstrip("=")}},
        {"content": json.dumps({"image": _uri(_png())})},
        {"content": _png(), "headers": {"content-type": "image/png"}},
        {"content": _png(mode="RGB"), "headers": {"content-type": "image/png"}},
        {"content": _png(1 - SEVEN), "headers": {"content-type": "image/png"}, "invert": True},
        {"files": {"file": ("seven.png", _png(), "image/png")}, "data": {"invert": "false"}},
        {"content": _npy(SEVEN), "headers": {"content-type": "application/x-npy"}},
        {"json": {"inputs": SEVEN.ravel().tolist()}},
        {"content": _png(np.kron(SEVEN, np.ones((5, 5)))), "headers": {"content-type": "image/png"}},
    ],
    ids=["base64", "no type", "png", "colour", "dark on light", "form", "npy", "numbers", "larger"],
)
def test_the_same_digit_is_seen_in_whatever_way_it_comes(client: httpx.Client, asked: dict[str, Any]) -> None:
    if asked.pop("invert", False):
        asked = {"json": {"image": _uri(asked["content"]), "invert": True}}
    got = client.post("/predict", **asked)
    assert (got.status_code, got.json()["label"]) == (200, 7)


def test_several_rows_are_answered_in_their_order(client: httpx.Client) -> None:
    data = digits.load()
    rows = enlarged(data.x_test[:40])
    together = client.post("/predict", content=_npy(rows), headers={"content-type": "application/x-npy"}).json()
    alone = [client.post("/predict", json={"inputs": row.tolist()}).json() for row in rows[:3]]
    assert len(together["results"]) == 40
    assert [each["label"] for each in together["results"][:3]] == [each["label"] for each in alone]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"json": {"image": "data:image/png;base64,bm8gcGljdHVyZQ=="}}, 400, "expected a whole PNG"),
        ({"json": {"image": "!!"}}, 400, "base64"),
        ({"json": {}}, 400, "either `image`"),
        ({"json": {"image": 3}}, 400, "image: expected"),
        ({"content": "{", "headers": {"content-type": "application/json"}}, 400, "expected JSON"),
        ({"json": {"image": _uri(_png()), "pretrained": 9}}, 404, "versions 1 to 5"),
        ({"json": {"image": _uri(_png()), "pretrained": 0}}, 404, "versions 1 to 5"),
        ({"json": {"inputs": [1, 2, 3]}}, 422, "expected 784 values"),
        ({"json": {"inputs": [[1], [2, 3]]}}, 400, "rows of one length"),
        ({"content": _npy(np.full((1, 784), np.nan)), "headers": {"content-type": "application/x-npy"}}, 400, "finite"),
        ({"content": _npy(SEVEN)[:-9], "headers": {"content-type": "application/x-npy"}}, 400, "whole .npy"),
        ({"content": _npy(np.array([{}])), "headers": {"content-type": "application/x-npy"}}, 400, "whole .npy"),
        ({"content": _png()[:60], "headers": {"content-type": "image/png"}}, 400, "end too early"),
        ({"content": b"x", "headers": {"content-type": "text/html"}}, 400, "Content-Type"),
        ({"content": bytes(17 << 20), "headers": {"content-type": "image/png"}}, 413, "at most"),
        ({"files": {"a": ("a.txt", b"")}}, 400, "PNG"),
    ],
)
def test_what_cannot_be_predicted_is_refused_with_the_reason(
    client: httpx.Client, asked: dict[str, Any], status: int, said: str
) -> None:
    got = client.post("/predict", **asked)
    assert (got.status_code, got.headers["content-type"]) == (status, "application/problem+json")
    assert said in got.json()["detail"]


def test_a_picture_that_unpacks_to_more_than_memory_is_not_unpacked(client: httpx.Client) -> None:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    assert len(file.getvalue()) < 200_000
    got = client.post("/predict", content=file.getvalue(), headers={"content-type": "image/png"})
    assert (got.status_code, got.json()["field"]) == (413, "image")


def test_training_goes_on_beside_and_its_result_is_taken_at_once(client: httpx.Client) -> None:
    assert client.get("/reset").text == "OK"
    assert client.get("/").json()["epochs"] == 0
    before = client.post("/predict", json={"image": _uri(_png())}).json()
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(client.post("/train", json={"epochs": 60})))
    thread.start()
    seen: list[dict[str, Any]] = []
    while thread.is_alive():
        seen.append(client.post("/predict", json={"image": _uri(_png())}).json())
    thread.join()
    assert set(answers[0].json()) == {"accuracy", "correct", "count", "loss", "epochs"}
    assert answers[0].json()["accuracy"] == round(100 * answers[0].json()["correct"] / 359) >= 80
    assert answers[0].json()["epochs"] == 60
    after = client.post("/predict", json={"image": _uri(_png())}).json()
    assert len(seen) > 10
    assert all(each in (before, after) for each in seen)
    assert after != before


def test_training_once_at_a_time_and_a_reset_throws_it_away(client: httpx.Client) -> None:
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(client.post("/train", json={"epochs": 200})))
    thread.start()
    while client.get("/").json()["training"] is None:
        assert thread.is_alive()
    second = client.post("/train")
    assert (second.status_code, second.json()["detail"][:9]) == (409, "training:")
    client.post("/reset")
    thread.join()
    assert (answers[0].status_code, "thrown away" in answers[0].json()["detail"]) == (409, True)
    assert client.get("/").json()["epochs"] == 0


@pytest.mark.parametrize("asked", [{"json": {"epochs": 0}}, {"json": {"epochs": 10**9}}, {"params": {"epochs": "-1"}}])
def test_absurd_orders_to_train_are_refused(client: httpx.Client, asked: dict[str, Any]) -> None:
    got = client.post("/train", **asked)
    assert (got.status_code, "epochs" in got.json()["detail"]) == (400, True)


def test_pretrained_networks_are_chosen_by_number_and_never_changed(client: httpx.Client) -> None:
    asked = {"image": _uri(_png()), "pretrained": 5}
    before = client.post("/predict", json=asked).json()
    assert client.post("/train", json={"epochs": 1}).status_code == 200
    assert client.post("/predict", json=asked).json() == before
    assert client.post("/predict", json=asked | {"pretrained": 1}).json() != before
    client.post("/pretrain")
    assert client.post("/predict", json={"image": _uri(_png())}).json() == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://lab.example"}, 200),
        ({"origin": "http://localhost:3000"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "https://lab.example.evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"host": "evil.example"}, 403),
    ],
)
def test_pages_of_other_sites_call_only_when_they_may(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    got = client.post("/pretrain", headers=headers)
    assert got.status_code == status
    allowed = {"access-control-allow-origin": headers["origin"]} if status == 200 else {}
    assert {k: v for k, v in got.headers.items() if k == "access-control-allow-origin"} == allowed
    if status == 200:
        asked = client.options("/predict", headers=headers | {"access-control-request-method": "POST"})
        assert (asked.status_code, asked.headers["access-control-allow-headers"]) == (
            200,
            "content-type, authorization",
        )


def test_wrong_addresses_and_methods_are_told(client: httpx.Client) -> None:
    assert client.get("/predict").status_code == 405
    assert client.get("/predict").headers["allow"] == "POST"
    assert "/pretrain" in client.get("/elsewhere").json()["detail"]


def test_a_token_is_asked_for(home: object) -> None:
    command = [sys.executable, "-m", "gnomon", "serve", "mlp"]
    env = {**os.environ, "GNOMON_TOKEN": "a-token-of-enough-signs"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        asked = {"image": _uri(_png())}
        assert httpx.post(address, json=asked).status_code == 401
        assert httpx.post(address, json=asked, headers={"authorization": "Bearer wrong"}).status_code == 401
        bearer = {"authorization": "Bearer a-token-of-enough-signs"}
        assert httpx.post(address, json=asked, headers=bearer).json()["label"] == 7
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    refused = subprocess.run([*command, "--host", "0.0.0.0"], capture_output=True, text=True, check=False)
    assert (refused.returncode, "a token is needed" in refused.stderr) == (1, True)


def test_a_folder_of_idx_files_is_trained_on(tmp_path: Any) -> None:
    from gnomon.models.mlp_training import samples

    data = digits.load()
    for name, x, y in (("train", data.x_train[:90], data.y_train[:90]), ("t10k", data.x_test[:30], data.y_test[:30])):
        pixels = (enlarged(x) * 255).astype(np.uint8)
        head = b"\0\0\x08\x03" + b"".join(int(n).to_bytes(4, "big") for n in (len(x), 28, 28))
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(head + pixels.tobytes())
        labels = b"\0\0\x08\x01" + len(y).to_bytes(4, "big") + y.astype(np.uint8).tobytes()
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(labels)
    (x_train, y_train), (x_test, y_test) = samples(str(tmp_path))
    assert (x_train.shape, x_test.shape) == ((90, 784), (30, 784))
    assert (y_train.tolist(), y_test.tolist()) == (data.y_train[:90].tolist(), data.y_test[:30].tolist())
