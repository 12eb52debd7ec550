"""`gnomon data`: what data hold and what to beware of, and known sets by name."""

import json
import re
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
        ["outcome", "train", "validation"],
        ["no", "5", "1"],
        ["yes", "15", "4"],
    ]
    assert lines[8:] == [
        "  day is not given to a model: a moment by itself says little: make hour, weekday or age of it.",
        "  age: 1 missing value is filled with 29.5, the mean of train.",
        "  What came first by day for training, what came last for testing: 20 for training, 5 for validation.",
        "  ▲ age: 1 of 25 values (4%) are missing. Fill them in, or leave them out.",
        "  ▲ outcome: no has 6 rows: too few to measure anything by them.",
    ]


def test_show_answers_machines_and_takes_types(file: Path) -> None:
    found: dict[str, Any] = json.loads(ask("show", file, "--json", "--type", "age=category").output)
    assert (found["rows"], found["parts"], [column["kind"] for column in found["columns"]]) == (
        25,
        {"train": 17, "validation": 4, "test": 4},
        ["category", "category", "time"],
    )
    assert (found["target"], found["inputs"]) == (["outcome"], ["age"])
    assert [each["code"] for each in found["findings"]] == ["missing", "small", "future"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--target", "weight"], "there is no 'weight' in visits.csv. It has age, outcome, day"),
        (["--type", "age"], "expected COLUMN=TYPE"),
        (["--type", "age=colour"], "expected one of number, category"),
        (["--split", "grouped"], "grouped needs the column of its groups"),
        (["--split", "random", "--shares", "most"], "expected numbers with commas between"),
        (["--transform", "age"], "expected COLUMN=WORD,… such as image=scale,rotate=15, received 'age'"),
        (["--transform", "age=bigger"], "there is no 'bigger'"),
        (["--transform", "age=resize=wide"], "resize: expected a number such as resize=15"),
        (["--transform", "age=rotate=500"], "transforms.age.augment.rotate: expected `float` <= 180"),
        (["--transform", "age=grey"], "transforms.age.grey: age holds number, and this is for image"),
        (["--transform", "age=scale"], "transforms.age.range: scale needs the least and the largest number"),
    ],
)
def test_what_show_does_not_understand_is_said(file: Path, words: list[str], says: str) -> None:
    said = ask("show", file, *words)
    assert said.exit_code != 0
    assert says in said.output


def test_known_sets_are_listed_completed_and_missed_by_name(home: Path, tmp_path: Path) -> None:
    found = json.loads(ask("ls", "--json").output)
    assert [each["name"] for each in found["datasets"]] == ["digits"]
    assert [each["name"] for each in found["known"]] == ["mnist", "fashion-mnist"]
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
    said = ask("get", "mnist").output
    assert ("4 there already" in said, f"Registered as {done['ref']}." in said) == (True, True)
    assert "home:data/mnist" in ask("ls").output


def test_data_are_registered_versioned_shown_and_taken_away(file: Path, home: Path) -> None:
    made = ask("register", file, "--name", "visits", "--target", "outcome", "--split", "time:day", "--note", "first")
    digest = re.match(r"visits@([0-9a-f]{16}): registered, version 1; 25 rows\.", made.output)
    assert digest is not None
    assert "as it was, version 1" in ask("register", file, "--name", "visits").output
    changed = ask("register", file, "--name", "visits", "--transform", "age=standard,missing=drop")
    assert "a new version, version 2" in changed.output
    rows = json.loads(ask("versions", "visits", "--json").output)
    assert [(row["number"], row["note"]) for row in rows] == [(2, ""), (1, "first")]
    assert rows[0]["changes"] == ["age: normalise standard, missing drop."]
    listed = json.loads(ask("ls", "--json").output)["datasets"]
    assert [(row["name"], row["version"], row["target"]) for row in listed] == [
        ("visits", 2, ["outcome"]),
        ("digits", 1, ["label"]),
    ]
    assert ask("show", "visits").output.startswith("visits@")
    assert ask("show", f"visits@{digest[1]}").output.splitlines()[0].endswith("train 17, validation 4, test 4")
    built = CliRunner().invoke(cli, ["canvas", "new", "--data", "visits", str(file.with_suffix(".json"))])
    assert built.exit_code == 0
    graph = json.loads(file.with_suffix(".json").read_text())
    assert graph["data"] == {
        "inputs": {"age": "age"},
        "outputs": {"outcome": "outcome"},
        "dataset": f"visits@{rows[0]['digest']}",
    }
    assert "visits is out of the list" in ask("rm", "visits").output
    assert ask("show", "visits").exit_code == 1
    assert ask("show", "visits@1").exit_code == 0
    assert [path.name for path in (home / "datasets").iterdir()].count(f"visits@{digest[1]}.json") == 1


def test_augmentation_and_sizes_are_said_in_words(home: Path) -> None:
    words = "image=resize=16x16,scale,range=0..16,flip=horizontal,rotate=15,noise=0.02"
    made = json.loads(ask("register", "gnomon:digits", "--name", "turned", "--transform", words, "--json").output)
    assert made["transforms"]["image"] == {
        "normalise": "scale",
        "range": [0.0, 16.0],
        "resize": [16, 16],
        "augment": {"flip": "horizontal", "rotate": 15.0, "noise": 0.02},
    }
    assert "resize 16×16" in ask("show", "turned").output


def test_a_registered_name_comes_before_a_file_that_is_called_the_same(
    file: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    file.rename(file.parent / "visits")
    assert "expected csv, tsv, csv.gz, parquet" in ask("show", "visits").output, "nothing is registered: it is a path"
    (file.parent / "visits").rename(file)
    ask("register", file, "--name", "visits", "--split", "random")
    (file.parent / "visits").mkdir()
    assert ask("show", "visits").output.startswith("visits@")
    assert "expected pictures" in ask("show", "./visits").output
