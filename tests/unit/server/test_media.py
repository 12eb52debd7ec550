import base64
import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from gnomon.store.home import Home

from .logged import new_run, record


def png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)).save(out, "PNG")
    return out.getvalue()


PNG = png()


@pytest.fixture
def run(lab: Home) -> str:
    return new_run(lab, record("notes", 0, "text", b"begun"))


def post(
    client: TestClient, run: str, query: str, body: bytes, kind: str = "application/octet-stream"
) -> dict[str, object]:
    answer = client.post(f"/api/v1/runs/{run}/media?{query}", content=body, headers={"content-type": kind})
    assert answer.status_code == 201, answer.text
    stored: dict[str, object] = answer.json()
    return stored


@pytest.mark.parametrize(
    ("body", "media_type", "query", "kind"),
    [
        (PNG, "image/png", "", "image"),
        (PNG, "text/html", "", "image"),
        (b"<p>hi</p>", "text/html; charset=utf-8", "", "html"),
        (b"hello", "text/plain", "", "text"),
        (b'{"a": 1}', "application/json", "", "json"),
        (b"\x80\x04K\x01.", "application/octet-stream", "&name=model.pt", "file"),
        (b"<svg/>", "image/svg+xml", "", "file"),
        (PNG, "image/png", "&kind=file", "file"),
        (b"hello", "application/x-www-form-urlencoded", "&kind=text", "text"),
    ],
)
def test_a_file_becomes_a_record_of_its_kind(
    client: TestClient, lab: Home, run: str, body: bytes, media_type: str, query: str, kind: str
) -> None:
    stored = post(client, run, f"key=x&step=7{query}", body, media_type)
    assert {k: v for k, v in stored.items() if k not in {"url", "size"}} == {
        "run": run,
        "key": "x",
        "kind": kind,
        "step": 7,
    }
    row = client.get(str(stored["url"])).json()
    assert (row["kind"], row["step"], row["size"]) == (kind, 7, stored["size"])
    data = client.get(f"{stored['url']}/data").content
    assert data == body if kind != "json" else json.loads(data) == {"a": 1}
    assert list((lab.path / "cache" / "uploads").iterdir()) == []


def test_a_large_file_lies_in_a_blob(client: TestClient, lab: Home, run: str) -> None:
    body = b"\x00" * (3 << 20)
    stored = post(client, run, "key=weights&name=w.bin&caption=x", body)
    number = int(str(stored["url"]).rpartition("/")[2])
    info = lab.engine.record(run, number)
    assert (info.size, info.meta["name"], info.blob is not None) == (len(body), "w.bin", True)
    assert lab.engine.payload(run, number) == body


def test_a_caption_and_the_last_step_go_along(client: TestClient, run: str) -> None:
    client.post("/api/v1/ingest", json={"project": "p", "run": run, "step": 12, "loss": 1})
    stored = post(client, run, "key=x&caption=worst", PNG)
    assert (stored["step"], client.get(str(stored["url"])).json()["meta"]["caption"]) == (12, "worst")


