"""Own components as the server knows them: classes that stand for a file and ask whoever may run it."""

import contextvars
import threading
from typing import Any

import pytest

from gnomon.core.errors import InputError, UserCodeError
from gnomon.graph.code import parse, write
from gnomon.graph.code_of import Code
from gnomon.graph.component import Inferred
from gnomon.graph.document import Edge, Graph, Node
from gnomon.graph.infer import infer
from gnomon.graph.own import (
    CATEGORY,
    Description,
    check_own_name,
    described,
    find_own,
    parts_of,
    slug,
    snake,
    type_of,
    using,
)
from gnomon.graph.own_source import template_source
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.registry import find
from gnomon.graph.spec import Spec
from gnomon.graph.user_code import code_nodes
from gnomon.models.own import installed, loaded

TYPE = "own/p.twice@3"
TWICE = Description(
    name="twice",
    title="Twice",
    doc="Does it twice.",
    params=[{"name": "sizes", "kind": "ints", "default": [1, 2], "doc": "Sizes.", "min": 1, "in_code": True}],
    inputs=[{"name": "in"}],
    outputs=[{"name": "out"}],
)


class Worker:
    """Answer as a worker would, and remember what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, str, dict[str, Any]]]()

    def __call__(self, type_: str, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((type_, what, asked))
        found: dict[str, Any] = self.answers.pop(0)
        return found


def test_a_class_that_stands_for_a_file_asks_with_plain_data_and_reads_the_answer() -> None:
    row = {"outs": [{"shape": [8, None], "dtype": "float32", "classes": None}], "params": 3, "torch_params": 4}
    code = {"code": {"call": "{0}", "make": None, "imports": ["import math"], "helpers": [], "above": []}}
    worker = Worker({**row, "state": 1, "flops": 9, "grows": [[1, 3]]}, code)
    kind: Any = described(TYPE, TWICE, worker)
    node = kind(sizes=(4,))
    assert (kind.type, kind.category, kind.title, kind.__doc__) == (TYPE, CATEGORY, "Twice", "Does it twice.")
    assert kind.params[0].default == kind().sizes == (1, 2)
    assert node.infer(Spec((8, None))) == Inferred((Spec((8, None)),), 3, 4, 1, 9, ((1, 3),))
    assert node.torch(Spec((8,))) == Code("{0}", None, ("import math",))
    first, second = [{"shape": shape, "dtype": "float32", "classes": None} for shape in ((8, None), (8,))]
    assert worker.asked == [
        (TYPE, "infer", {"params": {"sizes": [4]}, "specs": [first]}),
        (TYPE, "code", {"params": {"sizes": [4]}, "specs": [second], "target": "torch"}),
    ]


def test_a_problem_comes_back_with_its_remedies() -> None:
    told = {"message": "No.", "param": "sizes", "port": "in", "code": "E100"}
    remedies = [{"title": "Flatten", "before": {"in": ["core/flatten@1", {}]}}]
    kind = described(TYPE, TWICE, Worker({"problem": {**told, "remedies": remedies}}))
    with pytest.raises(Problem) as caught:
        kind().infer(Spec((1,)))
    assert (caught.value.message, caught.value.param, caught.value.port) == ("No.", "sizes", "in")
    assert caught.value.remedies == (Remedy("Flatten", before={"in": ("core/flatten@1", {})}),)


def test_types_are_found_within_their_context_only() -> None:
    kind = described(TYPE, TWICE, Worker())
    found = []
    with using({TYPE: kind}.get):
        here = contextvars.copy_context()
        threads = [
            threading.Thread(target=lambda: found.append(find_own(TYPE))),
            threading.Thread(target=lambda: found.append(here.run(find_own, TYPE))),
        ]
        for thread in threads:
            thread.start()
            thread.join()
        assert (find(TYPE), find("own/p.twice@4")) == (kind, None)
    assert (found, find(TYPE)) == ([None, kind], None)


def test_a_passing_problem_is_asked_about_again_and_any_other_is_remembered() -> None:
    graph = Graph(nodes=(Node("x", "core/input@1"), Node("own", TYPE)), edges=(Edge(("x", "out"), ("own", "in")),))
    told = {"message": "Away.", "param": "", "port": "", "remedies": [], "code": Problem.PASSING}
    good = {"outs": [{"shape": [3]}], "params": 0, "torch_params": None, "state": 0, "flops": 0, "grows": None}
    with using({TYPE: described(TYPE, TWICE, Worker({"problem": told}, good))}.get):
        assert [issue.code for issue in infer(graph).issues] == ["E120"]
        assert infer(graph).nodes["own"].outs == (Spec((3,)),)
    assert [issue.code for issue in infer(graph).issues] == ["E001"]
    assert code_nodes(graph) == ("own",)


def test_the_real_class_of_a_file_is_found_where_it_is_installed_and_its_code_is_read_back() -> None:
    nodes = (
        Node("x", "core/numeric_input@1", {"columns": 4}),
        Node("gate", "own/p.gate@1", {"sharpness": 3.0}),
        Node("y", "core/regression@1"),
    )
    graph = Graph("g", nodes=nodes, edges=(Edge(("x", "out"), ("gate", "in")), Edge(("gate", "out"), ("y", "in"))))
    with installed({"own/p.gate@1": template_source()}):
        assert infer(graph).totals.params == 20
        text = write(graph).text
        assert parse(text, "torch", graph).graph == graph
        edited = text.replace("3.0", "4.0")
        found = parse(edited, "torch", graph).graph
        assert (found.nodes[1].type, found.nodes[1].params) == ("own/p.gate@1", {"sharpness": 4.0})
        assert write(found).text == edited
        assert parse(text.replace("3.0 *", "3.0 +"), "torch", graph).graph.nodes[1].type == "core/code@1"
    assert "gnomon" not in text
    assert find("own/p.gate@1") is None


def test_a_file_is_loaded_once_and_one_that_raises_names_its_line() -> None:
    assert loaded(template_source()) is loaded(template_source())
    with pytest.raises(UserCodeError, match="NameError") as caught:
        loaded("x = 1\ny = unknown\n")
    assert (caught.value.file, caught.value.line) == ("component.py", 2)


def test_projects_of_any_name_have_types_of_their_own() -> None:
    names = ("mnist", "MNIST", "mnist ", "../etc", "é", "a" * 300, "a" * 301)
    types = [type_of(name, "gate", 1) for name in names]
    assert len(set(types)) == len(names)
    assert [parts_of(type_) for type_ in types] == [(f"{slug(name)}.gate", 1) for name in names]
    assert (parts_of("own/p.gate"), parts_of("own/gate@1"), parts_of("core/dense@1")) == (None, None, None)


@pytest.mark.parametrize("name", ["", "Gate", "9", "a-b", "a" * 41, "a.b", "gate\n"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="expected a word of a-z"):
        check_own_name(name)


@pytest.mark.parametrize(("name", "said"), [("ResBlock", "res_block"), ("A", "a"), ("HTTPHead2", "http_head2")])
def test_classes_are_called_as_components_are(name: str, said: str) -> None:
    assert snake(name) == said
