"""Own components: Python files of a project, kept in versions and run in workers, whatever they do there."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from gnomon.graph.document import decode
from gnomon.graph.own_source import template_source
from gnomon.server import components as module
from gnomon.server.app import create_app
from gnomon.server.components import Components
from gnomon.server.settings import ServerSettings
from gnomon.server.worker_process import WorkerLimits
from gnomon.server.workers import Workers
from gnomon.store.home import Home

AT = "/api/v1/projects/p/components"
HEAD = """from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, component, param
from gnomon.graph.spec import Spec

@component("own/odd@1", title="Odd", category="Own")
class Odd(Component):
    \"\"\"Is odd.\"\"\"

    times: int = param(2, doc="How often.", min=1)

    def torch(self, x):
        return Code("{0} * " + str(self.times))

    def infer(self, x: Spec) -> Inferred:
"""
GOOD = HEAD + "        return Inferred(x, params=self.times)\n"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for answers however busy the machine is."""
    monkeypatch.setattr(module, "ASK_S", 300.0)
    monkeypatch.setattr(module, "WAIT_S", 600.0)
    monkeypatch.setattr(module, "DESCRIBE_S", 300.0)


def save(client: TestClient, source: str, status: int = 201, **more: Any) -> dict[str, Any]:
    answer = client.post(AT, json={"source": source, **more})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def graph_with(client: TestClient, type_: str, name: str = "g", **params: Any) -> dict[str, Any]:
    """Make a graph of one own component, between an input of 8 numbers and a regression."""
    nodes = [
        {"id": "x", "type": "core/numeric_input@1", "params": {"columns": 8}},
        {"id": "own", "type": type_, "params": params},
        {"id": "y", "type": "core/regression@1"},
    ]
    edges = [{"from": ["x", "out"], "to": ["own", "in"]}, {"from": ["own", "out"], "to": ["y", "in"]}]
    graph = {"nodes": nodes, "edges": edges}
    answer = client.post("/api/v1/graphs", json={"project": "p", "name": name, "graph": graph})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def issues_of(graph: dict[str, Any]) -> list[tuple[str, str]]:
    return [(issue["code"], issue["message"]) for issue in graph["report"]["issues"] if issue["node"] == "own"]


def test_the_template_is_a_component_that_works_and_stands_in_the_palette(client: TestClient) -> None:
    source = client.get(f"{AT}:template").json()["source"]
    kept = save(client, source)
    assert (kept["name"], kept["type"], kept["version"], kept["source"]) == ("gate", "own/p.gate@1", 1, source)
    ours = client.get("/api/v1/components", params={"project": "p"}).json()["components"]
    assert [(row["type"], row["category"]) for row in ours if row["type"].startswith("own/")] == [
        ("own/p.gate@1", "Own")
    ]
    assert kept["component"] == next(row for row in ours if row["type"] == "own/p.gate@1")
    assert client.get("/api/v1/components", params={"project": "q"}).json() == client.get("/api/v1/components").json()
    graph = graph_with(client, "own/p.gate@1", sharpness=2.0)
    assert (graph["report"]["nodes"]["own"]["text"], graph["report"]["nodes"]["own"]["params"]) == ("8", 72)
    for target, line in (("torch", "own = x * torch.sigmoid(2.0 * self.own(x))"), ("keras", "own = x * ops.sigmoid(")):
        written = client.post("/api/v1/graphs:code", json={"graph": graph["graph"], "target": target}).json()
        assert line in written["text"]
        assert "gnomon" not in written["text"]
    read = {"text": written["text"], "target": "keras", "graph": graph["graph"]}
    found = client.post("/api/v1/graphs:parse", json=read).json()["graph"]
    assert [node["type"] for node in found["nodes"]] == [node["type"] for node in graph["graph"]["nodes"]]


def test_versions_are_for_good_and_graphs_that_use_an_older_one_are_told(client: TestClient) -> None:
    save(client, GOOD)
    old = graph_with(client, "own/p.odd@1")
    newer = GOOD.replace("params=self.times", "params=self.times * 100")
    assert save(client, newer, follows=1)["version"] == 2
    assert save(client, newer, 200)["version"] == 2
    assert save(client, GOOD, 409, follows=1)["status"] == 409
    detail = client.get(f"{AT}/odd").json()
    assert [(each["version"], each["type"]) for each in detail["versions"]] == [(2, "own/p.odd@2"), (1, "own/p.odd@1")]
    assert detail["used"] == [{"id": old["id"], "name": "g", "versions": [1]}]
    assert client.get(f"{AT}/odd", params={"version": 1}).json()["source"] == GOOD
    again = client.get(f"/api/v1/graphs/{old['id']}").json()
    assert again["report"]["nodes"]["own"]["params"] == 2
    issue = next(each for each in again["report"]["issues"] if each["node"] == "own")
    assert (issue["level"], issue["code"]) == ("tip", "T111")
    asked = {"rev": again["rev"], "ops": issue["fixes"][0]["ops"]}
    assert client.patch(f"/api/v1/graphs/{old['id']}", json=asked).status_code == 200
    after = client.get(f"/api/v1/graphs/{old['id']}").json()
    assert (after["report"]["nodes"]["own"]["params"], issues_of(after)) == (200, [])


