"""Records of one run: which keys there are, what is known of each record, and its payload as it was logged."""

from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct
from msgspec.json import encode
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import NotFoundError
from gnomon.core.limits import MAX_STEP, OURS, is_hidden
from gnomon.server.context import answer, context
from gnomon.server.downloads import OCTETS, Payload, file_name, media_type, send
from gnomon.server.framed import check_size, framed, read_scripts
from gnomon.server.operation import Operation, read_query
from gnomon.server.record_rows import content_tag, found_record, key_row, record_row
from gnomon.server.wire_records import RecordRow, RecordsPage
from gnomon.store.engine import Engine, RecordInfo
from gnomon.store.nearest import hint

RECORD: Final = "/api/v1/runs/{run}/records/{record}"
MAX_RECORDS: Final = 10_000
PAGE_BYTES: Final = 8 << 20
"""Metas and values that one list of records brings; the rest is on the next page."""
Step = Annotated[int, Meta(ge=0, le=MAX_STEP)]


class RecordsRange(Struct):
    """Parameters of records; without `key` their keys are listed, with `captured` those of what gnomon itself captured."""

    key: Annotated[str, Meta(max_length=512)] | None = None
    first: Step = 0
    last: Step | None = None
    every: Annotated[int, Meta(ge=1)] = 1
    offset: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_RECORDS)] = 1000
    newest: bool = False
    values: bool = True
    captured: bool = False


def list_records(request: Request) -> Response:
    """Return the keys of what is not a number, or the records of one key."""
    asked = read_query(request, RecordsRange)
    home = context(request).home
    cursor = home.bus.cursor()  # before reading, so that live frames from here on leave nothing out
    run = home.catalog.run(request.path_params["run"]).id
    if asked.key is None:
        keys = home.engine.record_keys(run)
        wanted = is_ours if asked.captured else is_shown
        shown = {key: key_row(found) for key, found in sorted(keys.items()) if wanted(key)}
        return answer(RecordsPage(keys=shown, cursor=cursor))
    found = home.engine.records(
        run,
        asked.key,
        asked.first,
        asked.last,
        every=asked.every,
        offset=asked.offset,
        limit=asked.limit + 1,
        newest=asked.newest,
    )
    if not found:
        check_key_exists(home.engine, run, asked.key)
    kept = found[-asked.limit :] if asked.newest else found[: asked.limit]
    rows = fitting(home.engine, run, kept, values=asked.values, newest=asked.newest)
    return answer(RecordsPage(records=rows, more=len(found) > len(rows)))


def fitting(engine: Engine, run: str, found: Sequence[RecordInfo], *, values: bool, newest: bool) -> list[RecordRow]:
    """Return the rows of records, fewer than there are when their metas and values are long, but at least one."""
    rows: list[RecordRow] = []
    size = 0
    for record in reversed(found) if newest else found:
        row = record_row(engine, run, record, value=values)
        size += len(encode(row.meta)) + (record.size if row.value is not UNSET else 0)
        if rows and size > PAGE_BYTES:
            break
        rows.append(row)
    return rows[::-1] if newest else rows


def is_shown(key: str) -> bool:
    """Tell whether a key is one of the user's."""
    return not is_hidden(key)


def is_ours(key: str) -> bool:
    """Tell whether a key names something that was captured."""
    return key.startswith(OURS)


def check_key_exists(engine: Engine, run: str, key: str) -> None:
    """Raise `NotFoundError` when a run has no records under a key."""
    keys = engine.record_keys(run)
    if key not in keys:
        shown = [each for each in keys if is_shown(each)]
        nearest = hint(key, shown)
        msg = f'No records "{key[:80]}" in this run, which has {len(shown)} keys of records. {nearest}'.rstrip()
        raise NotFoundError(msg)


def get_record(request: Request) -> Response:
    """Return what is known of one record."""
    home, run, record = found_record(request)
    return answer(record_row(home.engine, run, record))


def get_data(request: Request) -> Response:
    """Return the payload of a record as it was logged, or a range of it."""
    home, run, record = found_record(request)
    source = home.engine.payload_path(run, record.id) or home.engine.payload(run, record.id)
    name = file_name(record.kind, record.key, record.step, record.meta)
    kind = media_type(record.kind, record.meta)
    return send(request, Payload(source, record.size, content_tag(run, record), kind, name))


def get_frame(request: Request) -> Response:
    """Return logged HTML or a figure as a complete document that may run its scripts and reach nothing."""
    home, run, record = found_record(request)
    if record.kind != "html" and (record.kind != "figure" or record.meta.get("format") not in ("html", "svg")):
        msg = f"A record of kind {record.kind} in this form is no document. Read its data instead."
        raise NotFoundError(msg)
    check_size(record.size)
    html = home.engine.payload(run, record.id)
    return framed(html, read_scripts(home.engine.blobs, record.meta.get("scripts", ())), cache="private, max-age=86400")


OPERATIONS = (
    Operation("GET", "/api/v1/runs/{run}/records", list_records, "records", RecordsPage, RecordsRange),
    Operation("GET", RECORD, get_record, "records", RecordRow),
    Operation("GET", f"{RECORD}/data", get_data, "records", bytes, media_out=(OCTETS,)),
    Operation("GET", f"{RECORD}/frame", get_frame, "records", str, media_out=("text/html",)),
)
