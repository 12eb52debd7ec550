"""Requests to look around, on their way from a program to the helper that does so.

    <home>/capture/<host>/<time>-<run>.json     one request, whole, private, secrets masked; they sort by time
    <home>/capture/<host>/slot-<n>              who holds its lock is a helper; there are so many at most

A program that begins leaves a request and starts a helper when a slot is free. A helper takes requests until none is
left, gives its slot back, and looks once more: whatever was left while it had the slot is found by it.
"""

import json
import os
import re
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from gnomon.core.folder import make_private, write_whole
from gnomon.sdk.spawn import Lock, launch

SLOTS: Final = 4
"""Helpers at a time, for one home and machine: a sweep may begin a hundred runs a second."""


class Spool:
    """The requests of one home on this machine.

    Args:
        home: The home folder.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "capture" / re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())
        self._home = home

    def leave(self, request: dict[str, Any]) -> None:
        """Leave a request, and see to it that somebody takes it.

        Raises:
            OSError: It cannot be written, or no helper be started.
        """
        make_private(self.folder)
        path = self.folder / f"{request['us']:020}-{request['run']}.json"
        write_whole(path, json.dumps(request).encode())
        if self.slot(keep=False) is not None:
            launch("gnomon.sdk.capture.helper", self._home)

    def slot(self, *, keep: bool = True) -> Lock | None:
        """Take a free slot, or `None`; with `keep=False` only look whether there is one."""
        for number in range(SLOTS):
            lock = Lock(self.folder / f"slot-{number}")
            if lock.acquire():
                if not keep:
                    lock.release()
                return lock
        return None

    def take(self) -> dict[str, Any] | None:
        """Return the oldest request, which nobody else gets then; `None` when there is none."""
        with suppress(OSError):
            for path in sorted(self.folder.glob("*.json")):
                mine = path.with_suffix(f".{os.getpid()}")
                with suppress(OSError, ValueError):
                    path.rename(mine)
                    try:
                        return dict(json.loads(mine.read_bytes()))
                    finally:
                        mine.unlink()
        return None

    def is_empty(self) -> bool:
        """Tell whether no request is waiting."""
        return not any(self.folder.glob("*.json"))