def test_a_component_that_was_taken_away_keeps_its_nodes_working(client: TestClient) -> None:
    save(client, GOOD)
    graph = graph_with(client, "own/p.odd@1")
    assert client.delete(f"{AT}/odd").status_code == 204
    assert client.get(AT).json()["components"] == []
    assert client.get(f"{AT}/odd").status_code == 404
    again = client.get(f"/api/v1/graphs/{graph['id']}").json()
    assert (again["report"]["nodes"]["own"]["params"], issues_of(again)) == (2, [])
    rows = client.get("/api/v1/components", params={"project": "p"}).json()["components"]
    assert [(row["type"], row["category"]) for row in rows if "own/" in row["type"]] == [("own/p.odd@1", "")]
    back = save(client, GOOD)
    assert (back["version"], [each["version"] for each in back["versions"]]) == (3, [3, 1])


def test_a_file_that_is_no_component_is_refused_with_the_line_and_not_kept(client: TestClient) -> None:
    for source, line, what in (
        ("x = 1\n1 / 0\n", 2, "ZeroDivisionError"),
        ("def f(:\n", 1, "SyntaxError"),
        ("x = 1\n", 1, "There is no component in it"),
        (GOOD.replace("def torch", "def neither"), 11, "expected a method torch or keras"),
        ("import sys\nsys.exit()\n", 2, "SystemExit"),
    ):
        for path in (AT, f"{AT}:describe"):
            answer = client.post(path, json={"source": source})
            problem = answer.json()
            assert answer.status_code in {400, 422}
            assert (problem["line"], what in problem["detail"]) == (line, True), problem
    assert client.get(AT).json()["components"] == []


def test_a_file_that_was_saved_for_another_component_is_refused(client: TestClient) -> None:
    save(client, GOOD, name="odd")
    assert "expected the class of gate, received that of odd" in save(client, GOOD, 400, name="gate")["detail"]


@pytest.mark.parametrize(
    ("body", "code", "what"),
    [
        ("raise ValueError('no good')", "E199", "Its code raises ValueError: no good (line 15 of odd)"),
        ("import sys; sys.exit(3)", "E199", "Its code raises SystemExit: 3 (line 15 of odd)"),
        ("import os; os._exit(3)", "E120", "It cannot be asked just now: "),
        ("return 7", "E199", "expected an Inferred, received int"),
        ("return Inferred((x, x))", "E199", "expected a Spec for each of 1 outputs, received 2"),
        ("print('x' * 100000); return Inferred(x)", "", ""),
    ],
)
def test_whatever_it_does_when_it_is_asked_is_told_on_its_node(
    client: TestClient, body: str, code: str, what: str
) -> None:
    save(client, f"{HEAD}        {body}\n")
    found = issues_of(graph_with(client, "own/p.odd@1"))
    assert [each for each, _ in found] == ([code] if code else [])
    assert all(what in message for _, message in found), found


