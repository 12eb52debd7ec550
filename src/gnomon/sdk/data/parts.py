"""Data in any container, as the parts that are hashed and described: arrays, columns of frames, items of data sets.

Nothing is imported to recognise a container, and nothing of it is used up: an iterator is refused, and while items are
read the global random generators stay as they were.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import numpy as np

from gnomon.core.errors import GnomonError, InputError
from gnomon.core.loaded import loaded
from gnomon.core.records.arrays import exact, is_array
from gnomon.sdk.data.fingerprint import Part

SAMPLED_ITEMS: Final = 256


@dataclass(slots=True)
class Parts:
    """Hold what data is made of.

    Args:
        x: Inputs.
        y: Targets.
        rows: How many samples there are; `None` when nobody can tell.
        kind: What it came in, in a word: `array frame dataset`.
        looked_at: How many samples the parts are of, when that is not all of them.
        notes: What must be known to read the rest, one sentence each.
    """

    x: list[Part] = field(default_factory=list)
    y: list[Part] = field(default_factory=list)
    rows: int | None = None
    kind: str = "array"
    looked_at: int | None = None
    notes: list[str] = field(default_factory=list)


def parts_of(x: object, y: object = None) -> Parts:
    """Return the parts of inputs and targets.

    Raises:
        InputError: It is nothing that can be read without using it up.
    """
    found = _dataset(x) if y is None else None
    if found is None:
        x, found = _unwrapped(x), Parts()
        found.kind = "frame" if _columns(x) is not None else "array"
        found.x = _parts("x", x)
    if y is not None:
        found.y = _parts("y", y)
    if found.rows is None and found.looked_at is None:
        rows = {part.rows for part in (*found.x, *found.y) if part.values.ndim}
        found.rows = rows.pop() if len(rows) == 1 else None
        if len(rows) > 0:
            found.notes.append("its parts have different numbers of rows.")
    return found


def _parts(name: str, value: Any) -> list[Part]:  # noqa: PLR0911 - one for each container
    columns = _columns(value)
    if columns is not None:
        return [_column(f"{name}.{column}", values) for column, values in columns.items()]
    if isinstance(value, Mapping):
        return [part for key, each in value.items() for part in _parts(f"{name}.{key}", each)]
    if _is_series(value):
        return [_column(name, value)]
    try:
        array = exact(value, name)
    except GnomonError:
        array = None
    if array is not None:
        return [Part(name, array.dtype, array.values, array.numbers())]
    if isinstance(value, (list, tuple)) and value:
        if all(isinstance(each, str) or each is None for each in value):
            return [_texts(name, value)]
        if any(is_array(each) or isinstance(each, (list, tuple)) for each in value):
            return [part for i, each in enumerate(value) for part in _parts(f"{name}.{i}", each)]
    if isinstance(value, np.ndarray) and value.dtype.kind in "OUS":
        return [_texts(name, value.ravel().tolist(), value.shape)]
    msg = (
        f"{name}: expected arrays, tensors, a frame, a path or a data set, received {type(value).__module__}."
        f"{type(value).__qualname__}. Pass what the batches are made from, as arrays."
    )
    raise InputError(msg, field=name)


def _column(name: str, values: Any) -> Part:
    """Return a column of a pandas or polars frame; what is no number becomes text, what is missing is missing."""
    array = np.asarray(values.to_numpy())
    if array.dtype.kind in "biuf":
        return Part(name, array.dtype.name, array, array)
    listed = values.to_list() if hasattr(values, "to_list") else list(values)
    return _texts(name, [None if each is None or each != each else str(each) for each in listed])  # noqa: PLR0124 - NaN


def _texts(name: str, texts: Any, shape: tuple[int, ...] | None = None) -> Part:
    values = np.empty(len(texts), object)
    values[:] = [each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in texts]
    return Part(name, "text", values if shape is None else values.reshape(shape))


def _columns(value: Any) -> dict[str, Any] | None:
    """Return the columns of a frame of pandas or polars, in their order."""
    module = type(value).__module__.partition(".")[0]
    if module in ("pandas", "polars") and type(value).__name__ in ("DataFrame", "LazyFrame"):
        frame = value.collect() if type(value).__name__ == "LazyFrame" else value
        return {str(name): frame[name] for name in frame.columns}
    if module == "pyarrow" and hasattr(value, "to_pandas"):
        return _columns(value.to_pandas())
    return None


def _is_series(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in ("pandas", "polars") and hasattr(value, "to_numpy")


def _unwrapped(value: Any) -> Any:
    """Return what a loader loads."""
    dataset = getattr(value, "dataset", None)
    return dataset if dataset is not None and hasattr(value, "batch_size") else value


def _dataset(value: Any) -> Parts | None:
    """Return the parts of a data set: the arrays behind it where they can be had, otherwise a sample of its items."""
    value = _unwrapped(value)
    if (
        is_array(value)
        or isinstance(value, (list, tuple, Mapping, str))
        or _columns(value) is not None
        or _is_series(value)
    ):
        return None
    if getattr(value, "indices", None) is not None and getattr(value, "dataset", None) is not None:
        return _subset(value)
    behind = _behind(value)
    if behind is not None:
        return behind
    if hasattr(value, "__next__"):
        msg = (
            "x: expected data that can be read twice, received an iterator. Pass the list or the data set it came from."
        )
        raise InputError(msg, field="x")
    if hasattr(type(value), "__getitem__") and hasattr(type(value), "__len__"):
        return _items(value, len(value))
    if hasattr(type(value), "as_numpy_iterator") or hasattr(type(value), "__iter__"):
        return _iterable(value)
    return None


def _behind(value: Any) -> Parts | None:
    """Return the arrays that torchvision's, scikit-learn's and torch's own data sets keep."""
    tensors = getattr(value, "tensors", None)
    if isinstance(tensors, (list, tuple)) and tensors and all(is_array(each) for each in tensors):
        x = _parts("x", tensors[0])
        rest = [part for i, each in enumerate(tensors[1:]) for part in _parts("y" if i == 0 else f"y.{i}", each)]
        return Parts(x, rest, len(value), "dataset")
    data = getattr(value, "data", None)
    targets = next(
        (t for t in (getattr(value, n, None) for n in ("targets", "target", "labels")) if t is not None), None
    )
    if data is not None and (is_array(data) or _columns(data) is not None):
        notes = (
            ["transforms are not part of the hash: it is of the data behind them."]
            if getattr(value, "transform", None)
            else []
        )
        return Parts(_parts("x", data), [] if targets is None else _parts("y", targets), None, "dataset", notes=notes)
    return None


