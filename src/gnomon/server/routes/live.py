"""Live frames: over one WebSocket per tab, and the same as server-sent events."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from gnomon.core.errors import InputError, LimitError
from gnomon.server.context import Context, context
from gnomon.server.errors import problem, respond
from gnomon.server.frames import Watch
from gnomon.server.live import Hub, Listener
from gnomon.server.operation import Operation
from gnomon.server.wire_live import LiveFrame, LiveWatch

MAX_WATCHED: Final = 20_000
_KEEP_ALIVE_S: Final = 15.0
_log = logging.getLogger("gnomon.server")
_decode = msgspec.json.Decoder(LiveWatch).decode


async def live(socket: WebSocket) -> None:
    """Send one tab what it wants to hear."""
    found: Context = socket.app.state.context
    if len(found.hub) >= found.settings.max_sockets:
        await socket.send_denial_response(_full(found.settings.max_sockets))
        return
    await socket.accept()
    listener = found.hub.add(socket.send_text)
    found.hub.resume(listener, Watch())
    tasks = [asyncio.create_task(found.hub.follow(listener)), asyncio.create_task(_listen(found.hub, listener, socket))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        found.hub.remove(listener)
        for task in tasks:
            task.add_done_callback(_check_end)
            task.cancel()


def _check_end(task: asyncio.Task[None]) -> None:
    """Log what should not have ended a connection; going away while we send or listen is how they all end."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, WebSocketDisconnect | RuntimeError):
        _log.error("live connection", exc_info=error)


async def _listen(hub: Hub, listener: Listener, socket: WebSocket) -> None:
    """Take the wishes of a browser until it goes away or sends nonsense."""
    while True:
        try:
            asked = read_watch(await socket.receive_text())
        except (InputError, LimitError) as error:
            await socket.close(1008, str(error)[:120])
            return
        except KeyError:
            await socket.close(1008, "watch: expected text, received bytes.")
            return
        hub.resume(listener, Watch.of(asked), asked.since)


def read_watch(text: str) -> LiveWatch:
    """Return the wish in a message.

    Raises:
        InputError: It is not a `watch` message.
        LimitError: It names too much.
    """
    try:
        asked = _decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        msg = f"watch: {error}."
        raise InputError(msg, field="watch") from None
    keys = sum(len(wish) for wish in asked.runs.values() if wish != "*")
    if len(asked.projects) + len(asked.runs) + len(asked.documents) + keys > MAX_WATCHED:
        msg = f"watch: expected at most {MAX_WATCHED} names in all. Watch a whole run with *."
        raise LimitError(msg, field="watch")
    return asked


def _full(limit: int) -> Response:
    return respond(problem(503, f"{limit} live connections are open already.", hint="Close some tabs."))


async def events(request: Request) -> Response:
    """Send the frames of `/api/v1/live` as server-sent events; `project`, `run` and `document` may be repeated."""
    found = context(request)
    if len(found.hub) >= found.settings.max_sockets:
        return _full(found.settings.max_sockets)
    query = request.query_params
    asked = LiveWatch(
        op="watch",
        projects="*" if query.getlist("project") == ["*"] else query.getlist("project"),
        runs=dict.fromkeys(query.getlist("run"), "*"),
        documents="*" if query.getlist("document") == ["*"] else query.getlist("document"),
        since=query.get("since") or request.headers.get("last-event-id"),
    )
    return EventStream(found.hub, asked)


class EventStream(Response):
    """Frames as server-sent events, until the reader goes away or the server ends."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, asked: LiveWatch) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._hub = hub
        self._asked = asked

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})

        async def put(text: str) -> None:
            cursor = msgspec.json.decode(text, type=_Cursor).cursor
            body = f"id: {cursor}\ndata: {text}\n\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})

        listener = self._hub.add(put)
        waits = self._serve(listener, send), _gone(receive), self._hub.ending.wait()
        tasks = [asyncio.create_task(each) for each in waits]
        # A server that ends cancels what still runs (a reader that does not read): it sees the stream break off.
        with suppress(asyncio.CancelledError):
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._hub.remove(listener)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(OSError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _serve(self, listener: Listener, send: Send) -> None:
        self._hub.resume(listener, Watch.of(self._asked), self._asked.since)
        follower = asyncio.create_task(self._hub.follow(listener))
        try:
            while not follower.done():
                await asyncio.wait([follower], timeout=_KEEP_ALIVE_S)
                # A comment now and then: a proxy keeps the stream open, and a reader that is gone is noticed.
                await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
        finally:
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)


class _Cursor(msgspec.Struct):
    cursor: str


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class EventsQuery(msgspec.Struct):
    """Parameters of the event stream; all but `since` may be repeated, `project=*` and `document=*` mean all."""

    project: str | None = None
    run: str | None = None
    document: str | None = None
    since: str | None = None


OPERATIONS = (
    Operation("GET", "/api/v1/events", events, "live", LiveFrame, EventsQuery, media_out=("text/event-stream",)),
)
