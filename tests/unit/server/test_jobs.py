"""Jobs over HTTP: the queue, its order, orders to jobs, and what is told of them; with real supervisors and programs."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.models.jobs.watched import PATIENCE_S, WORKER, end_all

import gnomon.server.jobs
from gnomon.graph.document import plain
from gnomon.graph.templates import template
from gnomon.models.jobs import processes
from gnomon.models.jobs.events import Event, append
from gnomon.models.jobs.folder import JobFolder
from gnomon.server.app import create_app
from gnomon.server.jobs import Jobs
from gnomon.server.routes.jobs import condensed
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need sessions, pipes with names and signals")

TRAINS = """
events.append(folder, "running", pid=os.getpid(), step=step)
while True:
    found = order()
    if found["do"] in ("stop", "park"):
        step += 1
        save()
        events.append(folder, {"stop": "stopped", "park": "parked"}[found["do"]], step=step)
        break
    if found["do"] == "set":
        progress.tell(step=3, steps=12, epoch=0.25, epochs=1, loss=found["lr"])
    elif found["do"] in ("pause", "resume"):
        events.append(folder, found["do"].replace("se", "sed").replace("me", "med"), step=step)
"""
GRAPH: dict[str, Any] = {
    "format": "graph/1",
    "name": "tiny",
    "target": "torch",
    "nodes": [
        {"id": "x", "type": "core/image_input@1", "params": {"height": 8, "width": 8, "channels": 1}},
        {"id": "flat", "type": "core/flatten@1"},
        {"id": "ten", "type": "core/dense@1", "params": {"units": 10}},
        {"id": "out", "type": "core/classification@1"},
    ],
    "edges": [
        {"from": ["x", "out"], "to": ["flat", "in"]},
        {"from": ["flat", "out"], "to": ["ten", "in"]},
        {"from": ["ten", "out"], "to": ["out", "in"]},
    ],
    "groups": [],
    "train": {"epochs": 1},
    "data": {"dataset": "digits"},
    "source": {},
}


@pytest.fixture
def settings(settings: ServerSettings, tmp_path: Path) -> ServerSettings:
    program = tmp_path / "worker.py"
    program.write_text(WORKER + TRAINS)
    return replace(
        settings, slots=(("cpu", 1), ("cuda:0", 0)), job_worker=(sys.executable, str(program)), job_grace_s=PATIENCE_S
    )


@pytest.fixture(autouse=True)
def _nobody_is_left(home: Path) -> Iterator[None]:
    yield
    end_all(home)


def script(tmp_path: Path, *words: str, **more: Any) -> dict[str, Any]:
    return {"kind": "script", "script": {"argv": list(words), "cwd": str(tmp_path)}, **more}


def waits(tmp_path: Path, name: str, **more: Any) -> dict[str, Any]:
    return script(tmp_path, "sleep", "1000", name=name, **more)


def posted(client: TestClient, body: dict[str, Any]) -> str:
    answered = client.post("/api/v1/jobs", json=body)
    assert answered.status_code == 201, answered.text
    return str(answered.json()["job"]["id"])


def until(client: TestClient, job: str, is_so: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found: dict[str, Any] = client.get(f"/api/v1/jobs/{job}").json()
        if is_so(found["job"]):
            return found
        assert time.monotonic() < deadline, found
        select.select([], [], [], 0.02)


def order(client: TestClient, job: str, do: str) -> dict[str, Any]:
    answered = client.post(f"/api/v1/jobs/{job}:{do}")
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


def names(client: TestClient) -> list[str]:
    return [f"{row['name']} {row['state']}" for row in client.get("/api/v1/jobs").json()["jobs"]]


def test_a_script_runs_and_is_told_with_its_events_and_what_it_printed(client: TestClient, tmp_path: Path) -> None:
    job = posted(client, script(tmp_path, "sh", "-c", "echo one; echo two >&2", project="speech"))
    found = until(client, job, lambda row: row["state"] == "finished")
    row = found["job"]
    assert {name: row[name] for name in ("kind", "name", "project", "on", "attempt", "can", "error", "command")} == {
        "kind": "script",
        "name": "sh",
        "project": "speech",
        "on": "cpu",
        "attempt": 1,
        "can": ["delete"],
        "error": None,
        "command": "sh -c 'echo one; echo two >&2'",
    }
    assert [event["event"] for event in found["events"]] == ["starting", "running", "finished", "ended"]
    log = client.get(f"/api/v1/jobs/{job}/log").json()
    assert log == {"text": "one\ntwo\n", "first": 0, "end": 8, "size": 8}
    assert client.get(f"/api/v1/jobs/{job}/log?since=4&size=3").json() == {
        "text": "two",
        "first": 4,
        "end": 7,
        "size": 8,
    }
    assert client.delete(f"/api/v1/jobs/{job}").status_code == 204
    assert client.get(f"/api/v1/jobs/{job}").status_code == 404
    assert not (Path(found["folder"])).exists()


def test_one_runs_at_a_time_and_the_others_wait_in_the_order_of_priority_then_of_asking(
    client: TestClient, tmp_path: Path
) -> None:
    first = posted(client, waits(tmp_path, "first"))
    until(client, first, lambda row: row["state"] == "running")
    jobs = {name: posted(client, waits(tmp_path, name, priority=p)) for name, p in [("a", 0), ("b", 0), ("c", 5)]}
    assert names(client) == ["first running", "c queued", "a queued", "b queued"]
    assert client.get("/api/v1/jobs").json()["slots"] == [{"device": "cpu", "slots": 1, "used": 1}]
    client.patch(f"/api/v1/jobs/{jobs['b']}", json={"before": jobs["a"]})
    assert names(client)[1:] == ["c queued", "b queued", "a queued"]
    client.patch(f"/api/v1/jobs/{jobs['a']}", json={"before": jobs["c"]})
    assert names(client)[1:] == ["a queued", "c queued", "b queued"]
    assert client.get(f"/api/v1/jobs/{jobs['a']}").json()["job"]["priority"] == 5
    client.patch(f"/api/v1/jobs/{jobs['c']}", json={"priority": -1})
    assert names(client)[1:] == ["a queued", "b queued", "c queued"]
    order(client, first, "stop")
    until(client, jobs["a"], lambda row: row["state"] == "running")
    assert names(client) == ["a running", "b queued", "c queued", "first stopped"]
    assert order(client, jobs["b"], "stop")["state"] == "stopped"
    order(client, jobs["a"], "stop")
    until(client, jobs["c"], lambda row: row["state"] == "running")
    order(client, jobs["c"], "stop")
    until(client, jobs["c"], lambda row: row["state"] == "stopped")


def test_the_weights_that_trainings_of_a_graph_kept_are_listed(client: TestClient, home: Path) -> None:
    graph = client.post("/api/v1/graphs", json={"project": "p", "name": "tiny", "graph": GRAPH}).json()["id"]
    assert client.get(f"/api/v1/graphs/{graph}/weights").json() == {"runs": []}
    job = posted(client, {"kind": "graph", "graph_id": graph, "project": "p"})
    until(client, job, lambda row: row["state"] == "running")
    assert (
        client.post("/api/v1/ingest", json=[{"project": "p", "run": "otter", "metrics": {"loss": 1}}]).json()["errors"]
        == []
    )
    run = client.post("/api/v1/runs:query", json={"project": "p"}).json()["runs"][0]["id"]
    append(JobFolder.of(home, job).path, "run", run=run)
    since = until(client, job, lambda row: row["runs"] == [run])["job"]["since"]
    assert client.get(f"/api/v1/graphs/{graph}/weights").json() == {"runs": []}
    for step in (100, 20):
        (JobFolder.of(home, job).checkpoints / f"step-{step}").mkdir(parents=True)
    told = {"run": run, "name": "otter", "rev": 1, "state": "running", "since": since, "steps": [20, 100]}
    assert client.get(f"/api/v1/graphs/{graph}/weights").json() == {"runs": [told]}
    assert client.get("/api/v1/graphs/nothere/weights").status_code == 404


def test_a_graph_is_paused_told_a_rate_parked_and_goes_on_where_it_was(client: TestClient) -> None:
    job = posted(client, {"kind": "graph", "graph": GRAPH})
    row = until(client, job, lambda row: row["state"] == "running")["job"]
    assert (row["project"], row["name"]) == ("tiny", "tiny")  # as `gnomon train` has it
    assert row["can"] == ["pause", "stop", "park", "checkpoint", "set"]
    assert row["dataset"].startswith("digits@")
    order(client, job, "pause")
    assert until(client, job, lambda row: row["state"] == "paused")["job"]["can"][:2] == ["resume", "stop"]
    assert client.patch(f"/api/v1/jobs/{job}", json={"lr": 0.5}).status_code == 200
    row = until(client, job, lambda row: row["loss"] is not None)["job"]
    assert [row[name] for name in ("step", "steps", "epoch", "epochs", "loss", "share")] == [3, 12, 0.25, 1, 0.5, 0.25]
    order(client, job, "park")
    until(client, job, lambda row: row["state"] == "parked")
    order(client, job, "resume")
    row = until(client, job, lambda row: row["state"] == "running")["job"]
    assert (row["attempt"], row["checkpoint"]) == (2, 1)
    order(client, job, "stop")
    assert until(client, job, lambda row: row["state"] == "stopped")["job"]["checkpoint"] == 2


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "script"}, 400, "script"),
        ({"kind": "script", "script": {"argv": [], "cwd": "/"}}, 400, "script.argv"),
        ({"kind": "script", "script": {"argv": ["ls"], "cwd": "/no/such/folder"}}, 400, "script.cwd"),
        ({"kind": "script", "script": {"argv": ["ls"], "cwd": "tmp"}}, 400, "script.cwd"),
        ({"kind": "script", "script": {"argv": "ls; rm", "cwd": "/"}}, 400, "script.argv"),
        ({"kind": "script", "script": {"argv": ["l\0s"], "cwd": "/"}}, 400, "script"),
        ({"kind": "script", "script": {"argv": ["ls"], "cwd": "/", "env": {"A=B": ""}}}, 400, "script.env"),
        ({"kind": "script", "device": "cuda:99", "script": {"argv": ["ls"], "cwd": "/"}}, 400, "device"),
        ({"kind": "graph"}, 400, "graph_id"),
        ({"kind": "graph", "graph": {**GRAPH, "data": {}}}, 400, "dataset"),
        ({"kind": "graph", "graph": GRAPH, "train": {"epochs": -1}}, 400, "train.epochs"),
        ({"kind": "graph", "graph": GRAPH, "dataset": "nobody"}, 400, "dataset"),
        ({"kind": "graph", "graph": {**GRAPH, "edges": []}}, 400, "graph"),
        ({"kind": "graph", "graph_id": "nothere", "dataset": "digits"}, 404, None),
        ({"kind": "dance"}, 400, "kind"),
        ({"kind": "graph", "graph": GRAPH, "priority": 1000}, 400, "priority"),
    ],
)
def test_what_cannot_be_worked_on_is_refused_with_the_field(
    client: TestClient, body: dict[str, Any], status: int, field: str | None
) -> None:
    answered = client.post("/api/v1/jobs", json=body)
    assert (answered.status_code, answered.json().get("field")) == (status, field), answered.text
    assert client.get("/api/v1/jobs").json()["jobs"] == []


def test_where_code_may_not_run_scripts_and_code_nodes_are_refused_and_plain_graphs_are_not(
    lab: Home, settings: ServerSettings, tmp_path: Path
) -> None:
    code = {"id": "own", "type": "core/code@1", "params": {"code": "out = x"}}
    with TestClient(create_app(lab, replace(settings, allow_code=False)), base_url="http://127.0.0.1:7000") as client:
        refused = client.post("/api/v1/jobs", json=script(tmp_path, "ls"))
        assert (refused.status_code, "--allow-code" in refused.json()["detail"]) == (403, True)
        body = {"kind": "graph", "graph": {**GRAPH, "nodes": [*GRAPH["nodes"], code]}}
        assert client.post("/api/v1/jobs", json=body).status_code == 403
        job = posted(client, {"kind": "graph", "graph": GRAPH})
        until(client, job, lambda row: row["state"] == "running")
        order(client, job, "stop")
        until(client, job, lambda row: row["state"] == "stopped")


def test_a_graph_with_a_loop_of_its_own_is_a_script_that_needs_no_data_and_is_code_of_its_user(
    lab: Home, settings: ServerSettings
) -> None:
    graph = plain(template("dqn").graph)
    body = {"kind": "graph", "graph": graph}
    with TestClient(create_app(lab, replace(settings, allow_code=False)), base_url="http://127.0.0.1:7000") as client:
        assert client.post("/api/v1/jobs", json=body).status_code == 403
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000") as client:
        busy = posted(client, {"kind": "script", "script": {"argv": ["sleep", "1000"], "cwd": "/"}})
        told = client.post("/api/v1/jobs", json=body).json()["job"]
        shown = {name: told[name] for name in ("kind", "name", "state")}
        assert shown == {"kind": "script", "name": "dqn", "state": "queued"}
        assert told["command"].endswith("-m gnomon.models.training.own_loop")
        refused = client.post("/api/v1/jobs", json={"kind": "graph", "graph": {**graph, "source": {}}})
        assert (refused.status_code, refused.json()["field"]) == (400, "train.loop")
        order(client, told["id"], "stop")
        order(client, busy, "stop")
        until(client, busy, lambda row: row["state"] == "stopped")


def test_an_order_that_is_not_possible_says_what_is(client: TestClient, tmp_path: Path) -> None:
    job = posted(client, script(tmp_path, "true"))
    until(client, job, lambda row: row["state"] == "finished")
    for do in ("pause", "resume", "park", "stop", "checkpoint"):
        answered = client.post(f"/api/v1/jobs/{job}:{do}")
        assert answered.status_code == 409
        assert answered.json()["detail"] == f"The job {job} is finished: {do} is not possible, delete is."
    assert client.post("/api/v1/jobs/nosuchjob:stop").status_code == 404


def test_a_job_goes_on_while_no_server_is_there_and_the_next_one_finds_it(
    lab: Home, settings: ServerSettings, tmp_path: Path
) -> None:
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000") as client:
        stays = posted(client, waits(tmp_path, "stays"))
        until(client, stays, lambda row: row["state"] == "running")
        queued = posted(client, waits(tmp_path, "queued"))
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000") as client:
        assert names(client) == ["stays running", "queued queued"]
        order(client, stays, "stop")
        until(client, queued, lambda row: row["state"] == "running")
        order(client, queued, "stop")
        found = until(client, queued, lambda row: row["state"] == "stopped")
        assert [event["event"] for event in found["events"]].count("starting") == 1
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000") as client:
        assert sorted(names(client)) == ["queued stopped", "stays stopped"]


def test_a_job_that_ended_while_no_server_was_there_is_over(
    lab: Home, settings: ServerSettings, tmp_path: Path
) -> None:
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000") as client:
        os.mkfifo(tmp_path / "gate")
        job = posted(client, script(tmp_path, "sh", "-c", "read line < gate; echo $line"))
        until(client, job, lambda row: row["state"] == "running")
    folder = JobFolder.of(lab.path, job)
    (tmp_path / "gate").write_text("through\n")
    _await_end(folder)
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000") as client:
        assert client.get(f"/api/v1/jobs/{job}").json()["job"]["state"] == "finished"


def _await_end(folder: JobFolder) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while b'"ended"' not in folder.events.read_bytes():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)


def test_a_server_that_runs_no_code_takes_no_script_up_again_that_another_one_ran(
    client: TestClient, tmp_path: Path
) -> None:
    scripted = posted(client, script(tmp_path, "sh", "-c", "exit 3"))
    until(client, scripted, lambda row: row["state"] == "failed")
    client.app.state.context.jobs.slots = {"cpu": 0}  # type: ignore[attr-defined]
    plain_one = posted(client, {"kind": "graph", "graph": GRAPH})
    order(client, plain_one, "stop")
    workers = client.app.state.context.workers  # type: ignore[attr-defined]
    workers.allow_code, workers.why_not = False, "code: not here."
    refused = client.post(f"/api/v1/jobs/{scripted}:resume")
    assert (refused.status_code, refused.json()["detail"]) == (403, "code: not here.")
    assert order(client, plain_one, "resume")["state"] == "queued", "a graph without code may"


@pytest.mark.parametrize("resumes", [False, True])
def test_a_job_whose_supervisor_is_gone_is_lost_with_all_its_processes_or_goes_on_if_that_is_wished(
    client: TestClient, *, resumes: bool
) -> None:
    job = posted(client, {"kind": "graph", "graph": GRAPH, "resume_lost": resumes})
    found = until(client, job, lambda row: row["state"] == "running")
    told = {event["event"]: event for event in found["events"]}
    os.kill(told["starting"]["pid"], signal.SIGKILL)
    if resumes:
        found = until(client, job, lambda row: row["state"] == "running" and row["attempt"] == 2)
        order(client, job, "stop")
        until(client, job, lambda row: row["state"] == "stopped")
    else:
        found = until(client, job, lambda row: row["state"] == "lost")
        assert found["job"]["error"]["kind"] == "lost"
        assert found["job"]["can"] == ["resume", "delete"]
    assert processes.groups(told["started"]["pid"]) == set()


def test_a_supervisor_that_cannot_begin_is_told_and_not_tried_for_ever(lab: Home, tmp_path: Path) -> None:
    jobs = Jobs(lab.path, lab.documents, lab.bus, {"cpu": 1})
    jobs.start()
    try:
        from gnomon.models.jobs.folder import JobSpec, Script

        jobs.slots = {"cpu": 0}
        entry = jobs.submit(JobSpec(kind="script", project="p", name="n", script=Script(["true"], str(tmp_path))))
        entry.folder.spec_file.write_text("{}")
        jobs.slots = {"cpu": 1}
        jobs._bell.ring()
        deadline = time.monotonic() + PATIENCE_S
        while jobs.row(entry).state != "failed":
            assert time.monotonic() < deadline
            select.select([], [], [], 0.02)
        error = jobs.row(entry).error
        assert error is not None
        assert (error.kind, error.message) == ("start", "Its supervisor ended before it began.")
        assert "CorruptError" in error.trace
    finally:
        jobs.close()


def test_pages_hear_how_jobs_are(client: TestClient, tmp_path: Path) -> None:
    with client.websocket_connect("ws://127.0.0.1:7000/api/v1/live") as socket:

        def told() -> dict[str, Any]:
            while (frame := socket.receive_json())["type"] != "job":
                assert frame["type"] in {"hello", "documents"}
            found: dict[str, Any] = frame
            return found

        socket.send_json({"op": "watch", "documents": ["job"]})
        assert socket.receive_json()["type"] == "hello"
        job = posted(client, script(tmp_path, "true"))
        while (frame := told())["job"]["state"] != "finished":
            assert (frame["id"], frame["job"]["id"]) == (job, job)
        client.delete(f"/api/v1/jobs/{job}")
        frame = told()
        assert frame == {"type": "job", "id": job, "job": None, "cursor": frame["cursor"]}


def test_a_job_is_heard_rather_than_looked_at_and_its_slot_is_free_at_once(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gnomon.server.jobs, "LOOK_S", 1e6)
    with client.websocket_connect("ws://127.0.0.1:7000/api/v1/live") as socket:
        states: dict[str, str] = {}

        def hear(job: str, state: str) -> None:
            while states.get(job) != state:
                frame = socket.receive_json()
                if frame["type"] == "job":
                    states[frame["id"]] = frame["job"]["state"]

        socket.send_json({"op": "watch", "documents": ["job"]})
        first, second = (posted(client, waits(tmp_path, name)) for name in ("first", "second"))
        hear(first, "running")
        for do, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
            order(client, first, do)
            hear(first, state)
        hear(second, "running")
        order(client, second, "stop")
        hear(second, "stopped")


def test_of_checkpoints_that_follow_one_another_the_last_is_told() -> None:
    names = ["running", "checkpoint", "checkpoint", "paused", "checkpoint", "finished", "checkpoint"]
    events = [Event(float(at), name, step=at) for at, name in enumerate(names)]
    assert [event.step for event in condensed(events)] == [0, 2, 3, 4, 5, 6]
    assert condensed([]) == []