def _subset(value: Any) -> Parts:
    whole, rows = _dataset(value.dataset), np.asarray(value.indices, np.int64)
    is_sample = whole is not None and whole.looked_at is not None
    if whole is None or is_sample or any(part.rows <= rows.max(initial=-1) for part in (*whole.x, *whole.y)):
        return _items(value, len(rows))
    x, y = (
        [Part(p.name, p.dtype, p.values[rows], None if p.numbers is None else p.numbers[rows]) for p in side]
        for side in (whole.x, whole.y)
    )
    return Parts(x, y, len(rows), "dataset", notes=whole.notes)


def _items(value: Any, rows: int) -> Parts:
    """Return a sample of the items of a data set that computes them, evenly spaced."""
    chosen = np.unique(np.linspace(0, max(rows - 1, 0), min(rows, SAMPLED_ITEMS)).astype(int)).tolist()
    with unmoved():
        items = [value[i] for i in chosen]
        again = value[chosen[0]] if chosen else None
    found = _of_items(items, rows)
    if items and _flat(again) != _flat(items[0]):
        found.x = [part for part in found.x if part.name.startswith("y")]
        found.notes.append(
            "an item differs each time it is read (augmentation): the hash covers targets and length only."
        )
    return found


def _iterable(value: Any) -> Parts:
    with unmoved():
        source = value.as_numpy_iterator() if hasattr(type(value), "as_numpy_iterator") else iter(value)
        if source is value:
            msg = "x: expected data that can be read twice, received an iterator. Pass the data set it came from."
            raise InputError(msg, field="x")
        items = list(islice(source, SAMPLED_ITEMS))
    return _of_items(items, None)


def _of_items(items: list[Any], rows: int | None) -> Parts:
    pairs = bool(items) and all(isinstance(item, (tuple, list)) and len(item) == 2 for item in items)
    x: Any = [item[0] for item in items] if pairs else items
    y = [item[1] for item in items] if pairs else []
    if items and all(isinstance(item, Mapping) for item in items):
        x = {key: [item.get(key) for item in items] for key in items[0]}
    found = Parts(
        _parts("x", _plain_items(x)) if len(items) else [], _parts("y", _plain_items(y)) if y else [], rows, "dataset"
    )
    if rows is None or len(items) < rows:
        found.looked_at = len(items)
    return found


def _plain_items(items: Any) -> Any:
    """Return pictures of Pillow as arrays; anything else as it is."""
    if isinstance(items, list) and items and type(items[0]).__module__.startswith("PIL."):
        return [np.asarray(item) for item in items]
    return items


def _flat(item: Any) -> list[bytes | str]:
    """Return something that compares for any item."""
    if isinstance(item, (tuple, list)):
        return [each for part in item for each in _flat(part)]
    if isinstance(item, Mapping):
        return [each for part in item.values() for each in _flat(part)]
    with suppress(Exception):
        array = exact(_plain_items([item])[0])
        if array is not None:
            return [np.ascontiguousarray(array.values).tobytes()]
    return [repr(item)]


@contextmanager
def unmoved() -> Iterator[None]:
    """Leave the global random generators as they were, whatever reading items draws from them."""
    random = loaded("random")
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002 - the global one, which a data set may draw from
    torch = loaded("torch")
    python_state = None if random is None else random.getstate()
    torch_state = None if torch is None else torch.get_rng_state()
    try:
        yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002 - as above
        if random is not None:
            random.setstate(python_state)
        if torch is not None:
            torch.set_rng_state(torch_state)
