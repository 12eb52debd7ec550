"""Copies of runs for another store: what `gnomon replicate` asks the server of the training box for."""

import asyncio
import struct

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core import ids
from gnomon.core.errors import InputError
from gnomon.server.body import inflate, read_body
from gnomon.server.context import context
from gnomon.server.operation import Operation
from gnomon.server.rules import OCTETS
from gnomon.store.replica import CopyState, next_piece

_encode = msgspec.msgpack.Encoder().encode


class CopyRequest(msgspec.Struct):
    """Ask for what a copy still lacks: the writer id of its journal, and the state that the last answer gave."""

    writer: str
    state: CopyState = CopyState()


_decode = msgspec.msgpack.Decoder(CopyRequest).decode


async def post_copy(request: Request) -> Response:
    """Return the next part of the journal of a copy: u32 length of a msgpack `CopyPiece`, that piece, then the bytes."""
    try:
        body = inflate(await read_body(request.receive), request.headers.get("content-encoding", ""))
        asked = _decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        msg = f"body: expected msgpack of writer and state: {error}."
        raise InputError(msg, field="body") from None
    if not ids.is_id(asked.writer):
        msg = "writer: expected an id of 6 to 40 lower-case letters and digits."
        raise InputError(msg, field="writer")
    home = context(request).home
    run = home.catalog.run(request.path_params["run"]).id
    piece, data = await asyncio.to_thread(next_piece, home.engine, run, asked.writer, asked.state)
    head = _encode(piece)
    return Response(struct.pack("<I", len(head)) + head + data, media_type=OCTETS)


OPERATIONS = (
    Operation(
        "POST", "/api/v1/runs/{run}/copy", post_copy, "runs", bytes, body=bytes, media_in=(OCTETS,), media_out=(OCTETS,)
    ),
)
