"""Picture files: which format their bytes are, how large they are before anything is decoded, and bounded decoding."""

import io
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError
from gnomon.core.limits import FREE_BYTES, MAX_FRAMES, MAX_PIXELS, MAX_RATIO

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

_MAGIC: Final = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"BM": "bmp",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}
# Frame headers of JPEG: all SOF markers but DHT (C4), JPG (C8) and DAC (CC).
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def sniff(data: bytes) -> str | None:
    """Return `png jpeg gif webp bmp tiff` by the first bytes, `None` for anything else.

    Example:
        >>> sniff(b"GIF89a...")
        'gif'
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None)


def file_shape(data: bytes) -> tuple[int, int, int]:
    """Return height, width and channels (1, 3 or 4) of a picture file from its header, decoding nothing.

    Raises:
        InputError: It is no picture file that we know.
        CorruptError: Its header is cut short or contradicts itself.
        LimitError: It has more than `MAX_PIXELS`.
    """
    format_ = sniff(data)
    if format_ is None:
        msg = f"Expected a PNG, JPEG, GIF, WebP, BMP or TIFF file, received bytes that begin {data[:8]!r}."
        raise InputError(msg, field="image")
    try:
        height, width, channels = _SHAPES[format_](data)
    except (struct.error, IndexError) as error:
        msg = f"The header of a {format_} file is cut short."
        raise CorruptError(msg) from error
    if height < 1 or width < 1:
        msg = f"The header of a {format_} file says {width} by {height} pixels."
        raise CorruptError(msg)
    _check_pixels(width, height)
    return height, width, channels


def _check_pixels(width: int, height: int) -> None:
    if height * width > MAX_PIXELS:
        msg = f"A picture may have {MAX_PIXELS:,} pixels, received {width:,} by {height:,}."
        raise LimitError(msg, field="image")


def _png(data: bytes) -> tuple[int, int, int]:
    width, height, _, colour = struct.unpack_from(">IIBB", data, 16)
    return height, width, {0: 1, 2: 3, 3: 3}.get(colour, 4)


def _gif(data: bytes) -> tuple[int, int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return height, width, 3


def _bmp(data: bytes) -> tuple[int, int, int]:
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return abs(height), abs(width), 3


def _webp(data: bytes) -> tuple[int, int, int]:
    chunk = data[12:16]
    if chunk == b"VP8X":
        wide, high = int.from_bytes(data[24:27], "little"), int.from_bytes(data[27:30], "little")
        return high + 1, wide + 1, 4 if data[20] & 0x10 else 3
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1, 4 if bits >> 28 & 1 else 3
    width, height = struct.unpack_from("<HH", data, 26)
    return height & 0x3FFF, width & 0x3FFF, 3


def _jpeg(data: bytes) -> tuple[int, int, int]:
    at = 2
    while True:
        marker, (size,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if data[at] != 0xFF or (marker != 0xFF and size < 2):
            msg = "The markers of a JPEG file are damaged."
            raise CorruptError(msg)
        if marker in _JPEG_FRAMES:
            height, width, components = struct.unpack_from(">HHB", data, at + 5)
            return height, width, 1 if components == 1 else 3
        at += 1 if marker == 0xFF else size + 2


def _tiff(data: bytes) -> tuple[int, int, int]:
    picture = opened(data, "tiff")
    bands = len(picture.getbands())
    return picture.height, picture.width, 1 if bands == 1 else 3 if picture.mode in {"RGB", "CMYK"} else 4


_SHAPES: Final[dict[str, Callable[[bytes], tuple[int, int, int]]]] = {
    "png": _png,
    "gif": _gif,
    "bmp": _bmp,
    "webp": _webp,
    "jpeg": _jpeg,
    "tiff": _tiff,
}


def decode_file(data: bytes, *, frame: int = 0) -> npt.NDArray[Any]:
    """Return one picture of a file as `[h, w, c]`: uint8, or uint16, int32, float32 where the file says so.

    Args:
        data: A file that `sniff` knows.
        frame: Which picture of an animation, from 0.

    Raises:
        CorruptError: It does not decode, or has no such frame.
        LimitError: Decoded, it would be too large for its size, or for us.
    """
    try:
        shape = file_shape(data)
        format_ = sniff(data) or ""
        check_growth(shape[0] * shape[1] * 4, len(data))
        if frame:
            check_frame(data, format_, frame, shape)
        picture = opened(data, format_)
        _check_pixels(picture.width, picture.height)
        picture.seek(frame)
        return from_pil(picture)
    except (LimitError, CorruptError):
        raise
    except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, struct.error, EOFError …
        msg = f"A picture file of {len(data):,} bytes does not decode: {error!s:.120}"
        raise CorruptError(msg) from error


def check_growth(decoded: int, size: int) -> None:
    """Refuse what would decode to far more than its size.

    Raises:
        LimitError: `decoded` bytes are more than `FREE_BYTES` and more than `MAX_RATIO` times `size`.
    """
    if decoded > FREE_BYTES and decoded > MAX_RATIO * size:
        msg = f"{size:,} bytes would decode to {decoded:,}; at most {MAX_RATIO} times as much is decoded."
        raise LimitError(msg)


def check_frame(data: bytes, format_: str, frame: int, shape: tuple[int, int, int]) -> None:
    """Refuse a frame that is not there, or behind more pixels than we decode to reach it.

    Raises:
        CorruptError: The file has no such frame.
        LimitError: Each frame is drawn over the one before it, and there are too many.
    """
    frames = gif_frames(data) if format_ == "gif" else MAX_FRAMES
    if frame >= frames:
        msg = f"The file has {frames} frames, asked for frame {frame}."
        raise CorruptError(msg)
    check_growth((frame + 1) * shape[0] * shape[1], len(data) * 16)


def gif_frames(data: bytes) -> int:
    """Return how many frames a GIF has, by walking its blocks; nothing is decoded.

    Raises:
        LimitError: More than `MAX_FRAMES`.
    """
    at = 13 + _colours(data[10])
    frames = 0
    while at < len(data):
        if data[at] == 0x21:
            at += 2
        elif data[at] == 0x2C and at + 9 < len(data):
            at += 11 + _colours(data[at + 9])
            frames += 1
            if frames > MAX_FRAMES:
                msg = f"An animation may have {MAX_FRAMES:,} frames, this GIF has more."
                raise LimitError(msg)
        else:
            break
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return frames


def _colours(packed: int) -> int:
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def opened(data: bytes, format_: str) -> "ImageFile":
    """Return the Pillow picture of a file, whose header has been read and nothing more.

    Raises:
        CorruptError: The header does not parse.
    """
    # The class of the format, not Image.open: that one would try every format there is, and it warns (or refuses) at a
    # size that users of Pillow set for the whole process.
    from PIL import (  # noqa: PLC0415 - logging arrays does not need Pillow
        BmpImagePlugin,
        GifImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    plugins: dict[str, Any] = {
        "bmp": BmpImagePlugin.BmpImageFile,
        "gif": GifImagePlugin.GifImageFile,
        "jpeg": JpegImagePlugin.JpegImageFile,
        "png": PngImagePlugin.PngImageFile,
        "tiff": TiffImagePlugin.TiffImageFile,
        "webp": WebPImagePlugin.WebPImageFile,
    }
    try:
        opened: ImageFile = plugins[format_](io.BytesIO(data))
    except Exception as error:
        msg = f"The header of a {format_} file does not parse: {error!s:.120}"
        raise CorruptError(msg) from error
    return opened


def from_pil(picture: "Picture") -> npt.NDArray[Any]:
    """Return a Pillow picture as `[h, w, c]`; palettes, CMYK and the like become RGB or RGBA."""
    mode = picture.mode
    if mode not in {"1", "L", "RGB", "RGBA", "F", "I", "I;16", "I;16L", "I;16B"}:
        alpha = mode in {"LA", "PA", "La", "RGBa"} or "transparency" in picture.info
        picture = picture.convert("RGBA" if alpha else "RGB")
    array = np.asarray(picture)
    return array[:, :, None] if array.ndim == 2 else array
