import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from gnomon.server.app import create_app
from gnomon.server.frames import Watch
from gnomon.server.live import Hub, Listener
from gnomon.server.settings import ServerSettings
from gnomon.store.bus import Bus, Removed
from gnomon.store.home import Home

LIVE = "ws://127.0.0.1:7000/api/v1/live"


def ingest(client: TestClient, line: dict[str, object]) -> str:
    return client.post("/api/v1/ingest", json=line).json()["runs"][0]


def test_a_logged_value_reaches_the_tab_that_watches(client: TestClient, lab: Home) -> None:
    run = ingest(client, {"project": "p", "run": "r", "step": 0, "loss": 1})
    with client.websocket_connect(LIVE) as socket:
        hello = socket.receive_json()
        assert (hello["type"], lab.bus.position(hello["cursor"])) == ("hello", lab.bus.head)
        socket.send_json({"op": "watch", "projects": ["p"], "runs": {run: ["loss"]}, "since": None})
        assert socket.receive_json()["type"] == "hello"
        ingest(client, {"project": "p", "run": "r", "step": 1, "time": 5.5, "loss": 0.25, "acc": 9})
        rows, points = socket.receive_json(), socket.receive_json()
        assert (rows["type"], [(r["id"], r["last_step"]) for r in rows["rows"]]) == ("runs", [(run, 1)])
        series = {"loss": {"step": [1], "time": [5.5], "value": [0.25], "total": 2, "thinned": False}}
        assert points == {"type": "points", "cursor": lab.bus.cursor(), "run": run, "series": series}


def test_a_tab_that_comes_back_goes_on_from_its_cursor(client: TestClient, lab: Home) -> None:
    run = ingest(client, {"run": "r", "step": 0, "loss": 1})
    cursor = client.post("/api/v1/envelopes", json={"series": [{"run": run, "key": "loss"}]}).json()["cursor"]
    for step in range(1, 4):
        ingest(client, {"run": "r", "step": step, "loss": 1})
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_json({"op": "watch", "runs": {run: "*"}, "since": cursor})
        hello, _, points = socket.receive_json(), socket.receive_json(), socket.receive_json()
        assert (hello["type"], hello["cursor"]) == ("hello", cursor)
        assert points["series"]["loss"]["step"] == [1, 2, 3]
        assert points["cursor"] == lab.bus.cursor()


@pytest.mark.parametrize("cursor", ["0badb007:1", "nonsense", ":", "{boot}:999", "{boot}:-1", "{boot}:x", "{boot}:²"])
def test_a_cursor_of_another_life_asks_to_read_everything_again(client: TestClient, lab: Home, cursor: str) -> None:
    ingest(client, {"run": "r", "loss": 1})
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_json({"op": "watch", "projects": "*", "since": cursor.replace("{boot}", lab.bus.boot)})
        assert [socket.receive_json()["type"] for _ in range(2)] == ["reset", "hello"]


def test_a_removed_run_is_told(client: TestClient) -> None:
    run = ingest(client, {"project": "p", "run": "r", "loss": 1})
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_json({"op": "watch", "projects": ["p"]})
        socket.receive_json()
        client.delete(f"/api/v1/runs/{run}")
        frame = socket.receive_json()
        assert (frame["type"], frame["runs"]) == ("removed", [run])


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        '{"op":"shout"}',
        '{"op":"watch","runs":[]}',
        '{"op":"watch","projects":"p"}',
        '{"op":"watch","more":1}',
        json.dumps({"op": "watch", "runs": {f"r{i}": "*" for i in range(20_001)}}),
        "[" * 100_000,
    ],
)
def test_nonsense_closes_the_connection_and_says_why(client: TestClient, message: str) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_text(message)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert (closed.value.code, closed.value.reason[:5]) == (1008, "watch")


