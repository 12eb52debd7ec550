"""Looking for a run among all of them."""

from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError
from gnomon.server.context import answer, context
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire import run_row
from gnomon.server.wire_search import RunsFound, SearchQuery
from gnomon.store.search import search_runs

MAX_FOUND = 200


def find_runs(request: Request) -> Response:
    """Return the runs whose name or id is likest to a text, over all projects."""
    asked = read_query(request, SearchQuery)
    if not 0 <= asked.limit <= MAX_FOUND:
        msg = f"limit: expected 0 to {MAX_FOUND}, received {asked.limit}."
        raise InputError(msg, field="limit")
    found = search_runs(context(request).home.table, asked.q, asked.project, asked.limit)
    return answer(RunsFound(matched=found.matched, runs=[run_row(run) for run in found.runs]))


OPERATIONS = (Operation("GET", "/api/v1/runs:search", find_runs, "runs", RunsFound, SearchQuery),)
