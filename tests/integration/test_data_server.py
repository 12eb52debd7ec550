"""Data sets through a server process: Python and the terminal go through it, and who trains needs it no more."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.models.datasets import samples

from gnomon.cli.main import cli
from gnomon.core.errors import InputError, NotFoundError
from gnomon.models.datasets import find, load, register
from gnomon.models.datasets.describing import Wishes
from gnomon.models.datasets.home import shelf
from gnomon.models.datasets.registry import Ref

from .test_server_process import Server


def ask(home: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["data", *words, "--home", str(home)])
    assert done.exit_code == 0, done.output
    return done.output


def test_python_and_the_terminal_go_through_the_server_of_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("GNOMON_HOME", str(home))
    path = samples.table(tmp_path)
    server = Server(home)
    try:
        made = register(
            path, "visits", target="outcome", inputs=["age", "town"], transforms={"age": {"normalise": "standard"}}
        )
        assert (made.path, made.target, made.transforms["age"].normalise) == (str(path), ("outcome",), "standard")
        assert find("visits") == find("visits@1") == made
        assert load("visits").batch("train", [0])["age"].shape == (1,)
        assert "as it was, version 1" in ask(home, "register", str(path), "--name", "visits")
        assert "a new version, version 2" in ask(home, "register", str(path), "--name", "visits", "--split", "random")
        assert [row["number"] for row in json.loads(ask(home, "versions", "visits", "--json"))] == [2, 1]
        assert [row["name"] for row in json.loads(ask(home, "ls", "--json"))["datasets"]] == ["visits", "digits"]
        assert server.client.get("/api/v1/datasets/visits").json()["version"] == 2
        with pytest.raises(InputError, match=r"inputs: outcome is the target") as caught:
            register(path, "visits", target="outcome", inputs=["outcome"])
        assert caught.value.field == "inputs"
        with pytest.raises(NotFoundError, match='there is no "visit" in this home'):
            load("visit")
        with shelf(home) as found:
            assert found.detail(Ref("visits", 2))["split"]["way"] == "random"
            edited = found.edit("visits", None, Wishes(target=("town",)), "towns")
            assert (edited["made"], edited["target"], edited["version"]) == (True, ["town"], 3)
            stale = server.client.patch("/api/v1/datasets/visits", json={}, headers={"If-Match": '"1"'})
            assert stale.status_code == 412
        assert "visits is out of the list" in ask(home, "rm", "visits")
    finally:
        server.stop()
    assert load(made.ref).spec == find(made.ref), "the file of a version is enough"
