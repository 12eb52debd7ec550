"""All processes of a worker: found by the session they are in, signalled together, and ended without leaving one."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36
_AGAIN_S: Final = 0.01


def become_reaper() -> None:
    """Have processes whose parents end become children of this one, so that none of them is left a zombie (Linux)."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def groups(session: int) -> set[int]:
    """Return the process groups of a session that have a process which is not a zombie."""
    found = set()
    for pid in _pids():
        with suppress(OSError):
            if os.getsid(pid) == session and not _is_zombie(pid):
                found.add(os.getpgid(pid))
    return found


def tell(session: int, number: signal.Signals) -> None:
    """Send a signal to all processes of a session."""
    for group in groups(session):
        with suppress(OSError):
            os.killpg(group, number)


def end(session: int, reap: Callable[[], None] = lambda: None) -> None:
    """End all processes of a session, whatever they do.

    A group is killed in one call, which a process that forks all the time cannot outrun; those that came meanwhile, or
    made a group of their own, are found in the next round.

    Args:
        session: Id of the session, which is the process id of its first process. Never that of this process.
        reap: Collects children that ended.
    """
    if session <= 1 or session == os.getsid(0):
        msg = f"session {session} is not that of a worker"
        raise ValueError(msg)
    while found := groups(session):
        for group in found:
            with suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        reap()
        time.sleep(_AGAIN_S)
    reap()


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names, not paths
    except OSError:
        import psutil  # noqa: PLC0415 - only where there is no /proc

        return psutil.pids()


def _is_zombie(pid: int) -> bool:
    """Tell whether a process has ended and waits to be collected."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return not Path("/proc/self").exists() and _is_zombie_elsewhere(pid)
    except OSError:
        return True
    return stat[stat.rindex(")") + 2] in "ZX"


def _is_zombie_elsewhere(pid: int) -> bool:
    import psutil  # noqa: PLC0415 - as above

    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
