import gzip
import json
import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pytest
from starlette.testclient import TestClient

from gnomon.core.batch import Batch
from gnomon.core.errors import StoreError
from gnomon.store.engine import Appended
from gnomon.store.home import Home

INGEST = "/api/v1/ingest"
BUSY_TIME = 1_790_000_000.25


def post(client: TestClient, line: object) -> dict[str, object]:
    answer = client.post(INGEST, json=line)
    assert answer.status_code == 200, answer.text
    return answer.json()


def run_of(client: TestClient, line: object) -> str:
    (run,) = post(client, line)["runs"]
    return run


def test_one_json_line_makes_project_run_and_point(client: TestClient, lab: Home) -> None:
    run = run_of(client, {"project": "p", "run": "r", "step": 3, "time": BUSY_TIME, "loss": 0.5})
    info = lab.catalog.run(run)
    points = lab.engine.points(run, "loss")
    assert (info.project, info.name, info.state) == ("p", "r", "running")
    assert (points.step.tolist(), points.us.tolist(), points.value.tolist()) == ([3], [1_790_000_000_250_000], [0.5])


def test_the_same_names_mean_the_same_run_and_an_id_does_too(client: TestClient) -> None:
    run = run_of(client, {"project": "p", "run": "r", "loss": 1})
    assert run_of(client, {"project": "p", "run": "r", "loss": 2}) == run
    assert run_of(client, {"run": run, "loss": 3}) == run
    assert run_of(client, {"project": "other", "run": "r", "loss": 4}) != run


def test_lines_without_a_project_go_to_default(client: TestClient, lab: Home) -> None:
    run = run_of(client, {"run": "r", "loss": 1})
    assert lab.catalog.run(run).project == "default"


def test_lines_without_a_step_count_on_within_and_across_requests(client: TestClient, lab: Home) -> None:
    run = run_of(client, [{"run": "r", "loss": 1}, {"run": "r", "loss": 2}, {"run": "r", "step": 10, "loss": 3}])
    post(client, {"run": "r", "loss": 4, "acc": 1})
    assert lab.engine.points(run, "loss").step.tolist() == [0, 1, 10, 11]


def test_records_changes_and_state_are_merged_into_the_run(client: TestClient, lab: Home) -> None:
    line = {
        "run": "r",
        "step": 5,
        "time": BUSY_TIME,
        "config": {"lr": 0.1, "opt": {"name": "adam"}},
        "tags": ["b", "a"],
        "notes": "first try",
        "group": "g",
        "state": "finished",
        "text": "hello",
        "table": [[1, 2], [3, 4]],
        "nothing": None,
        "flag": True,
    }
    run = run_of(client, line)
    info = lab.catalog.run(run)
    found = [
        (r.key, r.kind, r.step, lab.engine.payload(run, r.id))
        for key in lab.engine.record_keys(run)
        for r in lab.engine.records(run, key)
    ]
    assert found == [("table", "json", 5, b"[[1,2],[3,4]]"), ("text", "text", 5, b"hello")]
    assert (info.tags, info.notes, info.group, info.state) == (("a", "b"), "first try", "g", "finished")
    assert info.finished_us == 1_790_000_000_250_000
    assert lab.engine.config(run) == {"lr": 0.1, "opt": {"name": "adam"}}
    assert list(lab.engine.series(run)) == ["flag"]


def test_numbers_that_json_cannot_hold_come_as_text(client: TestClient, lab: Home) -> None:
    run = run_of(client, [{"run": "r", "loss": v} for v in ("NaN", "Infinity", "-Infinity")])
    values = lab.engine.points(run, "loss").value.tolist()
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]


def test_a_bad_line_is_named_and_the_good_ones_are_stored(client: TestClient, lab: Home) -> None:
    lines = [
        {"run": "r", "step": 0, "loss": 1},
        {"run": "r", "step": -1, "loss": 2},
        {"loss": 3},
        7,
        {"run": "r", "step": 1, "loss": 4},
        {"run": "r", "batch": 1, "loss": 5},
        {"run": "r", "state": "resting"},
        {"run": "r", "config": [1]},
        {"run": "r", "time": "noon", "loss": 1},
        {"run": "", "loss": 1},
        {"run": "r", "a\u0000b": 1},
        {"run": "r", "loss": 10**400},
        {"run": "r", "time": 10**400, "loss": 1},
        {"run": "r", "config": {"a": 10**400}},
        {"run": "r", "config": {f"k{i}": i for i in range(5_001)}},
        {"run": "r", "tags": [7]},
        {"run": "r", "notes": "x" * 65_537},
    ]
    answer = post(client, lines)
    (run,) = answer["runs"]
    assert (answer["accepted"], answer["points"]) == (2, 2)
    assert [(e["index"], e["field"]) for e in answer["errors"]] == [
        (1, "step"),
        (2, "run"),
        (3, ""),
        (5, "writer"),
        (6, "state"),
        (7, "config"),
        (8, "time"),
        (9, "run"),
        (10, "key"),
        (11, "loss"),
        (12, "time"),
        (13, "config"),
        (14, "config"),
        (15, "tags"),
        (16, "notes"),
    ]
    assert lab.engine.points(run, "loss").value.tolist() == [1, 4]


