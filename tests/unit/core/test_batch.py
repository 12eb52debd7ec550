"""From the bytes of a journal to columns."""

import json
import math
from typing import Any

import numpy as np
import pytest

from gnomon.core import journal
from gnomon.core.batch import Batch, Change, Frame, Object, Rewind, decode_batch
from gnomon.core.errors import CorruptError

KEYS = journal.encode(journal.KEYS, 0, ["loss", "acc"])
PAIR = journal.Layout(0, 2)


def decode(*records: bytes, offset: int = 0, keysets: dict[int, tuple[str, ...]] | None = None) -> Batch:
    return decode_batch(b"".join(records), run="r" * 20, writer="w" * 12, offset=offset, keysets=keysets or {})


def shown(batch: Batch) -> list[Any]:
    """Return items that compare: frames as keys, steps, times and values."""
    return [
        (i.keys, i.step.tolist(), i.us.tolist(), i.values.tolist()) if isinstance(i, Frame) else i for i in batch.items
    ]


LONG = {"n": 3, "names": ["x" * 59] * 10_000}


def test_calls_with_the_same_keys_become_one_frame() -> None:
    batch = decode(KEYS, PAIR.record(0, 10, (1.0, 0.1)), PAIR.record(1, 20, (0.5, 0.2)))
    assert shown(batch) == [(("loss", "acc"), [0, 1], [10, 20], [[1.0, 0.5], [0.1, 0.2]])]
    assert batch.keysets == {0: ("loss", "acc")}
    [frame] = batch.items
    assert isinstance(frame, Frame)
    assert (frame.values.dtype, frame.values.flags.c_contiguous) == (np.float64, True)


def test_keys_named_in_an_earlier_piece_are_known() -> None:
    batch = decode(PAIR.record(5, 1, (1.0, 2.0)), offset=100, keysets={0: ("a", "b")})
    assert (shown(batch), batch.first, batch.last, batch.keysets) == (
        [(("a", "b"), [5], [1], [[1.0], [2.0]])],
        100,
        100 + len(PAIR.record(5, 1, (1.0, 2.0))),
        {},
    )


def test_nan_and_infinities_come_through_bit_by_bit() -> None:
    [frame] = decode(KEYS, PAIR.record(0, 0, (math.nan, -math.inf))).items
    assert isinstance(frame, Frame)
    assert math.isnan(frame.values[0, 0])
    assert frame.values[1, 0] == -math.inf


def test_everything_else_becomes_items_in_order() -> None:
    opened = journal.Open(run="r" * 20, project="p", writer="w" * 12, name="n", us=1)
    batch = decode(
        journal.encode(journal.OPEN, opened),
        journal.encode(journal.OBJECT, "note", "text", 3, 9, {"lang": "en"}, b"hi"),
        journal.encode(journal.CHANGE, 10, {"config": {"lr": 0.1}}),
        journal.encode(journal.DROPPED, 11, 4, "disk full"),
        journal.encode(journal.CLOSE, 12, "failed", "ValueError"),
    )
    assert batch.opened == opened
    assert shown(batch) == [
        Object("note", "text", 3, 9, {"lang": "en"}, b"hi"),
        Change(10, {"config": {"lr": 0.1}}),
        Change(11, {"dropped": 4, "dropped_cause": "disk full"}),
        Change(12, {"state": "failed", "error": "ValueError"}),
    ]


def test_a_writer_that_ends_without_a_state_changes_nothing() -> None:
    assert decode(journal.encode(journal.CLOSE, 12, None, None)).items == ()


def test_a_rewind_keeps_what_came_before_it_before_it() -> None:
    batch = decode(KEYS, PAIR.record(5, 1, (1, 1)), journal.encode(journal.REWIND, 2, 3), PAIR.record(3, 3, (2, 2)))
    assert shown(batch) == [
        (("loss", "acc"), [5], [1], [[1.0], [1.0]]),
        Rewind(2, 3),
        (("loss", "acc"), [3], [3], [[2.0], [2.0]]),
    ]


def test_a_step_that_comes_again_under_other_keys_keeps_the_order_of_arrival() -> None:
    alone = journal.Layout(1, 1)
    batch = decode(
        KEYS,
        journal.encode(journal.KEYS, 1, ["loss"]),
        alone.record(5, 1, (1.0,)),
        PAIR.record(5, 2, (2.0, 0.0)),
        alone.record(5, 3, (3.0,)),
    )
    assert [v for keys, _, _, values in shown(batch) for v in values[keys.index("loss")]] == [1.0, 2.0, 3.0]


