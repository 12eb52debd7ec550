"""The part of the lab that looks at many runs at once: values, completion, exports, bulk changes and deletion."""

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from gnomon.core.errors import InputError
from gnomon.sdk.lab_backend import Backend
from gnomon.sdk.lab_many import EVERY, DeletedRuns, Many
from gnomon.sdk.whole_file import write_whole
from gnomon.store.bulk import UNSET, Chosen, Edit
from gnomon.store.complete import OURS, Completed
from gnomon.store.distinct import Distinct
from gnomon.store.export import FORMATS
from gnomon.store.filter import STATISTICS
from gnomon.store.query import RunQuery

_MAX_COLUMNS: Final = 900


@dataclass(frozen=True, slots=True)
class RunsChanged:
    """Tell what a change of many runs did.

    Args:
        matched: Runs that were looked at.
        changed: Runs that are different now.
    """

    matched: int
    changed: int
    _undo: list[tuple[Edit, list[str]]]
    _many: Many

    def undo(self) -> "RunsChanged":
        """Make the runs as they were; the answer takes that back."""
        done = [self._many.edit(Chosen(ids=tuple(ids)), edit) for edit, ids in self._undo]
        undo = [each for edited in done for each in edited.undo]
        return RunsChanged(sum(e.matched for e in done), sum(e.changed for e in done), undo, self._many)


class LabTable:
    """Look at many runs, and change or delete them.

    Args:
        backend: Where they are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def values(
        self, column: str, project: str | None = None, where: str = "", prefix: str = "", limit: int = 50
    ) -> Distinct:
        """Return the different values of a column, the most frequent first: `.values` holds `(value, runs)`.

        Args:
            column: Such as `config.lr`; `tags` counts the runs of each label.
            project: Only runs of this project.
            where: Only runs that this filter keeps.
            prefix: Only values whose text begins so, whatever the case.
            limit: Values at most.
        """
        return self._backend.many.values(RunQuery(project, where, lenient=True), column, prefix, limit)

    def complete(self, text: str, at: int | None = None, project: str | None = None, limit: int = 50) -> Completed:
        """Return what may stand at character `at` of a filter (its end, unless told), as the search box offers it."""
        return self._backend.many.complete(project, text, len(text) if at is None else at, limit)

    def change_runs(
        self,
        project: str | None = None,
        where: str | None = None,
        ids: Iterable[str] | None = None,
        *,
        tags_add: Sequence[str] = (),
        tags_remove: Sequence[str] = (),
        archived: bool | None = None,
        group: Any = UNSET,
        expected: int | None = None,
        also_archived: bool | None = None,
    ) -> RunsChanged:
        """Change labels or group of many runs, put them away, or back.

        Args:
            project: Only runs of this project.
            where: Runs that this filter keeps; `""` for all of the project, said explicitly.
            ids: Only these runs.
            tags_add: Labels to add.
            tags_remove: Labels to take away.
            archived: `True` hides the runs from lists, `False` shows them again.
            group: Group they belong to from now on; `None` for none.
            expected: How many runs there should be; `ConflictError` when there are more or fewer.
            also_archived: Look among archived runs too; by default only when they are to be put back.

        Returns:
            How many there were and how many are different now; its `undo()` takes the change back.
        """
        shown = True if also_archived is None and archived is False else also_archived
        chosen = Chosen(project, where, None if ids is None else tuple(ids), shown, expected)
        edit = Edit(tuple(tags_add), tuple(tags_remove), archived, group)
        found = self._backend.many.edit(chosen, edit)
        return RunsChanged(found.matched, found.changed, found.undo, self._backend.many)

    def delete_runs(
        self,
        project: str | None = None,
        where: str | None = None,
        ids: Iterable[str] | None = None,
        *,
        expected: int,
        archived: bool | None = None,
    ) -> DeletedRuns:
        """Delete many runs for good, and give their space back to the disk.

        Args:
            project: Only runs of this project.
            where: Runs that this filter keeps; `""` for all of the project, said explicitly.
            ids: Only these runs.
            expected: How many runs there are, as `len(lab.runs(…, limit=None))` says; nothing is deleted when there
                are more or fewer by now.
            archived: As in `runs`.

        Raises:
            ConflictError: There are more or fewer runs than expected.
        """
        chosen = Chosen(project, where, None if ids is None else tuple(ids), archived, expected)
        return self._backend.many.delete(chosen)

    def export(
        self,
        path: str | Path,
        project: str | None = None,
        where: str = "",
        order: str | Sequence[str] = "-created",
        columns: Iterable[str] = (),
        *,
        form: str | None = None,
        fields: Iterable[str] | None = None,
        archived: bool | None = None,
    ) -> None:
        """Write runs to a file, piece by piece, however many there are.

        Args:
            path: The file; its ending says the form unless `form` does.
            project: Only runs of this project.
            where: Only runs that this filter keeps.
            order: As in `runs`.
            columns: As in `runs`; every config key and the last value of every metric when empty.
            form: `csv`, `json` or `parquet`.
            fields: Fields of a run to write in front of the columns; the usual ones unless told.
            archived: As in `runs`.
        """
        chosen = form or Path(path).suffix.removeprefix(".").lower()
        if chosen not in FORMATS:
            msg = f"form: expected one of {', '.join(FORMATS)}, received {chosen!r:.40}. Say form=, or end the file so."
            raise InputError(msg, field="form")
        orders = (order,) if isinstance(order, str) else tuple(order)
        names = tuple(self._expanded(columns or ("config.*", "metric.*"), project))
        query = replace(RunQuery(project, where, orders, names, archived=archived), limit=EVERY)
        pieces = self._backend.many.export(query, chosen, None if fields is None else tuple(fields))
        write_whole(Path(path), pieces)

    def _expanded(self, columns: Iterable[str], project: str | None) -> list[str]:
        """Return the columns with `*` replaced by the keys there are."""
        chosen: dict[str, None] = {}
        for text in [columns] if isinstance(columns, str) else columns:
            chosen |= dict.fromkeys(self._matching(text, project) if "*" in text else [text])
        if len(chosen) > _MAX_COLUMNS:
            msg = f"columns: expected at most {_MAX_COLUMNS}, received {len(chosen)}. Name fewer, or narrow the *."
            raise InputError(msg, field="columns")
        return list(chosen)

    def _matching(self, text: str, project: str | None) -> list[str]:
        kind, _, pattern = text.partition(".")
        keys = self._backend.keys(project)
        keys["metrics"] = [key for key in keys["metrics"] if pattern.startswith(OURS) or not key.startswith(OURS)]
        if kind == "config":
            return [f"config.{key}" for key in keys["config"] if fnmatch.fnmatchcase(key, pattern)]
        stem, _, statistic = pattern.rpartition(".")
        if stem and statistic in STATISTICS:
            return [f"metric.{key}.{statistic}" for key in keys["metrics"] if fnmatch.fnmatchcase(key, stem)]
        return [f"metric.{key}" for key in keys["metrics"] if fnmatch.fnmatchcase(key, pattern)]
