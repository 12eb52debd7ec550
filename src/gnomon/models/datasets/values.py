"""What a model gets of a column: numbers, codes of classes, numbers of words, all after the transforms.

Each kind of column has a class here. It is made with the statistics that its transform uses, or without; `measured` takes
them of the rows of `train`, and of no others.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.graph.spec import Spec
from gnomon.models.datasets.dealing import NO_TIME, missing_in
from gnomon.models.datasets.registry import Statistics, Transform
from gnomon.models.datasets.split import Int64
from gnomon.models.datasets.table import Table

Float64 = npt.NDArray[np.float64]
Parts = Mapping[str, Int64]

FIRST_WORD: Final = 2
"""Number of the commonest word; 0 fills texts up, 1 is any word without a number of its own."""
DAY_US: Final = 86_400_000_000
_WORD: Final = re.compile(r"\w+")
_BLOCK: Final = 1024


class Values(Protocol):
    """What a model gets of one column."""

    @property
    def spec(self) -> Spec:
        """Shape and type of one value."""
        ...

    @property
    def statistics(self) -> Statistics:
        """What transforms use."""
        ...

    def measured(self, parts: Parts) -> Self:
        """Return the same with statistics of `train`."""
        ...

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        """Return values after the transforms, the first axis the rows."""
        ...

    def said(self) -> list[str]:
        """Return what is done that its user might not expect, one sentence each."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Hold a column to be read: the table, its name, what is done to it, and what was measured of it before."""

    table: Table
    name: str
    transform: Transform = Transform()  # noqa: RUF009 - frozen
    statistics: Statistics = Statistics()  # noqa: RUF009

    def raw(self, rows: Int64 | slice) -> npt.NDArray[Any]:
        """Return values as they were read."""
        return self.table.values(self.name, rows)

    @property
    def is_measured(self) -> bool:
        """Whether statistics are there."""
        return self.statistics != Statistics()

    def filled(self, parts: Parts) -> dict[str, int]:
        """Return how many values of each part are missing and will be filled."""
        if not self.table.columns[self.name].missing:
            return {}
        missing = missing_in(self.table, self.name)
        return {name: int(missing[rows].sum()) for name, rows in parts.items() if missing[rows].any()}

    def with_(self, statistics: Statistics) -> "Source":
        """Return the same with other statistics."""
        return Source(self.table, self.name, self.transform, statistics)


def normalised(
    x: npt.NDArray[Any], how: Transform, found: Statistics, top: float | None, name: str
) -> npt.NDArray[Any]:
    """Return numbers after normalisation.

    Args:
        x: Numbers, channels last.
        how: What is asked for.
        found: What was measured of `train`.
        top: Largest number of the type, for `scale` without a range.
        name: The column.

    Raises:
        InputError: `scale` has no range.
    """
    if how.normalise == "none":
        return x
    if how.normalise == "scale":
        low, high = scale_range(how, top, name)
        return np.asarray((x - low) / (high - low))
    if how.normalise == "standard":
        std = np.asarray(found.std)
        return np.asarray((x - np.asarray(found.mean)) / np.where(std > 0, std, 1.0))
    low_, high_ = np.asarray(found.low), np.asarray(found.high)
    return np.asarray((x - low_) / np.where(high_ > low_, high_ - low_, 1.0))


def scale_range(how: Transform, top: float | None, name: str) -> tuple[float, float]:
    """Return the range that `scale` maps to 0 … 1.

    Raises:
        InputError: There is none.
    """
    low, high = how.range or (0.0, top if top is not None else 0.0)
    if not high > low:
        got = "nothing" if how.range is None else f"{low:g} and {high:g}"
        msg = f"transforms.{name}.range: scale needs the least and the largest number, received {got}. Name them, or take minmax."
        raise InputError(msg, field=f"transforms.{name}.range")
    return low, high


