"""Workers: which there are, what they may do, and what they could load."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.models.worker.about import frameworks
from gnomon.server.context import answer, context
from gnomon.server.operation import Operation
from gnomon.server.wire_workers import WorkerRow, WorkersState


async def get_workers(request: Request) -> Response:
    """Return the workers, and whether code of users may run in them."""
    found = context(request).workers
    rows = [msgspec.convert(each, WorkerRow, from_attributes=True) for each in found.states()]
    installed = await asyncio.to_thread(frameworks)
    return answer(WorkersState(allow_code=found.allow_code, why_not=found.why_not, frameworks=installed, workers=rows))


OPERATIONS = (Operation("GET", "/api/v1/workers", get_workers, "workers", WorkersState),)
