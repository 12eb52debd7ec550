"""The bell of a home's jobs: whoever writes a line of a job rings it, and the server, if there is one, reads at once.

<home>/jobs/bell      a pipe with a name. What is in it says nothing: that something came is all.
"""

import os
import selectors
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from gnomon.models.jobs.control import make_pipe

NAME: Final = "bell"
_MUCH: Final = 1 << 16


def ring(jobs: Path) -> None:
    """Wake whoever waits at the bell of a folder of jobs; where nobody does, nothing happens.

    Some microseconds; never waits, never raises.
    """
    with suppress(OSError):  # no bell, nobody at it, or so many rings that one more tells nothing
        descriptor = os.open(jobs / NAME, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(descriptor, b"\n")
        finally:
            os.close(descriptor)


class Bell:
    """Wait for rings, of other processes and of threads of this one.

    Args:
        jobs: Folder of the jobs of a home.
    """

    def __init__(self, jobs: Path) -> None:
        self._jobs = jobs
        self._ends: tuple[socket.socket, socket.socket] | None = None
        self._pipe: int | None = None
        self._selector: selectors.BaseSelector | None = None

    def hang(self) -> None:
        """Put it up: from now on it is heard. Where the folder cannot hold a pipe, that of threads only."""
        self._ends = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        for end in self._ends:
            end.setblocking(False)
        self._selector.register(self._ends[0], selectors.EVENT_READ)
        with suppress(OSError, AttributeError):  # a folder on a network may not have such pipes, nor has Windows
            self._jobs.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._pipe = make_pipe(self._jobs / NAME)
            self._selector.register(self._pipe, selectors.EVENT_READ)

    def ring(self) -> None:
        """Wake the thread that waits, or have it not wait the next time."""
        if self._ends is not None:
            with suppress(OSError):  # full: it is awake as it is; closed: nobody waits any more
                self._ends[1].send(b"\n")

    def wait(self, seconds: float | None = None) -> None:
        """Wait for a ring since the last call, or until some time has passed."""
        assert self._selector is not None, "a bell is hung before somebody waits for it"
        if self._selector.select(seconds):
            self._silence()

    def close(self) -> None:
        """Take it down."""
        if self._selector is not None:
            self._selector.close()
        for end in self._ends or ():
            end.close()
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _silence(self) -> None:
        assert self._ends is not None
        with suppress(BlockingIOError):
            while self._ends[0].recv(_MUCH):
                pass
        if self._pipe is not None:
            with suppress(BlockingIOError):
                while os.read(self._pipe, _MUCH):
                    pass
