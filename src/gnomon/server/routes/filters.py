"""Help with writing a filter: what may stand at the cursor, and what is wrong with the whole."""

from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import FilterError, InputError
from gnomon.server.context import answer, context
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire_filter import CompleteQuery, Completion, CompletionOption, FilterProblem
from gnomon.store.choices import complete_in
from gnomon.store.filter_parser import parse_filter

MAX_OPTIONS = 1000


def complete_filter(request: Request) -> Response:
    """Return what may stand at a place of a filter: names, operators, values."""
    asked = read_query(request, CompleteQuery)
    if not 0 <= asked.limit <= MAX_OPTIONS:
        msg = f"limit: expected 0 to {MAX_OPTIONS}, received {asked.limit}."
        raise InputError(msg, field="limit")
    found = complete_in(context(request).home, asked.project, asked.text, asked.at, asked.limit)
    return answer(
        Completion(
            start=found.start,
            end=found.end,
            options=[CompletionOption(text=o.text, kind=o.kind, detail=o.detail) for o in found.options],
            problem=_problem(asked.text),
        )
    )


def _problem(text: str) -> FilterProblem | None:
    try:
        parse_filter(text)
    except FilterError as error:
        return FilterProblem(detail=str(error), position=error.position)
    return None


OPERATIONS = (Operation("GET", "/api/v1/filter:complete", complete_filter, "runs", Completion, CompleteQuery),)
