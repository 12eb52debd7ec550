"""FITS images, the format of astronomy: kept as files, read and written here without any package."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.arrays import Exact, extremes
from gnomon.core.records.describe import range_text, shape_text
from gnomon.core.records.fits_file import FitsImage, read, write
from gnomon.core.records.image import read_file
from gnomon.core.records.record_type import Encoded

__all__ = ["TYPE", "Fits", "FitsImage", "FitsType", "read", "write"]


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Log an image as FITS, without loss.

    Args:
        image: An array of real numbers of any rank, its first row at the bottom as FITS has it; or the path or the
            bytes of a FITS file, which is kept as given.
        header: With an array: cards to write, names of at most 8 characters to text, numbers and booleans. Cards that
            describe the array itself are ours and left out.

    Example:
        >>> TYPE.encode(Fits([[1.5, 2.5]], header={"EXPTIME": 30.0})).meta["header"]["EXPTIME"]
        30.0
    """

    image: object
    header: Mapping[str, Any] | None = None


class FitsType:
    """The record type of `Fits`."""

    kind = "fits"
    wrapper = Fits
    viewer = "fits"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        fits = value if isinstance(value, Fits) else Fits(value)
        given = fits.image
        if isinstance(given, (str, os.PathLike)):
            given = read_file(given, "Fits.image")
        if isinstance(given, (bytes, bytearray)):
            if fits.header is not None:
                msg = "Fits.header: a file has its own header. Pass an array to write another."
                raise InputError(msg, field="header")
            data = bytes(given)
        else:
            data = write(given, fits.header or {})
        return Encoded(self.kind, fits_meta(data), data)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Any:
        del meta  # the file says all of it
        return decode_fits(data)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        del size
        return f"{shape_text(meta.get('shape'))} {meta.get('dtype', 'FITS')}{range_text(meta)}"


def decode_fits(data: bytes) -> Any:
    """Return the physical values of a stored file.

    Raises:
        CorruptError: It is no FITS image any more.
    """
    try:
        return read(data).values
    except InputError as error:
        raise CorruptError(str(error)) from error


def fits_meta(data: bytes) -> dict[str, Any]:
    """Return what viewers need of a FITS file: shape, physical extremes, header, and where the data begins.

    Raises:
        InputError: It is not FITS, or has no image that we read.
        CorruptError: It is cut short.
    """
    image = read(data)
    values = image.values
    low, high, bad = extremes(Exact(values, values.dtype.name))
    meta: dict[str, Any] = {
        "shape": list(values.shape),
        "dtype": values.dtype.name,
        "low": low,
        "high": high,
        "bad": bad,
    }
    meta |= {"header": image.header, "offset": image.offset}
    if (image.scale, image.zero) != (1.0, 0.0):
        meta |= {"bscale": image.scale, "bzero": image.zero}
    return meta


TYPE = FitsType()
