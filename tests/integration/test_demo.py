"""The demo as a person and as CI run it: a real process, real training, a real server."""

import http.server
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

import gnomon
from gnomon.cli.demo import QUICK_EPOCHS
from gnomon.cli.demo_check import check_page
from gnomon.cli.service import Service, free_port
from gnomon.core.errors import UnavailableError
from gnomon.models import demo
from gnomon.store.lock import holder

STEPS = QUICK_EPOCHS * 360
JUDGED = 78
"""Figures of one evaluation with ten classes."""

POINTS = 12 * (STEPS * 5 + QUICK_EPOCHS * 3 + QUICK_EPOCHS * 2 + JUDGED)


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def _command(home: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "gnomon", "demo", "--quick", "--no-browser", "--home", str(home), *more]


def _demo(home: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(_command(home, *more), capture_output=True, text=True, check=False)


def _entries(output: str) -> list[list[str]]:
    """Return rank, configuration and seeds of each line of the leaderboard."""
    lines = re.findall(r"^(\d) +│? +(\S.*?)  +(\d\.\d+ ± \S+) +(\d+)  \S+$", output, re.MULTILINE)
    return [[rank, label, seeds] for rank, label, _, seeds in lines]


@dataclass(frozen=True)
class Done:
    """A home in which the demo ran twice, first on a port of its own, then beside a server that was up.

    Args:
        home: The home.
        shown: What the two printed.
        taken: The port that the first was told to take, which somebody else had.
        owner: Process and address of the server that was up, before and after the second.
    """

    home: Path
    shown: "list[subprocess.CompletedProcess[str]]"
    taken: int
    owner: list[tuple[int, str]]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    home = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = other.getsockname()[1]
            first = _demo(home, "--port", str(taken))
        with Service(home, 0) as service:
            second = _demo(home)
            owner = holder(home)
            assert owner is not None
            assert owner.url is not None
            return Done(home, [first, second], taken, [(service.pid, service.url), (owner.pid, owner.url)])


def test_in_a_pipe_it_checks_itself_and_ends(done: Done) -> None:
    for shown in done.shown:
        assert (shown.returncode, shown.stderr) == (0, "")
        assert re.search(r"^gnomon demo: http://127\.0\.0\.1:\d+/p/digits\n", shown.stdout, re.MULTILINE)
        assert shown.stdout.endswith(f"The page answers, 12 runs are finished, {POINTS:,} points are stored.\n")
    assert holder(done.home) is None


def test_it_leaves_one_model_on_the_canvas_however_often_it_runs(done: Done) -> None:
    assert all("/p/digits/canvas\n" in shown.stdout for shown in done.shown)
    with (
        Service(done.home, 0) as service,
        urllib.request.urlopen(f"{service.url}/api/v1/graphs?project=digits") as answer,
    ):
        assert [graph["name"] for graph in json.load(answer)["graphs"]] == ["mnist_cnn"]


def test_each_time_it_ranks_its_own_runs(done: Done) -> None:
    labels = {f"hidden {'+'.join(map(str, h))} · learning_rate {lr:g}" for h, lr in demo.CONFIGURATIONS}
    for shown in done.shown:
        entries = _entries(shown.stdout)
        assert [(rank, seeds) for rank, _, seeds in entries] == [(str(i), "3") for i in (1, 2, 3, 4)]
        assert {label for _, label, _ in entries} == labels
    with gnomon.connect(home=done.home) as lab:
        runs = list(lab.runs("digits"))
    assert [run.state for run in runs] == ["finished"] * 24
    assert Counter(Counter(run.group for run in runs).values()) == {12: 2}


def test_its_runs_hold_every_step_and_every_epoch(done: Done) -> None:
    with gnomon.connect(home=done.home) as lab:
        runs = lab.runs("digits")
        for run in runs:
            counts = {key: s.n for key, s in run.stats().items()}
            judged = [counts.pop(key) for key in list(counts) if key.startswith("test/")]
            assert judged == [1] * JUDGED
            assert counts == {
                **dict.fromkeys(("train/loss", "train/acc", "train/grad_norm"), STEPS),
                **dict.fromkeys(("val/loss", "val/acc", "lr"), QUICK_EPOCHS),
                **dict.fromkeys(("epoch", "samples"), STEPS + QUICK_EPOCHS),
            }
            assert run.series("train/loss").numpy()["step"].tolist() == list(range(1, STEPS + 1))
            assert run.summary["val/acc"] > 0.3  # guessing gives 0.1
            assert run.summary["test/accuracy"] == pytest.approx(run.summary["val/acc"])
        seeds = sorted((run.config["hidden"], run.config["seed"]) for run in runs)
    assert seeds == sorted(2 * [("+".join(map(str, h)), seed) for h, _ in demo.CONFIGURATIONS for seed in demo.SEEDS])


def test_the_doctor_finds_nothing_wrong_afterwards(done: Done) -> None:
    command = [sys.executable, "-m", "gnomon", "doctor", "--json", "--home", str(done.home)]
    report = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert (report["store"]["runs"], report["store"]["series"], report["troubles"]) == (24, 24 * (8 + JUDGED), [])


def test_a_taken_port_makes_it_take_the_next_and_say_so(done: Done) -> None:
    first = done.shown[0].stdout
    found = re.search(rf"Port {done.taken} is used by another program; taking (\d+)\.\n", first)
    assert found is not None
    assert int(found[1]) > done.taken
    assert f"gnomon demo: http://127.0.0.1:{found[1]}/" in first


def test_it_joins_the_server_that_is_up_and_leaves_it_up(done: Done) -> None:
    before, after = done.owner
    says = f"A server is up on {done.home} already; the demo joins it.\ngnomon demo: {before[1]}/p/"
    assert says in done.shown[1].stdout
    assert after == before


def test_the_next_free_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert port < free_port(port) < port + 50
    assert free_port(port) == port


@contextmanager
def _at_a_terminal(home: Path, *more: str) -> Iterator[tuple["subprocess.Popen[bytes]", "_Screen"]]:
    """Run the demo with a terminal of its own, in a session where Ctrl-C reaches it and its children."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        _command(home, "--port", "0", *more), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        yield process, _Screen(ours)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(ours)


class _Screen:
    """What appeared on a terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.text = ""

    def wait_for(self, words: str) -> None:
        while words not in self.text:
            assert self._more(), f"{words!r} never came: {self.text[-2000:]}"

    def rest(self) -> str:
        while self._more():
            pass
        return self.text

    def _more(self) -> bool:
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:  # what Linux says when the other side is closed
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)