def test_sets_that_share_a_key_at_different_steps_still_become_one_frame_each() -> None:
    alone = journal.Layout(1, 1)
    records = [KEYS, journal.encode(journal.KEYS, 1, ["loss"])]
    for step in range(0, 20, 2):
        records += [alone.record(step, step, (1.0,)), PAIR.record(step + 1, step, (2.0, 0.0))]
    assert [(keys, len(steps)) for keys, steps, _, _ in shown(decode(*records))] == [
        (("loss",), 10),
        (("loss", "acc"), 10),
    ]


def test_a_set_named_anew_means_the_new_keys_from_there_on() -> None:
    again = journal.encode(journal.KEYS, 0, ["x", "y"])
    batch = decode(KEYS, PAIR.record(0, 0, (1, 2)), again, PAIR.record(1, 1, (3, 4)))
    assert [(keys, steps) for keys, steps, _, _ in shown(batch)] == [(("loss", "acc"), [0]), (("x", "y"), [1])]
    assert batch.keysets == {0: ("x", "y")}


def test_a_torn_record_is_left_for_the_next_piece() -> None:
    record = PAIR.record(0, 0, (1, 2))
    assert decode(KEYS, record, record[:-1]).last == len(KEYS) + len(record)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (journal.encode(journal.SCALARS, 7, bytes(24)), "7"),
        (journal.encode(journal.SCALARS, 0, bytes(24)), "values: expected 16 bytes, received 8"),
        (journal.encode(journal.SCALARS, [], bytes(24)), "unhashable"),
        (journal.encode(journal.SCALARS, 0), "missing"),
        (journal.encode(journal.KEYS, 1, []), "distinct names"),
        (journal.encode(journal.KEYS, 1, ["a", "a"]), "distinct names"),
        (journal.encode(journal.KEYS, "1", ["a"]), "distinct names"),
        (journal.encode(journal.KEYS, 1, ["a\n"]), "control characters"),
        (journal.encode(journal.KEYS, 1, ["k" * 513]), "at most 512"),
        (journal.encode(journal.OBJECT, "k", "text", -1, 0, {}, b""), "step: expected 0"),
        (journal.encode(journal.OBJECT, "k", "text", 2**63, 0, {}, b""), "step: expected 0"),
        (journal.encode(journal.OBJECT, "k", "text", 0, "now", {}, b""), "us: expected microseconds"),
        (
            journal.encode(journal.OBJECT, "k", "points", 0, 0, LONG, b""),
            "meta: expected at most 512 KiB, received 595 in names",
        ),
        (journal.encode(journal.ATTACHED, "k", "points", 0, 0, LONG, "a" * 64, 1), "meta: expected at most 512 KiB"),
        (journal.encode(journal.REWIND, 2**63, 0), "us: expected microseconds"),
        (journal.encode(journal.CHANGE, 0, 3), "not iterable"),
        (journal.encode(journal.CLOSE, 0, "running", None), "state: expected one of"),
        (journal.encode(journal.DROPPED, 0, "many", ""), "invalid literal"),
        (journal.encode(99), "written by a newer gnomon"),
        (PAIR.record(-1, 0, (1, 2)), "step: expected 0 to"),
        (PAIR.record(2**53, 0, (1, 2)), "step: expected 0 to"),
    ],
)
def test_a_whole_record_that_breaks_its_promise_is_corrupt_and_named(record: bytes, reason: str) -> None:
    with pytest.raises(CorruptError, match=reason) as caught:
        decode(record, keysets={0: ("loss", "acc")})
    assert str(caught.value).startswith(f"journal {'r' * 20}/{'w' * 12}: ")


def test_a_record_that_breaks_its_promise_does_not_spoil_what_came_before_it() -> None:
    good = KEYS + PAIR.record(0, 0, (1, 2))
    batch = decode(good, journal.encode(99), PAIR.record(1, 0, (1, 2)))
    assert (shown(batch), batch.last) == ([(("loss", "acc"), [0], [0], [[1.0], [2.0]])], len(good))


def test_what_a_stranger_says_of_a_record_can_be_written_down_as_json() -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    batch = decode(
        journal.encode(journal.OBJECT, "x", "text", 0, 1, {"deep": deep, "bytes": b"\xff"}, b""),
        journal.encode(journal.CHANGE, 2, {"config": {"deep": deep}}),
    )
    record, change = batch.items
    assert isinstance(record, Object)
    assert isinstance(change, Change)
    assert json.dumps([record.meta, change.fields]).count("[") < 200
    assert record.meta["bytes"] == "b'\\xff'"


@pytest.mark.parametrize("kind", ["", "k" * 600, "a\r\nb", None, 3])
def test_a_kind_is_a_name(kind: object) -> None:
    with pytest.raises(CorruptError, match="kind: "):
        decode(journal.encode(journal.OBJECT, "x", kind, 0, 1, {}, b""))
