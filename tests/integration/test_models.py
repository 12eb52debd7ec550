"""The registry from Python and from the terminal, on an open folder and through a real server alike."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

import gnomon
from gnomon.cli.main import cli
from gnomon.cli.numbers import MISSING
from gnomon.core.errors import ConflictError, CorruptError, InputError, NotFoundError
from gnomon.models import MLP
from gnomon.models.registry import home as registry


@pytest.fixture(params=["folder", "server"])
def lab(request: pytest.FixtureRequest, home: Path) -> Iterator[Path]:
    """A home, opened by each command itself or served by a process."""
    if request.param == "folder":
        yield home
        return
    command = [sys.executable, "-m", "gnomon", "up", "--home", str(home), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        assert "gnomon is up" in process.stdout.readline()
        yield home
        process.terminate()


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["models", *map(str, words)])


def said(*words: str | Path) -> str:
    result = ask(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_network_goes_in_and_comes_out(lab: Path) -> None:
    net = MLP((4, 3, 2), seed=5)
    made = registry.register("small", net, note="first", metrics={"test/accuracy": 0.5}, aliases=["champion"])
    assert (made.number, made.format) == (1, "mlp")
    again = registry.load("small@champion")
    assert [w.tolist() for w in again.weights] == [w.tolist() for w in net.weights]
    with pytest.raises(NotFoundError, match="There are 1, champion"):
        registry.load("small@9")


def test_a_folder_is_registered_with_its_files_and_fetched_whole(lab: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "model.onnx").write_bytes(os.urandom(100_000))
    (source / "deep" / "labels.txt").write_text("a\nb\n")
    (source / ".git").mkdir()
    (source / ".git" / "config").write_text("x")
    assert registry.register("net", source).format == "onnx"
    assert said("get", "net", "-o", tmp_path / "out") == f"net: 2 files in {tmp_path / 'out'}\n"
    assert (tmp_path / "out/model.onnx").read_bytes() == (source / "model.onnx").read_bytes()
    assert (tmp_path / "out/deep/labels.txt").read_text() == "a\nb\n"
    with pytest.raises(InputError, match="is of format onnx"):
        registry.load("net")


def test_the_commands_tell_one_story(lab: Path, tmp_path: Path) -> None:
    assert said("ls") == "No models yet. Register one: gnomon models register NAME PATH\n"
    weights = tmp_path / "best.npz"
    MLP((4, 3, 2)).save(weights)
    first = said("register", "digits", weights, "--metric", "test/accuracy=0.8", "--note", "first")
    assert re.fullmatch(r"digits@1  [0-9a-f]{16}  mlp, .+\n", first)
    MLP((4, 3, 2), seed=1).save(weights)
    said("register", "digits", weights, "--metric", "test/accuracy=0.9")
    assert said("alias", "digits", "champion", "1") == "champion → digits@1\n"
    asked = said("gate", "digits", "champion", "test/accuracy >= 0.85", "test/accuracy > champion")
    assert asked == "digits@champion asks for test/accuracy >= 0.85; test/accuracy > that of champion\n"
    assert said("alias", "digits", "champion", "latest") == "champion → digits@2\n"
    refused = ask("alias", "digits", "champion", "1")
    assert (refused.exit_code, "it has 0.8, asked is >= 0.85" in refused.output) == (1, True)
    said("note", "digits@1", "too small")
    said("note", "digits", "Reads digits.")
    shown = said("show", "digits").splitlines()
    assert shown[0] == "digits  Reads digits."
    assert [line.split()[:2] for line in shown[4:]] == [["2", "champion"], ["1", MISSING]]
    assert shown[5].endswith("too small")
    assert "test/accuracy  0.8" in said("show", "digits@1")
    compared = said("compare", "digits@1", "digits@champion").splitlines()
    assert compared[1].split() == ["test/accuracy", "0.8", "0.9", "0.1"]
    assert [row["name"] for row in json.loads(said("ls", "--json"))] == ["digits"]
    assert json.loads(said("show", "digits@champion", "--json"))["aliases"] == ["champion"]
    assert said("verify", "digits@1") == "digits@1: all files are what was registered.\n"
    assert ask("rm", "digits@2", "--yes").exit_code == 1
    assert said("rm", "digits@1", "--yes") == "Deleted digits@1.\n"
    said("alias", "digits", "champion", "--remove")
    assert said("rm", "digits", "--yes") == "Deleted digits with 1 versions.\n"


def test_names_are_completed(lab: Path) -> None:
    registry.register("digits", MLP((2, 2)), aliases=["champion"])
    complete = ShellComplete(cli, {}, "gnomon", "_GNOMON_COMPLETE")
    assert [each.value for each in complete.get_completions(["models", "show"], "di")] == ["digits"]
    found = [each.value for each in complete.get_completions(["models", "show"], "digits@")]
    assert found == ["digits@champion", "digits@latest", "digits@1"]


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("gate", "digits", "champion", "better"), 2, "Expected a condition such as"),
        (("register", "digits", "no-such-file"), 2, "does not exist"),
        (("register", "digits", ".", "--metric", "x"), 2, "NAME=VALUE"),
        (("alias", "digits", "champion"), 2, "Name a version"),
        (("show", "digits"), 1, "there is no 'digits'"),
        (("show", "../x"), 1, "name: expected letters"),
    ],
)
def test_what_is_wrong_is_told_with_the_remedy(home: Path, words: tuple[str, ...], status: int, text: str) -> None:
    result = ask(*words)
    assert (result.exit_code, text in result.output) == (status, True), result.output


def test_files_that_were_changed_are_not_given_out(home: Path) -> None:
    registry.register("digits", MLP((2, 2)))
    place = home / "models/digits/1/model.npz"
    place.chmod(0o600)
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    with pytest.raises(CorruptError, match=r"model\.npz is changed"):
        registry.load("digits")
    assert ask("verify", "digits").exit_code == 1


def test_a_gate_that_keeps_an_alias_away_does_not_lose_the_version(home: Path) -> None:
    registry.register("digits", MLP((2, 2)))
    said("gate", "digits", "champion", "test/accuracy >= 0.5")
    with pytest.raises(ConflictError, match="test it first"):
        registry.register("digits", MLP((2, 2), seed=1), aliases=["champion"])
    assert len(json.loads(said("show", "digits", "--json"))["versions"]) == 2


def test_what_a_job_trained_is_registered_by_its_id(lab: Path) -> None:
    from gnomon.core.ids import run_id
    from gnomon.models.jobs.folder import JobFolder, JobSpec
    from gnomon.models.training import checkpoint

    with gnomon.init("p", home=lab) as run:
        run.log({"test/accuracy": 0.75}, step=7)
    while lab_run(lab, run.id) is None:
        pass
    job = run_id()
    nodes = [{"id": "x", "type": "core/numeric_input@1"}]
    graph = {"format": "graph/1", "name": "m", "target": "torch", "nodes": nodes, "edges": []}
    folder = JobFolder.create(lab, job, JobSpec(kind="graph", project="p", name="n", graph=graph))
    state = checkpoint.State(step=7, run=run.id)
    checkpoint.save(folder.checkpoints, checkpoint.Tensors(b"weights", b"", state))
    assert said("register", "m", "--job", job).startswith("m@1  ")
    found = json.loads(said("show", "m@1", "--json"))
    assert (found["format"], found["metrics"], found["lineage"]["run_name"]) == (
        "torch",
        {"test/accuracy": 0.75},
        run.name,
    )
    assert ask("register", "m", "--job", job, "--checkpoint", "8").exit_code == 1
    assert ask("register", "m", "--job", job, "--checkpoint", "x").exit_code == 2


def lab_run(home: Path, run: str) -> object:
    with gnomon.connect(home=home) as found:
        return next((each for each in found.runs("p") if each.id == run and each.state == "finished"), None)


def test_a_version_is_exported_by_the_command_and_over_http(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    import httpx
    from tests.unit.models.exporters.versions import version_of

    from gnomon.graph.templates import template

    registry.register("m", version_of(template("tabular").graph, tmp_path / "version"))
    found = json.loads(said("export", "m", "--format", "code", "-o", tmp_path / "out", "--json"))
    assert (found["agrees"], [file["path"] for file in found["files"]]) == (
        True,
        ["load.py", "model.py", "model.safetensors"],
    )
    command = [sys.executable, "-m", "gnomon", "up", "--home", str(home), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            with httpx.Client(base_url=f"{url}/api/v1/models/m/versions/1", timeout=120) as client:
                made = client.post("/exports", json={"format": "code"})
                assert (made.status_code, made.json()["agrees"], made.json()["largest"]) == (201, True, 0.0)
                listed = client.get("/exports").json()["exports"]
                assert [(each["format"], each["source"]) for each in listed] == [("code", found["source"])]
                assert b"def load()" in client.get("/exports/code/files/load.py").content
                for path in ("/exports/code/files/..%2F..%2F1%2Fgraph.json", "/exports/onnx/files/model.onnx"):
                    assert client.get(path).status_code in (400, 404)
                assert client.post("/exports", json={"format": "h5"}).status_code == 400
                assert client.delete("/exports/code").status_code == 204
                found = client.get("/exports").json()
                assert (found["exports"], found["making"], found["failed"]) == ([], [], [])
                why_not = {each["format"]: each["why_not"] for each in found["formats"]}
                assert why_not["keras"] == ".keras is for models of Keras only."
                assert client.delete("/exports/code").status_code == 404
                assert sorted(each.name for each in (home / "models/m").iterdir()) == ["1", "1.exports"]
                client.post("/exports", json={"format": "code"})
                assert client.delete(f"{url}/api/v1/models/m/versions/1").status_code == 204
                assert not (home / "models/m/1.exports").exists()
        finally:  # whatever fails, nobody waits for a server
            process.terminate()
