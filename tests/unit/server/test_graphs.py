"""Graphs as a browser sees them: made, patched, followed by others, looked at as they were, deleted and back."""

import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from gnomon.graph.document import decode, plain
from gnomon.graph.patch import apply
from gnomon.server import graphs as module
from gnomon.server.graphs import Graphs, Sender
from gnomon.store.home import Home

LIVE = "ws://127.0.0.1:7000/api/v1/live"
IMAGE = {"id": "image", "type": "core/image_input@1"}
FLAT = {"id": "flat", "type": "core/flatten@1"}
DENSE = {"id": "dense", "type": "core/dense@1", "params": {"units": 10}}
CHAIN = [
    {"op": "add", "node": IMAGE},
    {"op": "add", "node": FLAT},
    {"op": "add", "node": DENSE},
    {"op": "connect", "from": ["image", "out"], "to": ["flat", "in"]},
    {"op": "connect", "from": ["flat", "out"], "to": ["dense", "in"]},
]
UNITS = {"op": "set", "id": "dense", "params": {"units": 30}}


def make(client: TestClient, name: str = "digits", **more: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/graphs", json={"project": "p", "name": name, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def patch(client: TestClient, graph: str, rev: int, *ops: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = client.patch(f"/api/v1/graphs/{graph}", json={"rev": rev, "ops": ops, **more})
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{rev + 1}"'), answer.text
    return answer.json()


def read(client: TestClient, graph: str, rev: int | None = None) -> dict[str, Any]:
    answer = client.get(f"/api/v1/graphs/{graph}", params={} if rev is None else {"rev": rev})
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{answer.json()["rev"]}"'), answer.text
    return answer.json()


def test_a_graph_is_made_once_for_a_name_in_a_project(client: TestClient) -> None:
    made = make(client)
    empty = {"name": "digits", "target": "torch", "nodes": [], "edges": [], "groups": [], "train": {}, "data": {}}
    assert made["graph"] == {**empty, "source": {}, "format": "graph/1"}
    again = client.post("/api/v1/graphs", json={"project": "p", "name": "digits", "template": "mlp"})
    assert (again.status_code, again.json()["id"], again.json()["rev"]) == (200, made["id"], 1)
    other = client.post("/api/v1/graphs", json={"project": "q", "name": "digits"})
    assert (other.status_code, other.json()["id"] != made["id"]) == (201, True)
    rows = client.get("/api/v1/graphs", params={"project": "p"}).json()["graphs"]
    names = ("id", "project", "name", "target", "nodes", "params", "sha", "rev", "created", "updated")
    assert rows == [{name: made[name] for name in names}]
    assert len(client.get("/api/v1/graphs").json()["graphs"]) == 2


def test_a_project_of_graphs_alone_is_listed_until_they_are_gone(client: TestClient) -> None:
    def projects() -> list[tuple[str, int]]:
        return [(row["name"], row["runs"]) for row in client.get("/api/v1/projects").json()["projects"]]

    assert projects() == []
    made = make(client)
    assert projects() == [("p", 0)]
    patch(client, made["id"], 1, *CHAIN)
    assert projects() == [("p", 0)]
    assert client.delete(f"/api/v1/graphs/{made['id']}").status_code == 204
    assert projects() == []


def test_a_graph_begins_as_a_document_that_was_saved(client: TestClient) -> None:
    first = make(client)
    patch(client, first["id"], 1, *CHAIN)
    saved = read(client, first["id"])
    copy = make(client, "copy", graph=saved["graph"])
    assert copy["graph"] == {**saved["graph"], "name": "copy"}
    same = ("nodes", "params", "sha", "target")
    assert [copy[name] for name in same] == [saved[name] for name in same] == [3, 7850, saved["sha"], "torch"]
    assert {**copy["report"], "took_us": 0} == {**saved["report"], "took_us": 0}


def test_every_patch_is_a_revision_that_tells_what_it_did(client: TestClient) -> None:
    graph = make(client)["id"]
    patched = patch(client, graph, 1, *CHAIN, by="ann", token="tab:1", label="Paste")
    assert (patched["rev"], patched["code"], patched["added"]) == (2, None, [])
    out = {"shape": [10], "dtype": "float32", "text": "10", "classes": None}
    report = patched["report"]["nodes"]["dense"]
    assert {name: report[name] for name in (*out, "params", "outs") if name in report} == {
        **{name: out[name] for name in ("shape", "dtype", "text")},
        "params": 7850,
        "outs": [out],
    }
    assert patched["report"]["totals"]["params"] == 7850
    patch(client, graph, 2, UNITS, label="x" * 300)
    edits = client.get(f"/api/v1/graphs/{graph}/ops", params={"since": 1}).json()
    assert (edits["rev"], [{**edit, "time": 0} for edit in edits["edits"]]) == (
        3,
        [
            {"rev": 2, "time": 0, "ops": CHAIN, "by": "ann", "token": "tab:1", "label": "Paste"},
            {"rev": 3, "time": 0, "ops": [UNITS], "by": "", "token": "", "label": "x" * 255 + "…"},
        ],
    )
    assert client.get(f"/api/v1/graphs/{graph}/ops", params={"since": 3}).json() == {"rev": 3, "edits": []}
    found = client.get(f"/api/v1/graphs/{graph}/revisions", params={"limit": 2}).json()
    assert ([{**row, "time": 0} for row in found["revisions"]], found["more"]) == (
        [
            {**_REVISION, "rev": 3, "label": "x" * 255 + "…", "changed": "Set units of dense", "nodes": 3},
            {
                **_REVISION,
                "rev": 2,
                "by": "ann",
                "label": "Paste",
                "changed": "Added image, flat and dense",
                "nodes": 3,
            },
        ],
        True,
    )
    older = client.get(f"/api/v1/graphs/{graph}/revisions", params={"before": 2}).json()
    assert ([row["rev"] for row in older["revisions"]], older["more"]) == ([1], False)
    assert read(client, graph, 2)["graph"]["nodes"][2]["params"] == {"units": 10}
    assert read(client, graph)["graph"]["nodes"][2]["params"] == {"units": 30}


_REVISION = {"time": 0, "by": "", "label": "", "changed": "", "nodes": 0, "deleted": False}


def test_a_patch_made_on_another_revision_is_refused_and_names_the_present_one(client: TestClient) -> None:
    graph = make(client)["id"]
    patch(client, graph, 1, *CHAIN)
    late = client.patch(f"/api/v1/graphs/{graph}", json={"rev": 1, "ops": [UNITS]})
    assert (late.status_code, late.json()["rev"], late.json()["title"]) == (409, 2, "Somebody was faster")
    assert f"/api/v1/graphs/{graph}/ops?since=1" in late.json()["detail"]
    early = client.patch(f"/api/v1/graphs/{graph}", json={"rev": 3, "ops": [UNITS]})
    assert (early.status_code, early.json()["rev"]) == (409, 2)
    assert read(client, graph)["rev"] == 2


def test_of_a_patch_all_operations_are_applied_or_none(client: TestClient) -> None:
    graph = make(client)["id"]
    wrong = client.patch(f"/api/v1/graphs/{graph}", json={"rev": 1, "ops": [*CHAIN, {"op": "remove", "id": "ghost"}]})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "ops[5].id")
    assert (read(client, graph)["rev"], read(client, graph)["graph"]["nodes"]) == (1, [])


