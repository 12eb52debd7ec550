"""Bands: mean and spread of the curves of groups of runs on a common axis."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from gnomon.analysis.banding import Bands, BandsQuery, bands
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation
from gnomon.store.study import Study


async def query_bands(request: Request) -> Response:
    """Return mean and interval of one series over groups of runs, and how many runs there are at each x."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), BandsQuery)
    return answer(await asyncio.to_thread(bands, Study(context(request).home), asked))


OPERATIONS = (Operation("POST", "/api/v1/bands", query_bands, "analysis", Bands, body=BandsQuery),)
