"""Anything at all thrown at the borders: the server answers with a status below 500, stores only what it said, and lives."""

import gzip
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core import journal
from gnomon.server.app import create_app
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather use a successor of httpx that we do not need
    from starlette.testclient import TestClient

RUN, WRITER = "0123456789abcdefghjk", "0123456789ab"
FIELDS = [
    "project",
    "run",
    "step",
    "time",
    "config",
    "tags",
    "notes",
    "group",
    "state",
    "writer",
    "batch",
    "columns",
    "loss",
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "r", "finished", 0, 1, 2**53, -1]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
lines = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), values, max_size=8) | values


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("fuzz")
    with Home(folder, MemoryEngine()) as lab:
        app = create_app(lab, ServerSettings(static=Path(folder)))
        with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
            yield made


def post(client: TestClient, body: bytes, kind: str, **headers: str) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/v1/ingest", content=body, headers={"content-type": kind, **headers})
    assert answer.status_code < 500, answer.text
    return answer.status_code, answer.json()


@given(st.lists(lines, max_size=6))
def test_any_json_is_accepted_line_by_line_or_refused_by_name(client: TestClient, sent: list[Any]) -> None:
    status, answer = post(client, msgspec.json.encode(sent), "application/json")
    if status == 200:
        assert answer["accepted"] + len(answer["errors"]) == len(sent)
    else:
        assert (status, bool(answer["detail"])) == (400, True)


@given(st.lists(lines, min_size=1, max_size=5))
def test_a_line_is_judged_alone_whatever_stands_beside_it(client: TestClient, sent: list[Any]) -> None:
    alone = [post(client, msgspec.json.encode([line]), "application/json")[0] for line in sent]
    _, together = post(client, msgspec.json.encode(sent), "application/json")
    refused = {error["index"] for error in together["errors"]}
    assert [400 if index in refused else 200 for index in range(len(sent))] == alone


@given(st.lists(lines, max_size=4))
def test_any_msgpack_does_the_same(client: TestClient, sent: list[Any]) -> None:
    try:
        body = msgspec.msgpack.encode(sent)
    except OverflowError:
        return  # beyond 64 bits: msgpack cannot say it
    status, _ = post(client, body, "application/msgpack")
    assert status in {200, 400}


@given(st.binary(max_size=200), st.sampled_from(["application/json", "application/x-ndjson", "application/msgpack"]))
def test_any_bytes_are_refused_or_accepted_and_never_a_failure(client: TestClient, body: bytes, kind: str) -> None:
    assert post(client, body, kind)[0] in {200, 400}
    assert post(client, gzip.compress(body), kind, **{"content-encoding": "gzip"})[0] in {200, 400}
    assert post(client, body, kind, **{"content-encoding": "gzip"})[0] in {200, 400}


def journal_bytes() -> bytes:
    first = journal.Open(run=RUN, project="p", writer=WRITER, name="r", us=5)
    layout = journal.Layout(0, 1)
    return (
        journal.encode(journal.OPEN, first)
        + journal.encode(journal.KEYS, 0, ["loss"])
        + b"".join(layout.record(step, 5, (1.0,)) for step in range(4))
        + journal.encode(journal.OBJECT, "note", "text", 1, 5, {}, b"hi")
        + journal.encode(journal.CHANGE, 5, {"config": {"a": 1}})
        + journal.encode(journal.REWIND, 5, 2)
        + journal.encode(journal.CLOSE, 6, "finished", None)
    )


JOURNAL = journal_bytes()
records = st.tuples(st.integers(0, 9), st.lists(values | st.binary(max_size=40), max_size=6))


@given(st.lists(st.tuples(st.integers(0, len(JOURNAL) - 1), st.integers(0, 255)), max_size=4), st.integers(0, 300))
def test_a_damaged_journal_is_stored_up_to_the_damage(
    client: TestClient, flips: list[tuple[int, int]], offset: int
) -> None:
    body = bytearray(JOURNAL)
    for at, value in flips:
        body[at] = value
    url = f"/api/v1/journals/{RUN}/{WRITER}"
    kind = {"content-type": "application/octet-stream"}
    answer = client.post(url, params={"offset": offset}, content=bytes(body), headers=kind)
    assert answer.status_code < 500, answer.text
    if answer.status_code == 200:
        assert client.get(url).json() == answer.json()


@given(st.lists(records, max_size=5))
def test_whole_records_of_any_content_are_refused_or_stored(
    client: TestClient, sent: list[tuple[int, list[Any]]]
) -> None:
    body = JOURNAL[:0]
    for tag, fields in sent:
        try:
            body += journal.encode(tag, *fields)
        except OverflowError:
            continue
    writer = "zyxwvtsrqpnm"
    url = f"/api/v1/journals/{RUN}/{writer}"
    at = client.get(url).json()["offset"]
    answer = client.post(url, params={"offset": at}, content=body, headers={"content-type": "application/octet-stream"})
    assert answer.status_code < 500, answer.text


@given(st.sampled_from(["runs:query", "envelopes"]), lines)
def test_any_question_is_answered_or_refused(client: TestClient, noun: str, asked: Any) -> None:
    answer = client.post(
        f"/api/v1/{noun}", content=msgspec.json.encode(asked), headers={"content-type": "application/json"}
    )
    assert answer.status_code in {200, 400, 413}, answer.text


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "where": st.text(max_size=60),
            "order": st.lists(st.text(max_size=20), max_size=3),
            "columns": st.lists(st.text(max_size=20), max_size=3),
            "offset": st.integers(-5, 5),
            "limit": st.integers(-5, 1005),
        },
    )
)
def test_any_filter_order_and_column_is_answered_or_refused(client: TestClient, asked: dict[str, Any]) -> None:
    answer = client.post(
        "/api/v1/runs:query", content=msgspec.json.encode(asked), headers={"content-type": "application/json"}
    )
    assert answer.status_code in {200, 400, 413}, answer.text


@given(
    st.fixed_dictionaries(
        {"series": st.just([{"run": RUN, "key": "loss"}])},
        optional={
            "px": st.integers(-1, 20_001),
            "first": st.floats(allow_nan=False, allow_infinity=False) | st.none(),
            "last": st.floats(allow_nan=False, allow_infinity=False) | st.none(),
            "x": st.sampled_from(["step", "time", "relative", "loss", "nothing", ""]),
            "scale": st.sampled_from(["linear", "log"]),
        },
    )
)
def test_any_window_is_answered_or_refused(client: TestClient, asked: dict[str, Any]) -> None:
    answer = client.post(
        "/api/v1/envelopes", content=msgspec.json.encode(asked), headers={"content-type": "application/json"}
    )
    assert answer.status_code in {200, 400, 413}, answer.text


@given(st.text(max_size=60))
def test_any_path_is_answered(client: TestClient, path: str) -> None:
    try:
        answer = client.get("/" + path)
    except httpx.InvalidURL:
        return  # the client would not send it
    assert answer.status_code < 500 or "not built" in answer.text
