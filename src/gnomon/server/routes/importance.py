"""Importance: which parameters a metric depends on, and how sure that is."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from gnomon.analysis.importance import Importance
from gnomon.analysis.importances import ImportanceQuery, importance_of
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation
from gnomon.store.study import Study


async def query_importance(request: Request) -> Response:
    """Return how much a metric depends on each config key, with intervals and the method in words."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), ImportanceQuery)
    return answer(await asyncio.to_thread(importance_of, Study(context(request).home), asked))


OPERATIONS = (Operation("POST", "/api/v1/importance", query_importance, "analysis", Importance, body=ImportanceQuery),)
