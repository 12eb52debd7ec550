"""Records by `curl`: a file as the body, or a value as JSON."""

import asyncio
import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Annotated, Any, Final

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.batch import Batch, Object
from gnomon.core.clock import now_us
from gnomon.core.errors import InputError, LimitError
from gnomon.core.folder import make_private
from gnomon.core.limits import MAX_STEP, check_key
from gnomon.core.records.record_type import Encoded
from gnomon.server import media
from gnomon.server.context import Context, answer, context, read_json
from gnomon.server.operation import JSON, Operation, read_query
from gnomon.server.routes.blobs import check_space, pieces
from gnomon.server.wire_records import MediaLine, MediaStored
from gnomon.store.home import Home

_HEAD: Final = 16
_SPACE_EVERY: Final = 64 << 20


class MediaQuery(Struct):
    """Parameters of a file; without `key` the body is JSON that says everything."""

    key: Annotated[str, Meta(max_length=512)] | None = None
    step: Annotated[int, Meta(ge=0, le=MAX_STEP)] | None = None
    kind: Annotated[str, Meta(max_length=40)] | None = None
    caption: Annotated[str, Meta(max_length=2000)] | None = None
    name: Annotated[str, Meta(max_length=256)] = ""


async def post_media(request: Request) -> Response:
    """Store one record: the body is a file, or JSON with `key` and `value`."""
    asked = read_query(request, MediaQuery)
    found = context(request)
    run = found.home.catalog.run(request.path_params["run"])
    given = request.headers.get("content-type", "")
    folder = found.home.path / "cache" / "uploads"
    await asyncio.to_thread(make_private, folder)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        if asked.key is None:
            line = read_json(await _read(request, found.settings.max_body_bytes), "", MediaLine)
            encoded = await asyncio.to_thread(media.of_value, line.value, line.kind, line.caption)
        else:
            line = MediaLine(key=asked.key, value=None, step=asked.step)
            head = await spool(request, found, file)
            kind = asked.kind or media.kind_of(head, given)
            encoded = await asyncio.to_thread(_of_file, Path(file.name), kind, asked, given)
        step = (run.last_step or 0) if line.step is None else line.step
        us = now_us() if line.time is None else _microseconds(line.time)
        record = await asyncio.to_thread(_record, found.home, check_key(line.key), step, us, encoded)
        await asyncio.wrap_future(found.home.submit([Batch(run.id, "", 0, 0, (record,))])[0])
    return answer(await asyncio.to_thread(_stored, found.home, run.id, record), 201)


def _of_file(path: Path, kind: str, asked: MediaQuery, given: str) -> Encoded:
    media_type = given.partition(";")[0].strip().lower()
    return media.of_file(path, kind, name=asked.name, media_type=media_type, caption=asked.caption)


async def _read(request: Request, limit: int) -> bytes:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != JSON:
        msg = "key: expected in the query, with the file as the body; or a JSON body with key and value."
        raise InputError(msg, field="key")
    parts: list[bytes] = []
    size = 0
    async for piece in pieces(request):
        parts.append(piece)
        size += len(piece)
        if size > limit:
            msg = f"body: expected at most {limit} bytes of JSON. Send the file itself with ?key=."
            raise LimitError(msg, field="body")
    return b"".join(parts)


async def spool(request: Request, found: Context, file: IO[bytes]) -> bytes:
    """Write a body to a file as it comes; return its first bytes."""
    await asyncio.to_thread(check_space, found, int(request.headers.get("content-length", "0")))
    head, size = b"", 0
    async for piece in pieces(request):
        head = head or piece[:_HEAD]
        if size // _SPACE_EVERY != (size + len(piece)) // _SPACE_EVERY:
            await asyncio.to_thread(check_space, found, len(piece))
        await asyncio.to_thread(file.write, piece)
        size += len(piece)
    await asyncio.to_thread(file.flush)
    return head


def _record(home: Home, key: str, step: int, us: int, encoded: Encoded) -> Object:
    """Return what is stored; the bytes of a file are taken into the blobs before the record names them."""
    meta: dict[str, Any] = dict(media.meta_of(encoded))
    if not isinstance(encoded.data, Path):
        return Object(key, encoded.kind, step, us, meta, bytes(encoded.data))
    with encoded.data.open("rb") as stream:
        name = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
    home.engine.blobs.adopt(encoded.data, name, size)
    return Object(key, encoded.kind, step, us, meta, b"", name, size)


def _microseconds(time: float) -> int:
    us = 0
    with suppress(OverflowError, ValueError):
        us = round(time * 1e6)
    if not 0 < us < 1 << 53:
        msg = "time: expected UTC seconds such as 1790000000.25."
        raise InputError(msg, field="time")
    return us


def _stored(home: Home, run: str, record: Object) -> MediaStored:
    rows = home.engine.records(run, record.key, record.step, record.step, limit=100, newest=True)
    ids = [row.id for row in rows if (row.us, row.size, row.kind) == (record.us, record.size, record.kind)]
    url = f"/api/v1/runs/{run}/records" + (f"/{ids[-1]}" if ids else "")
    return MediaStored(run=run, key=record.key, kind=record.kind, step=record.step, size=record.size, url=url)


OPERATIONS = (
    Operation(
        "POST",
        "/api/v1/runs/{run}/media",
        post_media,
        "ingest",
        MediaStored,
        MediaQuery,
        MediaLine,
        media_in=("application/octet-stream",),
    ),
)
