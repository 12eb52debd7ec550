"""Records as rows: what is known of them, in the form that travels."""

from typing import Any, Final

import msgspec
from starlette.requests import Request

from gnomon.core.errors import InputError
from gnomon.core.records.registry import type_of
from gnomon.core.records.summary import summary_of
from gnomon.server.context import context
from gnomon.server.wire import plain, seconds
from gnomon.server.wire_records import RecordKeyRow, RecordRow
from gnomon.store.engine import Engine, RecordInfo, RecordKey
from gnomon.store.home import Home

INLINE_BYTES: Final = 64 << 10
MAX_ID: Final = 1 << 62


def key_row(found: RecordKey) -> RecordKeyRow:
    """Return what one key holds."""
    return RecordKeyRow(
        kind=found.kind,
        viewer=type_of(found.kind).viewer,
        n=found.n,
        first_step=found.first_step,
        last_step=found.last_step,
        size=found.size,
    )


def record_row(engine: Engine, run: str, record: RecordInfo, *, value: bool = True) -> RecordRow:
    """Return what is known of one record; text and JSON bring their value unless it is large."""
    return RecordRow(
        id=record.id,
        key=record.key,
        step=record.step,
        time=seconds(record.us),
        kind=record.kind,
        meta=plain(dict(record.meta)),
        size=record.size,
        summary=summary_of(record.kind, record.meta, record.size),
        value=_value(engine, run, record) if value else msgspec.UNSET,
    )


def _value(engine: Engine, run: str, record: RecordInfo) -> Any:
    if record.kind not in {"text", "json"} or record.size > INLINE_BYTES:
        return msgspec.UNSET
    data = engine.payload(run, record.id)
    if record.kind == "text":
        return data.decode("utf-8", "replace")
    try:
        return plain(msgspec.json.decode(data))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return msgspec.UNSET


def found_record(request: Request) -> tuple[Home, str, RecordInfo]:
    """Return the record that an address names.

    Raises:
        NotFoundError: There is no such run, or it has no such record.
        InputError: Its number is none.
    """
    home = context(request).home
    run = home.catalog.run(request.path_params["run"]).id
    given = request.path_params["record"]
    if not (given.isascii() and given.isdigit()) or int(given[:20]) > MAX_ID:
        msg = "record: expected a number as GET …/records?key= lists them."
        raise InputError(msg, field="record")
    return home, run, home.engine.record(run, int(given))


def content_tag(run: str, record: RecordInfo) -> str:
    """Return a name for the payload of a record: equal names, equal bytes."""
    return record.blob or f"{run}-{record.id}"
