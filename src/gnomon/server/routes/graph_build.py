"""A first model for a data set, each choice in it with its reason."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from gnomon.graph.study import Study
from gnomon.models.datasets.first_model import first_model
from gnomon.server.context import Context, answer, context
from gnomon.server.graph_report import report_row
from gnomon.server.graph_rows import canvas, read_graph_request
from gnomon.server.operation import Operation
from gnomon.server.wire_datasets import GraphBuild, GraphBuilt
from gnomon.server.wire_graphs import ReportSuggestion


async def build_graph(request: Request) -> Response:
    """Return a first model of a data set; nothing is stored."""
    asked = await read_graph_request(request, GraphBuild)
    return answer(await asyncio.to_thread(_built, context(request), asked))


def _built(found: Context, asked: GraphBuild) -> GraphBuilt:
    version = found.datasets.versions.get(asked.dataset)
    data = found.datasets.summaries.get(version.ref)
    built = first_model(data, asked.target, name=version.spec.name)
    return GraphBuilt(
        graph=canvas(built.graph),
        report=report_row(Study().of(built.graph, data)),
        reasons=[ReportSuggestion(node=r.node, param=r.param, value=r.value, why=r.why) for r in built.reasons],
        left_out=dict(built.left_out),
    )


OPERATIONS = (Operation("POST", "/api/v1/graphs:build", build_graph, "graphs", GraphBuilt, body=GraphBuild),)
