"""The app: routes, guard and errors put together. Nothing happens before `create_app` is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import Route

from gnomon import __version__
from gnomon.server import errors, openapi
from gnomon.server.context import Context
from gnomon.server.guard import Guard
from gnomon.server.intake import Intake
from gnomon.server.live import Hub
from gnomon.server.routes import envelopes, health, journals, live, login, projects, runs, series
from gnomon.server.routes.ingest import IngestRoute
from gnomon.server.settings import ServerSettings
from gnomon.server.ui import Ui
from gnomon.store.home import Home


def create_app(home: Home, settings: ServerSettings | None = None) -> FastAPI:
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
    found = Context(home, settings, Intake(home), Hub(home.bus))
    app = FastAPI(
        title="gnomon",
        version=__version__,
        docs_url=None,  # the pages that come with FastAPI load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        middleware=[Middleware(Guard, settings=settings, is_static=ui.is_public)],
        redirect_slashes=False,
        telemetry={
            "auto_configure": False,
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
        },
    )
    app.state.context = found
    app.router.routes[:0] = [
        Route("/api/v1/ingest", IngestRoute(found), methods=["POST"]),
        Route("/api/v1/journals/{run}/{writer}", journals.get_offset, methods=["GET"]),
        Route("/api/v1/journals/{run}/{writer}", journals.post_records, methods=["POST"]),
    ]
    for noun in (projects, runs, series, envelopes, live, health, login):
        app.include_router(noun.router)
    app.router.routes.append(Route("/{path:path}", ui, methods=["GET", "HEAD"]))
    errors.install(app)
    openapi.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    task = asyncio.create_task(app.state.context.hub.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
