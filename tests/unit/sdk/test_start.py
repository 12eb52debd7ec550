"""What the arguments of `init` mean, good ones and bad ones."""

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

import gnomon
from gnomon.core import ids
from gnomon.core.errors import InputError, NotFoundError
from gnomon.sdk import start
from gnomon.sdk.launcher import shared_id


def test_a_run_gets_an_id_that_sorts_by_time_and_a_name() -> None:
    first, second = gnomon.init(), gnomon.init(name="mine")
    assert (first.project, second.name, first.url, first.rank) == ("default", "mine", None, None)
    assert first.id[:8] <= second.id[:8]
    assert (ids.is_id(first.id), len(first.id), first.name.count("-")) == (True, 20, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"project": ""}, "project: expected at least one character, received ''"),
        ({"project": 3}, "project: expected text, received int"),
        ({"name": "a\n"}, "name: control characters"),
        ({"group": "g" * 300}, "group: expected at most 256 characters"),
        ({"mode": "dryrun"}, "mode: expected one of online, offline, disabled, received 'dryrun'"),
        ({"fork": "somewhere"}, "fork: expected (run, step) or \"run@step\", received 'somewhere'"),
        ({"fork": ("r", -1)}, 'fork: expected (run, step) or "run@step"'),
        ({"rank": -1}, "rank: expected 0 to"),
        ({"rank": "one"}, "rank: expected an integer, received str 'one'"),
        ({"rank": 3}, "rank: rank 3 does not know which run it belongs to. Set GNOMON_RUN"),
        ({"url": "somewhere:7117"}, "url: expected http://host:port, received 'somewhere:7117'. The run is written to"),
        ({"url": "http://[::1"}, "url: expected http://host:port, received"),
        ({"url": "http://host:port"}, "url: expected http://host:port, received"),
        ({"url": "http://"}, "url: expected http://host:port, received"),
        ({"resume": "nobody"}, "resume: no run 'nobody' in project 'default'"),
        (
            {"config": {"w": "x" * (9 << 20)} | {str(i): "y" * 65536 for i in range(200)}},
            "config: expected at most 8 MiB",
        ),
    ],
)
def test_a_bad_argument_is_told_by_name_and_the_run_works_all_the_same(
    arguments: dict[str, Any], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises((InputError, NotFoundError, ValueError)):
        gnomon.init(**arguments, strict=True)
    run = gnomon.init(**arguments)
    run.log({"x": 1})
    assert (len(caplog.messages), caplog.messages[0].startswith(message), run.dropped) == (1, True, 0)


def test_what_nobody_foresaw_gives_a_run_that_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, home: Path
) -> None:
    monkeypatch.setattr(start.ids, "run_id", lambda: 1 / 0 if not calls.append(1) and len(calls) == 1 else "r" * 20)
    calls: list[int] = []
    run = gnomon.init()
    run.log({"x": 1})
    run.finish()
    assert caplog.messages == ["gnomon.init: ZeroDivisionError: division by zero. Nothing will be logged."]
    assert not home.exists()


def test_ranks_agree_on_the_run_a_launcher_started_and_launches_differ() -> None:
    slurm = {"SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0"}
    found = shared_id("p", 0, slurm)
    assert found is not None
    assert (found == shared_id("p", 0, slurm), len(found), ids.is_id(found)) == (True, 20, True)
    others = [shared_id("q", 0, slurm), shared_id("p", 1, slurm), shared_id("p", 0, slurm | {"SLURM_STEP_ID": "1"})]
    assert len({found, *others}) == 4
    assert shared_id("p", 0, {}) is None
    assert shared_id("p", 0, {"TORCHELASTIC_RUN_ID": "a"}) != shared_id("p", 0, {"TORCHELASTIC_RUN_ID": "none"})


def test_rank_0_tells_its_children_but_not_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_RUN", "")
    first = gnomon.init(rank=0)
    assert os.environ["GNOMON_RUN"] == first.id
    second = gnomon.init(rank=0)
    assert second.id != first.id
    monkeypatch.setenv("GNOMON_RUN", "01m7xnqebh0vszd9a7zb")
    assert gnomon.init(rank=0).id == "01m7xnqebh0vszd9a7zb"
    assert gnomon.init().id != "01m7xnqebh0vszd9a7zb"


class Answers(BaseHTTPRequestHandler):
    """A server that knows one run, as the contract has it."""

    row: ClassVar = {"id": "01m7xnqebh0vszd9a7zb", "project": "p", "name": "net", "last_step": 41}
    asked: ClassVar[list[Any]] = []

    def do_GET(self) -> None:
        known = self.path == f"/api/v1/runs/{self.row['id']}"
        self.answer(200 if known else 404, self.row if known else {"status": 404, "detail": "no run"})

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(query)
        self.answer(200, {"runs": [self.row] if "'net'" in query["where"] else [], "total": 1, "matched": 1})

    def answer(self, status: int, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as http:
        thread = Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def test_a_run_that_only_the_server_knows_is_gone_on_with_at_its_next_step(server: str) -> None:
    Answers.asked.clear()
    runs = [gnomon.init("p", resume=wanted, url=server) for wanted in ("net", "01m7xnqebh0vszd9a7zb")]
    assert [(r.id, r.name) for r in runs] == [("01m7xnqebh0vszd9a7zb", "net")] * 2
    runs[0].log({"x": 1})
    assert runs[0]._step == 42
    assert Answers.asked == [
        {"project": "p", "where": "attr.name = 'net'", "order": ["-created"], "limit": 1, "archived": True},
    ]


def test_a_run_that_is_only_half_shipped_goes_on_after_its_last_step(server: str) -> None:
    first = gnomon.init("p", "net", resume="01m7xnqebh0vszd9a7zb", mode="offline")
    first.log({"x": 1}, step=100)
    first.finish()
    again = gnomon.init("p", resume="net", url=server)
    again.log({"x": 2})
    assert again._step == 101


def test_a_name_nobody_knows_becomes_a_new_run_of_that_name(server: str, caplog: pytest.LogCaptureFixture) -> None:
    run = gnomon.init("p", resume="o'brien", url=server)
    assert run.name == "o'brien"
    assert Answers.asked[-1]["where"] == "attr.name = 'o''brien'"
    assert caplog.messages == [f"resume: no run \"o'brien\" in project 'p' on {server}. A new run of this name begins."]


def test_a_server_that_does_not_answer_does_not_keep_a_run_with_a_known_id_from_going_on() -> None:
    run = gnomon.init("p", resume="01m7xnqebh0vszd9a7zb", url="http://127.0.0.1:9")
    assert run.id == "01m7xnqebh0vszd9a7zb"
