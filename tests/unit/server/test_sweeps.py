"""Sweeps over HTTP, with real supervisors and programs: trials, pauses, stops, pruning, and what is told of them."""

import json
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient
from tests.unit.models.jobs.watched import PATIENCE_S, WORKER, end_all
from tests.unit.server.test_jobs import GRAPH, TRAINS

from gnomon.core.errors import ForbiddenError
from gnomon.core.ids import run_id
from gnomon.graph import templates
from gnomon.graph.document import Graph, Node
from gnomon.models.jobs.folder import JobFolder, Script
from gnomon.models.sweeps.folder import SweepFolder
from gnomon.models.sweeps.space import Choice
from gnomon.models.sweeps.spec import Objective, SweepSpec
from gnomon.models.sweeps.story import Trial
from gnomon.server.app import create_app
from gnomon.server.context import Context
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need sessions, pipes with names and signals")

TRIES = """
import sys
import gnomon
with gnomon.init("speech", config={"own": 1}) as run:
    for step in range(3):
        run.log({"loss": float(sys.argv[1]) + 3 - step}, step=step)
    if len(sys.argv) > 2:
        open(sys.argv[2]).read()
"""


AIM = Objective("loss", "min")


@pytest.fixture
def lab(home: Path) -> Iterator[Home]:
    home.mkdir()
    with Home(home, MemoryEngine()) as opened:
        opened.start()
        yield opened


