"""A home on a disk that cannot be written: training goes on, and what cannot be done says what can."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import gnomon
from gnomon.cli.service import Service

POINTS = 200
TRAIN = f"""
import gnomon
run = gnomon.init("digits", "second")
for step in range({POINTS}):
    run.log({{"loss": step, "weights": [[step] * 100] * 100}}, step=step)
run.finish()
print(run.dropped)
"""
FREEZE = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


def frozen(home: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to which a home is read-only, whoever runs it: the mount is its own and ends with it."""
    apart = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    freeze = [*apart, "bash", "-c", FREEZE, str(home)]
    if subprocess.run([*freeze, "true"], capture_output=True, check=False).returncode:
        pytest.skip("making a folder read-only, to root too, needs a mount namespace of our own")
    return subprocess.run([*freeze, sys.executable, *command], capture_output=True, text=True, check=False)


def cli(home: Path, *arguments: str) -> tuple[int, str, str]:
    done = frozen(home, "-m", "gnomon", *arguments)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def left(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that a server left."""
    monkeypatch.setenv("GNOMON_AGENT", "off")
    with gnomon.init("digits", "first", home=home) as run:
        for step in range(POINTS):
            run.log({"loss": step / 2}, step=step)
    with gnomon.connect(home=home) as lab:
        assert lab.run("digits/first").state == "finished"
    return home


def test_training_goes_on_and_says_once_that_nothing_is_kept(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "on")
    done = frozen(left, "-c", TRAIN)
    assert (done.returncode, done.stdout) == (0, f"{2 * POINTS}\n")
    assert done.stderr == (
        f"gnomon cannot write to {left}/journal: expected a writable folder, received: Read-only file system. "
        "Pass home= or set GNOMON_HOME to a folder that can be written.\n"
    )


def test_serving_and_reading_say_what_to_do_and_that_works(left: Path, tmp_path: Path) -> None:
    copy = tmp_path / "COPY"
    refusal = (
        f"Error: {left}: the folder cannot be written: Read-only file system. Reading a store writes beside it: "
        f"make a copy with `gnomon restore {left} --home COPY`, and read that.\n"
    )
    up, ls, query = ("up", "--no-browser", "--port", "0"), ("ls", "digits"), ("query", "digits/first", "loss")
    for command in (up, ls, ("show", "digits/first"), query):
        assert cli(left, *command, "--home", str(left)) == (1, "", refusal)
    assert cli(left, "restore", str(left), "--home", str(copy))[::2] == (0, "")
    status, out, _ = cli(left, *query, "--home", str(copy), "--first", "198", "--json")
    assert (status, json.loads(out)["value"]) == (0, [99, 99.5])
    assert cli(left, "backup", str(tmp_path / "backup"), "--home", str(left))[::2] == (0, "")
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == sorted(
        path.name for path in copy.iterdir() if path.name not in {"LOCK", "cache"}
    )


def test_what_a_killed_server_left_in_its_log_is_in_the_copy(left: Path, tmp_path: Path) -> None:
    with Service(left, 0) as server:
        column = {"step": [0, 1], "loss": [1.0, 2.0]}
        line = {"project": "digits", "run": "late", "columns": column, "state": "finished"}
        answer = httpx.post(f"{server.url}/api/v1/ingest", json=[line])
        assert answer.json()["errors"] == []
        os.kill(server.pid, 9)
        server.wait()
        assert (left / "store.db-wal").stat().st_size > 0
    assert cli(left, "restore", str(left), "--home", str(tmp_path / "copy"))[::2] == (0, "")
    with gnomon.connect(home=tmp_path / "copy") as lab:
        assert lab.run("digits/late").series("loss").numpy()["value"].tolist() == [1.0, 2.0]
        assert lab.run("digits/first").stats()["loss"].n == POINTS