def test_a_request_with_no_good_line_is_a_problem_that_names_the_field(client: TestClient, lab: Home) -> None:
    answer = client.post(INGEST, json={"run": "r", "step": 2**63, "loss": 1})
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert (problem["field"], problem["errors"][0]["index"]) == ("step", 0)
    assert "2^53 - 1" in problem["detail"]
    assert lab.catalog.runs() == []


def test_ndjson_goes_on_after_a_torn_line(client: TestClient) -> None:
    body = b'{"run":"r","loss":1}\n\n{"run":"r","lo\n{"run":"r","loss":2}\n'
    answer = client.post(INGEST, content=body, headers={"content-type": "application/x-ndjson"}).json()
    assert (answer["accepted"], [e["index"] for e in answer["errors"]]) == (2, [1])


def test_columns_store_many_points_and_null_is_no_point(client: TestClient, lab: Home) -> None:
    columns = {"step": [1, 2, 3], "time": [BUSY_TIME] * 3, "loss": [0.5, 0.4, "NaN"], "acc": [0.1, None, 0.3]}
    answer = post(client, {"run": "r", "columns": columns})
    (run,) = answer["runs"]
    loss, acc = lab.engine.points(run, "loss"), lab.engine.points(run, "acc")
    assert answer["points"] == 5
    assert (loss.step.tolist(), loss.value.tolist()[:2], loss.us.tolist()[0]) == (
        [1, 2, 3],
        [0.5, 0.4],
        1_790_000_000_250_000,
    )
    assert (acc.step.tolist(), acc.value.tolist()) == ([1, 3], [0.1, 0.3])


def test_columns_without_steps_count_on(client: TestClient, lab: Home) -> None:
    run = run_of(client, {"run": "r", "step": 4, "loss": 1})
    post(client, {"run": "r", "columns": {"loss": [2, None, 3], "acc": [1, 2, 3]}})
    assert lab.engine.points(run, "loss").step.tolist() == [4, 5, 7]
    assert lab.engine.points(run, "acc").step.tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ([], "columns"),
        ({}, "columns"),
        ({"step": [1]}, "columns"),
        ({"loss": 3}, "columns.loss"),
        ({"loss": [1, "two"]}, "columns.loss"),
        ({"loss": [1, [2]]}, "columns.loss"),
        ({"loss": [1, 10**400]}, "columns.loss"),
        ({"loss": [1, 2], "acc": [1]}, "columns.acc"),
        ({"step": [1], "loss": [1, 2]}, "columns.step"),
        ({"step": [1, 2.5], "loss": [1, 2]}, "columns.step"),
        ({"step": [1, -2], "loss": [1, 2]}, "columns.step"),
        ({"step": "ab", "loss": [1, 2]}, "columns.step"),
        ({"time": [1, -5], "loss": [1, 2]}, "columns.time"),
        ({"time": [1, None], "loss": [1, 2]}, "columns.time"),
        ({"time": [1], "loss": [1, 2]}, "columns.time"),
    ],
)
def test_wrong_columns_are_refused_by_name(client: TestClient, columns: object, field: str) -> None:
    answer = client.post(INGEST, json={"run": "r", "columns": columns})
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_msgpack_columns_may_be_raw_bytes(client: TestClient, lab: Home) -> None:
    step, loss = np.arange(1000, dtype="<i8"), np.linspace(0, 1, 1000, dtype="<f8")
    body = msgspec.msgpack.encode({"run": "r", "columns": {"step": step.tobytes(), "loss": loss.tobytes()}})
    answer = client.post(INGEST, content=body, headers={"content-type": "application/msgpack"}).json()
    points = lab.engine.points(answer["runs"][0], "loss")
    assert answer["points"] == 1000
    np.testing.assert_array_equal(points.step, step)
    np.testing.assert_array_equal(points.value, loss)


def test_a_deleted_run_is_not_begun_again_by_what_is_sent_to_its_id(client: TestClient) -> None:
    [run] = client.post(INGEST, json={"run": "r", "loss": 1}).json()["runs"]
    assert client.delete(f"/api/v1/runs/{run}").status_code == 204
    refused = client.post(INGEST, json={"run": run, "loss": 2})
    assert (refused.status_code, refused.json()["errors"][0]["detail"]) == (
        400,
        f'No run "{run}" in this store: it was never opened here, or it was deleted.',
    )
    mixed = client.post(INGEST, json=[{"run": run, "loss": 2}, {"run": "other", "loss": 2}]).json()
    assert (mixed["accepted"], [e["index"] for e in mixed["errors"]]) == (1, [0])
    found = client.post("/api/v1/runs:query", json={}).json()["runs"]
    assert [row["name"] for row in found] == ["other"]
    [again] = client.post(INGEST, json={"run": "r", "loss": 3}).json()["runs"]
    assert again != run  # its name is free


