"""The read side: connect to a server, or open the home folder, and read everything back."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

from gnomon.core.errors import InputError, LockedError, NotFoundError
from gnomon.core.ids import is_id
from gnomon.core.settings import Settings
from gnomon.sdk.lab_backend import Backend, Page
from gnomon.sdk.lab_board import LabBoard
from gnomon.sdk.lab_remote import RemoteBackend
from gnomon.sdk.lab_run import LabRun
from gnomon.sdk.lab_runs import Runs
from gnomon.sdk.lab_table import LabTable
from gnomon.sdk.notebook.sources import LabSource
from gnomon.sdk.opened import open_here
from gnomon.store.lock import holder
from gnomon.store.nearest import hint
from gnomon.store.query import RunQuery

_PAGE: Final = 1_000
_WAIT_S: Final = 5.0
_AGAIN_S: Final = 0.05


def connect(url: str | None = None, home: str | Path | None = None) -> "Lab":
    """Return the lab to read from.

    The first of these that applies: the server at `url`; the folder `home`; the server of `GNOMON_URL`; the folder
    `GNOMON_HOME` or `~/.gnomon`. A folder that a server owns is read through that server, any other is opened by
    this process until its last lab is closed, and journals that nobody has stored yet are stored first.

    Args:
        url: `http://host:port`; its token is taken from `GNOMON_TOKEN`.
        home: Folder of the store.

    Raises:
        LockedError: Another process has the folder open and serves nothing.
        UnavailableError: The server does not answer.

    Example:
        with gnomon.connect() as lab:
            for run in lab.runs("digits", where="config.lr < 0.3", order="-metric.val/acc.max"):
                print(run.name, run.summary["val/acc"])
    """
    settings = Settings.from_env(home, url)
    if settings.url is not None and (url is not None or home is None):
        return Lab(RemoteBackend(settings.url, settings.token))
    return Lab(_of_folder(settings))


def _of_folder(settings: Settings) -> Backend:
    """Another reader leaves soon, and a server that is starting says where it is: wait a little for either."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        owner = holder(settings.home)
        if owner is not None and owner.url is not None:
            return RemoteBackend(owner.url, settings.token)
        try:
            return open_here(settings.home)
        except LockedError:
            if time.monotonic() > deadline:
                raise
        time.sleep(_AGAIN_S)


class Lab(LabBoard, LabTable):
    """Read projects, runs, series and records; the same from a server and from a folder.

    Args:
        backend: Where to read; closed with the lab.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def url(self) -> str | None:
        """Server that is read; `None` when this process has opened the folder itself."""
        return self._backend.url

    @property
    def source(self) -> LabSource:
        """Where charts read."""
        return LabSource(self._backend)

    def close(self) -> None:
        """Release the folder or the connection."""
        self._backend.close()

    def projects(self) -> list[dict[str, Any]]:
        """Return the projects (`name runs running created updated`), the one that changed last in front."""
        return self._backend.projects()

    def keys(self, project: str | None = None) -> dict[str, list[str]]:
        """Return the keys in use in a project, or in all: `{"config": [...], "metrics": [...]}`."""
        return self._backend.keys(project)

    def runs(
        self,
        project: str | None = None,
        where: str = "",
        order: str | Sequence[str] = "-created",
        columns: Iterable[str] = (),
        limit: int | None = 200,
        archived: bool | None = None,
    ) -> Runs:
        """Return runs, filtered and in order.

        Args:
            project: Only runs of this project; `None` for all.
            where: Filter, see docs/reference/filter.md.
            order: A column to sort by, or several; `-` in front puts the largest first.
            columns: Columns to bring along, such as `config.lr` or `metric.val/acc.max`; `config.*` and
                `metric.*.max` stand for every key there is.
            limit: Runs at most; `None` for all.
            archived: Archived runs too; `None` leaves them out unless `where` tests `attr.archived`.

        Raises:
            FilterError: `where` does not parse, or names what no run has.
            InputError: `order` or `columns` names no column.
        """
        names = tuple(self._expanded(columns, project))
        orders = (order,) if isinstance(order, str) else tuple(order)
        query = RunQuery(project, where, orders, names, archived=archived)
        page = self._query(query, limit)
        runs = [LabRun(self._backend, row) for row in page.rows]
        found = Runs(runs, page.total, page.matched, page.columns, query, self._backend.many)
        return found.followed(self._backend, lambda: self.runs(project, where, order, columns, limit, archived))

    def run(self, ref: str) -> LabRun:
        """Return one run.

        Args:
            ref: Its id, `project/name`, or a name that no other run has. Of several runs of one name in one project,
                `project/name` is the newest.

        Raises:
            NotFoundError: There is none; the message names the nearest.
            InputError: The name alone is not enough to tell which.
        """
        if is_id(ref):
            try:
                detail = self._backend.detail(ref)
            except NotFoundError:
                pass  # a name may look like an id
            else:
                return LabRun(self._backend, detail, detail)
        for place in (i for i, char in enumerate(ref) if char == "/"):
            found = self._named(ref[place + 1 :], ref[:place])
            if found:
                return LabRun(self._backend, found[0])
        found = self._named(ref, None)
        if len(found) > 1:
            choices = ", ".join(f"{row['project']}/{row['name']} ({row['id']})" for row in found[:5])
            msg = f'run: {len(found)} runs are named "{ref}": {choices}. Give project/name for the newest, or an id.'
            raise InputError(msg, field="run")
        if not found:
            raise self._unknown(ref)
        return LabRun(self._backend, found[0])

    def delete(self, run: str) -> None:
        """Remove a run (by id) and everything of it, for good."""
        self._backend.delete(run)

    def doctor(self) -> dict[str, Any]:
        """Return `facts` about the store and `troubles` that should be looked at."""
        return self._backend.doctor()

    def _query(self, query: RunQuery, limit: int | None) -> Page:
        """Read as many windows as it takes; a run that moved between two of them is kept once."""
        rows: dict[str, dict[str, Any]] = {}
        columns: dict[str, list[Any]] = {name: [] for name in query.columns}
        while True:
            size = _PAGE if limit is None else min(_PAGE, limit - len(rows))
            page = self._backend.query(_window(query, len(rows), size))
            fresh = [i for i, row in enumerate(page.rows) if row["id"] not in rows]
            rows |= {page.rows[i]["id"]: page.rows[i] for i in fresh}
            for name, values in columns.items():
                values += [page.columns[name][i] for i in fresh]
            if not fresh or len(page.rows) < size or len(rows) >= min(page.matched, limit or page.matched):
                return Page(page.total, page.matched, list(rows.values()), columns)

    def _named(self, name: str, project: str | None) -> list[dict[str, Any]]:
        """Return the runs of exactly this name, the newest first."""
        quoted = name.replace("'", "''")
        return self._backend.query(RunQuery(project, f"attr.name = '{quoted}'", limit=20, archived=True)).rows

    def _unknown(self, ref: str) -> NotFoundError:
        project, _, name = ref.rpartition("/")
        rows = self._backend.query(RunQuery(project or None, limit=_PAGE)).rows if project else []
        rows = rows or self._backend.query(RunQuery(None, limit=_PAGE)).rows
        known = [f"{row['project']}/{row['name']}" for row in rows] if project else [row["name"] for row in rows]
        where = f' in project "{project}"' if project else ""
        return NotFoundError(f'No run "{name[:80]}"{where}. {hint(ref, known)}'.rstrip())


def _window(query: RunQuery, offset: int, limit: int) -> RunQuery:
    return replace(query, offset=offset, limit=limit)
