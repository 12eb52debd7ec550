import gzip

import pytest
from starlette.testclient import TestClient

from gnomon.core import journal
from gnomon.store.home import Home

RUN, WRITER = "0123456789abcdefghjk", "0123456789ab"
URL = f"/api/v1/journals/{RUN}/{WRITER}"


def records(count: int = 6) -> list[bytes]:
    first = journal.Open(run=RUN, project="p", writer=WRITER, name="r", us=5, config={"lr": 0.1})
    layout = journal.Layout(0, 2)
    rows = [layout.record(step, 5 + step, (float(step), -float(step))) for step in range(count)]
    return [journal.encode(journal.OPEN, first), journal.encode(journal.KEYS, 0, ["loss", "acc"]), *rows]


def post(client: TestClient, offset: object, body: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    types = {"content-type": "application/octet-stream"} | {k.replace("_", "-"): v for k, v in headers.items()}
    answer = client.post(URL, params={"offset": offset}, content=body, headers=types)
    return answer.status_code, answer.json()


def stored(lab: Home) -> list[int]:
    return lab.engine.points(RUN, "loss").step.tolist()


def test_a_journal_is_stored_and_tells_how_far(client: TestClient, lab: Home) -> None:
    body = b"".join(records())
    assert client.get(URL).json() == {"offset": 0}
    assert post(client, 0, body) == (200, {"offset": len(body)})
    assert client.get(URL).json() == {"offset": len(body)}
    assert (stored(lab), lab.engine.config(RUN), lab.catalog.run(RUN).name) == ([0, 1, 2, 3, 4, 5], {"lr": 0.1}, "r")


def test_pieces_follow_one_another_and_keys_are_remembered(client: TestClient, lab: Home) -> None:
    at = 0
    for record in records():
        assert post(client, at, record) == (200, {"offset": at + len(record)})
        at += len(record)
    assert stored(lab) == [0, 1, 2, 3, 4, 5]


def test_a_repeat_is_skipped_whole_or_in_part(client: TestClient, lab: Home) -> None:
    parts = records()
    body, head = b"".join(parts), b"".join(parts[:4])
    post(client, 0, head)
    assert post(client, 0, head) == (200, {"offset": len(head)})
    assert post(client, 0, parts[0]) == (200, {"offset": len(head)})
    assert post(client, len(parts[0]), body[len(parts[0]) :]) == (200, {"offset": len(body)})
    assert stored(lab) == [0, 1, 2, 3, 4, 5]


def test_a_gap_says_where_to_go_on(client: TestClient) -> None:
    parts = records()
    head = b"".join(parts[:3])
    post(client, 0, head)
    for offset, body in [(len(head) + 8, parts[4]), (len(head) - 4, parts[3]), (10**17, b"")]:
        status, problem = post(client, offset, body)
        assert (status, problem["expected"], problem["title"]) == (409, len(head), "The journal does not go on here")


def test_a_torn_record_waits_for_its_rest(client: TestClient, lab: Home) -> None:
    parts = records(1)
    whole, torn = b"".join(parts[:2]), parts[2][:-3]
    assert post(client, 0, whole + torn) == (200, {"offset": len(whole)})
    assert post(client, len(whole), torn) == (200, {"offset": len(whole)})
    assert post(client, len(whole), parts[2]) == (200, {"offset": len(whole + parts[2])})
    assert stored(lab) == [0]


def test_damage_is_refused_after_what_came_before_it_was_stored(client: TestClient, lab: Home) -> None:
    parts = records(3)
    whole = b"".join(parts[:3])
    damaged = bytearray(parts[3])
    damaged[-1] ^= 1
    assert post(client, 0, whole + damaged + parts[4]) == (200, {"offset": len(whole)})
    status, problem = post(client, len(whole), bytes(damaged) + parts[4])
    assert (status, problem["detail"]) == (
        400,
        f"journal {RUN}/{WRITER}: the record at offset {len(whole)} is damaged.",
    )
    assert post(client, len(whole), parts[3])[0] == 200
    assert stored(lab) == [0, 1]


def test_a_record_that_does_not_hold_what_its_tag_promises_is_refused(client: TestClient) -> None:
    status, problem = post(client, 0, records()[0] + journal.encode(journal.KEYS, 0, ["a", "a"]))
    assert status == 200
    status, problem = post(client, problem["offset"], journal.encode(journal.KEYS, 0, ["a", "a"]))
    assert (status, problem["status"]) == (400, 400)


def test_a_journal_of_another_run_or_writer_is_refused(client: TestClient, lab: Home) -> None:
    for field, change in (
        ("run", {"run": "otherotherother"}),
        ("writer", {"writer": "otherother"}),
        ("project", {"project": ""}),
    ):
        names = {"run": RUN, "writer": WRITER, "project": "p", "name": "r", "us": 5} | change
        status, problem = post(client, 0, journal.encode(journal.OPEN, journal.Open(**names)))
        assert (status, problem["field"]) == (400, field)
    assert lab.catalog.runs() == []


def test_a_journal_that_opens_nothing_needs_a_known_run(client: TestClient) -> None:
    assert post(client, 0, journal.encode(journal.REWIND, 5, 3))[0] == 404


def test_a_journal_of_a_deleted_run_is_refused(client: TestClient) -> None:
    parts = records()
    post(client, 0, b"".join(parts[:3]))
    client.delete(f"/api/v1/runs/{RUN}")
    assert post(client, len(b"".join(parts[:3])), parts[3])[0] in {404, 409}
    assert client.get("/api/v1/projects").json()["projects"] == []


def test_gzip_is_fine(client: TestClient, lab: Home) -> None:
    body = b"".join(records())
    assert post(client, 0, gzip.compress(body), content_encoding="gzip") == (200, {"offset": len(body)})


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.5", "9" * 30])
def test_the_offset_must_be_a_number(client: TestClient, offset: str) -> None:
    status, problem = post(client, offset, b"")
    assert (status, problem["field"]) == (400, "offset")


@pytest.mark.parametrize("name", ["short", "UPPERCASE0", "has-dash-in-it", "x" * 41, "..%2f..%2fetc"])
def test_ids_that_could_not_be_files_are_refused(client: TestClient, name: str) -> None:
    assert client.get(f"/api/v1/journals/{name}/{WRITER}").status_code in {400, 404}
    assert client.get(f"/api/v1/journals/{RUN}/{name}").status_code in {400, 404}


def test_an_empty_piece_tells_where_it_stands(client: TestClient) -> None:
    body = b"".join(records())
    post(client, 0, body)
    assert post(client, len(body), b"") == (200, {"offset": len(body)})
