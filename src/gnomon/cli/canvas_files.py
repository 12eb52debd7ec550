"""Graphs and models in files, for the commands of `gnomon canvas`."""

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from gnomon.core.errors import GnomonError, InputError
from gnomon.graph.component import Target
from gnomon.graph.document import MAX_BYTES, Graph, decode
from gnomon.graph.study import Studied, Study

if TYPE_CHECKING:
    from gnomon.graph.code import Parsed, Written
    from gnomon.graph.columns import DataSummary

_PYTHON: Final = frozenset({".py", ".pyw"})


@dataclass(frozen=True)
class Look:
    """Hold a file that was looked at.

    Args:
        file: Which one.
        graph: The graph that it holds, or describes.
        studied: What is known of it.
        lines: Of a Python file: the line of each node.
        notes: Remarks on its code.
    """

    file: Path
    graph: Graph
    studied: Studied
    lines: dict[str, int]
    notes: tuple[str, ...] = ()

    @cached_property
    def plain(self) -> dict[str, Any]:
        """As JSON for programs."""
        from gnomon.server.graph_report import report_row

        report = msgspec.to_builtins(report_row(self.studied))
        return {"file": str(self.file), "report": report, "lines": self.lines, "notes": list(self.notes)}


def data_of(graph: Graph) -> "DataSummary | str | None":
    """Return what is known of the data set that a graph names; why nothing is, as a text; `None` when it names none."""
    named = graph.data.get("dataset")
    if named is None:
        return None
    from gnomon.models.datasets.home import find
    from gnomon.models.datasets.prepared import prepare
    from gnomon.models.datasets.summary import summary_of

    try:
        return summary_of(prepare(find(str(named)), check=False))
    except GnomonError as error:
        return str(error)


def look(file: Path, target: Target | None) -> Look:
    """Return a graph file, or the graph of a model file, with what is known of it."""
    if file.suffix not in _PYTHON:
        graph = graph_of(file, target)
        return Look(file, graph, Study().of(graph, data_of(graph)), {})
    from gnomon.graph.code import write

    found = parsed(file, target, None)
    lines = {name: spans[0][0] for name, spans in write(found.graph).lines.items() if spans}
    return Look(file, found.graph, Study().of(found.graph, data_of(found.graph)), lines, tuple(found.notes))


def graph_of(file: Path, target: Target | None) -> Graph:
    """Return the graph of a JSON file, `-` for standard input; with another target when one is asked for.

    Raises:
        ClickException: It is no graph; the message names the file.
    """
    data = _read(file)
    try:
        graph = decode(data)
    except GnomonError as error:
        msg = f"{file}: {error}"
        raise click.ClickException(msg) from error
    return graph if target is None else msgspec.structs.replace(graph, target=target)


def parsed(file: Path, target: Target | None, before: Graph | None) -> "Parsed":
    """Return what a model file describes: one of Python, or a model that Keras saved.

    Raises:
        ClickException: Its code does not parse; the message has file, line and column.
    """
    from gnomon.graph.code import parse
    from gnomon.graph.keras_config import import_keras

    try:
        data = _read(file)
        if file.suffix in (".keras", ".json"):
            return import_keras(data)
        return parse(data.decode("utf-8-sig"), target, before)
    except UnicodeDecodeError as error:
        msg = f"{file}: expected text in UTF-8: {error}."
        raise click.ClickException(msg) from error
    except InputError as error:
        msg = f"{file}{_place(error)}: {error}"
        raise click.ClickException(msg) from error
    except GnomonError as error:
        msg = f"{file}: {error}"
        raise click.ClickException(msg) from error


def written(graph: Graph, target: Target, *, fresh: bool, drop: bool) -> "Written":
    """Return a graph as code."""
    from gnomon.graph.code import write

    return write(graph, target, fresh=fresh, drop=drop)


def pretty(graph: Graph) -> str:
    """Return a graph as JSON with a line for each node and edge."""
    return msgspec.json.format(msgspec.json.encode(graph), indent=2).decode()


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _place(error: InputError) -> str:
    line, column = getattr(error, "line", None), getattr(error, "column", None)
    return "".join(f":{each}" for each in (line, column) if each)