def test_a_new_name_must_be_free_in_the_project(client: TestClient) -> None:
    graph, _ = make(client)["id"], make(client, "taken")
    ops = [{"op": "document", "name": "taken"}]
    refused = client.patch(f"/api/v1/graphs/{graph}", json={"rev": 1, "ops": ops})
    assert (refused.status_code, refused.json()["field"]) == (400, "name")
    patch(client, graph, 1, {"op": "document", "name": "other"})
    assert {row["name"] for row in client.get("/api/v1/graphs").json()["graphs"]} == {"taken", "other"}
    assert make(client, "digits")["id"] != graph
    client.delete(f"/api/v1/graphs/{graph}")
    make(client, "other")
    back = client.post(f"/api/v1/graphs/{graph}:restore")
    assert (back.status_code, back.json()["field"]) == (400, "name")
    for name in ("", " ", "a\nb", "a" * 201, "\u202e"):
        made = client.post("/api/v1/graphs", json={"project": "p", "name": name})
        assert (made.status_code in {400, 413}, made.json()["field"]) == (True, "name"), name


def test_an_earlier_revision_comes_back_as_a_new_one(client: TestClient) -> None:
    graph = make(client)["id"]
    patch(client, graph, 1, *CHAIN)
    patch(client, graph, 2, {"op": "remove", "id": "flat"}, UNITS, {"op": "document", "target": "keras"})
    back = client.post(f"/api/v1/graphs/{graph}:restore", json={"rev": 2, "token": "t"}).json()
    assert (back["rev"], back["graph"]) == (4, read(client, graph, 2)["graph"])
    (edit,) = client.get(f"/api/v1/graphs/{graph}/ops", params={"since": 3}).json()["edits"]
    assert (edit["label"], edit["token"]) == ("Restored revision 2", "t")
    assert plain(apply(decode(read(client, graph, 3)["graph"]), edit["ops"])[0]) == plain(decode(back["graph"]))
    assert client.post(f"/api/v1/graphs/{graph}:restore", json={"rev": 2}).json()["rev"] == 4
    missing = client.post(f"/api/v1/graphs/{graph}:restore", json={"rev": 99})
    assert (missing.status_code, "revision 99" in missing.json()["detail"]) == (404, True)


