"""Records put into a home the way a writer's would come."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Batch, Item, Object
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.core.records.registry import encode
from gnomon.store.home import Home

US = 1_790_000_000_000_000


def new_run(lab: Home, *items: Item) -> str:
    """Open a run that holds these items."""
    run = run_id()
    opened = Open(run=run, project="p", writer="w00000", name="one", us=US)
    lab.submit([Batch(run, "w00000", 0, 1, items, opened=opened)])[0].result()
    return run


def record(key: str, step: int, kind: str, data: bytes, **meta: Any) -> Object:
    """Return a record as it is, whether or not it makes sense."""
    return Object(key, kind, step, US + step * 1_000_000, meta, data)


def tensor(key: str, step: int, array: npt.NDArray[Any]) -> Object:
    """Return an array as the SDK would log it."""
    encoded = encode(array)
    assert encoded is not None
    assert not isinstance(encoded.data, Path)
    return record(key, step, encoded.kind, bytes(encoded.data), **encoded.meta)


def ramp(step: int, shape: tuple[int, ...] = (4, 6)) -> npt.NDArray[np.float32]:
    """Return an array whose every number tells its place and its step."""
    return (np.arange(np.prod(shape), dtype=np.float32) + 1000 * step).reshape(shape)
