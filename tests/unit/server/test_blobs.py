import hashlib
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from starlette.testclient import TestClient

from gnomon.core import journal
from gnomon.core.ids import run_id
from gnomon.server.app import create_app
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home

DATA = b"weights" * 100_000
NAME = hashlib.sha256(DATA).hexdigest()
OCTETS = {"content-type": "application/octet-stream"}


def put(
    client: TestClient, name: str = NAME, data: bytes | Iterator[bytes] = DATA, **headers: str
) -> tuple[int, dict[str, object]]:
    answer = client.put(f"/api/v1/blobs/{name}", content=data, headers=OCTETS | headers)
    return answer.status_code, answer.json()


def test_a_blob_is_stored_once_and_asked_for(client: TestClient, lab: Home) -> None:
    assert client.head(f"/api/v1/blobs/{NAME}").status_code == 404
    assert put(client) == (201, {"hash": NAME, "size": len(DATA)})
    assert put(client) == (200, {"hash": NAME, "size": len(DATA)})
    answer = client.head(f"/api/v1/blobs/{NAME}")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, str(len(DATA)), b"")
    assert lab.engine.blobs.read(NAME) == DATA


def test_a_blob_without_a_length_is_streamed(client: TestClient, lab: Home) -> None:
    status, _ = put(client, data=iter([DATA[:1000], DATA[1000:]]))
    assert (status, lab.engine.blobs.size(NAME)) == (201, len(DATA))


def test_an_empty_blob_is_one(client: TestClient) -> None:
    name = hashlib.sha256(b"").hexdigest()
    assert put(client, name, b"") == (201, {"hash": name, "size": 0})


@pytest.mark.parametrize("name", ["0" * 63, "0" * 65, NAME.upper(), "%00", "g" * 64])
def test_a_name_that_is_no_hash_is_refused(client: TestClient, name: str) -> None:
    assert put(client, name)[0] in {400, 404}
    assert client.head(f"/api/v1/blobs/{name}").status_code in {400, 404}


def test_bytes_that_are_not_what_their_name_says_leave_nothing(client: TestClient, lab: Home) -> None:
    status, problem = put(client, data=DATA[:-1])
    assert (status, problem["field"]) == (400, "hash")
    assert lab.engine.blobs.size(NAME) is None
    assert [path for path in lab.engine.blobs.folder.rglob("*") if path.is_file()] == []


def test_a_blob_is_kept_as_it_comes(client: TestClient) -> None:
    assert put(client, **{"content-encoding": "gzip"})[0] == 415
    assert client.put(f"/api/v1/blobs/{NAME}", content=DATA, headers={"content-type": "text/html"}).status_code == 415


@pytest.fixture
def full(lab: Home, settings: ServerSettings) -> Iterator[TestClient]:
    made = replace(settings, min_free_bytes=1 << 60, max_blob_bytes=1000)
    with TestClient(create_app(lab, made), base_url="http://127.0.0.1:7000") as client:
        yield client


def test_a_full_disk_and_too_large_a_file_are_said(full: TestClient, lab: Home) -> None:
    small = b"x" * 1000
    status, problem = put(full, hashlib.sha256(small).hexdigest(), small)
    assert (status, problem["title"]) == (507, "The store cannot write")
    assert put(full)[0] == 413
    assert put(full, data=iter([small, b"x"]))[0] in {413, 507}
    assert [path for path in lab.engine.blobs.folder.rglob("*") if path.is_file()] == []


def test_a_journal_that_names_a_file_waits_until_the_file_is_here(client: TestClient, lab: Home) -> None:
    run, writer = run_id(), "w00000"
    opened = journal.Open(run=run, project="p", writer=writer, name="one", us=1)
    body = journal.encode(journal.OPEN, msgspec.to_builtins(opened)) + journal.encode(
        journal.ATTACHED, "film", "file", 3, 5, {"name": "a"}, NAME, len(DATA)
    )
    path = f"/api/v1/journals/{run}/{writer}?offset=0"
    answer = client.post(path, content=body, headers=OCTETS)
    assert (answer.status_code, answer.json()["missing"]) == (409, [NAME])
    assert put(client)[0] == 201
    assert client.post(path, content=body, headers=OCTETS).json() == {"offset": len(body)}
    (row,) = client.get(f"/api/v1/runs/{run}/records?key=film").json()["records"]
    assert (row["step"], row["size"]) == (3, len(DATA))
    assert client.get(f"/api/v1/runs/{run}/records/{row['id']}/data").content == DATA
    assert lab.engine.record(run, row["id"]).blob == NAME
