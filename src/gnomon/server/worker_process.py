"""A worker process, seen from the server: started, asked, watched, and ended with all that it started."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from gnomon.core.errors import (
    CodeError,
    ConflictError,
    GnomonError,
    InputError,
    LimitError,
    MissingExtraError,
    NotFoundError,
    StoreError,
    UnavailableError,
    UserCodeError,
)
from gnomon.models.worker.protocol import HEAD_BYTES, MODULE, Answer, Request, Trouble, length, pack

Hear = Callable[[float, str], None]

THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_SECRETS: Final = ("GNOMON_TOKEN", "GNOMON_URL", "GNOMON_RUN")
_LOOK_S: Final = 0.25
_LOOK_AT_CHILDREN: Final = 8
"""Every so many looks: finding them walks through all processes of the machine."""
_TAIL_BYTES: Final = 16 << 10
_decode = msgspec.msgpack.Decoder(Answer).decode


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Say what workers may take.

    Args:
        memory_bytes: Most memory of one, with the processes it starts.
        most: Most processes at a time.
        idle_s: How long one is kept that nobody asks anything.
        max_waiting: Most calls of one pool that wait for their turn.
    """

    memory_bytes: int = 4 << 30
    most: int = 4
    idle_s: float = 600.0
    max_waiting: int = 32


class WorkerProcess:
    """A running process. Made by `start`; whoever made it calls `end`, whatever happened."""

    def __init__(self, process: Process, limits: WorkerLimits) -> None:
        self.process = process
        self.calls = 0
        self.is_busy = False
        self._limits = limits
        self._too_large = False
        self._tail = bytearray()
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, limits: WorkerLimits, folder: Path) -> "WorkerProcess":
        """Start one in a folder, where what user code writes beside itself does no harm.

        It imports nothing from that folder, takes half of the processors, knows no token, and does not outlive the
        server: its input ends with it.
        """
        await asyncio.to_thread(folder.mkdir, 0o700, parents=True, exist_ok=True)
        threads = str(max(1, (os.cpu_count() or 2) // 2))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", MODULE),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=folder,
            env={**without_secrets(), **dict.fromkeys(THREADS, threads), "PYTHONWARNINGS": "ignore"},
            start_new_session=True,
            limit=1 << 20,
        )
        return cls(process, limits)

    @property
    def is_alive(self) -> bool:
        """Tell whether it can be asked."""
        return self.process.returncode is None and not self.is_busy

    async def ask(self, method: str, params: dict[str, Any], timeout_s: float, hear: Hear | None) -> Any:
        """Return what a method answers. Unless it answered, good or bad, the process is of no more use: end it.

        Raises:
            LimitError: It takes too long, or too much memory.
            UnavailableError: The process ended.
            GnomonError: What the method raised.
        """
        self.calls += 1
        self.is_busy = True
        frame = pack(Request(self.calls, method, params))
        watcher = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(timeout_s):
                await self._send(frame)
                answer = await self._answer(hear)
        except TimeoutError:
            msg = f"{method}: the worker was not ready within {timeout_s:.0f} s and was ended. Ask for less at a time."
            raise LimitError(msg) from None
        except (OSError, EOFError, ValueError, msgspec.MsgspecError):
            raise await self._ended(method) from None
        finally:
            watcher.cancel()
        self.is_busy = False
        if answer.error is not None:
            raise _error(method, answer.error)
        return answer.result

    async def end(self) -> None:
        """End it and whatever it started."""
        kill(self.process)
        await self.process.wait()
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)

    @property
    def memory_bytes(self) -> int:
        """Return how much memory it holds now, 0 when it is gone."""
        return memory_of(self.process.pid, children=False)

    async def _send(self, frame: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(frame)
        await self.process.stdin.drain()

    async def _answer(self, hear: Hear | None) -> Answer:
        out = self.process.stdout
        assert out is not None
        while True:
            answer = _decode(await out.readexactly(length(await out.readexactly(HEAD_BYTES))))
            if answer.id != self.calls:
                msg = f"expected an answer to {self.calls}, received one to {answer.id}"
                raise ValueError(msg)
            if answer.done:
                return answer
            if hear is not None and answer.progress is not None:
                hear(answer.progress, answer.text)

    async def _watch(self) -> None:
        """End it when it takes too much memory: the machine has others to serve."""
        looks = 0
        while True:
            await asyncio.sleep(_LOOK_S)
            looks += 1
            taken = await asyncio.to_thread(memory_of, self.process.pid, children=looks % _LOOK_AT_CHILDREN == 0)
            if taken > self._limits.memory_bytes:
                self._too_large = True
                kill(self.process)
                return

    async def _listen(self) -> None:
        """Keep the last of what it printed: what a crash said of itself, and never more than fits."""
        source = self.process.stderr
        assert source is not None
        while data := await source.read(1 << 16):
            self._tail += data
            del self._tail[:-_TAIL_BYTES]

    async def _ended(self, method: str) -> Exception:
        kill(self.process)  # it may only have closed its end
        status = await self.process.wait()
        if self._too_large:
            size = self._limits.memory_bytes >> 20
            return LimitError(f"{method}: the worker took more than {size} MB of memory and was ended. Ask for less.")
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._listener), 1.0)
        said = self._tail.decode("utf-8", "replace").strip().splitlines()
        last = f" It last printed: {said[-1]:.300}" if said else ""
        return UnavailableError(
            f"{method}: the worker process {how_ended(status)}. The next call starts a fresh one.{last}"
        )


