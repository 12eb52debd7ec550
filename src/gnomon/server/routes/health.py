"""Is it alive, what is it, how is it doing."""

import asyncio
import platform

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gnomon import __version__
from gnomon.server.context import answer, context
from gnomon.server.metrics import render
from gnomon.server.operation import Operation
from gnomon.server.wire import Doctor, Health, Version, plain


async def health(request: Request) -> Response:
    """Tell whether values can be stored; 503 while they cannot."""
    trouble = context(request).home.committer.tally.trouble
    return answer(Health(ok=trouble is None, detail=trouble and "commits fail"), 200 if trouble is None else 503)


async def version(request: Request) -> Response:
    """Return the versions of the server and of its API, and the id of its store."""
    store = await asyncio.to_thread(lambda: context(request).home.identity)
    return answer(Version(version=__version__, api=1, python=platform.python_version(), store=store))


async def metrics(request: Request) -> Response:
    """Return counters in Prometheus' text format."""
    found = context(request)
    return PlainTextResponse(render(found.metrics, found.home, found.hub), media_type="text/plain; version=0.0.4")


async def doctor(request: Request) -> Response:
    """Return what `gnomon doctor` prints."""
    home = context(request).home
    facts = await asyncio.to_thread(home.facts)
    return answer(Doctor(facts=plain(facts), troubles=home.troubles()))


OPERATIONS = (
    Operation("GET", "/health", health, answer=Health),
    Operation("GET", "/version", version, answer=Version),
    Operation("GET", "/metrics", metrics, answer=str, media_out=("text/plain",)),
    Operation("GET", "/api/v1/doctor", doctor, answer=Doctor),
)
