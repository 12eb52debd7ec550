"""`gnomon data`: what data hold and what to beware of, and known sets by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from gnomon.cli.main import cli

ROWS = "\n".join(f"{20 + i},{'yes' if i % 4 else 'no'},2026-01-{i + 1:02}" for i in range(24))


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["data", *map(str, words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "visits.csv"
    path.write_text(f"age,outcome,day\n{ROWS}\n,yes,2026-01-25\n")
    return path


def test_show_tells_columns_classes_and_what_to_beware_of(file: Path) -> None:
    said = ask("show", file, "--target", "outcome", "--split", "time:day", "--shares", "0.8,0.2")
    assert said.exit_code == 0
    lines = said.output.splitlines()
    assert lines[0] == f"{file}: 25 rows, 3 columns; train 20, validation 5"
    assert [line.split()[:2] for line in lines[2:5]] == [["age", "number"], ["outcome", "category"], ["day", "time"]]
    assert [line.split() for line in lines[5:8]] == [
        ["outcome", "all", "train", "validation"],
        ["no", "6", "5", "1"],
        ["yes", "19", "15", "4"],
    ]
    assert lines[8:] == [
        "  ▲ age: 1 of 25 values (4%) are missing. Fill them in, or leave them out.",
        "  ▲ outcome: no has 6 rows: too few to measure anything by them.",
    ]


def test_show_answers_machines_and_takes_types(file: Path) -> None:
    found: dict[str, Any] = json.loads(ask("show", file, "--json", "--type", "age=category").output)
    assert (found["rows"], found["parts"], [column["kind"] for column in found["columns"]]) == (
        25,
        {},
        ["category", "category", "time"],
    )
    assert [each["code"] for each in found["findings"]] == ["missing"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--target", "weight"], "there is no 'weight' in visits.csv. It has age, outcome, day"),
        (["--type", "age"], "expected COLUMN=TYPE"),
        (["--type", "age=colour"], "expected one of number, category"),
        (["--split", "grouped"], "grouped needs the column of its groups"),
        (["--split", "random", "--shares", "most"], "expected numbers with commas between"),
    ],
)
def test_what_show_does_not_understand_is_said(file: Path, words: list[str], says: str) -> None:
    said = ask("show", file, *words)
    assert said.exit_code != 0
    assert says in said.output


def test_known_sets_are_listed_completed_and_missed_by_name(home: Path, tmp_path: Path) -> None:
    found = json.loads(ask("ls", "--json").output)
    assert [(each["name"], each["folder"]) for each in found] == [("mnist", None), ("fashion-mnist", None)]
    completer = ShellComplete(cli, {}, "gnomon", "_GNOMON_COMPLETE")
    assert [item.value for item in completer.get_completions(["data", "get"], "fa")] == ["fashion-mnist"]
    said = ask("get", "mnist", "--from", tmp_path)
    assert (said.exit_code, "there is no t10k-images-idx3-ubyte.gz" in said.output) == (1, True)
    assert (
        ask("get", "cifar").output
        == "Error: name: there is no data set 'cifar'. There are mnist, fashion-mnist; open your own by their path.\n"
    )


def test_a_set_that_came_is_shown_from_the_home_folder(home: Path) -> None:
    shared = Path(__file__).parents[4] / "shared" / "data" / "mnist"
    if not shared.is_dir():
        pytest.skip("needs the MNIST files of ../shared")
    done = json.loads(ask("get", "mnist", "--from", shared, "--json").output)
    assert (done["folder"], len(done["new"]), done["kept"]) == (str(home / "data" / "mnist"), 4, [])
    assert "4 there already" in ask("get", "mnist").output
    assert str(home / "data" / "mnist") in ask("ls").output
