"""Moving pictures: frames kept as they are, or a file; saved as GIF, WebP or MP4 when asked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.animation import WRITTEN, check_fps, read_animation, write_animation
from gnomon.core.records.arrays import Exact, array_meta, exact
from gnomon.core.records.axes import as_pictures, channel_words, check_caption
from gnomon.core.records.describe import bytes_text, range_text, shape_text
from gnomon.core.records.image import picture_values
from gnomon.core.records.media import media_file, sniff_media
from gnomon.core.records.raw import from_raw, raw_bytes
from gnomon.core.records.record_type import Encoded

FILES: Final = frozenset({"mp4", "webm", "gif", "webp"})


@dataclass(frozen=True, slots=True, eq=False)
class Video:
    """Log moving pictures.

    Args:
        frames: An array `[t, h, w]`, `[t, h, w, c]` or `[t, c, h, w]` with 1, 3 or 4 channels, kept without loss; or the
            path or the bytes of an MP4, WebM, GIF or WebP file, which is kept as given.
        fps: Frames per second of an array.
        caption: Shown under it.
        layout: `"THW"`, `"THWC"` or `"TCHW"`, where the shape leaves it open.

    Example:
        >>> TYPE.encode(Video([[[0, 1], [2, 3]]] * 24, fps=12)).meta["shape"]
        [24, 2, 2, 1]
    """

    frames: object
    fps: float = 8
    caption: str = ""
    layout: str | None = None

    def array(self) -> npt.NDArray[Any]:
        """Return the frames as `[t, h, w, c]`: as given, or uint8 decoded from the file.

        Raises:
            InputError: They are no video.
            CorruptError: The file does not decode.
            LimitError: Decoded, it would be larger than we accept.
            MissingExtraError: An MP4 or WebM file without the extra `media`.
        """
        found = media_file(self.frames, FILES, "Video.frames")
        if found is None:
            return _frames(self).values
        format_, _, content = found
        return read_animation(content if isinstance(content, bytes) else content.read_bytes(), format_)

    def save(self, path: "str | os.PathLike[str]") -> Path:
        """Write a file and return its path: `.gif` (256 colours), `.webp` (lossless) or `.mp4` (extra `media`).

        Frames that are not uint8 are scaled so that their smallest value is black and their largest white.

        Raises:
            InputError: Another ending, or no frames.
            MissingExtraError: `.mp4` without the extra `media`.
        """
        path = Path(path)
        format_ = path.suffix.lower().removeprefix(".")
        if format_ not in WRITTEN:
            msg = f"Video.save: expected a path that ends in .gif, .webp or .mp4, received {str(path)!r:.200}."
            raise InputError(msg, field="path")
        path.write_bytes(write_animation(_eight_bits(self.array()), check_fps(self.fps), format_))
        return path


class VideoType:
    """The record type of `Video`."""

    kind = "video"
    wrapper = Video
    viewer = "video"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        video = value if isinstance(value, Video) else Video(value)
        found = media_file(video.frames, FILES, "Video.frames")
        content: bytes | Path
        if found is None:
            frames = _frames(video)
            meta = {"format": "raw", **array_meta(frames), "fps": check_fps(video.fps)}
            content = raw_bytes(frames)
        else:
            meta, content = {"format": found[0]}, found[2]
        if video.caption:
            meta["caption"] = check_caption(video.caption, "Video")
        return Encoded(self.kind, meta, content)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Video:
        caption = str(meta.get("caption", ""))
        if meta.get("format") == "raw":
            fps = meta.get("fps")
            known = isinstance(fps, (int, float)) and 0 < fps <= 1000
            return Video(from_raw(meta, data, dims=(4,)), fps if known and fps else 8, caption, "THWC")
        if sniff_media(data[:16]) not in FILES or sniff_media(data[:16]) != meta.get("format"):
            msg = f"Expected a video of format {meta.get('format')!r:.40}, received bytes that begin {data[:12]!r}."
            raise CorruptError(msg)
        return Video(bytes(data), caption=caption)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        shape = meta.get("shape")
        if meta.get("format") == "raw" and isinstance(shape, (list, tuple)) and len(shape) == 4:
            words = f"{shape_text(shape[1:3])} {channel_words(meta)} {meta.get('dtype')}"
            return f"{shape[0]} frames of {words}{range_text(meta)}"
        return f"{str(meta.get('format', 'video')).upper()}, {bytes_text(size)}"


def _frames(video: Video) -> Exact:
    array = exact(video.frames, "Video.frames")
    if array is None:
        msg = f"Video.frames: expected an array or a video file, received {type(video.frames).__qualname__}."
        raise InputError(msg, field="frames")
    return picture_values(as_pictures(array, video.layout, "Video.frames", batch="T"), "Video.frames")


def _eight_bits(frames: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if frames.size == 0:
        msg = f"Video.frames: expected at least one frame with pixels, received shape {frames.shape}."
        raise InputError(msg, field="frames")
    if frames.dtype == np.uint8:
        return frames
    wide = frames.astype(np.float64)
    finite = wide[np.isfinite(wide)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    unit = np.nan_to_num((wide - low) / (high - low if high > low else 1.0)).clip(0, 1)
    shown: npt.NDArray[np.uint8] = np.rint(unit * 255).astype(np.uint8)
    return shown


TYPE = VideoType()
