"""Endpoints: models that a server lets answer, each in a process of its own.

What is to be served is a document; what names such as `champion` stand for is looked up again whenever a model changes, and
the process is told. A server that starts starts them again; one that ends takes them along.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import ConflictError, GnomonError, InputError, LimitError, NotFoundError
from gnomon.models.registry import files
from gnomon.models.registry.exported import exported_onnx
from gnomon.models.registry.record import Model, Version, read_ref
from gnomon.models.registry.registry import Registry
from gnomon.server.endpoint_entry import EndpointSpec, Entry
from gnomon.server.endpoint_process import HostLimits
from gnomon.server.exports import Exports
from gnomon.server.revisions import RevisionError
from gnomon.server.serving.found import plan_of, sources
from gnomon.server.serving.status import Plan
from gnomon.server.wire_endpoints import EndpointRow
from gnomon.store.bus import DocumentChanged, Told
from gnomon.store.documents import Document
from gnomon.store.home import Home

KIND: Final = "endpoint"
MAX_ENDPOINTS: Final = 32
RESERVED: Final = ("mlp",)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_TELL_S: Final = 0.25
_PATIENT_S: Final = 5.0
"""How long an answer to a change waits for what became of it."""


class Endpoints:
    """Keep endpoints. Use it from one event loop, that of `start`.

    Args:
        home: The open home.
        exports: Writes versions as ONNX that are not yet.
        limits: What a process may take.
        clock: Says when one was made.
    """

    def __init__(self, home: Home, exports: Exports, limits: HostLimits | None = None, clock: Clock = now_us) -> None:
        self._home, self._exports, self._limits, self._clock = home, exports, limits, clock
        self._models = _Registered(home, exports.models)
        self._entries: dict[str, Entry] = {}
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: set[str] = set()

    async def start(self) -> None:
        """Start those that were on when the server before ended, and begin to follow names."""
        for document in await asyncio.to_thread(self._home.documents.list, KIND):
            with suppress(msgspec.ValidationError):  # of another version of gnomon
                self._enter(document)
        self._keep(self._follow())
        self._keep(self._tell())
        for entry in self._entries.values():
            if entry.spec.on:
                self._serve(entry)

    async def close(self) -> None:
        """End all processes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(entry.process.close() for entry in self._entries.values()))

    def listed(self) -> list[EndpointRow]:
        """Return all, by name."""
        return [self._entries[name].row() for name in sorted(self._entries)]

    def get(self, name: str) -> Entry:
        """Return one.

        Raises:
            NotFoundError: There is none.
        """
        found = self._entries.get(name)
        if found is None:
            known = ", ".join(sorted(self._entries)[:10]) or "none yet"
            msg = f"There is no endpoint {name!r:.80}. There are {known}. Make one on a model's page: Serve…"
            raise NotFoundError(msg)
        return found

    async def create(self, name: str, spec: EndpointSpec) -> Entry:
        """Make an endpoint; it answers as soon as its process has loaded the model.

        Raises:
            InputError: It cannot be called so, or a version cannot be served.
            NotFoundError: There is no such version.
            ConflictError: There is one of that name.
            LimitError: There are too many.
        """
        _check_name(name)
        if name in self._entries:
            msg = f"name: there is an endpoint {name} already. Change that one, or choose another name."
            raise ConflictError(msg)
        if len(self._entries) >= MAX_ENDPOINTS:
            msg = f"name: expected at most {MAX_ENDPOINTS} endpoints. Delete one that nobody needs."
            raise LimitError(msg, field="name")
        await self._check(spec)
        entry = self._enter(await self._put(name, spec, 0))
        if spec.on:
            self._serve(entry)
        self._say(name)
        return entry

    async def change(self, name: str, if_rev: int | None, **changes: Any) -> Entry:
        """Change what an endpoint serves, while it answers.

        Raises:
            RevisionError: It was changed since.
            GnomonError: As `create`; everything stays as it was.
        """
        async with self._edited(name) as entry:
            rev = entry.document.rev
            if if_rev is not None and if_rev != rev:
                msg = f"rev: expected revision {if_rev} of endpoint {name}, it is at {rev} now. Read it again."
                raise RevisionError(msg)
            spec = msgspec.structs.replace(entry.spec, **changes)
            await self._check(spec)
            entry.document, entry.spec = await self._put(name, spec, rev), spec
        if spec.on:
            await asyncio.wait({self._serve(entry)}, timeout=_PATIENT_S)
        self._say(name)
        return entry

    async def turn(self, name: str, *, on: bool) -> Entry:
        """Start an endpoint, or stop it; what was asked before is answered."""
        async with self._edited(name) as entry:
            if on != entry.spec.on:
                spec = msgspec.structs.replace(entry.spec, on=on)
                entry.document, entry.spec = await self._put(name, spec, entry.document.rev), spec
        if on:
            self._serve(entry)
        else:
            async with entry.lock:
                if not entry.spec.on:  # or somebody started it meanwhile
                    await entry.process.stop()
        self._say(name)
        return entry

    async def delete(self, name: str) -> None:
        """Stop an endpoint and forget it; the runs with its requests stay."""
        async with self._edited(name) as entry:
            del self._entries[name]
        async with entry.lock:
            await entry.process.close()
        await asyncio.to_thread(self._home.documents.delete, KIND, name, self._clock())
        await asyncio.to_thread(shutil.rmtree, entry.process.folder, ignore_errors=True)
        self._home.bus.publish([Told(KIND, name, None)])

    def check_free(self, model: str, number: int | None = None) -> None:
        """See that no endpoint needs a model, or a version of it.

        Raises:
            ConflictError: One does.
        """
        for name, entry in self._entries.items():
            for ref in entry.spec.refs:
                of, which = read_ref(ref)
                if of == model and (number is None or which == str(number)):
                    msg = f"version: the endpoint {name} serves {ref}. Change or delete the endpoint first."
                    raise ConflictError(msg)

    @asynccontextmanager
    async def _edited(self, name: str) -> AsyncIterator[Entry]:
        """Hold an endpoint to change it: of two changes at once each keeps what the other made."""
        entry = self.get(name)
        async with entry.editing:
            if self._entries.get(name) is not entry:
                msg = f"name: the endpoint {name} was deleted meanwhile."
                raise ConflictError(msg)
            yield entry

    def _enter(self, document: Document) -> Entry:
        folder = self._home.path / "endpoints" / document.id
        entry = Entry.of(document, self._home.path, folder, lambda: self._say(document.id), self._limits)
        self._entries[document.id] = entry
        return entry

    async def _put(self, name: str, spec: EndpointSpec, rev: int) -> Document:
        body: dict[str, Any] = msgspec.to_builtins(spec)
        put = self._home.documents.put
        return await asyncio.to_thread(lambda: put(KIND, name, body, self._clock(), if_rev=rev))

    async def _check(self, spec: EndpointSpec) -> None:
        await asyncio.to_thread(sources, spec.wanted, self._models)

    def _serve(self, entry: Entry) -> asyncio.Task[None]:
        """Begin to have served what names stand for now."""
        entry.process.expect()
        return self._keep(self._look(entry))

    async def _look(self, entry: Entry) -> None:
        """Look names up, and have what they stand for served."""
        entry.looks += 1
        look = entry.looks
        try:
            plan = await self._plan(
                entry
            )  # not in the lock, for an export takes minutes, and one may be stopped meanwhile
        except (GnomonError, OSError) as error:
            if look == entry.looks:
                entry.process.fail(str(error))
            return
        finally:
            entry.exporting = False
        async with entry.lock:
            if look < entry.looked or not entry.spec.on or self._entries.get(entry.name) is not entry:
                return
            entry.looked = look
            await entry.follow(plan)
        await entry.process.settled()  # not in the lock, for one that never is must be stopped

    async def _plan(self, entry: Entry) -> Plan:
        wanted = entry.spec.wanted
        found = await asyncio.to_thread(sources, wanted, self._models)
        missing = [source for source in found.values() if not source.model]
        for source in missing:
            entry.exporting = True
            self._say(entry.name)
            name, number = read_ref(source.ref)
            made = await self._exports.make(name, number, "onnx")
            if not made["agrees"]:
                msg = (
                    f"{source.ref}: its ONNX export differs from the model by {made['largest']:.3g}, and is not served."
                )
                raise InputError(msg, field="model")
        return plan_of(wanted, await asyncio.to_thread(sources, wanted, self._models) if missing else found)

    async def _follow(self) -> None:
        """Look names up again when a model changed."""
        loop, bus = asyncio.get_running_loop(), self._home.bus
        seq, woken = bus.head, asyncio.Event()

        def poke() -> None:
            with suppress(RuntimeError):  # the loop is closing
                loop.call_soon_threadsafe(woken.set)

        stop = bus.listen(poke)
        try:
            while True:
                await woken.wait()
                woken.clear()
                events, seq = bus.since(seq), bus.head
                changes = [change for event in events or () for change in event.changes]
                names = {each.id for each in changes if isinstance(each, DocumentChanged) and each.kind == "model"}
                for entry in self._entries.values():
                    if entry.spec.on and (events is None or names & {read_ref(ref)[0] for ref in entry.spec.refs}):
                        self._serve(entry)
        finally:
            stop()

    def _say(self, name: str) -> None:
        """Have it told how an endpoint is, a little later with all else that changes meanwhile."""
        self._due.add(name)
        self._changed.set()

    async def _tell(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            due, self._due = self._due, set()
            rows = [self._entries[name].row() for name in due if name in self._entries]
            self._home.bus.publish([Told(KIND, row.name, row) for row in rows])
            await asyncio.sleep(_TELL_S)

    def _keep(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Registered:
    """The models of the home, as whoever looks for files wants them."""

    def __init__(self, home: Home, registry: Registry) -> None:
        self._home, self._registry = home, registry

    def get(self, name: str) -> Model:
        return self._registry.get(name).model

    def folder(self, name: str, version: Version) -> Path:
        files.verify(self._home.path, name, version.number, version.files)
        return files.folder_of(self._home.path, name, version.number)

    def onnx(self, name: str, version: Version) -> Path | None:
        return exported_onnx(self._home.documents, self._home.path, name, version)


def _check_name(name: str) -> None:
    if not _NAME.match(name) or name in RESERVED:
        msg = f"name: expected letters, digits and . _ -, at most 64, and not mlp; received {name!r:.80}."
        raise InputError(msg, field="name")
