"""What one should know of data is said, with the numbers, and nothing else."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from gnomon.models.datasets.belonging import belonging
from gnomon.models.datasets.profile import balance, findings
from gnomon.models.datasets.registry import SplitSpec
from gnomon.models.datasets.source import open_data
from gnomon.models.datasets.split import Split
from gnomon.models.datasets.table import Table

RNG = np.random.default_rng(3)


def table(folder: Path, **columns: object) -> Table:
    rows = zip(*columns.values(), strict=True)
    (folder / "t.csv").write_text("\n".join(",".join(map(str, row)) for row in [tuple(columns), *rows]) + "\n")
    return open_data(folder / "t.csv")


def codes(found: Table, target: str = "", **parts: object) -> list[tuple[str, str]]:
    return [(each.code, each.column) for each in findings(found, target, parts or None)]  # type: ignore[arg-type]


def test_sound_data_have_nothing_to_beware_of(tmp_path: Path) -> None:
    found = table(tmp_path, x=RNG.normal(size=200).round(6), y=["a", "b"] * 100)
    assert codes(found, "y") == []
    assert codes(found) == []
    parts = dict(zip(("train", "test"), found.split(Split("stratified", (0.8, 0.2), column="y")), strict=True))
    assert codes(found, "y", **parts) == []
    assert balance(found, "y", parts["test"]) == {"a": 20, "b": 20}


def test_gaps_constants_and_keys_are_named(tmp_path: Path) -> None:
    found = table(tmp_path, id=[f"p{i}" for i in range(40)], x=["", *range(39)], same=["z"] * 40, y=["a", "b"] * 20)
    assert codes(found, "y") == [("key", "id"), ("missing", "x"), ("constant", "same")]
    assert findings(found, "y")[1].message == "1 of 40 values (2%) are missing. Fill them in, or leave them out."


def test_a_class_that_is_ten_times_rarer_is_told(tmp_path: Path) -> None:
    found = table(tmp_path, x=RNG.normal(size=330).round(6), y=["a"] * 300 + ["b"] * 30)
    assert codes(found, "y") == [("imbalance", "y")]
    found = table(tmp_path, x=RNG.normal(size=329).round(6), y=["a"] * 299 + ["b"] * 30)
    assert codes(found, "y") == []


def test_rows_of_the_training_part_are_found_in_the_test_part(tmp_path: Path) -> None:
    x = RNG.normal(size=100).round(6)
    found = table(tmp_path, x=[*x, x[0], x[1]], y=["a", "b"] * 51)
    assert codes(found, "y") == [("duplicates", "")]
    apart = codes(found, "y", train=np.arange(100), test=np.array([100, 101]))
    assert apart == [("duplicates", "")]
    assert (
        "2 rows of test (100.0%) are in train too"
        in findings(found, "", {"train": np.arange(100), "test": np.array([100, 101])})[0].message
    )
    together = np.array([0, 1, 100, 101])
    assert codes(found, "", train=np.setdiff1d(np.arange(102), together), test=together) == []


def test_a_column_that_gives_the_target_away_is_found(tmp_path: Path) -> None:
    sick = RNG.integers(0, 2, 120)
    found = table(
        tmp_path, x=RNG.normal(size=120).round(6), ward=np.where(sick, "east", "west"), y=np.where(sick, "yes", "no")
    )
    assert codes(found, "y") == [("leak", "ward")]


def test_classes_that_are_never_trained_on_are_told(tmp_path: Path) -> None:
    found = table(tmp_path, x=RNG.normal(size=60).round(6), y=["a", "b", "c"] * 20)
    parts = {"train": np.flatnonzero(np.arange(60) % 3 != 2), "test": np.flatnonzero(np.arange(60) % 3 == 2)}
    assert codes(found, "y", **parts) == [("unseen", "y")]


def test_pictures_that_are_in_two_parts_are_found(tmp_path: Path) -> None:
    x = RNG.integers(0, 255, (12, 4, 4)).astype(np.uint8)
    np.savez(tmp_path / "d.npz", x_train=x[:8], x_test=x[7:11], y_train=np.arange(8) % 2, y_test=np.arange(4) % 2)
    found = open_data(tmp_path / "d.npz")
    assert ("duplicates", "") in codes(found, "y")


@pytest.mark.parametrize("kind", ["images", "classes"])
def test_pictures_of_several_sizes_are_not_compared(tmp_path: Path, kind: str) -> None:
    from PIL import Image

    for i, size in enumerate(((4, 5), (6, 7))):
        folder = tmp_path / (f"class{i}" if kind == "classes" else "")
        folder.mkdir(exist_ok=True)
        Image.fromarray(np.zeros(size, np.uint8)).save(folder / f"{i}.png")
    assert ("duplicates", "") not in codes(open_data(tmp_path))


def grouped(found: Table, **more: object) -> list[tuple[str, object]]:
    """Return the columns that are told to belong together, under a random split, and the split that is proposed."""
    names = ("train", "validation", "test")
    parts = dict(zip(names, found.split(Split()), strict=True))
    told = belonging(found, SplitSpec(**more), ("y",), parts)  # type: ignore[arg-type]
    return [(each.column, each.fix and each.fix["split"]["way"]) for each in told]


def test_rows_of_one_patient_in_two_parts_are_told_with_the_split_that_keeps_them_together(tmp_path: Path) -> None:
    patient = np.repeat(np.arange(1000, 1200), 3)
    found = table(
        tmp_path, patient=patient, x=RNG.normal(size=600).round(6), age=RNG.integers(20, 90, 600), y=["a", "b"] * 300
    )
    assert grouped(found) == [("patient", "grouped")]
    assert grouped(found, way="grouped", column="patient") == []
    apart = {"train": np.arange(300), "test": np.arange(300, 600)}
    assert belonging(found, SplitSpec(), ("y",), apart) == []
    (told,) = belonging(found, SplitSpec(seed=7), ("y",), {"train": np.arange(0, 600, 2), "test": np.arange(1, 600, 2)})
    assert told.message.startswith(
        "200 different values with 3 rows each, so it seems to say whose rows they are; of 200 of them rows are in train and in test"
    )
    assert told.fix == {
        "title": "Keep the rows of each patient together",
        "split": {"way": "grouped", "shares": (0.7, 0.15, 0.15), "seed": 7, "column": "patient"},
    }


@pytest.mark.parametrize(
    ("name", "values", "is_told"),
    [
        ("who", np.tile(np.arange(60), 5), True),  # as many rows each, and numbered through
        ("userId", RNG.integers(0, 10**6, 60).repeat(5), True),  # called so
        ("speaker", [f"s{i % 40}" for i in range(300)], True),
        ("age", RNG.integers(20, 90, 300), False),
        ("grade", np.arange(300) % 6, False),
        ("id", np.arange(300), False),  # one row each
        ("x", RNG.normal(size=300).round(5), False),
        ("colour", ["red", "green", "blue"] * 100, False),
        ("level", RNG.integers(0, 10**6, 60).repeat(5), False),
    ],
)
def test_what_numbers_people_is_told_from_what_is_measured(
    tmp_path: Path, name: str, values: Sequence[object], is_told: bool
) -> None:
    found = table(tmp_path, **{name: values, "z": RNG.normal(size=300).round(6), "y": ["a", "b"] * 150})
    assert bool(grouped(found)) == is_told
