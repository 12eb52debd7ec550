"""`/serve/mlp`: the digit classifier, in the server itself. It is made when it is first asked for."""

from dataclasses import replace

from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from gnomon.server.context import Context


def mount(context: Context) -> Mount:
    """Return where it is found."""
    return Mount("/serve/mlp", app=_Late(context))


class _Late:
    """Makes the app at the first request."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = _made(self._context)
        await self._app(scope, receive, send)


def _made(context: Context) -> ASGIApp:
    from gnomon.server.serving.front import Front  # noqa: PLC0415 - most homes never serve a model
    from gnomon.server.serving.mlp import MlpApp  # noqa: PLC0415
    from gnomon.server.serving.process import trainer  # noqa: PLC0415

    folder = context.home.path / "data" / "mnist"
    app = MlpApp(trainer(context.workers), str(folder) if folder.is_dir() else None)
    # The guard has seen the token. What it lets through, and this must not, is a foreign page's GET of /train.
    return Front(app, replace(context.settings, token=None))
