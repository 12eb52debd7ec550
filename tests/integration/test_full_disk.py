"""A disk that is full, and has room again; training notices neither."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gnomon
from gnomon.store.home import Home


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root; the limit on file sizes is tested below")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(path: Path) -> None:
    """Write until the disk takes no more."""
    with path.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))


def read(home: Path, elsewhere: Path) -> tuple[list[int], str, int, list[str]]:
    """Return steps, state, drops and troubles of the only run, from a copy of the journals on a disk with room."""
    shutil.copytree(home, elsewhere)
    with Home.open(elsewhere) as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        return lab.engine.points(run.id, "x").step.tolist(), run.state, run.dropped, lab.troubles()


def test_a_full_disk_costs_what_did_not_fit_and_nothing_else(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(bytes(200 << 10))
    run = gnomon.init(home=small / "home")
    for i in range(5000):
        run.log({"x": i, "y": i}, step=i)
    dropped = run.dropped
    assert 0 < dropped < 10_000
    ballast.unlink()
    for i in range(5000, 5100):
        run.log({"x": i, "y": i}, step=i)
    run.finish()
    steps, state, counted, troubles = read(small / "home", tmp_path / "copy")
    kept = 5000 - dropped // 2
    assert steps == [*range(kept), *range(5000, 5100)]
    assert (state, counted, troubles) == ("finished", dropped, [])
    assert caplog.messages == [
        (
            f"gnomon cannot write to {small}/home/journal: expected a writable folder, received: No space left on device. "
            "Free some space; logging goes on by itself."
        )
    ]


def test_a_disk_that_is_full_from_the_start_is_used_as_soon_as_it_has_room(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gnomon.sdk.writer._AGAIN_S", 0.0)
    ballast = small / "ballast"
    with pytest.raises(OSError, match="No space left"):
        fill(ballast)
    run = gnomon.init(home=small / "home", config={"lr": 0.1})
    run.log({"x": 0}, step=0)
    ballast.unlink()
    for i in range(1, 10):
        run.log({"x": i}, step=i)
    run.finish()
    steps, state, counted, troubles = read(small / "home", tmp_path / "copy")
    assert (steps, state, counted + len(steps), troubles) == (list(range(10 - len(steps), 10)), "finished", 10, [])
    assert len(steps) >= 8
    assert len(list((small / "home" / "journal").rglob("*.j"))) == 1


LIMITED = """
import resource, sys
import gnomon
run = gnomon.init("limited")
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for i in range(2000):
    run.log({"x": i}, step=i)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
print(run.dropped)
run.finish()
"""


def test_a_limit_on_file_sizes_tears_no_record_and_counts_what_it_cost(home: Path, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert before[0] == resource.RLIM_INFINITY or before[0] > 20_000
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True)
    dropped = int(done.stdout)
    [line] = done.stderr.splitlines()
    assert line.endswith("received: File too large. Raise the limit on file sizes (ulimit -f).")
    steps, _, counted, troubles = read(home, tmp_path / "copy")
    assert (len(steps) + dropped, troubles) == (2000, [])
    assert steps == sorted(steps)
    assert steps[:400] == list(range(400))
    assert counted in (0, dropped)  # the last file may have been full for the count too