def test_bytes_are_nonsense_too(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_bytes(b"\x00")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1008


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something holds; the test's own timeout ends a wait in vain."""
    while not condition():  # noqa: ASYNC110  # what is waited for is not ours to signal
        await asyncio.sleep(0)


async def with_hub(bus: Bus, body: Callable[[Hub], Awaitable[None]]) -> None:
    hub = Hub(bus)
    task = asyncio.create_task(hub.run())
    try:
        await body(hub)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def follow(hub: Hub, send: Callable[[str], Awaitable[None]], watch: Watch) -> tuple[Listener, asyncio.Task[None]]:
    listener = hub.add(send)
    hub.resume(listener, watch)
    listener.first.clear()
    return listener, asyncio.create_task(hub.follow(listener))


def test_a_tab_that_does_not_read_is_reset_and_holds_up_nobody() -> None:
    bus = Bus(max_events=8)
    heard: list[dict[str, Any]] = []
    stuck: list[dict[str, Any]] = []
    gate = asyncio.Event()

    async def quick(text: str) -> None:
        heard.append(json.loads(text))

    async def slow(text: str) -> None:
        stuck.append(json.loads(text))
        await gate.wait()

    async def body(hub: Hub) -> None:
        everything = Watch(projects="*")
        tasks = [follow(hub, send, everything)[1] for send in (quick, slow)]
        for number in range(30):
            bus.publish([Removed(f"r{number}", "p")])
            await until(lambda number=number: any(f"r{number}" in f.get("runs", ()) for f in heard))
        assert len(stuck) == 1
        gate.set()
        await until(lambda: len(stuck) == 2)
        assert stuck[1] == {"type": "reset", "cursor": bus.cursor()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(with_hub(bus, body))
    assert [run for frame in heard for run in frame["runs"]] == [f"r{n}" for n in range(30)]


def test_tabs_that_want_the_same_share_one_frame() -> None:
    bus = Bus()
    texts: list[str] = []

    async def send(text: str) -> None:
        texts.append(text)

    async def body(hub: Hub) -> None:
        watch = Watch(projects="*")
        tasks = [follow(hub, send, watch)[1] for _ in range(50)]
        await until(lambda: len(hub) == 50)
        bus.publish([Removed("r", "p")])
        await until(lambda: len(texts) == 50)
        assert len({id(text) for text in texts}) == 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(with_hub(bus, body))


def test_events_come_as_server_sent_events_too(client: TestClient) -> None:
    run = ingest(client, {"project": "p", "run": "r", "step": 0, "loss": 1})
    sent: list[dict[str, Any]] = []
    done = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if b'"type":"hello"' in message.get("body", b""):
            await asyncio.to_thread(ingest, client, {"project": "p", "run": "r", "step": 1, "loss": 2})
        if b'"type":"points"' in message.get("body", b""):
            done.set()

    query = f"project=p&run={run}".encode()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/events",
        "query_string": query,
        "headers": [(b"host", b"localhost")],
        "root_path": "",
        "app": client.app,
    }

    async def stream() -> None:
        async def serve(hub: Hub) -> None:
            client.app.state.context = replace(client.app.state.context, hub=hub)
            await client.app(scope, receive, send)

        await with_hub(client.app.state.context.home.bus, serve)

    before = client.app.state.context
    try:
        asyncio.run(stream())
    finally:
        client.app.state.context = before
    body = b"".join(m.get("body", b"") for m in sent).decode()
    frames = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]
    ids = [line[4:] for line in body.splitlines() if line.startswith("id: ")]
    assert dict(sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert [f["type"] for f in frames] == ["hello", "runs", "points"]
    assert ids == [f["cursor"] for f in frames]
    assert frames[2]["series"]["loss"]["step"] == [1]


def test_the_number_of_tabs_is_limited(lab: Home, settings: ServerSettings) -> None:
    app = create_app(lab, replace(settings, max_sockets=1))
    with TestClient(app, base_url="http://127.0.0.1:7000") as client, client.websocket_connect(LIVE) as first:
        first.receive_json()
        with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect(LIVE):
            pass
        assert (refused.value.status_code, refused.value.json()["status"]) == (503, 503)
        assert client.get("/api/v1/events").status_code == 503


def test_one_that_asks_without_reading_costs_bounded_memory() -> None:
    hub = Hub(Bus())

    async def never(_: str) -> None:
        raise AssertionError

    listener = hub.add(never)
    for _ in range(1000):
        hub.resume(listener, Watch(), "0badb007:1")
    assert len(listener.first) < 100
    assert json.loads(listener.first[-1])["type"] == "hello"
