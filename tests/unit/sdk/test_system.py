"""What the agent samples of a machine, and where it goes."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Sequence
from ctypes import c_uint, c_ulonglong
from pathlib import Path
from typing import Any

import psutil
import pytest

import gnomon
from gnomon.core import ids, journal
from gnomon.core.batch import Frame, decode_batch
from gnomon.core.folder import JournalFile, Listing, journal_root
from gnomon.sdk import system
from gnomon.sdk.agent import Agent
from gnomon.sdk.machine import Machine, Tree
from gnomon.sdk.nvml import Gpus, GpuSample
from gnomon.sdk.system import Sampler, began_us


class FakeNvml:
    """Answers as the driver's library does, for two GPUs of which one tells less."""

    def __init__(self, count: int = 2, init: int = 0) -> None:
        self.count, self.init, self.closed = count, init, 0

    def nvmlInit_v2(self) -> int:  # noqa: N802 - NVML's names
        return self.init

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = self.count
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: c_uint, handle: Any) -> int:  # noqa: N802
        handle._obj.value = 1 + index.value
        return 0

    def nvmlDeviceGetUtilizationRates(self, _: Any, use: Any) -> int:  # noqa: N802
        use._obj.gpu = 87
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle: Any, memory: Any) -> int:  # noqa: N802
        memory._obj.used = c_ulonglong(1_500_000_000 * handle.value).value
        return 0

    def nvmlDeviceGetPowerUsage(self, handle: Any, power: Any) -> int:  # noqa: N802
        power._obj.value = 251_500
        return 0 if handle.value == 1 else 3

    def nvmlDeviceGetTemperature(self, handle: Any, _: Any, heat: Any) -> int:  # noqa: N802
        heat._obj.value = 61
        return 0 if handle.value == 1 else 3

    def nvmlShutdown(self) -> int:  # noqa: N802
        self.closed += 1
        return 0


class FakeTree(Tree):
    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.looks = 0

    def look(self, parents: dict[int, int]) -> None:
        self.looks += bool(parents)

    def sample(self) -> dict[str, float]:
        return {"system/cpu_process": float(self.pid)}


class FakeMachine(Machine):
    def __init__(self, home: Path) -> None:
        self.home = home
        self.count = 0
        self.trees: list[FakeTree] = []

    def sample(self) -> dict[str, float]:
        self.count += 1
        return {"system/cpu": float(self.count)}

    def parents(self) -> dict[int, int]:
        return {2: 1}

    def tree(self, pid: int) -> Tree:
        self.trees.append(FakeTree(pid))
        return self.trees[-1]


def opened(home: Path, pid: int = 7, **fields: Any) -> tuple[JournalFile, journal.Open]:
    """Return a run as the agent knows it."""
    given: dict[str, Any] = {"run": ids.run_id(lambda: 5_000_000), "us": 5_000_000, "pid": pid} | fields
    first = journal.Open(project="p", writer="w" * 12, name="n", host="box", **given)
    path = journal_root(home) / first.run / f"{first.writer}.j"
    path.parent.mkdir(parents=True)
    return JournalFile(path, first.run, first.writer), first


def samples(home: Path, run: str) -> tuple[list[dict[str, Any]], bool]:
    """Return what was written for a run beside its own journals, and whether it is closed."""
    (path,) = [p for p in (journal_root(home) / run).glob("*.j") if p.stem != "w" * 12]
    data = path.read_bytes()
    batch = decode_batch(data, run=run, writer=path.stem, offset=0, keysets={})
    assert batch.opened is not None
    assert (batch.opened.child, batch.opened.resumed, batch.opened.pid) == (True, True, os.getpid())
    rows = [
        {"step": step, **dict(zip(item.keys, values, strict=True))}
        for item in batch.items
        if isinstance(item, Frame)
        for step, values in zip(item.step.tolist(), item.values.T.tolist(), strict=True)
    ]
    return rows, journal.read_closing(path) is not None


class Agents:
    """A sampler on clocks that a test moves."""

    def __init__(self, home: Path) -> None:
        self.machines: list[FakeMachine] = []
        self.now_s = 100.0
        self.sampler = Sampler(home, lambda: int((self.now_s - 95) * 1e6), lambda: self.now_s, self._machine)

    def _machine(self, home: Path) -> FakeMachine:
        self.machines.append(FakeMachine(home))
        return self.machines[-1]

    def pass_s(self, seconds: float, running: Sequence[tuple[JournalFile, journal.Open]]) -> None:
        """Let time pass in quarters of a second."""
        for _ in range(int(4 * seconds)):
            self.now_s += 0.25
            self.sampler.tick(running)


