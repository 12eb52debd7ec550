"""The lease of a home folder: one process owns it, and others can read which one and where it answers."""

import json
import os
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from gnomon.core.errors import LockedError, StoreError

_TRIES: Final = 5
_PAUSE_S: Final = 0.02  # `holder` takes the lock for a moment to see whether somebody has it


@dataclass(frozen=True, slots=True)
class Holder:
    """Who owns a home folder.

    Args:
        pid: Its process id.
        host: The machine it runs on.
        url: Where it answers, `None` when it serves nothing (yet).
    """

    pid: int
    host: str
    url: str | None = None


class Lease:
    """Own a home folder until closed, or until the process ends in whatever way.

    Args:
        home: The folder; made when it is not there.
        url: Where this process answers.

    Raises:
        LockedError: Another process owns it; the message names that process.
        StoreError: The folder cannot be written.
    """

    def __init__(self, home: Path, url: str | None = None) -> None:
        self.path = home / "LOCK"
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise StoreError(_no_room(home, error)) from error
        for left in reversed(range(_TRIES)):
            if _take(self._fd):
                break
            if not left:
                os.close(self._fd)
                raise LockedError(_refusal(home, read(home)))
            time.sleep(_PAUSE_S)
        self.announce(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def announce(self, url: str | None) -> None:
        """Write into LOCK who owns the folder and where it answers."""
        text = json.dumps(asdict(Holder(os.getpid(), socket.gethostname(), url))).encode()
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.write(self._fd, text)
        os.ftruncate(self._fd, len(text))

    def close(self) -> None:
        """Let the folder go. Closing twice is fine."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            _release(self._fd)
            os.close(self._fd)
            self._fd = -1


def holder(home: Path) -> Holder | None:
    """Return who owns a home folder now, `None` when nobody does."""
    try:
        fd = os.open(home / "LOCK", os.O_RDWR)
    except OSError:
        return None
    try:
        if _take(fd):
            _release(fd)
            return None
        return read(home) or Holder(0, "")
    finally:
        os.close(fd)


def read(home: Path) -> Holder | None:
    """Return what LOCK says, whether or not the process it names is still there."""
    try:
        return Holder(**json.loads((home / "LOCK").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _no_room(home: Path, error: OSError) -> str:
    msg = f"{home}: the folder cannot be written: {error.strerror or error}."
    if not (home / "store.db").exists():
        return f"{msg} Choose another GNOMON_HOME."
    return (
        f"{msg} Reading a store writes beside it: make a copy with `gnomon restore {home} --home COPY`, and read that."
    )


def _refusal(home: Path, owner: Holder | None) -> str:
    if owner is None:
        return f"{home}: another process owns this folder. Stop it, or choose another GNOMON_HOME."
    where = f"process {owner.pid} on {owner.host}"
    if owner.url:
        return f"{home}: {where} owns this folder and answers at {owner.url}. Use that address, or stop it."
    return f"{home}: {where} owns this folder. Stop it, or choose another GNOMON_HOME."


if sys.platform == "win32":
    import msvcrt

    _FAR: Final = 1 << 30  # past the text, which others must be able to read

    def _take(fd: int) -> bool:
        os.lseek(fd, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(fd: int) -> None:
        os.lseek(fd, _FAR, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _release(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)
