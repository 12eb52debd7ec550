"""How a run is: checks of what it logged, and its alerts."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.server.context import Context, answer, context
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire_health import Alert, HealthQuery, RunHealth


async def get_health(request: Request) -> Response:
    """Return what the checks find in the record of a run, each with its evidence, and the alerts of the run."""
    until = read_query(request, HealthQuery).until
    return answer(await asyncio.to_thread(_health, context(request), request.path_params["run"], until))


def _health(found: Context, run: str, until: int | None) -> RunHealth:
    cursor = found.home.bus.cursor()  # before reading, so that live frames from here on leave nothing out
    info = found.home.catalog.run(run)
    alerts = found.checkups.alerts(info.id)
    return RunHealth(
        run=info.id,
        name=info.name,
        project=info.project,
        health=found.checkups.of(info.id, until),
        alerts=msgspec.convert(alerts, list[Alert]),
        cursor=cursor,
    )


OPERATIONS = (Operation("GET", "/api/v1/runs/{run}/health", get_health, "runs", RunHealth, query=HealthQuery),)
