"""Embeddings laid out by t-SNE and UMAP: the places of the points, and how far the work on them is."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct, structs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gnomon.analysis.projection import METHODS, Array, Layout, missing
from gnomon.core.errors import GnomonError, InputError, LimitError, MissingExtraError
from gnomon.server.context import answer, context
from gnomon.server.downloads import is_known
from gnomon.server.errors import describe, unexpected
from gnomon.server.operation import Operation, read_query
from gnomon.server.projections import Link, Progress
from gnomon.server.projector import Limits
from gnomon.server.record_rows import content_tag, found_record
from gnomon.server.routes.arrays import NPY
from gnomon.server.routes.records import RECORD
from gnomon.server.wire_records import ProjectionLine, ProjectionMethod, ProjectionMethods
from gnomon.store.engine import Engine, RecordInfo
from gnomon.store.slices import Chosen, layout_of, read_slice, reading

LINES: Final = "application/x-ndjson"
_MADE: Final = 1
"""Goes up when the same question has another layout as its answer."""
_STRIDE: Final = 16
_encode = msgspec.json.Encoder().encode


class ProjectionQuery(Struct):
    """Parameters of a layout.

    `follow` begins it from the one of the step before, so that points can be compared over steps; `perplexity` (t-SNE)
    and `neighbors` (UMAP) are how many points count as near.
    """

    method: Literal["tsne", "umap"] = "tsne"
    dims: Literal[2, 3] = 2
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 0
    perplexity: Annotated[float, Meta(ge=1, le=1000)] = 30.0
    neighbors: Annotated[int, Meta(ge=2, le=1000)] = 15
    follow: bool = True


def list_methods(request: Request) -> Response:
    """List the ways in which embeddings can be laid out here; principal components are up to the reader."""
    methods = [ProjectionMethod(name=n, label=METHODS[n][0], missing=missing(n)) for n in ("tsne", "umap")]
    return answer(ProjectionMethods(methods=methods, max_rows=context(request).projections.limits.max_rows))


async def get_projection(request: Request) -> Response:
    """Return a place for each vector of an embedding as a NumPy `.npy` file, or how far the work on it is."""
    asked = read_query(request, ProjectionQuery)
    hint = missing(asked.method)
    if hint is not None:
        raise MissingExtraError(hint)
    home, run, record = await run_in_threadpool(found_record, request)
    if record.kind != "embedding":
        msg = f"kind: expected an embedding, this record is of kind {record.kind}."
        raise InputError(msg, field="kind")
    found = context(request).projections
    chain = await run_in_threadpool(_chain, home.engine, run, record, asked, found.limits)
    tag = chain[-1].tag
    # A rewind may give it other steps to begin from, so a reader asks again whether its own is still the one.
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{tag}"'}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    work = Layout(asked.method, asked.dims, asked.seed, asked.perplexity, asked.neighbors)

    def begin(hear: Callable[[Progress], None]) -> Coroutine[Any, Any, bytes]:
        return found.get(chain, work, hear)

    if LINES in request.headers.get("accept", ""):
        return ProgressStream(begin)
    data = await _while_wanted(begin(lambda _: None), request.receive)
    return Response(data, 200, headers, NPY)


def _chain(engine: Engine, run: str, record: RecordInfo, asked: ProjectionQuery, limits: Limits) -> list[Link]:
    """Return the records that are laid out one after another up to this one, the first of them on its own."""
    _check(record, limits)
    records = [record]
    if asked.follow:
        before = [each for each in engine.records(run, record.key, 0, record.step) if each.kind == record.kind]
        places = {each.id: i for i, each in enumerate(before)}
        i = places.get(record.id, 0)
        while i > 0 and _follows(before[parent(i)], before[i], limits):
            i = parent(i)
            records.insert(0, before[i])
    chain: list[Link] = []
    for each in records:
        named = [_MADE, content_tag(run, each), each.meta.get("n"), each.meta.get("dim"), structs.astuple(asked)]
        tag = hashlib.sha256(_encode([*named, chain[-1].tag if chain else ""])).hexdigest()[:40]
        chain.append(Link(tag, _reader(engine, run, each)))
    return chain


def parent(i: int) -> int:
    """Return which step the i-th one begins from: the one before, and for each sixteenth the one sixteen before.

    The last of ten thousand steps is so reached over sixty others rather than over all.

    Example:
        >>> parent(5), parent(32), parent(512)
        (4, 16, 256)
    """
    width = 1
    while i % (width * _STRIDE) == 0:
        width *= _STRIDE
    return i - width


def _follows(before: RecordInfo, record: RecordInfo, limits: Limits) -> bool:
    """Tell whether two records are of the same points, as far as their number tells."""
    try:
        _check(before, limits)
    except (InputError, LimitError):
        return False
    return before.meta.get("n") == record.meta.get("n")


def _check(record: RecordInfo, limits: Limits) -> None:
    n, dim = layout_of(record).shape
    if n > limits.max_rows:
        msg = f"vectors: expected at most {limits.max_rows} of them, received {n}. Log a sample of them."
        raise LimitError(msg, field="vectors")
    if n * dim * 4 > limits.max_bytes:
        msg = f"vectors: expected at most {limits.max_bytes} bytes, received {n * dim * 4}. Log fewer dimensions."
        raise LimitError(msg, field="vectors")


def _reader(engine: Engine, run: str, record: RecordInfo) -> Callable[[], Array]:
    def read() -> Array:
        layout = layout_of(record)
        with reading(engine, run, record) as payload:
            return read_slice(payload, layout, Chosen.of(layout, "")).astype("<f4")

    return read


async def _while_wanted(work: Coroutine[Any, Any, bytes], receive: Receive) -> bytes:
    """Return the result of some work, which is given up when the reader goes away."""
    tasks = asyncio.create_task(work), asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else b""
    finally:
        await _end(*tasks)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class ProgressStream(Response):
    """Lines of JSON that say how far a layout is, until it is ready or the reader goes away."""

    media_type = LINES

    def __init__(self, begin: Callable[[Callable[[Progress], None]], Coroutine[Any, Any, bytes]]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-store"
        self._begin = begin

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        tasks = asyncio.create_task(self._serve(send)), asyncio.create_task(_gone(receive))
        # A server that ends cancels what still runs, twice if it takes long; the reader sees the lines break off.
        with suppress(asyncio.CancelledError):
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _end(*tasks)

    async def _serve(self, send: Send) -> None:
        heard = asyncio.Event()
        latest: list[Progress] = []

        def hear(progress: Progress) -> None:
            latest[:] = [progress]
            heard.set()

        async def put(line: ProjectionLine, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": _encode(line) + b"\n", "more_body": more})

        async def follow() -> None:
            while await heard.wait():
                heard.clear()
                now = latest[0]
                await put(ProjectionLine(state=now.state, done=now.done, of=now.of, part=now.part))

        follower = asyncio.create_task(follow())
        try:
            await self._begin(hear)
        except GnomonError as error:
            last = ProjectionLine(state="failed", problem=describe(error))
        except Exception as error:  # noqa: BLE001 - told in the stream, as the guard would before it began
            last = ProjectionLine(state="failed", problem=unexpected(error))
        else:
            last = ProjectionLine(state="ready")
        finally:
            await _end(follower)
        with suppress(OSError):
            await put(last, more=False)


OPERATIONS = (
    Operation("GET", "/api/v1/projections", list_methods, "records", ProjectionMethods),
    Operation(
        "GET",
        f"{RECORD}/projection",
        get_projection,
        "records",
        ProjectionLine,
        ProjectionQuery,
        media_out=(NPY, LINES),
    ),
)
