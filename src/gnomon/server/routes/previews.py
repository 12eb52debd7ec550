"""Previews: what one sample becomes at each node of a graph."""

from starlette.requests import Request
from starlette.responses import Response

from gnomon.server.context import answer, context
from gnomon.server.graph_rows import read_graph_request
from gnomon.server.operation import Operation
from gnomon.server.wire_previews import Preview, PreviewPost


async def post_preview(request: Request) -> Response:
    """Return what one sample becomes at the nodes asked for; 409 when a newer request by the same sender came."""
    asked = await read_graph_request(request, PreviewPost)
    return answer(await context(request).previews.get(request.path_params["graph"], asked))


OPERATIONS = (Operation("POST", "/api/v1/graphs/{graph}/preview", post_preview, "graphs", Preview, body=PreviewPost),)
