"""Is the process that wrote a journal still there? And when it is not: saying so, once, in a journal of its own."""

import hashlib
import os
import socket
import sys
from functools import cache
from pathlib import Path
from typing import Final

from gnomon.core import journal
from gnomon.core.folder import JournalFile, write_whole
from gnomon.core.ids import base32

_LINUX: Final = sys.platform.startswith("linux")


def identity() -> tuple[str, int, str]:
    """Return host, pid and a mark that tells this process from an earlier one of the same pid.

    On Linux the mark is `machine:boot:pid namespace:ticks since boot at which the process started`; elsewhere it is empty.
    """
    return socket.gethostname(), os.getpid(), _mark(os.getpid())


def is_alive(host: str, pid: int, started: str) -> bool | None:
    """Tell whether a process still runs; `None` when it cannot be seen from here (another host or container)."""
    if host != socket.gethostname() or pid <= 0 or sys.platform == "win32":
        return None
    if not (_LINUX and started):
        return _answers(pid)
    machine, boot, namespace, _ = started.split(":") if started.count(":") == 3 else ("", "", "", "")
    here = _place().split(":")
    if machine != here[0]:
        return None
    if boot != here[1]:
        return False
    if namespace != here[2]:
        return None
    return _mark(pid) == started


def mark_killed(dead: JournalFile, opened: journal.Open) -> JournalFile:
    """Write, beside the journal of a process that is gone, a second one that closes its run as `killed`.

    Whoever notices (agent or server), and however often, would write the same bytes under the same name, so the mark
    is stored once. The time is that of the last write to the dead journal.
    """
    digest = hashlib.sha256(f"killed {dead.run} {dead.writer}".encode()).digest()
    writer = base32(int.from_bytes(digest[:8], "big") & (2**60 - 1), 12)
    mark = JournalFile(dead.path.with_name(f"{writer}.j"), dead.run, writer)
    us = max(dead.path.stat().st_mtime_ns // 1000, opened.us)
    first = journal.Open(
        run=opened.run, project=opened.project, writer=writer, name=opened.name, us=us, resumed=True, child=True
    )
    error = f"process {opened.pid} on {opened.host} is gone without a word"
    _copy(dead.beside(".to"), mark.beside(".to"))
    data = journal.encode(journal.OPEN, first) + journal.encode(journal.CLOSE, us, "killed", error)
    write_whole(mark.path, data, replace=False)
    return mark


def _mark(pid: int) -> str:
    if not _LINUX:
        return ""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat[stat.rindex(")") + 2 :].split()  # the name before it may hold anything
    return "" if fields[0] in "ZX" else f"{_place()}:{fields[19]}"


@cache
def _place() -> str:
    """Return machine, boot and pid namespace, joined by colons."""

    def line(path: str) -> str:
        try:
            return Path(path).read_text().strip().replace(":", "")
        except OSError:
            return ""

    try:
        namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        namespace = ""
    return f"{line('/etc/machine-id')}:{line('/proc/sys/kernel/random/boot_id')}:{namespace}"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _copy(source: Path, dest: Path) -> None:
    try:
        data = source.read_bytes()
    except OSError:
        return
    write_whole(dest, data)
