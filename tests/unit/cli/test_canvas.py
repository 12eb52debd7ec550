"""`gnomon canvas`: graphs and models in files, without a server."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from gnomon.cli.main import cli
from gnomon.graph.document import decode, encode
from gnomon.graph.patch import apply
from gnomon.graph.templates import NAMES, template

BROKEN = {
    "nodes": [{"id": "dense", "type": "core/dense@1", "params": {"units": 0}}, {"id": "b", "type": "x/\u00e9y@1"}]
}


def ask(*words: str | Path, **more: Any) -> Result:
    return CliRunner().invoke(cli, ["canvas", *map(str, words)], **more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "cells.json"
    assert ask("new", "--template", "unet", made).exit_code == 0
    return made


def test_a_new_graph_is_that_of_a_template_named_after_its_file(file: Path) -> None:
    graph = decode(file.read_bytes())
    assert (graph.name, graph.nodes, graph.edges) == (
        "cells",
        template("unet").graph.nodes,
        template("unet").graph.edges,
    )
    again = ask("new", file)
    assert (again.exit_code, "is there already" in again.output) == (1, True)
    assert decode(file.read_bytes()) == graph
    empty = ask("new", file, "--force", "--json")
    assert json.loads(empty.output) == {"file": str(file), "name": "cells", "nodes": 0}
    assert decode(file.read_bytes()).nodes == ()


def test_templates_are_listed_and_a_wrong_name_gets_the_right_ones(tmp_path: Path) -> None:
    listed = ask("new", "--list").output.splitlines()
    assert [line.split()[0] for line in listed] == ["template", *NAMES]
    told = json.loads(ask("new", "--list", "--json").output)
    assert [(row["name"], len(row)) for row in told] == [(name, 4) for name in NAMES]
    wrong = ask("new", "--template", "unett", tmp_path / "x.json")
    assert (wrong.exit_code, "There are mlp, mnist_cnn" in wrong.output) == (1, True)
    assert ask("new").exit_code == 2


def test_a_graph_without_faults_passes(file: Path) -> None:
    found = ask("check", file, "--nodes")
    assert found.exit_code == 0
    head, titles, first = found.output.splitlines()[:3]
    assert head == f"{file}: 26 nodes, 482\u2009050 parameters, 1.16 GFLOP and 13.9 MB a sample"
    assert (titles.split(), first.split()) == (
        ["node", "component", "shape", "parameters"],
        ["image", "image_input", "128×128×3"],
    )
    assert "nothing to complain about" in found.output


def test_what_is_wrong_is_told_with_what_would_mend_it(tmp_path: Path, file: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(BROKEN | {"nodes": BROKEN["nodes"][:1]}))
    found = ask("check", file, broken)
    assert found.exit_code == 1
    assert "✕ error E101 dense.units: expected a whole number" in found.output
    assert "could be: Set units back to its default" in found.output
    told = json.loads(ask("check", file, broken, "--json").output)
    assert [(Path(each["file"]).name, [i["code"] for i in each["report"]["issues"]][:2]) for each in told] == [
        ("cells.json", []),
        ("broken.json", ["E101", "E003"]),
    ]
    assert told[0]["report"]["totals"]["params"] == 482_050


def test_a_graph_comes_from_standard_input(file: Path) -> None:
    found = ask("check", "-", input=file.read_bytes())
    assert (found.exit_code, found.output.startswith("-: 26 nodes")) == (0, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "graph: "),
        ("[]", "graph: "),
        (json.dumps(BROKEN), "nodes[1].type: expected owner/component@version, received 'x/éy@1'"),
        ('{"nodes":[{"id":"a\\u001b[2J","type":"x/y@1"}]}', "nodes[0].id: "),
    ],
)
def test_what_is_no_graph_is_said_in_one_sentence_with_the_name_of_the_file(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "bad.json").write_text(text, "utf-8")
    found = ask("check", tmp_path / "bad.json")
    assert found.exit_code == 1
    assert found.output.startswith(f"Error: {tmp_path / 'bad.json'}: {told}")
    assert "\x1b" not in found.output
    missing = ask("check", tmp_path / "missing.json")
    assert (missing.exit_code, missing.output) == (
        1,
        f"Error: {tmp_path / 'missing.json'}: No such file or directory.\n",
    )


def test_commands_and_templates_are_completed() -> None:
    def complete(*words: str) -> list[str]:
        *before, last = words
        return [item.value for item in ShellComplete(cli, {}, "gnomon", "_X").get_completions(before, last)]

    assert {"check", "code", "new", "parse"} < {*complete("canvas", "")}
    assert complete("canvas", "pa") == ["parse"]
    assert complete("canvas", "new", "--template", "m") == ["mlp", "mnist_cnn"]
    assert isinstance(cli, click.Group)


def test_a_graph_is_printed_as_code_that_reads_back_as_it(tmp_path: Path, file: Path) -> None:
    for target in ("torch", "keras"):
        code = tmp_path / f"{target}.py"
        assert ask("code", file, "--target", target, "-o", code).exit_code == 0
        assert ask("code", file, "--target", target).output == code.read_text("utf-8")
        told = json.loads(ask("code", file, "--target", target, "--json").output)
        assert (told["target"], told["text"], told["missing"]) == (target, code.read_text("utf-8"), [])
        back = json.loads(ask("parse", code).output)
        assert decode(back).sha == decode(file.read_bytes()).sha
        again = ask("code", file, "-o", code)
        assert (again.exit_code, "is there already" in again.output) == (1, True)


def test_what_cannot_be_written_is_said_and_fails(tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text('{"nodes":[{"id":"magic","type":"acme/magic@1"}]}')
    found = ask("code", odd)
    assert (found.exit_code, found.stderr.startswith("magic: ")) == (1, True)
    assert [issue["node"] for issue in json.loads(ask("code", odd, "--json").stdout)["missing"]] == ["magic"]


def test_an_edited_model_brings_its_graph_up_to_date(tmp_path: Path) -> None:
    graph, model = tmp_path / "digits.json", tmp_path / "model.py"
    ask("new", "--template", "mlp", graph)
    placed = decode(graph.read_bytes())
    moved = apply(
        placed, [{"op": "move", "places": {"hidden": {"x": 5, "y": 7}}}, {"op": "note", "id": "head", "text": "n"}]
    )[0]
    graph.write_bytes(encode(moved))
    text = ask("code", graph).output
    model.write_text(text.replace("(784, 30)", "(784, 50)").replace("(30, 10)", "(50, 10)"), "utf-8")
    assert "is there already" in ask("parse", model, "-o", graph).stderr
    assert decode(graph.read_bytes()) == moved
    found = ask("parse", model, "-o", graph, "--force")
    assert (found.exit_code, found.output) == (0, f"Wrote {graph}: 5 nodes.\n")
    assert decode(graph.read_bytes()) == apply(moved, [{"op": "set", "id": "hidden", "params": {"units": 50}}])[0]
    told = json.loads(ask("parse", model, "--json").output)
    assert (decode(told["graph"]).sha, told["notes"]) == (decode(graph.read_bytes()).sha, [])


def test_a_training_loop_is_not_lost_when_the_model_is_written_anew(tmp_path: Path) -> None:
    graph = tmp_path / "gan.json"
    ask("new", "--template", "gan", graph)
    plain, fresh = ask("code", graph), ask("code", graph, "--fresh")
    assert (plain.stderr, "drawer_loss" in fresh.stdout) == ("", True)
    told = "gnomon, train, told, step, discs, chart, what runs when the file is run."
    assert fresh.stderr == f"Kept beside the model (--drop leaves it out): {told}\n"
    dropped = ask("code", graph, "--fresh", "--drop")
    assert ("drawer_loss" in dropped.stdout, dropped.stderr) == (False, f"Left out: {told}\n")
    assert ask("code", graph, "--drop").exit_code == 2


def test_a_model_is_checked_with_the_lines_of_its_code(tmp_path: Path) -> None:
    graph, model = tmp_path / "digits.json", tmp_path / "model.py"
    ask("new", "--template", "mlp", graph)
    text = ask("code", graph).output.replace("torch.sigmoid(self.hidden(flat))", "self.hidden(flat)")
    model.write_text(text, "utf-8")
    line = text.splitlines().index("        self.hidden = nn.Linear(784, 30)") + 1
    (told,) = json.loads(ask("check", model, "--json").output)
    (issue,) = (issue for issue in told["report"]["issues"] if issue["node"] == "hidden")
    assert told["lines"]["hidden"] == line
    found = ask("check", model, "--strict")
    assert f"{issue['level']} {issue['code']} hidden.activation (line {line}): " in found.output
    assert (found.exit_code, ask("check", model).exit_code) == (1, 0)


def test_what_of_a_model_is_not_looked_into_is_said(tmp_path: Path) -> None:
    model = tmp_path / "model.py"
    model.write_text(ODD, "utf-8")
    found = ask("check", model)
    assert "kept as code, which is not looked into: odd" in found.output
    assert "taken to be a classification" in found.output
    assert "nothing to complain about" not in found.output


ODD = """import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(784, 10)

    def forward(self, x):
        odd = x.sort()[0] if self.training else x
        head = self.head(odd)
        return head
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [(b"import torch\nclass A(\n", ":2:8: "), (b"x = '\xff'", ": expected text in UTF-8"), (b"\x00", ": ")],
)
def test_code_that_does_not_parse_names_file_line_and_column(tmp_path: Path, text: bytes, told: str) -> None:
    model = tmp_path / "model.py"
    model.write_bytes(text)
    for command in ("check", "parse"):
        found = ask(command, model)
        assert found.exit_code == 1
        assert found.output.startswith(f"Error: {model}{told}")