def test_one_that_does_not_answer_is_left_alone_for_a_while(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASK_S", 0.2)
    save(client, f"{HEAD}        import threading\n        threading.Event().wait()\n")
    graph = graph_with(client, "own/p.odd@1")
    monkeypatch.setattr(module, "ASK_S", 3600.0)  # asked again, it would never end
    again = client.get(f"/api/v1/graphs/{graph['id']}").json()
    for found in (graph, again):
        assert [(code, "Its code does not answer" in message) for code, message in issues_of(found)] == [("E120", True)]


def test_one_that_eats_memory_is_ended_and_the_next_edit_has_a_fresh_process(lab: Home) -> None:
    limits = WorkerLimits(memory_bytes=400 << 20)
    app = create_app(lab, ServerSettings(workers=limits))
    with TestClient(app, base_url="http://127.0.0.1:7000", raise_server_exceptions=False) as client:
        save(client, f"{HEAD}        kept = []\n        while True: kept.append(bytearray(b'x' * (32 << 20)))\n")
        [(code, message)] = issues_of(graph_with(client, "own/p.odd@1"))
        assert (code, "Its code does not answer: " in message, "memory" in message) == ("E120", True, True)
        save(client, GOOD)
        assert issues_of(graph_with(client, "own/p.odd@2", "other")) == []


def test_without_leave_nothing_is_run_and_nodes_and_files_stay(client: TestClient, lab: Home) -> None:
    save(client, GOOD)
    graph = graph_with(client, "own/p.odd@1")
    closed = create_app(lab, ServerSettings(allow_code=False))
    with TestClient(closed, base_url="http://127.0.0.1:7000", raise_server_exceptions=False) as other:
        again = other.get(f"/api/v1/graphs/{graph['id']}").json()
        [(code, message)] = issues_of(again)
        assert (code, "It cannot be asked: " in message, "--allow-code" in message) == ("E120", True, True)
        assert again["graph"] == graph["graph"]
        listed = other.get(AT).json()
        assert ([row["name"] for row in listed["components"]], listed["allow_code"]) == (["odd"], False)
        assert other.get(f"{AT}/odd").json()["source"] == GOOD
        assert other.post(AT, json={"source": GOOD + "#"}).status_code == 403
    assert client.get(f"/api/v1/graphs/{graph['id']}").json()["report"]["nodes"]["own"]["params"] == 2


def test_nothing_of_a_file_runs_in_the_server(lab: Home, tmp_path: Path) -> None:
    """A payload that leaves a file when it is run: it may leave one in a worker, and none without leave to run."""
    left = tmp_path / "left"
    payload = f"open({str(left)!r}, 'a').close()\n{GOOD}"
    closed = create_app(lab, ServerSettings(allow_code=False))
    with TestClient(closed, base_url="http://127.0.0.1:7000", raise_server_exceptions=False) as client:
        for path in (AT, f"{AT}:describe"):
            assert client.post(path, json={"source": payload}).status_code == 403
        for asked in ({"text": payload}, {"text": payload + "\nmodel = keras.Sequential([Odd()])", "target": "keras"}):
            assert client.post("/api/v1/graphs:parse", json=asked).status_code == 400
        body: dict[str, Any] = {
            "project": "p",
            "source": payload,
            "digest": "0" * 64,
            "description": {"name": "odd", "title": "Odd"},
        }
        body["gone"] = False
        lab.documents.put("component", "p.odd", body, 1)
        graph = graph_with(client, "own/p.odd@1")
        assert client.post("/api/v1/graphs:code", json={"graph": graph["graph"]}).status_code == 200
    assert not left.exists()


def test_a_group_is_written_as_a_component_that_is_the_group(client: TestClient) -> None:
    graph = {
        "nodes": [
            {"id": "x", "type": "core/numeric_input@1", "params": {"columns": 8}},
            {"id": "wide", "type": "core/dense@1", "params": {"units": 32}},
            {"id": "act", "type": "core/activation@1"},
            {"id": "y", "type": "core/regression@1"},
        ],
        "edges": [
            {"from": ["x", "out"], "to": ["wide", "in"]},
            {"from": ["wide", "out"], "to": ["act", "in"]},
            {"from": ["act", "out"], "to": ["y", "in"]},
        ],
        "groups": [{"id": "block", "nodes": ["wide", "act"], "title": 'My "wide" block\\'}],
    }
    made = client.post("/api/v1/graphs", json={"project": "p", "name": "grouped", "graph": graph}).json()
    asked = {"graph": made["id"], "group": "block"}
    source = client.post(f"{AT}:group", json=asked).json()["source"]
    kept = save(client, source)
    assert (kept["name"], kept["component"]["title"]) == ("my_wide_block", 'My "wide" block\\')
    found = graph_with(client, kept["type"])
    assert (found["report"]["nodes"]["own"]["params"], issues_of(found)) == (8 * 32 + 32, [])
    code = client.post("/api/v1/graphs:code", json={"graph": found["graph"]}).json()["text"]
    assert "class MyWideBlock(nn.Module):" in code
    assert client.post(f"{AT}:group", json={**asked, "group": "none"}).status_code == 404


def test_who_runs_a_graph_elsewhere_gets_the_files_of_the_versions_that_it_uses(client: TestClient, lab: Home) -> None:
    save(client, GOOD)
    save(client, GOOD + "# newer\n")
    inner = {"nodes": [{"id": "x", "type": "core/input@1"}, {"id": "own", "type": "own/p.odd@2"}]}
    graph = decode(
        {
            "nodes": [
                {"id": "a", "type": "own/p.odd@1"},
                {"id": "b", "type": "core/subgraph@1", "params": {"graph": inner}},
                {"id": "c", "type": "own/p.gone@1"},
            ]
        }
    )
    components = Components(lab.documents, Workers(lab.path / "workers"))
    assert components.sources(graph) == {"own/p.odd@1": GOOD, "own/p.odd@2": GOOD + "# newer\n"}


def test_a_template_has_the_name_that_it_is_given() -> None:
    text = template_source("soft_gate")
    assert 'title="Soft gate"' in text
    assert "class SoftGate(Component):" in text
