"""Media on its way: trainers, agents and servers die at the worst moment, disks are full, and every byte is there."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest

import gnomon
from gnomon.core.folder import STAGED, journal_root
from gnomon.core.journal import INLINE_BYTES
from gnomon.sdk.shipper import sync
from gnomon.store.home import Home

TRAINER = """
import mmap, os, sys
import numpy as np
import gnomon
run = gnomon.init("media", home=sys.argv[1])
counter = mmap.mmap(os.open(sys.argv[2], os.O_RDWR), 8)
i = 0
while True:
    size = (5 << 20) if i % 8 == 5 else 60_000
    run.log({"x": np.full(size // 8, i, np.int64)}, step=i)
    i += 1
    counter[0:8] = i.to_bytes(8, "little")
"""

SERVER = """
import sys, pathlib
from gnomon.server.run import serve
from gnomon.store.home import Home
with Home.open(pathlib.Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", int(sys.argv[2]), on_ready=lambda url: print(url, flush=True))
"""

# An agent that is killed with the request of a kind that is next: before it is sent, or when it has been answered.
DYING_AGENT = """
import os, sys
from gnomon.sdk import agent, link
moment, after = sys.argv[2], sys.argv[3] == "after"
exchange = link.Link._exchange
def deadly(self, method, *rest):
    answer = exchange(self, method, *rest) if after or method != moment else None
    if method == moment:
        os.kill(os.getpid(), 9)
    return answer
link.Link._exchange = deadly
agent.main(["--home", sys.argv[1]])
"""


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def trials(sample: int, full: int) -> int:
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


def expected(step: int) -> bytes:
    """Return what the trainer logs at a step."""
    return np.full(((5 << 20) if step % 8 == 5 else 60_000) // 8, step, np.int64).tobytes()


@pytest.mark.parametrize("trial", range(trials(3, 30)))
def test_kill_9_while_media_is_logged_loses_no_call_that_returned(
    trial: int, home: Path, killed: Callable[[str, int], int]
) -> None:
    returned = killed(TRAINER, random.Random(trial).randrange(1, 40))
    with Home.open(home) as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        found = lab.engine.records(run.id, "x")
        assert len(found) in (returned, returned + 1)
        assert [record.step for record in found] == list(range(len(found)))
        assert all(lab.engine.payload(run.id, record.id) == expected(record.step) for record in found)
        assert (run.state, run.dropped, lab.troubles()) == ("killed", 0, [])
    assert list(journal_root(home).iterdir()) == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root; the limit on file sizes is tested below")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def read(home: Path, elsewhere: Path, key: str) -> tuple[list[int], int]:
    """Return the steps of whole records and what was dropped, from a copy on a disk with room."""
    shutil.copytree(home, elsewhere)
    with Home.open(elsewhere) as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        found = lab.engine.records(run.id, key)
        for record in found:
            payload = np.frombuffer(lab.engine.payload(run.id, record.id), np.int64)
            assert (payload == record.step).all()
        assert lab.troubles() == []
        return [record.step for record in found], run.dropped


def test_a_full_disk_costs_the_media_that_did_not_fit_and_nothing_else(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(bytes(12 << 20))
    run = gnomon.init(home=small / "home")
    for i in range(4):
        run.log({"x": np.full((5 << 20) // 8, i, np.int64)}, step=i)
    dropped = run.dropped
    assert 0 < dropped < 4
    ballast.unlink()
    for i in range(4, 6):
        run.log({"x": np.full((5 << 20) // 8, i, np.int64)}, step=i)
    run.finish()
    kept = [*range(4 - dropped), 4, 5]
    assert read(small / "home", tmp_path / "copy", "x") == (kept, dropped)
    assert [message.partition("received: ")[2] for message in caplog.messages] == [
        "No space left on device. Free some space; logging goes on by itself."
    ]


def test_files_larger_than_the_limit_are_counted_and_smaller_ones_are_kept(home: Path, tmp_path: Path) -> None:
    limited = """
import resource, sys
import numpy as np
import gnomon
resource.setrlimit(resource.RLIMIT_FSIZE, (5 << 20, 5 << 20))
run = gnomon.init(home=sys.argv[1])
for i in range(3):
    run.log({"x": np.full(1000, i, np.int64), "large": np.zeros((6 << 20) // 8, np.int64)}, step=i)
run.finish()
"""
    done = subprocess.run([sys.executable, "-c", limited, str(home)], capture_output=True, check=True, text=True)
    assert "Raise the limit on file sizes (ulimit -f)." in done.stderr
    assert list(journal_root(home).glob(f"*/{STAGED}/*")) == []
    assert read(home, tmp_path / "copy", "x") == ([0, 1, 2], 3)


class Server:
    """A gnomon server in a process of its own, on a port that stays the same."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home, self.url = home, f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", SERVER, str(self.home), str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("http://")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def has(self, blob: str) -> bool:
        try:
            with urlopen(Request(f"{self.url}/api/v1/blobs/{blob}", method="HEAD")) as answer:
                return bool(answer.status == 200)
        except HTTPError:
            return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server")
    server.start()
    yield server
    server.kill()


def written(home: Path, url: str | None, n: int = 3) -> tuple[str, list[str]]:
    """Log tensors that are staged; return the run, and the names of the files."""
    with gnomon.init("p", home=home, url=url, mode="online" if url else "offline") as run:
        for i in range(n):
            run.log({"x": np.full(INLINE_BYTES // 8 + 1, i, np.int64)}, step=i)
    return run.id, sorted(path.name for path in journal_root(home).glob(f"*/{STAGED}/*"))


def check(server: Server, run: str, n: int = 3) -> None:
    """See that the server, opened again after `kill -9`, has every record once, byte for byte."""
    server.kill()
    with Home.open(server.home) as lab:
        found = lab.engine.records(run, "x")
        assert [record.step for record in found] == list(range(n))
        for record in found:
            assert lab.engine.payload(run, record.id) == np.full(INLINE_BYTES // 8 + 1, record.step, np.int64).tobytes()
        assert (lab.engine.run(run).state, lab.troubles()) == ("finished", [])


def test_an_agent_and_a_server_killed_at_every_moment_ship_each_file_and_record_once(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gnomon.sdk.run.FINISH_S", 0.1)
    run, files = written(home, server.url)
    assert len(files) == 3
    for moment, when in (("PUT", "before"), ("PUT", "after"), ("POST", "before"), ("POST", "after")):
        command = [sys.executable, "-c", DYING_AGENT, str(home), moment, when]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        if (moment, when) == ("POST", "before"):
            assert all(map(server.has, files))
        server.kill()
        server.start()
    assert sorted(path.name for path in journal_root(home).glob(f"*/{STAGED}/*")) == files
    agent = [sys.executable, "-m", "gnomon.sdk.agent", "--home", str(home), "--idle", "0.1"]
    assert subprocess.run(agent, check=False).returncode == 0
    assert list(journal_root(home).iterdir()) == []
    check(server, run)


def test_gnomon_sync_sends_the_files_of_a_run_that_stayed_here(server: Server, home: Path) -> None:
    run, files = written(home, None)
    shipped = sync(home, server.url)
    assert (shipped.journals, shipped.bytes_left, shipped.refused) == (1, 0, ())
    assert all(map(server.has, files))
    assert list(journal_root(home).iterdir()) == []
    check(server, run)
