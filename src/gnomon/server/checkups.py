"""Checkups of runs, whose code is loaded when the first is asked for: a server that starts has no use for the SDK."""

import threading
from typing import TYPE_CHECKING, Any

from gnomon.store.home import Home

if TYPE_CHECKING:
    from gnomon.analysis.health import Checkup
    from gnomon.sdk.health import HealthReader


class Checkups:
    """Tell how the runs of a home are.

    Args:
        home: An open home.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._reader: HealthReader | None = None

    def of(self, run: str, until: int | None) -> "Checkup":
        """Return what the checks find in the record of a run, as it was at a step.

        Raises:
            NotFoundError: There is no such run.
        """
        from gnomon.sdk.health import HealthReader  # noqa: PLC0415 - see above

        with self._lock:
            if self._reader is None:
                self._reader = HealthReader(self._home)
        return self._reader.health(run, until)

    def alerts(self, run: str) -> list[dict[str, Any]]:
        """Return what a run told with `run.alert`."""
        from gnomon.sdk.health import alerts_in  # noqa: PLC0415 - see above

        return alerts_in(self._home.engine, run)
