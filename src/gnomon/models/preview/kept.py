"""What is kept between previews, up to so many bytes; what was used last goes last."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Keep values by key.

    Args:
        most_bytes: Of all; the value that was put last stays, whatever it takes.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._found: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, key: str) -> bool:
        return key in self._found

    def get(self, key: str) -> T | None:
        """Return what is kept by a key."""
        found = self._found.get(key)
        if found is None:
            return None
        self._found.move_to_end(key)
        return found[0]

    def put(self, key: str, value: T, size_bytes: int) -> None:
        """Keep a value, and let go of those that were not used for longest."""
        old = self._found.pop(key, None)
        self.size_bytes += size_bytes - (old[1] if old else 0)
        self._found[key] = (value, size_bytes)
        while self.size_bytes > self._most_bytes and len(self._found) > 1:
            _, (_, size) = self._found.popitem(last=False)
            self.size_bytes -= size
