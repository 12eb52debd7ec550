"""An endpoint: a model that answers under one address, whichever of its versions does so at the moment.

A version is changed by loading the next one beside it: requests go to the old one until the new one has answered once, and
what was sent to the old one is answered by it. A share of requests may go to a second version (a canary), and all may be
shown to a third one (a shadow), whose answers are compared and never returned.
"""

import asyncio
import random
import zlib
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from time import perf_counter
from typing import Any, Final, Protocol

from starlette.types import Receive, Scope, Send

from gnomon.core.errors import BusyError
from gnomon.models.predictor import Arrays
from gnomon.server.errors import problem
from gnomon.server.serving import http
from gnomon.server.serving.counts import Counts, Role
from gnomon.server.serving.live import Live
from gnomon.server.serving.pace import Pace
from gnomon.server.serving.raw import Ready
from gnomon.server.serving.schema import document
from gnomon.server.serving.status import Plan, Shadowed, Source, Status, Told

VERSION: Final = b"gnomon-version"
REQUEST: Final = b"x-request-id"
MAX_SHADOWS: Final = 64
"""Requests that the shadow is asked at once; further ones are not shown to it."""


class Log(Protocol):
    """Keeps some of the requests that were answered."""

    def offer(self, live: Live, came: tuple[str, bytes], answer: Any, taken_s: float) -> None:
        """Keep one, or not; returns at once."""
        ...

    def refused(self, error: Exception) -> None:
        """Take note that one was not answered, and why; returns at once."""
        ...


