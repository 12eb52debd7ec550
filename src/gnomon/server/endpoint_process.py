"""The process of one endpoint, seen from the server: started, watched, started anew when it dies, ended with the server.

The socket on which it listens belongs to the server, and every process that follows listens on the same one: what was sent
while none was there is answered by the next.
"""

import asyncio
import shutil
import socket
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from gnomon.core.errors import BusyError, UnavailableError
from gnomon.core.folder import write_whole
from gnomon.server.endpoint_tally import Tally
from gnomon.server.serving.orders import MODULE, UNUSABLE, LogRun, Orders, Serving, Told, Trouble
from gnomon.server.worker_process import THREADS, how_ended, kill, memory_of, without_secrets

State = Literal["stopped", "starting", "running", "restarting", "failed"]

RUNS: Final = "runs.json"
PATIENCE_S: Final = 30.0
"""How long a request waits for a process to be there."""
_LINE: Final = 16 << 20
_LOOK_S: Final = 1.0
_LOG_BYTES: Final = 1 << 20
_decode = msgspec.json.Decoder(Told).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class HostLimits:
    """Say what the process of an endpoint may take.

    Args:
        memory_bytes: Most memory; one that takes more is ended and started anew.
        silent_s: How long it may say nothing; then it hangs, and is ended and started anew.
        first_wait_s: How long the first new start waits; each further one twice as long.
        most_wait_s: At most so long.
        stable_s: One that answered so long starts anew at once.
        grace_s: What it has to answer what it was asked, when it is stopped.
    """

    memory_bytes: int = 4 << 30
    silent_s: float = 120.0
    first_wait_s: float = 0.1
    most_wait_s: float = 30.0
    stable_s: float = 2.0
    grace_s: float = 5.0


