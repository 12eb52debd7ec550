from starlette.testclient import TestClient

from gnomon.core.batch import Batch, Rewind
from gnomon.server.frames import Watch, build
from gnomon.server.wire_live import DocumentChange, DocumentsFrame, LiveRecords, LiveWatch, RecordsFrame
from gnomon.store.bus import DocumentChanged, Event, Removed
from gnomon.store.engine import Appended, RecordKey, RunInfo
from gnomon.store.home import Home

from .logged import US, new_run, ramp, record, tensor

LIVE = "ws://127.0.0.1:7000/api/v1/live"


def appended(run: str, **records: RecordKey) -> Appended:
    info = RunInfo(0, run, "p", "n", "running", 1, 2)
    return Appended(Batch(run, "", 0, 0, ()), info, records=records)


def key(n: int, last: int = 5, kind: str = "image") -> RecordKey:
    return RecordKey(kind, n, 0, last, 1, 10)


def watch(**wish: object) -> Watch:
    return Watch.of(LiveWatch(op="watch", **wish))  # type: ignore[arg-type]


def test_records_of_several_commits_are_told_once_as_they_are_now() -> None:
    events = [
        Event(1, (appended("r1", a=key(1), b=key(7)), appended("r2", a=key(1))), 0),
        Event(2, (appended("r1", a=key(2, 9, "tensor")),), 0),
    ]
    frames = [f for f in build(events, watch(runs={"r1": ["a"]}), "c") if isinstance(f, RecordsFrame)]
    assert frames == [RecordsFrame(cursor="c", run="r1", keys={"a": LiveRecords(kind="tensor", n=2, last_step=9)})]
    everything = [f for f in build(events, watch(runs={"r1": "*", "r2": "*"}), "c") if isinstance(f, RecordsFrame)]
    assert [(f.run, sorted(f.keys)) for f in everything] == [("r1", ["a", "b"]), ("r2", ["a"])]
    assert [f for f in build(events, watch(projects="*"), "c") if isinstance(f, RecordsFrame)] == []


def test_records_of_a_removed_run_are_not_told() -> None:
    events = [Event(1, (appended("r1", a=key(1)), Removed("r1", "p")), 0)]
    assert [f for f in build(events, watch(runs={"r1": "*"}), "c") if isinstance(f, RecordsFrame)] == []


def test_of_several_changes_of_a_document_the_last_is_told() -> None:
    changes = (
        DocumentChanged("dashboard", "d", 1, US),
        DocumentChanged("panel", "x", 1, US),
        DocumentChanged("dashboard", "d", 2, US, deleted=True),
    )
    events = [Event(1, changes, 0)]
    boards = DocumentChange(kind="dashboard", id="d", rev=2, deleted=True)
    panel = DocumentChange(kind="panel", id="x", rev=1, deleted=False)
    assert build(events, watch(documents=["dashboard"]), "c") == [DocumentsFrame(cursor="c", changes=[boards])]
    assert build(events, watch(documents="*"), "c") == [DocumentsFrame(cursor="c", changes=[boards, panel])]
    assert build(events, watch(projects="*"), "c") == []


def test_a_logged_picture_is_told_to_the_tab_that_watches_and_to_the_one_that_comes_back(
    client: TestClient, lab: Home
) -> None:
    run = new_run(lab, tensor("w", 1, ramp(1)))
    before = client.get(f"/api/v1/runs/{run}/records").json()["cursor"]
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_json({"op": "watch", "runs": {run: ["w"]}, "documents": ["dashboard"]})
        assert socket.receive_json()["type"] == "hello"
        lab.submit([Batch(run, "", 0, 0, (tensor("w", 2, ramp(2)), record("other", 2, "text", b"x")))])[0].result()
        assert socket.receive_json()["type"] == "runs"
        told = socket.receive_json()
        assert told == {
            "type": "records",
            "cursor": lab.bus.cursor(),
            "run": run,
            "keys": {"w": {"kind": "tensor", "n": 2, "last_step": 2}},
        }
        lab.documents.put("dashboard", "main", {"title": "x"}, US)
        changed = {"kind": "dashboard", "id": "main", "rev": 1, "deleted": False}
        assert socket.receive_json() == {"type": "documents", "cursor": lab.bus.cursor(), "changes": [changed]}
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_json({"op": "watch", "runs": {run: "*"}, "documents": "*", "since": before})
        frames = [socket.receive_json() for _ in range(4)]
        assert [frame["type"] for frame in frames] == ["hello", "runs", "records", "documents"]
        assert set(frames[2]["keys"]) == {"w", "other"}


def test_after_a_rewind_the_count_is_that_of_what_is_left(client: TestClient, lab: Home) -> None:
    run = new_run(lab, tensor("w", 1, ramp(1)), tensor("w", 5, ramp(5)))
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_json({"op": "watch", "runs": {run: "*"}})
        assert socket.receive_json()["type"] == "hello"
        lab.submit([Batch(run, "", 0, 0, (Rewind(US, 3), tensor("w", 3, ramp(3))))])[0].result()
        assert socket.receive_json()["type"] == "runs"
        assert socket.receive_json()["keys"] == {"w": {"kind": "tensor", "n": 2, "last_step": 3}}
