"""Blobs: files named by their SHA-256, sent before the records that name them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError, StoreError
from gnomon.core.ids import is_hash
from gnomon.server.context import Context, answer, context
from gnomon.server.operation import Operation
from gnomon.server.rules import OCTETS
from gnomon.server.wire_records import BlobRow
from gnomon.store.blobs import Writer

PATH: Final = "/api/v1/blobs/{hash}"
_PIECE: Final = 1 << 20


async def head_blob(request: Request) -> Response:
    """Tell whether a blob is here, by 200 or 404; one that is stays at least a day."""
    name = _name(request)
    blobs = context(request).home.engine.blobs
    size = await asyncio.to_thread(lambda: blobs.size(name) if blobs.touch(name) else None)
    if size is None:
        return Response(status_code=404)
    return Response(status_code=200, headers={"Content-Length": str(size), "ETag": f'"{name}"'})


async def put_blob(request: Request) -> Response:
    """Store a file under its SHA-256: 201, or 200 when it was here already."""
    name = _name(request)
    found = context(request)
    blobs = found.home.engine.blobs
    is_here = await asyncio.to_thread(blobs.touch, name)
    writer = blobs.writer(name)
    # The body is read even when the file is here: it must still be what its name says.
    size = await store(request, found, writer)
    return answer(BlobRow(hash=name, size=size), 200 if is_here else 201)


async def store(request: Request, found: Context, writer: Writer) -> int:
    """Write a body to the disk as it comes, in bounded memory; return its size.

    Raises:
        InputError: It is not what its hash says; nothing was stored.
        StoreError: There is no space for it.
    """
    await asyncio.to_thread(check_space, found, int(request.headers.get("content-length", "0")))
    try:
        async for piece in pieces(request):
            await asyncio.to_thread(_write, writer, piece, found)
        await asyncio.to_thread(_settle, writer)
    finally:
        await asyncio.to_thread(writer.discard)
    found.metrics.blob_bytes += writer.size
    return writer.size


def check_space(found: Context, wanted: int) -> None:
    """Raise `StoreError` when the disk would have less than its reserve left after so many bytes."""
    folder = found.home.path
    free = shutil.disk_usage(folder).free
    if free - wanted < found.settings.min_free_bytes:
        msg = f"{folder}: {free} bytes are free, {wanted} more would leave less than the reserve. Free some space."
        raise StoreError(msg)


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield a body in pieces of about a megabyte."""
    held: list[bytes] = []
    size = 0
    async for part in request.stream():
        held.append(part)
        size += len(part)
        if size >= _PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _write(writer: Writer, piece: bytes, found: Context) -> None:
    if writer.size % (64 << 20) < len(piece):  # a body that does not tell its length fills the disk too
        check_space(found, len(piece))
    writer.write(piece)


def _settle(writer: Writer) -> None:
    with writer:
        pass


def _name(request: Request) -> str:
    name = str(request.path_params["hash"])
    if not is_hash(name):
        msg = "hash: expected the SHA-256 of the file in 64 lower-case hexadecimal digits."
        raise InputError(msg, field="hash")
    return name


OPERATIONS = (
    Operation("HEAD", PATH, head_blob, "ingest"),
    Operation("PUT", PATH, put_blob, "ingest", BlobRow, body=bytes, media_in=(OCTETS,)),
)
