import io
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from starlette.testclient import TestClient

import gnomon
from gnomon.core.records.registry import encode
from gnomon.server.app import create_app
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home

from .logged import US, new_run, ramp, record, tensor

BINARY = "application/vnd.gnomon.columns"


@pytest.fixture
def run(lab: Home) -> str:
    return new_run(
        lab,
        *(tensor("w", step, ramp(step)) for step in range(0, 100, 10)),
        tensor("mixed", 0, ramp(0)),
        tensor("mixed", 1, ramp(1, (6, 4))),
        tensor("large", 0, ramp(0, (64, 1024))),
        record("note", 0, "text", b"no array"),
        record("lie", 0, "tensor", b"1234", dtype="float32", shape=[10**9, 10**9]),
        record("bf", 3, "tensor", bytes([0x80, 0x3F, 0xC0, 0x7F]), dtype="bfloat16", shape=[2]),
    )


def first_id(client: TestClient, run: str, key: str) -> int:
    found: int = client.get(f"/api/v1/runs/{run}/records?key={key}").json()["records"][0]["id"]
    return found


def columns(data: bytes) -> tuple[dict[str, object], dict[str, npt.NDArray[np.generic]]]:
    """Read the binary form as docs/reference/http.md describes it."""
    assert data[:4] == b"GNC1"
    base = 8 + int.from_bytes(data[4:8], "little")
    assert base % 8 == 0
    head = msgspec.json.decode(data[8:base])
    at = {name: base + offset for name, offset in head.pop("columns").items()}
    n = head["steps"]
    value = np.frombuffer(data, head["dtype"], int(np.prod(head["shape"])), at["value"]).reshape(head["shape"])
    return head, {
        "step": np.frombuffer(data, "<i8", n, at["step"]),
        "time": np.frombuffer(data, "<f8", n, at["time"]),
        "value": value,
    }


@pytest.mark.parametrize("text", ["", "1", "1,::2", ":,-1", "...,::-1", "2:,3:5", "0:0"])
def test_a_slice_of_an_array_comes_as_npy(client: TestClient, run: str, text: str) -> None:
    path = f"/api/v1/runs/{run}/records/{first_id(client, run, 'w')}/array"
    answer = client.get(path, params={"slice": text})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-npy")
    found = np.load(io.BytesIO(answer.content), allow_pickle=False)
    expected = ramp(0)[eval(f"np.s_[{text}]")] if text else ramp(0)
    assert (found.dtype, found.shape, found.tolist()) == (expected.dtype, expected.shape, expected.tolist())


def test_formats_that_numpy_lacks_come_as_float32(client: TestClient, run: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'bf')}/array")
    found = np.load(io.BytesIO(answer.content), allow_pickle=False)
    assert (found.dtype, found[0], np.isnan(found[1])) == (np.float32, 1.0, True)


@pytest.mark.parametrize(
    ("key", "query", "status", "field"),
    [
        ("w", "slice=9", 400, "slice"),
        ("w", "slice=0,0,0", 400, "slice"),
        ("w", "slice=pickle", 400, "slice"),
        ("note", "", 400, "kind"),
        ("lie", "", 400, None),
    ],
)
def test_what_cannot_be_sliced_is_refused(
    client: TestClient, run: str, key: str, query: str, status: int, field: str | None
) -> None:
    answer = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, key)}/array?{query}")
    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_slices_are_stacked_over_steps(client: TestClient, run: str) -> None:
    asked = {"key": "w", "first": 20, "last": 70, "every": 2, "slice": "1:3,::3"}
    answer = client.get(f"/api/v1/runs/{run}/slices", params=asked, headers={"accept": BINARY})
    assert answer.headers["content-type"] == BINARY
    head, found = columns(answer.content)
    expected = np.stack([ramp(step)[1:3, ::3] for step in (20, 40, 60)])
    assert head == {"dtype": "float32", "shape": [3, 2, 2], "steps": 3, "more": False}
    assert found["step"].tolist() == [20, 40, 60]
    assert found["time"].tolist() == [US / 1e6 + step for step in (20, 40, 60)]
    assert found["value"].tolist() == expected.tolist()
    plain = client.get(f"/api/v1/runs/{run}/slices", params=asked).json()
    assert plain == {
        "step": [20, 40, 60],
        "time": found["time"].tolist(),
        "value": expected.tolist(),
        **{name: head[name] for name in ("dtype", "shape", "steps", "more")},
    }


def test_a_window_of_slices_says_that_there_are_more(client: TestClient, run: str) -> None:
    for offset, steps, more in ((0, [0, 10, 20, 30], True), (4, [40, 50, 60, 70], True), (8, [80, 90], False)):
        asked = {"key": "w", "limit": 4, "offset": offset, "slice": "0,0"}
        found = client.get(f"/api/v1/runs/{run}/slices", params=asked).json()
        assert (found["step"], found["value"], found["more"]) == (steps, [1000.0 * s for s in steps], more)


def test_no_steps_are_no_error_and_no_key_is(client: TestClient, run: str) -> None:
    asked = {"key": "w", "first": 1000}
    assert client.get(f"/api/v1/runs/{run}/slices", params=asked).json()["steps"] == 0
    head, found = columns(client.get(f"/api/v1/runs/{run}/slices", params=asked, headers={"accept": BINARY}).content)
    assert (head["steps"], found["value"].tolist()) == (0, [])
    assert client.get(f"/api/v1/runs/{run}/slices?key=W").status_code == 404


def test_arrays_of_different_shapes_do_not_stack(client: TestClient, run: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/slices?key=mixed")
    assert (answer.status_code, answer.json()["field"]) == (422, "key")
    assert "float32 (4, 6) at step 0 and float32 (6, 4) at step 1" in answer.json()["detail"]


def test_numbers_that_json_cannot_hold_travel_as_text(client: TestClient, run: str) -> None:
    assert client.get(f"/api/v1/runs/{run}/slices?key=bf").json()["value"] == [[1.0, "NaN"]]


@pytest.fixture
def strict(lab: Home) -> Iterator[TestClient]:
    settings = ServerSettings(max_slice_bytes=1 << 16, max_stack_bytes=256)
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000") as made:
        yield made


def test_a_slice_above_the_limit_is_refused_and_a_stack_is_cut(strict: TestClient, run: str) -> None:
    large = f"/api/v1/runs/{run}/records/{first_id(strict, run, 'large')}/array"
    assert strict.get(large).status_code == 413
    assert strict.get(large, params={"slice": "0"}).status_code == 200
    assert strict.get(f"/api/v1/runs/{run}/slices?key=large", headers={"accept": BINARY}).status_code == 413
    found = strict.get(f"/api/v1/runs/{run}/slices?key=w").json()
    assert (found["step"], found["more"]) == ([0, 10], True)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("kind", ["Tensor", "Image", "Fits"])
def test_an_array_read_in_place_is_the_one_that_was_logged(
    client: TestClient, lab: Home, kind: str, dtype: str
) -> None:
    array = (np.arange(60).reshape(6, 10) * 4).astype(dtype)
    encoded = encode(getattr(gnomon, kind)(array))
    assert encoded is not None
    assert not isinstance(encoded.data, Path)
    run = new_run(lab, record("x", 0, encoded.kind, bytes(encoded.data), **encoded.meta))
    answer = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'x')}/array")
    found = np.load(io.BytesIO(answer.content), allow_pickle=False)
    assert (found.dtype, found.reshape(6, 10).tolist()) == (array.dtype, array.tolist())
