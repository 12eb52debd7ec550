"""Our FITS beside the reference implementation, astropy."""

import io
from typing import Any

import numpy as np
import pytest

from gnomon.core.errors import InputError
from gnomon.core.records.fits import TYPE, Fits
from gnomon.core.records.fits_file import read, write
from gnomon.core.records.layout import array_layout

astropy = pytest.importorskip("astropy.io.fits")
RNG = np.random.default_rng(11)


def values_of(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return values over the whole range of a format, a NaN among floats."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        out = RNG.normal(size=shape).astype(kind)
        out.flat[0] = np.nan
        return out
    limits = np.iinfo(kind)
    out = RNG.integers(limits.min, limits.max, shape, kind, endpoint=True)
    out.flat[0], out.flat[-1] = limits.min, limits.max
    return out


@pytest.mark.parametrize("dtype", "u1 i1 i2 u2 i4 u4 i8 u8 f4 f8".split())
@pytest.mark.parametrize("shape", [(7,), (2, 3), (2, 3, 5)])
def test_astropy_reads_what_we_write_and_we_read_it_back_exactly(dtype: str, shape: tuple[int, ...]) -> None:
    values = values_of(dtype, shape)
    data = write(values, {"OBJECT": "M31 o'x", "EXPTIME": 1e-7, "COUNT": 3, "GOOD": True, "COMMENT": "by us"})
    ours = read(data)
    assert ours.values.dtype == values.dtype
    assert ours.values.tobytes() == values.tobytes()
    with astropy.open(io.BytesIO(data)) as file:
        file.verify("exception")
        header, theirs = file[0].header, file[0].data
        assert [header[name] for name in ("OBJECT", "EXPTIME", "COUNT", "GOOD")] == ["M31 o'x", 1e-7, 3, True]
        assert str(header["COMMENT"]) == "by us"
        assert np.array_equal(theirs.astype(values.dtype), values, equal_nan=values.dtype.kind == "f")


@pytest.mark.parametrize("dtype", "u1 i2 u2 i4 i8 f4 f8".split())
def test_we_read_what_astropy_writes_extensions_included(dtype: str) -> None:
    values = values_of(dtype, (3, 4))
    table = astropy.BinTableHDU.from_columns([astropy.Column("a", "J", array=np.arange(5_000))])
    for units in ([astropy.PrimaryHDU(values)], [astropy.PrimaryHDU(), table, astropy.ImageHDU(values, name="SCI")]):
        out = io.BytesIO()
        astropy.HDUList(units).writeto(out)
        ours = read(out.getvalue())
        assert ours.values.dtype == values.dtype
        assert ours.values.tobytes() == values.tobytes()
        assert out.getvalue()[ours.offset :][: values.nbytes] != b""


def test_scaled_values_and_blanks_are_physical_as_astropy_says() -> None:
    unit = astropy.PrimaryHDU(np.array([[1, 2], [-99, 4]], np.int16))
    unit.header["BSCALE"], unit.header["BZERO"], unit.header["BLANK"] = 0.5, 10.0, -99
    out = io.BytesIO()
    unit.writeto(out)
    ours = read(out.getvalue())
    with astropy.open(io.BytesIO(out.getvalue())) as file:
        assert np.array_equal(ours.values, file[0].data, equal_nan=True)
    meta = TYPE.encode(Fits(out.getvalue())).meta
    assert {name: meta[name] for name in ("shape", "dtype", "low", "high", "bad", "bscale", "bzero")} == {
        "shape": [2, 2],
        "dtype": "float64",
        "low": 10.5,
        "high": 12.0,
        "bad": 1,
        "bscale": 0.5,
        "bzero": 10.0,
    }


@pytest.mark.parametrize("dtype", "u1 i2 u2 i4 u4 u8 f4 f8".split())
def test_a_part_can_be_read_in_place_by_its_layout(dtype: str) -> None:
    values = values_of(dtype, (3, 4))
    encoded = TYPE.encode(Fits(values))
    layout = array_layout("fits", encoded.meta, len(bytes(encoded.data)))  # type: ignore[arg-type]
    assert layout is not None
    stored = np.frombuffer(bytes(encoded.data)[layout.offset :], layout.stored, values.size)  # type: ignore[arg-type]
    found = layout.numbers(stored).reshape(layout.shape)
    assert found.dtype == values.dtype
    assert np.array_equal(found, values, equal_nan=values.dtype.kind == "f")


def test_a_header_of_astropy_can_be_given_and_the_cards_of_the_array_are_ours() -> None:
    header = astropy.Header([("BITPIX", 16), ("NAXIS1", 99), ("TELESCOP", "VLT"), ("GAIN", 2)])
    cards = read(write(np.zeros((2, 3), np.float32), header)).header
    assert (cards["BITPIX"], cards["NAXIS1"], cards["TELESCOP"], cards["GAIN"]) == (-32, 3, "VLT", 2)


def test_compressed_images_are_refused_with_the_remedy() -> None:
    out = io.BytesIO()
    astropy.HDUList([astropy.PrimaryHDU(), astropy.CompImageHDU(np.zeros((20, 20), np.int16))]).writeto(out)
    with pytest.raises(InputError, match="save the image uncompressed"):
        read(out.getvalue())


@pytest.mark.parametrize(
    ("value", "stored"), [(np.float16([1.5]), "float32"), (np.array([True]), "uint8"), (np.float64(2.5), "float64")]
)
def test_formats_that_fits_lacks_become_the_next_larger_exactly(value: Any, stored: str) -> None:
    assert (read(write(value, {})).values.dtype, read(write(value, {})).values.tolist()) == (
        stored,
        [float(v) for v in np.atleast_1d(value)],
    )
