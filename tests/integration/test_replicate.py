"""`gnomon replicate` with real processes: followed, cut off, killed, and the other server away."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import gnomon
from gnomon.core.records.record_type import Encoded
from gnomon.sdk import replicator
from gnomon.sdk.link import Link
from gnomon.sdk.replicator import HomeSource, Replicator
from gnomon.store.home import Home

ROOT = Path(__file__).parents[2]
SCRIPT = "gnomon/code/script"
"""What capture keeps of a program; no list of records names it."""

SERVE = """
import sys
from pathlib import Path
from gnomon.server.run import serve
from gnomon.store.home import Home
with Home.open(Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", int(sys.argv[2]), on_ready=lambda url: print(url, flush=True))
"""


# A client of its own for each of a thousand requests would load the certificates a thousand times; a connection of its
# own for each is right, for servers here come and go on one port.
HTTP = httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))


def trials(sample: int, full: int) -> int:
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


class Server:
    """A server process, on the same port whenever it is started again."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, 0
        self.process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-c", SERVE, str(self.home), str(self.port)]
        self.process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rpartition(":")[2])

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            self.process.kill() if kill else self.process.terminate()
            self.process.communicate()
            self.process = None

    def get(self, path: str, **query: Any) -> Any:
        answer = HTTP.get(self.url + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.content

    def everything(self) -> dict[str, Any]:
        """Return all that can be read of all runs."""
        found = HTTP.post(f"{self.url}/api/v1/runs:query", json={"order": ["created"]}).json()["runs"]
        return {row["name"]: self.whole(row["id"]) for row in found}

    def rows(self, run: str, key: str) -> list[dict[str, Any]]:
        """Return every record of a key; the server gives a thousand at a time."""
        found: list[dict[str, Any]] = []
        while more := self.get(f"/api/v1/runs/{run}/records", key=key, offset=len(found))["records"]:
            found += more
        return found

    def whole(self, run: str) -> dict[str, Any]:
        detail = self.get(f"/api/v1/runs/{run}")
        keys = [row["key"] for row in self.get(f"/api/v1/runs/{run}/series")["series"]]
        branches = range(len(detail["rewinds"]) + 1)
        records = []
        keys_of_records = list(self.get(f"/api/v1/runs/{run}/records")["keys"])
        if HTTP.get(f"{self.url}/api/v1/runs/{run}/records", params={"key": SCRIPT}).status_code == 200:
            keys_of_records.append(SCRIPT)
        for key in keys_of_records:
            for row in self.rows(run, key):
                data = self.get(f"/api/v1/runs/{run}/records/{row['id']}/data")
                records.append((key, row["step"], row["time"], row["kind"], row["meta"], data))
        told = ("id", "project", "name", "state", "created", "group", "tags", "notes", "dropped", "last_step")
        return {
            **{name: detail[name] for name in (*told, "config", "error", "rewinds", "summary")},
            "series": {
                (key, branch): self.get(f"/api/v1/runs/{run}/series/{key}", branch=branch)
                for key in keys
                for branch in branches
            },
            "records": sorted(records, key=lambda r: (r[0], r[1], r[2])),
        }


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GNOMON_")}
    return {**kept, "PYTHONPATH": str(ROOT / "src")}


@contextmanager
def server(home: Path) -> Iterator[Server]:
    found = Server(home)
    try:
        yield found
    finally:
        found.stop()


@contextmanager
def replicating(source: Path, url: str, *options: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "gnomon", "replicate", url, "--home", str(source), "--json", *options]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def replicate_once(source: Path, url: str, *options: str) -> list[dict[str, Any]]:
    with replicating(source, url, "--once", *options) as process:
        told, trouble = process.communicate(timeout=120)
        assert process.returncode == 0, trouble
    return [json.loads(line) for line in told.splitlines()]


def until(process: "subprocess.Popen[str]", **wanted: object) -> dict[str, Any]:
    """Read what it tells until that says what is wanted."""
    assert process.stdout is not None
    for line in process.stdout:
        told = dict(json.loads(line))
        if wanted.items() <= told.items():
            return told
    pytest.fail(f"it ended: {process.stderr and process.stderr.read()}")


def train(
    home: Path, name: str, *, first: int = 0, steps: int = 300, finish: bool = True, project: str = "digits"
) -> None:
    """Log a run of every sort of thing."""
    run = gnomon.init(project, name, home=home, config={"lr": 0.1, "opt": {"name": "adam"}}, tags=["a"], notes="first")
    rng = np.random.default_rng(first)
    for step in range(first, first + steps):
        run.log({"loss": float(rng.normal()), "acc": step / 7}, step=step)
        if step % 50 == 0:
            run.log({"val/loss": float("nan") if step == 50 else step * 0.5, "note": f"at {step}"}, step=step)
            run.log({"weights": rng.normal(size=(200, 100)), "small": np.arange(step % 7 + 2)}, step=step)
    run.keep(SCRIPT, Encoded("text", {"path": "train.py"}, f"# {name}\n".encode()))
    run.rewind(first + steps // 2)
    run.log({"loss": -1.0}, step=first + steps // 2)
    run.tags.add("b")
    if finish:
        run.finish()


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def test_a_home_without_a_server_is_copied_whole_and_a_second_time_nothing_is_sent(tmp_path: Path) -> None:
    source = tmp_path / "source"
    train(source, "one")
    train(source, "two", project="other")
    with server(tmp_path / "dest") as dest:
        told = replicate_once(source, dest.url)
        again = replicate_once(source, dest.url)
        assert (told[-1]["runs_behind"], told[-1]["refused"], again[-1]["sent_bytes"]) == (0, {}, 0)
        copied = dest.everything()
    with server(source) as original:
        assert copied == original.everything()
    assert sorted(copied) == ["one", "two"]
    assert {name: run["records"][0][0] for name, run in copied.items()} == {"one": SCRIPT, "two": SCRIPT}


def test_one_project_is_copied_alone(tmp_path: Path) -> None:
    source = tmp_path / "source"
    train(source, "one")
    train(source, "two", project="other")
    with server(tmp_path / "dest") as dest:
        replicate_once(source, dest.url, "--project", "other")
        assert list(dest.everything()) == ["two"]


def test_a_server_is_followed_through_its_own_port_while_it_goes_on(tmp_path: Path) -> None:
    with server(tmp_path / "source") as source, server(tmp_path / "dest") as dest:
        train(source.home, "one")
        with replicating(source.home, dest.url) as process:
            until(process, runs_behind=0)
            train(source.home, "two")
            while set(dest.everything()) != {"one", "two"} or dest.everything() != source.everything():
                until(process, runs_behind=0)
            facts = json.loads(next((source.home / "replica").glob("*.json")).read_text())
            assert (facts["url"], facts["trouble"]) == (dest.url, "")


def test_a_line_that_was_cut_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(5)
    with server(tmp_path / "source") as source, server(tmp_path / "dest") as dest:
        train(source.home, "begun", finish=False)
        for trial in range(trials(2, 25)):
            with replicating(source.home, dest.url) as process:
                until(process)
                train(source.home, f"run-{trial}", steps=chance.choice([20, 400]))
                if trial % 2:
                    dest.stop(kill=True)
                    until(process, url=dest.url)
                    dest.start()
                process.kill()
        replicate_once(source.home, dest.url)
        assert dest.everything() == source.everything()


OUTAGE = """
import sys
import numpy as np
import gnomon
home, records, points = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
run = gnomon.init("digits", "outage", home=home)
for step in range(points // 5):
    run.log({f"k{k}": step + k / 5 for k in range(5)}, step=step)
    if step % (points // 5 // records) == 0:
        size = 10_000 if step % 7 == 0 else 40  # one in seven is a file of its own
        run.log({"x": np.full(size, step)}, step=step)
run.finish()
"""


@pytest.mark.parametrize("is_moved", [False, True], ids=["same port", "other port"])
def test_a_long_outage_loses_nothing_while_both_sides_come_and_go(tmp_path: Path, *, is_moved: bool) -> None:
    """The receiver is away while much is logged, and the replicator ends in the middle of waiting and of catching up."""
    if not is_moved and trials(0, 1) == 0:
        pytest.skip("the other port is harder; both with GNOMON_TRIALS=full")
    records, points = trials(60, 2_000), trials(6_000, 500_000)
    log = [sys.executable, "-c", OUTAGE, str(tmp_path / "source"), str(records), str(points)]
    with server(tmp_path / "source") as source, server(tmp_path / "dest") as dest:
        train(source.home, "before")
        with replicating(source.home, dest.url) as process:
            until(process, runs_behind=0)
            dest.stop(kill=True)
            subprocess.run(log, env=environment() | {"GNOMON_AGENT": "off"}, check=True)
            assert until(process, runs_behind=1)["trouble"]
        if is_moved:
            dest.port = 0
        url = dest.url
        with replicating(source.home, url) as process:  # nobody answers it either
            assert until(process)["trouble"]
            dest.start()
            if not is_moved:
                while until(process)["trouble"]:
                    pass
        assert (dest.url == url) is not is_moved
        with replicating(source.home, dest.url) as process:
            until(process)
            dest.stop(kill=True)
            dest.start()
        replicate_once(source.home, dest.url)
        copied = dest.everything()
        assert copied == source.everything()
        assert len(copied["outage"]["records"]) == records
        assert sum(len(copied["outage"]["series"][f"k{k}", 0]["step"]) for k in range(5)) == points
        assert replicate_once(source.home, dest.url)[-1]["sent_bytes"] == 0


def _round(home: Home, link: Link, root: Path) -> bool:
    with Replicator(HomeSource(home), link, root) as copying:
        return copying.round()


def test_a_piece_that_arrived_unnoticed_is_sent_again_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies between the answer and taking note of it; meanwhile the source goes on, so a new piece would be another."""

    def dying(path: Path, data: bytes) -> None:
        if path.suffix == ".state":
            raise KeyboardInterrupt
        keep(path, data)

    keep = replicator._keep
    with server(tmp_path / "dest") as dest, Home.open(tmp_path / "source") as home:
        run = gnomon.init("digits", "one", home=home.path)
        for step in range(300):
            run.log({"loss": step * 0.5} | ({"note": f"at {step}"} if step % 50 == 0 else {}), step=step)
            if step in (100, 200):
                home.drain()
                monkeypatch.setattr(replicator, "_keep", dying)
                with Link(dest.url) as link, pytest.raises(KeyboardInterrupt):
                    _round(home, link, tmp_path)
                monkeypatch.setattr(replicator, "_keep", keep)
        run.finish()
        home.drain()
        with Link(dest.url) as link:
            assert _round(home, link, tmp_path)
        copied = dest.everything()
    with server(tmp_path / "source") as original:
        assert copied == original.everything()
    assert len(copied["one"]["records"]) == 6


def test_what_changes_after_the_end_of_a_run_changes_in_its_copy(tmp_path: Path) -> None:
    with server(tmp_path / "source") as source, server(tmp_path / "dest") as dest:
        train(source.home, "one")
        replicate_once(source.home, dest.url)
        (run,) = (row["id"] for row in source.everything().values())
        HTTP.patch(f"{source.url}/api/v1/runs/{run}", json={"name": "renamed", "tags": ["b", "c"], "notes": "later"})
        replicate_once(source.home, dest.url)
        assert dest.everything() == source.everything()
        assert dest.everything()["renamed"]["tags"] == ["b", "c"]


def test_a_run_deleted_at_the_other_end_is_refused_and_said_so(tmp_path: Path) -> None:
    with server(tmp_path / "source") as source, server(tmp_path / "dest") as dest:
        train(source.home, "one", finish=False)
        replicate_once(source.home, dest.url)
        (run,) = (row["id"] for row in dest.everything().values())
        assert HTTP.delete(f"{dest.url}/api/v1/runs/{run}").status_code == 204
        HTTP.patch(f"{source.url}/api/v1/runs/{run}", json={"notes": "more"})
        with replicating(source.home, dest.url, "--once") as process:
            _, trouble = process.communicate(timeout=120)
        assert process.returncode == 1
        assert "digits/one" in trouble
        assert "deleted there" in trouble
        assert dest.everything() == {}


def test_a_copy_is_known_again_under_another_address_and_with_and_without_a_project(tmp_path: Path) -> None:
    with server(tmp_path / "source") as source, server(tmp_path / "dest") as dest:
        train(source.home, "one", finish=False)
        train(source.home, "two", project="other")
        replicate_once(source.home, dest.url, "--project", "digits", "--project", "none")
        assert list(dest.everything()) == ["one"]
        dest.stop()
        dest.port = 0
        dest.start()
        replicate_once(source.home, dest.url.replace("127.0.0.1", "localhost"))
        assert dest.everything() == source.everything()
        assert replicate_once(source.home, dest.url)[-1]["sent_bytes"] == 0


def test_a_home_that_forgot_what_it_copied_copies_nothing_twice(tmp_path: Path) -> None:
    with server(tmp_path / "source") as source, server(tmp_path / "dest") as dest:
        train(source.home, "one")
        replicate_once(source.home, dest.url)
        shutil.rmtree(source.home / "replica")
        with replicating(source.home, dest.url, "--once") as process:
            _, trouble = process.communicate(timeout=120)
        assert process.returncode == 1
        assert "is not known here any more" in trouble
        assert dest.everything() == source.everything()


def test_only_one_process_copies_to_one_place(tmp_path: Path) -> None:
    with server(tmp_path / "source") as source, server(tmp_path / "dest") as dest:
        train(source.home, "one")
        with replicating(source.home, dest.url) as first:
            until(first, runs_behind=0)
            with replicating(source.home, dest.url) as second:
                _, trouble = second.communicate(timeout=60)
            assert second.returncode == 1
            assert str(first.pid) in trouble
