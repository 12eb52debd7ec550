"""Orders to a job: lines of JSON in a pipe that has a name, which its supervisor reads.

The supervisor passes on what is for the worker and does the rest itself: it knows whether there is a worker just now,
and what to do when one does not listen.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import ConflictError
from gnomon.models.jobs.folder import JobFolder

ORDERS: Final = ("pause", "resume", "park", "stop", "checkpoint", "set")


def make_pipe(path: Path) -> int:
    """Make a pipe with a name, unless it is there, and return it open for reading.

    It is open for writing too: so there is always a reader and a writer, nobody waits for the other, and what is written
    while nobody reads yet is kept.
    """
    with suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def send(path: Path, order: dict[str, Any]) -> bool:
    """Write one order; return whether somebody may read it.

    Raises:
        ConflictError: So many orders wait that the pipe is full.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # no such pipe, or nobody has it open
        return False
    try:
        os.write(descriptor, msgspec.json.encode(order) + b"\n")
    except BlockingIOError:
        msg = "The job does not take orders at the moment: too many wait. Try again, or stop it twice."
        raise ConflictError(msg) from None
    finally:
        os.close(descriptor)
    return True


def order(folder: JobFolder, do: str, **more: Any) -> bool:
    """Give the supervisor of a job an order; return whether there is one."""
    return send(folder.orders, {"do": do, **more})


class Orders:
    """Read orders from an open pipe.

    Args:
        descriptor: As `make_pipe` returns it.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._rest = b""

    def read(self) -> list[dict[str, Any]]:
        """Return the orders that came; what is none is left out."""
        data = self._rest
        with suppress(BlockingIOError):
            while part := os.read(self.descriptor, 1 << 16):
                data += part
        whole, _, self._rest = data.rpartition(b"\n")
        return [found for line in whole.splitlines() if (found := _order(line)) is not None]


def drain(descriptor: int) -> None:
    """Throw away what waits in a pipe: it was meant for a worker that is gone."""
    with suppress(BlockingIOError):
        while os.read(descriptor, 1 << 16):
            pass


def _order(line: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None
    return found if found.get("do") in ORDERS else None
