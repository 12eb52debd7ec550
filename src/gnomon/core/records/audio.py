"""Sound: an array of samples, kept as WAV without loss, or a file kept as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, ShapeError
from gnomon.core.records.arrays import wanted
from gnomon.core.records.axes import check_caption
from gnomon.core.records.describe import bytes_text
from gnomon.core.records.media import media_file, sniff_media, sound_facts
from gnomon.core.records.record_type import Encoded
from gnomon.core.records.wav import read_wav, write_wav

FILES: Final = frozenset({"wav", "mp3", "ogg", "flac"})
_MOST_CHANNELS: Final = 32
_KEPT: Final = frozenset({"uint8", "int16", "int32", "float32"})


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Log sound.

    Args:
        x: Samples `(frames,)`, `(frames, channels)` or `(channels, frames)` with at most 32 channels: floats from -1 to 1
            (float64 is rounded to float32), or int16, int32, uint8 over their whole range; or the path or the bytes of a
            WAV, MP3, Ogg or FLAC file, which is kept as given.
        rate: Samples per second of an array.
        caption: Shown under it.

    Example:
        >>> TYPE.encode(Audio([0.0, 0.5, -0.5, 0.0], rate=8000)).meta["seconds"]
        0.0005
    """

    x: object
    rate: int | None = None
    caption: str = ""


class AudioType:
    """The record type of `Audio`."""

    kind = "audio"
    wrapper = Audio
    viewer = "audio"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        audio = value if isinstance(value, Audio) else Audio(value)
        found = media_file(audio.x, FILES, "Audio.x")
        content: bytes | Path
        if found is None:
            samples = _samples(audio.x)
            rate = _rate(audio.rate)
            format_, content = "wav", write_wav(samples, rate)
            meta: dict[str, Any] = {"rate": rate, "channels": samples.shape[1], "frames": len(samples)}
            meta["seconds"] = len(samples) / rate
        else:
            format_, head, content = found
            size = len(content) if isinstance(content, bytes) else content.stat().st_size
            meta = sound_facts(format_, head, size)
        if audio.caption:
            meta["caption"] = check_caption(audio.caption, "Audio")
        return Encoded(self.kind, {"format": format_, **meta}, content)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Audio:
        format_ = str(meta.get("format"))
        if format_ not in FILES or sniff_media(data[:16]) != format_:
            msg = f"Expected a sound file of format {format_!r:.40}, received bytes that begin {data[:12]!r}."
            raise CorruptError(msg)
        caption = str(meta.get("caption", ""))
        if format_ == "wav":
            samples, rate = read_wav(data)
            return Audio(samples, rate, caption)
        return Audio(bytes(data), None, caption)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        words = [str(meta.get("format", "sound")).upper(), bytes_text(size)]
        rate, channels, seconds = meta.get("rate"), meta.get("channels"), meta.get("seconds")
        if isinstance(seconds, (int, float)):
            words.append(f"{seconds:.3g} s")
        if isinstance(rate, int) and isinstance(channels, int):
            words += [f"{rate:,} Hz", {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")]
        return ", ".join(words)


def _samples(value: object) -> npt.NDArray[Any]:
    """Return samples as `(frames, channels)` in a format that WAV has."""
    array = wanted(value, "Audio.x")
    if array.ndim == 1:
        array = array[:, None]
    elif (array.ndim == 2 and array.shape[1] > _MOST_CHANNELS >= array.shape[0]) or (
        array.ndim == 2 and array.shape[0] < array.shape[1] <= _MOST_CHANNELS and array.shape[0] <= 2
    ):
        array = array.T
    if array.ndim != 2 or not 1 <= array.shape[1] <= _MOST_CHANNELS:
        msg = f"Audio.x: expected (frames,) or (frames, channels), received {array.shape}."
        raise ShapeError(msg, field="x")
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    if array.dtype.name not in _KEPT:
        msg = f"Audio.x: expected floats from -1 to 1, int16, int32 or uint8, received {array.dtype}. Convert it."
        raise InputError(msg, field="x")
    return array


def _rate(rate: Any) -> int:
    try:
        value = int(rate)
    except (TypeError, ValueError, OverflowError):
        value = 0
    if not 1 <= value <= 10_000_000 or value != rate:
        msg = f"Audio.rate: expected samples per second as a whole number, such as 16000, received {rate!r:.40}."
        raise InputError(msg, field="rate")
    return value


TYPE = AudioType()
