"""Code and documents that mean harm: nothing of them runs, nothing leaves its place, all is told in a sentence."""

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gnomon.core.errors import LimitError
from gnomon.graph.code import parse, write
from gnomon.graph.code.frame import CodeError
from gnomon.graph.document import Graph, Node, decode
from gnomon.graph.suite_draw import TEXTS

MODEL = "import torch\nfrom torch import nn\nclass M(nn.Module):\n    def forward(self, x):\n        return x\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", "line 1, column 5: '(' was never closed."),
        (MODEL + "\0", "text: this cannot be read as Python: it has a null byte."),
        ("x = 1\n", "text: expected a class with a method forward (PyTorch), or a function that returns keras.Model(inputs, outputs), found none."),
        (MODEL.replace("return x", "return " + "+".join(["x"] * 500)), "line 5: this is nested more than 200 levels deep. Give its parts names."),
        (MODEL.replace("return x", "return x" + "[0]" * 3_000), None),
        (MODEL.replace("return x", "return " + "-" * 100_000 + "x"), None),
        (MODEL.replace("return x", "return " + "(" * 500 + "x" + ")" * 500), None),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_a_sentence(text: str, message: str | None) -> None:
    with pytest.raises(CodeError) as caught:
        parse(text)
    assert message is None or str(caught.value) == message
    assert caught.value.field == "text"


def test_a_syntax_error_says_where_it_is() -> None:
    with pytest.raises(CodeError) as caught:
        parse(MODEL + "def f(:\n")
    assert (caught.value.line, caught.value.column) == (6, 7)


def test_code_beyond_a_mebibyte_is_refused() -> None:
    with pytest.raises(LimitError, match="at most 1048576 characters, received 11000"):
        parse(MODEL + "#" * 1_100_000 + "\n")


PAYLOAD = """
    import os
    open({path!r}, "w").write("ran")
    class Meta(type):
        def __init__(cls, *a):
            open({path!r}, "w").write("ran")
    class M(nn.Module, metaclass=Meta):
        @property
        def forward(self, x, y=open({path!r}, "w")):
            return x
        def __init__(self, x=__import__("os").system("touch {path}")):
            self.fc = nn.Linear(eval("open"), exec("1"), open({path!r}, "w"))
        def forward(self, x=open({path!r}, "w")):
            x = f"{{open}} {{open.__class__}}"
            return self.fc(x).__class__.__mro__[1].__subclasses__()
    INPUTS = {{open({path!r}, "w"): 1}}
    OUTPUTS = __import__("os")
"""


def test_nothing_that_code_says_is_run(tmp_path: Path) -> None:
    left = tmp_path / "left"
    text = "import torch\nfrom torch import nn\n" + textwrap.dedent(PAYLOAD.format(path=str(left)))
    parsed = parse(text)
    assert write(parsed.graph).text == text
    write(parsed.graph, fresh=True)
    write(parsed.graph, "keras")
    assert not left.exists()


def test_reading_and_writing_import_no_framework() -> None:
    script = (
        "import sys\nfrom gnomon.graph.code import parse, write\n"
        f"write(parse({MODEL!r}).graph, 'keras')\n"
        "print({'torch', 'keras', 'tensorflow', 'jax'} & sys.modules.keys())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    "code", ["x = (", "y = 1 \\", "\x0cz = 1", "'''", "return", "\tx = 1", "x = 1\n  y = 2", "\0", ")\nimport os"]
)
@pytest.mark.parametrize("target", ["torch", "keras"])
def test_statements_of_a_code_node_stay_within_the_model(code: str, target: str) -> None:
    for where in ("code", "setup"):
        params = {"code": "pass", where: code, "target": target}
        graph = Graph(nodes=(Node("own", "core/code@1", params), Node("a", "core/numeric_input@1")))
        tree = ast.parse(write(graph, target).text)  # type: ignore[arg-type]
        names = [type(node).__name__ for node in tree.body]
        assert names == [
            name
            for name in names
            if name in ("Expr", "Import", "ImportFrom", "ClassDef", "FunctionDef", "If", "Assign")
        ]
        assert len(tree.body) <= 7


@pytest.mark.parametrize("text", [*TEXTS, 'a"""b', "a'''b", "\\", "{", "}}", "{0.__class__}", "\u2028x", "\ud800"])
def test_any_text_in_a_document_stays_a_text_in_code(text: str) -> None:
    for target in ("torch", "keras"):
        nodes = (Node("image", "core/image_input@1"), Node("back", "core/reconstruction@1", {"of": text}, note=text))
        graph = Graph(
            text[:200], nodes=nodes, edges=decode({"edges": [{"from": ["image", "out"], "to": ["back", "in"]}]}).edges
        )
        written = write(graph, target)  # type: ignore[arg-type]
        if "\ud800" in text and not written.text.isascii():
            continue
        found = parse(written.text, target, graph).graph  # type: ignore[arg-type]
        assert (found.name, found.nodes) == (graph.name, graph.nodes)


def test_names_that_shadow_ours_change_nothing() -> None:
    text = MODEL.replace("return x", "nn = x\n        torch = nn.relu\n        return torch")
    parsed = parse(text)
    assert write(parsed.graph).text == text
    assert [node.type for node in parsed.graph.nodes][-1] != "core/activation@1"
