"""What can be asked of many runs at once, and done to them; the same on a folder and through a server."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from gnomon.store.aggregate import Aggregate
from gnomon.store.bulk import UNSET, Chosen, Edit, Edited, delete_runs, edit_runs
from gnomon.store.choices import complete_in
from gnomon.store.complete import Completed, Option
from gnomon.store.distinct import Distinct
from gnomon.store.export import check_format, sheet, write
from gnomon.store.grouping import GroupQuery
from gnomon.store.home import Home
from gnomon.store.query import RunQuery

EVERY: Final = 10_000_000
"""Runs that an export brings when nobody says how many."""

Ask = Callable[[str, str, object], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """One group: its key parallel to what it was grouped by, how many runs, a filter for them, sums by column."""

    key: list[Any]
    n: int
    where: str
    values: dict[str, Aggregate]


@dataclass(frozen=True, slots=True)
class FoundGroups:
    """A window of groups; `matched` counts their runs, `total_groups` the groups there are."""

    matched: int
    total_groups: int
    groups: list[FoundGroup]


@dataclass(frozen=True, slots=True)
class DeletedRuns:
    """Count the runs that are gone for good, and the bytes that the disk has back."""

    deleted: int
    freed_bytes: int


class Many(Protocol):
    """Ask about many runs, or change them."""

    def group(self, query: GroupQuery) -> FoundGroups:
        """Return runs by groups."""
        ...

    def values(self, query: RunQuery, column: str, prefix: str, limit: int) -> Distinct:
        """Return the values of a column."""
        ...

    def complete(self, project: str | None, text: str, at: int, limit: int) -> Completed:
        """Return what may stand at a place of a filter."""
        ...

    def edit(self, chosen: Chosen, edit: Edit) -> Edited:
        """Change runs."""
        ...

    def delete(self, chosen: Chosen) -> DeletedRuns:
        """Delete runs for good."""
        ...

    def export(self, query: RunQuery, form: str, fields: tuple[str, ...] | None) -> Iterator[bytes]:
        """Yield a file of runs, piece by piece."""
        ...


class LocalMany:
    """Many runs of a home that this process has opened."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def group(self, query: GroupQuery) -> FoundGroups:
        page = self._home.table.group(query)
        groups = [FoundGroup(each.key, each.n, each.where, each.values) for each in page.groups]
        return FoundGroups(page.matched, page.total_groups, groups)

    def values(self, query: RunQuery, column: str, prefix: str, limit: int) -> Distinct:
        return self._home.table.values(query, column, prefix, limit)

    def complete(self, project: str | None, text: str, at: int, limit: int) -> Completed:
        return complete_in(self._home, project, text, at, limit)

    def edit(self, chosen: Chosen, edit: Edit) -> Edited:
        return edit_runs(self._home, chosen, edit)

    def delete(self, chosen: Chosen) -> DeletedRuns:
        gone = delete_runs(self._home, chosen)
        return DeletedRuns(len(gone.runs), gone.freed_bytes)

    def export(self, query: RunQuery, form: str, fields: tuple[str, ...] | None) -> Iterator[bytes]:
        check_format(form)
        return write(form, sheet(self._home.table, query, fields))


class RemoteMany:
    """Many runs of a server.

    Args:
        ask: Sends a request and returns the JSON answer, floats restored.
        pieces: Sends one and yields the answer as it comes.
    """

    def __init__(self, ask: Ask, pieces: Callable[[str, object], Iterator[bytes]]) -> None:
        self._ask = ask
        self._pieces = pieces

    def group(self, query: GroupQuery) -> FoundGroups:
        runs = query.runs
        body = {name: value for name, value in asdict(query).items() if name != "runs"}
        body |= {"project": runs.project, "where": runs.where, "archived": runs.archived, "lenient": runs.lenient}
        found = self._ask("POST", "/runs:group", body | {"ids": runs.ids})
        groups = [
            FoundGroup(
                each["key"],
                each["n"],
                each["where"],
                {column: Aggregate(**value) for column, value in each["values"].items()},
            )
            for each in found["groups"]
        ]
        return FoundGroups(found["matched"], found["total_groups"], groups)

    def values(self, query: RunQuery, column: str, prefix: str, limit: int) -> Distinct:
        asked = {"column": column, "prefix": prefix, "limit": limit, "where": query.where, **_place(query.project)}
        if query.archived is not None:
            asked["archived"] = str(query.archived).lower()
        found = self._ask("GET", f"/runs:values?{urlencode(asked)}", None)
        pairs = [(each["value"], each["n"]) for each in found["values"]]
        counts = (found[name] for name in ("distinct", "present", "missing", "numbers", "min", "max"))
        return Distinct(pairs, *counts)

    def complete(self, project: str | None, text: str, at: int, limit: int) -> Completed:
        asked = {"text": text, "at": at, "limit": limit, **_place(project)}
        found = self._ask("GET", f"/filter:complete?{urlencode(asked)}", None)
        return Completed(found["from"], found["to"], [Option(**option) for option in found["options"]])

    def edit(self, chosen: Chosen, edit: Edit) -> Edited:
        fields = {name: value for name, value in asdict(edit).items() if name != "group"}
        if edit.group is not UNSET:
            fields["group"] = edit.group
        found = self._ask("POST", "/runs:change", _chosen(chosen) | {"also_archived": chosen.archived} | fields)
        return Edited(found["matched"], found["changed"], [(_edit(each), each["ids"]) for each in found["undo"]])

    def delete(self, chosen: Chosen) -> DeletedRuns:
        found = self._ask("POST", "/runs:delete", _chosen(chosen) | {"archived": chosen.archived})
        return DeletedRuns(found["deleted"], found["freed_bytes"])

    def export(self, query: RunQuery, form: str, fields: tuple[str, ...] | None) -> Iterator[bytes]:
        return self._pieces("/runs:export", asdict(query) | {"format": form, "fields": fields})


def _place(project: str | None) -> dict[str, Any]:
    return {} if project is None else {"project": project}


def _chosen(chosen: Chosen) -> dict[str, Any]:
    return {"project": chosen.project, "where": chosen.where, "ids": chosen.ids, "expected": chosen.expected}


def _edit(body: dict[str, Any]) -> Edit:
    return Edit(tuple(body["tags_add"]), tuple(body["tags_remove"]), body["archived"], body.get("group", UNSET))
