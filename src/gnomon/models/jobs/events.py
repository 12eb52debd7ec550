"""What becomes of a job: lines that are appended to one file by the supervisor, the worker and the server.

Each line is written by one call, so that writers never mix; the state of a job is what its lines add up to, and nothing
else has to be kept. A server that was away reads on where it stopped.
"""

import os
import time
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import msgspec

from gnomon.models.jobs.bell import ring
from gnomon.models.jobs.folder import JobFolder

State = Literal[
    "queued", "starting", "running", "paused", "stopping", "parked", "finished", "stopped", "failed", "lost"
]
OVER: Final = frozenset({"parked", "finished", "stopped", "failed", "lost"})
"""States in which nothing runs; a parked job waits to be resumed."""

ErrorKind = Literal["user", "memory", "signal", "exit", "start", "lost"]
RESERVE: Final = "reserve"
RESERVE_BYTES: Final = 128 << 10
MAX_TRACE: Final = 20_000
_LIBRARY: Final = str(Path(os.__file__).parent) + os.sep
_STATE_OF: Final[dict[str, State]] = {
    "starting": "starting",
    "restarted": "starting",
    "running": "running",
    "resumed": "running",
    "paused": "paused",
    "stopping": "stopping",
    "parked": "parked",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
    "lost": "lost",
}


class JobError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say why a job failed.

    Args:
        type: Name of the exception, of the signal, or `exit status`.
        message: What it says.
        kind: `user` an exception in the code that ran, `memory` there was not enough, `signal` ended from outside,
            `exit` a status other than 0, `start` it could not be started, `lost` it vanished.
        file: Where, when it is known.
        line: Likewise, from 1.
        trace: As Python prints it, or the last lines that were printed.
    """

    type: str
    message: str
    kind: ErrorKind = "user"
    file: str = ""
    line: int = 0
    trace: str = ""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line.

    Args:
        t: When, UTC seconds.
        event: What happened: a state, or `checkpoint`, `set`, `run` (a run began), `ended` (nothing runs any more).
        pid: Process that it is about.
        step: At which step of the training.
        run: Id of the run.
        error: Why.
        attempt: How often the job was taken from the queue, with `starting`.
        device: Where it runs, with `starting`.
        text: More, for people.
    """

    t: float
    event: str
    pid: int | None = None
    step: int | None = None
    run: str | None = None
    error: JobError | None = None
    attempt: int | None = None
    device: str | None = None
    text: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Event).decode


def append(
    folder: JobFolder | Path,
    event: str,
    *,
    pid: int | None = None,
    step: int | None = None,
    run: str | None = None,
    error: JobError | None = None,
    attempt: int | None = None,
    device: str | None = None,
    text: str = "",
) -> None:
    """Append one line; it is there, whole, when this returns, and the server of the home hears of it.

    Raises:
        OSError: It cannot be written; where the disk is full, not even into what was set aside.
    """
    found = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    line = _encode(Event(time.time(), event, pid, step, run, error, attempt, device, text)) + b"\n"
    descriptor = os.open(found.events, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        _write(descriptor, line, found.path / RESERVE)
    finally:
        os.close(descriptor)
    ring(found.path.parent)


def set_aside(folder: JobFolder) -> None:
    """Keep some room, so that it can be told why a job ended when it was the disk that was full."""
    with suppress(OSError):
        (folder.path / RESERVE).write_bytes(bytes(RESERVE_BYTES))


def give_back(folder: JobFolder) -> None:
    """Keep no room any longer: everything is told."""
    (folder.path / RESERVE).unlink(missing_ok=True)


def _write(descriptor: int, line: bytes, reserve: Path) -> None:
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":  # the last one was cut off
        line = b"\n" + line
    while line:
        try:
            line = line[os.write(descriptor, line) :]
        except OSError:
            if not reserve.exists():
                raise
            reserve.unlink()


def of_exception(error: BaseException, kind: ErrorKind | None = None) -> JobError:
    """Return an exception as it is told: type, message, and the innermost line that is not a library's.

    Args:
        error: As it was caught.
        kind: By default `memory` for a lack of memory, whichever library says so, else `user`.
    """
    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if is_own(frame.filename)), frames[-1] if frames else None)
    name = type(error).__name__
    return JobError(
        type=name,
        message=str(error)[:2000],
        kind=kind or ("memory" if is_memory(name, str(error)) else "user"),
        file="" if last is None else last.filename,
        line=0 if last is None else last.lineno or 0,
        trace="".join(traceback.format_exception(error))[-MAX_TRACE:],
    )