def test_gzip_members_one_after_another_are_one_body(client: TestClient) -> None:
    headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
    lines = [b'{"run":"r","loss":%d}\n' % number for number in range(3)]
    body = b"".join(map(gzip.compress, lines))
    assert client.post(INGEST, content=body, headers=headers).json()["accepted"] == 3
    bombs = gzip.compress(b" " * (32 << 20)) * 2
    for damaged, status in [(body + b"tail", 400), (body[:-5], 400), (bombs, 413), (b"", 400)]:
        assert client.post(INGEST, content=damaged, headers=headers).status_code == status


def test_gzip_is_undone_and_a_bomb_is_stopped(client: TestClient) -> None:
    line = json.dumps({"run": "r", "loss": 1}).encode()
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post(INGEST, content=gzip.compress(line), headers=headers).json()["accepted"] == 1
    bomb = gzip.compress(b" " * (64 << 20))
    for body, status in [(bomb, 413), (b"nonsense", 400), (gzip.compress(line)[:-9], 400)]:
        assert client.post(INGEST, content=body, headers=headers).status_code == status
    headers["content-encoding"] = "br"
    assert client.post(INGEST, content=line, headers=headers).json()["field"] == "Content-Encoding"


def test_a_repeat_of_writer_and_batch_is_accepted_and_stored_once(client: TestClient, lab: Home) -> None:
    line = {"run": "r", "writer": "w", "batch": 4, "loss": 1}
    run = run_of(client, line)
    assert post(client, line)["accepted"] == 1
    post(client, [{**line, "batch": 3, "loss": 9}, {**line, "batch": 7, "loss": 2}, {**line, "batch": 7, "loss": 3}])
    assert lab.engine.points(run, "loss").value.tolist() == [1, 2, 3]


def test_two_lines_of_two_new_runs_in_one_request_make_two_runs(client: TestClient, lab: Home) -> None:
    answer = post(client, [{"run": "a", "loss": 1}, {"run": "b", "loss": 2}, {"run": "a", "loss": 3}])
    assert sorted(lab.catalog.run(run).name for run in answer["runs"]) == ["a", "b"]


def test_a_full_disk_is_said_and_storing_goes_on_when_space_returns(
    client: TestClient, lab: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> list[object]:
        msg = "store.db: no space left on the device."
        raise StoreError(msg)

    append = lab.engine.append
    monkeypatch.setattr(lab.engine, "append", full)
    answer = client.post(INGEST, json={"run": "r", "loss": 1})
    assert (answer.status_code, answer.json()["detail"]) == (507, "store.db: no space left on the device.")
    assert client.get("/health").status_code == 503
    assert "no space left" in client.get("/api/v1/doctor").json()["troubles"][0]
    monkeypatch.setattr(lab.engine, "append", append)
    assert post(client, {"run": "r", "loss": 1})["accepted"] == 1
    assert client.get("/health").json() == {"ok": True, "detail": None}


def test_more_than_the_disk_takes_is_refused_with_the_time_to_wait_and_then_taken(
    client: TestClient, lab: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, entered, gate = lab.engine.append, threading.Event(), threading.Event()

    def slow(batches: Sequence[Batch]) -> list[Appended | Exception]:
        entered.set()
        assert gate.wait(30)
        return append(batches)

    monkeypatch.setattr(lab.engine, "append", slow)
    monkeypatch.setattr(lab.committer, "_max_bytes", 1000)
    with ThreadPoolExecutor(1) as sender:
        first = sender.submit(post, client, {"run": "r", "step": 0, "loss": 1})
        assert entered.wait(30)
        answer = client.post(INGEST, json={"run": "r", "step": 1, "notes": "x" * 1000, "loss": 1})
        gate.set()
        assert first.result(30)["accepted"] == 1
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "Retry" in answer.json()["hint"]
    assert post(client, {"run": "r", "step": 1, "loss": 1})["accepted"] == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'{"run":"r","loss":1e9999}',
        b'{"run":"r","loss":NaN}',
        b'{"run":"\\ud800","loss":1}',
        b'{"run":"r","step":1e400,"loss":1}',
        b'{"run":"r","step":9223372036854775808,"loss":1}',
        b'{"run":"r","step":-9223372036854775809,"loss":1}',
        b'{"run":"r","deep":' + b"[" * 90 + b"]" * 90 + b"}",
        b"[" * 100_000,
        b'{"run":"r","config":' + b'{"a":' * 100_000,
        b"\xff\xfe\x00",
        json.dumps({"run": "r"} | {f"k{i}": i for i in range(20_001)}).encode(),
        json.dumps({"run": "r", "k" * 513: 1}).encode(),
        json.dumps({"run": "r", "text": "x" * 65_537}).encode(),
    ],
)
def test_hostile_json_is_refused_and_the_server_lives(client: TestClient, body: bytes) -> None:
    answer = client.post(INGEST, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 413}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert post(client, {"run": "r", "loss": 1})["accepted"] == 1


def test_of_duplicate_keys_the_last_counts(client: TestClient, lab: Home) -> None:
    answer = client.post(INGEST, content=b'{"run":"r","loss":1,"loss":2}', headers={"content-type": "application/json"})
    assert lab.engine.points(answer.json()["runs"][0], "loss").value.tolist() == [2]
