"""Changing and deleting many runs at once, and how to take a change back."""

from dataclasses import dataclass
from typing import Any, Final

from gnomon.core.errors import ConflictError, InputError
from gnomon.store.cells import is_archived
from gnomon.store.engine import Deleted, RunInfo
from gnomon.store.home import Home
from gnomon.store.query import RunQuery

_COMMIT: Final = 1_000
_DELETE: Final = 100

UNSET: Final = object()
"""Stands for a group that is left as it is; `None` takes runs out of theirs."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Say which runs; at least one of `where` and `ids` is given.

    Args:
        project: Only runs of this project; `None` for all.
        where: Filter; empty for all.
        ids: Only these runs.
        archived: As in `RunQuery`.
        expected: How many they should be; `None` for any number.
    """

    project: str | None = None
    where: str | None = None
    ids: tuple[str, ...] | None = None
    archived: bool | None = None
    expected: int | None = None

    def find(self, home: Home) -> list[RunInfo]:
        """Return the runs, the newest first.

        Raises:
            InputError: Neither `where` nor `ids` is given: nothing is ever done to all runs by leaving something out.
            FilterError: `where` does not parse, or names what no run has.
            ConflictError: There are more or fewer than expected; nothing is done.
        """
        if self.where is None and self.ids is None:
            msg = 'where: expected a filter or "ids"; all runs of a project are `where: ""`, said explicitly.'
            raise InputError(msg, field="where")
        if self.where is not None and self.ids is None and self.project is None and not self.where.strip():
            msg = "project: expected a project, ids or a filter; this would be every run of the store."
            raise InputError(msg, field="project")
        query = RunQuery(self.project, self.where or "", ids=self.ids, archived=self.archived)
        found = home.table.select(query)
        if self.expected is not None and len(found) != self.expected:
            msg = f"expected: {self.expected} runs were expected, {len(found)} match now. Look again, then ask again."
            raise ConflictError(msg)
        return found


@dataclass(frozen=True, slots=True)
class Edit:
    """Say what to change of each run.

    Args:
        tags_add: Labels to add.
        tags_remove: Labels to take away.
        archived: Put the runs away, or back; `None` leaves that as it is.
        group: Group they belong to from now on.
    """

    tags_add: tuple[str, ...] = ()
    tags_remove: tuple[str, ...] = ()
    archived: bool | None = None
    group: Any = UNSET

    def of(self, run: RunInfo) -> "Edit":
        """Return what of it changes this run."""
        return Edit(
            tuple(tag for tag in dict.fromkeys(self.tags_add) if tag not in run.tags),
            tuple(tag for tag in dict.fromkeys(self.tags_remove) if tag in run.tags),
            None if self.archived is None or self.archived == is_archived(run) else self.archived,
            UNSET if self.group is UNSET or self.group == run.group else self.group,
        )

    def undo(self, run: RunInfo) -> "Edit":
        """Return what makes the run as it is now, once this edit was made."""
        return Edit(
            self.tags_remove,
            self.tags_add,
            None if self.archived is None else not self.archived,
            UNSET if self.group is UNSET else run.group,
        )

    def fields(self) -> dict[str, Any]:
        """Return it as fields of a `Change`; nothing when nothing changes."""
        found: dict[str, Any] = {}
        if self.tags_add:
            found["tags"] = list(self.tags_add)
        if self.tags_remove:
            found["untag"] = list(self.tags_remove)
        if self.archived is not None:
            found["archived"] = self.archived
        if self.group is not UNSET:
            found["group"] = self.group
        return found


@dataclass(frozen=True, slots=True)
class Edited:
    """Count the runs an edit looked at and those it changed; `undo` holds what each of them needs, ids by edit."""

    matched: int
    changed: int
    undo: list[tuple[Edit, list[str]]]


def edit_runs(home: Home, chosen: Chosen, edit: Edit) -> Edited:
    """Change runs; those that are as wanted already stay untouched.

    Raises:
        InputError: A label is both to be added and to be taken away, or `chosen` does not say which runs.
        ConflictError: There are more or fewer runs than expected.
    """
    both = set(edit.tags_add) & set(edit.tags_remove)
    if both:
        msg = f'tags_remove: "{min(both)}" is to be added as well. Leave it out of one of the two.'
        raise InputError(msg, field="tags_remove")
    found = chosen.find(home)
    todo = [(run, each) for run in found if (each := edit.of(run)).fields()]
    done: set[str] = set()
    for i in range(0, len(todo), _COMMIT):
        done |= {run.id for run in home.change_many({run.id: each.fields() for run, each in todo[i : i + _COMMIT]})}
    undo: dict[Edit, list[str]] = {}
    for run, each in todo:
        if run.id in done:
            undo.setdefault(each.undo(run), []).append(run.id)
    return Edited(len(found), len(done), list(undo.items()))


def delete_runs(home: Home, chosen: Chosen) -> Deleted:
    """Delete runs for good and give their space back to the filesystem.

    They go a hundred at a time, so that what is logged meanwhile does not wait for all of them.

    Raises:
        ConflictError: There are more or fewer runs than expected; none is deleted.
    """
    ids = [run.id for run in chosen.find(home)]
    gone: list[str] = []
    freed = 0
    for i in range(0, len(ids), _DELETE):
        part = home.delete_many(ids[i : i + _DELETE])
        gone += part.runs
        freed += part.freed_bytes
    home.engine.reclaim()
    return Deleted(gone, freed)
