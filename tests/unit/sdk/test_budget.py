"""The share of time that collections take, by a clock of the test's own."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.sdk.budget import WARM_UP_STEPS, Budget


def simulate(budget: Budget, steps: int, step_s: list[float], cost_s: list[float]) -> tuple[list[int], float, float]:
    """Return at which steps was collected, the seconds of training, and those of collecting after the first time."""
    at, spent, trained, taken = [], 0.0, 0.0, 0.0
    for i in range(steps):
        if budget.step(taken):
            cost = cost_s[len(at) % len(cost_s)]
            spent += cost if at else 0.0
            at.append(i)
            budget.spent(cost)
        else:
            cost = 0.0
        trained += step_s[i % len(step_s)]
        taken = step_s[i % len(step_s)] + cost
    return at, trained, spent


def test_an_even_load_is_collected_at_even_distances() -> None:
    at, trained, spent = simulate(Budget(0.02), 1000, [0.01], [0.004])
    assert at[:4] == [0, WARM_UP_STEPS, WARM_UP_STEPS + 20, WARM_UP_STEPS + 40]
    assert spent / trained <= 0.021


@given(
    st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=9),
    st.lists(st.floats(1e-5, 2.0), min_size=1, max_size=9),
    st.sampled_from([0.01, 0.03, 0.5]),
)
def test_no_load_takes_more_than_the_share_and_one_collection(
    steps: list[float], costs: list[float], share: float
) -> None:
    _, trained, spent = simulate(Budget(share), 500, steps, costs)
    assert spent <= share * trained + max(costs) + 1e-9


def test_a_long_pause_is_not_followed_by_a_burst() -> None:
    budget = Budget(0.01, warm_up=0)
    budget.step(0.0)
    budget.step(1000.0)
    budget.spent(1.0)
    assert [budget.step(1.0) for _ in range(3)] == [False, False, False]


def test_growing_costs_widen_the_interval_and_shrinking_ones_narrow_it() -> None:
    at, _, _ = simulate(Budget(0.5), 60, [1.0], [1.0, 4.0, 4.0, 1.0, 1.0])
    assert [b - a for a, b in itertools.pairwise(at)][:4] == [WARM_UP_STEPS, 8, 8, 2]


def test_what_every_step_pays_comes_off_the_share_but_never_all_of_it() -> None:
    def distance(idle_s: float) -> int:
        at, _, _ = simulate(Budget(0.02, idle_s=idle_s), 1000, [0.01], [0.004])
        return at[3] - at[2]

    assert [distance(idle_s) for idle_s in (0.0, 0.00005, 0.0001, 1.0)] == [20, 27, 41, 41]


@pytest.mark.parametrize("every", [1, 3])
def test_a_fixed_interval_ignores_what_it_costs(every: int) -> None:
    at, _, _ = simulate(Budget(0.03, every), 10, [1e-3], [100.0])
    assert at == list(range(0, 10, every))


# Fractions of 1024, whose sums are exact in whatever order.
@given(st.integers(1, 1024), st.integers(1, 2048), st.sampled_from([0.5, 0.25, 2**-5]))
def test_steps_taken_note_of_together_are_collected_at_the_same_steps(step: int, cost: int, share: float) -> None:
    step_s, cost_s = step / 1024, cost / 1024

    def collected(budget: Budget, *, waits: bool) -> list[int]:
        at: list[int] = []
        last, following, spent_s = -1, 0, 0.0
        for i in range(300):
            if i < following:
                continue
            if budget.step((i - last) * step_s + spent_s if at else 0.0, i - last):
                at.append(i)
                budget.spent(cost_s)
            spent_s = cost_s if at and at[-1] == i else 0.0
            last, following = i, i + (budget.wait(step_s) if waits and not spent_s else 1)
        return at

    one, many = (collected(Budget(share, idle_s=2**-20), waits=waits) for waits in (False, True))
    assert one == many


@pytest.mark.parametrize("every", [None, 5])
def test_nothing_is_skipped_while_there_is_no_debt_or_the_interval_is_fixed(every: int | None) -> None:
    budget = Budget(0.5, every, warm_up=0)
    assert (budget.step(1.0), budget.wait(1.0)) == (True, 1)
    budget.step(1.0)
    budget.spent(1e9)
    assert [budget.wait(seconds) for seconds in (1.0, 0.0, 1e-300)] == ([16, 1, 16] if every is None else [1, 1, 1])
