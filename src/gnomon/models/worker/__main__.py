"""The process itself: `python -P -m gnomon.models.worker`. See `protocol` for what is said.

It keeps its two ends of the conversation to itself: what user code prints goes to standard error, and what it reads
from standard input is empty. It ends when its input does, even in the midst of work.
"""

import ctypes
import faulthandler
import os
import queue
import signal
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from gnomon.core.errors import (
    CodeError,
    ConflictError,
    GnomonError,
    InputError,
    LimitError,
    MissingExtraError,
    NotFoundError,
    StoreError,
    UserCodeError,
)
from gnomon.models.worker.methods import find
from gnomon.models.worker.protocol import HEAD_BYTES, Answer, Kind, Request, Trouble, length, pack

_PR_SET_PDEATHSIG: Final = 1
_MAX_TRACE: Final = 20_000
_KINDS: Final[tuple[tuple[type[Exception], Kind], ...]] = (
    (MissingExtraError, "missing"),
    (LimitError, "limit"),
    (NotFoundError, "notfound"),
    (ConflictError, "conflict"),
    (UserCodeError, "code"),
    (CodeError, "code"),
    (InputError, "input"),
    (StoreError, "store"),
    (MemoryError, "limit"),
)


def main() -> None:
    """Do what comes in, one thing after another, until nothing more does."""
    source, out = _ends()
    _step_back()
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(source, requests), daemon=True).start()
    while True:
        _send(out, _work(out, requests.get()))


def _ends() -> tuple[BinaryIO, BinaryIO]:
    """Return private copies of the two ends, and point the public ones elsewhere."""
    source, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, out


def _step_back() -> None:
    """Let the server live where the kernel looks for memory, and end with it whatever holds us up.

    The priority stays as it is: somebody looks at the page and waits, while training goes on for hours.
    """
    faulthandler.enable()
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _read(source: BinaryIO, requests: "queue.SimpleQueue[Request]") -> None:
    """Pass on what comes in. The end of it, or what is no frame: nobody wants the rest."""
    with suppress(OSError, ValueError, msgspec.MsgspecError):
        while len(head := source.read(HEAD_BYTES)) == HEAD_BYTES:
            size = length(head)
            data = source.read(size)
            if len(data) < size:
                break
            requests.put(msgspec.msgpack.decode(data, type=Request))
    os._exit(0)


def _work(out: BinaryIO, request: Request) -> bytes:
    def say(progress: float, text: str = "") -> None:
        _send(out, pack(Answer(request.id, progress=min(1.0, max(0.0, float(progress))), text=text)))

    try:
        return pack(Answer(request.id, done=True, result=find(request.method)(request.params, say)))
    except BaseException as error:  # noqa: BLE001 - told to who asked; the process goes on
        return pack(Answer(request.id, done=True, error=_trouble(error)))


def _trouble(error: BaseException) -> Trouble:
    kind: Kind = next((kind for type_, kind in _KINDS if isinstance(error, type_)), "crash")
    if kind == "crash" and not isinstance(error, GnomonError):
        trace = "".join(traceback.format_exception(error))[-_MAX_TRACE:]
        return Trouble(kind, f"{type(error).__name__}: {error}", trace=trace)
    return Trouble(
        kind,
        str(error) or type(error).__name__,
        field=getattr(error, "field", ""),
        file=getattr(error, "file", ""),
        line=getattr(error, "line", 0),
        column=getattr(error, "column", 0),
        trace=getattr(error, "trace", ""),
    )


def _send(out: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[out.write(view) :]


if __name__ == "__main__":
    main()
