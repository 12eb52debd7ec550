"""The digit classifier within the server, behind the server's guard."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from gnomon.models import digits, pretrained
from gnomon.models.mlp_training import enlarged
from gnomon.server.app import create_app
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home


def _image() -> tuple[bytes, int]:
    row = enlarged(digits.load().x_test[:1])
    file = io.BytesIO()
    Image.fromarray((row.reshape(28, 28) * 255).astype(np.uint8)).save(file, "PNG")
    pixels = np.asarray(Image.open(file), np.float32).reshape(-1) / 255
    return file.getvalue(), int(pretrained.load().predict(pixels)[0])


def test_the_server_itself_classifies_digits(client: TestClient) -> None:
    data, label = _image()
    uri = "data:image/png;base64," + base64.b64encode(data).decode()
    assert client.post("/serve/mlp/predict", json={"image": uri}).json()["label"] == label
    got = client.post("/serve/mlp/predict", content=data, headers={"content-type": "image/png"})
    assert got.json()["label"] == label
    assert client.get("/serve/mlp/").json()["data"] == "the digits that come with gnomon"
    assert client.get("/serve/mlp/nothing").status_code == 404
    assert got.headers["x-frame-options"] == "SAMEORIGIN"


def test_it_is_trained_in_a_worker(client: TestClient) -> None:
    assert client.post("/serve/mlp/reset").text == "OK"
    got = client.post("/serve/mlp/train", json={"epochs": 2}).json()
    assert (got["epochs"], got["count"]) == (2, 359)
    assert client.get("/serve/mlp/").json()["epochs"] == 2


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_site_changes_nothing(client: TestClient, method: str, headers: dict[str, str]) -> None:
    before = client.get("/serve/mlp/").json()
    assert client.request(method, "/serve/mlp/reset", headers=headers).status_code == 403
    assert client.get("/serve/mlp/").json() == before


def test_the_servers_token_is_asked_for(lab: Home, settings: ServerSettings) -> None:
    guarded = ServerSettings(static=settings.static, token="a-token-of-enough-signs")
    with TestClient(create_app(lab, guarded), base_url="http://127.0.0.1:7000") as client:
        assert client.get("/serve/mlp/reset").status_code == 401
        bearer = {"authorization": "Bearer a-token-of-enough-signs"}
        assert client.get("/serve/mlp/reset", headers=bearer).text == "OK"
