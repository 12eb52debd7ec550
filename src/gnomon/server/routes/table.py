"""Many runs at once: groups, bulk changes, bulk deletion, exports, the values of a column."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gnomon.core.errors import InputError
from gnomon.core.limits import check_name
from gnomon.server.changes import check_tags
from gnomon.server.context import answer, context, read_json
from gnomon.server.downloads import disposition
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire import cells, run_row
from gnomon.server.wire_table import (
    GroupRow,
    GroupsPage,
    GroupsQuery,
    GroupValue,
    RunsChange,
    RunsChanged,
    RunsDelete,
    RunsDeleted,
    RunsExport,
    ValueCount,
    Values,
    ValuesQuery,
    group_value,
)
from gnomon.store import export
from gnomon.store.bulk import UNSET, Chosen, Edit, delete_runs, edit_runs
from gnomon.store.grouping import Group, GroupQuery
from gnomon.store.home import Home
from gnomon.store.query import RunQuery

MAX_GROUPS = 1000
MAX_PREVIEW = 20
MAX_VALUES = 10_000
MAX_EXPORT = 10_000_000
_MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}


async def group_runs(request: Request) -> Response:
    """Return runs by groups: those that hold the same in some columns, with what their other columns add up to."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), GroupsQuery)
    return answer(await asyncio.to_thread(_group, context(request).home, asked))


def _group(home: Home, asked: GroupsQuery) -> GroupsPage:
    _check_window("limit", asked.limit, MAX_GROUPS)
    _check_window("preview", asked.preview, MAX_PREVIEW)
    cursor = home.bus.cursor()
    page = home.table.group(
        GroupQuery(
            asked.by,
            asked.columns,
            asked.aggregates,
            asked.order,
            asked.offset,
            asked.limit,
            asked.preview,
            _query(asked),
        )
    )
    return GroupsPage(
        total=page.total,
        archived=page.archived,
        matched=page.matched,
        total_groups=page.total_groups,
        groups=[_group_row(group) for group in page.groups],
        cursor=cursor,
    )


def _group_row(group: Group) -> GroupRow:
    values: dict[str, GroupValue] = {column: group_value(found) for column, found in group.values.items()}
    return GroupRow(
        key=cells(group.key), n=group.n, where=group.where, values=values, runs=[run_row(run) for run in group.runs]
    )


def _query(asked: GroupsQuery | RunsExport) -> RunQuery:
    return RunQuery(asked.project, asked.where or "", archived=asked.archived, ids=asked.ids, lenient=asked.lenient)


def _check_window(field: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        msg = f"{field}: expected 0 to {most}, received {value}. Ask for the next window with offset."
        raise InputError(msg, field=field)


async def change_runs(request: Request) -> Response:
    """Change labels, group or place of many runs; the answer carries what takes it back."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), RunsChange)
    return answer(await asyncio.to_thread(_change, context(request).home, asked))


def _change(home: Home, asked: RunsChange) -> RunsChanged:
    group: Any = UNSET if asked.group is msgspec.UNSET else asked.group
    if isinstance(group, str):
        check_name(group, "group")
    check_tags(list(asked.tags_add))
    edit = Edit(asked.tags_add, asked.tags_remove, asked.archived, group)
    # What is put back is archived now: it has to be looked for there too.
    shown = True if asked.also_archived is None and asked.archived is False else asked.also_archived
    found = edit_runs(home, _chosen(asked, archived=shown), edit)
    return RunsChanged(
        changed=found.changed,
        matched=found.matched,
        undo=[_undo(asked.project, each, ids) for each, ids in found.undo],
    )


def _undo(project: str | None, edit: Edit, ids: list[str]) -> RunsChange:
    change = RunsChange(project=project, ids=tuple(ids), archived=edit.archived)
    change.tags_add, change.tags_remove = edit.tags_add, edit.tags_remove
    if edit.group is not UNSET:
        change.group = edit.group
    return change


def _chosen(asked: RunsChange | RunsDelete, *, archived: bool | None) -> Chosen:
    return Chosen(asked.project, asked.where, asked.ids, archived, asked.expected)


async def delete_many(request: Request) -> Response:
    """Delete many runs for good, and give their space back."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), RunsDelete)
    home = context(request).home
    gone = await asyncio.to_thread(delete_runs, home, _chosen(asked, archived=asked.archived))
    return answer(RunsDeleted(deleted=len(gone.runs), freed_bytes=gone.freed_bytes))


async def export_runs(request: Request) -> Response:
    """Return runs as a CSV, JSON or Parquet file, streamed."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), RunsExport)
    pieces = await asyncio.to_thread(_export, context(request).home, asked)
    name = f"{asked.project or 'runs'}.{asked.format}"
    headers = {"Content-Disposition": disposition(name)}
    return StreamingResponse(pieces, headers=headers, media_type=_MEDIA[asked.format])


def _export(home: Home, asked: RunsExport) -> Iterator[bytes]:
    export.check_format(asked.format)
    limit = MAX_EXPORT if asked.limit is None else asked.limit
    order = asked.order or ("-created",)
    query = replace(_query(asked), order=order, columns=asked.columns, offset=asked.offset, limit=limit)
    return export.write(asked.format, export.sheet(home.table, query, asked.fields))


def list_values(request: Request) -> Response:
    """Return the different values of a column and how many runs have each."""
    asked = read_query(request, ValuesQuery)
    _check_window("limit", asked.limit, MAX_VALUES)
    query = RunQuery(asked.project, asked.where, archived=asked.archived, lenient=True)
    found = context(request).home.table.values(query, asked.column, asked.prefix, asked.limit)
    shown = cells([value for value, _ in found.values])
    return answer(
        Values(
            column=asked.column,
            values=[ValueCount(value=value, n=n) for value, (_, n) in zip(shown, found.values, strict=True)],
            distinct=found.distinct,
            present=found.present,
            missing=found.missing,
            numbers=found.numbers,
            min=found.low,
            max=found.high,
        )
    )


OPERATIONS = (
    Operation("POST", "/api/v1/runs:group", group_runs, "runs", GroupsPage, body=GroupsQuery),
    Operation("POST", "/api/v1/runs:change", change_runs, "runs", RunsChanged, body=RunsChange),
    Operation("POST", "/api/v1/runs:delete", delete_many, "runs", RunsDeleted, body=RunsDelete),
    Operation(
        "POST",
        "/api/v1/runs:export",
        export_runs,
        "runs",
        bytes,
        body=RunsExport,
        media_out=("text/csv", "application/vnd.apache.parquet"),
    ),
    Operation("GET", "/api/v1/runs:values", list_values, "runs", Values, ValuesQuery),
)
