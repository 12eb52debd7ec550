"""What a project has to choose from when a filter is being written."""

from typing import Final

from gnomon.store.complete import Completed, complete
from gnomon.store.distinct import Distinct
from gnomon.store.filter import Name
from gnomon.store.home import Home
from gnomon.store.query import RunQuery

_MOST_TAGS: Final = 1_000


class Choices:
    """Keys and values of the runs of a project, archived ones included.

    Args:
        home: Where the runs are.
        project: Name of the project; `None` for all.
    """

    def __init__(self, home: Home, project: str | None) -> None:
        self._home = home
        self._runs = RunQuery(project, archived=True, lenient=True)
        self._keys: dict[str, list[str]] = {}

    def keys(self, kind: str) -> list[str]:
        """Return the keys of a kind: `config metric tag`."""
        if kind not in self._keys:
            self._keys[kind] = self._read(kind)
        return self._keys[kind]

    def _read(self, kind: str) -> list[str]:
        if kind == "tag":
            return [str(tag) for tag, _ in self._home.table.values(self._runs, "tags", "", _MOST_TAGS).values]
        engine = self._home.engine
        return (engine.config_keys if kind == "config" else engine.metric_keys)(self._runs.project)

    def values(self, column: Name, prefix: str, limit: int) -> Distinct:
        """Return the values of a column, the most frequent first."""
        return self._home.table.values(self._runs, str(column), prefix, limit)


def complete_in(home: Home, project: str | None, text: str, at: int | None = None, limit: int = 50) -> Completed:
    """Return what may stand at character `at` of a filter over the runs of a project; at its end, unless told."""
    return complete(text, len(text) if at is None else at, Choices(home, project), limit)
