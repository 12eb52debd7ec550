"""Arrays inside records: a part of one, or the same part of many stacked over steps, read where they lie."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gnomon.core.errors import LimitError
from gnomon.core.limits import MAX_STEP
from gnomon.server.context import answer, context
from gnomon.server.downloads import FOREVER
from gnomon.server.operation import Operation, read_query
from gnomon.server.record_rows import content_tag, found_record
from gnomon.server.routes.envelopes import BINARY
from gnomon.server.routes.records import RECORD, check_key_exists
from gnomon.server.settings import ServerSettings
from gnomon.server.wire import plain, seconds
from gnomon.server.wire_records import Slices
from gnomon.store.engine import Engine, RecordInfo
from gnomon.store.home import Home
from gnomon.store.slices import Chosen, Stack, layout_of, read_slice, reading

NPY: Final = "application/x-npy"
MAX_RECORDS: Final = 100_000
MAX_JSON_NUMBERS: Final = 1_000_000
_PIECE: Final = 4 << 20
Step = Annotated[int, Meta(ge=0, le=MAX_STEP)]
SliceText = Annotated[str, Meta(max_length=1000)]


class SliceQuery(Struct):
    """Parameters of an array: indices of the first axes as in NumPy, such as `0,:,::2`."""

    slice: SliceText = ""


class StackQuery(Struct):
    """Parameters of stacked slices."""

    key: Annotated[str, Meta(max_length=512)]
    first: Step = 0
    last: Step | None = None
    every: Annotated[int, Meta(ge=1)] = 1
    offset: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_RECORDS)] = 10_000
    slice: SliceText = ""


def get_array(request: Request) -> Response:
    """Return the array of a record, or a slice of it, as a NumPy `.npy` file."""
    asked = read_query(request, SliceQuery)
    home, run, record = found_record(request)
    layout = layout_of(record)
    chosen = Chosen.of(layout, asked.slice)
    _check_bytes(chosen.count * layout.stored.itemsize, context(request).settings)
    with reading(home.engine, run, record) as read:
        found = read_slice(read, layout, chosen)
    headers = {"Cache-Control": FOREVER, "ETag": f'"{content_tag(run, record)}"'}
    return Response(npy(found), 200, headers, NPY)


def _check_bytes(size: int, settings: ServerSettings) -> None:
    if size > settings.max_slice_bytes:
        msg = f"slice: expected at most {settings.max_slice_bytes} bytes, it takes {size}. Ask for less, as 0,:,::4."
        raise LimitError(msg, field="slice")


def npy(array: npt.NDArray[Any]) -> bytes:
    """Return an array as a `.npy` file.

    Source: NumPy Enhancement Proposal 1, format version 1.0.
    """
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape})
    return out.getvalue() + array.tobytes()


async def get_slices(request: Request) -> Response:
    """Return the same slice of the arrays of many steps, stacked: binary columns, or JSON."""
    asked = read_query(request, StackQuery)
    found = context(request)
    run = found.home.catalog.run(request.path_params["run"]).id
    records, more = await asyncio.to_thread(_select, found.home, run, asked)
    if not records:
        return _answer_nothing(request)
    stack = await asyncio.to_thread(Stack.of, records, asked.slice)
    _check_bytes(stack.part_bytes, found.settings)
    fitting = _fitting(stack, found.settings.max_stack_bytes)
    if BINARY in request.headers.get("accept", ""):
        header = _header(stack, fitting, more=more or fitting < len(records))
        return StreamingResponse(_stream(found.home.engine, run, stack, fitting, header), 200, media_type=BINARY)
    if stack.chosen.count * fitting > MAX_JSON_NUMBERS:
        msg = f"slice: expected at most {MAX_JSON_NUMBERS} numbers as JSON. Send Accept: {BINARY}, or ask for less."
        raise LimitError(msg, field="slice")
    value = await asyncio.to_thread(stack.read, found.home.engine, run, 0, fitting)
    return answer(_as_json(stack.records[:fitting], value, more=more or fitting < len(records)))


def _select(home: Home, run: str, asked: StackQuery) -> tuple[list[RecordInfo], bool]:
    found = home.engine.records(
        run, asked.key, asked.first, asked.last, every=asked.every, offset=asked.offset, limit=asked.limit + 1
    )
    if not found:
        check_key_exists(home.engine, run, asked.key)
    return found[: asked.limit], len(found) > asked.limit


def _answer_nothing(request: Request) -> Response:
    if BINARY in request.headers.get("accept", ""):
        head = {"dtype": "float64", "shape": [0], "steps": 0, "more": False}
        return Response(_columns_head(head, {"step": 0, "time": 0, "value": 0}), 200, media_type=BINARY)
    return answer(Slices(step=[], time=[], value=[], dtype="float64", shape=[0], steps=0, more=False))


def _fitting(stack: Stack, max_bytes: int) -> int:
    """Return how many records one answer can bring, at least one."""
    return max(1, min(len(stack.records), max_bytes // max(stack.part_bytes, 1)))


def _header(stack: Stack, steps: int, *, more: bool) -> bytes:
    head = {"dtype": stack.dtype.name, "shape": [steps, *stack.chosen.shape], "steps": steps, "more": more}
    return _columns_head(head, {"step": 0, "time": 8 * steps, "value": 16 * steps})


def _columns_head(head: Mapping[str, Any], columns: Mapping[str, int]) -> bytes:
    header = msgspec.json.encode({**head, "columns": columns})
    header += b" " * (-(len(header) + 8) % 8)
    return b"GNC1" + len(header).to_bytes(4, "little") + header


async def _stream(engine: Engine, run: str, stack: Stack, steps: int, header: bytes) -> AsyncIterator[bytes]:
    """Yield the columns; of the values never more than a few megabytes are held, or one record when that is larger."""
    records = stack.records[:steps]
    step = np.array([record.step for record in records], "<i8")
    time = np.array([record.us for record in records], "<i8") / 1e6
    yield b"".join([header, step.tobytes(), time.astype("<f8").tobytes()])
    each = max(1, _PIECE // max(stack.part_bytes, 1))
    for first in range(0, steps, each):
        part = await asyncio.to_thread(stack.read, engine, run, first, min(steps, first + each))
        yield part.tobytes()


def _as_json(records: tuple[RecordInfo, ...], value: npt.NDArray[Any], *, more: bool) -> Slices:
    return Slices(
        step=[record.step for record in records],
        time=[seconds(record.us) for record in records],
        value=plain(value.tolist()),
        dtype=value.dtype.name,
        shape=list(value.shape),
        steps=len(records),
        more=more,
    )


OPERATIONS = (
    Operation("GET", f"{RECORD}/array", get_array, "records", bytes, SliceQuery, media_out=(NPY,)),
    Operation("GET", "/api/v1/runs/{run}/slices", get_slices, "records", Slices, StackQuery, media_out=(BINARY,)),
)
