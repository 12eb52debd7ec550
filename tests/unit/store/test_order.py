"""Rewinds, repeats and other axes."""

import numpy as np
import pytest

from gnomon.core.limits import MAX_STEP
from gnomon.store.cache import Cache
from gnomon.store.order import known, limits, visible


def test_every_later_rewind_limits_a_branch() -> None:
    assert limits([]).tolist() == [MAX_STEP + 1]
    assert limits([(0, 40), (0, 20), (0, 30)]).tolist() == [20, 20, 30, MAX_STEP + 1]


def test_of_equal_steps_the_last_is_seen() -> None:
    assert visible(np.array([1, 1, 2, 5, 5, 5])).tolist() == [False, True, True, False, False, True]
    assert visible(np.array([], np.int64)).tolist() == []


def test_another_series_is_known_from_its_first_step_on() -> None:
    epoch = known(np.array([0, 3, 4, 9]), np.array([3, 7]), np.array([1.0, 2.0]))
    np.testing.assert_array_equal(epoch, [np.nan, 1, 1, 2])
    assert np.isnan(known(np.array([1]), np.array([], np.int64), np.array([]))).all()


def test_a_cache_forgets_what_was_used_longest_ago() -> None:
    cache: Cache[str, int] = Cache(10)
    for key in "abc":
        cache.put(key, ord(key), 3)
    assert cache.get("a") == ord("a")
    cache.put("d", 4, 4)
    assert [cache.get(key) for key in "abcd"] == [ord("a"), None, ord("c"), 4]
    cache.put("a", 1, 1)
    assert (cache.get("a"), cache.size) == (1, 8)


def test_a_cache_does_not_keep_what_is_larger_than_itself() -> None:
    cache: Cache[str, int] = Cache(10)
    cache.put("large", 1, 11)
    assert (cache.get("large"), cache.size) == (None, 0)
    cache.put("a", 1, 1)
    cache.clear()
    assert (cache.get("a"), cache.size) == (None, 0)


@pytest.mark.parametrize("step", [0, 1])
def test_a_rewind_to_a_step_hides_that_step(step: int) -> None:
    assert (np.array([0, 1, 2]) < limits([(0, step)])[0]).sum() == step
