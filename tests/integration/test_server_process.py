"""The server as a process of its own: killed, doubled, slow to be read, and attacked through its sockets."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from gnomon.core import ids, journal
from gnomon.store.home import Home

ROOT = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from gnomon.server.run import serve
from gnomon.store.home import Home
with Home.open(Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", 0, on_ready=lambda url: print(url, flush=True))
print("closed", flush=True)
"""


def trials(sample: int, full: int) -> int:
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


UPGRADE = (
    b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Server:
    """A server process on a free port."""

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        command = [sys.executable, "-c", SERVE, str(home)]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), self.process.communicate()[1]
        self.client = httpx.Client(base_url=self.url, timeout=30)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self, number: int = signal.SIGTERM) -> tuple[str, str]:
        self.client.close()
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)

    def ingest(self, *lines: dict[str, object]) -> dict[str, Any]:
        answer = self.client.post("/api/v1/ingest", json=list(lines))
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def memory_mb(self) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    server = Server(home)
    try:
        yield server
    finally:
        server.client.close()
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    with serving(home) as made:
        yield made


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_while_an_event_stream_is_open(home: Path, number: int) -> None:
    with (
        serving(home) as server,
        httpx.stream("GET", f"{server.url}/api/v1/events", params={"project": "*"}, timeout=30) as stream,
    ):
        lines = stream.iter_lines()
        while not next(lines).startswith("data: "):
            pass
        out, err = server.stop(number)
        assert (out, err, server.process.returncode) == ("closed\n", "", 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_with_everything_stored(home: Path, number: int) -> None:
    with serving(home) as server:
        run = server.ingest({"run": "r", "step": 1, "loss": 2})["runs"][0]
        with connect(server.url.replace("http", "ws") + "/api/v1/live") as tab:
            assert json.loads(tab.recv())["type"] == "hello"
            out, err = server.stop(number)
        assert (out, err, server.process.returncode) == ("closed\n", "", 0)
    with Home.open(home) as lab:
        assert lab.engine.points(run, "loss").value.tolist() == [2]


def test_a_second_server_on_one_home_refuses_and_names_the_first(home: Path, server: Server) -> None:
    command = [sys.executable, "-c", SERVE, str(home)]
    second = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False
    )
    assert second.returncode != 0
    assert f"process {server.process.pid}" in second.stderr
    assert server.url in second.stderr
    assert server.ingest({"run": "r", "loss": 1})["accepted"] == 1


class Poster(threading.Thread):
    """Posts lines of its own run, one after the other, and remembers which were acknowledged."""

    def __init__(self, url: str, number: int, tell: Callable[[int], None]) -> None:
        super().__init__()
        self.url, self.name_of_run, self.tell = url, f"run-{number}", tell
        self.acknowledged: list[int] = []

    def run(self) -> None:
        step = 0
        with httpx.Client(base_url=self.url, timeout=30) as client:
            while True:
                lines = [{"run": self.name_of_run, "step": step + i, "loss": float(step + i)} for i in range(5)]
                try:
                    answer = client.post("/api/v1/ingest", json=lines)
                except httpx.HTTPError:
                    return
                if answer.status_code == 200:
                    self.acknowledged += [line["step"] for line in lines]
                    self.tell(5)
                step += 5


@pytest.mark.slow
@pytest.mark.parametrize("trial", range(trials(2, 20)))
def test_no_acknowledged_point_is_lost_when_the_server_is_killed(home: Path, trial: int) -> None:
    enough = threading.Event()
    count = 0
    wanted = random.Random(trial).randint(40, 400)

    def tell(more: int) -> None:
        nonlocal count
        count += more
        if count >= wanted:
            enough.set()

    with serving(home) as server:
        posters = [Poster(server.url, number, tell) for number in range(6)]
        for poster in posters:
            poster.start()
        assert enough.wait(60)
        server.kill()
        for poster in posters:
            poster.join(60)
    with serving(home) as server:
        page = server.client.post("/api/v1/runs:query", json={}).json()
        runs = {row["name"]: row["id"] for row in page["runs"]}
        for poster in posters:
            if not poster.acknowledged:
                continue
            stored = server.client.get(f"/api/v1/runs/{runs[poster.name_of_run]}/series/loss").json()
            assert set(poster.acknowledged) <= set(stored["step"])
            assert stored["value"] == [float(step) for step in stored["step"]]
            assert stored["step"] == list(range(len(stored["step"])))


