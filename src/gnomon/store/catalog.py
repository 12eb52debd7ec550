"""Who is who: runs by id, and by project and name. All in memory."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gnomon.core.errors import NotFoundError
from gnomon.store.engine import Appended, RunInfo


@dataclass(frozen=True, slots=True)
class Project:
    """Sum up one project: how many runs, how many of them run, when the first was made and the last changed."""

    name: str
    runs: int
    running: int
    created_us: int
    updated_us: int


class Catalog:
    """Find runs without asking the engine.

    Args:
        runs: What the store holds at the start.
    """

    def __init__(self, runs: Iterable[RunInfo]) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, RunInfo] = {}
        self._named: dict[tuple[str, str], str] = {}
        for run in runs:
            self._put(run)

    def __len__(self) -> int:
        return len(self._runs)

    def get(self, run: str) -> RunInfo | None:
        """Return a run by id."""
        return self._runs.get(run)

    def last_step(self, run: str) -> int | None:
        """Return the last step of a run, `None` when there is none."""
        info = self._runs.get(run)
        return None if info is None else info.last_step

    def run(self, run: str) -> RunInfo:
        """Return a run by id, or raise `NotFoundError`."""
        info = self._runs.get(run)
        if info is None:
            msg = f'No run with id "{run[:40]}". List the runs of a project to find it.'
            raise NotFoundError(msg)
        return info

    def find(self, project: str, name: str) -> RunInfo | None:
        """Return the newest run of this name in the project."""
        with self._lock:
            return self._runs.get(self._named.get((project, name), ""))

    def runs(self) -> list[RunInfo]:
        """Return all runs, oldest first."""
        with self._lock:
            return list(self._runs.values())

    def projects(self) -> list[Project]:
        """Return the projects, the one that changed last in front."""
        groups: dict[str, list[RunInfo]] = {}
        for run in self.runs():
            groups.setdefault(run.project, []).append(run)
        return sorted((_project(name, runs) for name, runs in groups.items()), key=lambda p: -p.updated_us)

    def apply(self, appended: Sequence[Appended]) -> None:
        """Follow what was committed."""
        with self._lock:
            for change in appended:
                self._put(change.run)

    def removed(self, run: str) -> None:
        """Forget a run."""
        with self._lock:
            info = self._runs.pop(run, None)
            if info and self._named.get((info.project, info.name)) == run:
                del self._named[info.project, info.name]

    def _put(self, run: RunInfo) -> None:
        known = self._runs.get(run.id)
        self._runs[run.id] = run
        if known and (known.project, known.name) == (run.project, run.name):
            return
        if known and self._named.get((known.project, known.name)) == run.id:
            del self._named[known.project, known.name]
        self._named[run.project, run.name] = run.id


def _project(name: str, runs: list[RunInfo]) -> Project:
    return Project(
        name,
        runs=len(runs),
        running=sum(r.state == "running" for r in runs),
        created_us=min(r.created_us for r in runs),
        updated_us=max(r.updated_us for r in runs),
    )
