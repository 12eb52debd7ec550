"""The console of a run over HTTP and the live channel."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.server.logged import US, new_run

from gnomon.core.batch import Batch, Console
from gnomon.server.frames import Watch, build
from gnomon.server.wire_live import ConsoleFrame, LiveWatch
from gnomon.store.home import Home

TEXT = "epoch 1\nepoch 2\n\x1b[31mepoch\x1b[0m 3\n"


@pytest.fixture
def run(lab: Home) -> str:
    return new_run(lab, Console(US, 0, TEXT), Console(US + 2_000_000, 1, "Traceback (most recent call last):\n 45%"))


def page(client: TestClient, run: str, **asked: object) -> dict[str, Any]:
    """Return a page of the console, without its cursor."""
    answer = client.get(f"/api/v1/runs/{run}/console", params={k: str(v) for k, v in asked.items()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found.pop("cursor")
    return found


def row(n: int, text: str, time: float = US / 1e6, stream: int = 0) -> dict[str, Any]:
    return {"n": n, "time": time, "stream": stream, "text": text}


ERROR = row(3, "Traceback (most recent call last):", US / 1e6 + 2, 1)
EPOCHS = [row(0, "epoch 1"), row(1, "epoch 2"), row(2, "\x1b[31mepoch\x1b[0m 3")]
OPEN = [{"time": US / 1e6 + 2, "stream": 1, "text": " 45%"}]
HEAD = {"total": 4, "errors": 1, "first_error": 3, "open": OPEN}


def test_lines_come_by_number_with_what_is_known_of_all(client: TestClient, run: str) -> None:
    assert page(client, run) == {**HEAD, "matched": 4, "lines": [*EPOCHS, ERROR], "more": False}
    assert page(client, run, first=1, limit=2) == {**HEAD, "matched": 4, "lines": EPOCHS[1:], "more": True}
    assert page(client, run, newest="true", limit=1) == {**HEAD, "matched": 4, "lines": [ERROR], "more": False}
    assert page(client, run, first=4) == {**HEAD, "matched": 4, "lines": [], "more": False}
    assert page(client, run, limit=0) == {**HEAD, "matched": 4, "lines": [], "more": False}


def test_a_search_finds_lines_whatever_their_colours(client: TestClient, run: str) -> None:
    found = page(client, run, q="EPOCH", numbers="true", limit=2)
    assert found == {**HEAD, "matched": 3, "lines": EPOCHS[:2], "more": True, "found": [0, 1, 2]}
    assert page(client, run, q="EPOCH", first=1, offset=1)["lines"] == EPOCHS[2:]
    assert page(client, run, q="EPOCH", case="true")["matched"] == 0
    assert page(client, run, q="h [23]$", regex="true")["lines"] == EPOCHS[1:]
    assert page(client, run, stream=1)["lines"] == [ERROR]
    assert page(client, run, q="epoch", stream=1, numbers="true")["found"] == []
    assert page(client, run, q="epoch", newest="true", limit=1)["lines"] == EPOCHS[2:]


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"q": "(", "regex": "true"}, "does not compile"),
        ({"stream": 3}, "stream"),
        ({"limit": 10_001}, "limit"),
        ({"q": "x" * 1001}, "q"),
        ({"first": -1}, "first"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(
    client: TestClient, run: str, asked: dict[str, Any], detail: str
) -> None:
    answer = client.get(f"/api/v1/runs/{run}/console", params=asked)
    assert answer.status_code == 400
    assert detail in answer.json()["detail"]


def test_a_regular_expression_that_never_ends_is_stopped(
    client: TestClient, lab: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gnomon.store.console_search.find_regex.__defaults__", (0.3,))
    run = new_run(lab, Console(US, 0, "a" * 60 + "!\n"))
    answer = client.get(f"/api/v1/runs/{run}/console", params={"q": "^(a+)+$", "regex": "true"})
    assert answer.status_code == 400
    assert "took longer than 0.3 s" in answer.json()["detail"]


def test_the_console_of_no_run_is_not_there(client: TestClient) -> None:
    assert client.get("/api/v1/runs/none/console").status_code == 404
    assert client.get("/api/v1/runs/none/console.txt").status_code == 404


def test_a_download_is_plain_text(client: TestClient, run: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/console.txt")
    assert answer.text == "epoch 1\nepoch 2\nepoch 3\nTraceback (most recent call last):\n 45%\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_whoever_watches_a_console_hears_that_it_grew(lab: Home, run: str) -> None:
    before = lab.bus.head
    lab.submit([Batch(run, "w00000", 1, 2, (Console(US, 0, "more\n"), Console(US, 0, "still open")))])[0].result()
    events = lab.bus.since(before)
    assert events is not None
    for keys, heard in ((["gnomon/console"], True), ("*", True), (["loss"], False)):
        watch = Watch.of(LiveWatch(op="watch", runs={run: keys}))  # type: ignore[dict-item]
        frames = [frame for frame in build(events, watch, "c") if isinstance(frame, ConsoleFrame)]
        assert frames == ([ConsoleFrame(cursor="c", run=run, total=5)] if heard else [])
    assert "still open" not in repr(events)


def test_what_is_printed_reaches_a_browser(client: TestClient, lab: Home, run: str) -> None:
    with client.websocket_connect("ws://127.0.0.1:7000/api/v1/live") as socket:
        socket.receive_json()
        socket.send_text(json.dumps({"op": "watch", "runs": {run: ["gnomon/console"]}}))
        assert socket.receive_json()["type"] == "hello"
        lab.submit([Batch(run, "w00000", 1, 2, (Console(US, 0, "more\n"),))])[0].result()
        frames = [socket.receive_json() for _ in range(2)]
    assert [(frame["type"], frame.get("total")) for frame in frames] == [("runs", None), ("console", 5)]
