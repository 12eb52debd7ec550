"""An app that serves models, run as a process of its own."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from gnomon.server.run import serve_app
from gnomon.server.serving.front import Front
from gnomon.server.serving.mlp import MlpApp, Train
from gnomon.server.settings import ServerSettings
from gnomon.server.worker_process import Hear
from gnomon.server.workers import Workers

TRAINING_S = 3600.0


def serve_mlp(
    settings: ServerSettings,
    port: int,
    data: str | None,
    origins: tuple[str, ...],
    on_ready: Callable[[str], None],
) -> None:
    """Serve the digit classifier until SIGINT or SIGTERM.

    Args:
        settings: Address, names and token.
        port: TCP port, 0 for any that is free.
        data: Folder of MNIST's files; `None` trains on the packaged digits.
        origins: Origins whose pages may call, besides those of this machine; `*` for all.
        on_ready: Called with the URL once requests are answered.

    Raises:
        InputError: The address cannot be bound, or it needs a token.
    """
    settings.check()
    with tempfile.TemporaryDirectory(prefix="gnomon-serve-") as folder:
        workers = Workers(Path(folder))
        app = MlpApp(trainer(workers), data)
        serve_app(Living(Front(app, settings, origins), workers), settings.host, port, on_ready)


def trainer(workers: Workers) -> Train:
    """Return how an `MlpApp` asks for training."""

    async def train(params: dict[str, Any], hear: Hear) -> Any:
        return await workers.call("mlp.train", params, pool="mlp", timeout_s=TRAINING_S, hear=hear)

    return train


class Living:
    """Begins what follows names with the app, and ends it and the workers with it."""

    def __init__(
        self, app: ASGIApp, workers: Workers, following: Callable[[], Coroutine[Any, Any, None]] | None = None
    ) -> None:
        self._app, self._workers, self._following = app, workers, following

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        following = asyncio.create_task(self._following()) if self._following is not None else None
        with suppress(Exception):
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        if following is not None:
            following.cancel()
        await self._workers.close()
        await send({"type": "lifespan.shutdown.complete"})
