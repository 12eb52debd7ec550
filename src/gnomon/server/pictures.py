"""Pictures made once: the same one asked for many times at once is drawn once, then kept in memory and on the disk."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from gnomon.core.errors import BusyError, UnavailableError
from gnomon.server.cache_folder import CacheFolder

WORKERS: Final = 2
MAX_WAITING: Final = 2_000
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_END: Final = b"IEND\xaeB`\x82"


class Pictures:
    """Keep PNG pictures by a tag that names what they show. Use it from one event loop.

    Args:
        folder: Where they are kept on the disk; made when the first comes, and may be deleted at any time.
        memory_bytes: Most bytes in memory.
        disk_bytes: Most bytes on the disk; what was used longest ago goes first.
        timeout_s: How long a reader waits for a picture.
    """

    def __init__(
        self, folder: Path, *, memory_bytes: int = 64 << 20, disk_bytes: int = 512 << 20, timeout_s: float = 30.0
    ) -> None:
        self.made = 0
        self._shelf = CacheFolder(folder, disk_bytes, ".png", _is_whole)
        self._memory_bytes = memory_bytes
        self._timeout_s = timeout_s
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._coming: dict[str, asyncio.Future[bytes]] = {}
        self._pool = ThreadPoolExecutor(WORKERS, "picture")

    async def get(self, tag: str, draw: Callable[[], bytes]) -> bytes:
        """Return the picture of a tag; `draw` makes it, in a thread, when it is nowhere.

        Raises:
            BusyError: Too many others are waiting to be drawn.
            UnavailableError: It takes too long.
            GnomonError: What `draw` raises.
        """
        found = self._kept.get(tag)
        if found is not None:
            self._kept.move_to_end(tag)
            return found
        coming = self._coming.get(tag) or self._start(tag, draw)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.shield(coming)
        except TimeoutError:
            msg = f"The picture was not ready within {self._timeout_s:.0f} s. Ask for a smaller one, or again later."
            raise UnavailableError(msg) from None

    def close(self) -> None:
        """Draw nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, tag: str, draw: Callable[[], bytes]) -> asyncio.Future[bytes]:
        if len(self._coming) >= MAX_WAITING:
            msg = f"{MAX_WAITING} pictures are waiting to be drawn. Ask again in a moment."
            raise BusyError(msg)
        coming = asyncio.get_running_loop().run_in_executor(self._pool, self._make, tag, draw)
        self._coming[tag] = coming
        coming.add_done_callback(lambda done: self._finish(tag, done))
        return coming

    def _make(self, tag: str, draw: Callable[[], bytes]) -> bytes:
        found = self._shelf.read(tag)
        if found is None:
            found = draw()
            self.made += 1
            self._shelf.write(tag, found)
        return found

    def _finish(self, tag: str, done: asyncio.Future[bytes]) -> None:
        del self._coming[tag]
        if done.cancelled() or done.exception() is not None:
            return
        picture = done.result()
        self._kept[tag] = picture
        self._size += len(picture)
        while self._size > self._memory_bytes:
            _, old = self._kept.popitem(last=False)
            self._size -= len(old)


def _is_whole(data: bytes) -> bool:
    return data.startswith(_SIGNATURE) and data.endswith(_END)
