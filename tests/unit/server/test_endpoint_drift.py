"""What the log of requests says, as drift counts it."""

from collections import Counter

import pytest

from gnomon.server.endpoint_drift import Measured, count


def test_numbers_and_classes_are_counted_by_name_and_what_is_not_known_is_left_out() -> None:
    inputs: Measured = {}
    outputs: Measured = {}
    count(b'{"in": {"age": 3, "city": "Ulm", "gone": null}, "out": {"label": "yes"}, "ms": 1}', inputs, outputs)
    count(b'{"in": {"age": 4.5, "city": "Ulm"}}', inputs, outputs)
    assert inputs == {"age": {"numbers": [3.0, 4.5]}, "city": {"classes": Counter({"Ulm": 2})}}
    assert outputs == {"label": {"classes": Counter({"yes": 1})}}


@pytest.mark.parametrize("text", [b'{"in": []}', b'{"out": {"x": [1]}}', b"no JSON", b"[" * 100_000, b'"text"'])
def test_what_others_log_into_that_run_is_passed_over(text: bytes) -> None:
    inputs: Measured = {}
    outputs: Measured = {}
    count(text, inputs, outputs)
    assert (inputs, outputs) == ({}, {})
