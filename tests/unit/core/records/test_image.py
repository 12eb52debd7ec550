"""Which axis is which, what files say of themselves, and how values become pictures."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from gnomon.core.errors import CorruptError, InputError, ShapeError
from gnomon.core.records import advice, fits, image, images, tensor, video
from gnomon.core.records.fits import Fits
from gnomon.core.records.image import Image
from gnomon.core.records.images import Images
from gnomon.core.records.picture_file import decode_file, file_shape, sniff
from gnomon.core.records.pictures import picture
from gnomon.core.records.record_type import RecordType
from gnomon.core.records.video import Video


def drawn(type_: RecordType, value: object, **options: Any) -> np.ndarray:
    """Return the pixels of the PNG that the server sends of a logged value."""
    encoded = type_.encode(value)
    png = picture(type_.kind, encoded.meta, bytes(encoded.data), **options)  # type: ignore[arg-type]
    return np.asarray(Pillow.open(io.BytesIO(png)))


@pytest.mark.parametrize(
    ("shape", "layout", "expected"),
    [
        ((8, 9), None, [8, 9, 1]),
        ((8, 9, 3), None, [8, 9, 3]),
        ((3, 8, 9), None, [8, 9, 3]),
        ((1, 8, 9), None, [8, 9, 1]),
        ((8, 9, 4), None, [8, 9, 4]),
        ((3, 8, 4), "CHW", [8, 4, 3]),
        ((3, 8, 4), "HWC", [3, 8, 4]),
        ((3, 3), "HW", [3, 3, 1]),
    ],
)
def test_axes_are_told_apart_by_their_lengths(shape: tuple[int, ...], layout: str | None, expected: list[int]) -> None:
    assert image.TYPE.encode(Image(np.zeros(shape), layout=layout)).meta["shape"] == expected


def test_channels_first_pixels_are_moved_and_not_only_renamed() -> None:
    values = np.arange(3 * 4 * 5).reshape(3, 4, 5)
    encoded = image.TYPE.encode(Image(values))
    assert np.array_equal(image.TYPE.decode(encoded.meta, encoded.data), values.transpose(1, 2, 0))


def test_an_open_question_is_asked_once_and_names_the_argument_that_answers_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(advice, "_said", set())
    for _ in range(2):
        assert image.TYPE.encode(Image(np.zeros((3, 5, 4)))).meta["shape"] == [3, 5, 4]
    torch = pytest.importorskip("torch")
    assert image.TYPE.encode(Image(torch.zeros(3, 5, 4))).meta["shape"] == [5, 4, 3]
    question = "Image.x: shape (3, 5, 4) is HWC or CHW, taken for {0}. Say which: layout={0!r}."
    assert caplog.messages == [question.format("HWC"), question.format("CHW")]


def test_batches_are_told_apart_too() -> None:
    shapes = {
        "NHW": images.TYPE.encode(Images(np.zeros((6, 8, 9)))).meta["shape"],
        "NCHW": images.TYPE.encode(Images(np.zeros((6, 3, 8, 9)))).meta["shape"],
        "list": images.TYPE.encode(Images([np.zeros((3, 8, 9))] * 2)).meta["shape"],
        "layout": images.TYPE.encode(Images([np.zeros((3, 8, 3))] * 2, layout="CHW")).meta["shape"],
    }
    assert shapes == {"NHW": [6, 8, 9, 1], "NCHW": [6, 8, 9, 3], "list": [2, 8, 9, 3], "layout": [2, 8, 3, 3]}
    with pytest.raises(ShapeError, match="Use gnomon"):
        images.TYPE.encode(Images(np.zeros((8, 9))))


def test_nothing_is_rescaled_and_the_range_is_kept_beside_the_values() -> None:
    values = np.array([[-3.5, 0.0], [2.0, np.inf]], np.float32)
    encoded = image.TYPE.encode(Image(values, range=(-4, 4)))
    assert encoded.meta == {
        "format": "raw",
        "dtype": "float32",
        "shape": [2, 2, 1],
        "low": -3.5,
        "high": 2.0,
        "bad": 1,
        "range": [-4.0, 4.0],
    }
    assert np.array_equal(image.TYPE.decode(encoded.meta, encoded.data)[:, :, 0], values)


@pytest.mark.parametrize("format_", ["png", "jpeg", "gif", "webp", "bmp", "tiff"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_header_tells_the_size_that_decoding_finds(format_: str, mode: str) -> None:
    if (format_, mode) == ("jpeg", "RGBA"):
        pytest.skip("JPEG has no opacity")
    out = io.BytesIO()
    Pillow.new(mode, (37, 21), 200 if mode == "L" else (200, 10, 60, 128)[: len(mode)]).save(out, format_)
    data = out.getvalue()
    assert sniff(data) == format_
    assert file_shape(data)[:2] == (21, 37) == decode_file(data).shape[:2]


def test_values_are_drawn_from_black_to_white_and_what_is_not_finite_is_transparent() -> None:
    grey = np.array([[0.0, 0.5, 1.0]])
    assert drawn(image.TYPE, Image(grey)).tolist() == [[0, 128, 255]]
    assert drawn(image.TYPE, Image(grey, range=(0, 2))).tolist() == [[0, 64, 128]]
    assert drawn(image.TYPE, Image(grey), low=0.5, high=1.0).tolist() == [[0, 0, 255]]
    assert drawn(image.TYPE, Image(np.array([[0.0, np.nan, 1.0]]))).tolist() == [[[0, 255], [0, 0], [255, 255]]]
    assert drawn(image.TYPE, Image(np.eye(2, dtype=bool))).tolist() == [[255, 0], [0, 255]]
    assert drawn(image.TYPE, Image(np.uint16([[0, 1000]]))).tolist() == [[0, 255]]
    assert drawn(image.TYPE, Image(np.uint8([[3, 250]]))).tolist() == [[3, 250]]
    assert drawn(image.TYPE, Image(np.zeros((1, 2)))).tolist() == [[0, 0]]
    colour = np.uint8([[[1, 2, 3], [4, 5, 6]]])
    assert drawn(image.TYPE, Image(colour, layout="HWC")).tolist() == colour.tolist()
    assert drawn(image.TYPE, Image(colour, layout="HWC"), channel=1).tolist() == [[2, 5]]


def test_stretches_keep_black_and_white_and_lift_what_is_faint() -> None:
    values = np.array([[0.0, 0.1, 1.0]])
    rows = {
        stretch: drawn(image.TYPE, Image(values), stretch=stretch).tolist()[0] for stretch in ("linear", "log", "asinh")
    }
    assert rows == {"linear": [0, 26, 255], "log": [0, 170, 255], "asinh": [0, 75, 255]}


def test_opacity_is_no_brightness() -> None:
    floats = np.array([[[0.0, 1.0, 2.0, 0.5]]])
    assert drawn(image.TYPE, Image(floats, layout="HWC", range=(0, 2))).tolist() == [[[0, 128, 255, 128]]]
    bytes_ = np.uint8([[[0, 10, 20, 51]]])
    assert drawn(image.TYPE, Image(bytes_, layout="HWC"), low=0, high=20).tolist() == [[[0, 128, 255, 51]]]


def test_thumbnails_are_averages_of_areas_and_small_pictures_are_never_enlarged() -> None:
    checker = np.uint8([[0, 200] * 4, [200, 0] * 4] * 2)
    assert drawn(image.TYPE, Image(checker), size=4).tolist() == [[100] * 4] * 2
    assert drawn(image.TYPE, Image(checker), size=1).tolist() == [[100]]
    assert drawn(image.TYPE, Image(checker), size=64).shape == (4, 8)


def test_one_of_several_pictures_is_drawn() -> None:
    batch = np.array([[[0.0, 1.0]], [[2.0, 4.0]]])
    assert drawn(images.TYPE, Images(batch), index=1).tolist() == [[128, 255]]
    assert drawn(images.TYPE, Images(batch, range="each"), index=1).tolist() == [[0, 255]]
    assert drawn(images.TYPE, Images([np.uint8([[7]]), np.uint8([[9, 8]])]), index=1).tolist() == [[9, 8]]
    assert drawn(video.TYPE, Video(batch), index=0).tolist() == [[0, 64]]
    assert drawn(tensor.TYPE, np.array([[1, 3]])).tolist() == [[0, 255]]
    cube = np.arange(8.0).reshape(2, 2, 2)
    assert drawn(fits.TYPE, Fits(cube), index=1, low=4, high=7).tolist() == [[170, 255], [0, 85]]
    with pytest.raises(InputError, match="index: expected 0 to 1"):
        drawn(images.TYPE, Images(batch), index=2)
    with pytest.raises(InputError, match="stretch"):
        drawn(images.TYPE, Images(batch), stretch="cubic")
    with pytest.raises(InputError, match="channel"):
        drawn(images.TYPE, Images(batch), channel=1)
    with pytest.raises(CorruptError):
        drawn(tensor.TYPE, np.zeros((2, 3, 2)))


def test_a_frame_of_an_animation_is_drawn() -> None:
    frames = np.stack([np.full((4, 4), level, np.uint8) for level in (0, 90, 255)])
    out = io.BytesIO()
    first, *rest = [Pillow.fromarray(frame) for frame in frames]
    first.save(out, "GIF", save_all=True, append_images=rest)
    shown = [drawn(video.TYPE, Video(out.getvalue()), index=i)[0, 0] for i in range(3)]
    assert [int(np.atleast_1d(pixel)[0]) for pixel in shown] == [0, 90, 255]
    with pytest.raises(CorruptError, match="3 frames, asked for frame 3"):
        drawn(video.TYPE, Video(out.getvalue()), index=3)
