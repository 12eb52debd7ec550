"""Columns of the run table: what they hold, how they grow, and how their values sort."""

import math

import numpy as np
import pytest

from gnomon.store.cells import config_column, statistic_cell, statistic_column
from gnomon.store.column import Column, Vocabulary
from gnomon.store.engine import ConfigColumn, MetricColumn, Stats
from gnomon.store.like import containing


def column_of(*values: float | str | bool | None) -> Column:
    column = Column()
    for index, value in enumerate(values):
        if isinstance(value, bool):
            column.put(index, float(value), "true" if value else "false")
        elif isinstance(value, str):
            column.put(index, None, value)
        else:
            column.put(index, value)
    return column


def sorted_values(column: Column, *, descending: bool) -> list[object]:
    rows = np.arange(len(column.kind))[:8]
    return column.values(rows[np.argsort(column.sort_key(rows, descending=descending), kind="stable")])


def test_a_column_gives_back_what_was_put_into_it() -> None:
    column = column_of(0.5, "adam", True, None, math.inf, "0.5", False)
    assert column.values(np.arange(7)) == [0.5, "adam", True, None, math.inf, "0.5", False]


def test_rows_that_were_never_set_are_missing() -> None:
    column = Column(2)
    column.put(5, 1.0)
    assert column.values(np.arange(6)) == [None] * 5 + [1.0]


def test_a_value_is_replaced_by_one_of_another_kind() -> None:
    column = column_of("adam", 1.0, True)
    column.put(0, 2.0)
    column.put(1, None, "sgd")
    column.put(2, None)
    assert column.values(np.arange(3)) == [2.0, "sgd", None]


def test_a_cleared_value_is_missing_and_clearing_beyond_the_end_is_fine() -> None:
    column = column_of(1.0)
    column.clear(0)
    column.clear(99)
    assert column.values(np.arange(1)) == [None]


def test_whole_columns_give_integers_back() -> None:
    column = Column(whole=True)
    column.put(0, 2.0**53)
    values = column.values(np.arange(1))
    assert values == [2**53]
    assert type(values[0]) is int


def test_numbers_sort_before_texts_and_what_cannot_be_ranked_comes_last_both_ways() -> None:
    column = column_of("b", math.nan, 2.0, None, -math.inf, "a", math.inf, "1")
    up, down = (sorted_values(column, descending=way) for way in (False, True))
    assert up[:6] == [-math.inf, "1", 2.0, math.inf, "a", "b"]
    assert down[:6] == [math.inf, 2.0, "1", -math.inf, "b", "a"]
    for end in (up[6:], down[6:]):
        assert str(end) == "[nan, None]"


def test_zero_is_one_number() -> None:
    column = column_of(0.0, -0.0)
    key = column.sort_key(np.arange(2), descending=False)
    assert key[0] == key[1]


def test_a_config_column_keeps_numbers_texts_truth_values_and_gaps_apart() -> None:
    read = ConfigColumn(np.array([0, 2, 3, 5]), np.array([0.5, np.nan, 1.0, np.nan]), [None, "adam", "true", None])
    column = config_column(read, 6)
    assert column.values(np.arange(6)) == [0.5, None, "adam", True, None, None]


def metric(**over: object) -> MetricColumn:
    base: dict[str, object] = {
        "index": np.array([0, 1, 2]), "n": np.array([3, 2, 0]), "bad": np.array([1, 2, 0]),
        "last": np.array([0.5, np.nan, np.nan]), "last_step": np.array([9, 4, 0]), "low": np.array([0.1, np.nan, np.nan]),
        "low_step": np.array([1, 0, 0]), "high": np.array([0.5, np.nan, np.nan]), "high_step": np.array([9, 0, 0]),
        "total": np.array([0.6, 0.0, 0.0]),
    }  # fmt: skip
    return MetricColumn(**{**base, **over})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statistic", "values"),
    [
        ("last", [0.5, math.nan, None]), ("min", [0.1, None, None]), ("max", [0.5, None, None]),
        ("mean", [0.3, None, None]), ("n", [3, 2, None]), ("bad", [1, 2, None]), ("step", [9, 4, None]),
        ("min_step", [1, None, None]), ("max_step", [9, None, None]),
    ],
)  # fmt: skip
def test_a_statistic_read_for_all_runs_is_that_of_each_run(statistic: str, values: list[float | None]) -> None:
    read = metric()
    column = statistic_column(read, statistic, 3)
    assert str(column.values(np.arange(3))) == str(values)
    followed = Column(3, whole=column.whole)
    for row in range(3):
        stats = Stats(
            n=int(read.n[row]), bad=int(read.bad[row]), last=float(read.last[row]), last_step=int(read.last_step[row]),
            last_us=0, low=float(read.low[row]), low_step=int(read.low_step[row]), high=float(read.high[row]),
            high_step=int(read.high_step[row]), total=float(read.total[row]),
        )  # fmt: skip
        followed.put(row, *statistic_cell(stats, statistic))
    assert str(followed.values(np.arange(3))) == str(values)


def test_patterns_see_words_that_came_after_the_last_pattern() -> None:
    words = Vocabulary()
    for word in ("run-1", "Run-2"):
        words.code(word)
    assert words.fitting("-", containing("-"), fold=False).tolist() == [True, True]
    words.codes(["run-1", None, "other", "a\0run"])
    assert words.words == ["run-1", "Run-2", "other", "a\0run"]
    for question, fold, fit in (("run", False, [True, False, False, True]), ("run", True, [True, True, False, True])):
        assert words.fitting((question, fold), containing(question), fold=fold).tolist() == fit
    assert words.fitting("-", containing("-"), fold=False).tolist() == [True, True, False, False]
