"""The golden files of every codec still decode; damage is told from data."""

import json
from pathlib import Path

import numpy as np
import pytest

from gnomon.core.errors import CorruptError
from gnomon.store import pyramid
from gnomon.store.codec import decode, decode_into, encode

GOLDEN = Path(__file__).parents[2] / "golden"
FILES = sorted(GOLDEN.glob("column-*.bin"))


def test_there_is_a_golden_file_of_every_codec() -> None:
    assert {path.read_bytes()[0] for path in FILES} == {0, 1, 3}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_columns_written_by_every_earlier_version_decode(path: Path) -> None:
    """Golden values are stored as hex of their bytes, so that NaN payloads count too."""
    expected = json.loads(path.with_suffix(".json").read_text())
    found = decode(path.read_bytes())
    assert (found.dtype.str.lstrip("<|="), found.astype(found.dtype.newbyteorder("<")).tobytes().hex()) == (
        expected["dtype"],
        expected["hex"],
    )
    out = np.empty(len(found), found.dtype)
    decode_into(path.read_bytes(), out)
    assert out.tobytes() == found.tobytes()


def test_regular_integers_take_21_bytes_however_many_they_are() -> None:
    steps = np.arange(5, 5 + 8_192 * 50, 50)
    assert len(encode(steps)) == 21
    np.testing.assert_array_equal(decode(encode(steps)), steps)


def test_short_columns_are_stored_raw_and_random_bits_never_grow() -> None:
    bits = np.random.default_rng(0).integers(0, 1 << 63, 4_096).view(np.float64)
    assert encode(np.array([0.5, 0.25]))[0] == 0
    assert len(encode(bits)) <= bits.nbytes + 2


@pytest.mark.parametrize("blob", [b"", b"\x07abc", b"\x00", b"\x00zabcdefgh", b"\x00dabc", b"\x01abc", b"\x03abc"])
def test_bytes_that_are_no_column_are_refused(blob: bytes) -> None:
    with pytest.raises(CorruptError):
        decode(blob)


@pytest.mark.parametrize("n", [10, 99, 101, 300])
def test_a_column_of_another_length_is_refused(n: int) -> None:
    for column in (np.arange(100), np.arange(100) ** 2, np.random.default_rng(0).random(100)):
        with pytest.raises(CorruptError, match="expected"):
            decode_into(encode(column), np.empty(n, column.dtype))


def test_a_damaged_pyramid_is_refused() -> None:
    (blob,) = pyramid.build(np.random.default_rng(0).random((1, 1_000)))
    assert blob is not None
    for damaged in (b"", blob[:5], blob[:40], blob[:-200]):
        with pytest.raises(CorruptError):
            pyramid.load([damaged])


def test_pyramids_read_at_once_are_those_read_one_by_one() -> None:
    values = np.random.default_rng(0).random((3, 1_000))
    values[1, 100:300] = np.nan
    blobs = [blob for blob in pyramid.build(values) if blob is not None] + [
        blob for blob in pyramid.build(values[:, :300]) if blob is not None
    ]
    together, alone = pyramid.load(blobs), [pyramid.load([blob]) for blob in blobs]
    assert len(blobs) == 6
    for name in pyramid.Pyramid.__slots__:
        np.testing.assert_array_equal(
            getattr(together, name), np.concatenate([getattr(one, name) for one in alone], axis=-1)
        )
    assert together.bad.sum() == 2 * 200


def test_means_too_large_for_a_float32_get_no_pyramid() -> None:
    values = np.full((2, 512), 1e300)
    values[1] = 1.0
    blobs = pyramid.build(values)
    assert [blob is None for blob in blobs] == [True, False]
