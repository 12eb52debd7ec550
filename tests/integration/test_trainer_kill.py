"""A training process is killed at a random moment: whatever `log()` returned from is there."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gnomon.core import journal
from gnomon.core.folder import journal_root
from gnomon.store.home import Home

TRAINER = """
import mmap, os, sys
import gnomon
run = gnomon.init("killed", home=sys.argv[1])
counter = mmap.mmap(os.open(sys.argv[2], os.O_RDWR), 8)
i = 0
while True:
    if i % 3 == 2:
        run.log({"loss": 1 / (i + 1), "acc": i, "note": f"step {i}"}, step=i)
    else:
        run.log({"loss": 1 / (i + 1), "acc": i}, step=i)
    i += 1
    counter[0:8] = i.to_bytes(8, "little")
"""

SPRINT = """
import os, sys
import gnomon
run = gnomon.init("sprint", home=sys.argv[1])
for i in range(5000):
    run.log({f"metric/{k}": i + k / 10 for k in range(10)}, step=i)
os.write(1, b"logged")
os.kill(os.getpid(), 9)
"""


def trials(sample: int, full: int) -> int:
    """Return how often to repeat: `GNOMON_TRIALS` is a number or `full`."""
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


@pytest.mark.parametrize("trial", range(trials(4, 60)))
def test_kill_9_at_a_random_moment_loses_no_call_that_returned(
    trial: int, home: Path, killed: Callable[[str, int], int]
) -> None:
    returned = killed(TRAINER, random.Random(trial).randrange(1, 3000))
    with Home.open(home) as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        points = lab.engine.points(run.id, "acc")
        notes = [lab.engine.payload(run.id, r.id) for r in lab.engine.records(run.id, "note")]
        logged = len(points.step)
        assert logged in (returned, returned + 1)
        assert points.value.tolist() == points.step.tolist() == list(range(logged))
        # The note of a step follows its numbers: the last one may be what was cut off.
        assert [n.decode() for n in notes] == [f"step {i}" for i in range(2, logged, 3)][: len(notes)]
        assert len(notes) >= returned // 3
        assert (run.state, run.dropped, lab.troubles()) == ("killed", 0, [])
    assert list(journal_root(home).iterdir()) == []


def test_fifty_thousand_scalars_at_full_speed_then_kill_9_are_all_read_back(home: Path) -> None:
    trainer = subprocess.run([sys.executable, "-c", SPRINT, str(home)], capture_output=True, check=False)
    assert (trainer.returncode, trainer.stdout, trainer.stderr) == (-signal.SIGKILL, b"logged", b"")
    with Home.open(home) as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        for k in range(10):
            points = lab.engine.points(run.id, f"metric/{k}")
            assert (points.step.tolist(), points.value.tolist()) == (
                list(range(5000)),
                [i + k / 10 for i in range(5000)],
            )
        assert (run.state, lab.troubles()) == ("killed", [])


def test_a_journal_cut_anywhere_by_a_power_failure_opens_and_reads_up_to_the_cut(home: Path) -> None:
    subprocess.run([sys.executable, "-c", SPRINT, str(home)], capture_output=True, check=False)
    [path] = journal_root(home).rglob("*.j")
    data = path.read_bytes()
    begin = journal.read_open(path)
    assert begin is not None
    for trial in range(trials(5, 100)):
        cut = random.Random(trial).randrange(len(data) // 2, len(data))
        whole = sum(r.tag == journal.SCALARS for r in journal.read(data[:cut]))
        folder = home.parent / f"cut-{trial}"
        copy = journal_root(folder) / path.parent.name / path.name
        copy.parent.mkdir(parents=True)
        copy.write_bytes(data[:cut])
        with Home.open(folder) as lab:
            assert lab.drain()
            assert lab.engine.points(begin.run, "metric/9").step.tolist() == list(range(whole))
            assert lab.troubles() == []
