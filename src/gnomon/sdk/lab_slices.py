"""The same part of the arrays of many steps, read back as one array."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from gnomon.sdk import lab_tables
from gnomon.sdk.lab_backend import Backend, Selection, SlicePart
from gnomon.sdk.lab_tables import Columns


class Slices:
    """Name a slice of each of many arrays; nothing is read before `parts`, `numpy` or one of the tables.

    Args:
        backend: Where they are.
        run: Run id.
        chosen: Which records.
        index: Indices of the first axes of each array, as `0,:,::2`.
    """

    def __init__(self, backend: Backend, run: str, chosen: Selection, index: str) -> None:
        self._backend = backend
        self._run = run
        self._chosen = chosen
        self.index = index

    def __repr__(self) -> str:
        return f"<slices {self._chosen.key!r}[{self.index}] of run {self._run}>"

    def parts(self) -> Iterator[SlicePart]:
        """Yield some steps at a time: for more than memory should hold.

        Raises:
            ShapeError: The arrays differ in shape or format.
            InputError: The records hold no arrays, or the slice does not fit them.
        """
        return self._backend.slices(self._run, self._chosen, self.index)

    def numpy(self) -> Columns:
        """Return all of it.

        Returns:
            `step` int64 and `time` float64 (UTC seconds) of shape `(n,)`, `value` of shape `(n, …)`; numbers that
            NumPy has no format for come as float32.
        """
        parts = list(self.parts())
        if not parts:
            return {"step": np.zeros(0, np.int64), "time": np.zeros(0), "value": np.zeros(0)}
        return {
            "step": np.concatenate([part.step for part in parts]),
            "time": np.concatenate([part.time for part in parts]),
            "value": parts[0].value if len(parts) == 1 else np.concatenate([part.value for part in parts]),
        }

    def to_arrow(self) -> Any:
        """Return a `pyarrow.Table` with the columns of `numpy`; `value` holds lists of fixed length."""
        return lab_tables.to_arrow(self.numpy())

    def to_polars(self) -> Any:
        """Return a `polars.DataFrame` with the columns of `to_arrow`."""
        return lab_tables.to_polars(self.numpy())

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with a column for each number of a slice: `value[0,2]`."""
        return lab_tables.to_pandas(self.numpy())

    def to_bokeh(self) -> Any:
        """Return a `bokeh.models.ColumnDataSource` with the columns of `to_pandas`."""
        return lab_tables.to_bokeh(self.numpy())
