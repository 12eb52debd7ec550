"""The leaderboard ranks configurations, and claims no difference that the seeds do not show."""

import math
import os

import numpy as np
import pytest

from gnomon.analysis.entry import Entry, EntrySeed
from gnomon.analysis.leaderboard import leaderboard
from gnomon.analysis.significance import interval, not_best, welch
from gnomon.analysis.student import student_cdf


def trials(sample: int, full: int) -> int:
    """Repeat `sample` times, or `full` times in make test-all."""
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


def test_seeds_collapse_into_one_entry_with_mean_interval_and_count() -> None:
    runs = ["a1", "a2", "a3", "b1", "b2", "b3"]
    values = [0.90, 0.91, 0.92, 0.50, 0.51, 0.52]
    columns = {"config.lr": [0.1] * 3 + [9.0] * 3, "config.model": ["mlp"] * 6}

    board = leaderboard("val_acc", "max", runs, values, columns)

    assert (board.metric, board.goal) == ("val_acc", "max")
    first, second = board.entries
    assert first == Entry(
        rank=1, label="lr 0.1", config={"config.lr": 0.1}, n=3, missing=0, mean=pytest.approx(0.91),
        interval=pytest.approx((0.91 - 4.302653 * 0.01 / math.sqrt(3), 0.91 + 4.302653 * 0.01 / math.sqrt(3))),
        best=0.92, tied=True, p=None, columns={},
        seeds=tuple(EntrySeed(run, run, "finished", None, value) for run, value in zip(runs[:3], values, strict=False)),
    )  # fmt: skip
    assert (first.values, first.runs) == ((0.90, 0.91, 0.92), ("a1", "a2", "a3"))
    assert (second.rank, second.label, second.best, second.tied) == (2, "lr 9", 0.52, False)
    assert second.p is not None
    assert second.p < 1e-5


def test_smaller_is_better_when_the_goal_says_so() -> None:
    board = leaderboard("loss", "min", ["a", "b", "c"], [2.0, 1.0, 3.0], {"config.lr": [1, 2, 3]})
    assert [(e.rank, e.mean, e.best) for e in board.entries] == [(1, 1.0, 1.0), (2, 2.0, 2.0), (3, 3.0, 3.0)]


def test_a_single_run_has_no_interval_and_two_seeds_prove_nothing() -> None:
    columns = {"config.lr": [1, 2, 2]}
    board = leaderboard("acc", "max", ["a", "b", "c"], [0.99, 0.01, 0.02], columns)
    assert [(e.n, e.interval is None, e.tied, e.p) for e in board.entries] == [
        (1, True, True, None),
        (2, False, True, None),
    ]


def test_runs_without_a_value_are_counted_and_an_entry_of_them_comes_last() -> None:
    values = [None, math.nan, 0.5, math.inf, 0.1]
    board = leaderboard("acc", "max", list("abcde"), values, {"config.lr": [1, 1, 2, 2, 3]})
    assert [(e.label, e.n, e.missing, e.tied, e.runs) for e in board.entries] == [
        ("lr 2", 1, 1, True, ("c",)),
        ("lr 3", 1, 0, True, ("e",)),
        ("lr 1", 0, 2, False, ()),
    ]
    assert (board.entries[2].mean, board.entries[2].best) == (None, None)
    assert board.entries[2].interval is None


def test_an_empty_leaderboard_has_no_entries() -> None:
    assert leaderboard("acc", "max", [], [], {}).entries == ()


def test_equal_values_of_every_seed_are_no_spread_to_judge_by() -> None:
    """0.1 + 0.2 added up leaves a spread of 1e-17, and a t of millions."""
    same, other = np.full(3, 0.1 + 0.2), np.full(3, 0.1)
    assert welch(same, other) is None
    assert not_best([same, other]) == [None, None]


@pytest.mark.parametrize(
    ("a", "b", "t", "df"),
    [
        ([3.0, 4.0, 5.0], [1.0, 2.0, 3.0], 2.449490, 4.0),
        ([27.5, 21.0, 19.0, 23.6, 17.0], [20.1, 15.8, 14.2], 1.936088, 5.466763),
    ],
)
def test_welch_is_the_textbook_statistic(a: list[float], b: list[float], t: float, df: float) -> None:
    assert welch(np.array(a), np.array(b)) == pytest.approx(student_cdf(-t, df), rel=1e-4)


def test_the_correction_counts_every_other_entry() -> None:
    good, bad = np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0])
    p = welch(good, bad)
    assert p is not None
    assert not_best([good, bad]) == [None, pytest.approx(p, rel=1e-12)]
    assert not_best([good, bad, bad - 9]) == [None, pytest.approx(2 * p, rel=1e-12), not_best([good, bad, bad - 9])[2]]
    assert not_best([-good, -bad], "min") == [None, pytest.approx(p, rel=1e-12)]


def test_the_truly_best_entry_is_called_worse_in_at_most_one_of_twenty_boards() -> None:
    """With equal configurations any claim is false; the count over many boards must stay at the level promised."""
    rng = np.random.default_rng(7)
    boards = trials(1_000, 20_000)
    for seeds, entries in ((3, 4), (5, 8)):
        false = 0
        for _ in range(boards):
            p = not_best(list(rng.normal(0.9, 0.01, (entries, seeds))))[0]  # any fixed one may be taken for the best
            false += p is not None and p <= 0.05
        assert false <= 0.05 * boards + 3 * math.sqrt(0.05 * 0.95 * boards)


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    boards = trials(1_000, 20_000)
    covered = 0
    for sample in rng.normal(1.0, 0.1, (boards, 3)):
        low, high = interval(sample) or (0, 0)
        covered += low <= 1.0 <= high
    assert abs(covered - 0.95 * boards) <= 3.5 * math.sqrt(0.95 * 0.05 * boards)