@pytest.fixture
def settings(settings: ServerSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ServerSettings:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    program = tmp_path / "worker.py"
    program.write_text(WORKER + TRAINS)
    worker = (sys.executable, str(program))
    return replace(settings, slots=(("cpu", 2), ("cuda:0", 0)), job_worker=worker, job_grace_s=PATIENCE_S)


@pytest.fixture(autouse=True)
def _nobody_is_left(home: Path) -> Iterator[None]:
    yield
    end_all(home)


def body(tmp_path: Path, *more: str, code: str = TRIES, **asked: Any) -> dict[str, Any]:
    argv = [sys.executable, "-c", code, "{x}", *more]
    usual = {"space": {"x": "3,1,2"}, "search": "grid", "metric": "loss", "name": "s", "project": "speech"}
    return {"kind": "script", "script": {"argv": argv, "cwd": str(tmp_path)}, **usual, **asked}


def begun(client: TestClient, asked: dict[str, Any]) -> str:
    answered = client.post("/api/v1/sweeps", json=asked)
    assert answered.status_code == 201, answered.text
    return str(answered.json()["sweep"]["id"])


def until(client: TestClient, sweep: str, is_so: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found: dict[str, Any] = client.get(f"/api/v1/sweeps/{sweep}").json()
        if is_so(found):
            return found
        assert time.monotonic() < deadline, found
        select.select([], [], [], 0.02)


def is_over(found: dict[str, Any]) -> bool:
    return found["sweep"]["state"] in ("finished", "stopped", "failed")


def order(client: TestClient, sweep: str, do: str, status: int = 200) -> dict[str, Any]:
    answered = client.post(f"/api/v1/sweeps/{sweep}:{do}")
    assert answered.status_code == status, answered.text
    found: dict[str, Any] = answered.json()
    return found


def test_a_grid_over_a_script_is_jobs_and_runs_of_one_group_and_is_ranked(client: TestClient, tmp_path: Path) -> None:
    sweep = begun(client, body(tmp_path))
    found = until(client, sweep, is_over)
    row = found["sweep"]
    assert {name: row[name] for name in ("state", "reason", "driver", "trials", "most", "counts", "goal", "can")} == {
        "state": "finished",
        "reason": "All 3 points were tried.",
        "driver": "server",
        "trials": 3,
        "most": 3,
        "counts": {"finished": 3},
        "goal": "min",
        "can": ["delete"],
    }
    assert [(each["place"], each["values"], each["mean"]) for each in found["points"]] == [
        (1, {"x": 1}, 2.0),
        (2, {"x": 2}, 3.0),
        (3, {"x": 3}, 4.0),
    ]
    assert (row["best"]["values"], row["best"]["of"]) == ({"x": 1}, 3)
    best = found["trials"][1]
    run = client.get(f"/api/v1/runs/{best['run']}").json()
    assert run["config"] == {"own": 1, "x": 1}
    assert (run["group"], run["meta"]["sweep"]) == ("s", {"id": sweep, "name": "s", "trial": 2, "point": 2})
    job = client.get(f"/api/v1/jobs/{best['job']}").json()["job"]
    assert (job["name"], job["sweep"], job["state"]) == ("s 2", {"id": sweep, "trial": 2}, "finished")
    assert [each["id"] for each in client.get("/api/v1/sweeps?project=speech").json()["sweeps"]] == [sweep]
    assert client.get("/api/v1/sweeps?project=other").json() == {"sweeps": []}
    assert client.delete(f"/api/v1/sweeps/{sweep}").status_code == 204
    assert client.get(f"/api/v1/sweeps/{sweep}").status_code == 404
    assert client.get(f"/api/v1/jobs/{best['job']}").status_code == 200


def test_a_sweep_is_paused_resumed_stopped_and_gone_on_with_as_a_whole(client: TestClient, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    sweep = begun(client, body(tmp_path, str(gate), parallel=2))
    until(client, sweep, lambda found: [each["doing"] for each in found["trials"]] == ["running"] * 2)
    assert order(client, sweep, "pause")["can"] == ["resume", "stop"]
    paused = until(client, sweep, lambda found: [each["doing"] for each in found["trials"]] == ["paused"] * 2)
    assert paused["sweep"]["state"] == "paused"
    assert order(client, sweep, "pause", 409)["detail"] == f"The sweep {sweep} is paused, and cannot be paused."
    assert client.delete(f"/api/v1/sweeps/{sweep}").status_code == 409
    order(client, sweep, "resume")
    until(client, sweep, lambda found: [each["doing"] for each in found["trials"]] == ["running"] * 2)
    order(client, sweep, "stop")
    stopped = until(client, sweep, is_over)
    assert [(each["state"], each["reason"]) for each in stopped["trials"]] == [("stopped", "It was stopped.")] * 2
    assert client.patch(f"/api/v1/sweeps/{sweep}", json={"parallel": 1}).json()["state"] == "stopped"
    order(client, sweep, "resume")
    again = until(client, sweep, lambda found: [each["doing"] for each in found["trials"]] == ["running"] * 2)
    assert [each["job"] for each in again["trials"]] == [each["job"] for each in stopped["trials"]]
    found = until(client, sweep, lambda found: is_over(found) or _open(gate))
    assert [each["mean"] for each in found["points"]] == [2.0, 3.0, 4.0]


def _open(gate: Path) -> bool:
    """Let through whoever waits at a gate."""
    try:
        os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return False


def test_a_trial_with_little_hope_is_stopped_while_it_runs_and_its_run_says_so(
    client: TestClient, tmp_path: Path
) -> None:
    stays = TRIES + "    if float(sys.argv[1]) > 5: import signal; signal.pause()\n"
    rule = {"kind": "median", "least": 2}
    sweep = begun(client, body(tmp_path, code=stays, space={"x": "1,2,9"}, parallel=1, pruning=rule))
    found = until(client, sweep, is_over)
    assert [each["state"] for each in found["trials"]] == ["finished", "finished", "pruned"]
    last = found["trials"][2]
    assert last["reason"].startswith("loss was ")
    assert last["reason"].endswith(" of 2 others")
    run = client.get(f"/api/v1/runs/{last['run']}").json()
    assert run["tags"] == ["pruned"]
    assert run["meta"]["sweep"]["pruned"] == last["reason"]
    assert client.get(f"/api/v1/jobs/{last['job']}").json()["job"]["state"] == "stopped"


def test_a_failed_trial_is_told_and_the_first_ones_failing_end_it(client: TestClient, tmp_path: Path) -> None:
    fails = "import sys\nif sys.argv[1] != '2': raise ValueError('odd')\n" + TRIES
    sweep = begun(client, body(tmp_path, code=fails, parallel=1))
    found = until(client, sweep, is_over)
    assert [(each["state"], each["reason"].partition(" (")[0]) for each in found["trials"]] == [
        ("failed", "ValueError: odd"),
        ("failed", "ValueError: odd"),
        ("finished", ""),
    ]
    ended = until(client, begun(client, body(tmp_path, code=fails, parallel=1, first_fails=2)), is_over)["sweep"]
    assert (ended["state"], ended["trials"], ended["can"]) == ("failed", 2, ["delete"])
    assert ended["reason"].startswith("The first 2 trials all failed; the last one: ValueError: odd")
    silent = until(client, begun(client, body(tmp_path, metric="val/loss", first_fails=1, parallel=1)), is_over)
    why = "Its run logged no 'val/loss'; it logged loss. Name another with --metric."
    assert silent["trials"][0]["reason"] == why


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"space": {}}, "space"),
        ({"space": {"x": "1"}}, "space"),
        ({"space": {"y": "1,2"}}, "y"),
        ({"seeds": 2}, "seed"),
        ({"metric": None}, "metric"),
        ({"search": "grid", "space": {"x": "0.1..0.9"}}, "x"),
        ({"device": "cuda:9"}, "device"),
        ({"script": {"argv": ["{x}"], "cwd": "nowhere"}}, "script.cwd"),
        ({"space": {"x": [1, 2]}}, "space[...]"),
        ({"kind": "graph", "script": None, "graph": GRAPH, "space": {"nodes.tenn.units": "3,4"}}, "nodes.tenn.units"),
        ({"kind": "graph", "script": None, "graph": GRAPH, "space": {"nodes.ten.unit": "3,4"}}, "nodes.ten.unit"),
        ({"kind": "graph", "script": None, "graph": GRAPH, "space": {"nodes.ten.units": "0,4"}}, "nodes.ten.units"),
        ({"kind": "graph", "script": None, "graph": GRAPH, "space": {"lr": "-1,1"}}, "train.optimizer.lr"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_the_field(
    client: TestClient, tmp_path: Path, asked: dict[str, Any], field: str
) -> None:
    answered = client.post("/api/v1/sweeps", json=body(tmp_path, **asked))
    assert (answered.status_code, answered.json().get("field")) == (400, field), answered.text
    assert client.get("/api/v1/sweeps").json() == {"sweeps": []}


def test_a_graph_is_searched_by_what_its_output_is_measured_by_unless_told(client: TestClient, home: Path) -> None:
    asked = {"kind": "graph", "graph": GRAPH, "space": {"nodes.ten.units": "10,11", "lr": "0.1"}, "project": "p"}
    sweep = begun(client, {**asked, "parallel": 1, "device": "cpu"})
    found = client.get(f"/api/v1/sweeps/{sweep}").json()
    assert found["objective"] == {"metric": "val/accuracy", "goal": "max", "of": "best"}
    assert (found["sweep"]["name"], found["dataset"][:7]) == ("tiny sweep", "digits@")
    both = until(client, sweep, lambda found: len(found["trials"]) == 2)["trials"]
    failed, tried = sorted(both, key=lambda trial: -trial["values"]["nodes.ten.units"])
    assert (failed["state"], failed["reason"]) == (
        "failed",
        "graph: it cannot be trained as it is: out: out tells 11 classes apart, and label has 10. Mend it on the canvas.",
    )
    until(client, sweep, lambda found: any(trial["doing"] for trial in found["trials"]))
    spec = JobFolder.of(home, tried["job"]).spec()
    assert spec.train == {"epochs": 1, "optimizer": {"lr": 0.1}, "seed": 0}
    assert spec.graph is not None
    assert spec.graph["nodes"][2]["params"] == {"units": 10}
    assert spec.sweep is not None
    assert spec.sweep.config == {"nodes.ten.units": 10}
    order(client, sweep, "stop")
    until(client, sweep, is_over)


def test_a_server_that_runs_no_code_begins_no_trial_of_a_sweep_that_another_server_took(lab: Home) -> None:
    found = Context.of(lab, ServerSettings(allow_code=False)).sweeps.hands
    script = Script([sys.executable, "-c", "{x}"], "/")
    graph = msgspec.to_builtins(Graph(nodes=(Node("a", "core/code@1"),)))
    common: dict[str, Any] = {"name": "s", "project": "p", "space": {"x": Choice([1])}, "search": "grid"}
    for spec in (
        SweepSpec(kind="script", script=script, objective=AIM, **common),
        SweepSpec(kind="graph", graph=graph, objective=AIM, **common),
    ):
        with pytest.raises(ForbiddenError, match="--no-code"):
            found.submit(run_id(), spec, Trial(1, 1, {}, 0, run_id(), 0.0))


def test_a_damaged_sweep_is_told_and_the_server_starts_and_lists_the_others(lab: Home, client: TestClient) -> None:
    spec = SweepSpec(kind="function", name="s", project="p", space={"x": Choice([1, 2])}, search="grid", objective=AIM)
    broken, whole = (SweepFolder.create(lab.path, run_id(), spec) for _ in range(2))
    broken.events.write_bytes(b"{}\n")
    with TestClient(create_app(lab, ServerSettings()), base_url="http://127.0.0.1") as another:
        assert [each["id"] for each in another.get("/api/v1/sweeps").json()["sweeps"]] == [whole.id]
    told = client.get(f"/api/v1/sweeps/{broken.id}")
    assert "is damaged; the server's log tells where" in told.json()["detail"], told.text


def test_a_graph_with_a_loop_of_its_own_is_not_trained_by_ours_instead(client: TestClient) -> None:
    place = Path(templates.__file__).parent / "gan.json"
    graph = json.loads(place.read_bytes())["graph"]
    asked = {"kind": "graph", "graph": graph, "space": {"train.epochs": "1,2"}, "search": "grid"}
    refused = client.post("/api/v1/sweeps", json=asked)
    assert (refused.status_code, refused.json()["field"]) == (400, "train.loop"), refused.text
