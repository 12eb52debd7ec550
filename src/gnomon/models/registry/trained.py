"""What a job trained, as a version: weights, graph, code, and the description of the data that it takes."""

from pathlib import Path
from typing import Final, Literal

import msgspec

from gnomon.core.errors import InputError, NotFoundError
from gnomon.graph.document import Graph, decode, encode
from gnomon.graph.infer import infer
from gnomon.models.datasets.registry import DatasetSpec, read_ref
from gnomon.models.datasets.registry import decode as decode_dataset
from gnomon.models.datasets.versions import from_file
from gnomon.models.jobs.folder import JobFolder, JobSpec
from gnomon.models.registry.record import Lineage, Port, Signature, TrainedGraph
from gnomon.models.registry.registry import Given
from gnomon.models.training import checkpoint

Which = Literal["best", "last"] | int
GRAPH: Final = "graph.json"
WEIGHTS: Final = "model.safetensors"
DATASET: Final = "dataset.json"


def data_of(folder: Path) -> DatasetSpec | None:
    """Return the description of the data that a version was trained on, from the folder of its files; `None` without one.

    Its path is whatever whoever registered the files wrote: a server that others reach asks `DatasetPaths` first.

    Raises:
        InputError: It does not decode.
    """
    file = folder / DATASET
    return decode_dataset(file.read_bytes()) if file.is_file() else None


def of_job(home: Path, job: str, which: Which = "best") -> Given:
    """Return what a job trained.

    Args:
        home: The home folder.
        job: Its id.
        which: The checkpoint that did best in validation, the last one, or that of a step; without validation the best
            is the last.

    Raises:
        NotFoundError: There is no such job, or no such checkpoint.
        InputError: It trained no graph.
    """
    folder = JobFolder.of(home, job)
    spec = _spec(folder)
    if spec.graph is None:
        msg = f"job: {spec.name} ran a script. Register a file that its run logged."
        raise InputError(msg, field="job")
    graph, place = decode(spec.graph), _checkpoint(folder, which)
    state = checkpoint.load(place).state
    data = _dataset(home, spec)
    sources: dict[str, Path | bytes] = {WEIGHTS: place / WEIGHTS, GRAPH: encode(graph)}
    if (folder.path / "model.py").is_file():
        sources["model.py"] = folder.path / "model.py"
    if spec.components:
        sources["components.json"] = msgspec.json.encode(spec.components)
    if data is not None:
        sources[DATASET] = msgspec.json.encode(data)
    lineage = Lineage(
        project=spec.project,
        run=state.run,
        step=state.step,
        job=job,
        graph=TrainedGraph(spec.graph_ref.id, spec.graph_ref.rev, graph.sha) if spec.graph_ref else None,
        data={"dataset": spec.dataset} if spec.dataset else {},
    )
    return Given(graph.target, sources, lineage, signature_of(graph, data))


def signature_of(graph: Graph, data: DatasetSpec | None = None) -> Signature:
    """Return what a graph takes and gives; classes are named where the data have one target of classes."""
    report = infer(graph)
    ports: dict[str, list[Port]] = {"Input": [], "Output": []}
    for name in report.order:
        found = report.nodes[name]
        category = found.component.category if found.component is not None else ""
        if category in ports and found.outs and found.outs[0] is not None:
            spec = found.outs[0]
            kind = next(node.type for node in graph.nodes if node.id == name).partition("/")[2].partition("@")[0]
            classes = _classes(data, spec.classes) if category == "Output" else ()
            ports[category].append(Port(name, spec.shape, spec.dtype, kind, classes))
    return Signature(tuple(ports["Input"]), tuple(ports["Output"]))


def _classes(data: DatasetSpec | None, count: int | None) -> tuple[str, ...]:
    if data is None or count is None:
        return ()
    named = [data.columns[name].classes for name in data.target if len(data.columns[name].classes) == count]
    return named[0] if len(named) == 1 else ()


def _spec(folder: JobFolder) -> JobSpec:
    try:
        return msgspec.json.decode(folder.spec_file.read_bytes(), type=JobSpec)
    except FileNotFoundError:
        msg = f"job: there is no job {folder.id} in this home."
        raise NotFoundError(msg) from None


def _checkpoint(folder: JobFolder, which: Which) -> Path:
    known = checkpoint.steps(folder.checkpoints)
    if not known:
        msg = f"job: {folder.id} has no checkpoint yet. Ask it for one: gnomon jobs checkpoint."
        raise NotFoundError(msg)
    step = known[-1] if isinstance(which, str) else which
    if which == "best":
        best = checkpoint.load(folder.checkpoints / f"step-{known[-1]}").state.best_step
        step = best if best in known else known[-1]
    if step not in known:
        msg = f"checkpoint: {folder.id} keeps those of the steps {', '.join(map(str, known))}, not of {step}."
        raise NotFoundError(msg)
    return folder.checkpoints / f"step-{step}"


def _dataset(home: Path, spec: JobSpec) -> DatasetSpec | None:
    return from_file(home, read_ref(spec.dataset)) if spec.dataset else None
