"""Which trials are ended early, and how that is said."""

import math

import pytest

from gnomon.models.sweeps.pruning import Pruning, Verdict, judge

MEDIAN = Pruning("median", least=3)
GOOD = [[(10, 0.5), (20, 0.7)], [(10, 0.6), (20, 0.8)], [(10, 0.4), (20, 0.6)]]


def test_one_that_is_worse_than_the_median_at_the_same_place_is_ended_with_the_reason() -> None:
    found = judge(MEDIAN, "max", "val/accuracy", [(11, 0.3), (21, 0.65)], GOOD)
    assert found == Verdict(
        "val/accuracy was 0.65 at value 2, worse than the median 0.7 of 3 others", step=21, value=0.65, place=2
    )
    assert judge(MEDIAN, "max", "val/accuracy", [(11, 0.3), (21, 0.7)], GOOD) is None
    assert judge(MEDIAN, "min", "val/loss", [(11, 0.3), (21, 0.65)], GOOD) is None
    assert judge(MEDIAN, "min", "val/loss", [(11, 0.55)], GOOD) is not None


def test_the_best_until_there_counts_and_what_is_no_number_counts_as_the_worst() -> None:
    assert judge(MEDIAN, "max", "m", [(1, 0.9), (2, 0.1)], GOOD) is None
    found = judge(MEDIAN, "min", "m", [(1, math.nan)], GOOD)
    assert found is not None
    assert found.reason == "m was inf at value 1, worse than the median 0.5 of 3 others"


def test_nothing_is_ended_before_enough_others_came_as_far_nor_before_the_first_place() -> None:
    assert judge(MEDIAN, "max", "m", [(1, 0.0)], GOOD[:2]) is None
    assert judge(MEDIAN, "max", "m", [], GOOD) is None
    short = [each[:1] for each in GOOD]
    assert judge(MEDIAN, "max", "m", [(1, 0.9), (2, 0.0)], short) is None
    assert judge(Pruning("median", after=3, least=3), "max", "m", [(1, 0.0), (2, 0.0)], GOOD) is None


def test_places_may_be_steps() -> None:
    rule = Pruning("median", after=15, unit="step", least=3)
    assert judge(rule, "max", "m", [(12, 0.1)], GOOD) is None
    found = judge(rule, "max", "m", [(12, 0.1), (18, 0.2)], GOOD)
    assert found == Verdict("m was 0.2 at step 18, worse than the median 0.5 of 3 others", 18, 0.2, 2)


@pytest.mark.parametrize(("value", "goes_on"), [(0.95, True), (0.85, True), (0.75, False)])
def test_halving_keeps_the_best_share_at_each_of_its_places(value: float, goes_on: bool) -> None:
    rule = Pruning("halving", after=1, factor=2)
    others = [[(0, 0.5), (1, 0.9)], [(0, 0.6), (1, 0.8)], [(0, 0.4), (1, 0.7)]]
    found = judge(rule, "max", "m", [(0, 0.99), (1, value)], others)
    assert judge(rule, "max", "m", [(0, 0.99)], others) is None
    if value == 0.75:
        assert judge(rule, "max", "m", [(0, 0.1)], others) is not None
    assert (found is None) is True  # its best so far, 0.99, is what counts
    later = judge(rule, "max", "m", [(0, 0.1), (1, value)], others)
    assert (later is None) is goes_on
    if later is not None:
        assert later.reason == "m was 0.75 at value 2, not among the best 2 of 4, which begin at 0.8"
