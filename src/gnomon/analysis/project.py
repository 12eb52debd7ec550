"""A process that lays out vectors: `python -m gnomon.analysis.project`.

It reads from standard input, for each layout, a line of JSON and the raw numbers it announces, and writes lines of
JSON, the one with `n` followed by the places:

    → {"layout": {"method", "dims", …}, "n", "dim", "start"} float32 [n, dim], when `start` [n, dims]
    ← {"part": 0.35}
    ← {"n", "dims"} float32 [n, dims]      or {"error": "missing" | "input" | "memory", "detail"}

It is nice to others, may take so much memory and no more, and ends when its input does, even in the midst of work.
"""

import ctypes
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import msgspec
import numpy as np

from gnomon.analysis.projection import Array, Layout, lay_out
from gnomon.core.errors import InputError, MissingExtraError

_NICE: Final = 10
_PR_SET_PDEATHSIG: Final = 1
_MODULES: Final = {"tsne": "sklearn.manifold", "umap": "umap"}


class Task(msgspec.Struct):
    """The line that announces vectors."""

    layout: Layout
    n: int
    dim: int
    start: bool


class Answer(msgspec.Struct, omit_defaults=True):
    """The line that comes back."""

    part: float | None = None
    n: int | None = None
    dims: int | None = None
    error: str = ""
    detail: str = ""


Tasks: TypeAlias = "queue.SimpleQueue[tuple[Task, Array, Array | None] | None]"


def main() -> None:
    """Lay out what comes in until nothing more does."""
    _step_back()
    # What libraries print goes to the log, not among the answers.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    tasks: Tasks = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, tasks), daemon=True).start()
    first = tasks.get()
    if first is not None:
        _restrict(int(sys.argv[1]), first[0].layout.method)
    while first is not None:
        _work(out, *first)
        first = tasks.get()
    _say(out, Answer(error="memory"))


def _step_back() -> None:
    """Let everything else go first, and end with the server even where a library holds on to the interpreter."""
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _restrict(more_bytes: int, method: str) -> None:
    """Take no more than so many bytes beyond what the libraries themselves take; where a system cannot, it does not."""
    with suppress(ImportError):  # said where it is used
        import_module(_MODULES[method])
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + more_bytes, now + more_bytes))


def _read(source: BinaryIO, tasks: Tasks) -> None:
    """Pass on what comes in, `None` when it is too much. The end of it, or half of it: nobody wants the rest."""
    with suppress(OSError, ValueError, msgspec.MsgspecError):
        while line := source.readline():
            task = msgspec.json.decode(line, type=Task)
            try:
                vectors = _array(source, task.n, task.dim)
                tasks.put((task, vectors, _array(source, task.n, task.layout.dims) if task.start else None))
            except MemoryError:
                tasks.put(None)
                return
    os._exit(0)


def _array(source: BinaryIO, rows: int, columns: int) -> Array:
    return np.frombuffer(source.read(4 * rows * columns), "<f4").reshape(rows, columns)


def _work(out: BinaryIO, task: Task, vectors: Array, start: Array | None) -> None:
    try:
        places = lay_out(vectors, task.layout, start, lambda part: _say(out, Answer(part=part)))
    except (MissingExtraError, ImportError) as error:
        _say(out, Answer(error="missing", detail=str(error)))
    except InputError as error:
        _say(out, Answer(error="input", detail=str(error)))
    except MemoryError:
        _say(out, Answer(error="memory"))
    else:
        _say(out, Answer(n=len(places), dims=task.layout.dims), places.astype("<f4").tobytes())


def _say(out: BinaryIO, answer: Answer, data: bytes = b"") -> None:
    view = memoryview(msgspec.json.encode(answer) + b"\n" + data)
    while view:
        view = view[out.write(view) :]


if __name__ == "__main__":
    main()