def test_a_deleted_graph_comes_back_as_it_was(client: TestClient) -> None:
    graph = make(client)["id"]
    patch(client, graph, 1, *CHAIN)
    before = read(client, graph)
    url = f"/api/v1/graphs/{graph}"
    assert client.delete(url, headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(url, headers={"If-Match": '"2"'}).status_code == 204
    for answer in (client.get(url), client.delete(url), client.patch(url, json={"rev": 2, "ops": [UNITS]})):
        assert (answer.status_code, ":restore" in answer.json()["detail"]) == (404, True)
    assert client.get("/api/v1/graphs").json()["graphs"] == []
    assert [e["ops"] for e in client.get(f"{url}/ops", params={"since": 1}).json()["edits"]] == [CHAIN, None]
    back = client.post(f"{url}:restore").json()
    assert (back["rev"], back["graph"]) == (4, before["graph"])
    deleted = [row["deleted"] for row in client.get(f"{url}/revisions").json()["revisions"]]
    assert deleted == [False, True, False, False]
    patch(client, graph, 4, UNITS)


def test_two_revisions_are_compared(client: TestClient) -> None:
    graph = make(client)["id"]
    patch(client, graph, 1, *CHAIN)
    patch(client, graph, 2, UNITS, {"op": "remove", "id": "image"})
    difference = client.get(f"/api/v1/graphs/{graph}/diff", params={"from": 2}).json()
    assert difference == {
        "first": 2,
        "second": 3,
        "added": [],
        "removed": ["image"],
        "changed": [{"id": "dense", "params": {"units": [10, 30]}, "type": None}],
        "renamed": [],
        "edges_added": [],
        "edges_removed": [{"from": ["image", "out"], "to": ["flat", "in"]}],
        "document": {},
        "text": "- image, dense.units 10 → 30",
    }
    back = client.get(f"/api/v1/graphs/{graph}/diff", params={"from": 3, "to": 2}).json()
    assert (back["added"], back["removed"]) == (["image"], [])


def test_two_browsers_on_one_graph_stay_the_same(client: TestClient) -> None:
    graph = make(client)["id"]
    other = make(client, "other")["id"]
    with client.websocket_connect(LIVE) as one, client.websocket_connect(LIVE) as two:
        seen = {"one": decode(read(client, graph)["graph"]), "two": decode(read(client, graph)["graph"])}
        for socket in (one, two):
            assert socket.receive_json()["type"] == "hello"
            socket.send_json({"op": "watch", "documents": [f"graph/{graph}"]})
            assert socket.receive_json()["type"] == "hello"
        patch(client, other, 1, *CHAIN)
        patch(client, graph, 1, *CHAIN, token="one:1")
        # The second has not heard of it yet, and comes too late: it goes on from what came between.
        late = client.patch(
            f"/api/v1/graphs/{graph}", json={"rev": 1, "ops": [{"op": "add", "node": {**DENSE, "id": "b"}}]}
        )
        edits = client.get(f"/api/v1/graphs/{graph}/ops", params={"since": 1}).json()
        assert (late.status_code, late.json()["rev"], edits["rev"]) == (409, 2, 2)
        patch(client, graph, 2, {"op": "add", "node": {**DENSE, "id": "b"}}, token="two:1")
        client.post(f"/api/v1/graphs/{graph}:restore", json={"rev": 2})
        client.delete(f"/api/v1/graphs/{graph}")
        for name, socket in (("one", one), ("two", two)):
            frames = [socket.receive_json() for _ in range(4)]
            assert [(f["type"], f["id"], f["rev"], f["token"], f["deleted"]) for f in frames] == [
                ("graph", graph, 2, "one:1", False),
                ("graph", graph, 3, "two:1", False),
                ("graph", graph, 4, "", False),
                ("graph", graph, 5, "", True),
            ]
            for frame in frames[:3]:
                seen[name] = apply(seen[name], frame["ops"])[0]
    assert seen["one"] == seen["two"] == decode(read(client, graph, 4)["graph"])


def test_a_page_that_lists_graphs_hears_which_changed(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_json({"op": "watch", "documents": ["graph"]})
        socket.receive_json()
        graph = make(client)["id"]
        frame = socket.receive_json()
        assert (frame["type"], frame["changes"]) == (
            "documents",
            [{"kind": "graph", "id": graph, "rev": 1, "deleted": False}],
        )


def test_who_is_too_far_behind_reads_the_graph_anew(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EDITS", 2)
    graph = make(client)["id"]
    patch(client, graph, 1, *CHAIN)
    for rev in range(2, 5):
        patch(client, graph, rev, {"op": "set", "id": "dense", "params": {"units": rev}})
    url = f"/api/v1/graphs/{graph}/ops"
    assert [e["ops"] is None for e in client.get(url, params={"since": 3}).json()["edits"]] == [False, False]
    (edit,) = client.get(url, params={"since": 2}).json()["edits"]
    assert (edit["rev"], edit["ops"]) == (5, None)
    ahead = client.get(url, params={"since": 6})
    assert (ahead.status_code, ahead.json()["field"]) == (400, "since")


def test_graphs_that_are_forgotten_are_read_again(lab: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OPEN", 2)
    kept = Graphs(lab.documents, lab.bus)
    ids = [kept.create("p", f"g{i}", decode({}), Sender())[0].document.id for i in range(5)]
    for id_ in ids:
        kept.patch(id_, 1, CHAIN, Sender())
    assert len(kept._open) == 2
    for rev, id_ in [(2, id_) for id_ in ids] + [(3, id_) for id_ in reversed(ids)]:
        kept.patch(id_, rev, [{"op": "set", "id": "dense", "params": {"units": rev}}], Sender())
    for id_ in ids:
        assert (kept.get(id_).document.rev, kept.get(id_).graph) == (4, Graphs(lab.documents, lab.bus).get(id_).graph)


def test_of_many_who_patch_one_revision_at_once_one_succeeds(lab: Home) -> None:
    kept = Graphs(lab.documents, lab.bus)
    graph = kept.create("p", "g", decode({}), Sender())[0].document.id
    kept.patch(graph, 1, CHAIN, Sender())
    won: list[int] = []

    def edit(n: int) -> None:
        for rev in range(2, 8):
            try:
                kept.patch(graph, rev, [{"op": "set", "id": "dense", "params": {"units": 100 * rev + n}}], Sender())
            except module.GraphRevisionError:
                continue
            won.append(rev)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    newest = kept.get(graph).document.rev
    assert sorted(won) == list(range(2, newest))
    graphs = decode({"name": "g"})
    for each in kept.edits(graph, 1):
        graphs = apply(graphs, each.ops or [])[0]
    assert graphs == kept.get(graph).graph


def test_a_graph_is_checked_without_being_stored(client: TestClient) -> None:
    graph = make(client)["id"]
    patch(client, graph, 1, *CHAIN)
    kept = read(client, graph)
    checked = client.post("/api/v1/graphs:check", json={"graph": kept["graph"]}).json()["report"]
    assert {**checked, "took_us": 0} == {**kept["report"], "took_us": 0}
    broken = {
        "nodes": [{"id": "a", "type": "acme/magic@1"}, {"id": "b", "type": "core/dense@1", "params": {"units": 0}}]
    }
    issues = client.post("/api/v1/graphs:check", json={"graph": broken}).json()["report"]["issues"]
    assert {("a", "E001"), ("b", "E101")} <= {(issue["node"], issue["code"]) for issue in issues}


def test_the_palette_describes_every_component_and_is_sent_once(client: TestClient) -> None:
    first = client.get("/api/v1/components")
    dense = next(each for each in first.json()["components"] if each["type"] == "core/dense@1")
    assert (dense["title"], dense["category"], dense["inputs"][0]["name"]) == ("Dense", "Dense", "in")
    units = next(param for param in dense["params"] if param["name"] == "units")
    assert (units["kind"], units["min"], units["role"]) == ("int", 1, "units")
    block = next(each for each in first.json()["blocks"] if each["name"] == "transformer_encoder")
    assert (block["enter"], block["leave"], len(block["nodes"])) == (
        [["norm1", "in"], ["sum1", "in.1"]],
        ["sum2", "out"],
        9,
    )
    assert block["follows"] == [
        {"node": "widen", "param": "units", "times": 4},
        {"node": "narrow", "param": "units", "times": 1},
    ]
    again = client.get("/api/v1/components", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for path, name in (("components", "type"), ("templates", "name"), ("checks", "code")):
        rows = client.get(f"/api/v1/{path}").json()[path]
        assert len(rows) == len({row[name] for row in rows}) > 8
    flat = next(row for row in client.get("/api/v1/templates").json()["templates"] if row["name"] == "mlp")
    assert (flat["nodes"], flat["params"], flat["graph"]["nodes"][0]["id"]) == (5, 23_860, "image")


def test_a_graph_outlives_the_server(home: Path) -> None:
    with Home.open(home) as lab:
        kept = Graphs(lab.documents, lab.bus)
        graph = kept.create("p", "g", decode({}), Sender())[0].document.id
        before = kept.patch(graph, 1, CHAIN, Sender("ann", "t", "Chain"))[0]
    with Home.open(home) as lab:
        again = Graphs(lab.documents, lab.bus).get(graph)
        edits = [each.document for each in Graphs(lab.documents, lab.bus).edits(graph, 1)]
    assert (again.document, again.graph, again.found.report) == (before.document, before.graph, before.found.report)
    assert [(each.by, each.body["label"], each.body["ops"]) for each in edits if each] == [("ann", "Chain", CHAIN)]


def test_a_group_becomes_one_node_and_opens_again(client: TestClient) -> None:
    grouped = [*CHAIN, {"op": "group", "group": {"id": "head", "nodes": ["flat", "dense"]}}]
    graph, _ = apply(decode({}), grouped)
    promoted = client.post("/api/v1/graphs:promote", json={"graph": plain(graph), "id": "head"})
    one, _ = apply(graph, promoted.json()["ops"])
    assert [(node.id, node.type) for node in one.nodes] == [("image", IMAGE["type"]), ("head", "core/subgraph@1")]
    opened = client.post("/api/v1/graphs:open", json={"graph": plain(one), "id": "head"})
    again, _ = apply(one, opened.json()["ops"])
    assert [node.id for node in again.nodes] == ["image", "flat", "dense"]
    refused = client.post("/api/v1/graphs:promote", json={"graph": plain(graph), "id": "tail"})
    assert (refused.status_code, "There are head." in refused.json()["detail"]) == (404, True)
