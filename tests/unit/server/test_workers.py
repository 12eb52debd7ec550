"""Worker processes: real ones, some of which misbehave in every way that user code can."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from starlette.testclient import TestClient
from tests.processes import gone, is_gone, until

import gnomon
from gnomon.core.errors import (
    BusyError,
    CodeError,
    ForbiddenError,
    InputError,
    LimitError,
    MissingExtraError,
    NotFoundError,
    UnavailableError,
    UserCodeError,
)
from gnomon.server import worker_process
from gnomon.server.app import create_app
from gnomon.server.errors import describe
from gnomon.server.settings import ServerSettings
from gnomon.server.worker_process import WorkerLimits
from gnomon.server.workers import Workers
from gnomon.store.home import Home

SOURCE = Path(gnomon.__file__).parents[1]
ODD = """
import os, signal, subprocess, sys, threading
from gnomon.core import errors
from gnomon.models.worker import __main__, methods
from gnomon.models.worker.user_code import user_code

def pid(params, say): return os.getpid()
def echo(params, say): say(0.5, "half"); return params
def die(params, say): os.kill(os.getpid(), getattr(signal, params["signal"]))
def leave(params, say): print("the last words", file=sys.stderr); sys.stderr.flush(); os._exit(3)
def hold(params, say):
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=params["away"])
    say(0.0, str(child.pid))
    threading.Event().wait()
def eat(params, say):
    kept = []
    while True: kept.append(os.urandom(1 << 20))  # slower than anybody looks
def talk(params, say):
    print("x" * 100_000); sys.stdout.flush(); os.system("echo from a shell"); os.write(1, b"and from below\\n")
    return sys.stdin.read()
def fail(params, say):
    made = {"input": lambda: errors.InputError("no", field="a.b"), "missing": lambda: errors.MissingExtraError("get it"),
            "limit": lambda: errors.LimitError("less", field="n"), "code": lambda: errors.CodeError("bad", line=3, column=4),
            "none": lambda: errors.NotFoundError("where"), "memory": MemoryError, "exit": lambda: SystemExit(5),
            "odd": lambda: ZeroDivisionError("ours")}
    raise made[params["as"]]()
def theirs(params, say):
    with user_code("model.py"): exec(compile("def f():\\n    return 1 / 0\\nf()", "model.py", "exec"), {})
def odd(params, say): return object()
def garbage(params, say): os.write(max(int(n) for n in os.listdir("/proc/self/fd") if n.isdigit() and
    os.path.exists(f"/proc/self/fd/{n}") and os.readlink(f"/proc/self/fd/{n}").startswith(("pipe:", "socket:"))), b"\\xff" * 64)

methods.METHODS = {name: f"odd_worker:{name}" for name in
    "pid echo die leave hold eat talk fail theirs odd garbage".split()} | {"worker.about": "gnomon.models.worker.about:about"}