def test_at_a_terminal_it_serves_until_ctrl_c_and_leaves_everything_readable(home: Path) -> None:
    with _at_a_terminal(home) as (process, screen):
        screen.wait_for("until Ctrl-C.")
        owner = holder(home)
        assert owner is not None
        assert owner.url is not None
        with gnomon.connect(url=owner.url) as lab:
            assert len(lab.runs("digits", where="attr.state = 'finished'")) == 12
        os.killpg(process.pid, signal.SIGINT)
        assert "what was logged stays" in screen.rest()
        assert process.wait() == 0
    assert "training 12 runs" in screen.text
    assert "Traceback" not in screen.text
    assert holder(home) is None
    with gnomon.connect(home=home) as lab:
        assert len(lab.runs("digits", where="attr.state = 'finished'")) == 12


def test_ctrl_c_while_training_keeps_what_was_logged(home: Path) -> None:
    with _at_a_terminal(home) as (process, screen):
        screen.wait_for("training 12 runs")
        while not list((home / "journal").glob("*/*.j")):
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        screen.rest()
        assert process.wait() != 0
    assert "Traceback" not in screen.text
    assert holder(home) is None
    with gnomon.connect(home=home) as lab:
        states = {run.state for run in lab.runs("digits")}
    assert states
    # Cut while it began, a run is not yet in the hands of the demo: it fails with the status of the program.
    assert states <= {"killed", "finished", "failed"}


class _Page(http.server.BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, tuple[int, bytes]]] = {}

    def do_GET(self) -> None:
        status, body = self.pages.get(self.path, (404, b""))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def _web(pages: dict[str, tuple[int, bytes]]) -> Iterator[str]:
    handler = type("Handler", (_Page,), {"pages": pages})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


SCRIPT = b'<head><base href="/"><script type="module" src="./assets/index-abc.js"></script>'


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ({"/p/digits": (200, b"<h1>something else</h1>")}, "it is not the app"),
        ({"/p/digits": (503, b"not built")}, "the web UI is not built"),
        ({"/p/digits": (500, b"")}, "does not answer"),
        ({"/p/digits": (200, SCRIPT)}, "does not answer"),
        ({"/p/digits": (200, SCRIPT), "/assets/index-abc.js": (200, b"")}, "a script that is empty"),
    ],
)
def test_a_page_that_is_not_the_app_fails_the_check(pages: dict[str, tuple[int, bytes]], says: str) -> None:
    with _web(pages) as url, pytest.raises(UnavailableError, match=says):
        check_page(f"{url}/p/digits")


def test_the_app_passes_the_check() -> None:
    with _web({"/p/digits": (200, SCRIPT), "/assets/index-abc.js": (200, b"x" * 2000)}) as url:
        check_page(f"{url}/p/digits")
