"""A graph whose own file trains: that file is run, with the images of the data set where one enters."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.unit.graph.build import build

import gnomon
from gnomon.core.errors import InputError
from gnomon.core.ids import run_id
from gnomon.graph.code import write
from gnomon.graph.document import Graph
from gnomon.graph.templates import template
from gnomon.models.jobs.folder import JobFolder, JobSpec, Script
from gnomon.models.training import own_loop
from gnomon.models.training.plan import plan
from gnomon.models.training.settings import read
from gnomon.models.training.task import task_of
from gnomon.models.training.write_script import write_script

pytest.importorskip("torch")
LOOP = """

def train(model, images):
    loss = model(torch.as_tensor(images)[:4, None]).square().mean()
    loss.backward()
    told = {"shape": list(images.shape), "range": [float(images.min()), float(images.max())], "loss": float(loss.detach())}
    print(json.dumps(told))
    pathlib.Path("told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    train(Model(), np.load(sys.argv[1]))
"""


def looped(side: int) -> Graph:
    graph = build(
        f"image:image_input(height={side},width={side})>flat:flatten>head:dense(units=2)>out:regression(values=2)",
        train={"loop": "own"},
    )
    text = (
        write(graph)
        .text.partition("\n\nif __name__")[0]
        .replace("import torch\n", "import json\nimport pathlib\nimport sys\nimport numpy as np\nimport torch\n", 1)
    )
    return msgspec.structs.replace(graph, source={"torch": text + LOOP})


@pytest.fixture
def begun(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return what runs a graph as its job would."""
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.setattr(sys, "argv", ["own_loop"])
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(home.parent)

    def run(graph: Graph, **more: Any) -> JobFolder:
        spec = JobSpec(
            kind="script", project="p", name="own", graph=msgspec.to_builtins(graph),
            script=Script([sys.executable, "-m", "gnomon.models.training.own_loop"], "/"), **more,
        )  # fmt: skip
        folder = JobFolder.create(home, run_id(), spec)
        monkeypatch.setenv("GNOMON_JOB_FOLDER", str(folder.path))
        own_loop.main()
        return folder

    yield run
    gnomon.finish()


def test_the_loop_in_the_file_trains_on_the_images_of_the_data_set(begun: Any) -> None:
    folder = begun(looped(8), dataset="digits")
    told = json.loads((folder.path / "told.json").read_text())
    assert (told["shape"][1:], told["range"]) == ([8, 8], [0.0, 1.0])
    assert told["shape"][0] == len(np.load(folder.path / "images.npy"))
    assert (folder.path / "model.py").read_text() == write(looped(8)).text


def test_images_of_another_size_are_refused_with_the_remedy(begun: Any) -> None:
    with pytest.raises(InputError, match=r"image takes images of 28×28×1, and digits has image of 8×8×1\. Resize them"):
        begun(looped(28), dataset="digits")


def test_whoever_trains_such_a_graph_otherwise_is_told_how(home: Path) -> None:
    spec = JobSpec(kind="graph", project="p", name="own", graph=msgspec.to_builtins(looped(8)), dataset="digits",
                   train={"loop": "own"})  # fmt: skip
    with pytest.raises(InputError, match="trained by the loop in its own file"):
        task_of(JobFolder.create(home, run_id(), spec))


def test_our_loop_runs_nothing_that_stands_beside_the_model(tmp_path: Path) -> None:
    graph = looped(8)
    hostile = graph.source["torch"].replace("\ndef train", "\nopen('left', 'w').close()\n\n\ndef train")
    graph = msgspec.structs.replace(graph, source={"torch": hostile}, train={})
    write_script(tmp_path, plan(graph, read({})), 0, {"project": "p", "dataset": "digits", "class_weights": {}})
    alone = write(msgspec.structs.replace(graph, source={})).text
    assert ((tmp_path / "model.py").read_text(), "left" in write(graph, fresh=True).text) == (alone, True)


@pytest.mark.parametrize(
    ("name", "shorter", "keys"),
    [
        ("gan", (("epochs: int = 30", "epochs: int = 2"), ("discs(1024)", "discs(64)")), {"loss/judge", "loss/drawer"}),
        ("dqn", (("else 200", "else 2"),), {"length"}),
    ],
)
def test_what_a_template_learns_by_its_own_loop_is_charted(
    begun: Any, home: Path, name: str, shorter: tuple[tuple[str, str], ...], keys: set[str]
) -> None:
    graph = template(name).graph
    text = graph.source["torch"]
    for old, new in shorter:
        assert old in text
        text = text.replace(old, new)
    begun(msgspec.structs.replace(graph, source={"torch": text}))
    gnomon.finish()
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("p")
        assert {key: (known.n, known.last_step) for key, known in run.stats().items()} == dict.fromkeys(keys, (2, 2))
