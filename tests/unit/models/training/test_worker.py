"""The program that trains: real processes, killed, paused, parked, and gone on with."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import trials
from tests.unit.models.training.lives import GRAPH, alone, files, live, make, outcome, whole

import gnomon
from gnomon.graph.own_source import template_source
from gnomon.models.jobs import control
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.training import checkpoint
from gnomon.models.training.data_file import write_data
from gnomon.models.training.task import task_of

pytest.importorskip("torch")
pytest.importorskip("safetensors")

STEPS = 30


@pytest.fixture(scope="module")
def undisturbed_keras(tmp_path_factory: pytest.TempPathFactory) -> JobFolder:
    """The same in Keras."""
    pytest.importorskip("keras")
    folder = make(tmp_path_factory.mktemp("home"), GRAPH | {"target": "keras"}, checkpoint_every=4)
    assert outcome(live(folder)) == 0
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> JobFolder:
    """A training that nobody disturbed."""
    folder = make(tmp_path_factory.mktemp("home"), checkpoint_every=4)
    assert outcome(live(folder)) == 0
    return folder


def curve(home: Path, key: str) -> list[tuple[int, float]]:
    """Return the points of the only run."""
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("digits")
        found = run.series(key).numpy()
    return list(zip(found["step"].tolist(), found["value"].tolist(), strict=True))


def ended(home: Path) -> tuple[str, str | None, str | None]:
    """Return state, error and how it ended of the only run."""
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("digits")
        return run.state, run.error, run.meta.get("ended")


def test_a_graph_trains_as_an_ordinary_run(undisturbed: JobFolder) -> None:
    with gnomon.connect(home=undisturbed.home) as lab:
        (run,) = lab.runs("digits")
        assert (run.state, run.name) == ("finished", "small")
        assert run.config["graph"]["name"] == "digits"
        assert {key: run.config[key] for key in ("optimizer", "lr", "batch_size", "epochs", "seed", "framework")} == {
            "optimizer": "adam",
            "lr": 0.01,
            "batch_size": 128,
            "epochs": 3,
            "seed": 3,
            "framework": "torch",
        }
        assert set(run.meta["data"]) == {"train", "validation", "test"}
        assert set(run.meta["evaluation"]) == {"test"}
        kinds = run.keys()
        assert [node["id"] for node in next(iter(run.records("graph"))).value.nodes] == [
            n["id"] for n in GRAPH["nodes"]
        ]
    assert {kinds[key] for key in ("batch/loss", "val/accuracy", "test/accuracy", "learning_rate")} == {"scalar"}
    assert kinds["model/activations/conv1/dead"] == "scalar"
    assert (kinds["model/weights/conv1.weight"], kinds["model/activations/pool"]) == ("histogram", "histogram")
    assert (kinds["filters/conv1"], kinds["test/confusion"]) == ("images", "confusion")
    assert (kinds["samples/image"], kinds["outputs/label"], kinds["train/data_share"]) == ("images", "tensor", "scalar")
    assert [step for step, _ in curve(undisturbed.home, "batch/loss")] == list(range(STEPS))
    assert whole(undisturbed)[-1]["event"] == "finished"


def test_a_worker_that_was_killed_goes_on_to_the_same_weights_in_the_same_run(
    undisturbed: JobFolder, tmp_path: Path
) -> None:
    rng = random.Random(5)
    for trial in range(trials(1, 12)):
        folder = make(tmp_path / f"home{trial}", checkpoint_every=4)
        first = ("step", rng.randrange(1, 11))
        second = rng.choice([("file", rng.randrange(3, 9)), ("rename", rng.randrange(4)), ("prune", rng.randrange(3))])
        assert [outcome(live(folder, dies)) for dies in (first, second)] == [-9, -9], (first, second)
        assert outcome(live(folder)) == 0
        assert files(folder, STEPS) == files(undisturbed, STEPS), (first, second)
        for key in ("batch/loss", "batch/accuracy", "val/loss", "test/accuracy"):
            assert curve(folder.home, key) == curve(undisturbed.home, key), (first, second)


def test_keras_goes_on_to_the_same_weights_too(undisturbed_keras: JobFolder, tmp_path: Path) -> None:
    folder = make(tmp_path, GRAPH | {"target": "keras"}, checkpoint_every=4)
    assert [outcome(live(folder, dies)) for dies in (("step", 7), ("file", 4))] == [-9, -9]
    assert outcome(live(folder)) == 0
    assert files(folder, STEPS) == files(undisturbed_keras, STEPS)
    with gnomon.connect(home=tmp_path) as lab:
        assert [run.config["backend"] for run in lab.runs("digits")] == ["torch"]
    for key in ("batch/loss", "train/accuracy", "val/loss", "test/accuracy"):
        assert curve(folder.home, key) == curve(undisturbed_keras.home, key)


def test_it_is_paused_told_another_rate_parked_and_gone_on_with(tmp_path: Path) -> None:
    folder = make(tmp_path)
    pipe = control.make_pipe(folder.control)
    for order in ({"do": "nonsense"}, {"do": "set", "lr": -1}, {"do": "pause"}):
        control.send(folder.control, order)
    process = live(folder)
    until(process, folder, "paused")
    for order in ({"do": "set", "lr": 0.5}, {"do": "park"}):
        control.send(folder.control, order)
    assert outcome(process) == 0
    first = [(each["event"], each.get("text", "")) for each in whole(folder)]
    told = [("set", "learning rate 0.5"), ("stopping", ""), ("checkpoint", ""), ("parked", "")]
    assert first == [("running", ""), ("paused", ""), ("resumed", ""), *told]
    step = checkpoint.steps(folder.checkpoints)[-1]
    assert ended(tmp_path) == (
        "stopped",
        None,
        f"Parked at step {step}. To go on, resume its job, or: gnomon train --resume {folder.id}",
    )
    control.send(folder.control, {"do": "checkpoint"})
    assert outcome(live(folder)) == 0
    os.close(pipe)
    events = [each["event"] for each in whole(folder)][len(first) :]
    assert (events[:2], events[-1]) == (["running", "checkpoint"], "finished")
    assert ended(tmp_path)[:2] == ("finished", None)
    assert curve(folder.home, "learning_rate") == [(step, 0.5) for step in range(STEPS)]


def test_a_loss_that_is_no_number_ends_it_and_names_the_node(tmp_path: Path) -> None:
    folder = make(tmp_path, optimizer={"type": "sgd", "lr": 1e30}, epochs=1)
    assert outcome(live(folder)) == 1
    (last,) = (each for each in whole(folder) if each["event"] == "failed")
    assert last["error"]["type"] == "NonFiniteLossError"
    assert "it begins in what comes out of " in last["error"]["message"] or "the weights of" in last["error"]["message"]
    with gnomon.connect(home=tmp_path) as lab:
        (run,) = lab.runs("digits")
        assert run.state == "failed"
        assert [record.value for record in run.records("alerts/loss")] == [
            last["error"]["message"].partition(" Try")[0]
        ]


def test_a_component_of_the_project_is_trained_by_the_file_that_the_job_brings(tmp_path: Path) -> None:
    nodes = [node | {"type": "own/p.mine@1", "params": {}} if node["id"] == "drop" else node for node in GRAPH["nodes"]]
    folder = make(tmp_path, GRAPH | {"nodes": nodes}, {"own/p.mine@1": template_source("mine")}, epochs=1)
    assert outcome(live(folder)) == 0
    assert whole(folder)[-1]["event"] == "finished"
    assert b'"drop.' in files(folder, 10)[0][:1000]


def test_what_cannot_be_trained_is_said_before_there_is_a_run(tmp_path: Path) -> None:
    folder = make(tmp_path, batch_size=0)
    assert outcome(live(folder)) == 1
    assert [(each["event"], each["error"]["message"]) for each in whole(folder)] == [
        (
            "failed",
            "train.batch_size: Expected `int` >= 1. The fields are described in docs/reference/training.md.",
        )
    ]
    assert not list(tmp_path.glob("journal/*"))


def test_the_script_alone_gives_the_same_curve_without_gnomon(undisturbed: JobFolder) -> None:
    write_data(task_of(undisturbed), undisturbed.path)
    if trials(0, 1):  # a Python of its own imports PyTorch for seconds; sampled, a process forked from one that has it
        code = "import sys, json; sys.modules['gnomon'] = None; sys.path.insert(0, '.'); import torch"
        code += "; torch.set_num_threads(1); import train; print(json.dumps(train.main()))"
        told = subprocess.run([sys.executable, "-I", "-c", code], cwd=undisturbed.path, check=True, capture_output=True)
        check_curve(undisturbed, json.loads(told.stdout.splitlines()[-1]))
    assert outcome(alone(undisturbed)) == 0
    check_curve(undisturbed, json.loads((undisturbed.path / "history.json").read_bytes()))


def test_so_does_that_of_keras(undisturbed_keras: JobFolder) -> None:
    write_data(task_of(undisturbed_keras), undisturbed_keras.path)
    assert outcome(alone(undisturbed_keras)) == 0
    check_curve(undisturbed_keras, json.loads((undisturbed_keras.path / "history.json").read_bytes()))


def check_curve(folder: JobFolder, alone: list[dict[str, float]]) -> None:
    """Compare figures of epochs with those of the only run, to the bit."""
    columns = (values_of(folder, key) for key in alone[0])
    assert [dict(zip(alone[0], values, strict=True)) for values in zip(*columns, strict=True)] == alone


def values_of(folder: JobFolder, key: str) -> list[float]:
    """Return the values of a series of the only run."""
    return [value for _, value in curve(folder.home, key)]


def until(process: Any, folder: JobFolder, event: str) -> None:
    """Wait until a job tells of something."""
    while event not in [each["event"] for each in whole(folder)]:
        assert process.exitcode is None
        process.join(0.01)
