"""Runs side by side, and the code of two of them line by line."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.analysis.comparing import CompareQuery, compare, compare_code
from gnomon.analysis.comparison import CodeDiff, Comparison
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation, read_query
from gnomon.store.study import Study


class CodeQuery(msgspec.Struct):
    """Parameters of a comparison of code: two run ids."""

    a: str
    b: str


async def query_comparison(request: Request) -> Response:
    """Return runs side by side: config, metrics, what was captured, packages that differ, graphs."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), CompareQuery)
    return answer(await asyncio.to_thread(compare, Study(context(request).home), asked))


def get_code(request: Request) -> Response:
    """Return the captured script, uncommitted changes and environment of two runs as unified diffs."""
    asked = read_query(request, CodeQuery)
    return answer(compare_code(Study(context(request).home), asked.a, asked.b))


OPERATIONS = (
    Operation("POST", "/api/v1/compare", query_comparison, "analysis", Comparison, body=CompareQuery),
    Operation("GET", "/api/v1/compare/code", get_code, "analysis", CodeDiff, CodeQuery),
)
