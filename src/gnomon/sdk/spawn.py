"""Starting the agent (one per machine and home) and other helpers: detached, and without keeping the caller waiting."""

import os
import re
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from gnomon.core.errors import StoreError
from gnomon.core.folder import make_private
from gnomon.sdk.notices import Notices

_started: list[int] = []
"""Pids of those that were our children, so that one that ends before us is reaped."""


class Lock:
    """Hold a file's lock, one process at a time; the kernel gives it back when that ends, however it ends.

    Args:
        path: The file, which stays; its folder is made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Take the lock; tell whether it is ours now."""
        import fcntl  # noqa: PLC0415 - not on Windows, where there is no agent

        make_private(self.path.parent)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        file = os.fdopen(descriptor, "r+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.close()
            self._file = None


class AgentLock(Lock):
    """Be the one agent of this machine and home.

    Args:
        home: The home folder. It may be shared with other machines, each of which has its own agent.
    """

    def __init__(self, home: Path) -> None:
        host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())
        super().__init__(home / f"agent-{host}.lock")


def is_wanted() -> bool:
    """Whether there is to be an agent; `GNOMON_AGENT=off` says no."""
    return os.environ.get("GNOMON_AGENT", "").lower() not in ("off", "0", "no")


def ensure_agent(home: Path, notices: Notices) -> None:
    """Start the agent unless one is alive, or `GNOMON_AGENT=off` says that none is wanted.

    Call it after the journal was opened: an agent that is about to go looks once more after it gave the lock back.
    """
    if not is_wanted():
        return
    try:
        lock = AgentLock(home)
        if lock.acquire():
            lock.release()
            launch("gnomon.sdk.agent", home)
    except (OSError, ImportError, AttributeError, NotImplementedError) as error:
        msg = f"The agent cannot be started: {error}. Values are kept; run `gnomon sync` or `gnomon up` to read them."
        notices.tell("agent", StoreError(msg))


def launch(module: str, home: Path) -> None:
    """Start a process of ours for a home, detached.

    Raises:
        OSError: It cannot be started.
    """
    _reap()
    # -P: a file of the user's that is called like a module of the standard library must not be taken for it.
    arguments = [sys.executable, "-P", "-m", module, "--home", str(home)]
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(home / "agent.log"), os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    # Not subprocess: its fork costs more the larger the trainer is, and its object complains when we end first.
    _started.append(os.posix_spawn(sys.executable, arguments, _environment(), file_actions=streams, setsid=True))


def _reap() -> None:
    for pid in list(_started):
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                continue
        _started.remove(pid)


def _environment() -> dict[str, str]:
    """Return ours, and where gnomon is, should it have been found beside the training script."""
    root = Path(__file__).parents[2]
    if root.name in ("site-packages", "dist-packages"):
        return dict(os.environ)
    path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}
