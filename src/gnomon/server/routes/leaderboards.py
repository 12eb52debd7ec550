"""Leaderboards: configurations ranked by the mean over their runs, only those that can be compared."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from gnomon.analysis.leaderboard import Leaderboard
from gnomon.analysis.ranking import LeaderboardQuery, rank
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation
from gnomon.store.study import Study


async def query_leaderboard(request: Request) -> Response:
    """Rank the configurations of a project; runs on other data or judged otherwise are apart, with the reason."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), LeaderboardQuery)
    return answer(await asyncio.to_thread(rank, Study(context(request).home), asked))


OPERATIONS = (
    Operation("POST", "/api/v1/leaderboards", query_leaderboard, "analysis", Leaderboard, body=LeaderboardQuery),
)
