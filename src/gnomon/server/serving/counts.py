"""What became of requests, by the version that was asked and what it was asked as.

They outlive the loading of a version: one that is replaced keeps its counts, what it answers last among them.
"""

from typing import Literal

import msgspec

from gnomon.core.errors import GnomonError

Role = Literal["model", "canary", "shadow"]


class Counted(msgspec.Struct, frozen=True):
    """Tell what became of the requests that a version was asked in a role.

    Args:
        version: `name@3`.
        role: What it was asked as.
        requests: How many it answered, those refused or failed among them: each request of a caller is counted once.
        refused: For what came with them.
        failed: Through no fault of whoever asked.
        rows: How many rows it answered.
        passed: Requests that it could not answer and the model was asked instead; they are counted there.
    """

    version: str
    role: Role
    requests: int = 0
    refused: int = 0
    failed: int = 0
    rows: int = 0
    passed: int = 0


class Counts:
    """Count, from nothing when the process begins."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, Role], Counted] = {}
        self._told: dict[tuple[str, Role], Counted] = {}

    def of(self, version: str, role: Role) -> Counted:
        """Return what was counted of a version in a role."""
        return self._counted.get((version, role)) or Counted(version, role)

    def answered(self, version: str, role: Role, rows: int) -> None:
        """Count a request that was answered."""
        self._add(version, role, requests=1, rows=rows)

    def missed(self, version: str, role: Role, error: Exception, *, passed: bool) -> None:
        """Count a request that was not answered, for this reason; `passed`: another version is asked instead."""
        if passed:
            self._add(version, role, passed=1)
        elif isinstance(error, GnomonError):
            self._add(version, role, requests=1, refused=1)
        else:
            self._add(version, role, requests=1, failed=1)

    def news(self) -> list[Counted]:
        """Return what has changed since this was last asked."""
        changed = [each for key, each in self._counted.items() if self._told.get(key) is not each]
        self._told = dict(self._counted)
        return changed

    def _add(self, version: str, role: Role, **more: int) -> None:
        before = self.of(version, role)
        now = {name: getattr(before, name) + count for name, count in more.items()}
        self._counted[version, role] = msgspec.structs.replace(before, **now)
