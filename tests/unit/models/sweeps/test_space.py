"""What is searched: texts that say it, values that are drawn, grids, and points at random that never come twice."""

from random import Random
from typing import Any

import pytest

from gnomon.core.errors import InputError
from gnomon.models.sweeps.proposing import Seen, at_random, check_search, grid, next_point, points_of, suggest_here
from gnomon.models.sweeps.space import Axis, Choice, Float, Int, Space, check_space, draw, parse, spread


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("log:1e-4..1e-1", Float(1e-4, 1e-1, log=True)),
        ("0..0.5:6", Float(0.0, 0.5, count=6)),
        ("16..256", Int(16, 256)),
        ("int:log:16..512:4", Int(16, 512, log=True, count=4)),
        ("float:1..3", Float(1.0, 3.0)),
        ("-3..-1", Int(-3, -1)),
        ("32,64,64,128", Choice([32, 64, 128])),
        ("relu, tanh", Choice(["relu", "tanh"])),
        ("true,null,1.5", Choice([True, None, 1.5])),
        ("[[3,3],[5,5]]", Choice([[3, 3], [5, 5]])),
        ("0.1", Choice([0.1])),
        ("adam", Choice(["adam"])),
        ("../data/a.csv,../data/b.csv", Choice(["../data/a.csv", "../data/b.csv"])),
    ],
)
def test_a_text_says_a_range_or_values(text: str, axis: Axis) -> None:
    assert parse(text) == axis


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("5..1", "lr: expected a range from the smaller to the larger number, received 5..1."),
        ("log:0..1", "lr: expected numbers above 0 behind log:, received 0..1."),
        ("int:0.5..2", "lr: expected whole numbers behind int:, received 'int:0.5..2'."),
        ("a..b", "lr: expected a form such as "),
        ("log:1e-4..", "lr: expected a form such as "),
        ("[]", "lr: expected at least one value, received none."),
    ],
)
def test_what_says_neither_is_refused_with_the_forms(text: str, why: str) -> None:
    with pytest.raises(InputError, match=r"^lr: ") as caught:
        parse(text, "lr")
    assert str(caught.value).startswith(why)
    assert caught.value.field == "lr"


def test_what_is_drawn_lies_in_its_range_and_logarithmic_ranges_are_drawn_by_their_ratios() -> None:
    random = Random(0)
    rates = [draw(Float(1e-4, 1.0, log=True), random) for _ in range(400)]
    assert all(1e-4 <= rate <= 1.0 and rate == float(f"{rate:.6g}") for rate in rates)
    assert 160 <= sum(rate < 1e-2 for rate in rates) <= 240
    sizes = [draw(Int(16, 512, log=True), random) for _ in range(400)]
    assert min(sizes) >= 16
    assert max(sizes) <= 512
    assert 150 <= sum(size < 90 for size in sizes) <= 250
    assert {draw(Int(1, 3), random) for _ in range(60)} == {1, 2, 3}
    assert {draw(Choice(["a", "b"]), random) for _ in range(60)} == {"a", "b"}


def test_a_grid_takes_every_combination_once_and_wants_to_know_how_many_of_a_range() -> None:
    space = check_space({"lr": parse("log:1e-3..1e-1:3"), "units": parse("8,16,8"), "layers": parse("1..2")})
    every = [grid(space, number) for number in range(13)]
    assert every[:3] == [
        {"lr": 0.001, "units": 8, "layers": 1},
        {"lr": 0.001, "units": 8, "layers": 2},
        {"lr": 0.001, "units": 16, "layers": 1},
    ]
    assert len({str(each) for each in every[:12]}) == 12
    assert every[12] is None
    assert spread(parse("int:1..2:9"), "n") == [1, 2]
    assert spread(Float(1.0, 3.0, count=1), "x") == [2.0]
    with pytest.raises(InputError, match=r"^lr: a grid takes some values of a range.* Write 0.1..0.9:4\.$"):
        check_search("grid", {"lr": parse("0.1..0.9")})
    with pytest.raises(InputError, match=r"^space: a grid of 250,000 points is more than 10,000\."):
        check_search("grid", {"a": parse("1..500"), "b": parse("1..500")})
    with pytest.raises(InputError, match=r"^space: expected at least one name with more than one value"):
        check_space({"lr": parse("0.1")})


def test_points_at_random_are_those_of_the_seed_come_once_and_end_when_all_were_tried() -> None:
    space = {"a": parse("1..5"), "b": parse("x,y,z")}
    assert points_of(space) == 15
    drawn: dict[int, list[Any]] = {0: [], 1: []}
    for seed, tried in drawn.items():
        while (found := at_random(space, seed, len(tried), tried)) is not None:
            tried.append(found)
    assert [len({str(each) for each in tried}) for tried in drawn.values()] == [15, 15]
    assert drawn[0] != drawn[1]
    again: list[Any] = []
    while (found := at_random(space, 0, len(again), again)) is not None:
        again.append(found)
    assert again == drawn[0]


def test_tpe_asks_for_the_same_points_given_the_same_results_and_finds_better_ones_than_chance() -> None:
    pytest.importorskip("optuna")
    space: Space = {"x": Float(0.0, 10.0), "c": Choice(["a", ["b"]])}

    def searched(search: Any) -> list[Seen]:
        seen: list[Seen] = []
        for number in range(30):
            values = next_point(search, space, 7, "min", seen, suggest_here)
            assert values is not None
            if number == 12:
                seen.append(Seen(values, None, "failed"))
            elif number == 13:
                seen.append(Seen(values, 50.0, "pruned", 3))
            else:
                seen.append(Seen(values, (values["x"] - 3) ** 2 + (values["c"] == "a"), "finished"))
        return seen

    first = searched("tpe")
    assert searched("tpe") == first
    assert first[:10] == searched("random")[:10]

    def late(seen: list[Seen]) -> float:
        found = sorted(each.value for each in seen[14:] if each.value is not None)
        return found[len(found) // 2]

    assert late(first) < late(searched("random"))
    assert next_point("tpe", {"c": Choice([1, 2])}, 0, "min", [Seen({"c": 1}), Seen({"c": 2})], suggest_here) is None
