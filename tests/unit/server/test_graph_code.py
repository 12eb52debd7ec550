"""Graphs and code over HTTP: written, read, and code by hand that follows the nodes."""

from typing import Any

from starlette.testclient import TestClient

from gnomon.graph.code import parse
from gnomon.graph.document import decode, plain
from gnomon.graph.patch import apply
from gnomon.graph.templates import template

URL = "/api/v1/graphs"
BY_HAND = '''"""A model of mine."""

import torch
from torch import nn


class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(784, 30)  # few are enough
        self.head = nn.Linear(30, 10)

    def forward(self, x: torch.Tensor):
        first = self.first(x)
        gate = torch.sigmoid(first) * 0.5
        head = self.head(gate)
        return head
'''


def post(client: TestClient, path: str, body: Any, status: int = 200) -> Any:
    answer = client.post(f"{URL}{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def by_hand(client: TestClient) -> dict[str, Any]:
    body = {"project": "p", "name": "mine", "code": BY_HAND, "target": "torch"}
    return post(client, "", body, 201)


def test_a_graph_is_written_for_both_targets_with_the_lines_of_its_nodes(client: TestClient) -> None:
    graph = plain(template("mlp").graph)
    torch = post(client, ":code", {"graph": graph})
    keras = post(client, ":code", {"graph": graph, "target": "keras"})
    assert [(each["target"], each["missing"], each["by_hand"]) for each in (torch, keras)] == [
        ("torch", [], False),
        ("keras", [], False),
    ]
    for written, made in ((torch, "nn.Linear(784, 30)"), (keras, "layers.Dense(30")):
        lines = written["text"].splitlines()
        spans = written["lines"]["hidden"]
        assert made in "\n".join(line for first, last in spans for line in lines[first - 1 : last])


def test_what_code_says_differently_comes_as_operations(client: TestClient) -> None:
    before = template("mlp").graph
    text = post(client, ":code", {"graph": plain(before)})["text"]
    same = post(client, ":parse", {"text": text, "graph": plain(before)})
    assert (same["ops"], same["notes"], decode(same["graph"])) == ([], [], before)
    edited = post(
        client,
        ":parse",
        {"text": text.replace("(784, 30)", "(784, 64)").replace("(30, 10)", "(64, 10)"), "graph": plain(before)},
    )
    assert edited["ops"] == [{"op": "set", "id": "hidden", "unset": ["units"]}]
    assert apply(before, edited["ops"])[0] == decode(edited["graph"])
    assert set(edited["lines"]) >= {"hidden", "head"}


def test_a_graph_begins_as_code(client: TestClient) -> None:
    made = by_hand(client)
    assert (made["name"], made["target"], made["graph"]["source"]) == ("mine", "torch", {"torch": BY_HAND})
    assert {"first", "head"} <= set(made["report"]["nodes"])
    written = post(client, ":code", {"graph": made["graph"]})
    assert (written["by_hand"], written["missing"]) == (True, [])
    fresh = post(client, ":code", {"graph": made["graph"], "fresh": True})
    assert (fresh["by_hand"], "few are enough" in fresh["text"]) == (False, False)


def test_code_by_hand_follows_an_edit_of_the_nodes(client: TestClient) -> None:
    made = by_hand(client)
    url = f"{URL}/{made['id']}"
    ops = [{"op": "set", "id": "head", "params": {"units": 12}}]
    patched = client.patch(url, json={"rev": 1, "ops": ops}).json()
    (added,) = patched["added"]
    assert (added["op"], added["source"]) == ("document", {"torch": patched["code"]})
    assert "12" in patched["code"]
    stored = client.get(url).json()["graph"]
    assert apply(decode(made["graph"]), [*ops, added])[0] == decode(stored)
    assert parse(patched["code"], "torch", decode(stored)).graph.sha == decode(stored).sha
    (edit,) = client.get(f"{url}/ops", params={"since": 1}).json()["edits"]
    assert edit["ops"] == [*ops, added]
    # Neither looks nor code that comes along are a reason to write code.
    moved = client.patch(url, json={"rev": 2, "ops": [{"op": "note", "id": "head", "text": "ten classes"}]}).json()
    assert (moved["rev"], moved["code"], moved["added"]) == (3, None, [])
    sent = [
        *ops[:0],
        {"op": "set", "id": "head", "params": {"units": 10}},
        {"op": "document", "source": {"torch": BY_HAND}},
    ]
    assert client.patch(url, json={"rev": 3, "ops": sent}).json()["added"] == []
    assert client.get(url).json()["graph"]["source"] == {"torch": BY_HAND}


def test_text_that_is_no_code_is_written_anew_and_stays_in_its_revision(client: TestClient) -> None:
    made = by_hand(client)
    url = f"{URL}/{made['id']}"
    client.patch(url, json={"rev": 1, "ops": [{"op": "document", "source": {"torch": "class M(", "other": "x"}}]})
    patched = client.patch(url, json={"rev": 2, "ops": [{"op": "set", "id": "head", "params": {"units": 12}}]}).json()
    assert (patched["rev"], "nn.Linear(30, 12)" in patched["code"]) == (3, True)
    stored = client.get(url).json()["graph"]["source"]
    assert stored == {"torch": patched["code"], "other": "x"}
    assert client.get(url, params={"rev": 2}).json()["graph"]["source"]["torch"] == "class M("
