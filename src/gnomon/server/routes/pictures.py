"""Pictures of records: an image, one of a batch, a frame of a film, a plane of a tensor, as PNG of the size shown."""

import hashlib
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct, structs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError
from gnomon.server.context import context
from gnomon.server.downloads import FOREVER, is_known
from gnomon.server.drawing import draw
from gnomon.server.operation import Operation, read_query
from gnomon.server.record_rows import content_tag, found_record
from gnomon.server.routes.records import RECORD
from gnomon.store.engine import RecordInfo

PNG: Final = "image/png"
_DRAWN: Final = 1
"""Goes up when the same question has another picture as its answer, so that none of before is shown."""


class PictureQuery(Struct):
    """Parameters of a picture.

    `index` is the place in a batch, or the frame; `size` the longer side in pixels; `low` and `high` become black and
    white (or the ends of the map); `channel` shows one channel alone.
    """

    index: Annotated[int, Meta(ge=0, le=1 << 32)] = 0
    size: Annotated[int, Meta(ge=1, le=4096)] | None = None
    low: float | None = None
    high: float | None = None
    stretch: Literal["linear", "log", "asinh"] = "linear"
    channel: Annotated[int, Meta(ge=0, le=1 << 20)] | None = None


async def get_image(request: Request) -> Response:
    """Return a picture of a record as PNG; the same one is drawn once, however many ask."""
    asked = read_query(request, PictureQuery)
    home, run, record = await run_in_threadpool(found_record, request)
    if asked.low is not None and asked.high is not None and not asked.low < asked.high:
        msg = f"low: expected less than high, received {asked.low} and {asked.high}."
        raise InputError(msg, field="low")
    tag = _tag(run, record, asked)
    headers = {"Cache-Control": FOREVER, "ETag": f'"{tag}"'}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    found = context(request)
    picture = await found.pictures.get(tag, lambda: draw(home.engine, run, record, asked))
    found.metrics.pictures = found.pictures.made
    return Response(picture, 200, headers, PNG)


def _tag(run: str, record: RecordInfo, asked: PictureQuery) -> str:
    """Return a name for a picture; the meta of a record takes part in how its bytes are seen."""
    seen = msgspec.json.encode(
        [content_tag(run, record), record.kind, dict(record.meta), structs.astuple(asked), _DRAWN]
    )
    return hashlib.sha256(seen).hexdigest()[:40]


OPERATIONS = (Operation("GET", f"{RECORD}/image", get_image, "records", bytes, PictureQuery, media_out=(PNG,)),)
