"""An endpoint as a process in the foreground: what names stand for is served, and served anew when they change."""

import asyncio
import logging
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from gnomon.core.errors import GnomonError
from gnomon.server.run import serve_app
from gnomon.server.serving.endpoint import Endpoint
from gnomon.server.serving.found import Export, Wanted, cache_of, has_server, planned, resolve
from gnomon.server.serving.front import Front
from gnomon.server.serving.process import Living
from gnomon.server.serving.status import Plan
from gnomon.server.settings import ServerSettings
from gnomon.server.workers import Workers

EXPORT_S: Final = 900.0
FOLLOW_S: Final = 1.0
_log = logging.getLogger("gnomon.serve")


def serve_model(
    settings: ServerSettings,
    port: int,
    wanted: Wanted,
    home: Path | None,
    origins: tuple[str, ...],
    on_ready: Callable[[str, str], None],
    *,
    follow: bool = False,
) -> None:
    """Serve versions of models until SIGINT or SIGTERM; SIGHUP has names looked up again.

    Args:
        settings: Address, names and token.
        port: TCP port, 0 for any that is free.
        wanted: What to serve, by names.
        home: The home folder; that of the environment, or its server, unless told.
        origins: Origins whose pages may call, besides those of this machine; `*` for all.
        on_ready: Called with the URL and the version once requests are answered.
        follow: Look names up again each second, while a server says that something changed.

    Raises:
        InputError: The address cannot be bound, it needs a token, or a version cannot be served.
        NotFoundError: There is no such version.
        MissingExtraError: A package is not installed.
    """
    settings.check()
    with tempfile.TemporaryDirectory(prefix="gnomon-serve-") as folder:
        workers = Workers(Path(folder))
        plan = asyncio.run(_first(workers, wanted, home))
        endpoint = Endpoint(wanted.model.partition("@")[0], plan)
        workers = Workers(Path(folder))  # of the loop that serves
        following = Following(endpoint, wanted, home, exporter(workers), each_s=FOLLOW_S if follow else None)
        app = Living(Front(endpoint, settings, origins), workers, following.run)
        serve_app(app, settings.host, port, lambda url: on_ready(url, plan.model.ref))


async def _first(workers: Workers, wanted: Wanted, home: Path | None) -> Plan:
    try:
        return await planned(wanted, cache_of(home), resolve(wanted, home), exporter(workers))
    finally:
        await workers.close()


def exporter(workers: Workers) -> Export:
    """Return how a version is exported."""

    async def export(params: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = await workers.call("export.run", params, pool="export", timeout_s=EXPORT_S)
        return found

    return export


class Following:
    """Has an endpoint serve what names stand for now: when it is told to, and each second if it is to look by itself.

    What cannot be served leaves the endpoint as it is, and is said once.
    """

    def __init__(
        self, endpoint: Endpoint, wanted: Wanted, home: Path | None, export: Export, *, each_s: float | None
    ) -> None:
        self._endpoint, self._wanted, self._home, self._export = endpoint, wanted, home, export
        self._each_s = each_s
        self._told = asyncio.Event()
        self._said = ""

    async def run(self) -> None:
        with suppress(ValueError, NotImplementedError, RuntimeError):  # Windows has no SIGHUP, a thread no signals
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._told.set)
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), self._each_s)
            was_told = self._told.is_set()
            self._told.clear()
            try:
                if not was_told and not has_server(self._home):
                    continue  # opening the home each second would keep others out
                await self._look()
                self._endpoint.trouble = ""
            except Exception as error:  # noqa: BLE001 - it goes on answering and following, whatever it is
                text = str(error) if isinstance(error, GnomonError) else f"{type(error).__name__}: {error}"
                self._endpoint.trouble = text
                self._say(text)

    async def _look(self) -> None:
        found = await asyncio.to_thread(resolve, self._wanted, self._home)
        plan = await planned(self._wanted, cache_of(self._home), found, self._export)
        if plan != self._endpoint.plan:
            await self._endpoint.adopt(plan)
            self._say(f"{plan.model.ref} answers now.")

    def _say(self, text: str) -> None:
        if text != self._said:
            _log.warning("%s", text)
        self._said = text
