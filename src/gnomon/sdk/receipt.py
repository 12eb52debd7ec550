"""Closing a journal in bounded time, and waiting until the server has all of it.

The agent says so by a byte into a pipe beside the journal, so nothing is polled. A disk or a network filesystem
that does not answer holds up a thread that nobody waits for any longer than agreed.
"""

import os
import select
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gnomon.sdk.writer import Writer


def close(writer: Writer, state: str | None, error: str | None, *, ships: bool, timeout_s: float) -> bool:
    """Close a writer; tell whether it is closed and, when it `ships`, acknowledged.

    Args:
        writer: The journal to close.
        state: State of the run, `None` when only this writer ends.
        error: Why it failed.
        ships: Wait for the server too.
        timeout_s: Seconds after which we return anyway.
    """
    until = time.monotonic() + timeout_s
    file = writer.file
    if file is None and not writer.lost:
        writer.close(state, error)
        return True
    pipe = _Pipe(file.beside(".wait")) if ships and file is not None else None
    if not _bounded(lambda: writer.close(state, error), timeout_s):
        return False
    return pipe is None or pipe.wait(until - time.monotonic())


def acknowledge(path: Path) -> None:
    """Tell whoever waits on the pipe at `path` that the server has everything; nobody may wait."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(descriptor, b"!")
        finally:
            os.close(descriptor)


class _Pipe:
    """The reading end; where there are no pipes (Windows, some network filesystems) it waits for nothing."""

    def __init__(self, path: Path) -> None:
        self._descriptor = -1
        with suppress(OSError, AttributeError):
            os.mkfifo(path, 0o600)
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def wait(self, timeout_s: float) -> bool:
        """Wait for a byte; tell whether it came."""
        if self._descriptor < 0:
            return False
        try:
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, timeout_s))
            return bool(ready)
        finally:
            os.close(self._descriptor)


def _bounded(work: Callable[[], None], timeout_s: float) -> bool:
    """Do `work` in a thread and wait for it that long at most; tell whether it is done."""
    raised: list[Exception] = []

    def do() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - raised again below, where somebody waits
            raised.append(error)

    thread = threading.Thread(target=do, name="gnomon-close", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the interpreter is going down and starts no more threads
        work()
        return True
    thread.join(timeout_s)
    if raised:
        raise raised[0]
    return not thread.is_alive()
