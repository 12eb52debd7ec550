"""What the files of a version say of its model, before any framework is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from gnomon.core.errors import CorruptError, InputError
from gnomon.graph.code.write import write
from gnomon.graph.component import Target
from gnomon.graph.document import Graph, decode
from gnomon.graph.user_code import code_nodes
from gnomon.models.exporters.catalog import GRAPH
from gnomon.models.own import installed
from gnomon.models.training.plan import Head, Plan, plan
from gnomon.models.training.settings import read

COMPONENTS: Final = "components.json"


def target_of(folder: Path) -> str:
    """Return the framework of a version.

    Raises:
        InputError: It has no graph.
        CorruptError: Its graph does not decode.
    """
    if not (folder / GRAPH).is_file():
        msg = f"version: it has no {GRAPH}, from which the model is built."
        raise InputError(msg, field="version")
    found: dict[str, Any] = _json(folder / GRAPH, dict[str, Any])
    return str(found.get("target", "torch"))


@contextmanager
def components(folder: Path, *, allow_code: bool) -> Iterator[None]:
    """Let the own components of a version be found in here.

    Raises:
        InputError: There are some, and code of its author may not run here.
    """
    sources: dict[str, str] = _json(folder / COMPONENTS, dict[str, str]) if (folder / COMPONENTS).is_file() else {}
    if sources and not allow_code:
        msg = f"version: {', '.join(sorted(sources)[:5])} are code of its author, which may not run here."
        raise InputError(msg, field="version")
    with installed(sources):
        yield


def read_graph(folder: Path, target: Target, *, allow_code: bool) -> tuple[Graph, Plan]:
    """Return the graph of a version, and what it takes and gives: of its nodes, not of code that was left in it.

    Args:
        folder: Of the version.
        target: The framework that it is to be of.
        allow_code: Whether Code nodes may run.

    Raises:
        InputError: It is of another framework, or holds code that may not run here.
    """
    graph = decode((folder / GRAPH).read_bytes())
    if graph.target != target:
        said = {"torch": "PyTorch", "keras": "Keras"}
        msg = f"version: expected a model of {said[target]}, this one is of {said.get(graph.target, graph.target)}."
        raise InputError(msg, field="version")
    if not allow_code and code_nodes(graph):
        msg = f"version: {', '.join(code_nodes(graph)[:5])} are code of its author, which may not run here."
        raise InputError(msg, field="version")
    return graph, plan(msgspec.structs.replace(graph, source={}), read(graph.train))


def code_of(graph: Graph, target: Target) -> str:
    """Return the `model.py` that is written from the nodes of a graph."""
    return write(msgspec.structs.replace(graph, source={}), target).text


def finishing(head: Head) -> Literal["softmax", "sigmoid"] | None:
    """Return what makes probabilities of what an output gives; `None` where it gives what is wanted."""
    if head.task not in {"classification", "segmentation", "multi_label"} or not head.from_logits:
        return None
    return "sigmoid" if head.task == "multi_label" or head.size == 1 else "softmax"


def _json(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.MsgspecError as error:
        msg = f"{path.name}: it does not decode: {error}."
        raise CorruptError(msg) from error