@dataclass(frozen=True, slots=True)
class Sums:
    """Gather mean, deviation and extremes of numbers that come in pieces, of each channel by itself.

    Source: T. Chan, G. Golub, R. LeVeque, "Algorithms for computing the sample variance" (1983), equation 1.5.
    """

    n: float = 0
    mean: Float64 | None = None
    squares: Float64 | None = None
    low: Float64 | None = None
    high: Float64 | None = None

    def plus(self, x: npt.NDArray[Any]) -> "Sums":
        """Return the same with more numbers, float64 of shape `(n, channels)`; those that are not finite are left out."""
        x = x[np.isfinite(x).all(axis=1)] if x.dtype.kind == "f" else x
        if not len(x):
            return self
        x = x.astype(np.float64, copy=False)
        mean = x.mean(axis=0)
        squares = ((x - mean) ** 2).sum(axis=0)
        low, high = x.min(axis=0), x.max(axis=0)
        if self.mean is None or self.squares is None or self.low is None or self.high is None:
            return Sums(len(x), mean, squares, low, high)
        n = self.n + len(x)
        apart = mean - self.mean
        return Sums(
            n,
            self.mean + apart * len(x) / n,
            self.squares + squares + apart**2 * self.n * len(x) / n,
            np.minimum(low, self.low),
            np.maximum(high, self.high),
        )

    def statistics(self) -> Statistics:
        """Return what was gathered; nothing when there were no numbers."""
        if self.mean is None or self.squares is None or self.low is None or self.high is None:
            return Statistics(mean=(0.0,), std=(0.0,), low=(0.0,), high=(0.0,))
        std = np.sqrt(self.squares / self.n)
        mean, deviation, low, high = (tuple(each.tolist()) for each in (self.mean, std, self.low, self.high))
        return Statistics(mean, deviation, low, high)


@dataclass(frozen=True, slots=True)
class NumberValues:
    """Numbers and times, float32; times are days since 1970."""

    source: Source

    @property
    def spec(self) -> Spec:
        return Spec(())

    @property
    def statistics(self) -> Statistics:
        return self.source.statistics

    def measured(self, parts: Parts) -> Self:
        found = Sums().plus(self._numbers(parts["train"])[:, None]).statistics()
        missing = self.source.filled(parts)
        return type(self)(self.source.with_(Statistics(found.mean, found.std, found.low, found.high, missing=missing)))

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        x = self._numbers(rows)
        source = self.source
        fill = 0.0 if source.transform.missing == "zero" else source.statistics.mean[0]
        # A number that is not finite would make every weight of a model so.
        x = np.where(np.isfinite(x), x, fill)
        return normalised(x, source.transform, source.statistics, None, source.name).astype(np.float32)

    def said(self) -> list[str]:
        n = sum(self.statistics.missing.values())
        if not n:
            return []
        fill = "0" if self.source.transform.missing == "zero" else f"{self.statistics.mean[0]:g}, the mean of train"
        return [f"{self.source.name}: {n:,} missing {_are(n, 'value')} filled with {fill}."]

    def _numbers(self, rows: Int64) -> Float64:
        raw = self.source.raw(rows)
        if self.source.table.columns[self.source.name].kind == "time" and raw.dtype == np.int64:
            return np.where(raw == NO_TIME, np.nan, raw / DAY_US)
        return raw.astype(np.float64).reshape(len(raw))


@dataclass(frozen=True, slots=True)
class CodeValues:
    """Categories as the numbers of their classes, int64; missing ones are a class of their own, the last."""

    source: Source
    is_target: bool = False

    @property
    def spec(self) -> Spec:
        return Spec((), "int64", classes=max(1, len(self._classes) + self._has_own))

    @property
    def statistics(self) -> Statistics:
        return self.source.statistics

    @property
    def _classes(self) -> tuple[str, ...]:
        return self.source.table.columns[self.source.name].classes

    @property
    def _has_own(self) -> bool:
        is_filled = self.source.transform.missing == "fill" and not self.is_target
        return is_filled and self.source.table.columns[self.source.name].missing > 0

    def measured(self, parts: Parts) -> Self:
        return type(self)(self.source.with_(Statistics(missing=self.source.filled(parts))), self.is_target)

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        codes = self.source.table.codes(self.source.name, rows)
        return np.where(codes < 0, len(self._classes) if self._has_own else 0, codes)

    def said(self) -> list[str]:
        n = sum(self.statistics.missing.values())
        if not n:
            return []
        into = f"class {len(self._classes)}, their own" if self._has_own else f"class 0, {self._classes[0]}"
        return [f"{self.source.name}: {n:,} missing {_are(n, 'value')} {into}."]


