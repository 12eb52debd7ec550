"""Why a worker ended: read from its exit status, from what it printed last, and from what the system says of memory."""

import os
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gnomon.models.jobs.events import MAX_TRACE, ErrorKind, JobError, is_memory, is_own

_LAST_LINES: Final = 20
_NEAR: Final = 0.9
_HEAD: Final = "Traceback (most recent call last):"
_FRAME: Final = re.compile(r'\s+File "([^"\n]+)", line (\d+)')
_LAST: Final = re.compile(r"([A-Za-z_][\w.]*)(?:: (.*))?$")
_CGROUP: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Ended:
    """Hold what is known of a process that ended.

    Args:
        status: Its exit status, or minus the signal that ended it.
        rss_bytes: The most memory that it occupied.
        oom: The system killed a process for lack of memory meanwhile.
        printed: The end of what it printed.
    """

    status: int
    rss_bytes: int = 0
    oom: bool = False
    printed: str = ""


def explain(ended: Ended) -> JobError:
    """Return why a process failed.

    Example:
        >>> explain(Ended(-11)).type, explain(Ended(3)).message
        ('SIGSEGV', 'It ended with exit status 3.')
    """
    if ended.status < 0:
        return _signal(ended)
    found = last_exception(ended.printed)
    if found is not None:
        return found
    more = ""
    if ended.status > 128 and (name := _name(ended.status - 128)):
        more = f" A shell says that of a program which {name} ended."
    return JobError("exit status", f"It ended with exit status {ended.status}.{more}", "exit", trace=_last(ended))


def _signal(ended: Ended) -> JobError:
    name = _name(-ended.status) or f"signal {-ended.status}"
    limit = memory_limit()
    if ended.status == -signal.SIGKILL and (ended.oom or (limit and ended.rss_bytes >= _NEAR * limit)):
        told = f"The system ended it for lack of memory: it held {_size(ended.rss_bytes)}"
        of = f" of {_size(limit)}" if limit else ""
        msg = f"{told}{of}. Use smaller batches or a smaller model, or fewer jobs at a time."
        return JobError("OutOfMemory", msg, "memory", trace=_last(ended))
    why = {
        "SIGKILL": "somebody, or the system, killed it",
        "SIGSEGV": "native code touched memory that is not its own",
        "SIGABRT": "native code gave up",
        "SIGBUS": "a file that it had in memory became shorter, or shared memory ran out",
        "SIGILL": "native code is made for another processor",
    }.get(name)
    return JobError(name, f"{name} ended it{f': {why}' if why else ''}.", "signal", trace=_last(ended))


def last_exception(printed: str) -> JobError | None:
    r"""Return the last exception that Python printed, `None` when there is none.

    Example:
        >>> text = 'Traceback (most recent call last):\n  File "/a/train.py", line 3, in <module>\n    f()\nValueError: no'
        >>> found = last_exception(text)
        >>> found.type, found.message, found.file, found.line
        ('ValueError', 'no', '/a/train.py', 3)
    """
    at = printed.rfind(_HEAD)
    if at < 0:
        return None
    frames: list[tuple[str, int]] = []
    for line in printed[at:].splitlines()[1:]:
        frame = _FRAME.match(line)
        if frame:
            frames.append((frame[1], int(frame[2])))
        elif line and not line.startswith((" ", "\t")):
            last = _LAST.match(line)
            if last is None:
                continue
            file, number = next((each for each in reversed(frames) if is_own(each[0])), (frames or [("", 0)])[-1])
            name, message = last[1].rpartition(".")[2], last[2] or ""
            kind: ErrorKind = "memory" if is_memory(last[1], message) else "user"
            return JobError(name, message[:2000], kind, file, number, printed[at:][:MAX_TRACE])
    return None


def oom_kills() -> int:
    """Return how many processes the system has killed for lack of memory: in our control group, and in all."""
    counts = [_count(folder / "memory.events", "oom_kill") for folder in _cgroups()]
    old = _count(_CGROUP / "memory" / "memory.oom_control", "oom_kill")
    return sum(counts) + old + _count(Path("/proc/vmstat"), "oom_kill")


def memory_limit() -> int:
    """Return the most memory that processes here may have together, bytes; 0 when it is not known."""
    names = [folder / "memory.max" for folder in _cgroups()] + [_CGROUP / "memory" / "memory.limit_in_bytes"]
    found = [int(text) for name in names if (text := _text(name).strip()).isdigit()]
    with suppress(ValueError, OSError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min((each for each in found if each > 0), default=0)


def _cgroups() -> list[Path]:
    """Return the folders that may tell of our control group; within a container it seems to be the topmost."""
    own = next((line[3:] for line in _text(Path("/proc/self/cgroup")).splitlines() if line.startswith("0::")), "/")
    return [_CGROUP] if own == "/" else [_CGROUP / own.lstrip("/"), _CGROUP]


def _count(file: Path, name: str) -> int:
    for line in _text(file).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.strip().isdigit():
            return int(value)
    return 0


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _name(number: int) -> str | None:
    try:
        return signal.Signals(number).name
    except ValueError:
        return None


def _last(ended: Ended) -> str:
    return "\n".join(ended.printed.splitlines()[-_LAST_LINES:])


def _size(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
