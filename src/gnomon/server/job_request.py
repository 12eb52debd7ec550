"""From a request for work to what is put into the queue: looked up, looked through, and refused when it cannot run."""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.ids import run_name
from gnomon.graph.code.beside import trains
from gnomon.graph.document import Graph, decode
from gnomon.graph.study import Study
from gnomon.graph.user_code import code_nodes
from gnomon.models.datasets.registry import read_ref
from gnomon.models.jobs.folder import GraphRef, JobSpec, Script
from gnomon.models.own import installed
from gnomon.models.training.settings import read
from gnomon.server.datasets import Datasets
from gnomon.server.graphs import Graphs
from gnomon.server.wire_jobs import JobPost
from gnomon.server.workers import Workers

_TOLD: Final = 3


def spec_of(asked: JobPost, graphs: Graphs, datasets: Datasets, workers: Workers) -> JobSpec:
    """Return what a request asks for.

    Raises:
        InputError: It cannot be worked on; `field` names what is wrong.
        NotFoundError: The graph is not there.
        ForbiddenError: It runs code of users, or reads data that lie where this server may not look.
    """
    if asked.kind == "script":
        workers.check_code()
        return _script(asked)
    return _graph(asked, graphs, datasets, workers)


def _script(asked: JobPost) -> JobSpec:
    if asked.script is None:
        msg = 'script: expected {"argv": [...], "cwd": "/..."}, received nothing.'
        raise InputError(msg, field="script")
    given = asked.script
    words = [Path(word).stem for word in given.argv if word.endswith((".py", ".sh"))]
    name = asked.name or next(iter(words), "") or (Path(given.argv[0]).name if given.argv else "") or run_name()
    script = Script(given.argv, given.cwd, given.env)
    return JobSpec(kind="script", name=name, project=asked.project or "default", script=script, **_common(asked))


def _graph(asked: JobPost, graphs: Graphs, datasets: Datasets, workers: Workers) -> JobSpec:
    graph, ref, project = _found(asked, graphs)
    if asked.train is not None:
        graph = msgspec.structs.replace(graph, train={**graph.train, **asked.train})
    settings = read(graph.train)  # now, and not when its turn comes in the night
    if settings.loop == "own":
        workers.check_code()
        return _own_loop(asked, graph, ref, project, datasets)
    dataset = _dataset(asked.dataset or graph.data.get("dataset"), datasets)
    # Which column goes where was said of the data that the graph names, and means nothing for others.
    kept = graph.data if _name(graph.data.get("dataset")) in {"", _name(dataset)} else {}
    graph = msgspec.structs.replace(graph, data={**kept, "dataset": dataset})
    if code_nodes(graph):
        workers.check_code()
    check_graph(graph, datasets, dataset)
    return JobSpec(
        kind="graph",
        name=asked.name or graph.name,
        project=asked.project or project or "default",
        graph=msgspec.to_builtins(graph),
        graph_ref=ref,
        dataset=dataset,
        train=dict(graph.train),
        **_common(asked),
    )


def _own_loop(asked: JobPost, graph: Graph, ref: GraphRef | None, project: str | None, datasets: Datasets) -> JobSpec:
    """Return the job that runs the training loop in a graph's own file; data are only needed where that takes some."""
    if not trains(graph.source.get(graph.target, "")):
        title = {"torch": "PyTorch", "keras": "Keras"}[graph.target]
        msg = (
            f"train.loop: expected ours, for the code of the graph for {title} has no training loop. "
            "Write one beside the model (a function that trains, called when the file is run), or set it to ours."
        )
        raise InputError(msg, field="train.loop")
    named = asked.dataset or graph.data.get("dataset")
    return JobSpec(
        kind="script",
        name=asked.name or graph.name,
        project=asked.project or project or "default",
        graph=msgspec.to_builtins(graph),
        graph_ref=ref,
        dataset=_dataset(named, datasets) if named else None,
        train=dict(graph.train),
        script=Script([sys.executable, "-P", "-m", "gnomon.models.training.own_loop"], "/", {}),
        **_common(asked),
    )


def _dataset(named: Any, datasets: Datasets) -> str:
    """Return which version of which data set is meant, by its digest: what a name stands for may change while it waits."""
    if not isinstance(named, str) or not named:
        msg = "dataset: expected the name of a data set, and the graph names none. `gnomon data ls` lists them."
        raise InputError(msg, field="dataset")
    try:
        datasets.opened(named)
        return datasets.versions.get(read_ref(named)).ref
    except NotFoundError as error:
        msg = f"dataset: {error}"
        raise InputError(msg, field="dataset") from error


def _name(ref: Any) -> str:
    return ref.partition("@")[0] if isinstance(ref, str) else ""


def _common(asked: JobPost) -> dict[str, Any]:
    names = ("seed", "device", "priority", "restarts", "resume_lost")
    return {name: getattr(asked, name) for name in names}


def _found(asked: JobPost, graphs: Graphs) -> tuple[Graph, GraphRef | None, str | None]:
    if asked.graph is not None and asked.graph_id is not None:
        msg = "graph: expected one of graph and graph_id, received both."
        raise InputError(msg, field="graph")
    if asked.graph is not None:
        graph = decode(asked.graph)
        return graph, None, graph.name  # as `gnomon train` does
    if asked.graph_id is None:
        msg = "graph_id: expected the id of a graph of the canvas, or a document as graph; received neither."
        raise InputError(msg, field="graph_id")
    stored = graphs.get(asked.graph_id, asked.rev)
    return stored.graph, GraphRef(asked.graph_id, stored.document.rev), stored.document.body["project"]


def runs_code(job: JobSpec) -> bool:
    """Tell whether a job runs code of users: a script, or a graph in which some is."""
    if job.kind == "script" or job.graph is None:
        return True
    with installed(job.components):
        return bool(code_nodes(decode(job.graph)))


def check_graph(graph: Graph, datasets: Datasets, dataset: str) -> None:
    """Refuse a graph that cannot be trained on a data set.

    Raises:
        InputError: It has errors; the first of them are told.
    """
    errors = [issue for issue in Study().of(graph, datasets.summaries.get(dataset)).issues if issue.level == "error"]
    if errors:
        told = "; ".join(f"{each.node}: {each.message}".removeprefix(": ").rstrip(".") for each in errors[:_TOLD])
        more = f" … and {len(errors) - _TOLD} more" if len(errors) > _TOLD else ""
        msg = f"graph: it cannot be trained as it is: {told}{more}. Mend it on the canvas."
        raise InputError(msg, field="graph")
