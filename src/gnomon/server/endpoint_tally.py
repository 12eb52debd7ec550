"""Counts of an endpoint by version, over the processes and loadings that counted them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gnomon.server.serving.status import Status, Told

NAMES: Final = ("requests", "refused", "failed", "rows")


@dataclass(slots=True)
class _Count:
    """What earlier processes counted, and what the present one has told last."""

    before: list[int]
    last: list[int]


class Tally:
    """Add up what processes tell of the versions that they serve. What one did in its last second before it died is lost."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}

    def hear(self, status: Status) -> None:
        """Take note of what a process tells."""
        for told in _told(status):
            now = [getattr(told, name) for name in NAMES]
            known = self._counts.setdefault(told.version, _Count([0] * len(NAMES), [0] * len(NAMES)))
            if now[0] < known.last[0]:  # it was loaded anew, and counts from nothing
                known.before = [a + b for a, b in zip(known.before, known.last, strict=True)]
            known.last = now

    def of(self, version: str) -> dict[str, int]:
        """Return all counts of a version."""
        known = self._counts.get(version)
        if known is None:
            return dict.fromkeys(NAMES, 0)
        return {name: a + b for name, a, b in zip(NAMES, known.before, known.last, strict=True)}


def _told(status: Status) -> Iterable[Told]:
    yield status.model
    if status.canary is not None:
        yield status.canary
    if status.shadow is not None:
        yield status.shadow.version