@pytest.mark.parametrize(
    ("line", "kind", "expected"),
    [
        ({"value": "hello"}, "text", "hello"),
        ({"value": {"a": [1, None]}}, "json", {"a": [1, None]}),
        ({"value": "<p>hi", "kind": "html"}, "html", None),
        ({"value": "data:image/png;base64," + base64.b64encode(PNG).decode()}, "image", None),
        ({"value": "data:text/html;base64,PHA+", "kind": "file"}, "file", None),
        ({"value": [[1, 2], [3, 4]], "kind": "tensor"}, "tensor", None),
        ({"value": [1, 2, 2, 3], "kind": "histogram"}, "histogram", None),
        ({"value": {"counts": [1, 2], "edges": [0, 1, 2]}, "kind": "histogram"}, "histogram", None),
        ({"value": {"a": [1, 2], "b": ["x", "y"]}, "kind": "table"}, "table", None),
        ({"value": {"y_true": [0, 1], "y_pred": [1, 1]}, "kind": "confusion"}, "confusion", None),
    ],
)
def test_json_becomes_a_record(
    client: TestClient, run: str, line: dict[str, object], kind: str, expected: object
) -> None:
    answer = client.post(f"/api/v1/runs/{run}/media", json={"key": "k", "step": 3, **line})
    assert answer.status_code == 201, answer.text
    row = client.get(answer.json()["url"]).json()
    assert (row["kind"], row["step"], row.get("value")) == (kind, 3, expected)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"value": "/etc/passwd", "kind": "file"}, None),
        ({"value": "/etc/passwd", "kind": "image"}, "value"),
        ({"value": ["/etc/passwd"], "kind": "images"}, "value"),
        ({"value": {"x": "/etc/passwd"}, "kind": "image"}, "value"),
        ({"value": "data:image/png;base64,###"}, "value"),
        ({"value": "data:image/png;base64,AAAA", "kind": "image"}, "image"),
        ({"value": {"nonsense": 1}, "kind": "histogram"}, "value"),
        ({"value": [1], "kind": "../../x"}, "value"),
        ({"value": 1, "kind": "tensor"}, "value"),
    ],
)
def test_a_value_never_names_a_file_of_the_server(
    client: TestClient, run: str, line: dict[str, object], field: str | None
) -> None:
    answer = client.post(f"/api/v1/runs/{run}/media", json={"key": "k", **line})
    if field is None:  # as text it is only text
        assert client.get(f"{answer.json()['url']}/data").content == b"/etc/passwd"
    else:
        assert answer.status_code == 400, answer.text
    assert b"root:" not in answer.content


@pytest.mark.parametrize(
    ("query", "body", "media_type", "status"),
    [
        ("", b"{}", "application/json", 400),
        ("", PNG, "image/png", 400),
        ("key=x&kind=image", b"not a picture", "image/png", 400),
        ("key=x&kind=text", b"\xff\xfe", "text/plain", 400),
        ("key=x&kind=json", b"{nope", "application/json", 400),
        ("key=x&kind=table", b"a,b", "text/csv", 400),
        ("key=x&step=-1", PNG, "image/png", 400),
        ("key=%0d%0a&kind=file", PNG, "image/png", 400),
    ],
)
def test_what_makes_no_record_is_refused(
    client: TestClient, lab: Home, run: str, query: str, body: bytes, media_type: str, status: int
) -> None:
    answer = client.post(f"/api/v1/runs/{run}/media?{query}", content=body, headers={"content-type": media_type})
    assert answer.status_code == status, answer.text
    assert list(lab.engine.record_keys(run)) == ["notes"]
    uploads = lab.path / "cache" / "uploads"
    assert not uploads.exists() or list(uploads.iterdir()) == []


def test_a_file_for_a_run_that_is_not_there_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/runs/0123456789/media?key=x", content=PNG, headers={"content-type": "image/png"})
    assert answer.status_code == 404


def test_a_page_may_not_send_a_file_as_a_form_that_needs_no_asking(client: TestClient, run: str) -> None:
    ours = {"origin": "http://127.0.0.1:7000", "sec-fetch-site": "same-origin"}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        headers = {**ours, "content-type": kind} if kind else ours
        assert client.post(f"/api/v1/runs/{run}/media?key=x", content=PNG, headers=headers).status_code == 415, kind
    headers = {**ours, "content-type": "image/png"}
    assert client.post(f"/api/v1/runs/{run}/media?key=x", content=PNG, headers=headers).status_code == 201


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.write_text, (self.path, "ran"))


def test_a_pickle_is_bytes_whatever_is_asked_of_it(client: TestClient, run: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    body = pickle.dumps(Bomb(mark))
    for name in ("model.pt", "model.pkl", "arrays.npz", "model.keras", "weights.h5"):
        for kind in ("", "&kind=file", "&kind=image", "&kind=fits", "&kind=audio", "&kind=video", "&kind=json"):
            answer = client.post(
                f"/api/v1/runs/{run}/media?key={name}&name={name}{kind}",
                content=body,
                headers={"content-type": "application/octet-stream"},
            )
            if answer.status_code != 201:
                assert 400 <= answer.status_code < 500, answer.text
                continue
            url = answer.json()["url"]
            for path in ("", "/data", "/image", "/array", "/frame"):
                assert client.get(url + path).status_code < 500, path
            assert client.get(f"/api/v1/runs/{run}/slices?key={name}").status_code < 500
    assert not mark.exists()
