"""The runs in memory: those that are written, and where the series are of those that are only read."""

import threading
from collections import OrderedDict
from typing import Final

import apsw

from gnomon.core.errors import NotFoundError
from gnomon.store.ledger import Ledger, load
from gnomon.store.reader import Connections, Spot, place, place_cold

_IDLE_RUNS: Final = 256
_COLD_RUNS: Final = 1_024


class Roster:
    """Hold the ledger of each run that is written, until it has been idle for long.

    Args:
        connections: Reading connections, for runs that are not held.
    """

    def __init__(self, connections: Connections) -> None:
        self.lock = threading.RLock()
        self._connections = connections
        self._ledgers: OrderedDict[str, Ledger] = OrderedDict()
        self._cold: dict[str, dict[str, Spot]] = {}

    def get(self, uid: str) -> Ledger | None:
        """Return the ledger of a run that is held."""
        with self.lock:
            return self._ledgers.get(uid)

    def holds(self, uid: str) -> bool:
        """Tell whether a run is held: what is unsealed of it is nowhere else."""
        return self.get(uid) is not None

    def all(self) -> list[Ledger]:
        """Return every ledger held."""
        with self.lock:
            return list(self._ledgers.values())

    def keep(self, ledger: Ledger) -> None:
        """Hold a ledger from now on, as the one used last."""
        with self.lock:
            self._ledgers[ledger.uid] = ledger
            self._ledgers.move_to_end(ledger.uid)
            self._cold.pop(ledger.uid, None)

    def drop(self, uid: str) -> None:
        """Forget a run."""
        with self.lock:
            self._ledgers.pop(uid, None)
            self._cold.pop(uid, None)

    def forget_idle(self) -> None:
        """Let go of runs that have nothing unsealed, the longest unused first, when there are many."""
        with self.lock:
            if len(self._ledgers) > _IDLE_RUNS:
                idle = [uid for uid, ledger in self._ledgers.items() if not ledger.points and not ledger.stale]
                for uid in idle[: len(self._ledgers) - _IDLE_RUNS]:
                    del self._ledgers[uid]

    def find(self, uid: str) -> Ledger | None:
        """Return a run as it stands; one that nobody writes is read and not kept."""
        found = self.get(uid)
        if found is None:
            with self._connections.lend() as db:
                db.execute("BEGIN")  # one moment for all of it
                try:
                    found = load(db, uid)
                finally:
                    db.execute("COMMIT")
        return found

    def need(self, uid: str) -> Ledger:
        """Return a run as it stands.

        Raises:
            NotFoundError: There is none.
        """
        found = self.find(uid)
        if found is None:
            raise unknown(uid)
        return found

    def locate(self, db: apsw.Connection, uid: str, key: str) -> Spot | None:
        """Return where a series is now, `None` when there is none."""
        with self.lock:
            ledger = self._ledgers.get(uid)
            if ledger is not None:
                return place(ledger, key)
            known = self._cold.get(uid, {}).get(key)
            if known is not None:
                return known
        found = place_cold(db, uid, key)
        with self.lock:
            if found is not None and uid not in self._ledgers:
                if len(self._cold) > _COLD_RUNS:
                    self._cold.clear()
                self._cold.setdefault(uid, {})[key] = found
        return found


def unknown(run: str) -> NotFoundError:
    """Return the error for a run that is not there."""
    return NotFoundError(f'No run "{run}" in this store: it was never opened here, or it was deleted.')
