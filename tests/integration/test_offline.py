"""Logging without a network, and on homes that cannot be written."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gnomon
from gnomon.core.errors import UnavailableError
from gnomon.sdk.shipper import sync
from gnomon.store.home import Home


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def test_an_offline_run_is_meant_for_nobody_until_it_is_read(home: Path) -> None:
    with gnomon.init("p", url="http://127.0.0.1:9", mode="offline") as run:
        run.log({"x": 1.0})
    assert (run.url, list(home.rglob("*.to"))) == (None, [])
    with Home.open(home) as lab:
        assert lab.drain()
        assert lab.engine.points(run.id, "x").value.tolist() == [1.0]


def test_sync_without_a_server_says_so_and_keeps_everything(home: Path) -> None:
    with gnomon.init("p", mode="offline") as run:
        run.log({"x": 1.0})
    with pytest.raises(UnavailableError, match="cannot be reached"):
        sync(home, "http://127.0.0.1:9")
    assert len(list(home.rglob("*.j"))) == 1
    assert sync(home).journals == 0  # nobody said where it should go


def test_a_run_is_gone_on_with_by_id_and_by_name_from_its_journals(home: Path) -> None:
    with gnomon.init("p", "net", {"lr": 0.1}) as first:
        for _ in range(5):
            first.log({"x": 1.0})
    by_name = gnomon.init("p", resume="net", config={"epochs": 3}, tags=["again"])
    by_name.log({"x": 2.0})
    by_name.finish()
    by_id = gnomon.init(resume=first.id)
    by_id.rewind(3)
    by_id.log({"x": 3.0})
    by_id.finish()
    assert [(r.id, r.project, r.name) for r in (by_name, by_id)] == [(first.id, "p", "net")] * 2
    with Home.open(home) as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        points = lab.engine.points(run.id, "x")
        assert (run.state, run.tags, lab.engine.config(run.id)) == ("finished", ("again",), {"lr": 0.1, "epochs": 3})
        assert (points.step.tolist(), points.value.tolist()) == ([0, 1, 2, 3], [1.0, 1.0, 1.0, 3.0])


def test_a_run_whose_journals_are_stored_and_gone_is_gone_on_with_from_the_store(home: Path) -> None:
    with gnomon.init("p", "net") as first:
        for _ in range(5):
            first.log({"x": 1.0})
    with Home.open(home) as lab:
        assert lab.drain()
    for wanted in ("net", first.id):
        with gnomon.init("p", resume=wanted) as again:
            again.log({"x": 2.0})
            assert (again.id, again.name) == (first.id, "net")
        with Home.open(home) as lab:
            assert lab.drain()
    with Home.open(home) as lab:
        assert lab.engine.points(first.id, "x").step.tolist() == list(range(7))


def test_a_fork_knows_its_parent_and_goes_on_at_its_step(home: Path) -> None:
    parent = gnomon.init("p", "net")
    child = gnomon.init("p", fork=f"{parent.id}@40")
    child.log({"x": 1.0})
    for run in (child, parent):
        run.finish()
    with Home.open(home) as lab:
        assert lab.drain()
        info = lab.engine.run(child.id)
        assert (info.meta["parent"], info.meta["fork_step"], lab.engine.points(child.id, "x").step.tolist()) == (
            parent.id, 40, [40],
        )  # fmt: skip


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody can write to, root included."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "none", str(folder)], capture_output=True, check=False
    ).returncode == 0  # fmt: skip
    if not mounted:
        if os.geteuid() == 0:
            pytest.skip("root may write anywhere, and may not mount here")
        folder.chmod(0o500)
    yield folder
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)
    else:
        folder.chmod(0o700)


def test_a_read_only_home_costs_the_trainer_one_line_and_no_exception(read_only: Path) -> None:
    code = """
import gnomon
with gnomon.init("p", config={"lr": 0.1}) as run:
    for i in range(1000):
        run.log({"x": i})
    run.config["done"] = True
print("trained", run.dropped)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "GNOMON_HOME": str(read_only)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "trained 1000\n")
    [line] = done.stderr.splitlines()
    assert line.startswith(f"gnomon cannot write to {read_only}/journal: expected a writable folder, received: ")
    assert line.endswith("Pass home= or set GNOMON_HOME to a folder that can be written.")
