"""What the reference says of graphs and checks is so."""

import json
import re
from pathlib import Path

import pytest
from tests.unit.graph.build import build

from gnomon.core.errors import InputError
from gnomon.graph import document, ops, patch
from gnomon.graph.checks import CHECKS, RULES, check
from gnomon.graph.document import Graph, decode
from gnomon.graph.infer import infer

DOCS = Path(__file__).parents[3] / "docs/reference"
GRAPH = (DOCS / "graph.md").read_text("utf-8")
CHECKS_PAGE = (DOCS / "checks.md").read_text("utf-8")
HEADINGS = {"E": "Error", "W": "Warning", "T": "Tip"}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GRAPH, re.MULTILINE | re.DOTALL)


def test_the_document_of_the_reference_is_a_graph_without_errors() -> None:
    graph = decode(blocks("json")[0].encode())
    report = infer(graph)
    assert (*report.issues, *[issue for issue in check(graph, report) if issue.level == "error"]) == ()
    assert report.nodes["label"].out is not None
    assert [name for name in Graph.__struct_fields__ if f"| `{name}` |" not in GRAPH] == []


def test_the_example_of_the_reference_runs() -> None:
    exec(blocks("python")[0], {})


def test_every_operation_is_described_and_every_example_is_one() -> None:
    described = re.findall(r'^\| `(\{"op".*?\})` \|', GRAPH, re.MULTILINE)
    tags = [each.__struct_config__.tag for each in ops.Op.__args__]
    assert [json.loads(re.sub(r"\{…\}", "{}", each))["op"] for each in described] == tags


def test_the_limits_are_those_of_the_code() -> None:
    words = f"{document.MAX_BYTES >> 20} MiB, {document.MAX_NODES:,} nodes, {document.MAX_EDGES:,} edges"
    assert words in GRAPH
    for limit in (patch.MAX_OPS, document.MAX_REPEAT):
        assert f"{limit:,}" in GRAPH
    assert f"deeper than {document.MAX_DEPTH}" in GRAPH
    with pytest.raises(InputError) as caught:
        patch.apply(
            decode({"nodes": [{"id": "a", "type": "core/add@1"}]}),
            [{"op": "note", "id": "a", "text": ""}, {"op": "remove", "id": "ghost"}],
        )
    assert str(caught.value) in GRAPH


def test_every_check_has_its_heading_level_and_reason() -> None:
    written = re.findall(
        r"^### (\w+) · ([^\n]+)\n\n\*(\w+)\.\* (.*?)(?=\n+##|\Z)", CHECKS_PAGE, re.MULTILINE | re.DOTALL
    )
    expected = [(rule.code, rule.title, HEADINGS[rule.code[0]], rule.why.strip()) for rule in RULES]
    assert [(code, title, level, why.strip()) for code, title, level, why in written] == expected
    assert f"{len(CHECKS)} checks" in CHECKS_PAGE


def test_the_example_of_the_page_of_checks_is_what_is_said() -> None:
    graph = build("x:numeric_input(columns=8)>hid:dense(units=30)>head:dense(units=10)>out:classification")
    (issue,) = check(graph, infer(graph))
    assert f"{issue.code}: {issue.message}" in CHECKS_PAGE
    assert issue.fixes[0].title in CHECKS_PAGE
