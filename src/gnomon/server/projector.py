"""The process that lays out vectors, seen from the server: started, fed, listened to, and ended whatever happens."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from gnomon.analysis.project import Answer, Task
from gnomon.analysis.projection import Array, Layout
from gnomon.core.errors import InputError, LimitError, MissingExtraError, UnavailableError

MODULE: Final = "gnomon.analysis.project"
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Answer).decode


@dataclass(frozen=True, slots=True)
class Limits:
    """Say what layouts may take.

    Args:
        max_rows: Most vectors.
        max_bytes: Most bytes of vectors.
        memory_bytes: Most memory of the process beyond that of the libraries it loads (Linux).
        timeout_s: Most time for one layout.
        max_waiting: Most layouts that wait for their turn.
    """

    max_rows: int = 20_000
    max_bytes: int = 128 << 20
    memory_bytes: int = 2 << 30
    timeout_s: float = 600.0
    max_waiting: int = 16


class Projector:
    """A running process. Made by `projector`."""

    def __init__(self, process: Process, limits: Limits) -> None:
        self.process = process
        self._limits = limits

    async def lay_out(
        self, vectors: Array, layout: Layout, start: Array | None, hear: Callable[[float], None]
    ) -> Array:
        """Return a place for each vector; see `gnomon.analysis.projection.lay_out`.

        Raises:
            MissingExtraError: The package is not there, or does not import.
            LimitError: It takes too long, or too much memory.
            InputError: There are too few vectors.
            UnavailableError: The process ended.
        """
        task = Task(layout=layout, n=vectors.shape[0], dim=vectors.shape[1], start=start is not None)
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                await self._send(_encode(task) + b"\n", vectors, start)
                return await self._answer(hear)
        except TimeoutError:
            msg = f"The layout was not ready within {self._limits.timeout_s:.0f} s. Log fewer points or dimensions."
            raise LimitError(msg) from None
        except (OSError, EOFError):
            raise await self._ended() from None

    async def _send(self, line: bytes, vectors: Array, start: Array | None) -> None:
        source = self.process.stdin
        assert source is not None
        for part in (line, vectors.tobytes(), b"" if start is None else start.tobytes()):
            source.write(part)
            await source.drain()

    async def _answer(self, hear: Callable[[float], None]) -> Array:
        out = self.process.stdout
        assert out is not None
        while line := await out.readline():
            said = _decode(line)
            if said.part is not None:
                hear(said.part)
            elif said.n is not None and said.dims is not None:
                data = await out.readexactly(4 * said.n * said.dims)
                return np.frombuffer(data, "<f4").reshape(said.n, said.dims)
            else:
                raise self._refusal(said)
        raise EOFError

    def _refusal(self, said: Answer) -> Exception:
        if said.error == "missing":
            return MissingExtraError(said.detail)
        if said.error == "input":
            return InputError(said.detail, field="vectors")
        return self._too_much()

    def _too_much(self) -> LimitError:
        size = self._limits.memory_bytes >> 20
        return LimitError(f"The layout needs more than {size} MB of memory. Log fewer points or dimensions.")

    async def _ended(self) -> Exception:
        status = await self.process.wait()
        msg = f"The process that lays out vectors ended with status {status}. Ask again; the server's log may say why."
        return UnavailableError(msg)


@asynccontextmanager
async def projector(limits: Limits) -> AsyncIterator[Projector]:
    """Start the process, and end it with the block, in the midst of work if need be.

    It runs no code from the folder the server was started in, takes half of the processors, and does not outlive the
    server: its input ends with it.
    """
    threads = str(max(1, (os.cpu_count() or 2) // 2))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", MODULE, str(limits.memory_bytes)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL if sys.stderr is None else None,
        env={**os.environ, **dict.fromkeys(_THREADS, threads), "PYTHONWARNINGS": "ignore"},
        start_new_session=True,
    )
    try:
        yield Projector(process, limits)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())