if __name__ == "__main__": __main__.main()
"""


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a worker in place of ours that has other methods."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "odd_worker.py").write_text(ODD)
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{SOURCE}")
    monkeypatch.setattr(worker_process, "MODULE", "odd_worker")


Ask = Callable[..., Awaitable[Any]]


def run(work: Callable[[Workers], Awaitable[None]], tmp_path: Path, **limits: Any) -> None:
    async def go() -> None:
        workers = Workers(tmp_path / "scratch", WorkerLimits(**limits))
        try:
            await work(workers)
        finally:
            await workers.close()
        assert workers.states() == []

    asyncio.run(go())
    assert [each.pid for each in psutil.Process().children() if _is_worker(each)] == []


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "odd_worker" in " ".join(process.cmdline())
    except psutil.Error:  # what another test left behind
        return False


async def ask(workers: Workers, method: str, pool: str = "data", timeout_s: float = 60.0, **params: Any) -> Any:
    return await workers.call(method, params, pool=pool, timeout_s=timeout_s)


@pytest.mark.usefixtures("odd")
def test_one_warm_process_answers_and_tells_how_far_it_is(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        heard: list[tuple[float, str]] = []
        sent = {"a": [1, 2.5, None, "é"], "b": b"\0" * 300_000}
        found = await workers.call("echo", sent, pool="data", timeout_s=60, hear=lambda *told: heard.append(told))
        assert (found, heard) == (sent, [(0.5, "half")])
        first, second = await asyncio.gather(ask(workers, "pid"), ask(workers, "pid"))
        assert first == second
        (state,) = workers.states()
        assert (state.pool, state.pid, state.calls, state.is_busy) == ("data", first, 3, False)
        assert state.memory_bytes > 1 << 20
        other = await ask(workers, "pid", "canvas/a")
        assert other != first
        assert [each.pool for each in workers.states()] == ["canvas/a", "data"]
        assert sorted((tmp_path / "scratch").iterdir()) == []

    run(work, tmp_path)


@pytest.mark.usefixtures("odd")
def test_what_a_method_raises_is_raised_here_and_the_process_goes_on(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        kinds = {"input": InputError, "missing": MissingExtraError, "limit": LimitError, "code": CodeError,
                 "none": NotFoundError, "memory": LimitError, "exit": RuntimeError, "odd": RuntimeError}  # fmt: skip
        told = {}
        for kind, expected in kinds.items():
            with pytest.raises(expected) as caught:
                await ask(workers, "fail", **{"as": kind})
            told[kind] = type(caught.value), str(caught.value).splitlines()[0], getattr(caught.value, "field", "")
        assert told == {
            "input": (InputError, "no", "a.b"),
            "missing": (MissingExtraError, "get it", ""),
            "limit": (LimitError, "less", "n"),
            "code": (CodeError, "bad", "text"),
            "none": (NotFoundError, "where", ""),
            "memory": (LimitError, "MemoryError", ""),
            "exit": (RuntimeError, "fail: SystemExit: 5", ""),
            "odd": (RuntimeError, "fail: ZeroDivisionError: ours", ""),
        }
        with pytest.raises(NotFoundError, match="expected one of die, eat"):
            await ask(workers, "no.such")
        with pytest.raises(RuntimeError, match="odd: TypeError: Encoding objects of type object"):
            await ask(workers, "odd")
        assert workers.states()[0].calls == len(kinds) + 2

    run(work, tmp_path)


@pytest.mark.usefixtures("odd")
def test_what_user_code_raises_names_its_line(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        with pytest.raises(UserCodeError) as caught:
            await ask(workers, "theirs")
        problem = describe(caught.value)
        assert (problem.status, problem.title, problem.detail) == (
            422,
            "The code raised an error",
            "ZeroDivisionError: division by zero",
        )
        assert (problem.file, problem.line) == ("model.py", 2)
        lines = (problem.trace or "").splitlines()
        assert lines[1] == '  File "model.py", line 3, in <module>'
        assert lines[-1] == "ZeroDivisionError: division by zero"

    run(work, tmp_path)


@pytest.mark.usefixtures("odd")
def test_a_process_that_dies_says_how_and_the_next_call_starts_another(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        before = await ask(workers, "pid")
        with pytest.raises(UnavailableError, match=r"die: the worker process was ended by SIGSEGV\. The next call"):
            await ask(workers, "die", signal="SIGSEGV")
        with pytest.raises(UnavailableError, match=r"ended by SIGKILL \(the machine may be out of memory\)"):
            await ask(workers, "die", signal="SIGKILL")
        with pytest.raises(UnavailableError, match=r"ended with status 3.*It last printed: the last words"):
            await ask(workers, "leave")
        assert await ask(workers, "pid") != before

    run(work, tmp_path)


@pytest.mark.usefixtures("odd")
def test_one_that_died_in_its_sleep_is_not_asked(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        before = await ask(workers, "pid")
        os.kill(before, signal.SIGKILL)
        worker = workers._pools["data"].worker
        assert worker is not None
        await until(lambda: not worker.is_alive)
        assert await ask(workers, "pid") != before

    run(work, tmp_path)


@pytest.mark.usefixtures("odd")
def test_one_that_takes_too_much_memory_or_time_is_ended(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        with pytest.raises(LimitError, match="eat: the worker took more than 200 MB of memory and was ended"):
            await ask(workers, "eat")
        with pytest.raises(LimitError, match="hold: the worker was not ready within 0 s and was ended"):
            await ask(workers, "hold", timeout_s=0.1, away=False)
        assert isinstance(await ask(workers, "pid"), int)

    run(work, tmp_path, memory_bytes=200 << 20)


@pytest.mark.usefixtures("odd")
def test_a_call_that_is_cancelled_takes_its_process_and_the_children_with_it(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        begun = asyncio.Event()
        pids: list[int] = []

        def hear(_: float, text: str) -> None:
            pids.append(int(text))
            begun.set()

        call = workers.call("hold", {"away": True}, pool="data", timeout_s=60, hear=hear)
        task = asyncio.create_task(call)
        waiting = asyncio.create_task(ask(workers, "pid"))
        await begun.wait()
        pids.append(workers.states()[0].pid)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await gone(*pids)
        assert await waiting not in pids

    run(work, tmp_path)


@pytest.mark.usefixtures("odd")
def test_prints_of_user_code_do_not_break_the_conversation(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        assert await ask(workers, "talk") == ""
        assert await ask(workers, "echo", a=1) == {"a": 1}

    run(work, tmp_path)


@pytest.mark.usefixtures("odd")
def test_one_that_does_not_speak_our_language_is_ended(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        before = await ask(workers, "pid")
        with pytest.raises(UnavailableError, match="garbage: the worker process was ended by SIGKILL"):
            await ask(workers, "garbage")
        assert await ask(workers, "pid") != before

    if not Path("/proc/self/fd").exists():
        pytest.skip("finds the private end through /proc")
    run(work, tmp_path)


@pytest.mark.usefixtures("odd")
def test_there_are_only_so_many_and_the_longest_unused_makes_room(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        first = await ask(workers, "pid", "a")
        await ask(workers, "pid", "b")
        assert await ask(workers, "pid", "a") == first
        await ask(workers, "pid", "c")
        assert [each.pool for each in workers.states()] == ["a", "c"]

    run(work, tmp_path, most=2)


@pytest.mark.usefixtures("odd")
def test_one_that_nobody_asks_anything_is_ended(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        pid = await ask(workers, "pid")
        await gone(pid)
        await until(lambda: not workers.states())
        await ask(workers, "pid", "b")
        await workers.end("b")
        await workers.end("none")

    run(work, tmp_path, idle_s=0.0)


@pytest.mark.usefixtures("odd")
def test_a_queue_that_is_too_long_is_told(tmp_path: Path) -> None:
    async def work(workers: Workers) -> None:
        tasks = [asyncio.create_task(ask(workers, "pid")) for _ in range(4)]
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in ended] == [int, int, int, BusyError]
        assert str(ended[-1]) == "3 calls wait for the worker data. Ask again in a moment."

    run(work, tmp_path, max_waiting=2)


def test_a_server_that_is_killed_leaves_no_worker(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from gnomon.server.workers import Workers\n"
        "async def go():\n"
        "    found = await Workers(Path(sys.argv[1])).call('worker.about', {}, pool='data', timeout_s=60)\n"
        "    print(found['pid'], flush=True); await asyncio.Event().wait()\n"
        "asyncio.run(go())"
    )
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, cwd=SOURCE) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        assert not is_gone(pid)
        server.kill()
        asyncio.run(gone(pid))


def test_code_of_users_runs_on_loopback_unless_told_otherwise(tmp_path: Path) -> None:
    away = ServerSettings(host="0.0.0.0", token="t" * 16)
    assert [each.runs_code for each in (ServerSettings(), away, replace(away, allow_code=True))] == [True, False, True]
    assert away.why_no_code == (
        "code: this server runs no code of users, for other machines can reach it. "
        "Start it with `gnomon up --allow-code` to let it."
    )
    off = ServerSettings(allow_code=False)
    assert "for it was started with --no-code" in off.why_no_code

    async def work(workers: Workers) -> None:
        shut = Workers(tmp_path, allow_code=False, why_not=off.why_no_code)
        with pytest.raises(ForbiddenError) as caught:
            await shut.call("worker.about", {}, pool="data", timeout_s=60, code=True)
        problem = describe(caught.value)
        assert (problem.status, problem.title, problem.detail) == (403, "Not allowed on this server", off.why_no_code)
        assert shut.states() == []
        workers.check_code()

    run(work, tmp_path)


def test_the_page_reads_what_may_run_and_what_is_installed(lab: Home, settings: ServerSettings) -> None:
    shut = replace(settings, allow_code=False)
    with TestClient(create_app(lab, shut), base_url="http://127.0.0.1:7000") as client:
        found = client.get("/api/v1/workers").json()
    frameworks = found.pop("frameworks")
    assert found == {"allow_code": False, "why_not": shut.why_no_code, "workers": []}
    assert set(frameworks) <= {"torch", "keras", "tensorflow", "jax", "onnx", "onnxruntime"}