def test_what_is_read_is_never_run(tmp_path: Path) -> None:
    trap, model = tmp_path / "it-ran", tmp_path / "model.py"
    model.write_text(f"open({str(trap)!r}, 'w')\nimport torch\n", "utf-8")
    for command in ("check", "parse"):
        ask(command, model)
    assert not trap.exists()


def test_a_first_model_is_built_for_data_with_its_reasons(tmp_path: Path) -> None:
    rows = "\n".join(f"{20 + i},{'yes' if i % 3 else 'no'},2026-01-{i + 1:02}" for i in range(30))
    (tmp_path / "visits.csv").write_text(f"age,outcome,day\n{rows}\n")
    made = ask("new", "--data", tmp_path / "visits.csv", "--target", "outcome", tmp_path / "visits.json")
    assert made.exit_code == 0
    assert "head.units = 2: outcome has 2 classes, and each needs one number." in made.output
    assert "day is left out: a moment by itself says little" in made.output
    assert ask("check", "--strict", tmp_path / "visits.json").exit_code == 0
    told = json.loads(
        ask("new", "--data", tmp_path / "visits.csv", "--target", "age", tmp_path / "b.json", "--json").output
    )
    assert (told["nodes"], list(told["left_out"])) == (6, ["day"])
    for words in (
        ["--target", "age"],
        ["--data", "x.csv", "--target", "y", "--template", "mlp"],
    ):
        refused = ask("new", *words, tmp_path / "c.json")
        assert (refused.exit_code, "--target COLUMN goes with --data" in refused.output) == (2, True)
    assert not (tmp_path / "c.json").exists()


def test_a_model_that_keras_saved_is_read(tmp_path: Path) -> None:
    dense = {"class_name": "Dense", "config": {"name": "head", "units": 2, "batch_input_shape": [None, 3]}}
    saved = {"class_name": "Sequential", "config": {"name": "m", "layers": [dense]}}
    (tmp_path / "m.json").write_text(json.dumps(saved))
    assert ask("parse", tmp_path / "m.json", "-o", tmp_path / "g.json").exit_code == 0
    graph = decode((tmp_path / "g.json").read_bytes())
    assert [node.type for node in graph.nodes][:2] == ["core/input@1", "core/dense@1"]
    (tmp_path / "bad.keras").write_bytes(b"PK")
    refused = ask("parse", tmp_path / "bad.keras")
    assert (refused.exit_code, "expected a .keras file" in refused.output) == (1, True)
