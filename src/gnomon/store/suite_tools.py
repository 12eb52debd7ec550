"""What the tests of a storage engine are made of: small batches of one run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gnomon.core import journal
from gnomon.core.batch import Batch, Frame, Item
from gnomon.store.engine import Appended, Engine

RUN = "0123456789abcdefghjk"
OTHER = "0123456789abcdefghjm"
WRITER = "wr1ter"
BEGAN_US = 1_700_000_000_000_000


def opened(run: str = RUN, **fields: Any) -> journal.Open:
    """Return the first record of a journal of `run`."""
    given: dict[str, Any] = {"project": "digits", "writer": WRITER, "name": "brave-otter-7", "us": BEGAN_US} | fields
    return journal.Open(run=run, **given)


def frame(keys: str | tuple[str, ...], values: Any, step: int | Sequence[int] = 0) -> Frame:
    """Return values that were logged together, one step after the other from `step` on, a second apart."""
    names = (keys,) if isinstance(keys, str) else keys
    columns = np.array(values, np.float64).reshape(len(names), -1)
    n = columns.shape[1]
    steps = np.arange(step, step + n) if isinstance(step, int) else np.array(step)
    return Frame(names, steps.astype(np.int64), BEGAN_US + 1_000_000 * steps.astype(np.int64), columns)


def batch(*items: Item, run: str = RUN, first: int = 0, last: int = 10, **fields: Any) -> Batch:
    """Return a piece of a journal; the one from 0 on opens it."""
    begins = opened(run) if first == 0 else None
    return replace(Batch(run, WRITER, first, last, items, {}, begins), **fields)


def stored(engine: Engine, *batches: Batch) -> list[Appended]:
    """Append batches that must all be stored."""
    out = []
    for result in engine.append(batches):
        assert isinstance(result, Appended), result
        out.append(result)
    return out


def refused(engine: Engine, one: Batch) -> Exception:
    """Append a batch that must be refused, and return why it was."""
    (result,) = engine.append([one])
    assert isinstance(result, Exception), result
    return result
