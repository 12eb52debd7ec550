"""Layouts of embeddings: one computed at a time, in a process of its own, for as long as somebody waits; then kept."""

import asyncio
import io
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np

from gnomon.analysis.projection import Array, Layout
from gnomon.core.errors import BusyError, InputError, LimitError
from gnomon.server.cache_folder import CacheFolder
from gnomon.server.projector import Limits, projector

_MAX_REFUSED: Final = 1000


@dataclass(frozen=True, slots=True)
class Link:
    """One record of a chain, in which each is laid out beginning from the one before.

    Args:
        tag: Names the result: payload, layout, and all that came before it.
        read: Returns the vectors, `(n, d)` float32; called in a thread.
    """

    tag: str
    read: Callable[[], Array]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a layout is: `done` of `of` records, and `part` (0 to 1) of the next."""

    state: Literal["waiting", "working"]
    done: int
    of: int
    part: float = 0.0


@dataclass(slots=True)
class _Job:
    task: "asyncio.Task[bytes]"
    progress: Progress
    hears: list[Callable[[Progress], None]] = field(default_factory=list)

    def say(self, progress: Progress) -> None:
        self.progress = progress
        for hear in self.hears:
            hear(progress)


class Projections:
    """Keep layouts by their tag, as `.npy` files. Use it from one event loop.

    Args:
        folder: Where they are kept on the disk; may be deleted at any time.
        disk_bytes: Most bytes on the disk.
        limits: Of the work.
    """

    def __init__(self, folder: Path, *, disk_bytes: int = 128 << 20, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.made = 0
        self._kept = CacheFolder(folder, disk_bytes, ".npy", is_npy)
        self._jobs: dict[str, _Job] = {}
        self._turn = asyncio.Semaphore(1)
        self._refused: OrderedDict[str, tuple[type[LimitError | InputError], str, str]] = OrderedDict()

    async def get(self, chain: Sequence[Link], layout: Layout, hear: Callable[[Progress], None]) -> bytes:
        """Return the layout of the last link as `.npy`; what was not kept of the chain is computed before.

        Whoever asks for the same shares the work. When the last of them leaves (is cancelled), it is given up and its
        process ended.

        Raises:
            BusyError: Too many others wait.
            LimitError: It takes too long or too much memory, or did so before.
            MissingExtraError: The package is not installed.
            UnavailableError: The process was ended by somebody else.
        """
        tag = chain[-1].tag
        if tag in self._refused:
            kind, message, name = self._refused[tag]
            raise kind(message, field=name)
        found = await asyncio.to_thread(self._kept.read, tag)
        if found is not None:
            return found
        job = self._jobs.get(tag) or self._begin(chain, layout)
        job.hears.append(hear)
        hear(job.progress)
        try:
            return await asyncio.shield(job.task)
        finally:
            job.hears.remove(hear)
            if not job.hears and not job.task.done():
                await self._give_up(tag, job)

    async def close(self) -> None:
        """Give up what is being worked on."""
        for tag, job in list(self._jobs.items()):
            await self._give_up(tag, job)

    def _begin(self, chain: Sequence[Link], layout: Layout) -> _Job:
        if len(self._jobs) > self.limits.max_waiting:
            msg = f"{len(self._jobs)} layouts are waiting. Ask again in a moment."
            raise BusyError(msg)
        tag = chain[-1].tag
        # The task first runs after this returned, so it finds its job.
        task = asyncio.create_task(self._work(tag, chain, layout))
        job = self._jobs[tag] = _Job(task, Progress("waiting", 0, len(chain)))
        return job

    async def _give_up(self, tag: str, job: _Job) -> None:
        # Out of the list first: who comes now must not join what is about to end.
        if self._jobs.get(tag) is job:
            del self._jobs[tag]
        job.task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await asyncio.shield(asyncio.gather(job.task, return_exceptions=True))

    async def _work(self, tag: str, chain: Sequence[Link], layout: Layout) -> bytes:
        job = self._jobs[tag]
        try:
            async with self._turn:
                return await self._walk(job, chain, layout)
        except (LimitError, InputError) as error:
            # A new one each time: an error that is raised again and again holds on to all it passed through.
            self._refused[tag] = (type(error), str(error), error.field)
            if len(self._refused) > _MAX_REFUSED:
                self._refused.popitem(last=False)
            raise
        finally:
            if self._jobs.get(tag) is job:
                del self._jobs[tag]

    async def _walk(self, job: _Job, chain: Sequence[Link], layout: Layout) -> bytes:
        """Lay out one link after another, from the last that was kept."""
        first, data = await asyncio.to_thread(self._furthest, chain)
        if first == len(chain):
            return data  # somebody before us in the queue made it
        async with projector(self.limits) as process:
            for i in range(first, len(chain)):
                job.say(Progress("working", i, len(chain)))
                vectors = await asyncio.to_thread(chain[i].read)
                start = np.load(io.BytesIO(data), allow_pickle=False) if data else None

                def hear(part: float, done: int = i) -> None:
                    job.say(Progress("working", done, len(chain), part))

                data = npy(await process.lay_out(vectors, layout, start, hear))
                self.made += 1
                await asyncio.to_thread(self._kept.write, chain[i].tag, data)
        return data

    def _furthest(self, chain: Sequence[Link]) -> tuple[int, bytes]:
        """Return how many links need no more work, and the result of the last of them."""
        for i in range(len(chain), 0, -1):
            found = self._kept.read(chain[i - 1].tag)
            if found is not None:
                return i, found
        return 0, b""


def npy(array: Array) -> bytes:
    """Return an array as a `.npy` file."""
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def is_npy(data: bytes) -> bool:
    """Tell whether these are all bytes of a `.npy` file."""
    try:
        np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError):
        return False
    return True
