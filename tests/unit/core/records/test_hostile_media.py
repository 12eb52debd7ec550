"""Files made to hurt: refused before anything is allocated for what they promise."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from gnomon.core.errors import CorruptError, InputError, LimitError
from gnomon.core.records import fits, image, images, mesh, points, tensor, video
from gnomon.core.records.image import Image
from gnomon.core.records.mesh import Mesh
from gnomon.core.records.obj import read_obj
from gnomon.core.records.picture_file import decode_file, gif_frames
from gnomon.core.records.pictures import picture
from gnomon.core.records.ply import read_ply
from gnomon.core.records.video import Video


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    """Fail what takes more than 100 MB of Python's memory on the way to its refusal."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, pixels: bytes = b"") -> bytes:
    """Return a PNG that promises grey pixels and holds `pixels`."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(pixels)) + png_chunk(b"IEND", b"")


def gif(frames: int) -> bytes:
    """Return a GIF of frames of one pixel."""
    frame = b"\x2c\0\0\0\0\1\0\1\0\0" + b"\2\2\x44\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0" + b"\0\0\0\xff\xff\xff" + frame * frames + b"\x3b"


def test_a_png_of_50_000_by_50_000_pixels_is_refused_when_logged_and_when_read() -> None:
    data = png(50_000, 50_000, bytes(1000))
    with pytest.raises(LimitError, match="50,000 by 50,000"):
        image.TYPE.encode(Image(data))
    with pytest.raises(LimitError):
        image.TYPE.decode({"format": "png", "shape": [1, 1, 1]}, data)
    with pytest.raises(LimitError):
        picture("image", {"format": "png", "shape": [1, 1, 1]}, data)


def test_a_picture_that_grows_a_thousandfold_is_refused_and_a_white_one_is_not() -> None:
    with pytest.raises(LimitError, match="would decode to"):
        decode_file(png(16_000, 16_000, bytes(1000)))
    white = io.BytesIO()
    Pillow.new("L", (2000, 1000), 255).save(white, "PNG")
    assert decode_file(white.getvalue()).shape == (1000, 2000, 1)


def test_a_gif_of_a_million_frames_is_counted_and_refused() -> None:
    tracemalloc.stop()  # it makes the walk over a million blocks take seconds, and Video decodes nothing before it
    assert gif_frames(gif(1000)) == 1000
    bomb = gif(1_000_000)
    with pytest.raises(LimitError, match="100,000 frames"):
        Video(bomb).array()
    with pytest.raises(LimitError):
        picture("video", {"format": "gif"}, bomb, index=5)


@pytest.mark.parametrize("shape", [[10**9, 10**9], [10**9, 0], [-1], [2**62, 2**62], [0.5], "33", None, [1] * 80])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "object", "O", "S9", "float128", None, ["f4"]])
def test_an_array_is_only_what_its_bytes_hold(shape: Any, dtype: Any) -> None:
    for type_ in (tensor.TYPE, image.TYPE, images.TYPE, video.TYPE):
        with pytest.raises(CorruptError):
            type_.decode({"format": "raw", "dtype": dtype, "shape": shape}, bytes(24))


def test_pickles_are_bytes_that_do_not_decode() -> None:
    npz = io.BytesIO()
    np.savez(npz, a=np.array([{"a": 1}], object), allow_pickle=True)
    for data in (npz.getvalue(), b"\x80\x04\x95", b"\x93NUMPY\1\0"):
        for type_ in (tensor.TYPE, image.TYPE, video.TYPE, fits.TYPE):
            with pytest.raises(CorruptError):
                type_.decode({"dtype": "object", "shape": [1], "format": "npz"}, data)


PLY = "ply\nformat {}\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\nelement face {}\n"
LIST = "property list uchar int vertex_indices\nend_header\n"


@pytest.mark.parametrize("form", ["ascii 1.0", "binary_little_endian 1.0", "binary_big_endian 1.0"])
@pytest.mark.parametrize(("vertices", "faces"), [(9_999_999_999, 0), (0, 10**8), (-1, 0), (3, 10**30), (100, 0)])
def test_a_ply_header_that_promises_more_than_the_file_is_refused(form: str, vertices: int, faces: int) -> None:
    data = (PLY.format(form, vertices, faces) + LIST).encode() + b"1 2 3\n" * 10
    with pytest.raises((CorruptError, LimitError)):
        read_ply(data)


@pytest.mark.parametrize(
    "text", [b"", b"ply\n", b"ply" + b"x" * 100_000, b"ply\nend_header\n", b"ply\nformat pickle\nend_header\n"]
)
def test_what_is_no_ply_is_refused(text: bytes) -> None:
    with pytest.raises(InputError):
        read_ply(text)


def test_an_obj_is_refused_by_its_size_and_by_what_its_faces_name(tmp_path: Any) -> None:
    with pytest.raises(LimitError, match="lines of OBJ"):
        read_obj(b"\n" * 9_000_000)
    refused: list[tuple[bytes, type[Exception]]] = [
        (b"f 1 2 3", InputError),
        (b"v 0 0 0\nf 1 2 3", CorruptError),
        (b"v 0 0 0\nf 1 -9 1", CorruptError),
        (b"v a b c", CorruptError),
        (b"v 0 0", CorruptError),
    ]
    for text, error in refused:
        with pytest.raises(error):
            read_obj(text)
    huge = tmp_path / "faces.obj"
    with huge.open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(LimitError, match="1 GiB"):
        Mesh.load(huge)


@pytest.mark.parametrize(
    ("kind", "meta"),
    [
        (mesh, {"vertices": 10**8, "faces": 10**8, "rgb": True}),
        (mesh, {"vertices": -1, "faces": 1}),
        (mesh, {"vertices": 1, "faces": 1}),
        (points, {"n": 2**26, "dims": 3}),
        (points, {"n": 2**60, "dims": 3}),
        (points, {"n": 1, "dims": 9}),
    ],
)
def test_a_scene_is_only_what_its_bytes_hold(kind: Any, meta: dict[str, Any]) -> None:
    with pytest.raises(CorruptError):
        kind.TYPE.decode(meta, b"\xff" * 24)


def test_a_fits_header_that_promises_more_than_the_file_is_refused() -> None:
    honest = fits.write(np.zeros((2, 2), np.uint8), {})
    lies: list[Callable[[bytes], bytes]] = [
        lambda d: d.replace(b"NAXIS1  =                    2", b"NAXIS1  =        9999999999999"),
        lambda d: d.replace(b"NAXIS   =                    2", b"NAXIS   =                  999"),
        lambda d: d.replace(b"BITPIX  =                    8", b"BITPIX  =                    7"),
        lambda d: d.replace(b"NAXIS1  =                    2", b"NAXIS1  =                   -2"),
        lambda d: d[:2880],
        lambda d: d[:80],
        lambda d: d[:80] * 36 * 600,
    ]
    for lie in lies:
        assert lie(honest) != honest
        with pytest.raises(CorruptError):
            fits.TYPE.decode({}, lie(honest))
