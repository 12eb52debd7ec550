"""One series read back: every point, a part of it, or the extremes that a chart of it needs."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from gnomon.core.errors import InputError
from gnomon.core.limits import check_step
from gnomon.sdk import lab_tables
from gnomon.sdk.lab_backend import Backend
from gnomon.sdk.lab_tables import Columns
from gnomon.store.envelope import Envelope, Window


@dataclass(frozen=True, slots=True)
class Series:
    """Name a series, or a part of it; nothing is read before `numpy`, `envelope` or `to_arrow`.

    Args:
        run: Run id.
        key: Name of the series.
        first: Smallest step.
        last: Largest step, included; `None` for the end.
        stride: Every how many points.
    """

    backend: Backend = field(repr=False, compare=False)
    run: str
    key: str
    first: int = 0
    last: int | None = None
    stride: int = 1

    def range(self, first: int | None = None, last: int | None = None) -> Self:
        """Return the part with `first <= step <= last`; `None` leaves a side open."""
        low = self.first if first is None else max(self.first, check_step(first, "first"))
        ends = [end for end in (self.last, None if last is None else check_step(last, "last")) if end is not None]
        return replace(self, first=low, last=min(ends) if ends else None)

    def every(self, n: int) -> Self:
        """Return every n-th point, the first included; a thinner series for eyes, never for extremes."""
        if n < 1:
            msg = f"every: expected 1 or more, received {n}."
            raise InputError(msg, field="every")
        return replace(self, stride=self.stride * n)

    def numpy(self) -> Columns:
        """Return every point in the order of step and arrival.

        Returns:
            `step` int64, `time` float64 in UTC seconds, `value` float64; all of shape `(n,)`.

        Raises:
            NotFoundError: The run has no such series.
        """
        points = self.backend.points(self.run, self.key, self.first, self.last, self.stride)
        return {"step": points.step, "time": points.us / 1e6, "value": points.value}

    def buckets(self, px: int = 1000, x: str = "step") -> Envelope:
        """Return the exact extremes of each of `px` pixels, and how many points stand behind them.

        Args:
            px: Pixels, 1 to 20,000.
            x: `step`, `time`, `relative` or the key of another series of the run.
        """
        low, high = (float(self.first), self.last) if x == "step" else (None, None)
        window = Window(px, low or None, None if high is None else float(high), x)
        return self.backend.envelopes([(self.run, self.key)], window)[0]

    def envelope(self, px: int = 1000, x: str = "step") -> Columns:
        """Return the extreme points of each of `px` pixels: what a line chart of that width can show, spikes included.

        Args:
            px: Pixels, 1 to 20,000.
            x: As in `buckets`; a range counts for `step` only.

        Returns:
            The x of each point under its name (`step` as int64) and `value`, ordered by x. Non-finite values are not
            among them; `buckets` counts them.
        """
        found = self.buckets(px, x)
        kept = np.isfinite(found.low)
        place = np.concatenate([found.low_x[kept], found.high_x[kept]])
        value = np.concatenate([found.low[kept], found.high[kept]])
        order = np.lexsort((value, place))
        place, value = place[order], value[order]
        new = np.ones(len(place), np.bool_)  # a bucket of one point has its low and its high in the same place
        new[1:] = (np.diff(place) != 0) | (np.diff(value) != 0)
        return {x: place[new].astype(np.int64) if x == "step" else place[new], "value": value[new]}

    def to_arrow(self) -> Any:
        """Return a `pyarrow.Table` with the columns of `numpy`."""
        return lab_tables.to_arrow(self.numpy())

    def to_polars(self) -> Any:
        """Return a `polars.DataFrame` with the columns of `numpy`."""
        return lab_tables.to_polars(self.numpy())

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with the columns of `numpy`."""
        return lab_tables.to_pandas(self.numpy())

    def to_bokeh(self) -> Any:
        """Return a `bokeh.models.ColumnDataSource` with the columns of `numpy`."""
        return lab_tables.to_bokeh(self.numpy())
