"""One endpoint in the server's memory: what it is to serve, its process, and how it is told."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from gnomon.server.endpoint_process import RUNS, EndpointProcess, HostLimits
from gnomon.server.endpoint_tally import NAMES, Key
from gnomon.server.serving.counts import Role
from gnomon.server.serving.found import Wanted
from gnomon.server.serving.orders import LogSpec, Orders
from gnomon.server.serving.status import Plan, Status, Told
from gnomon.server.serving.upstream import Upstream
from gnomon.server.wire_endpoints import EndpointCanary, EndpointRow, EndpointVersion
from gnomon.store.documents import Document

MAX_PAST: Final = 20


class EndpointSpec(msgspec.Struct, frozen=True):
    """Say what an endpoint serves; this is what its document holds.

    Args:
        model: `name@ref`: what answers.
        canary: What answers a share of requests.
        shadow: What is asked too; empty for none.
        log: Which requests are logged.
        on: Whether it is to answer.
    """

    model: str
    canary: EndpointCanary | None = None
    shadow: str = ""
    log: LogSpec = LogSpec()
    on: bool = True

    @property
    def refs(self) -> list[str]:
        """All that it names."""
        return [self.model, *([self.canary.ref] if self.canary else []), *([self.shadow] if self.shadow else [])]

    @property
    def wanted(self) -> Wanted:
        """The same as `gnomon serve` takes it."""
        canary = self.canary
        return Wanted(self.model, canary.ref if canary else "", canary.share if canary else 0.0, self.shadow)


@dataclass(slots=True, eq=False)
class Entry:
    """Hold an endpoint.

    Args:
        document: What is stored of it.
        spec: What it is to serve.
        process: What answers.
        upstream: Connections to it.
        lock: Held while its process is told what to do.
        editing: Held while what it is to serve is changed.
        exporting: A version is being written as ONNX.
        orders: What it was last told to serve.
        looks: How often it was looked up what its names stand for.
        looked: The latest of these that is served.
    """

    document: Document
    spec: EndpointSpec
    process: EndpointProcess
    upstream: Upstream
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    editing: asyncio.Lock = field(default_factory=asyncio.Lock)
    exporting: bool = False
    orders: Orders | None = None
    looks: int = 0
    looked: int = 0

    @classmethod
    def of(
        cls, document: Document, home: Path, folder: Path, changed: Callable[[], None], limits: HostLimits | None
    ) -> "Entry":
        """Return an endpoint whose process does not run yet."""
        runs: dict[str, str] = {}
        with suppress(OSError, msgspec.MsgspecError):
            runs = msgspec.json.decode((folder / RUNS).read_bytes(), type=dict[str, str])
        process = EndpointProcess(document.id, home, folder, changed, runs, limits)
        spec = msgspec.convert(document.body, EndpointSpec)
        return cls(document, spec, process, Upstream(process.address, process.ready))

    @property
    def name(self) -> str:
        """What it is called."""
        return self.document.id

    @property
    def runs(self) -> dict[str, str]:
        """Into which run requests of a version are logged, by `name@3`."""
        return self.process.runs

    async def follow(self, plan: Plan) -> None:
        """Have a plan served, unless it is already."""
        before = self.orders
        if before is not None and (before.plan, before.log) == (plan, self.spec.log) and self.process.is_kept:
            return
        number = 1 if before is None else before.number + 1
        self.orders = Orders(number, plan, self.spec.log)
        await self.process.follow(self.orders)

    def row(self) -> EndpointRow:
        """Return it as it is told."""
        process, serving = self.process, self.process.serving
        status = serving.status if serving is not None else None
        total, versions = process.tally.total(), self._versions(status) if status else []
        return EndpointRow(
            name=self.name,
            rev=self.document.rev,
            us=self.document.us,
            model=self.spec.model,
            canary=self.spec.canary,
            shadow=self.spec.shadow,
            log=self.spec.log,
            state="exporting" if self.exporting and process.state != "running" else process.state,
            since=process.since,
            trouble=process.trouble,
            pid=process.pid,
            memory_bytes=process.memory_bytes,
            restarts=process.restarts,
            switches=status.switches if status else 0,
            rate=serving.rate if serving else 0.0,
            recent=serving.recent if serving else [],
            requests=total.requests,
            refused=total.refused,
            failed=total.failed,
            versions=versions,
            past=self._past({(each.version, each.role) for each in versions}),
        )

    def _versions(self, status: Status) -> list[EndpointVersion]:
        model, canary, shadow = status.model, status.canary, status.shadow
        found = [self._version(model.version, "model", told=model, drawn=status.split[0] if canary else 0)]
        if canary is not None:
            found.append(self._version(canary.version, "canary", told=canary, drawn=status.split[1]))
        if shadow is not None:
            counts = {"agreed": shadow.agreed, "compared": shadow.rows, "skipped": shadow.skipped}
            found.append(self._version(shadow.version.version, "shadow", told=shadow.version, **counts))
        return found

    def _past(self, asked: set[Key]) -> list[EndpointVersion]:
        gone = [key for key in self.process.tally.known() if key not in asked]
        return [self._version(*key) for key in gone[:MAX_PAST]]

    def _version(
        self, version: str, role: Role, *, told: Told | None = None, drawn: int = 0, **counts: int
    ) -> EndpointVersion:
        counted = self.process.tally.of(version, role)
        return EndpointVersion(
            version=version,
            role=role,
            run=self.runs.get(version, ""),
            p50_ms=told.p50_ms if told else None,
            p95_ms=told.p95_ms if told else None,
            drawn=drawn,
            **{name: getattr(counted, name) for name in NAMES},
            **{"agreed": 0, "compared": 0, "skipped": 0, **counts},
        )