def without_secrets() -> dict[str, str]:
    """Return the environment without what is not for processes that run models."""
    return {name: value for name, value in os.environ.items() if name not in _SECRETS}


def _error(method: str, trouble: Trouble) -> Exception:
    """Return the error that a method raised, as if it had been raised here."""
    message, field = trouble.message, trouble.field
    made: dict[str, Callable[[], Exception]] = {
        "input": lambda: InputError(message, field=field),
        "missing": lambda: MissingExtraError(message),
        "limit": lambda: LimitError(message, field=field),
        "notfound": lambda: NotFoundError(message),
        "conflict": lambda: ConflictError(message),
        "store": lambda: StoreError(message),
        "code": lambda: _code_error(trouble),
        "crash": lambda: _unforeseen(method, trouble),
    }
    return made[trouble.kind]()


def _code_error(trouble: Trouble) -> Exception:
    message, line = trouble.message, trouble.line
    if not trouble.trace:
        return CodeError(message, line=line, column=trouble.column)
    return UserCodeError(message, file=trouble.file, line=line, trace=trouble.trace, field=trouble.field)


def _unforeseen(method: str, trouble: Trouble) -> Exception:
    """Return an error of ours: its trace is for the log, not for who asked."""
    if trouble.trace:
        return RuntimeError(f"{method}: {trouble.message}\n{trouble.trace}")
    return GnomonError(trouble.message)


def how_ended(status: int) -> str:
    """Return an exit status in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"was ended by {name}{' (the machine may be out of memory)' if name == 'SIGKILL' else ''}"


def memory_of(pid: int, *, children: bool) -> int:
    """Return what a process holds, with those it started when asked; 0 when it is gone."""
    try:
        process = psutil.Process(pid)
        found = [process, *(process.children(recursive=True) if children else ())]
    except psutil.Error:
        return 0
    total = 0
    for each in found:
        with suppress(psutil.Error):
            total += each.memory_info().rss
    return total


def kill(process: Process) -> None:
    """End a process, its children, and what else is in its session."""
    if process.returncode is not None:
        return
    children: list[psutil.Process] = []
    with suppress(psutil.Error):
        children = psutil.Process(process.pid).children(recursive=True)
    if hasattr(os, "killpg"):
        # Not by `Process.kill`, which first asks whether it has ended and so takes its status from whoever waits for it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        with suppress(ProcessLookupError):
            process.kill()
    for child in children:
        with suppress(psutil.Error):
            child.kill()
