"""Models of other tools, and models that runs logged, as graphs of the canvas."""

import asyncio
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError
from gnomon.core.folder import make_private
from gnomon.core.limits import is_hidden
from gnomon.server import graph_import
from gnomon.server.context import answer, context
from gnomon.server.graph_import import Found
from gnomon.server.graph_rows import graph_detail, tagged
from gnomon.server.graphs import Graphs, Sender, Stored
from gnomon.server.operation import Operation, read_query
from gnomon.server.routes.media import spool
from gnomon.server.rules import OCTETS
from gnomon.server.wire import seconds
from gnomon.server.wire_imports import (
    GraphImported,
    GraphImportQuery,
    LoggedGraph,
    LoggedGraphs,
    LoggedGraphsQuery,
)
from gnomon.store.home import Home

_MOST_RUNS: Final = 500


async def import_graph(request: Request) -> Response:
    """Make a graph of a file (the body) or of what a run logged (`run` and `key`): PyTorch, Keras, ONNX."""
    asked = read_query(request, GraphImportQuery)
    found = context(request)
    if asked.run is not None:
        asked.project = asked.project or found.home.catalog.run(asked.run).project
        made = await asyncio.to_thread(graph_import.of_record, found, asked)
    elif not asked.file:
        msg = "file: expected the name of the file that is the body, such as model.py; or `run` and `key`."
        raise InputError(msg, field="file")
    else:
        folder = found.home.path / "cache" / "uploads"
        await asyncio.to_thread(make_private, folder)
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            await spool(request, found, file)
            made = await graph_import.of_file(found, asked, Path(file.name))
    return await asyncio.to_thread(_store, request, asked, made)


def _store(request: Request, asked: GraphImportQuery, made: Found) -> Response:
    found = context(request)
    cursor = found.home.bus.cursor()
    name = graph_import.title(asked)
    if not asked.name and not asked.file and made.graph.name:
        name = made.graph.name
    stored = create(found.graphs, asked.project, name, made)
    detail = graph_detail(stored, cursor)
    fields = {each: getattr(detail, each) for each in detail.__struct_fields__}
    return tagged(GraphImported(**fields, notes=made.notes, way=made.way, error=made.error), stored.document.rev, 201)


def create(graphs: Graphs, project: str, name: str, made: Found) -> Stored:
    """Return a new graph of a name, with a number behind it where there is one of that name."""
    graph = msgspec.structs.replace(made.graph, name=name)
    for number in range(1, 1000):
        wanted = name if number == 1 else f"{name} {number}"
        stored, is_new = graphs.create(project, wanted, graph, Sender(label="Imported"))
        if is_new:
            return stored
    msg = f"name: expected one that is free, received {name!r:.80}."
    raise InputError(msg, field="name")


def list_logged(request: Request) -> Response:
    """Return the models that the newest runs of a project logged: each can be opened as a graph."""
    asked = read_query(request, LoggedGraphsQuery)
    return answer(LoggedGraphs(graphs=list(islice(_logged(context(request).home, asked.project), asked.limit))))


def _logged(home: Home, project: str) -> Iterator[LoggedGraph]:
    runs = sorted((run for run in home.catalog.runs() if run.project == project), key=lambda run: run.id, reverse=True)
    for run in runs[:_MOST_RUNS]:
        for key, held in sorted(home.engine.record_keys(run.id).items()):
            if held.kind != "graph" or is_hidden(key):
                continue
            (last,) = home.engine.records(run.id, key, limit=1, newest=True)
            count = last.meta.get("parameters")
            yield LoggedGraph(
                run=run.id,
                name=run.name,
                key=key,
                nodes=int(last.meta.get("nodes", 0)),
                parameters=count if isinstance(count, int) else None,
                time=seconds(last.us),
            )


OPERATIONS = (
    Operation("GET", "/api/v1/graphs:logged", list_logged, "graphs", LoggedGraphs, LoggedGraphsQuery),
    Operation(
        "POST", "/api/v1/graphs:import", import_graph, "graphs", GraphImported, GraphImportQuery, body=bytes,
        media_in=(OCTETS,),
    ),
)  # fmt: skip
