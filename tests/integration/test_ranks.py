"""Many processes, one run: ranks of a distributed job, and sixty-four writers at once."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gnomon.store.home import Home

RANK = """
import sys
import gnomon
rank = int(sys.argv[1])
with gnomon.init("ddp", config={"lr": 0.1}, rank=rank) as run:
    for i in range(100):
        run.log({"loss": rank + i / 1000}, step=i)
    if rank == 2:
        run.log({"note": "from two"})
"""


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def launch(count: int, env: dict[str, str]) -> None:
    """Run all ranks at once, as a launcher does."""
    ranks = [
        subprocess.Popen([sys.executable, "-c", RANK, str(rank)], env={**os.environ, **env}, stderr=subprocess.PIPE)
        for rank in reversed(range(count))
    ]
    assert [(rank.communicate()[1], rank.returncode) for rank in ranks] == [(b"", 0)] * count


@pytest.mark.parametrize(
    "env",
    [
        {"GNOMON_RUN": "01m7xnqebh0vszd9a7zb"},
        {"TORCHELASTIC_RUN_ID": "job-17"},
        {"TORCHELASTIC_RUN_ID": "none", "MASTER_ADDR": "localhost", "MASTER_PORT": "29500"},
        {"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0"},
    ],
)
def test_ranks_share_one_run_and_never_one_series(env: dict[str, str], home: Path) -> None:
    launch(4, env)
    with Home.open(home) as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        assert (run.project, run.state, run.dropped, lab.engine.config(run.id)) == ("ddp", "finished", 0, {"lr": 0.1})
        series = lab.engine.series(run.id)
        assert {key: (stats.n, stats.low) for key, stats in series.items()} == {
            "loss": (100, 0.0), "loss@rank1": (100, 1.0), "loss@rank2": (100, 2.0), "loss@rank3": (100, 3.0),
        }  # fmt: skip
        assert list(lab.engine.record_keys(run.id)) == ["note@rank2"]
        assert (lab.troubles(), list((home / "journal").iterdir())) == ([], [])


def test_two_jobs_one_after_the_other_are_two_runs(home: Path) -> None:
    launch(2, {"SLURM_JOB_ID": "1"})
    launch(2, {"SLURM_JOB_ID": "2"})
    with Home.open(home) as lab:
        assert lab.drain()
        assert [sorted(lab.engine.series(run.id)) for run in lab.engine.runs()] == [["loss", "loss@rank1"]] * 2


def test_ranks_that_rank_0_starts_find_its_run(home: Path) -> None:
    code = """
import subprocess, sys
import gnomon
with gnomon.init("ddp", rank=0) as run:
    child = "import gnomon\\nwith gnomon.init('ddp', rank=1) as run: run.log({'x': 1})"
    subprocess.run([sys.executable, "-c", child], check=True)
with gnomon.init("ddp", rank=0) as run:
    run.log({"x": 2})
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    with Home.open(home) as lab:
        assert lab.drain()
        assert [list(lab.engine.series(run.id)) for run in lab.engine.runs()] == [["x@rank1"], ["x"]]


WRITERS = """
import os, sys
import gnomon
run = gnomon.init("crowd", resume="01m7xnqebh0vszd9a7zb", config={"n": 64})
children = []
for n in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        for i in range(200):
            run.log({f"w{n}": i, "all": n}, step=i)
        os._exit(0)
    children.append(child)
codes = [os.waitpid(child, 0)[1] for child in children]
assert codes == [0] * len(children), codes
run.finish()
"""


def test_sixty_four_writers_of_one_run_lose_nothing_while_the_store_reads_along(home: Path) -> None:
    trainer = subprocess.Popen([sys.executable, "-c", WRITERS, "64"])
    with Home.open(home) as lab:
        while trainer.poll() is None:
            lab.pump.poll()
        assert trainer.returncode == 0
        assert lab.drain()
        [run] = lab.engine.runs()
        assert (run.state, run.dropped, lab.troubles()) == ("finished", 0, [])
        points = lab.engine.points(run.id, "all")
        assert len(points.step) == 64 * 200
        for n in range(64):
            assert lab.engine.points(run.id, f"w{n}").value.tolist() == list(range(200))
        left = time.monotonic() + 60
        while list((home / "journal").iterdir()) and time.monotonic() < left:
            lab.pump.poll()  # sees that a writer is gone, and only then removes its journal
        assert list((home / "journal").iterdir()) == []