@dataclass(frozen=True, slots=True)
class WordValues:
    """Texts as numbers of their words, int64, cut or filled up to one length."""

    source: Source

    @property
    def spec(self) -> Spec:
        return Spec((self.source.transform.length,), "int64", classes=len(self.statistics.words) + FIRST_WORD)

    @property
    def statistics(self) -> Statistics:
        return self.source.statistics

    def measured(self, parts: Parts) -> Self:
        counts: Counter[str] = Counter()
        for text in self.source.raw(parts["train"]):
            counts.update(words(text))
        most = self.source.transform.vocabulary - FIRST_WORD
        common = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:most]
        found = Statistics(words=tuple(word for word, _ in common), missing=self.source.filled(parts))
        return type(self)(self.source.with_(found))

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        numbers = {word: i for i, word in enumerate(self.statistics.words, FIRST_WORD)}
        found = np.zeros((len(rows), self.source.transform.length), np.int64)
        for i, text in enumerate(self.source.raw(rows)):
            ids = [numbers.get(word, 1) for word in words(text)][: found.shape[1]]
            found[i, : len(ids)] = ids
        return found

    def said(self) -> list[str]:
        n = sum(self.statistics.missing.values())
        return [f"{self.source.name}: {n:,} missing {_are(n, 'text')} empty."] if n else []


@dataclass(frozen=True, slots=True)
class ArrayValues:
    """Arrays of one shape; whole numbers that nothing is done to stay int64, all others are float32."""

    source: Source

    @property
    def spec(self) -> Spec:
        shape = self.source.table.columns[self.source.name].shape
        if None in shape:
            msg = f"{self.source.name}: its rows differ in length, and a model needs arrays of one shape. Leave the column out."
            raise InputError(msg, field="inputs")
        is_whole = self._dtype.kind in "iu" and self._dtype != np.uint8 and self.source.transform.normalise == "none"
        return Spec(shape, "int64" if is_whole else "float32")

    @property
    def statistics(self) -> Statistics:
        return self.source.statistics

    @property
    def _dtype(self) -> np.dtype[Any]:
        return self.source.raw(slice(0, 1)).dtype

    def measured(self, parts: Parts) -> Self:
        sums, rows = Sums(), parts["train"]
        if self.source.transform.normalise in ("standard", "minmax"):
            for first in range(0, len(rows), _BLOCK):
                x = self.source.raw(rows[first : first + _BLOCK])
                sums = sums.plus(x.reshape(-1, x.shape[-1] if x.ndim > 1 else 1))
            return type(self)(self.source.with_(sums.statistics()))
        return self

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        x = self.source.raw(rows)
        if self.spec.dtype == "int64":
            return x.astype(np.int64)
        made = normalised(x, self.source.transform, self.statistics, None, self.source.name).astype(np.float32)
        return np.nan_to_num(made, nan=0.0, posinf=0.0, neginf=0.0)

    def said(self) -> list[str]:
        return []


def _are(n: int, word: str) -> str:
    return f"{word} is" if n == 1 else f"{word}s are"


def words(text: object) -> list[str]:
    """Return the words of a text: runs of letters and digits, in lower case.

    Example:
        >>> words("Good-bye, World 2!"), words(None)
        (['good', 'bye', 'world', '2'], [])
    """
    return _WORD.findall(str(text).lower()) if text is not None else []
