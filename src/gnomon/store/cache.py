"""A cache bounded in bytes that forgets what was used longest ago."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Keep values by key, at most `limit` bytes of them together.

    Args:
        limit: Bytes; a value larger than this is not kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a value and count it as used, `None` when it is not here."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of `size` bytes, forgetting others as needed."""
        if size > self.limit:
            return
        with self._lock:
            old = self._held.pop(key, None)
            self.size += size - (old[1] if old else 0)
            self._held[key] = value, size
            while self.size > self.limit:
                _, (_, freed) = self._held.popitem(last=False)
                self.size -= freed

    def __contains__(self, key: K) -> bool:
        return key in self._held

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
            self.size = 0
