"""Hostile documents, edits and code: they are refused or kept as text, and nothing of them ever runs in the server."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from gnomon.graph.document import MAX_NODES
from gnomon.graph.registry import palette

URL = "/api/v1/graphs"
FILLED = {"text": "abc", "code": "abc"}


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Path]:
    """Yield a file that any payload would make; it must not be there in the end."""
    path = tmp_path / "it-ran"
    yield path
    assert not path.exists()


def payloads(trap: Path) -> list[str]:
    """Return texts that make the file when they are evaluated, formatted, templated, or end a literal early."""
    touch = f"__import__('pathlib').Path({str(trap)!r}).touch()"
    return [
        touch,
        f'"; {touch}; "',
        f"'; {touch}; '",
        f'"""\n{touch}\n"""',
        f"\\'\n{touch}\n#",
        f"x\n    {touch}",
        f"{{{touch}}}",
        "{0.__class__}{layer}{inputs}{name}}}{{",
        "{{ ''.__class__.__mro__ }}{% raw %}",
        "\\N{BULLET}\\x41\\",
        "\u202e\u2028\x85 # é",
    ]


def post(client: TestClient, path: str, body: Any) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code in {200, 201, 400, 413}, answer.text
    return answer


def test_text_in_every_parameter_is_checked_and_written_as_text(client: TestClient, trap: Path) -> None:
    texts = [(c, p) for c in palette() for p in c["params"] if p["kind"] in FILLED and c["type"] != "core/code@1"]
    assert texts
    for number, payload in enumerate(payloads(trap)):
        nodes = [
            {"id": f"n{i}", "type": c["type"], "params": {p["name"]: payload}, "note": payload}
            for i, (c, p) in enumerate(texts)
        ]
        image = {"id": "image", "type": "core/image_input@1"}
        graph = {"name": f"g{number}", "nodes": [image, *nodes], "train": {payload: payload}, "data": {"name": payload}}
        graph["edges"] = [{"from": ["image", "out"], "to": [node["id"], "in"]} for node in nodes]
        assert post(client, f"{URL}:check", {"graph": graph}).status_code == 200
        for target in ("torch", "keras"):
            written = post(client, f"{URL}:code", {"graph": graph, "target": target})
            assert written.status_code == 200
            assert not {"__import__", "pathlib", "touch", "__class__", "__mro__"} & _used(written.json()["text"])


def _used(text: str) -> set[str]:
    """Return the names and attributes of a file that would be looked up when it runs."""
    tree = ast.parse(text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_names_that_are_no_names_are_refused_wherever_they_stand(client: TestClient, trap: Path) -> None:
    names = [
        "",
        "../../x",
        "a.b",
        "A",
        "1a",
        "a b",
        "é",
        "\u017felf",
        "class",
        "self",
        "forward",
        "a" * 65,
        "__class__\n",
        *payloads(trap),
    ]
    graph = post(client, URL, {"project": "p", "name": "g"}).json()["id"]
    for name in names:
        node = {"id": name, "type": "core/dense@1"}
        bodies: list[dict[str, Any]] = [{"nodes": [node]}, {"groups": [{"id": name}]}]
        ops = [{"op": "add", "node": node}, {"op": "add", "node": {"id": "a", "type": name}}]
        ops += [{"op": "rename", "id": "fine", "to": name}, {"op": "group", "group": {"id": name, "nodes": ["fine"]}}]
        for body in bodies:
            assert post(client, f"{URL}:check", {"graph": body}).status_code == 400, name
        for op in ops:
            fine = {"op": "add", "node": {"id": "fine", "type": "core/dense@1"}}
            answer = client.patch(f"{URL}/{graph}", json={"rev": 1, "ops": [fine, op]})
            assert (answer.status_code, answer.json()["field"].startswith("ops[1]")) == (400, True), (name, op)
    for kind in ("core/../../os@1", "os", "core/dense", "core/dense@-1", "core/dense@1\n", "a" * 65 + "/b@1"):
        assert post(client, f"{URL}:check", {"graph": {"nodes": [{"id": "a", "type": kind}]}}).status_code == 400


def test_code_that_is_parsed_is_read_and_never_run(client: TestClient, trap: Path) -> None:
    touch = f"__import__('pathlib').Path({str(trap)!r}).touch()"
    model = "class M(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {0}\n    def forward(self, x={1}):\n        {0}\n        return x\n"
    codes = [
        touch,
        f"import torch\nfrom torch import nn\n{touch}\n" + model.format(touch, touch),
        f"import keras\n{touch}\ndef build(x={touch}):\n    x = keras.Input(({touch},))\n    return keras.Model(x, x)\nbuild()\n",
        f"@{touch}\nclass A({touch}, metaclass={touch}): pass\n",
        f"f'{{{touch}}}'\n",
        "import antigravity\nimport os; os.system('x')\n",
    ]
    for text in codes:
        for target in ("torch", "keras"):
            post(client, f"{URL}:parse", {"text": text, "target": target})
            made = post(client, URL, {"project": "p", "name": "g", "code": text, "target": target})
            if made.status_code == 201:
                client.delete(f"{URL}/{made.json()['id']}")


def test_code_that_is_no_code_names_line_and_column(client: TestClient) -> None:
    for text, line in (("x = (\n", 1), ("def f(:\n", 1), ("a = 1\n  b = 2\n", 2)):
        answer = post(client, f"{URL}:parse", {"text": text, "target": "torch"})
        found = answer.json()
        assert (answer.status_code, found["field"], found["line"], found["column"] >= 1) == (400, "text", line, True)


def test_code_that_would_exhaust_a_parser_is_refused(client: TestClient) -> None:
    deep = "x = " + "(" * 5_000 + "1" + ")" * 5_000
    for text in (
        deep,
        "x = " + "-" * 200_000 + "1",
        "x" * ((1 << 20) + 1),
        "\x00",
        "x = '\ud800'",
        "a." * 100_000 + "b",
    ):
        answer = client.post(
            f"{URL}:parse",
            content=json.dumps({"text": text, "target": "torch"}),
            headers={"content-type": "application/json"},
        )
        assert answer.status_code in {400, 413}, text[:20]


@pytest.mark.parametrize(
    ("graph", "status"),
    [
        ([], 400),
        ({"format": "graph/2"}, 400),
        ({"nodes": [{"id": "a", "type": "core/dense@1"}] * 2}, 400),
        ({"nodes": [{"id": "a"}]}, 400),
        ({"nodes": [{"id": "a", "type": "core/dense@1", "params": {"units": 10**30}}]}, 400),
        ({"target": "tensorflow"}, 400),
        ({"nodes": [{"id": f"n{i}", "type": "core/dense@1"} for i in range(MAX_NODES + 1)]}, 413),
    ],
)
def test_what_is_no_graph_is_refused_everywhere(client: TestClient, graph: Any, status: int) -> None:
    for path, body in (
        (f"{URL}:check", {"graph": graph}),
        (f"{URL}:code", {"graph": graph}),
        (f"{URL}:parse", {"graph": graph, "text": "", "target": "torch"}),
        (URL, {"project": "p", "name": "g", "graph": graph}),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code == status, (path, answer.text)
    assert client.get(URL).json()["graphs"] == []


def test_nesting_and_size_have_limits(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    deep = '{"graph":{"train":{"a":' + "[" * 40 + "]" * 40 + "}}}"
    bottomless = '{"graph":{"train":' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}}"
    large = json.dumps({"graph": {"train": {"a": "x" * (17 << 20)}}})
    infinite = '{"graph":{"train":{"a":1e999}}}'
    for text in (deep, bottomless, large, infinite):
        assert client.post(f"{URL}:check", content=text, headers=headers).status_code in {400, 413}, text[:40]


def test_a_graph_grown_by_patches_stays_within_the_limits(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = post(client, URL, {"project": "p", "name": "g"}).json()["id"]
    many = [{"op": "add", "node": {"id": f"n{i}", "type": "core/dense@1"}} for i in range(MAX_NODES)]
    assert (
        client.patch(
            f"{URL}/{graph}", json={"rev": 1, "ops": [*many, {**many[0], "node": {"id": "z", "type": "a/b@1"}}]}
        ).status_code
        == 413
    )
    monkeypatch.setattr("gnomon.server.graphs.MAX_BYTES", 10_000)
    ops = [{"op": "document", "source": {"torch": "#" * 10_000}}]
    assert client.patch(f"{URL}/{graph}", json={"rev": 1, "ops": ops}).status_code == 413
    assert client.get(f"{URL}/{graph}").json()["rev"] == 1


def test_ten_thousand_nodes_in_a_row_are_checked(client: TestClient) -> None:
    nodes = [
        {"id": "n0", "type": "core/numeric_input@1"},
        *({"id": f"n{i}", "type": "core/dense@1"} for i in range(1, MAX_NODES)),
    ]
    edges = [{"from": [f"n{i}", "out"], "to": [f"n{i + 1}", "in"]} for i in range(MAX_NODES - 1)]
    report = post(client, f"{URL}:check", {"graph": {"nodes": nodes, "edges": edges}}).json()["report"]
    assert report["nodes"][f"n{MAX_NODES - 1}"]["shape"] == [64]


@pytest.mark.parametrize("name", ["../../etc/passwd", "..%2f..%2fetc", "%00", "a:restore", "x" * 5_000, "é", "{graph}"])
def test_ids_that_are_none_are_not_found(client: TestClient, name: str) -> None:
    for method, tail in (
        ("GET", ""),
        ("GET", "/ops?since=1"),
        ("GET", "/revisions"),
        ("GET", "/diff?from=1"),
        ("DELETE", ""),
        ("POST", ":restore"),
    ):
        answer = client.request(method, f"{URL}/{name}{tail}", json={} if method == "POST" else None)
        assert answer.status_code in {404, 405}, (method, tail, answer.text)
        assert "Traceback" not in answer.text
