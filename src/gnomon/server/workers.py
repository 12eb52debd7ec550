"""Worker processes by pool: one warm process for each, a few at a time, kept while somebody asks it things."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gnomon.core.errors import BusyError, ForbiddenError, UnavailableError
from gnomon.server.worker_process import Hear, WorkerLimits, WorkerProcess


@dataclass(slots=True)
class _Pool:
    """One process, or none yet, and those who want it."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    worker: WorkerProcess | None = None
    waiting: int = 0
    used: float = 0.0
    timer: asyncio.TimerHandle | None = None

    def hold(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


@dataclass(frozen=True, slots=True)
class WorkerState:
    """How a worker is: its pool, process id, memory in bytes, calls so far, and whether it works now."""

    pool: str
    pid: int
    memory_bytes: int
    calls: int
    is_busy: bool


class Workers:
    """Ask workers to do what the server must not do itself. Use it from one event loop.

    Args:
        folder: Where they run; may be deleted at any time.
        limits: Of each process, and of all.
        allow_code: Whether code of users may run.
        why_not: What to say when it may not.
    """

    def __init__(
        self, folder: Path, limits: WorkerLimits | None = None, *, allow_code: bool = True, why_not: str = ""
    ) -> None:
        self.limits = limits or WorkerLimits()
        self.allow_code = allow_code
        self.why_not = "" if allow_code else why_not or "code: this server runs no code of users."
        self._folder = folder
        self._pools: dict[str, _Pool] = {}
        self._turns = asyncio.Semaphore(self.limits.most)
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    def check_code(self) -> None:
        """Refuse when code of users may not run here.

        Raises:
            ForbiddenError: It may not; the message says how it can be allowed.
        """
        if not self.allow_code:
            raise ForbiddenError(self.why_not)

    async def call(
        self,
        method: str,
        params: dict[str, Any],
        *,
        pool: str,
        timeout_s: float,
        hear: Hear | None = None,
        code: bool = False,
    ) -> Any:
        """Return what a method of `gnomon.models.worker.methods` answers.

        Calls of one pool are done one after another by one process. When the caller is cancelled in the midst of its
        call, the process is ended.

        Args:
            method: Its name.
            params: What it needs; anything that msgpack can hold.
            pool: `data` for what runs no user code, `canvas/<project>` for the rest.
            timeout_s: Most time from its turn to its answer.
            hear: Called with how far it is (0 to 1) and a few words.
            code: Whether it runs code of users.

        Raises:
            ForbiddenError: It does, and must not.
            BusyError: Too many others wait.
            LimitError: It takes too long, or too much memory.
            UnavailableError: The process ended, by a signal or otherwise; the next call starts a fresh one.
            GnomonError: What the method raised: InputError, MissingExtraError, NotFoundError, CodeError, UserCodeError.
        """
        if code:
            self.check_code()
        kept = self._pools.setdefault(pool, _Pool())
        if kept.waiting > self.limits.max_waiting:
            msg = f"{kept.waiting} calls wait for the worker {pool}. Ask again in a moment."
            raise BusyError(msg)
        kept.waiting += 1
        try:
            async with kept.turn, self._turns:
                return await self._ask(pool, kept, (method, params, timeout_s, hear))
        finally:
            kept.waiting -= 1
            if not kept.waiting and kept.worker is None:
                self._pools.pop(pool, None)

    def states(self) -> list[WorkerState]:
        """Return how those that are there are, by the names of their pools."""
        return [
            WorkerState(name, pool.worker.process.pid, pool.worker.memory_bytes, pool.worker.calls, pool.worker.is_busy)
            for name, pool in sorted(self._pools.items())
            if pool.worker is not None
        ]

    async def end(self, pool: str) -> None:
        """End the process of a pool, in the midst of work if need be; nothing happens when there is none."""
        found = self._pools.get(pool)
        if found is not None:
            await self._drop(found)

    async def close(self) -> None:
        """End all."""
        self._closed = True
        await asyncio.gather(*(self._drop(pool) for pool in self._pools.values()), *self._ending)

    async def _ask(self, name: str, pool: _Pool, asked: tuple[str, dict[str, Any], float, Hear | None]) -> Any:
        pool.hold()
        worker = await self._ready(pool)
        try:
            return await worker.ask(*asked)
        finally:
            loop = asyncio.get_running_loop()
            pool.used = loop.time()
            if not worker.is_alive:
                await self._drop(pool)
            elif pool.worker is worker:
                pool.timer = loop.call_later(self.limits.idle_s, self._idle_out, name, worker)

    async def _ready(self, pool: _Pool) -> WorkerProcess:
        """Return the process of a pool; for one more than there may be, the one unused for longest is ended."""
        if self._closed:
            msg = "The server is ending. Ask the next one."
            raise UnavailableError(msg)
        if pool.worker is not None and not pool.worker.is_alive:
            await self._drop(pool)
        if pool.worker is None:
            others = [each for each in self._pools.values() if each.worker is not None]
            if len(others) >= self.limits.most:
                # As many work at a time as there may be processes, and we are one of them: one of the others rests.
                resting = [each for each in others if each.worker is not None and not each.worker.is_busy]
                await self._drop(min(resting, key=lambda each: each.used))
            pool.worker = await _whole(WorkerProcess.start(self.limits, self._folder))
        return pool.worker

    def _idle_out(self, name: str, worker: WorkerProcess) -> None:
        pool = self._pools.get(name)
        if pool is None or pool.worker is not worker or worker.is_busy:
            return
        task = asyncio.create_task(self._drop(pool))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _drop(self, pool: _Pool) -> None:
        pool.hold()
        worker, pool.worker = pool.worker, None
        if worker is not None:
            await asyncio.shield(worker.end())


async def _whole(starting: Any) -> WorkerProcess:
    """Return a process once it has started; whoever is cancelled meanwhile leaves none behind."""
    task: asyncio.Task[WorkerProcess] = asyncio.create_task(starting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await (await task).end()
        raise
