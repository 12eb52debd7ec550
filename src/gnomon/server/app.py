"""The app: routes, guard and errors put together. Nothing happens before `create_app` is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from gnomon.server import errors, openapi
from gnomon.server.context import Context
from gnomon.server.guard import Guard
from gnomon.server.operation import Operation
from gnomon.server.own_components import OwnComponents
from gnomon.server.routes import (
    agnez,
    arrays,
    bands,
    blobs,
    boards,
    compare,
    components,
    console,
    copies,
    datasets,
    endpoints,
    envelopes,
    filters,
    graph_build,
    graph_imports,
    graph_tools,
    graphs,
    health,
    importance,
    ingest,
    jobs,
    journals,
    layouts,
    leaderboards,
    live,
    login,
    media,
    model_exports,
    model_tests,
    models,
    own_components,
    panels,
    pictures,
    points,
    previews,
    projections,
    projects,
    records,
    remote_monitor,
    run_health,
    runs,
    search,
    series,
    serve,
    sweeps,
    table,
    views,
    watched,
    workers,
)
from gnomon.server.settings import ServerSettings
from gnomon.server.ui import Ui
from gnomon.store.home import Home

_NOUNS = (
    journals,
    blobs,
    media,
    watched,
    runs,
    run_health,
    table,
    search,
    views,
    copies,
    series,
    records,
    console,
    arrays,
    pictures,
    projections,
    previews,
    envelopes,
    filters,
    points,
    projects,
    layouts,
    leaderboards,
    compare,
    bands,
    importance,
    boards,
    panels,
    graph_imports,
    graph_build,
    graph_tools,
    graphs,
    datasets,
    components,
    own_components,
    agnez,
    remote_monitor,
    live,
    health,
    login,
    workers,
    jobs,
    sweeps,
    models,
    model_exports,
    model_tests,
    endpoints,
)


def create_app(home: Home, settings: ServerSettings | None = None) -> Starlette:
    """Return the app of one home.

    Args:
        home: Open, and closed by the caller after the app has shut down.
        settings: By default those of a server on this machine only.

    Raises:
        InputError: The settings would make it reachable for everybody.
    """
    settings = settings or ServerSettings()
    settings.check()
    ui = Ui(settings.static)
    found = Context.of(home, settings)
    operations = (ingest.operation(found), *(operation for noun in _NOUNS for operation in noun.OPERATIONS))
    app = Starlette(
        routes=[
            serve.mount(found),  # in front, for looking through all others takes as long as a prediction
            *map(_route, operations),
            WebSocketRoute("/api/v1/live", live.live),
            Route("/openapi.json", openapi.route(operations), methods=["GET"]),
            Route("/{path:path}", ui, methods=["GET", "HEAD"]),
        ],
        lifespan=_lifespan,
        middleware=[
            Middleware(Guard, settings=settings, is_static=ui.is_public, attempts=found.attempts),
            Middleware(OwnComponents, components=found.components),
        ],
        exception_handlers=errors.HANDLERS,
    )
    app.router.redirect_slashes = False
    app.state.context = found
    app.state.operations = operations
    return app


def _route(operation: Operation) -> BaseRoute:
    return Route(operation.path, operation.handler, methods=[operation.method])


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(app.state.context.hub.run())
    await asyncio.to_thread(app.state.context.jobs.start)
    await asyncio.to_thread(app.state.context.sweeps.start, asyncio.get_running_loop())
    await app.state.context.endpoints.start()
    await asyncio.to_thread(app.state.context.datasets.tidy)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await app.state.context.endpoints.close()
        await asyncio.to_thread(app.state.context.sweeps.close)
        await asyncio.to_thread(app.state.context.jobs.close)
        await app.state.context.projections.close()
        await app.state.context.workers.close()
        await asyncio.to_thread(app.state.context.pictures.close)
