"""Plain data as JSON."""

import math

import pytest

from gnomon.core.errors import CorruptError
from gnomon.core.records.json import TYPE
from gnomon.core.records.suite import RecordTypeSuite


class TestJsonType(RecordTypeSuite):
    record_type = TYPE

    def samples(self) -> list[object]:
        return [None, [], {}, {"a": [1, 2.5, "x", None, True]}, [[[]]], 3]


def test_numbers_that_json_does_not_have_become_their_names() -> None:
    assert TYPE.encode([math.nan, -math.inf, 2**63]).data == b'["NaN","-Infinity","9223372036854775808"]'


@pytest.mark.parametrize("data", [b"", b"{", b"[1,]", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptError, match="json: expected JSON"):
        TYPE.decode({}, data)


def test_a_long_text_is_kept_whole() -> None:
    assert TYPE.decode({}, TYPE.encode({"story": "x" * 200_000}).data) == {"story": "x" * 200_000}  # type: ignore[arg-type]
