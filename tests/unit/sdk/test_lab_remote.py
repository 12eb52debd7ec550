"""What the read side makes of answers that are not what it hoped for."""

import numpy as np
import pytest

from gnomon.core.errors import (
    ConflictError,
    FilterError,
    GnomonError,
    InputError,
    LimitError,
    NotFoundError,
    StoreError,
    UnavailableError,
)
from gnomon.sdk.lab_remote import _restore, decode_envelopes, refuse
from gnomon.store.envelope import Envelope
from gnomon.store.gnc1 import encode


@pytest.mark.parametrize(
    ("status", "problem", "kind", "message"),
    [
        (400, {"detail": "bad filter", "field": "where", "position": 7}, FilterError, "bad filter"),
        (400, {"detail": "bad", "field": "limit"}, InputError, "bad"),
        (404, {"detail": "no such run"}, NotFoundError, "no such run"),
        (409, {"title": "Somebody was faster"}, ConflictError, "Somebody was faster"),
        (413, {"detail": "too large"}, LimitError, "too large"),
        (401, {"detail": "A token is needed."}, UnavailableError, "A token is needed. Set GNOMON_TOKEN to its token."),
        (503, {}, UnavailableError, "The server answered 503."),
        (507, {"detail": "disk full"}, StoreError, "disk full"),
        (500, {"detail": "?"}, UnavailableError, r"\?"),
    ],
)
def test_a_problem_becomes_the_error_it_was(
    status: int, problem: dict[str, object], kind: type[GnomonError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        refuse(status, problem)
    assert type(caught.value) is kind
    if isinstance(caught.value, FilterError):
        assert (caught.value.position, caught.value.field) == (7, "where")


def test_numbers_that_json_cannot_hold_come_back() -> None:
    found = _restore({"a": ["NaN", "Infinity", 1.5, None, "text"], "b": {"c": "-Infinity"}})
    assert str(found) == "{'a': [nan, inf, 1.5, None, 'text'], 'b': {'c': -inf}}"


def envelope(m: int, seed: int) -> Envelope:
    rng = np.random.default_rng(seed)
    floats = {name: rng.random(m) for name in ("x0", "x1", "low", "low_x", "high", "high_x", "mean")}
    floats["low"][: m // 3] = np.nan
    return Envelope(n=rng.integers(1, 99, m), bad=rng.integers(0, 9, m), total=1000, span=(0.0, 9.5), **floats)


@pytest.mark.parametrize("sizes", [[], [0], [1], [3, 0, 7]])
def test_envelopes_come_back_as_the_server_encoded_them(sizes: list[int]) -> None:
    sent = [envelope(m, seed) for seed, m in enumerate(sizes)]
    found = decode_envelopes(encode([(("run", f"k{i}"), each, 0) for i, each in enumerate(sent)], cursor="7"))
    assert len(found) == len(sent)
    for ours, theirs in zip(found, sent, strict=True):
        assert (ours.total, ours.span) == (theirs.total, theirs.span)
        for name in ("x0", "x1", "low", "low_x", "high", "high_x", "mean", "n", "bad"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
            assert getattr(ours, name).dtype == getattr(theirs, name).dtype


@pytest.mark.parametrize("data", [b"", b"GNC", b"<html>a proxy's own page</html>"])
def test_an_answer_of_another_kind_is_not_taken_for_envelopes(data: bytes) -> None:
    with pytest.raises(UnavailableError, match="same version"):
        decode_envelopes(data)
