"""Telling whether a process still runs, and saying so when it does not."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gnomon.core import journal
from gnomon.core.folder import JournalFile
from gnomon.core.liveness import identity, is_alive, mark_killed

RUN, WRITER = "r" * 20, "a" * 12


def test_this_process_is_alive() -> None:
    host, pid, started = identity()
    assert (host, pid) == (socket.gethostname(), os.getpid())
    assert is_alive(host, pid, started) is True


def test_a_process_that_ended_is_not_and_neither_is_one_not_yet_reaped() -> None:
    code = "from gnomon.core.liveness import identity; print(*identity())"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    host, pid, started = child.stdout.read().split()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_alive(host, int(pid), started) is False
    child.wait()
    child.stdout.close()
    assert is_alive(host, int(pid), started) is False


def test_another_process_under_the_same_pid_is_not_it() -> None:
    host, pid, started = identity()
    assert is_alive(host, pid, started + "1") is False


def test_a_machine_that_was_started_anew_has_none_of_its_old_processes() -> None:
    host, pid, started = identity()
    machine, _, namespace, ticks = started.split(":")
    assert is_alive(host, pid, f"{machine}:another-boot:{namespace}:{ticks}") is False


@pytest.mark.parametrize("part", [0, 2])
def test_what_cannot_be_seen_from_here_is_unknown(part: int) -> None:
    host, pid, started = identity()
    place = started.split(":")
    place[part] = "elsewhere"
    assert is_alive(host, pid, ":".join(place)) is None
    assert is_alive("another-host", pid, started) is None
    assert is_alive(host, 0, started) is None


def test_without_a_mark_the_pid_alone_decides() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert is_alive(socket.gethostname(), os.getpid(), "") is True
    assert is_alive(socket.gethostname(), child.pid, "") is False


def test_a_mark_is_the_same_whoever_writes_it_and_goes_where_its_journal_goes(tmp_path: Path) -> None:
    dead = JournalFile(tmp_path / f"{WRITER}.j", RUN, WRITER)
    dead.path.write_bytes(b"")
    dead.beside(".to").write_text("there")
    os.utime(dead.path, ns=(7_000_000_000, 7_000_000_000))
    opened = journal.Open(run=RUN, project="p", writer=WRITER, name="n", us=1, host="vm", pid=42, config={"lr": 1})
    mark = mark_killed(dead, opened)
    first = mark.path.read_bytes()
    assert mark_killed(dead, opened) == mark
    assert (mark.path.read_bytes(), mark.beside(".to").read_text()) == (first, "there")
    [begin, end] = journal.read(first)
    assert journal.decode_open(begin) == journal.Open(
        run=RUN, project="p", writer=mark.writer, name="n", us=7_000_000, resumed=True, child=True
    )
    assert (end.tag, end.fields) == (journal.CLOSE, [7_000_000, "killed", "process 42 on vm is gone without a word"])
