"""The agent with real trainers and a real server that comes and goes."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

import gnomon
from gnomon.cli.checkup import examine
from gnomon.core.folder import journal_root
from gnomon.sdk.shipper import Destination, sync
from gnomon.sdk.spawn import AgentLock

SERVER = """
import sys, pathlib
from gnomon.server.run import serve
from gnomon.store.home import Home
with Home.open(pathlib.Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", int(sys.argv[2]), token=sys.argv[3] or None, on_ready=lambda url: print(url, flush=True))
"""

TRAINER = """
import sys, time
import gnomon
run = gnomon.init("shipped", "net", config={"lr": 0.1})
print(run.id, flush=True)
for i in range(int(sys.argv[1])):
    run.log({"loss": 1 / (i + 1)}, step=i)
print("logged", flush=True)
sys.stdin.readline()
run.finish()
"""


class Server:
    """A gnomon server in a process of its own, on a port that stays the same."""

    def __init__(self, home: Path, token: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home, self.token = home, token
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        arguments = [sys.executable, "-c", SERVER, str(self.home), str(self.port), self.token]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("http://127.0.0.1:")

    def stop(self, sign: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(sign)
            self.process.communicate()
            self.process = None

    def get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        with urlopen(Request(self.url + path, headers=headers)) as answer:
            return json.loads(answer.read())

    def values(self, run: str, key: str = "loss") -> list[float]:
        return self.get(f"/api/v1/runs/{run}/series/{key}?limit=100000")["value"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server")
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def agents(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let agents start, and end those of this test's home."""
    monkeypatch.delenv("GNOMON_AGENT", raising=False)
    yield
    if home.exists() and not is_free(home):
        until(lambda: "pid" in state(home))
        with suppress(ProcessLookupError):
            os.kill(state(home)["pid"], signal.SIGTERM)


def until(happened: Callable[[], object], timeout_s: float = 60.0) -> None:
    """Wait for something that another process does and tells nobody of."""
    give_up = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def state(home: Path) -> dict[str, Any]:
    """Return what the agent says of itself; nothing while it has said nothing."""
    try:
        return json.loads((home / "agent.json").read_bytes())
    except FileNotFoundError:
        return {}


def is_free(home: Path) -> bool:
    """Tell whether there is no agent."""
    lock = AgentLock(home)
    try:
        return lock.acquire()
    finally:
        lock.release()


def is_empty(home: Path) -> bool:
    return not any(journal_root(home).iterdir())


def test_finish_returns_when_the_server_has_everything(server: Server, home: Path) -> None:
    server.start()
    run = gnomon.init("p", config={"lr": 0.1}, url=server.url)
    for i in range(1000):
        run.log({"loss": float(i)})
    run.finish()
    found = server.get(f"/api/v1/runs/{run.id}")
    assert (found["state"], found["project"], found["config"]) == ("finished", "p", {"lr": 0.1})
    assert server.values(run.id) == [float(i) for i in range(1000)]
    until(lambda: is_empty(home))


def test_a_server_that_is_down_holds_up_nothing_and_gets_everything_once_when_it_is_back(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("gnomon.sdk.run.FINISH_S", 0.5)
    run = gnomon.init("p", url=server.url)
    for i in range(1000):
        run.log({"loss": float(i)})
    run.finish()
    assert caplog.messages == [f"Run {run.name} is not yet on {server.url}; it goes on in the background."]
    until(lambda: "cannot be reached" in str(state(home).get("servers")))
    server.start()
    until(lambda: is_empty(home))
    assert server.values(run.id) == [float(i) for i in range(1000)]


def test_training_goes_on_while_the_server_is_away_for_a_minute_and_nothing_is_lost(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_URL", server.url)
    outage_s = 60.0 if os.environ.get("GNOMON_TRIALS") == "full" else 0.5
    server.start()
    run = gnomon.init("p")
    run.log({"loss": 0.0}, step=0)
    until(lambda: bool(server.get("/api/v1/projects")["projects"]))
    server.stop()
    count, back_at, pace = 1, time.monotonic() + outage_s, threading.Event()
    while time.monotonic() < back_at:
        run.log({"loss": float(count)}, step=count)
        count += 1
        pace.wait(0.001)
    server.start()
    run.finish()
    until(lambda: is_empty(home))
    assert server.values(run.id) == [float(i) for i in range(count)]
    assert server.get(f"/api/v1/runs/{run.id}")["dropped"] == 0


def test_a_server_killed_in_the_middle_again_and_again_stores_each_value_once(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_URL", server.url)
    server.start()
    run = gnomon.init("p")
    count = 0
    for _ in range(4 if os.environ.get("GNOMON_TRIALS") == "full" else 2):
        for _ in range(20_000):
            run.log({"loss": float(count)}, step=count)
            count += 1
        server.stop()
        server.start()
    run.finish()
    until(lambda: is_empty(home))
    assert server.get(f"/api/v1/runs/{run.id}")["state"] == "finished"
    found = server.get(f"/api/v1/runs/{run.id}/series?limit=10")["series"][0]
    assert (found["n"], found["last"], found["mean"]) == (count, count - 1, (count - 1) / 2)


def test_a_trainer_killed_before_it_finished_is_shipped_and_marked_killed(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_URL", server.url)
    trainer = subprocess.Popen(
        [sys.executable, "-c", TRAINER, "500"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert trainer.stdout is not None
    run = trainer.stdout.readline().strip()
    assert trainer.stdout.readline() == "logged\n"
    trainer.kill()
    trainer.communicate()
    server.start()
    until(lambda: is_empty(home))
    found = server.get(f"/api/v1/runs/{run}")
    assert (found["state"], found["error"]) == (
        "killed",
        f"process {trainer.pid} on {socket.gethostname()} is gone without a word",
    )
    assert server.values(run) == [1 / (i + 1) for i in range(500)]


def test_a_wrong_token_is_shown_and_nothing_is_lost(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(tmp_path / "server", token="right-token-of-some-length")
    server.start()
    try:
        monkeypatch.setattr("gnomon.sdk.run.FINISH_S", 0.1)
        monkeypatch.setenv("GNOMON_TOKEN", "wrong")
        run = gnomon.init("p", url=server.url)
        run.log({"loss": 0.5})
        run.finish()
        until(lambda: "Check GNOMON_URL and GNOMON_TOKEN" in str(state(home).get("servers")))
        assert not is_empty(home)
        [trouble] = examine(home, lambda: gnomon.connect(home=home))["troubles"]
        assert trouble.startswith(f"The server at {server.url} answered 401 A token is needed")
        later = gnomon.init("p", url=server.url)
        later.finish()
        assert f"Run {later.name} is not yet on {server.url}; it goes on in the background. {trouble}" in caplog.text
        shipped = sync(home, fallback=Destination(server.url, "right-token-of-some-length"))
        assert (shipped.journals, shipped.bytes_left, shipped.refused, is_empty(home)) == (2, 0, (), True)
        assert server.values(run.id) == [0.5]
    finally:
        server.stop()


def test_every_run_of_a_home_shares_one_agent(home: Path) -> None:
    runs = [gnomon.init(f"p{n}") for n in range(3)]
    until(lambda: "pid" in state(home))
    second = subprocess.run(
        [sys.executable, "-m", "gnomon.sdk.agent", "--home", str(home)], capture_output=True, check=False
    )
    assert (second.returncode, second.stderr) == (0, b"")
    for run in runs:
        run.finish()
    assert (home / "agent.log").read_text() == ""


def test_an_agent_stays_while_a_run_lives_and_goes_when_nothing_is_left(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    run = gnomon.init()
    agent = subprocess.Popen([sys.executable, "-m", "gnomon.sdk.agent", "--home", str(home), "--idle", "0.3"])
    until(lambda: state(home).get("pid") == agent.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        agent.wait(1.5)
    run.finish()
    assert agent.wait(60) == 0
    assert is_free(home)


def test_a_trainer_killed_without_a_server_is_marked_for_the_one_that_reads_it_later(home: Path) -> None:
    from gnomon.store.home import Home

    trainer = subprocess.Popen([sys.executable, "-c", TRAINER, "10"], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert trainer.stdout is not None
    run = trainer.stdout.readline().decode().strip()
    trainer.kill()
    trainer.communicate()
    until(lambda: len(list(journal_root(home).rglob("*.j"))) == 2)
    with Home.open(home) as lab:
        assert lab.drain()
        assert (lab.engine.run(run).state, lab.troubles()) == ("killed", [])
