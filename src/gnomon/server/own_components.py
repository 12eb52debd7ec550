"""Lets every request find the own components of projects by their types."""

from starlette.types import ASGIApp, Receive, Scope, Send

from gnomon.graph.own import using
from gnomon.server.components import Components


class OwnComponents:
    """Answer within a context in which own components are found.

    Args:
        app: What comes after.
        components: Where they are.
    """

    def __init__(self, app: ASGIApp, components: Components) -> None:
        self._app, self._components = app, components

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        self._components.attach()
        with using(self._components.find, self._components.newest):
            await self._app(scope, receive, send)
