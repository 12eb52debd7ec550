"""Group commit without a timer: whatever arrives while one commit syncs goes into the next.

A disk does some hundred syncs a second whatever is in them, so the thread takes all that is queued each time.
Nothing waits for a clock: an idle store commits a single batch at once, a busy one commits thousands together.
Batches with large payloads pass through a second thread first, which has these on the disk before their rows are.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Final

from gnomon.core.batch import Batch, Frame
from gnomon.core.errors import BusyError, GnomonError, StoreError
from gnomon.store.bus import item_bytes
from gnomon.store.engine import Appended, Engine
from gnomon.store.staging import is_large, stage

MAX_QUEUE_BYTES: Final = 64 << 20
_log = logging.getLogger("gnomon.store")


@dataclass(slots=True)
class Tally:
    """Count what was committed since the start; `trouble` and `blob_trouble` are the last failures while they last."""

    commits: int = 0
    commit_s: float = 0.0
    batches: int = 0
    points: int = 0
    refused: int = 0
    failures: int = 0
    trouble: str | None = None
    blob_trouble: str | None = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: Batch
    size: int
    future: "Future[Appended]" = field(default_factory=Future)


class Committer:
    """Store batches durably, many per sync, from one thread.

    Args:
        engine: Where they go; nobody else appends to it.
        on_commit: Called after each commit, before the senders learn of it, with what was new.
        max_bytes: How much may wait; a submit beyond that raises `BusyError` instead of growing without end.
    """

    def __init__(
        self, engine: Engine, on_commit: Callable[[list[Appended]], None], max_bytes: int = MAX_QUEUE_BYTES
    ) -> None:
        self.tally = Tally()
        self._engine = engine
        self._on_commit = on_commit
        self._max_bytes = max_bytes
        self._queue: deque[_Waiting] = deque()
        self._heavy: deque[_Waiting] = deque()
        self._stager: threading.Thread | None = None
        self._queued_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._staged = False  # nothing more will come from staging
        self._thread = threading.Thread(target=self._run, name="gnomon-committer", daemon=True)
        self._thread.start()

    @property
    def queued_bytes(self) -> int:
        """Return how much waits for a commit."""
        return self._queued_bytes

    def submit(self, batch: Batch) -> "Future[Appended]":
        """Queue one batch; see `submit_all`."""
        return self.submit_all([batch])[0]

    def submit_all(self, batches: Sequence[Batch]) -> "list[Future[Appended]]":
        """Queue batches that came together; each future is done when its batch is durable, or holds its error.

        Raises:
            BusyError: Too much waits already; nothing was queued.
            StoreError: The committer was closed.
        """
        waiting = [_Waiting(b, 500 + sum(map(item_bytes, b.items))) for b in batches]
        size = sum(w.size for w in waiting)
        with self._changed:
            if self._closing:
                msg = "The store is closing. Send again when the server is back."
                raise StoreError(msg)
            if self._queued_bytes and self._queued_bytes + size > self._max_bytes:
                self.tally.refused += len(waiting)
                msg = f"{self._queued_bytes >> 20} MB wait to be stored, the limit is {self._max_bytes >> 20}. Retry."
                raise BusyError(msg)
            self._queued_bytes += size
            if any(is_large(item) for batch in batches for item in batch.items):
                self._heavy.extend(waiting)
                self._begin_staging()
            else:
                self._queue.extend(waiting)
            self._changed.notify_all()
        return [w.future for w in waiting]

    def close(self) -> None:
        """Commit what is queued, then end the thread. Closing twice is fine."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._stager is not None:
            self._stager.join()
        with self._changed:
            self._staged = True
            self._changed.notify_all()
        self._thread.join()

    def _begin_staging(self) -> None:
        """Start the thread that writes blobs, when the first one comes; most stores never see one."""
        if self._stager is None:
            self._stager = threading.Thread(target=self._stage, name="gnomon-blobs", daemon=True)
            self._stager.start()

    def _stage(self) -> None:
        """Write large payloads into blobs, beside the commits: syncing them must not hold up what has none."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._heavy or self._closing)
                taken = list(self._heavy)
                self._heavy.clear()
            if not taken:
                return
            try:
                staged = stage(self._engine.blobs, [w.batch for w in taken])
            except Exception as error:  # noqa: BLE001  # as in `_commit`
                self.tally.blob_trouble = str(error)
                self._release(taken)
                self._failed(taken, error)
                continue
            self.tally.blob_trouble = None
            ready = [replace(w, batch=batch) for w, batch in zip(taken, staged, strict=True)]
            with self._changed:
                self._queue.extend(ready)
                self._changed.notify_all()

    def _run(self) -> None:
        while taken := self._take():
            self._commit(taken)

    def _take(self) -> list[_Waiting]:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._staged)
            taken = list(self._queue)
            self._queue.clear()
            return taken

    def _commit(self, taken: list[_Waiting]) -> None:
        began = time.perf_counter()
        try:
            results = self._engine.append([w.batch for w in taken])
        except Exception as error:  # noqa: BLE001  # the thread must outlive a full disk and a bug alike
            self.tally.trouble = str(error)
            self._failed(taken, error)
            return
        finally:
            self._release(taken)
        self.tally.commits += 1
        self.tally.commit_s += time.perf_counter() - began
        self.tally.trouble = None
        self._publish([r for r in results if isinstance(r, Appended)])
        for waiting, result in zip(taken, results, strict=True):
            _resolve(waiting.future, result)

    def _release(self, taken: list[_Waiting]) -> None:
        with self._changed:
            self._queued_bytes -= sum(w.size for w in taken)

    def _publish(self, stored: list[Appended]) -> None:
        new = [a for a in stored if a.batch is not None]
        self.tally.batches += len(new)
        self.tally.points += sum(_points(a.batch) for a in new if a.batch is not None)
        try:
            self._on_commit(new)
        except Exception:  # noqa: BLE001
            # The data is safe and must be acknowledged; only the picture of it in memory may lag.
            _log.exception("after a commit")

    def _failed(self, taken: list[_Waiting], error: Exception) -> None:
        self.tally.failures += 1
        if not isinstance(error, GnomonError):
            _log.error("commit failed", exc_info=error)
        for waiting in taken:
            _resolve(waiting.future, error)


def _points(batch: Batch) -> int:
    return sum(item.values.size for item in batch.items if isinstance(item, Frame))


def _resolve(future: "Future[Appended]", result: Appended | Exception) -> None:
    if not future.set_running_or_notify_cancel():
        return  # the sender went away; the data is stored all the same
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
