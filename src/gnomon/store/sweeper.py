"""The sweep: removes, a little at a time, the blobs that nothing names."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from gnomon.store.blobs import FOLDERS, Blobs
from gnomon.store.disk import Disk
from gnomon.store.records import is_named

KEEP_S: Final = 86_400.0
"""Blobs that nothing names (yet) stay for a day: what names them may still be on its way."""

EVERY_S: Final = 3_600.0
_FIRST_S: Final = 60.0
_AT_ONCE: Final = 64


class Sweeper:
    """Go through the folders of blobs, one at each call, once an hour.

    Args:
        blobs: Where to look.
        disk: The store that names them, by its writing connection.
        clock: Monotonic seconds.
    """

    def __init__(self, blobs: Blobs, disk: Disk, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._blobs = blobs
        self._disk = disk
        self._clock = clock
        self._left: list[str] = []
        self._next = clock() + _FIRST_S

    @property
    def is_due(self) -> bool:
        """Whether there is something to do."""
        return bool(self._left) or self._clock() >= self._next

    def step(self) -> bool:
        """Look into one folder; tell whether more are left of this round."""
        if not self._left:
            self._next = self._clock() + EVERY_S
            self._left = list(reversed(FOLDERS))
            self._blobs.sweep_unfinished(KEEP_S)
        self.free(self._blobs.old(self._left.pop(), KEEP_S))
        return bool(self._left)

    def free(self, blobs: Sequence[str]) -> int:
        """Remove those of the blobs that nothing names; return their bytes. Some at a time: others want to write."""
        freed = 0
        for i in range(0, len(blobs), _AT_ONCE):
            with self._disk.lock:  # nothing can begin to name one meanwhile
                unnamed = [blob for blob in blobs[i : i + _AT_ONCE] if not is_named(self._disk.db, blob)]
                sizes = [self._blobs.size(blob) or 0 for blob in unnamed]
                freed += sum(size for blob, size in zip(unnamed, sizes, strict=True) if self._blobs.delete(blob))
        return freed

    def all(self) -> None:
        """Do a whole round now."""
        self._left = []
        while self.step():
            pass
