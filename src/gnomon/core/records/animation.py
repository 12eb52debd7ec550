"""Animations: frames written as GIF, WebP or MP4, and read back, within limits."""

import io
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError, MissingExtraError
from gnomon.core.limits import MAX_FRAMES, MAX_PIXELS
from gnomon.core.records.picture_file import check_growth, file_shape, from_pil, gif_frames, opened

Frames = npt.NDArray[np.uint8]
WRITTEN: Final = ("gif", "webp", "mp4")


def write_animation(frames: Frames, fps: float, format_: str) -> bytes:
    """Return frames as a file.

    Args:
        frames: uint8 `(t, h, w, c)`, at least one.
        fps: Frames per second.
        format_: `gif` (256 colours a frame), `webp` (lossless) or `mp4` (H.264).

    Raises:
        MissingExtraError: MP4 without the extra `media`.
    """
    if format_ == "mp4":
        return _write_mp4(frames, fps)
    from PIL import Image  # noqa: PLC0415 - logging frames does not need Pillow

    pictures = [Image.fromarray(frame[:, :, 0] if frame.shape[2] == 1 else frame) for frame in frames]
    out = io.BytesIO()
    ms = max(1, round(1000 / fps))
    options: dict[str, Any] = {"save_all": True, "append_images": pictures[1:], "duration": ms, "loop": 0}
    if format_ == "webp":
        options |= {"lossless": True}
    pictures[0].save(out, format_.upper(), **options)
    return out.getvalue()


def read_animation(data: bytes, format_: str) -> Frames:
    """Return all frames of a file as uint8 `(t, h, w, c)`.

    Raises:
        CorruptError: It does not decode.
        LimitError: It has too many frames or pixels.
        MissingExtraError: MP4 and WebM without the extra `media`.
    """
    try:
        return _read_video(data) if format_ in {"mp4", "webm"} else _read_pictures(data, format_)
    except (LimitError, CorruptError, MissingExtraError):
        raise
    except Exception as error:  # Pillow and FFmpeg raise whatever they meet
        msg = f"A {format_} file of {len(data):,} bytes does not decode: {error!s:.120}"
        raise CorruptError(msg) from error


def _read_pictures(data: bytes, format_: str) -> Frames:
    height, width, _ = file_shape(data)
    picture = opened(data, format_)
    n = gif_frames(data) if format_ == "gif" else int(getattr(picture, "n_frames", 1))
    _check_size(n, height, width)
    check_growth(n * height * width * 4, 16 * len(data))
    frames = []
    for i in range(n):
        picture.seek(i)
        frames.append(from_pil(picture.convert("RGBA" if picture.mode in {"RGBA", "LA"} else "RGB")))
    return np.stack(frames)


def _read_video(data: bytes) -> Frames:
    av = _av()
    frames: list[Frames] = []
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode(video=0):
            _check_size(len(frames) + 1, frame.height, frame.width)
            frames.append(frame.to_ndarray(format="rgb24"))
    if not frames:
        msg = "The video has no frames."
        raise CorruptError(msg)
    return np.stack(frames)


def _check_size(n: int, height: int, width: int) -> None:
    if n > MAX_FRAMES or n * height * width > MAX_PIXELS:
        msg = f"At most {MAX_FRAMES:,} frames of {MAX_PIXELS:,} pixels in all are decoded, this is {n} of {width} by {height}."
        raise LimitError(msg)


def _write_mp4(frames: Frames, fps: float) -> bytes:
    av = _av()
    rgb = np.repeat(frames, 3, axis=3) if frames.shape[3] == 1 else frames[..., :3]
    # H.264 halves the resolution of colour, so that sides have to be even: the last row and column are repeated.
    rgb = np.pad(rgb, ((0, 0), (0, rgb.shape[1] % 2), (0, rgb.shape[2] % 2), (0, 0)), "edge")
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.height, stream.width, stream.pix_fmt = rgb.shape[1], rgb.shape[2], "yuv420p"
        stream.options = {"crf": "15"}
        for frame in rgb:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            for packet in stream.encode(picture):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return out.getvalue()


def _av() -> Any:
    try:
        import av  # noqa: PLC0415 - the extra [media]
    except ImportError as error:
        msg = "MP4 and WebM need the `media` extra. Install gnomon[media], or save as .gif or .webp."
        raise MissingExtraError(msg) from error
    return av


def check_fps(fps: object) -> float:
    """Return frames per second.

    Raises:
        InputError: Not a number above 0, up to 1,000.
    """
    if isinstance(fps, (int, float)) and not isinstance(fps, bool) and 0 < fps <= 1000:
        return fps
    msg = f"Video.fps: expected frames per second, above 0 and up to 1,000, received {fps!r:.40}."
    raise InputError(msg, field="fps")