def test_a_journal_shipped_twice_around_a_kill_is_stored_once(home: Path) -> None:
    run, writer = ids.run_id(), ids.writer_id()
    layout = journal.Layout(0, 1)
    first = journal.Open(run=run, project="p", writer=writer, name="r", us=1)
    head = journal.encode(journal.OPEN, first) + journal.encode(journal.KEYS, 0, ["loss"])
    body = head + b"".join(layout.record(step, 1, (float(step),)) for step in range(1000))
    url = f"/api/v1/journals/{run}/{writer}"
    kind = {"content-type": "application/octet-stream"}
    with serving(home) as server:
        half = server.client.post(url, params={"offset": 0}, content=body[: len(body) // 2], headers=kind).json()[
            "offset"
        ]
        server.kill()
    with serving(home) as server:
        assert server.client.get(url).json() == {"offset": half}
        for _ in range(2):
            answer = server.client.post(url, params={"offset": 0}, content=body, headers=kind)
            assert answer.json() == {"offset": len(body)}
        points = server.client.get(f"/api/v1/runs/{run}/series/loss").json()
        assert points["step"] == list(range(1000))


def test_sixty_four_writers_at_once_lose_and_mix_nothing(server: Server) -> None:
    def write(number: int) -> None:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            for batch in range(3):
                lines = [{"run": "shared", "writer": f"w{number}", "batch": batch, f"k{number}": batch, "step": batch}]
                lines.append({"run": f"own-{number}", "columns": {"v": [batch, batch]}})
                answer = client.post("/api/v1/ingest", json=lines).json()
                assert (answer["accepted"], answer["errors"]) == (2, [])

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(write, range(64)))
    runs = {r["name"]: r["id"] for r in server.client.post("/api/v1/runs:query", json={"limit": 100}).json()["runs"]}
    series = server.client.get(f"/api/v1/runs/{runs['shared']}/series").json()["series"]
    assert len(runs) == 65
    assert {s["key"]: (s["n"], s["last"]) for s in series} == {f"k{n}": (3, 2.0) for n in range(64)}
    own = server.client.get(f"/api/v1/runs/{runs['own-7']}/series/v").json()
    assert (own["step"], own["value"]) == (list(range(6)), [0, 0, 1, 1, 2, 2])


