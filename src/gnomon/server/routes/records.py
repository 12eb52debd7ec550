"""Records of one run: which keys there are, and what is known of each record without its payload."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import NotFoundError
from gnomon.core.limits import MAX_STEP
from gnomon.server.context import answer, context
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire import plain, seconds
from gnomon.server.wire_records import RecordKeyRow, RecordRow, RecordsPage
from gnomon.store.engine import Engine, RecordInfo, RecordKey

MAX_RECORDS: Final = 10_000
INLINE_BYTES: Final = 64 << 10
Step = Annotated[int, Meta(ge=0, le=MAX_STEP)]


class RecordsRange(Struct):
    """Parameters of records; without `key` their keys are listed."""

    key: Annotated[str, Meta(max_length=512)] | None = None
    first: Step = 0
    last: Step | None = None
    every: Annotated[int, Meta(ge=1)] = 1
    offset: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_RECORDS)] = 1000
    newest: bool = False


def list_records(request: Request) -> Response:
    """Return the keys of what is not a number, or the records of one key."""
    asked = read_query(request, RecordsRange)
    home = context(request).home
    cursor = home.bus.cursor()
    run = home.catalog.run(request.path_params["run"]).id
    keys = home.engine.record_keys(run)
    if asked.key is None:
        return answer(RecordsPage(keys={key: _key_row(found) for key, found in keys.items()}, cursor=cursor))
    if asked.key not in keys:
        msg = f"No records under that key in this run. It has {len(keys)} keys of records."
        raise NotFoundError(msg)
    chosen = home.engine.records(
        run,
        asked.key,
        asked.first,
        asked.last,
        every=asked.every,
        offset=asked.offset,
        limit=asked.limit + 1,
        newest=asked.newest,
    )
    shown = chosen[-asked.limit :] if asked.newest else chosen[: asked.limit]
    rows = [_row(home.engine, run, record) for record in shown]
    return answer(RecordsPage(records=rows, more=len(chosen) > asked.limit))


def _key_row(found: RecordKey) -> RecordKeyRow:
    return RecordKeyRow(
        kind=found.kind,
        viewer=found.kind,
        n=found.n,
        first_step=found.first_step,
        last_step=found.last_step,
        size=found.size,
    )


def _row(engine: Engine, run: str, record: RecordInfo) -> RecordRow:
    return RecordRow(
        id=record.id,
        key=record.key,
        step=record.step,
        time=seconds(record.us),
        kind=record.kind,
        meta=plain(dict(record.meta)),
        size=record.size,
        summary="",
        value=_value(engine, run, record),
    )


def _value(engine: Engine, run: str, record: RecordInfo) -> Any:
    """Return text and JSON as they are; of other kinds `meta` tells what there is."""
    if record.kind not in {"text", "json"} or record.size > INLINE_BYTES:
        return msgspec.UNSET
    data = engine.payload(run, record.id)
    if record.kind == "text":
        return data.decode("utf-8", "replace")
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return msgspec.UNSET


OPERATIONS = (Operation("GET", "/api/v1/runs/{run}/records", list_records, "records", RecordsPage, RecordsRange),)
