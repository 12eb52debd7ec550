"""Records of one run: which keys there are, and what is known of each record without its payload."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.batch import Object
from gnomon.core.errors import NotFoundError
from gnomon.core.limits import MAX_STEP
from gnomon.server.context import answer, context
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire import plain, seconds
from gnomon.server.wire_records import RecordKeyRow, RecordRow, RecordsPage

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
    keys = {key: home.engine.objects(run, key) for key in home.engine.object_keys(run)}
    if asked.key is None:
        return answer(RecordsPage(keys={key: _key_row(found) for key, found in keys.items()}, cursor=cursor))
    if asked.key not in keys:
        msg = f"No records under that key in this run. It has {len(keys)} keys of records."
        raise NotFoundError(msg)
    chosen = [
        (i, o)
        for i, o in enumerate(keys[asked.key])
        if asked.first <= o.step <= (MAX_STEP if asked.last is None else asked.last)
    ][:: asked.every]
    end = len(chosen) if asked.newest else asked.offset + asked.limit
    start = max(0, end - asked.limit) if asked.newest else asked.offset
    rows = [_row(i, record) for i, record in chosen[start:end]]
    return answer(RecordsPage(records=rows, more=len(rows) < len(chosen) - (0 if asked.newest else asked.offset)))


def _key_row(found: list[Object]) -> RecordKeyRow:
    last = found[-1]
    return RecordKeyRow(
        kind=last.kind,
        viewer=last.kind,
        n=len(found),
        first_step=found[0].step,
        last_step=last.step,
        size=sum(len(o.data) for o in found),
    )


def _row(number: int, record: Object) -> RecordRow:
    return RecordRow(
        id=number,
        key=record.key,
        step=record.step,
        time=seconds(record.us),
        kind=record.kind,
        meta=plain(record.meta),
        size=len(record.data),
        summary="",
        value=_value(record),
    )


def _value(record: Object) -> Any:
    """Return text and JSON as they are; of other kinds `meta` tells what there is."""
    if record.kind not in {"text", "json"} or len(record.data) > INLINE_BYTES:
        return msgspec.UNSET
    if record.kind == "text":
        return record.data.decode("utf-8", "replace")
    try:
        return msgspec.json.decode(record.data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return msgspec.UNSET


OPERATIONS = (Operation("GET", "/api/v1/runs/{run}/records", list_records, "records", RecordsPage, RecordsRange),)
