"""Folders that labs of this process have open: each once, however many labs read it, until the last one is closed.

A cell that says `lab = gnomon.connect()` is run again and again while the lab of the last time is still there.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gnomon.sdk.lab_local import LocalBackend
from gnomon.store.home import Home


@dataclass(slots=True)
class _Opened:
    home: Home
    labs: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


_opened: dict[tuple[int, Path], _Opened] = {}
_lock = threading.Lock()


def open_here(path: Path) -> LocalBackend:
    """Return a reader of a folder whose journals are stored; closing it lets the folder go unless others read it.

    Raises:
        LockedError: Another process has it.
        StoreError: It cannot be used.
    """
    key = os.getpid(), path.absolute()  # a forked child has no part in what its parent opened
    with _lock:
        opened = _opened.get(key) or _Opened(Home.open(path))
        backend = LocalBackend(opened.home, lock=opened.lock, close=lambda: _leave(key))
        try:
            backend.refresh()
        except BaseException:
            if not opened.labs:
                opened.home.close()
            raise
        opened.labs += 1
        _opened[key] = opened
    return backend


@contextmanager
def borrowed(path: Path) -> Iterator[Home]:
    """Lend the home of a folder: the one that this process has open, or one that is opened for as long as it is lent.

    Raises:
        LockedError: Another process has it.
        StoreError: It cannot be used.
    """
    key = os.getpid(), path.absolute()
    with _lock:
        opened = _opened.get(key) or _Opened(Home.open(path))
        opened.labs += 1
        _opened[key] = opened
    try:
        yield opened.home
    finally:
        _leave(key)


def _leave(key: tuple[int, Path]) -> None:
    with _lock:
        opened = _opened[key]
        opened.labs -= 1
        if not opened.labs:
            del _opened[key]
            with opened.lock:
                opened.home.close()
