"""Runs that differ in the seed alone are one entry."""

import pytest

from gnomon.analysis.grouping import differing, group_columns, group_rows, label
from gnomon.core.errors import InputError

KEYS = ["lr", "model", "opt-name", "seed"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("config", ["config.lr", "config.model", "config.opt-name", "config.seed"]),
        ("config - seed", ["config.lr", "config.model", "config.opt-name"]),
        ("config - config.seed - opt-name", ["config.lr", "config.model"]),
        ("config.lr, attr.group", ["config.lr", "attr.group"]),
        ("config.lr + tag.best", ["config.lr", "tag.best"]),
        ("config.opt-name", ["config.opt-name"]),
        ("config - nothing", ["config.lr", "config.model", "config.opt-name", "config.seed"]),
    ],
)
def test_an_expression_names_the_columns_of_an_entry(text: str, columns: list[str]) -> None:
    assert group_columns(text, KEYS) == columns


@pytest.mark.parametrize("text", ["", "lr", "config seed", "metric.loss"])
def test_what_cannot_make_an_entry_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="group_by: expected parts"):
        group_columns(text, KEYS)


def test_rows_are_grouped_by_all_columns_and_keep_their_order() -> None:
    columns = {"config.lr": [0.1, 0.2, 0.1, None, 0.1], "config.on": [True, True, True, True, 1.0]}
    assert group_rows(columns, 5) == [[0, 2], [1], [3], [4]]


def test_without_columns_all_runs_are_one_entry() -> None:
    assert group_rows({}, 3) == [[0, 1, 2]]
    assert label({}) == "all alike"


def test_only_the_keys_that_differ_name_an_entry() -> None:
    columns = {"config.lr": [0.1, 0.2, 0.1], "config.model": ["a", "a", "a"], "config.on": [True, 1.0, True]}
    assert differing(columns, [0, 1, 2]) == ["config.lr", "config.on"]
    assert label({"config.lr": 0.1, "config.on": True, "config.n": 3}) == "lr 0.1 · on True · n 3"


def test_a_seed_is_left_out_wherever_it_lies() -> None:
    assert group_columns("config - seed", ["lr", "train.seed", "data.seed", "seeds"]) == ["config.lr", "config.seeds"]
    assert group_columns("config - seed", ["seed", "train.seed"]) == ["config.train.seed"]  # the one of this very name
