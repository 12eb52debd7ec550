"""Journals as the SDK wrote them: shipped by offset, stored exactly once."""

import asyncio
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core import ids, journal
from gnomon.core.batch import Batch, decode_batch
from gnomon.core.errors import CorruptError, InputError, OffsetError
from gnomon.core.limits import check_name
from gnomon.server.body import inflate, read_body
from gnomon.server.context import answer, context
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire import JournalOffset
from gnomon.store.engine import Engine

PATH: Final = "/api/v1/journals/{run}/{writer}"


class From(Struct):
    """How many bytes of the journal came before."""

    offset: Annotated[int, Meta(ge=0, le=1 << 60)]


async def get_offset(request: Request) -> Response:
    """Tell how much of a journal is stored."""
    run, writer = _names(request)
    engine = context(request).home.engine
    return answer(JournalOffset(offset=await asyncio.to_thread(engine.offset, run, writer)))


async def post_records(request: Request) -> Response:
    """Store whole records from an offset on."""
    run, writer = _names(request)
    first = read_query(request, From).offset
    found = context(request)
    body = inflate(await read_body(request.receive), request.headers.get("content-encoding", ""))
    batch = await asyncio.to_thread(read_piece, found.home.engine, run, writer, first, body)
    if batch.last > batch.first:
        await asyncio.wrap_future(found.home.submit([batch])[0])
        found.metrics.journal_bytes += batch.last - batch.first
    return answer(JournalOffset(offset=batch.last))


def read_piece(engine: Engine, run: str, writer: str, first: int, body: bytes) -> Batch:
    """Decode what is new in a piece of a journal.

    Args:
        engine: Knows how far the journal is stored, and which sets of keys it has named.
        run: Run id.
        writer: Writer id.
        first: Where `body` begins in the journal.
        body: Whole records; a torn one at the end is left for the next time.

    Returns:
        A batch that begins where the stored part ends; empty when nothing was new.

    Raises:
        OffsetError: There is a gap before `first`, or the stored part does not end at a record of `body`.
        CorruptError: The next record is damaged.
        InputError: It opens another run or writer than the address says.
    """
    stored = engine.offset(run, writer)
    start = _record_at(body, stored - first)
    if start is None:
        msg = f"journal {run}/{writer}: stored up to {stored}, received a piece from {first}. Send from {stored}."
        raise OffsetError(msg, expected=stored)
    rest = memoryview(body)[start:]
    batch = decode_batch(rest, run=run, writer=writer, offset=first + start, keysets=engine.keysets(run, writer))
    if batch.last == batch.first and len(rest) and not journal.is_torn(rest, 0):
        msg = f"journal {run}/{writer}: the record at offset {batch.first} is damaged."
        raise CorruptError(msg)
    if batch.opened is not None:
        _check_opened(batch.opened, run, writer)
    return batch if batch.last > stored else Batch(run, writer, stored, stored, ())


def _record_at(body: bytes, wanted: int) -> int | None:
    """Return `wanted` when a record of `body` begins there, the end of `body` when it lies beyond, else nothing."""
    if wanted < 0:
        return None
    at = 0
    while at < wanted and at + journal.HEADER.size <= len(body):
        length, _ = journal.HEADER.unpack_from(body, at)
        at += journal.HEADER.size + length
    if at >= len(body) and wanted >= len(body):
        return len(body)
    return at if at == wanted else None


def _check_opened(opened: journal.Open, run: str, writer: str) -> None:
    for field, given, wanted in (("run", opened.run, run), ("writer", opened.writer, writer)):
        if given != wanted:
            msg = f"{field}: the journal was opened for {given!r:.50}, it was sent to {wanted!r:.50}."
            raise InputError(msg, field=field)
    check_name(opened.project, "project")
    check_name(opened.name, "name")


def _names(request: Request) -> tuple[str, str]:
    run, writer = request.path_params["run"], request.path_params["writer"]
    for field, given in (("run", run), ("writer", writer)):
        if not ids.is_id(given):
            msg = f"{field}: expected an id of 6 to 40 lower-case letters and digits."
            raise InputError(msg, field=field)
    return run, writer


OPERATIONS = (
    Operation("GET", PATH, get_offset, "ingest", JournalOffset),
    Operation("POST", PATH, post_records, "ingest", JournalOffset, From, bytes, media_in=("application/octet-stream",)),
)
