"""Following what goes on: a thread that reads again while somebody looks, and ends when nobody does."""

import threading
import time
from collections.abc import Callable
from typing import Final

GONE_S: Final = 600.0
"""A page that says nothing for so long is taken to be closed; while the kernel is busy it cannot be heard."""


class Follower:
    """Call `read` every so often, in a thread of its own, until it returns `False`, nobody looks, or `stop`.

    Args:
        read: Reads and shows; tells whether there may be more to come.
        every_s: Seconds between two calls.
        gone_s: Seconds without a sign of the page after which it ends.
    """

    def __init__(self, read: Callable[[], bool], every_s: float, gone_s: float = GONE_S) -> None:
        self._read = read
        self._every_s = every_s
        self._gone_s = gone_s
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._seen = 0.0
        self._thread: threading.Thread | None = None

    @property
    def is_following(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None

    def seen(self) -> None:
        """Note that somebody looks; begin to follow, or go on."""
        with self._lock:
            self._seen = time.monotonic()
            if self._thread is None:
                self._wake = threading.Event()
                self._thread = threading.Thread(
                    target=self._follow, args=(self._wake,), name="gnomon-widget", daemon=True
                )
                self._thread.start()

    def touch(self) -> None:
        """Note that something new came: while the kernel trains, the page cannot be heard, and is worth following."""
        self._seen = time.monotonic()

    def stop(self) -> None:
        """End it; `seen` begins anew."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _follow(self, wake: threading.Event) -> None:
        try:
            while not wake.wait(self._every_s) and time.monotonic() - self._seen < self._gone_s:
                if not self._read():
                    return
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None
