"""Anything at all thrown at graphs: it is refused by name or kept as it is, and what is kept can always be used."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.graph.document import decode
from gnomon.graph.patch import apply
from gnomon.graph.registry import palette
from gnomon.server.app import create_app
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather use a successor of httpx that we do not need
    from starlette.testclient import TestClient

URL = "/api/v1/graphs"
TYPES = [*(each["type"] for each in palette()), "acme/other@1"]
PARAMS = sorted({param["name"] for each in palette() for param in each["params"]})
KEYS = [
    "op",
    "id",
    "node",
    "type",
    "params",
    "from",
    "to",
    "text",
    "group",
    "nodes",
    "name",
    "source",
    "places",
    "unset",
    "at",
]
names = st.sampled_from(["a", "b", "c", "d", "e"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.integers(-2, 70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["relu", "same", "valid", "torch", "keras", "{0}", '"', "\n", "out", "in", "in.0", "a"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
params = st.dictionaries(st.sampled_from(PARAMS), values, max_size=4)
nodes = st.fixed_dictionaries({"id": names, "type": st.sampled_from(TYPES), "params": params})
ports = st.tuples(names, st.sampled_from(["in", "out", "in.0", "in.1", "context", "x"])).map(list)
edges = st.fixed_dictionaries({"from": ports, "to": ports})
ops = st.one_of(
    st.fixed_dictionaries({"op": st.just("add"), "node": nodes}),
    st.fixed_dictionaries({"op": st.just("set"), "id": names, "params": params}),
    st.fixed_dictionaries({"op": st.sampled_from(["connect", "disconnect"]), "from": ports, "to": ports}),
    st.fixed_dictionaries({"op": st.just("rename"), "id": names, "to": names | st.text(max_size=4)}),
    st.fixed_dictionaries({"op": st.sampled_from(["remove", "ungroup"]), "id": names}),
    st.fixed_dictionaries({"op": st.just("replace"), "id": names, "type": st.sampled_from(TYPES), "params": params}),
    st.fixed_dictionaries({"op": st.just("group"), "group": st.fixed_dictionaries({"id": names, "nodes": st.lists(names)})}),
    st.fixed_dictionaries({"op": st.just("document"), "target": st.sampled_from(["torch", "keras"])}),
    st.dictionaries(st.sampled_from(KEYS), values, max_size=4),
)  # fmt: skip
graphs = st.fixed_dictionaries(
    {"nodes": st.lists(nodes, max_size=5, unique_by=lambda node: node["id"]), "edges": st.lists(edges, max_size=5)},
    optional={"target": st.sampled_from(["torch", "keras"]), "train": values, "source": values, "groups": values},
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("fuzz")
    with Home(folder, MemoryEngine()) as lab:
        app = create_app(lab, ServerSettings(static=Path(folder)))
        with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
            yield made


def send(client: TestClient, method: str, path: str, body: Any) -> tuple[int, Any]:
    headers = {"content-type": "application/json"}
    answer = client.request(method, path, content=msgspec.json.encode(body), headers=headers)
    assert answer.status_code < 500, answer.text
    return answer.status_code, answer.json()


@given(graphs, st.sampled_from(["torch", "keras"]))
def test_a_graph_that_decodes_is_checked_and_written(client: TestClient, graph: Any, target: str) -> None:
    status, checked = send(client, "POST", f"{URL}:check", {"graph": graph})
    if status != 200:
        assert (status, bool(checked["detail"])) == (400, True)
        return
    decoded = decode(graph)
    assert set(checked["report"]["nodes"]) == {node.id for node in decoded.nodes}
    # Every fix can be applied to the graph that it was offered for.
    for issue in checked["report"]["issues"]:
        for fix in issue["fixes"]:
            apply(decoded, fix["ops"])
    status, written = send(client, "POST", f"{URL}:code", {"graph": graph, "target": target, "fresh": True})
    assert status == 200
    status, parsed = send(client, "POST", f"{URL}:parse", {"text": written["text"], "target": target, "graph": graph})
    assert status in {200, 400}, parsed
    if status == 200:
        assert decode(parsed["graph"]).sha == apply(decoded, parsed["ops"])[0].sha


@given(st.lists(st.lists(ops, min_size=1, max_size=5), max_size=6))
def test_patches_are_applied_whole_or_refused_by_name(client: TestClient, patches: list[list[Any]]) -> None:
    made = client.post(URL, json={"project": "p", "name": "g"}).json()
    graph, rev = decode(made["graph"]), 1
    for patch in patches:
        status, answer = send(client, "PATCH", f"{URL}/{made['id']}", {"rev": rev, "ops": patch})
        if status == 200:
            rev, graph = rev + 1, apply(graph, [*patch, *answer["added"]])[0]
        else:
            assert (status, bool(answer["field"])) == (400, True)
        assert client.get(f"{URL}/{made['id']}").json()["rev"] == rev
    stored = client.get(f"{URL}/{made['id']}").json()
    assert (decode(stored["graph"]), stored["sha"]) == (graph, graph.sha)
    back = client.post(f"{URL}/{made['id']}:restore", json={"rev": 1}).json()
    assert decode(back["graph"]) == decode(made["graph"])
    client.delete(f"{URL}/{made['id']}")


@given(st.text(max_size=400) | st.sampled_from(["class M(nn.Module):\n", "def build():\n", "import torch\n"]).flatmap(
    lambda head: st.lists(st.sampled_from([
        "    def forward(self, x):\n", "    def __init__(self):\n", "        return x\n", "        super().__init__()\n", "    x = keras.Input((3,))\n",
        "        self.a = nn.Linear(3, 4)\n", "        x = self.a(x)\n", "    return keras.Model(x, x)\n", "        x, y = x\n", "        for x in x: pass\n",
        "        if x:\n            x = self.a(x)\n", "    x = layers.Dense(3)(x)\n", "        del x\n", "        async with x: pass\n", "        *x, = x\n", "        x += 1\n",
        "        global x\n", "        x: int\n", "        return\n", "        yield x\n", "        (x := 3)\n", "    @property\n", "    lambda: x\n", "        self.a.b = x\n",
    ]), max_size=12).map(lambda lines: head + "".join(lines))
), st.sampled_from(["torch", "keras", None]))  # fmt: skip
def test_any_text_is_read_as_a_graph_or_refused(client: TestClient, text: str, target: str | None) -> None:
    status, parsed = send(client, "POST", f"{URL}:parse", {"text": text, "target": target})
    if status != 200:
        assert (status, parsed["field"]) == (400, "text")
        return
    graph = decode(parsed["graph"])
    assert send(client, "POST", f"{URL}:code", {"graph": parsed["graph"]})[0] == 200
    assert apply(decode({}), parsed["ops"])[0].sha == graph.sha
