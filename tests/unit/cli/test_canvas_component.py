"""Components of one's own from the terminal: a file to begin with, and the conformance suite on it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gnomon.cli.canvas import command

WRONG = '''import sys

sys.modules["torch"] = None  # as if it were not installed: quick, and the report has to say so

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, component
from gnomon.graph.need import need_number


@component("mine/twice@1", title="Twice", category="Own")
class Twice(Component):
    """Multiplies by two"""

    targets = ("torch",)

    def infer(self, x):
        need_number(x)
        return Inferred(x, params=3)

    def torch(self, x):
        print("as much as it likes" * 1000)
        return Code("{0} * 2.0")
'''


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(command, ["component", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_a_new_file_is_named_after_itself_and_never_replaces_another(tmp_path: Path) -> None:
    file = tmp_path / "soft-gate.py"
    assert run("new", str(file)).startswith(f"Wrote {file}.")
    assert 'title="Soft gate"' in file.read_text("utf-8")
    assert "is there already" in run("new", str(file), code=1)
    assert "expected a word of a-z" in str(CliRunner().invoke(command, ["component", "new", "/tmp/9.py"]).exception)


def test_the_report_says_which_promise_is_broken_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_TRIALS", "1")
    file = tmp_path / "twice.py"
    file.write_text(WRONG, "utf-8")
    told = run("check", str(file), code=1).split("\n")
    marks = {line[4:]: line[2] for line in told if line.startswith("  ") and line[2] != " "}
    assert marks == {
        "it is described": "✕",
        "what it infers and writes is what keras and pytorch do": "·",
        "code for axes that are not known runs on any size": "·",
        "what it refuses it explains and a remedy mends": "✓",
        "texts of any kind stay texts in code": "✓",
        "its code is read as what it was written from": "·",
    }
    assert told[0] == f"Twice (twice), {file}"
    assert "      its docstring begins with no sentence" in told
    assert told[-2] == "2 kept, 1 broken, 3 not checked here."


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x = 1\n1 / 0\n", 2, "ZeroDivisionError: division by zero"),
        ("x = 1\n", 1, "There is no component in it"),
        ("import os\nos._exit(7)\n", 0, "Its process ended with 7 before it was done."),
    ],
)
def test_a_file_that_cannot_be_checked_is_told_of_with_the_line(
    tmp_path: Path, text: str, line: int, what: str
) -> None:
    file = tmp_path / "odd.py"
    file.write_text(text, "utf-8")
    told = run("check", str(file), code=1)
    assert what in told
    assert (f"{file}:{line}: " in told) == (line > 0)