class EndpointProcess:
    """Keep a process that follows orders. Use it from one event loop; whoever made it calls `stop`, then `close`.

    Args:
        name: Of the endpoint.
        home: The home folder.
        folder: Where its log lies.
        changed: Called when something is to be told.
        runs: Into which run requests of a version are logged, by `name@3`; it grows.
        limits: What it may take.
    """

    def __init__(
        self,
        name: str,
        home: Path,
        folder: Path,
        changed: Callable[[], None],
        runs: dict[str, str],
        limits: HostLimits | None = None,
    ) -> None:
        self.name, self.folder = name, folder
        self.limits = limits or HostLimits()
        self.state: State = "stopped"
        self.since = time.time()
        self.trouble = ""
        self.serving: Serving | None = None
        self.restarts = 0
        self.memory_bytes = 0
        self.runs, self.tally = runs, Tally()
        self._home, self._changed = home, changed
        self._orders: Orders | None = None
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._settled = asyncio.Event()
        self._hurry = asyncio.Event()
        self._answered_since: float | None = None
        self._place = Path(tempfile.mkdtemp(prefix="gnomon-"))  # short, for such names are; of the owner alone
        self._socket: socket.socket | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return str(self._place / "s")

    @property
    def pid(self) -> int | None:
        """Of the process that is there."""
        return self._process.pid if self._process is not None else None

    @property
    def is_kept(self) -> bool:
        """A process is there, or will be in a moment."""
        return self._task is not None and not self._task.done()

    def expect(self) -> None:
        """Have those who ask wait: it is about to be told what to serve."""
        if not self.is_kept:
            self._be("starting", "")

    async def follow(self, orders: Orders) -> None:
        """Serve what orders say: the process is told, or started. Returns at once; `settled` waits for the outcome."""
        self._orders = orders
        self._settled.clear()
        if self.is_kept:
            if self.state == "running":
                await self._send(orders)
            self._hurry.set()
            return  # one that starts is told when it is there
        self._be("starting", "")
        self._task = asyncio.create_task(self._keep())

    async def settled(self) -> None:
        """Wait until the last orders are followed, or it is known why they are not."""
        await self._settled.wait()

    async def ready(self, patience_s: float = PATIENCE_S) -> None:
        """Wait until requests can be answered.

        Raises:
            UnavailableError: It is stopped, or what it is to serve cannot be served.
            BusyError: It is being started, and that takes long.
        """
        if self._is("starting", "restarting"):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._up.wait(), patience_s)
        if self._is("running"):
            return
        if self._is("stopped"):
            msg = f"{self.name} is stopped. Start it on its page, or by POST /api/v1/endpoints/{self.name}:start."
            raise UnavailableError(msg)
        if self._is("failed"):
            msg = f"{self.name} cannot be served: {self.trouble}"
            raise UnavailableError(msg)
        msg = f"{self.name} is being started. Ask again in a moment. {self.trouble}".rstrip()
        raise BusyError(msg)

    def fail(self, trouble: str) -> None:
        """Say why there is nothing to be served; one that serves goes on with what it has."""
        self.trouble = trouble
        if not self.is_kept:
            self._be("failed", trouble)
        self._settled.set()
        self._changed()

    async def stop(self) -> None:
        """End the process; what it was asked before is answered."""
        self._be("stopped", "")
        self._settled.set()
        task, self._task = self._task, None
        if task is not None and not task.done():
            process = self._process
            if process is not None and process.stdin is not None:
                process.stdin.close()
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(task), self.limits.grace_s)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._be("stopped", "")
        self._unlisten()

    async def close(self) -> None:
        """End everything."""
        await self.stop()
        shutil.rmtree(self._place, ignore_errors=True)

    async def log(self, size: int) -> tuple[str, int]:
        """Return the last bytes that its processes printed, and how many there are."""

        def read() -> tuple[str, int]:
            data = b""
            for name in ("output.before.log", "output.log"):
                with suppress(OSError):
                    data += (self.folder / name).read_bytes()
            return data[-size:].decode("utf-8", "replace"), len(data)

        return await asyncio.to_thread(read)

    async def _keep(self) -> None:
        """Start a process, again and again while it dies."""
        wait_s = self.limits.first_wait_s
        while True:
            self._answered_since = None
            try:
                status = await self._live()
            except OSError as error:  # no memory for one more process, no room for its folder
                status, self.trouble = 1, f"No process could be started: {error}."
            if self._is("stopped"):
                return
            if status == UNUSABLE:
                self._be("failed", self.trouble or "It cannot be served.")
                self._unlisten()
                self._settled.set()
                return
            if self._answered_s() > self.limits.stable_s:
                wait_s = self.limits.first_wait_s
            self.restarts += 1
            self._settled.set()
            self._be("restarting", self.trouble or f"Its process {how_ended(status)}; it is started anew.")
            self._note(f"{self.trouble} Next start in {wait_s:.1f} s.")
            self._hurry.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), wait_s)
            wait_s = min(self.limits.most_wait_s, 2 * wait_s)

    def _answered_s(self) -> float:
        """Return for how long the last process answered."""
        return 0.0 if self._answered_since is None else time.monotonic() - self._answered_since

    async def _live(self) -> int:
        """Run one process from beginning to end; return its exit status."""
        orders = self._orders
        assert orders is not None
        process = await self._started()
        self.tally.begin()
        self._process, self.trouble = process, ""
        tasks = [
            asyncio.create_task(each) for each in (self._listen(process), self._copy(process), self._watch(process))
        ]
        try:
            await self._send(orders)
            status = await process.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(tasks[0]), 1.0)  # what it said last
            return status
        finally:
            kill(process)
            await process.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._process, self.serving, self.memory_bytes = None, None, 0
            self._up.clear()

    async def _started(self) -> Process:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.bind(self.address)
            self._socket.listen(1024)
        await asyncio.to_thread(self.folder.mkdir, 0o700, parents=True, exist_ok=True)
        number = self._socket.fileno()
        words = (
            "--socket",
            str(number),
            "--name",
            self.name,
            "--root",
            f"/serve/{self.name}",
            "--home",
            str(self._home),
        )
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", MODULE, *words),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=self.folder,
            env={**without_secrets(), **dict.fromkeys(THREADS, "1"), "GNOMON_AGENT": "off", "PYTHONWARNINGS": "ignore"},
            pass_fds=(number,),
            start_new_session=True,
            limit=_LINE,
        )

    def _unlisten(self) -> None:
        """Let those go who wait for a process that will not come."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            Path(self.address).unlink(missing_ok=True)

    async def _send(self, orders: Orders) -> None:
        process = self._process
        with suppress(OSError, AttributeError):  # one that died is started anew, with these orders
            assert process is not None
            told = msgspec.structs.replace(orders, runs=dict(self.runs))
            process.stdin.write(_encode(told) + b"\n")  # type: ignore[union-attr]
            await process.stdin.drain()  # type: ignore[union-attr]

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            with suppress(msgspec.MsgspecError):  # half a line of one that was killed
                await self._hear(_decode(line))

    async def _hear(self, told: Told) -> None:
        if isinstance(told, LogRun):
            self.runs[told.version] = told.run
            with suppress(OSError):  # on a full disk its requests are answered all the same
                await asyncio.to_thread(write_whole, self.folder / RUNS, _encode(self.runs))
            self._changed()
            return
        is_last = self._orders is None or told.number == self._orders.number
        if isinstance(told, Trouble):
            self.trouble = told.text
        elif isinstance(told, Serving):
            self.serving = told
            self.tally.hear(told.counted)
            if self.state in ("starting", "restarting"):
                self._be("running", "")
                self._answered_since = time.monotonic()
                if not is_last and self._orders is not None:
                    await self._send(self._orders)  # they changed while it started
        if is_last:
            self._settled.set()
        self._changed()

    async def _copy(self, process: Process) -> None:
        """Keep what it prints: the last megabyte, and the one before."""
        assert process.stderr is not None
        while data := await process.stderr.read(1 << 16):
            await asyncio.to_thread(self._append, data)

    def _append(self, data: bytes) -> None:
        place = self.folder / "output.log"
        with suppress(OSError):
            if place.exists() and place.stat().st_size > _LOG_BYTES:
                place.replace(place.with_suffix(".before.log"))
            with place.open("ab") as file:
                file.write(data)

    async def _watch(self, process: Process) -> None:
        """End it when it takes too much memory, or hangs."""
        heard, silent_since = self.serving, time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_S)
            self.memory_bytes = await asyncio.to_thread(memory_of, process.pid, children=False)
            if self.serving is not heard:
                heard, silent_since = self.serving, time.monotonic()
            if self.memory_bytes > self.limits.memory_bytes:
                size = self.limits.memory_bytes >> 20
                self.trouble = f"Its process took more than {size} MB of memory and was ended."
            elif time.monotonic() - silent_since > self.limits.silent_s:
                self.trouble = f"Its process said nothing for {self.limits.silent_s:.0f} s and was ended."
            else:
                continue
            kill(process)
            return

    def _is(self, *states: State) -> bool:
        return self.state in states

    def _be(self, state: State, trouble: str) -> None:
        if state != self.state:
            self.since = time.time()
        self.state, self.trouble = state, trouble
        if state in ("starting", "restarting"):
            self._up.clear()
        else:
            self._up.set()  # who waits is answered, or told at once why not
        self._changed()

    def _note(self, text: str) -> None:
        self._append(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} {text}\n".encode())
