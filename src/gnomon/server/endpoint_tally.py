"""Counts of an endpoint by version and role, over the processes that counted them."""

from collections.abc import Iterable
from typing import Final

import msgspec

from gnomon.server.serving.counts import Counted, Role

NAMES: Final = ("requests", "refused", "failed", "rows", "passed")
Key = tuple[str, Role]
_none = dict[Key, Counted]


class Tally:
    """Add up what processes tell. What one did in its last second before it was killed is lost."""

    def __init__(self) -> None:
        self._before, self._last = _none(), _none()
        self._recent: dict[Key, None] = {}

    def begin(self) -> None:
        """Take note that a process begins, which counts from nothing."""
        self._before = {key: self.of(*key) for key in self._recent}
        self._last = {}

    def hear(self, counted: Iterable[Counted]) -> None:
        """Take note of what the process tells: all that it has counted of some versions."""
        for each in counted:
            key = each.version, each.role
            self._last[key] = each
            self._recent.pop(key, None)
            self._recent[key] = None

    def of(self, version: str, role: Role) -> Counted:
        """Return all counts of a version in a role."""
        return _sum(
            version, role, [each[version, role] for each in (self._before, self._last) if (version, role) in each]
        )

    def known(self) -> list[Key]:
        """Return what was counted at all, what was asked last in front."""
        return list(reversed(self._recent))

    def total(self) -> Counted:
        """Return what became of all requests of callers: what shadows were shown is not among them."""
        return _sum("", "model", [self.of(*key) for key in self._recent if key[1] != "shadow"])


def _sum(version: str, role: Role, counts: Iterable[Counted]) -> Counted:
    many = list(counts)
    return msgspec.structs.replace(
        Counted(version, role), **{name: sum(getattr(each, name) for each in many) for name in NAMES}
    )
