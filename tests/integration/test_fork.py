"""Forked and spawned workers share a run with their parent, and neither loses nor breaks anything of the other."""

import multiprocessing
import os
import sys
import threading
from pathlib import Path

import pytest

import gnomon
from gnomon.store.home import Home


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def stored(home: Path, key: str) -> list[float]:
    """Return the values of a key of the only run, sorted, and check that it ended well."""
    with Home.open(home) as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        assert (run.state, run.dropped, lab.troubles()) == ("finished", 0, [])
        return sorted(lab.engine.points(run.id, key).value.tolist())


def test_parent_and_child_log_on_after_a_fork(home: Path) -> None:
    run = gnomon.init()
    run.log({"x": 0.0})
    child = os.fork()
    if child == 0:
        for i in range(100):
            gnomon.log({"x": 1000.0 + i}, step=i)
        run.finish()
        os._exit(0)
    for i in range(1, 100):
        run.log({"x": float(i)}, step=i)
    assert os.waitpid(child, 0)[1] == 0
    run.log({"x": 100.0})
    run.finish()
    assert stored(home, "x") == [float(i) for i in range(101)] + [1000.0 + i for i in range(100)]


def test_a_fork_while_another_thread_is_inside_log_does_not_deadlock(home: Path) -> None:
    run, stop = gnomon.init(), threading.Event()

    def work() -> None:
        step = 0
        while not stop.is_set():
            run.log({"x": -1.0}, step=step)
            step += 1

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    codes = []
    for i in range(20):
        child = os.fork()
        if child == 0:
            run.log({"x": float(i)})
            os._exit(0)
        codes.append(os.waitpid(child, 0)[1])
    stop.set()
    for thread in threads:
        thread.join()
    run.finish()
    assert codes == [0] * 20
    assert [v for v in stored(home, "x") if v >= 0] == [float(i) for i in range(20)]


def test_a_child_that_ends_badly_does_not_fail_the_run(home: Path) -> None:
    run = gnomon.init()
    child = os.fork()
    if child == 0:
        try:
            run.log({"x": 1.0})
            run.__exit__(ValueError, ValueError("bad batch"), None)
        finally:
            os._exit(1)
    os.waitpid(child, 0)
    run.log({"x": 2.0})
    run.finish()
    with Home.open(home) as lab:
        assert lab.drain()
        [info] = lab.engine.runs()
        assert (info.state, info.error) == ("finished", "worker: ValueError: bad batch")


def test_a_child_that_never_logs_leaves_no_file(home: Path) -> None:
    run = gnomon.init()
    child = os.fork()
    if child == 0:
        run.finish()
        os._exit(0)
    os.waitpid(child, 0)
    assert len(list(home.rglob("*.j"))) == 1
    run.finish()


def work(run: gnomon.Run, worker: int) -> int:
    """Log as a data loader's worker does: for itself, into the run it was given."""
    for i in range(50):
        run.log({"load_ms": worker * 1000.0 + i}, step=i)
    return os.getpid()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_every_start_method_log_into_the_run(method: str, home: Path) -> None:
    context = multiprocessing.get_context(method)
    with gnomon.init() as run:
        with context.Pool(3) as pool:
            pids = pool.starmap(work, [(run, n) for n in range(6)])
            pool.close()
            pool.join()
        assert os.getpid() not in pids
        run.log({"load_ms": -1.0})
    assert stored(home, "load_ms") == [-1.0] + [n * 1000.0 + i for n in range(6) for i in range(50)]


def test_an_uncaught_exception_fails_the_run_with_its_last_line(home: Path) -> None:
    import subprocess

    code = "import gnomon\nrun = gnomon.init()\nrun.log({'x': 1})\nraise ValueError('diverged at step 7')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "ValueError: diverged at step 7")
    with Home.open(home) as lab:
        assert lab.drain()
        [info] = lab.engine.runs()
        assert (info.state, info.error) == ("failed", "ValueError: diverged at step 7")


def test_a_script_that_simply_ends_has_finished(home: Path) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", "import gnomon; gnomon.init().log({'x': 1})"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert stored(home, "x") == [1.0]
