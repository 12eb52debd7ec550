"""WAV files: sound as it was sampled, without loss.

Source: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (1991), and "Multiple channel audio data
and WAVE files" for the extensible form.
"""

import struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_FORMATS: Final = {
    (_PCM, 8): "u1",
    (_PCM, 16): "<i2",
    (_PCM, 32): "<i4",
    (_FLOAT, 32): "<f4",
    (_FLOAT, 64): "<f8",
}


def write_wav(samples: npt.NDArray[Any], rate: int) -> bytes:
    """Return samples `(frames, channels)` of uint8, int16, int32 or float32 as a WAV file."""
    channels, size = samples.shape[1], samples.dtype.itemsize
    form = _FLOAT if samples.dtype.kind == "f" else _PCM
    data = samples.astype(samples.dtype.newbyteorder("<")).tobytes()
    fmt = struct.pack("<HHIIHH", form, channels, rate, rate * channels * size, channels * size, 8 * size)
    chunks = _chunk(b"fmt ", fmt)
    if form == _FLOAT:  # everything but PCM says how many frames there are
        chunks += _chunk(b"fact", struct.pack("<I", len(samples)))
    chunks += _chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def read_wav(data: bytes) -> tuple[npt.NDArray[Any], int]:
    """Return samples `(frames, channels)` and the rate in Hz; 24-bit samples come as int32 with 8 empty bits below.

    Raises:
        CorruptError: It is cut short, or of a form that we do not read (compressed).
    """
    chunks = _chunks(data)
    head, body = chunks.get(b"fmt ", b""), chunks.get(b"data")
    if len(head) < 16 or body is None:
        msg = "A WAV file needs a format and data."
        raise CorruptError(msg)
    form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head)
    if form == _EXTENSIBLE and len(head) >= 26:
        (form,) = struct.unpack_from("<H", head, 24)
    if channels < 1 or ((form, bits) not in _FORMATS and (form, bits) != (_PCM, 24)):
        msg = f"A WAV file of form {form} with {bits} bits and {channels} channels is not read."
        raise CorruptError(msg)
    frame = channels * bits // 8
    body = body[: len(body) // frame * frame]
    if bits == 24:
        wide = np.zeros((len(body) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(body, np.uint8).reshape(-1, 3)
        return wide.view("<i4").reshape(-1, channels), rate
    return np.frombuffer(body, _FORMATS[form, bits]).reshape(-1, channels), rate


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _chunks(data: bytes) -> dict[bytes, bytes]:
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        msg = f"Expected a WAV file, received bytes that begin {data[:12]!r}."
        raise CorruptError(msg)
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + size > len(data):
            msg = f"A chunk of a WAV file has {size:,} bytes, the file ends before."
            raise CorruptError(msg)
        found.setdefault(data[at : at + 4], data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return found
