"""Previews: what one sample becomes at each node of a graph, and whose weights that may be with."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import NotFoundError
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.training import checkpoint
from gnomon.server.context import Context, answer, context
from gnomon.server.graph_rows import read_graph_request
from gnomon.server.operation import Operation
from gnomon.server.wire_jobs import JobRow
from gnomon.server.wire_previews import Preview, PreviewPost
from gnomon.server.wire_weights import GraphWeights, KeptWeights


async def post_preview(request: Request) -> Response:
    """Return what one sample becomes at the nodes asked for; 409 when a newer request by the same sender came."""
    asked = await read_graph_request(request, PreviewPost)
    return answer(await context(request).previews.get(request.path_params["graph"], asked))


async def get_weights(request: Request) -> Response:
    """Return the runs that were trained of a graph and kept weights, for previews to take."""
    found = context(request)
    return answer(await asyncio.to_thread(_weights, found, request.path_params["graph"]))


def _weights(found: Context, graph: str) -> GraphWeights:
    project = found.graphs.get(graph).document.body["project"]
    rows = [row for row in found.jobs.listed(project) if row.graph is not None and row.graph.id == graph and row.runs]
    kept = [weights for row in rows if (weights := _kept(found, row)) is not None]
    return GraphWeights(runs=sorted(kept, key=lambda each: -each.since))


def _kept(found: Context, row: JobRow) -> KeptWeights | None:
    """Return what a job kept of its newest run, unless the run was deleted or there is nothing."""
    steps = checkpoint.steps(JobFolder.of(found.home.path, row.id).checkpoints)
    if not steps or row.graph is None:
        return None
    try:
        name = found.home.catalog.run(row.runs[-1]).name
    except NotFoundError:
        return None
    return KeptWeights(run=row.runs[-1], name=name, rev=row.graph.rev, state=row.state, since=row.since, steps=steps)


OPERATIONS = (
    Operation("POST", "/api/v1/graphs/{graph}/preview", post_preview, "graphs", Preview, body=PreviewPost),
    Operation("GET", "/api/v1/graphs/{graph}/weights", get_weights, "graphs", GraphWeights),
)
