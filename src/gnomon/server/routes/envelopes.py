"""Envelopes: many series in one answer, as exact extremes per pixel, in JSON or as the columns are in memory."""

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError, LimitError
from gnomon.server.context import answer, context, read_json
from gnomon.server.expressions import Expressions
from gnomon.server.operation import Operation
from gnomon.server.wire import EnvelopeQuery, EnvelopeRow, Envelopes, numbers
from gnomon.store.envelope import Window
from gnomon.store.gnc1 import COLUMNS, Found, encode, head
from gnomon.store.home import Home

BINARY: Final = "application/vnd.gnomon.columns"
MAX_PX: Final = 20_000
MAX_SERIES: Final = 2_000
MAX_BUCKETS: Final = 2_000_000


async def query_envelopes(request: Request) -> Response:
    """Return the extremes of each series on each pixel."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), EnvelopeQuery)
    _check(asked)
    binary = BINARY in request.headers.get("accept", "")
    return await asyncio.to_thread(_respond, context(request).home, asked, binary)


def _check(asked: EnvelopeQuery) -> None:
    if not 1 <= asked.px <= MAX_PX:
        msg = f"px: expected 1 to {MAX_PX}, received {asked.px}."
        raise InputError(msg, field="px")
    if len(asked.series) > MAX_SERIES or len(asked.series) * asked.px > MAX_BUCKETS:
        msg = (
            f"series: expected at most {MAX_SERIES} with {MAX_BUCKETS} pixels in all, received {len(asked.series)} "
            f"of {asked.px}. Ask for fewer at a time."
        )
        raise LimitError(msg, field="series")


def _respond(home: Home, asked: EnvelopeQuery, binary: bool) -> Response:
    cursor = home.bus.cursor()  # before reading, so that live frames from here on leave nothing out
    window = Window(asked.px, asked.first, asked.last, asked.x, asked.scale)
    found = _found(home, asked, window)
    if binary:
        return Response(encode(found, cursor=cursor), media_type=BINARY)
    rows = [
        EnvelopeRow(run=run, key=key, columns={c: _list(getattr(e, c)) for c in COLUMNS}, missed=missed, **head(e))
        for (run, key), e, missed in found
    ]
    return answer(Envelopes(series=rows, cursor=cursor))


def _found(home: Home, asked: EnvelopeQuery, window: Window) -> list[Found]:
    """Return the envelopes in the order of the question: those of the store and those that are computed."""
    plain = [(s.run, s.key) for s in asked.series if not s.expression]
    stored = iter(home.engine.envelopes(plain, window))
    computed = Expressions(home, window)
    return [
        ((s.run, s.expression), *computed.envelope(s.run, s.expression))
        if s.expression
        else ((s.run, s.key), next(stored), 0)
        for s in asked.series
    ]


def _list(column: Any) -> list[Any]:
    return numbers(column) if column.dtype.kind == "f" else column.tolist()


OPERATIONS = (
    Operation(
        "POST", "/api/v1/envelopes", query_envelopes, "series", Envelopes, body=EnvelopeQuery, media_out=(BINARY,)
    ),
)
