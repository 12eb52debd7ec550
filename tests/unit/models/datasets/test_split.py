"""Every split is whole, disjoint and the same again; each way keeps apart what it says."""

import datetime as dt

import numpy as np
import pytest

from gnomon.core.errors import InputError, ShapeError
from gnomon.models.datasets.split import WAYS, Split, Way

RNG = np.random.default_rng(7)


def shares() -> tuple[float, ...]:
    drawn = RNG.dirichlet(np.ones(int(RNG.integers(1, 5))))
    return tuple(float(share) for share in drawn)


@pytest.mark.parametrize("way", WAYS)
def test_every_row_is_in_one_part_and_the_same_one_next_time(way: Way) -> None:
    for _ in range(60):
        n = int(RNG.integers(0, 80))
        column = RNG.integers(0, int(RNG.integers(1, 12)), n)
        split = Split(way, shares(), seed=int(RNG.integers(100)), column="column")
        parts = split.rows(n, column)
        assert len(parts) == len(split.shares)
        assert sorted(np.concatenate(parts).tolist()) == list(range(n))
        assert all((np.diff(part) > 0).all() for part in parts)
        assert all(np.array_equal(a, b) for a, b in zip(parts, split.rows(n, column), strict=True))


def test_parts_are_as_large_as_their_shares_say() -> None:
    for _ in range(60):
        n = int(RNG.integers(1, 500))
        split = Split("random", shares(), seed=int(RNG.integers(100)))
        sizes = [len(part) for part in split.rows(n)]
        assert all(abs(size - share * n) < 1 for size, share in zip(sizes, split.shares, strict=True))


def test_another_seed_is_another_split() -> None:
    one, other = Split(seed=1).rows(100), Split(seed=2).rows(100)
    assert not np.array_equal(one[0], other[0])
    assert [len(part) for part in one] == [70, 15, 15]


def test_stratified_parts_hold_each_class_in_the_same_share() -> None:
    labels = np.repeat(["cat", "dog", "newt"], [600, 300, 7])
    for seed in range(20):
        split = Split("stratified", (0.6, 0.2, 0.2), seed=seed, column="label")
        parts = split.rows(len(labels), labels)
        for name, size in (("cat", 600), ("dog", 300), ("newt", 7)):
            counts = [int((labels[part] == name).sum()) for part in parts]
            assert all(abs(count - share * size) < 2 for count, share in zip(counts, split.shares, strict=True))
        assert all(abs(len(part) - share * 907) <= 1 for part, share in zip(parts, split.shares, strict=True))


def test_a_group_is_never_divided() -> None:
    for seed in range(20):
        patients = RNG.integers(0, 40, 500)
        parts = Split("grouped", (0.7, 0.3), seed=seed, column="patient").rows(500, patients)
        assert set(patients[parts[0]]).isdisjoint(patients[parts[1]])
        assert abs(len(parts[0]) - 350) <= np.bincount(patients).max()


def test_what_came_later_is_never_trained_on() -> None:
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=int(day)) for day in RNG.integers(0, 30, 200)]
    train, validate, test = Split("time", (0.5, 0.25, 0.25), column="day").rows(200, days)
    assert max(days[i] for i in train) < min(days[i] for i in validate)
    assert max(days[i] for i in validate) < min(days[i] for i in test)


def test_rows_of_one_moment_stay_together() -> None:
    first, second = Split("time", (0.5, 0.5), column="day").rows(4, [1, 2, 2, 2])
    assert (first.tolist(), second.tolist()) == ([0, 1, 2, 3], [])


@pytest.mark.parametrize("way", WAYS)
def test_a_part_without_a_share_stays_empty(way: Way) -> None:
    labels = RNG.integers(0, 5, 101)
    parts = Split(way, (0.9, 0.0, 0.1), column="label").rows(101, labels)
    assert len(parts[1]) == 0


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        (
            {"way": "alphabetical"},
            "split.way",
            "expected one of random, stratified, grouped, time, received 'alphabetical'",
        ),
        ({"shares": (0.5, 0.6)}, "split.shares", "expected shares that add up to 1"),
        ({"shares": ()}, "split.shares", "expected shares that add up to 1"),
        ({"shares": (1.5, -0.5)}, "split.shares", "expected shares that add up to 1"),
        ({"way": "grouped"}, "split.column", "grouped needs the column of its groups"),
    ],
)
def test_what_cannot_be_split_so_is_said(given: dict[str, object], field: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        Split(**given)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_values_that_do_not_fit_the_rows_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"expected 3 values, received \(2,\)"):
        Split("grouped", column="patient").rows(3, [1, 2])
    with pytest.raises(InputError, match="values that are not finite"):
        Split("time", column="day").rows(3, [1.0, float("nan"), 2.0])
    with pytest.raises(InputError, match="values of one kind"):
        Split("time", column="day").rows(2, np.array([1, "b"], object))
