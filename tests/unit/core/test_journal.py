"""The journal format: framing, torn and damaged ends, open and close records."""

import struct
import zlib
from pathlib import Path

import pytest

from gnomon.core import journal
from gnomon.core.errors import CorruptError
from gnomon.core.limits import MAX_RECORD_BYTES

OPENED = journal.Open(run="r" * 20, project="p", writer="w" * 12, name="brave-otter-7", us=7, config={"lr": 0.1})


def test_a_record_is_a_header_with_length_and_crc_and_a_msgpack_array() -> None:
    record = journal.encode(journal.REWIND, 1, 2)
    body = b"\x93\x05\x01\x02"
    assert record == struct.pack("<II", 4, zlib.crc32(body)) + body


def test_a_layout_writes_what_the_format_says() -> None:
    layout = journal.Layout(3, 2)
    row = struct.pack("<qqdd", 7, 1_000_000, 0.5, float("inf"))
    written = layout.record(7, 1_000_000, (0.5, float("inf")))
    assert list(journal.read(written)) == [journal.Record(journal.SCALARS, [3, row], len(written))]


@pytest.mark.parametrize("count", [1, 14, 15, 16, 30, 31, 32, 8190, 20_000])
def test_layouts_of_every_length_of_row_frame_alike(count: int) -> None:
    values = [float(i) for i in range(count)]
    layout = journal.Layout(300, count)
    row = struct.pack(f"<qq{count}d", 5, 6, *values)
    record = layout.record(5, 6, values)
    assert record == journal.encode(journal.SCALARS, 300, row)
    assert layout.values(record[8:]) == (6, tuple(values))


def test_reading_starts_and_counts_where_it_is_told() -> None:
    data = b"".join(journal.encode(journal.REWIND, 0, step) for step in range(3))
    ends = [record.end for record in journal.read(data)]
    assert [(r.fields, r.end) for r in journal.read(data, start=ends[0], offset=100)] == [
        ([0, 1], 100 + ends[1]),
        ([0, 2], 100 + ends[2]),
    ]


def test_a_torn_record_ends_the_readable_part_and_says_that_it_may_go_on() -> None:
    first, second = journal.encode(journal.REWIND, 0, 1), journal.encode(journal.REWIND, 0, 2)
    for cut in range(len(second)):
        data = first + second[:cut]
        assert [r.fields for r in journal.read(data)] == [[0, 1]]
        assert (journal.whole(data), journal.is_torn(data, len(first))) == (len(first), True)


def test_a_complete_record_with_a_wrong_crc_is_damage_not_a_torn_one() -> None:
    data = bytearray(journal.encode(journal.REWIND, 0, 1))
    data[-1] ^= 1
    assert (list(journal.read(data)), journal.whole(data), journal.is_torn(data, 0)) == ([], 0, False)


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x90", b"\x05", b"\x91" * 100_000])
def test_bytes_that_are_framed_well_but_hold_no_record_stop_the_reader_quietly(body: bytes) -> None:
    assert list(journal.read(journal.frame(body))) == []


def test_a_length_beyond_the_limit_is_damage_whatever_follows() -> None:
    data = struct.pack("<II", MAX_RECORD_BYTES + 1, 0)
    assert (journal.whole(data), journal.is_torn(data + b"x" * 100, 0)) == (0, False)


def test_the_open_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "w.j"
    path.write_bytes(journal.encode(journal.OPEN, OPENED) + journal.encode(journal.REWIND, 0, 1))
    assert journal.read_open(path) == OPENED


def test_a_journal_too_young_for_an_open_record_has_none(tmp_path: Path) -> None:
    path = tmp_path / "w.j"
    assert journal.read_open(path) is None
    record = journal.encode(journal.OPEN, OPENED)
    for cut in (0, 3, 8, len(record) - 1):
        path.write_bytes(record[:cut])
        assert journal.read_open(path) is None


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (journal.encode(journal.REWIND, 0, 1), "expected an open record first, received tag 5"),
        (journal.encode(journal.OPEN, {"run": 3}), "the open record does not hold what it should"),
        (journal.encode(journal.OPEN), "expected an open record first, received tag 0"),
    ],
)
def test_a_journal_that_begins_wrongly_is_corrupt(record: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "w.j"
    path.write_bytes(record)
    with pytest.raises(CorruptError, match=message):
        journal.read_open(path)


def test_a_journal_of_a_newer_version_names_both_versions() -> None:
    [record] = journal.read(
        journal.encode(journal.OPEN, journal.Open(v=9, run="r", project="p", writer="w", name="n", us=0))
    )
    with pytest.raises(CorruptError, match="written in version 9, this gnomon reads up to 1"):
        journal.decode_open(record)


@pytest.mark.parametrize("error", [None, "ValueError: no data", "é" * 500, "\x94\x06 in the middle"])
def test_the_end_of_a_journal_tells_that_it_is_closed(error: str | None, tmp_path: Path) -> None:
    close = journal.encode(journal.CLOSE, 1_800_000_000_000_000, "failed", error)
    path = tmp_path / "w.j"
    path.write_bytes(b"".join(journal.encode(journal.REWIND, 0, 1) for _ in range(1000)) + close)
    closing = journal.read_closing(path)
    assert closing is not None
    assert closing.fields == [1_800_000_000_000_000, "failed", error]


def test_a_journal_that_goes_on_after_its_close_record_is_not_closed(tmp_path: Path) -> None:
    path = tmp_path / "w.j"
    assert journal.read_closing(path) is None
    path.write_bytes(journal.encode(journal.CLOSE, 1, None, None))
    assert journal.read_closing(path) == journal.Record(journal.CLOSE, [1, None, None], 13)
    path.write_bytes(journal.encode(journal.CLOSE, 1, None, None) + journal.encode(journal.REWIND, 0, 1))
    assert journal.read_closing(path) is None
    assert journal.closing(b"") is None
    assert journal.closing(journal.encode(journal.CLOSE, 1, None, None)[:-1]) is None
