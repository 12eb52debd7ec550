"""`gnomon train`: what it refuses, what it asks for, how it goes on, and what it says at the end."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.unit.models.training.lives import GRAPH, make

from gnomon.cli import training
from gnomon.cli.main import cli
from gnomon.core.errors import InputError, NotFoundError
from gnomon.models.jobs import events


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A graph in a file."""
    found = tmp_path / "digits.json"
    found.write_text(json.dumps(GRAPH))
    return found


def train(*words: object) -> Result:
    """Call the command."""
    return CliRunner().invoke(cli, ["train", *map(str, words)])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Expected either a FILE that holds a graph, or --resume with a run or the folder of a job."),
        (["FILE"], "Error: --data: the graph names no data set."),
        (["FILE", "--data", "nothing"], 'Error: dataset: there is no "nothing"'),
        (["FILE", "--data", "digits", "--set", "lr"], "expected KEY=VALUE, such as epochs=3, received 'lr'."),
        (["FILE", "--data", "digits", "--set", "lr=-1"], "Error: train.optimizer.lr: Expected `float` > 0.0."),
        (["FILE", "--data", "digits", "--set", "loss=huber"], "Error: train.loss: huber does not fit label"),
        (["--resume", "p/nothing"], "Error: "),
        (["--resume", "p/nothing", "--seed", "1"], "Error: --seed: a training that goes on keeps its seed."),
        (["FILE", "--data", "digits", "--queue"], "Error: No server runs on"),
    ],
)
def test_what_cannot_be_is_said_at_once(words: list[str], said: str, file: Path, home: Path) -> None:
    found = train(*(file if word == "FILE" else word for word in words))
    assert found.exit_code in (1, 2)
    assert said in found.output
    assert not (home / "jobs").exists()


def test_the_job_holds_the_settings_and_the_version_of_the_data(file: Path) -> None:
    spec = training.asked(file, "digits", {"lr": 0.5, "epochs": 2, "seed": 4}, "mine", None, "cpu")
    assert spec.graph is not None
    assert (spec.name, spec.project, spec.seed, spec.device) == ("mine", "digits", 4, "cpu")
    assert spec.train == {"optimizer": {"lr": 0.5}, "epochs": 2, "seed": 4} == spec.graph["train"]
    assert spec.dataset == spec.graph["data"]["dataset"]
    assert spec.dataset is not None
    assert spec.dataset.startswith("digits@")


def test_a_training_goes_on_by_its_folder_or_id_with_other_settings(home: Path) -> None:
    folder = make(home)
    (folder.path / "train.py").write_text("# of before")
    events.append(folder, "starting", attempt=2)
    events.append(folder, "stopped", step=7)
    assert training.resumed(str(folder.path), home, {}, None) == (folder, 3)
    assert training.resumed(folder.id, home, {"epochs": 20, "lr": 0.5}, None) == (folder, 3)
    assert folder.spec().train["epochs"] == 20
    assert folder.spec().train["optimizer"] == {"lr": 0.5}
    assert not (folder.path / "train.py").exists()


def test_one_that_came_to_its_end_wants_more_to_do(home: Path) -> None:
    folder = make(home)
    events.append(folder, "finished", step=30)
    with pytest.raises(InputError, match=r"it came to its end\. Ask for more of it, such as --set epochs=20\."):
        training.resumed(folder.id, home, {}, None)
    with pytest.raises(NotFoundError):
        training.resumed("nobody", home, {}, None)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            {"state": "finished", "figures": {"test/accuracy": 0.9512}, "run": "r1"},
            "test/accuracy 0.9512\nRun: p/n (gnomon up shows it; gnomon show r1)",
        ),
        (
            {"state": "stopped", "step": 7},
            "It is stopped at step 7. Go on with: gnomon train --resume j",
        ),
        (
            {"state": "failed", "error": {"message": "no", "file": "/job/model.py", "line": 3}},
            "It failed (/job/model.py:3): no",
        ),
    ],
)
def test_the_end_is_told(found: dict[str, Any], said: str) -> None:
    usual: dict[str, Any] = {"figures": {}, "run": None, "project": "p", "name": "n", "url": None, "job": "j"}
    assert training.told(usual | found) == said