def test_each_run_is_sampled_once_a_second_until_it_ends(home: Path) -> None:
    one, two, child = opened(home, 7), opened(home, 8), opened(home, 9, child=True)
    agent = Agents(home)
    agent.pass_s(5, [child])
    assert agent.machines == []
    agent.now_s = 100.0
    agent.sampler.tick([one, child])
    agent.pass_s(2, [one, child])
    agent.pass_s(2, [one, two])
    agent.pass_s(2, [two])
    agent.sampler.close()
    rows = [{"step": n, "system/cpu": float(n), "system/cpu_process": 7.0} for n in range(1, 5)]
    assert samples(home, one[0].run) == (rows, True)
    rows = [{"step": n, "system/cpu": float(n), "system/cpu_process": 8.0} for n in range(3, 7)]
    assert samples(home, two[0].run) == (rows, True)
    assert not list((journal_root(home) / child[0].run).glob("*.j"))
    assert [tree.looks for machine in agent.machines for tree in machine.trees] == [1, 1]


def test_samples_go_where_the_run_goes(home: Path) -> None:
    run = opened(home, rank=2)
    run[0].beside(".to").write_bytes(b'{"url": "http://127.0.0.1:1", "token": null}')
    agent = Agents(home)
    agent.sampler.tick([run])
    agent.pass_s(1, [run])
    agent.sampler.close()
    rows, _ = samples(home, run[0].run)
    assert rows == [{"step": 1, "system/cpu@rank2": 1.0, "system/cpu_process@rank2": 7.0}]
    (mine,) = [p for p in run[0].path.parent.glob("*.to") if p.stem != run[0].writer]
    assert mine.read_bytes() == run[0].beside(".to").read_bytes()


def test_a_run_that_goes_on_keeps_counting_its_seconds() -> None:
    made = ids.run_id(lambda: 1_700_000_000_000_000)
    open_ = journal.Open(run=made, project="p", writer="w", name="n", us=1_700_000_500_000_000)
    assert began_us(open_) == 1_700_000_500_000_000
    resumed = journal.Open(run=made, project="p", writer="w", name="n", us=1_700_000_500_000_000, resumed=True)
    assert began_us(resumed) == 1_700_000_000_000_000
    foreign = journal.Open(run="zzzzzzzzzzzzzz", project="p", writer="w", name="n", us=9, resumed=True)
    assert began_us(foreign) == 9


def test_this_machine_tells_what_is_in_use(tmp_path: Path) -> None:
    machine = Machine(tmp_path, Gpus(FakeNvml(1)))
    machine.sample()
    found = machine.sample()
    assert {"system/cpu", "system/memory", "system/disk", "system/gpu/0/power"} <= found.keys()
    assert 0 <= found["system/cpu"] <= 100
    assert 0 < found["system/memory"] < psutil.virtual_memory().total / 1e9
    assert found["system/disk"] > 0
    assert found["system/gpu/0/memory"] == 1.5
    assert "system/disk" not in Machine(tmp_path / "gone", Gpus(FakeNvml(0))).sample()
    assert machine.parents()[os.getpid()] == os.getppid()


def test_what_a_process_began_counts_with_it(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    machine = Machine(tmp_path, Gpus(FakeNvml(0)))
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        tree = machine.tree(process.pid)
        alone = tree.sample()["system/memory_process"]
        tree.look(machine.parents())
        both = tree.sample()
        assert both["system/memory_process"] > 1.5 * alone
        assert both["system/cpu_process"] >= 0
        process.communicate(b"\n")
    assert tree.sample() == {}
    assert machine.tree(process.pid).sample() == {}


def test_gpus_tell_what_they_can() -> None:
    nvml = FakeNvml()
    gpus = Gpus(nvml)
    assert len(gpus) == 2
    assert gpus.sample() == [GpuSample(87.0, 1.5, 251.5, 61.0), GpuSample(87.0, 3.0, None, None)]
    gpus.close()
    gpus.close()
    assert (gpus.sample(), nvml.closed) == ([], 1)


def test_without_a_driver_there_are_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert (len(Gpus()), Gpus().sample(), len(Gpus(FakeNvml(init=9)))) == (0, [], 0)


def test_the_agent_samples_unless_told_not_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.setattr(system, "Machine", FakeMachine)
    monkeypatch.setattr(Sampler.__init__, "__defaults__", (*Sampler.__init__.__defaults__[:2], FakeMachine))  # type: ignore[index]
    run = gnomon.init("p")
    now = [0.0]
    monkeypatch.setenv("GNOMON_SYSTEM", "off")
    silent = Agent(home, clock=lambda: now[0])
    monkeypatch.setenv("GNOMON_SYSTEM", "on")
    agent = Agent(home, clock=lambda: now[0])
    for moment in (0.0, 1.0, 2.0):
        now[0] = moment
        silent.tick()
        agent.tick()
    run.finish()
    now[0] = 3.0
    agent.tick()
    agent.tick()
    files = Listing(journal_root(home)).refresh()
    opens = [found for file in files if (found := journal.read_open(file.path)) is not None]
    assert sorted((found.run, found.child) for found in opens) == [(run.id, False), (run.id, True)]
    assert all(journal.read_closing(file.path) is not None for file in files)