def raw(port: int, data: bytes) -> bytes:
    """Send bytes and read until the server closes or answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(data)
        return connection.recv(65_536)


def test_malformed_requests_are_answered_or_closed_and_others_still_served(server: Server) -> None:
    attacks = [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: nonsense\r\n\r\n",
        b"POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999999999\r\n\r\n",
        b"POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        UPGRADE.replace(b"localhost", b"evil.example"),
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ]
    for attack in attacks:
        try:
            answer = raw(server.port, attack)
        except ConnectionError:
            continue
        assert answer == b"" or int(answer.split(b" ", 2)[1]) >= 400, (attack[:80], answer[:80])
        assert b"Traceback" not in answer
    assert server.client.get("/health").status_code == 200


def test_a_body_without_end_is_cut_off_in_bounded_memory(server: Server) -> None:
    before = server.memory_mb()
    head = b"POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head)
        sent = 0
        try:
            while sent < 200:
                connection.sendall(piece)
                sent += 1
        except ConnectionError:
            pass
    assert 32 <= sent < 200
    assert server.memory_mb() < before + 150
    assert server.client.get("/health").status_code == 200


def test_idle_sockets_do_not_keep_others_from_being_served(server: Server) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(500)]
    try:
        for connection in idle[::2]:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: ")
        assert server.ingest({"run": "r", "loss": 1})["accepted"] == 1
    finally:
        for connection in idle:
            connection.close()


def test_a_huge_websocket_message_closes_that_tab_only(server: Server) -> None:
    with connect(server.url.replace("http", "ws") + "/api/v1/live", max_size=None) as tab:
        tab.recv()
        # Only its header goes out: with 4 MB on the way, the reset could overtake the frame that says why.
        tab.socket.sendall(b"\x81\xff" + (4 << 20).to_bytes(8, "big") + b"\0\0\0\0")
        with pytest.raises(ConnectionClosed) as closed:
            tab.recv(timeout=30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    assert server.client.get("/health").status_code == 200


def test_a_tab_that_never_reads_slows_nobody_and_costs_bounded_memory(server: Server) -> None:
    run = server.ingest({"project": "p", "run": "r", "step": 0, "loss": 1})["runs"][0]
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as deaf,
        connect(server.url.replace("http", "ws") + "/api/v1/live") as good,
    ):
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(UPGRADE)
        assert b" 101 " in deaf.recv(4096)
        wish = json.dumps({"op": "watch", "projects": "*", "runs": {run: "*"}}).encode()
        assert len(wish) < 126
        deaf.sendall(bytes([0x81, 0x80 | len(wish), 0, 0, 0, 0]) + wish)
        good.send(wish.decode())
        before = server.memory_mb()
        columns = {f"k{i}": list(range(2000)) for i in range(20)}
        for _ in range(100):
            assert server.ingest({"project": "p", "run": "r", "columns": columns})["points"] == 40_000
        last = 100 * 2000
        while True:  # the tab that reads hears of the end, whatever the deaf one does
            frame = json.loads(good.recv(timeout=30))
            if frame["type"] == "points" and frame["series"].get("k0", {}).get("step", [0])[-1] == last:
                break
        assert server.memory_mb() < before + 250


def test_values_written_before_the_server_started_are_there_when_it_answers(home: Path) -> None:
    with serving(home) as server:
        server.ingest(*({"run": "r", "step": step, "loss": step} for step in range(100)))
        server.kill()
    with serving(home) as server:
        run = server.client.post("/api/v1/runs:query", json={}).json()["runs"][0]
        assert (run["name"], run["last_step"]) == ("r", 99)
        assert server.ingest({"run": "r", "loss": 5})["runs"] == [run["id"]]
        assert server.client.get(f"/api/v1/runs/{run['id']}").json()["last_step"] == 100


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another process can be moved on Linux only")
def test_when_the_disk_is_full_writes_fail_reads_go_on_and_storing_resumes_when_space_returns(home: Path) -> None:
    import resource

    with serving(home) as server:
        run = server.ingest({"run": "r", "step": 0, "loss": 0})["runs"][0]
        unlimited = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        size = max(path.stat().st_size for path in home.iterdir())
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + 200_000, unlimited[1]))
        acknowledged, status, step = 1, 200, 1
        while status == 200:
            columns = {"step": list(range(step, step + 1000)), "loss": [random.random() for _ in range(1000)]}
            answer = server.client.post("/api/v1/ingest", json={"run": "r", "columns": columns})
            status = answer.status_code
            acknowledged += 1000 * (status == 200)
            step += 1000
        assert (status, answer.headers["content-type"]) == (507, "application/problem+json")
        assert server.client.get("/health").status_code == 503
        assert server.client.get(f"/api/v1/runs/{run}/series/loss?limit=1").json()["step"] == [0]
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert server.ingest({"run": "r", "step": step, "loss": 1})["accepted"] == 1
        assert server.client.get("/health").json() == {"ok": True, "detail": None}
        stored = server.client.get(f"/api/v1/runs/{run}/series/loss?limit=1000000").json()["step"]
        assert stored == [*range(acknowledged), step]


def sockets(server: Server) -> int:
    lines = server.client.get("/metrics").text.splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("gnomon_sockets ")))


def test_events_stream_to_tools_and_a_reader_that_leaves_is_forgotten(server: Server) -> None:
    run = server.ingest({"project": "p", "run": "r", "step": 0, "loss": 1})["runs"][0]
    frames: list[dict[str, Any]] = []
    with httpx.stream("GET", f"{server.url}/api/v1/events", params={"project": "p", "run": run}, timeout=30) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                frames.append(json.loads(line[6:]))
            if len(frames) == 1 and line.startswith("data: "):
                assert sockets(server) == 1
                server.ingest({"project": "p", "run": "r", "step": 1, "loss": 2})
            if frames and frames[-1]["type"] == "points":
                break
    assert [frame["type"] for frame in frames[:1] + frames[-1:]] == ["hello", "points"]
    with httpx.stream(
        "GET",
        f"{server.url}/api/v1/events",
        params={"run": run},
        headers={"last-event-id": frames[0]["cursor"]},
        timeout=30,
    ) as stream:
        again = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        points = next(frame for frame in again if frame["type"] == "points")
        assert points["series"]["loss"]["step"][0] == 1
    while sockets(server):  # the test's own timeout ends a wait in vain
        server.ingest({"project": "p", "run": "r", "loss": 3})


def test_many_tabs_all_hear_of_the_last_value(server: Server) -> None:
    run = server.ingest({"project": "p", "run": "r", "step": 0, "loss": 1})["runs"][0]
    wish = json.dumps({"op": "watch", "projects": ["p"], "runs": {run: ["loss"]}})
    with ExitStack() as stack:
        url = server.url.replace("http", "ws") + "/api/v1/live"
        tabs = [stack.enter_context(connect(url)) for _ in range(40)]
        for tab in tabs:
            tab.send(wish)
            assert [json.loads(tab.recv(timeout=30))["type"] for _ in range(2)] == ["hello", "hello"]
        for step in range(1, 51):
            server.ingest({"project": "p", "run": "r", "step": step, "loss": step})
        for tab in tabs:
            steps: list[int] = []
            while not steps or steps[-1] != 50:
                frame = json.loads(tab.recv(timeout=30))
                steps += frame["series"]["loss"]["step"] if frame["type"] == "points" else []
            assert steps == list(range(1, 51))
