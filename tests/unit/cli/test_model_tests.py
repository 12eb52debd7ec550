"""`gnomon models test`: what it prints for people and programs, and how it ends."""

import json
from pathlib import Path

import pytest
from click import unstyle
from click.testing import CliRunner, Result

from gnomon.cli.main import cli
from gnomon.cli.model_tests_text import confusion_text
from gnomon.models.datasets.home import load
from gnomon.models.mlp import MLP
from gnomon.models.testing.report import OutputReport


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    some = load("digits").batch("train", range(400))
    net = MLP((64, 16, 10), batch_size=16, learning_rate=2.0)
    net.feed((some["image"].reshape(400, -1), some["label"]))
    net.run(4)
    place = tmp_path_factory.mktemp("net") / "model.npz"
    place.write_bytes(net.to_bytes())
    return place


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["models", *words])


def test_a_version_is_tested_told_as_tables_and_as_json_and_held_against_its_gates(weights: Path) -> None:
    assert _run("register", "digits", str(weights)).exit_code == 0
    found = _run("test", "digits", "--data", "digits")
    assert found.exit_code == 0, found.output
    lines = unstyle(found.output).splitlines()
    assert lines[0].startswith("digits@1  test-digits: 269 rows of test of digits@")
    assert "label (classification)" in lines
    head = next(i for i, line in enumerate(lines) if line.startswith("true \\ predicted"))
    assert [int(word) for word in lines[head].split()[3:]] == list(range(10))
    assert any(line.split()[:1] == ["accuracy"] and " to " in line for line in lines)
    told = json.loads(_run("test", "digits", "--data", "digits", "--rows", "30", "--json").output)
    assert (told["test"], told["report"]["rows"], told["gates"]) == ("test-digits-30rows", 30, [])
    assert "no gate before champion yet" in _run("test", "digits", "--test", "latency", "--gate", "champion").output
    gated = _run("gate", "digits", "champion", "test-digits/accuracy >= 0.1", "noise/accuracy@1 >= 0.1")
    assert gated.exit_code == 0, gated.output
    failed = _run("test", "digits", "--data", "digits", "--gate")
    assert failed.exit_code == 1
    assert "✓ champion: test-digits/accuracy >= 0.1" in failed.output
    assert "✕ champion: noise/accuracy@1 >= 0.1 — it has no noise/accuracy@1; test it first" in failed.output
    passed = _run("test", "digits", "--test", "robustness", "--data", "digits", "--rows", "20", "--name", "robustness", "--gate", "champion")  # fmt: skip
    assert (passed.exit_code, "missing" in passed.output) == (0, True), passed.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("digits",), 'there is no "digits"'),
        (("digits", "--input", "x"), "--input: expected NAME=COLUMN"),
        (("digits", "--test", "speed"), "'speed' is not one of"),
        (("digits", "--rows", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_tested_is_told_in_a_line(words: tuple[str, ...], said: str) -> None:
    found = _run("test", *words)
    assert found.exit_code != 0
    assert said.replace('"', "'") in (found.output + str(found.exception)).replace('"', "'")


def test_classes_of_one_beginning_keep_their_columns() -> None:
    report = OutputReport(
        output="y", task="classification", n=3, classes=("a" * 20, "a" * 19), confusion=((1, 0), (2, 0))
    )
    lines = unstyle(confusion_text(report)).splitlines()
    assert lines[0].split()[3:] == ["a" * 12, "a" * 12 + "~1"]
    assert [line.split()[-2:] for line in lines[1:]] == [["1", "·"], ["2", "·"]]
