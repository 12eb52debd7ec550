"""What a job trained becomes a version: weights of the right checkpoint, the graph, and what it takes and gives."""

import json
from pathlib import Path
from typing import Any

import pytest

from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.ids import run_id
from gnomon.models.datasets.versions import packaged_version
from gnomon.models.jobs.folder import GraphRef, JobFolder, JobSpec, Script
from gnomon.models.registry.record import Port, TrainedGraph
from gnomon.models.registry.trained import of_job
from gnomon.models.training import checkpoint
from gnomon.models.training.checkpoint import State, Tensors

DIGITS = packaged_version("digits").ref
GRAPH: dict[str, Any] = {
    "format": "graph/1",
    "name": "m",
    "target": "torch",
    "nodes": [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8, "channels": 1}},
        {"id": "flat", "type": "core/flatten@1"},
        {"id": "head", "type": "core/dense@1", "params": {"units": 10}},
        {"id": "label", "type": "core/classification@1", "params": {"classes": 10}},
    ],
    "edges": [
        {"from": ["image", "out"], "to": ["flat", "in"]},
        {"from": ["flat", "out"], "to": ["head", "in"]},
        {"from": ["head", "out"], "to": ["label", "in"]},
    ],
}


def _job(home: Path, *steps: int, best: int | None = None) -> str:
    job = run_id()
    spec = JobSpec(kind="graph", project="p", name="n", graph=GRAPH, graph_ref=GraphRef("g1", 4), dataset=DIGITS)
    folder = JobFolder.create(home, job, spec)
    for step in steps:
        state = State(step=step, best_step=best, run="r1")
        checkpoint.save(folder.checkpoints, Tensors(f"weights {step}".encode(), b"", state))
    return job


def _weights(home: Path, job: str, which: Any) -> bytes:
    found = of_job(home, job, which).sources["model.safetensors"]
    assert isinstance(found, Path)
    return found.read_bytes()


def test_weights_are_those_of_the_checkpoint_that_is_asked_for(home: Path) -> None:
    job = _job(home, 10, 20, 30, 40, best=20)
    assert _weights(home, job, "best") == b"weights 20"
    assert _weights(home, job, "last") == b"weights 40"
    assert _weights(home, job, 30) == b"weights 30"
    with pytest.raises(NotFoundError, match="keeps those of the steps 10, 20, 30, 40, not of 15"):
        of_job(home, job, 15)
    assert _weights(home, _job(home, 5), "best") == b"weights 5"


def test_graph_data_and_signature_come_along(home: Path) -> None:
    found = of_job(home, _job(home, 10))
    assert sorted(found.sources) == ["dataset.json", "graph.json", "model.safetensors"]
    assert (found.format, found.lineage.run, found.lineage.step, found.lineage.project) == ("torch", "r1", 10, "p")
    assert found.lineage.data == {"dataset": DIGITS}
    assert isinstance(found.lineage.graph, TrainedGraph)
    assert (found.lineage.graph.id, found.lineage.graph.rev) == ("g1", 4)
    assert found.signature.inputs == (Port("image", (8, 8, 1), "float32", "image_input"),)
    classes = tuple(str(i) for i in range(10))
    assert found.signature.outputs == (Port("label", (10,), "float32", "classification", classes),)
    graph, data = found.sources["graph.json"], found.sources["dataset.json"]
    assert isinstance(graph, bytes)
    assert isinstance(data, bytes)
    assert [node["id"] for node in json.loads(graph)["nodes"]] == ["image", "flat", "head", "label"]
    assert json.loads(data)["name"] == "digits"


def test_what_trained_nothing_is_told(home: Path) -> None:
    with pytest.raises(NotFoundError, match="no checkpoint yet"):
        of_job(home, _job(home))
    with pytest.raises(NotFoundError, match="no job"):
        of_job(home, run_id())
    with pytest.raises(NotFoundError, match="no job"):
        of_job(home, "../../etc")
    script = run_id()
    JobFolder.create(home, script, JobSpec(kind="script", project="p", name="n", script=Script(["true"], "/")))
    with pytest.raises(InputError, match="ran a script"):
        of_job(home, script)
