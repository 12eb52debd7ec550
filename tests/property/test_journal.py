"""What is written is what is read, in pieces or whole, torn or damaged anywhere."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core import journal
from gnomon.core.batch import Batch, Frame, decode_batch
from gnomon.core.limits import MAX_STEP

doubles = st.floats(width=64, allow_nan=True, allow_infinity=True)
names = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20).filter(
    lambda t: not t.isspace()
)
steps = st.one_of(st.integers(0, 5), st.integers(0, MAX_STEP))


@st.composite
def calls(draw: st.DrawFn) -> list[tuple[tuple[str, ...], int, int, list[float]]]:
    """Draw calls of log: a few sets of keys that overlap, any steps, times that may go backwards."""
    pool = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    sets = draw(
        st.lists(
            st.lists(st.sampled_from(pool), min_size=1, unique=True).map(tuple), min_size=1, max_size=4, unique=True
        )
    )
    return [
        (keys, draw(steps), draw(st.integers(0, 2**52)), [draw(doubles) for _ in keys])
        for keys in draw(st.lists(st.sampled_from(sets), max_size=25))
    ]


def encoded(logged: list[tuple[tuple[str, ...], int, int, list[float]]]) -> tuple[bytes, list[int]]:
    """Return a journal of these calls, and where each call ends in it."""
    data, ends, layouts = b"", [], {}
    for keys, step, us, values in logged:
        if keys not in layouts:
            layouts[keys] = journal.Layout(len(layouts), len(keys))
            data += journal.encode(journal.KEYS, len(layouts) - 1, keys)
        data += layouts[keys].record(step, us, values)
        ends.append(len(data))
    return data, ends


def history(batches: list[Batch]) -> dict[str, list[tuple[int, int, bytes]]]:
    """Return, by key, its points ordered by step and, for equal steps, by arrival: what every reader sees."""
    found: dict[str, list[tuple[int, int, bytes]]] = {}
    for frame in (item for batch in batches for item in batch.items if isinstance(item, Frame)):
        for row, key in enumerate(frame.keys):
            points = zip(
                frame.step.tolist(), frame.us.tolist(), map(np.float64.tobytes, frame.values[row]), strict=True
            )
            found.setdefault(key, []).extend(points)
    return {key: sorted(points, key=lambda point: point[0]) for key, points in found.items()}


def expected(logged: list[tuple[tuple[str, ...], int, int, list[float]]]) -> dict[str, list[tuple[int, int, bytes]]]:
    found: dict[str, list[tuple[int, int, bytes]]] = {}
    for keys, step, us, values in logged:
        for key, value in zip(keys, values, strict=True):
            found.setdefault(key, []).append((step, us, struct.pack("<d", value)))
    return {key: sorted(points, key=lambda point: point[0]) for key, points in found.items()}


def decode(data: bytes, offset: int = 0, keysets: dict[int, tuple[str, ...]] | None = None) -> Batch:
    return decode_batch(data, run="r", writer="w", offset=offset, keysets=keysets or {})


@given(calls())
def test_what_was_logged_is_what_is_read_bit_by_bit(logged: list) -> None:
    data, _ = encoded(logged)
    batch = decode(data)
    assert (history([batch]), batch.last) == (expected(logged), len(data))


@st.composite
def stretches(draw: st.DrawFn) -> list[tuple[tuple[str, ...], int, int, list[float]]]:
    """Draw what a training loop logs: long stretches of one set of keys, others in between, steps that may repeat."""
    sets = [("a", "b"), ("b", "c"), ("d",)]
    logged: list[tuple[tuple[str, ...], int, int, list[float]]] = []
    for keys in draw(st.lists(st.sampled_from(sets), max_size=6)):
        first, stride = draw(st.integers(0, 40)), draw(st.integers(0, 2))
        for i in range(draw(st.integers(1, 30))):
            logged.append((keys, first + stride * i, len(logged), [float(len(logged))] * len(keys)))
    return logged


@given(stretches())
def test_long_stretches_of_one_set_keep_every_value_and_their_order(logged: list) -> None:
    data, _ = encoded(logged)
    batch = decode(data)
    assert (history([batch]), batch.last) == (expected(logged), len(data))


@given(stretches(), st.data())
def test_damage_in_a_long_stretch_ends_the_journal_just_before_it(logged: list, draw: st.DataObject) -> None:
    data, ends = encoded(logged)
    if not ends:
        return
    at = draw.draw(st.integers(ends[0], len(data) - 1) if len(ends) > 1 else st.just(len(data) - 1))
    damaged = bytearray(data)
    damaged[at] ^= 0x55
    batch = decode(bytes(damaged))
    assert batch.last == journal.whole(bytes(damaged)) <= at
    assert sum(item.step.size for item in batch.items if isinstance(item, Frame)) == sum(
        end <= batch.last for end in ends
    )


@given(calls(), st.data())
def test_a_journal_read_in_pieces_is_the_journal_read_whole(logged: list, draw: st.DataObject) -> None:
    data, _ = encoded(logged)
    batches: list[Batch] = []
    keysets: dict[int, tuple[str, ...]] = {}
    seen = at = 0
    while at < len(data):
        seen = draw.draw(st.integers(min(seen + 1, len(data)), len(data)), label="bytes in the file")
        batch = decode(data[at:seen], at, keysets)
        keysets |= batch.keysets
        at = batch.last
        batches.append(batch)
    assert history(batches) == expected(logged)


@given(calls(), st.data())
def test_a_journal_cut_anywhere_gives_exactly_the_calls_before_the_cut(logged: list, draw: st.DataObject) -> None:
    data, ends = encoded(logged)
    cut = draw.draw(st.integers(0, len(data)))
    whole = sum(end <= cut for end in ends)
    batch = decode(data[:cut])
    assert history([batch]) == expected(logged[:whole])
    assert journal.whole(data[:cut]) == batch.last
    assert batch.last == cut or journal.is_torn(data[:cut], batch.last)


@given(calls().filter(bool), st.data())
def test_a_flipped_bit_ends_the_readable_part_before_it_and_changes_nothing_earlier(
    logged: list, draw: st.DataObject
) -> None:
    data, ends = encoded(logged)
    bit = draw.draw(st.integers(0, 8 * len(data) - 1))
    damaged = bytearray(data)
    damaged[bit // 8] ^= 1 << bit % 8
    whole = sum(end <= bit // 8 for end in ends)
    assert history([decode(bytes(damaged))]) == expected(logged[:whole])


@given(st.binary(max_size=200))
def test_noise_is_never_a_record_and_never_an_exception(noise: bytes) -> None:
    assert journal.whole(noise) == max((r.end for r in journal.read(noise)), default=0)
    assert journal.closing(noise) is None
