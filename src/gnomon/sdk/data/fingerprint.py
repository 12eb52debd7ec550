r"""The hash of data: the same for the same values in the same order, whatever container they come in.

    data    = sha256( "gnomon data 1\n" + part + part + … )
    part    = name "\n" type "\n" shape "\n" + bytes
    type    = NumPy's name of the type (`float32`), `bfloat16` …, `text`, or `bytes` of a file
    shape   = numbers joined by commas
    bytes   = values, little-endian, C order; texts as UTF-8, each after its length as 8 bytes, missing ones as -1
    name    = `x`, `y`, `x.0` … for parts of a list, `x.<column>` of a frame, a path in a folder

Of a data set that computes its samples up to 256 are read, evenly spaced, and `samples <n> of <n>` stands in front.
Up to 64 MiB everything is hashed. Beyond, an evenly spaced sample of rows is, and `sample <rows> of <rows>` stands
before the type: the hash says which it is, and two hashes are only ever equal when they were made alike. This definition
never changes; a better one would be another version.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

VERSION: Final = 1
FULL_BYTES: Final = 64 << 20
SAMPLE_BYTES: Final = 16 << 20
SHORT: Final = 16
"""Hexadecimal digits that are shown and compared; 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One array, column or file.

    Args:
        name: Where it stands in the data.
        dtype: Name of the type.
        values: The numbers; for `text` an object array of `str` and `None`; for types NumPy lacks their bits.
        numbers: The same as numbers to compute with, when they are numbers.
    """

    name: str
    dtype: str
    values: npt.NDArray[Any]
    numbers: npt.NDArray[Any] | None = None

    @property
    def rows(self) -> int:
        """Length of the first axis; 1 of a single value."""
        return self.values.shape[0] if self.values.ndim else 1

    @property
    def size_bytes(self) -> int:
        """Bytes that are hashed when all of it is; of texts an estimate from the first ones."""
        if self.dtype != "text":
            return int(self.values.nbytes)
        some = self.values.ravel()[:1000]
        each = sum(len(str(text)) + 8 for text in some) / max(1, len(some))
        return int(each * self.values.size)


@dataclass(slots=True)
class Fingerprint:
    """Gather the hash of several parts.

    Args:
        exact: Everything was hashed.
        sampled: What was not, in words.
    """

    exact: bool = True
    sampled: list[str] = field(default_factory=list)
    _hash: Any = field(default_factory=lambda: hashlib.sha256(b"gnomon data %d\n" % VERSION))

    def add(self, part: Part, most_bytes: int = FULL_BYTES) -> None:
        """Hash one part, or a sample of its rows when it has more bytes than that."""
        chosen = sample_rows(part.rows, part.size_bytes, most_bytes)
        values = part.values
        head = f"{part.name}\n"
        if chosen is not None:
            self.exact = False
            self.sampled.append(f"{len(chosen):,} of {part.rows:,} rows of {part.name}, evenly spaced")
            head += f"sample {len(chosen)} of {part.rows}\n"
            values = values[chosen]
        self._hash.update(f"{head}{part.dtype}\n{','.join(map(str, part.values.shape))}\n".encode("utf-8", "replace"))
        if part.dtype == "text":
            for text in values.ravel():
                self._text(text)
        else:
            self._numbers(values)

    def add_sample(self, looked_at: int, of: int | None) -> None:
        """Take note that the parts are some of the samples only: evenly spaced, or the first of nobody knows how many."""
        self.exact = False
        first = f"the first {looked_at:,} samples, how many there are is not known"
        self.sampled.append(first if of is None else f"{looked_at:,} of {of:,} samples, evenly spaced")
        self._hash.update(f"samples {looked_at} of {of}\n".encode())

    def add_file(self, name: str, size: int, digest: bytes, exact: bool) -> None:
        """Take in a file by the hash of its content."""
        kind = "bytes" if exact else "sampled bytes"
        self._hash.update(f"{name}\n{kind}\n{size}\n".encode("utf-8", "replace") + digest)

    def hexdigest(self) -> str:
        """Return the 64 hexadecimal digits."""
        return str(self._hash.hexdigest())

    def _numbers(self, values: npt.NDArray[Any]) -> None:
        rows = values if values.ndim else values.reshape(1)
        each = max(1, (4 << 20) // max(1, rows[:1].nbytes))
        for first in range(0, len(rows), each):
            block = np.ascontiguousarray(rows[first : first + each])
            self._hash.update(
                block.astype(block.dtype.newbyteorder("<"), copy=False).data.cast("B") if block.size else b""
            )

    def _text(self, text: object) -> None:
        data = None if text is None else str(text).encode("utf-8", "replace")
        self._hash.update((-1 if data is None else len(data)).to_bytes(8, "little", signed=True) + (data or b""))


def sample_rows(rows: int, size_bytes: int, most_bytes: int = FULL_BYTES) -> npt.NDArray[np.int64] | None:
    """Return the rows of a sample, evenly spaced, the first and the last among them; `None` to take all.

    Example:
        >>> sample_rows(10, 10_000, 5_000) is None, len(sample_rows(1_000_000, 1 << 30))
        (False, 15625)
    """
    if size_bytes <= most_bytes or rows < 2:
        return None
    many = min(rows, max(2, int(rows * min(SAMPLE_BYTES, most_bytes) / size_bytes)))
    return np.unique(np.linspace(0, rows - 1, many).astype(np.int64))
