"""The file of a store and its one writing connection: transactions, the log, and space given back."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import apsw

from gnomon.core.errors import StoreError
from gnomon.core.folder import claim
from gnomon.store.filesystem import check_local
from gnomon.store.schema import connect

CHECKPOINT_PAGES: Final = 2_000
_SPARE_PAGES: Final = 256
_SHRINK_PAGES: Final = 1_024


class Disk:
    """Write to `store.db` of a folder; nothing else writes to it or checkpoints it.

    Args:
        home: The folder; made when it is not there.

    Raises:
        StoreError: The store cannot be opened, or lies on a network filesystem.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / "store.db"
        self.lock = threading.RLock()
        self.log_pages = 0
        check_local(home)
        try:
            home.mkdir(parents=True, exist_ok=True)
            claim(self.path)  # SQLite would let everybody on this machine read it
        except OSError as error:
            msg = f"{home}: the folder of the store cannot be made: {error}. Choose another GNOMON_HOME."
            raise StoreError(msg) from error
        self.db = connect(self.path, write=True)
        self.db.set_wal_hook(self._grew)
        self._closed = False

    def _grew(self, _db: apsw.Connection, _name: str, pages: int) -> int:
        self.log_pages = pages
        return apsw.SQLITE_OK

    def check_open(self) -> None:
        """Raise `StoreError` when the store was closed."""
        if self._closed:
            msg = f"{self.path}: the store is closed. Open it again."
            raise StoreError(msg)

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """Run statements in one durable transaction, all of them or none.

        Raises:
            StoreError: They cannot be written, most often for want of space; nothing was.
        """
        with self.lock:
            self.check_open()
            try:
                self.db.execute("BEGIN IMMEDIATE")
                yield self.db
                self.db.execute("COMMIT")
            except BaseException as error:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                if isinstance(error, apsw.Error):
                    msg = (
                        f"{self.path}: cannot be written: {error}. Check the free space; nothing was stored by halves."
                    )
                    raise StoreError(msg) from error
                raise

    def number(self, sql: str, bindings: tuple[Any, ...] = ()) -> int:
        """Return the one integer that a query gives."""
        with self.lock:
            row = self.db.execute(sql, bindings).fetchone()
        assert row is not None
        return int(row[0])

    def checkpoint(self, *, truncate: bool) -> None:
        """Take the log into the file; a reader in the way puts it off until the next time.

        Raises:
            StoreError: There is no room for it; what is in the log stays there and is safe.
        """
        mode = apsw.SQLITE_CHECKPOINT_TRUNCATE if truncate else apsw.SQLITE_CHECKPOINT_PASSIVE
        with self.lock:
            self.db.set_busy_timeout(0)
            try:
                self.db.wal_checkpoint(mode=mode)
            except apsw.BusyError:
                return
            except apsw.Error as error:
                msg = f"{self.path}: the log cannot be taken into the store: {error}. Check the free space."
                raise StoreError(msg) from error
            finally:
                self.db.set_busy_timeout(10_000)
            self.log_pages = 0

    @property
    def log_bytes(self) -> int:
        """How long the log is on the disk."""
        log = self.path.with_name("store.db-wal")
        return log.stat().st_size if log.exists() else 0

    @property
    def roomy(self) -> bool:
        """Whether much of the file is space of what was deleted."""
        return self.number("PRAGMA freelist_count") > _SPARE_PAGES

    @property
    def used_bytes(self) -> int:
        """How much of the file holds something."""
        pages = self.number("PRAGMA page_count") - self.number("PRAGMA freelist_count")
        return pages * self.number("PRAGMA page_size")

    def shrink(self, *, whole: bool = False) -> bool:
        """Give some of the space of what was deleted back to the filesystem; tell whether there was any.

        Args:
            whole: Keep none of it for what comes next.
        """
        free = self.number("PRAGMA freelist_count")
        if not (free if whole else self.roomy):
            return False
        with self.transaction() as db:
            db.execute(f"PRAGMA incremental_vacuum({_SHRINK_PAGES})").fetchall()
            return self.number("PRAGMA freelist_count") < free

    def reclaim(self) -> None:
        """Give all of that space back, and take the log in; a reader in the way puts off the log."""
        while self.shrink(whole=True):
            pass
        self.checkpoint(truncate=True)

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        with self.lock:
            if self._closed:
                return
            self._closed = True
            with contextlib.suppress(apsw.Error):  # a full disk: the log stays beside the file, which is safe
                self.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            self.db.close()
