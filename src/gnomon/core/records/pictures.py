"""PNG pictures of records for people who look: values mapped to grey or colour, and made smaller for thumbnails."""

import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.image import decode_image
from gnomon.core.records.images import n_parts, part_of
from gnomon.core.records.picture_file import decode_file
from gnomon.core.records.raw import from_raw

STRETCHES: Final = ("linear", "log", "asinh")


def picture(
    kind: str,
    meta: Mapping[str, Any],
    payload: bytes,
    *,
    index: int = 0,
    channel: int | None = None,
    low: float | None = None,
    high: float | None = None,
    stretch: str = "linear",
    size: int | None = None,
) -> bytes:
    """Return an 8-bit PNG of a record, or of one picture of it.

    Args:
        kind: `image`, `images`, `video` (raw, GIF, WebP), `fits`, or `tensor` of 2 axes, or 3 with channels last.
        meta: Its meta; not trusted.
        payload: Its bytes.
        index: Which picture of `images`, which frame of a video or plane of a FITS cube.
        channel: Show this channel alone, as grey.
        low: Value shown as black; by default that of the record's `range`, 0 for uint8, else its smallest.
        high: Value shown as white, likewise.
        stretch: `linear`, `log` or `asinh`, between black and white.
        size: Longest side in pixels, for a thumbnail; smaller pictures stay as they are.

    Returns:
        A PNG: grey, RGB or RGBA. Values that are not finite are transparent.

    Raises:
        InputError: An argument is out of range, or the kind has no pictures.
        CorruptError: `meta` and the payload do not fit each other.
    """
    if stretch not in STRETCHES:
        msg = f"stretch: expected {', '.join(STRETCHES)}, received {stretch!r:.40}."
        raise InputError(msg, field="stretch")
    values, own = _pixels(kind, meta, payload, index)
    if channel is not None:
        if not 0 <= channel < values.shape[2]:
            msg = f"channel: expected 0 to {values.shape[2] - 1}, received {channel}."
            raise InputError(msg, field="channel")
        values = values[:, :, channel : channel + 1]
    lowest, highest = _black_white(values, own, kind)
    shown = _eight_bits(values, lowest if low is None else low, highest if high is None else high, stretch)
    return png(shrunk(shown, size) if size is not None else shown)


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return `[h, w, c]` with 1 (grey), 2 (grey and opacity), 3 or 4 channels as a PNG file, without loss.

    Source: PNG specification, third edition, sections 5 and 11.
    """
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    out = io.BytesIO()
    out.write(b"\x89PNG\r\n\x1a\n")
    for name, content in ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 3)), (b"IEND", b"")):
        out.write(struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content)))
    return out.getvalue()


def shrunk(pixels: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """Return pixels averaged over areas so that the longest side is `size`; smaller pictures come back as they are."""
    if not 1 <= size <= 1 << 14:
        msg = f"size: expected 1 to {1 << 14} pixels, received {size}."
        raise InputError(msg, field="size")
    height, width, channels = pixels.shape
    longest = max(height, width)
    if longest <= size:
        return pixels
    from PIL import Image  # noqa: PLC0415 - full-size pictures do not need it

    to = (max(1, round(width * size / longest)), max(1, round(height * size / longest)))
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    flat = np.ascontiguousarray(pixels[:, :, 0] if channels == 1 else pixels)
    small = np.asarray(Image.frombytes(mode, (width, height), flat.tobytes()).resize(to, Image.Resampling.BOX))
    return small[:, :, None] if small.ndim == 2 else small


def _pixels(
    kind: str, meta: Mapping[str, Any], payload: bytes, index: int
) -> tuple[npt.NDArray[Any], Mapping[str, Any]]:
    """Return one picture as `[h, w, c]`, and the meta that speaks for its range."""
    if kind == "image":
        return _channels(decode_image(meta, payload)), meta
    if kind == "images" and meta.get("format") == "parts":
        _check_index(index, n_parts(meta))
        part, data = part_of(meta, payload, index)
        return _channels(decode_image(part, data)), {**part, "range": meta.get("range", part.get("range"))}
    if kind in {"images", "video"} and meta.get("format") == "raw":
        batch = from_raw(meta, payload, dims=(4,))
        _check_index(index, len(batch))
        return _channels(batch[index]), meta
    if kind == "video" and meta.get("format") in ("gif", "webp"):
        return _channels(decode_file(payload, frame=index)), meta
    if kind == "tensor":
        return _channels(from_raw(meta, payload, dims=(2, 3))), meta
    if kind == "fits":
        from gnomon.core.records.fits import decode_fits  # noqa: PLC0415 - one kind of many

        image = decode_fits(payload)
        planes = image.reshape(-1, *image.shape[-2:]) if image.ndim >= 2 else image.reshape(1, 1, -1)
        _check_index(index, len(planes))
        return planes[index][::-1, :, None], meta  # the first row of FITS is the bottom one
    msg = f"A record of kind {kind!r} (format {meta.get('format')!r:.20}) has no picture."
    raise InputError(msg, field="kind")


def _check_index(index: int, n: int) -> None:
    if not 0 <= index < n:
        msg = f"index: expected 0 to {n - 1}, received {index}."
        raise InputError(msg, field="index")


def _channels(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    values = values[:, :, None] if values.ndim == 2 else values
    if 0 in values.shape or values.shape[2] not in (1, 3, 4):
        msg = f"Expected a picture (h, w), or (h, w, c) with 1, 3 or 4 channels, received {values.shape}."
        raise CorruptError(msg)
    if values.dtype.kind == "c":
        values = np.abs(values)
    return values if values.dtype.kind in "biuf" else values.astype(np.float32)


def _black_white(values: npt.NDArray[Any], meta: Mapping[str, Any], kind: str) -> tuple[float, float]:
    given = meta.get("range")
    if isinstance(given, (list, tuple)) and len(given) == 2 and all(isinstance(v, (int, float)) for v in given):
        return float(given[0]), float(given[1])
    if values.dtype == np.uint8 and given != "each" and kind != "tensor":
        return 0.0, 255.0
    low, high = meta.get("low"), meta.get("high")
    if given != "each" and isinstance(low, (int, float)) and isinstance(high, (int, float)):
        return float(low), float(high)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def _eight_bits(values: npt.NDArray[Any], low: float, high: float, stretch: str) -> npt.NDArray[np.uint8]:
    """Map `low..high` to 0..255, rounding to the nearest; a constant picture is mid grey only by its own range."""
    if values.dtype == np.uint8 and (low, high, stretch) == (0.0, 255.0, "linear"):
        return values
    if values.shape[2] == 4:  # opacity is not a brightness: its full value depends on the format alone
        colour = _eight_bits(values[:, :, :3], low, high, stretch)
        full = {"u": np.iinfo, "i": np.iinfo}.get(values.dtype.kind)
        most = float(full(values.dtype).max) if full and values.dtype.itemsize <= 2 else 255.0 if full else 1.0
        opacity = np.nan_to_num(values[:, :, 3:].astype(np.float64) / most).clip(0, 1)
        opaque = colour[:, :, 3:] if colour.shape[2] == 4 else 255
        return np.concatenate([colour[:, :, :3], np.minimum(np.rint(opacity * 255), opaque).astype(np.uint8)], axis=2)
    wide: npt.NDArray[Any] = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
    finite = np.isfinite(wide).all(axis=2, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore"):
        unit = np.nan_to_num((wide - low) / (high - low) if high > low else (wide > low) * 1.0).clip(0, 1)
    if stretch == "log":
        unit = np.log1p(1000 * unit) / np.log(1001)
    elif stretch == "asinh":
        unit = np.arcsinh(10 * unit) / np.arcsinh(10)
    shown = np.rint(unit * 255).astype(np.uint8)
    return shown if finite.all() else np.concatenate([shown, np.where(finite, 255, 0).astype(np.uint8)], axis=2)