class Endpoint:
    """An ASGI app; see `ADDRESSES`.

    Args:
        name: What it is called.
        plan: What it serves first; it is loaded at once.
        log: Keeps some of the requests.

    Raises:
        GnomonError: A version cannot be loaded.
    """

    def __init__(self, name: str, plan: Plan, log: Log | None = None) -> None:
        self.name, self.plan = name, plan
        self.trouble = ""
        self.pace, self.counts = Pace(), Counts()
        self._log = log
        self._split = [0, 0]
        self._switching = asyncio.Lock()
        self._draining: set[asyncio.Task[None]] = set()
        self._shadowing: set[asyncio.Task[None]] = set()
        self._switches = 0
        self._agreed = self._compared = self._shadow_failed = self._skipped = 0
        self._model, self._canary, self._shadow = (_loaded(each) for each in (plan.model, plan.canary, plan.shadow))

    @property
    def model(self) -> Live:
        """What answers."""
        assert self._model is not None
        return self._model

    async def adopt(self, plan: Plan) -> None:
        """Serve something else from now on; versions that stay are not loaded again.

        Raises:
            GnomonError: One cannot be loaded; everything stays as it was.
        """
        async with self._switching:
            old = [each for each in (self._model, self._canary, self._shadow) if each is not None]
            known = {each.source: each for each in old}
            asked = (plan.model, plan.canary, plan.shadow)
            new: list[Live | None] = []
            for source in asked:
                if source is not None and source not in known:
                    made = await asyncio.to_thread(_loaded, source)
                    assert made is not None
                    known[source] = made
                new.append(known[source] if source is not None else None)
            if self._shadow is not new[2]:
                self._agreed = self._compared = self._shadow_failed = self._skipped = 0
            self._switches += self._model is not new[0]
            if (plan.canary, plan.share) != (self.plan.canary, self.plan.share):
                self._split = [0, 0]
            self._model, self._canary, self._shadow = new
            self.plan = plan
            for each in set(old) - {live for live in new if live is not None}:
                self._keep(self._draining, each.drained())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        found = ADDRESSES.get(path)
        try:
            if found is None:
                await http.refuse(send, http.no_such_page(path, ", ".join(ADDRESSES)))
            elif scope["method"] == "OPTIONS":
                await http.answer(send, "OK")
            elif scope["method"] != found[0]:
                msg = f"{path} takes {found[0]}, not {scope['method']}."
                await http.refuse(send, problem(405, msg), [(b"allow", found[0].encode())])
            else:
                await found[1](self, scope, receive, send)
        except http.Disconnected:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked gets an answer
            if self._log is not None:
                self._log.refused(error)
            await http.refuse(send, http.told(error), _AGAIN if isinstance(error, BusyError) else None)

    async def predict(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a prediction."""
        body, kind = await http.read(receive), http.header(scope, b"content-type")
        began = perf_counter()
        live, role = self._chosen(http.header(scope, REQUEST))
        try:
            value, ready, outputs = await self._ask(live, role, kind, body)
        except Exception:
            if live is self._model:
                raise
            live = self.model  # a canary that fails costs nobody an answer; what is wrong, the model refuses too
            value, ready, outputs = await self._ask(live, "model", kind, body, is_last=True)
        if self._shadow is not None:
            self._show(self._shadow, live, (kind, body), ready, outputs)
        await http.answer(send, value, headers=[(VERSION, live.source.ref.encode())])
        taken_s = perf_counter() - began
        live.pace.add(taken_s)
        self.pace.add(taken_s)
        if self._log is not None:
            self._log.offer(live, (kind, body), value, taken_s)

    async def status(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Tell what is served."""
        await http.answer(send, self.told())

    def told(self) -> Status:
        """Tell what is served."""
        shadow = None
        if self._shadow is not None:
            counts = self._agreed, self._compared, self._shadow_failed, self._skipped
            shadow = Shadowed(self._told(self._shadow, "shadow"), *counts)
        canary = self._told(self._canary, "canary") if self._canary is not None else None
        share = self.plan.share if canary is not None else 0.0
        split = (self._split[0], self._split[1])
        return Status(
            self.name, self._told(self.model, "model"), self._switches, self.trouble, canary, share, split, shadow
        )

    async def openapi(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Describe the addresses for this model."""
        live = self.model
        await http.answer(
            send, document(self.name, self._told(live, "model"), live.answer_schema(), scope.get("root_path", ""))
        )

    async def health(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Tell that predictions are answered."""
        await http.answer(send, {"status": "ok", "version": self.model.source.ref})

    def _told(self, live: Live, role: Role) -> Told:
        return live.told(self.counts.of(live.source.ref, role))

    def _chosen(self, request: str) -> tuple[Live, Role]:
        """Return what answers a request, and as what: one that names itself goes to the same version each time."""
        if self._canary is None:
            return self.model, "model"
        place = zlib.crc32(request.encode()) / 2**32 if request else random.random()  # noqa: S311 - nothing is secret
        is_drawn = place < self.plan.share
        self._split[is_drawn] += 1
        return (self._canary, "canary") if is_drawn else (self.model, "model")

    async def _ask(
        self, live: Live, role: Role, kind: str, body: bytes, *, is_last: bool = False
    ) -> tuple[Any, Ready, Arrays]:
        """Ask a version; unless it is the last, the model is asked what it cannot answer, and that is counted there."""
        with live:
            try:
                ready = await live.read(kind, body)
                outputs = await live.ask(ready)
                value = live.answer(outputs, ready)
            except Exception as error:
                passed = not is_last and live is not self._model
                self.counts.missed(live.source.ref, role, error, passed=passed)
                raise
        self.counts.answered(live.source.ref, role, ready.rows)
        return value, ready, outputs

    def _show(self, shadow: Live, live: Live, came: tuple[str, bytes], ready: Ready, outputs: Arrays) -> None:
        if len(self._shadowing) >= MAX_SHADOWS:
            self._skipped += 1
            return

        held = ExitStack()
        held.enter_context(shadow)  # from now on, not from when its turn comes: it might be closed by then

        async def ask() -> None:
            found = None
            with held, suppress(Exception):  # nobody waits for it
                _, _, found = await self._ask(shadow, "shadow", *came, is_last=True)
            if shadow is not self._shadow:  # the counts are another's by now
                return
            self._shadow_failed += found is None
            self._agreed += live.agree(outputs, found) if found is not None else 0
            self._compared += ready.rows if found is not None else 0

        self._keep(self._shadowing, ask())

    def _keep(self, tasks: set[asyncio.Task[None]], work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def _loaded(source: Source | None) -> Live | None:
    if source is None:
        return None
    live = Live(source)
    live.warm_up()
    return live


_AGAIN: Final = [(b"retry-after", b"1")]
_Answer = Callable[[Endpoint, Scope, Receive, Send], Awaitable[None]]
ADDRESSES: Final[dict[str, tuple[str, _Answer]]] = {
    "/predict": ("POST", Endpoint.predict),
    "/": ("GET", Endpoint.status),
    "/health": ("GET", Endpoint.health),
    "/openapi.json": ("GET", Endpoint.openapi),
}
"""What is answered: by path, the method and what answers."""