def is_own(file: str) -> bool:
    """Tell whether a file is the user's rather than that of a package or of Python itself.

    Example:
        >>> is_own("/home/me/train.py"), is_own("/venv/lib/python3.12/site-packages/torch/nn/functional.py")
        (True, False)
    """
    return not (file.startswith("<") or "/site-packages/" in file or "/dist-packages/" in file or _LIBRARY in file)


def is_memory(name: str, message: str) -> bool:
    """Tell whether an exception says that memory ran out; frameworks have names of their own for that.

    Example:
        >>> is_memory("MemoryError", ""), is_memory("OutOfMemoryError", "CUDA"), is_memory("ValueError", "no memory")
        (True, True, False)
    """
    plain = name.rpartition(".")[2]
    if plain in {"MemoryError", "_ArrayMemoryError", "OutOfMemoryError", "ResourceExhaustedError"}:
        return True
    # PyTorch's allocator for the CPU, and JAX, say it with a RuntimeError.
    return plain in {"RuntimeError", "XlaRuntimeError"} and (
        "can't allocate memory" in message or "not enough memory" in message or "RESOURCE_EXHAUSTED" in message
    )


class Reader:
    """Read the lines of a job as they come; one that is not whole yet is left for the next time."""

    def __init__(self, folder: JobFolder) -> None:
        self._path = folder.events
        self._at = 0

    def read(self) -> list[Event]:
        """Return the lines since the last call."""
        try:
            if os.stat(self._path).st_size <= self._at:  # noqa: PTH116 - asked often, for each job that runs
                return []
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        return [event for line in whole.splitlines() if (event := _event(line)) is not None]


def _event(line: bytes) -> Event | None:
    """Return a line, `None` when it is none: a program may write into its own folder."""
    try:
        return _decode(line)
    except msgspec.MsgspecError:
        return None


class Story(msgspec.Struct):
    """What the lines add up to.

    Args:
        state: Of the job.
        since: When that began, UTC seconds.
        attempt: How often it was taken from the queue.
        device: Where it runs or ran.
        began: When its worker was first started in this attempt.
        step: The last that was told.
        checkpoint: Step of the newest checkpoint.
        runs: Ids, the first one first.
        restarts: How often its worker was started again in this attempt.
        worker: Process id of the worker.
        error: Why it failed.
        ended: Nothing of it runs any more.
        stops: How often it was asked to stop.
    """

    state: State = "queued"
    since: float = 0.0
    attempt: int = 0
    device: str = ""
    began: float | None = None
    step: int | None = None
    checkpoint: int | None = None
    runs: list[str] = msgspec.field(default_factory=list)
    restarts: int = 0
    worker: int | None = None
    error: JobError | None = None
    ended: bool = False
    stops: int = 0

    def add(self, events: Iterable[Event]) -> "Story":
        """Go on with lines that came."""
        for event in events:
            self._one(event)
        return self

    def _one(self, event: Event) -> None:
        if event.event == "starting":
            self.attempt, self.device = event.attempt or self.attempt + 1, event.device or ""
            self.began, self.restarts, self.stops, self.ended = event.t, 0, 0, False
        self.restarts += event.event == "restarted"
        self.stops += event.event == "stopping"
        if event.event == "ended":
            self.ended, self.worker = True, None
            return
        state = _STATE_OF.get(event.event)
        if state is not None:
            # A pause that is over, told after the order to stop, does not take that back.
            stays = self.state == "stopping" and state in {"running", "paused"}
            if state != self.state and not stays:
                self.state, self.since = state, event.t
            self.error = event.error
        if event.event in {"running", "started"} and event.pid:
            self.worker = event.pid
        self.step = self.step if event.step is None else event.step
        self.checkpoint = event.step if event.event == "checkpoint" else self.checkpoint
        if event.run is not None and event.run not in self.runs:
            self.runs.append(event.run)


def story(folder: JobFolder) -> Story:
    """Return what became of a job until now."""
    return Story().add(Reader(folder).read())
