"""Sweeps from the terminal, and a server that is killed in the midst of one."""

import json
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.unit.models.jobs.watched import end_all

from gnomon.cli.main import cli
from gnomon.cli.service import Service
from gnomon.models.sweeps.folder import folders

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need sessions, pipes with names and signals")

TRIES = """
import sys, gnomon
with gnomon.init("speech") as run:
    with open("tried", "a") as file:
        file.write(sys.argv[1] + "\\n")
    if len(sys.argv) > 2:
        open("gate").read(1)
    run.log({"loss": abs(float(sys.argv[1]) - 3)}, step=0)
"""


@pytest.fixture(autouse=True)
def _nobody_is_left(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.chdir(tmp_path)
    yield
    end_all(home)


def run(*words: str, status: int = 0) -> Result:
    found = CliRunner().invoke(cli, ["sweep", *words])
    assert found.exit_code == status, found.output
    return found


def told(*words: str) -> Any:
    return json.loads(run(*words).stdout)


def tries(*words: str) -> list[str]:
    return ["--metric", "loss", "--search", "grid", "--name", "s", *words, "--", sys.executable, "-c", TRIES, "{x}"]


def tried() -> list[str]:
    file = Path("tried")
    return file.read_text().split() if file.exists() else []


def test_a_sweep_without_a_server_prints_its_points_the_best_first_and_can_be_read_again(home: Path) -> None:
    said = run(*tries("--set", "x=1,4,2", "-j", "2"))
    lines = said.stdout.splitlines()
    assert [line.split() for line in lines[:4]] == [
        ["x", "loss", "95", "%", "trials", "state"],
        ["1", "4", "1", "1", "finished"],
        ["1", "2", "1", "1", "finished"],
        ["3", "1", "2", "1", "finished"],
    ]
    (folder,) = folders(home)
    assert lines[4] == f"s ({folder.id}) is finished. All 3 points were tried."
    assert lines[5].startswith("Best: x=4, loss 1, best of 3 points. Runs: ")
    (row,) = told("ls", "--json")
    assert (row["id"], row["state"], row["best"]["mean"], row["trials"]) == (folder.id, "finished", 1.0, 3)
    assert told("show", "s", "--json")["points"][0]["values"] == {"x": 4}
    assert "No server runs on" in run("stop", "s", status=1).output
    assert run("rm", folder.id[-6:]).output == f"Removed {folder.id}.\n"
    assert folders(home) == []
    assert run("ls").output.startswith("No sweeps. Begin one: ")
    missing = run("--set", "x=1,2", "--metric", "loss", "--", "true", status=1)
    assert missing.output.startswith("Error: x: the script is never told it. Write {x} where it belongs, such as ")
    assert run("--set", "x", "digits.json", status=2).output.endswith("received 'x'.\n")


def test_a_server_that_is_killed_in_the_midst_of_a_sweep_goes_on_and_no_trial_is_lost_or_doubled(home: Path) -> None:
    os.mkfifo("gate")
    with Service(home, 0) as service:
        sweep = told("--queue", "--json", "--set", "x=1,2,3,4", *tries("-j", "1"), "gate")["id"]
        until(lambda: len(tried()) == 1)
        through()
        until(lambda: len(tried()) == 2)
        os.kill(service.pid, signal.SIGKILL)
        assert service.wait() == -signal.SIGKILL
    through()  # the second ends while nobody drives the sweep
    assert told("show", sweep, "--json")["state"] == "running"
    with Service(home, 0) as service:
        until(lambda: len(tried()) == 3)
        os.kill(service.pid, signal.SIGKILL)
        assert service.wait() == -signal.SIGKILL
    with Service(home, 0):
        for done in (4,):
            through()
            until(lambda done=done: len(tried()) == done)
        through()
        until(lambda: told("show", sweep, "--json")["state"] == "finished")
        found = told("show", sweep, "--json")
    assert tried() == ["1", "2", "3", "4"]
    assert found["counts"] == {"finished": 4}
    assert [(each["values"], each["mean"], len(each["runs"])) for each in found["points"]] == [
        ({"x": 3}, 0.0, 1),
        ({"x": 2}, 1.0, 1),
        ({"x": 4}, 1.0, 1),
        ({"x": 1}, 2.0, 1),
    ]


def until(is_so: Any) -> None:
    while not is_so():
        select.select([], [], [], 0.02)


def through() -> None:
    """Let the one through that waits at the gate; come before it, and wait for it."""
    with Path("gate").open("w") as gate:
        gate.write("x")
