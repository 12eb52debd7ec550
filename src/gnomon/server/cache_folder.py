"""A folder of files that can be made again, kept within so many bytes."""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gnomon.core.folder import make_private

_log = logging.getLogger("gnomon.server")


class CacheFolder:
    """Keep bytes by a tag. What goes wrong with a file only costs making it again; all may be deleted at any time.

    Args:
        folder: Made when the first file comes.
        max_bytes: What was used longest ago goes first when there is more.
        suffix: Of the files, with its dot.
        is_whole: Tells a complete file from one that a power cut left named and not filled.
    """

    def __init__(self, folder: Path, max_bytes: int, suffix: str, is_whole: Callable[[bytes], bool]) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._suffix = suffix
        self._is_whole = is_whole
        self._size: int | None = None
        self._lock = threading.Lock()

    def read(self, tag: str) -> bytes | None:
        """Return what a tag names, `None` when it is not here."""
        path = self._path(tag)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data if self._is_whole(data) else None

    def write(self, tag: str, data: bytes) -> None:
        """Keep bytes; a disk that cannot is said in the log."""
        path = self._path(tag)
        try:
            make_private(path.parent)
            temporary = path.with_suffix(f".{threading.get_ident()}")
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError as error:
            _log.warning("nothing can be kept in %s: %s", self._folder, error)
            return
        with self._lock:
            self._size = (self._measured() if self._size is None else self._size + len(data)) or 0
            if self._size > self._max_bytes:
                self._size = self._thin()

    def _path(self, tag: str) -> Path:
        return self._folder / tag[:2] / f"{tag}{self._suffix}"

    def _measured(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _thin(self) -> int:
        """Delete what was used longest ago until a fifth is free; return the bytes that stay."""
        files = sorted(self._files())
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= 0.8 * self._max_bytes:
                break
            path.unlink(missing_ok=True)
            left -= size
        return left

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self._folder.glob("??/*"):
            try:
                status = path.stat()
            except OSError:
                continue
            if path.suffix == self._suffix or status.st_mtime < time.time() - 3600:
                found.append((status.st_mtime, status.st_size, path))
        return found
