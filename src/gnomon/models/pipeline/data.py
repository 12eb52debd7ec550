"""The data of a pipeline: a registered data set, or arrays that become one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from gnomon.core.errors import InputError
from gnomon.core.folder import make_private
from gnomon.core.settings import Settings
from gnomon.models.datasets import load, register
from gnomon.models.datasets.column import Kind
from gnomon.models.datasets.content import fingerprint
from gnomon.models.datasets.prepared import Prepared
from gnomon.models.datasets.registry import SplitSpec
from gnomon.models.datasets.source import open_data
from gnomon.models.pipeline.engine import Array, Task

FOLDER: Final = Path("data") / "pipelines"
Pair = tuple[Any, Any]


def registered(
    name: str,
    train: Pair,
    validation: Pair | float,
    test: Pair | float,
    transform: Mapping[str, Any],
    seed: int,
    home: str | Path | None,
) -> Prepared:
    """Register arrays under a name, and return them as a data set.

    Args:
        name: What they are called.
        train: Samples and labels.
        validation: Others, or a share of `train` that is held back.
        test: Likewise.
        transform: What is done to the samples.
        seed: Chooses what is held back.
        home: The home folder.

    Raises:
        InputError: Shapes do not fit, or the shares leave nothing to train on.
    """
    arrays = _arrays(train, validation, test)
    folder = Settings.from_env(home).home / FOLDER
    make_private(folder)
    path = folder / f"{name}.partial.npz"
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    # One file for each content: what a run was trained on is there as long as the run is asked what that was.
    digest = fingerprint(open_data(path))[:16]
    kept = path.replace(folder / f"{name}-{digest}.npz")
    spec = register(
        kept,
        name,
        target="y",
        types=_types(arrays),
        split=_split(validation, test, seed),
        transforms={"x": dict(transform)} if transform else None,
        home=home,
    )
    return load(spec.ref, home)


def batches(
    data: Prepared, part: str, size: int, order: np.random.Generator | None = None, augment: int | None = None
) -> Iterator[tuple[tuple[Array, ...], Array]]:
    """Yield inputs and truth of a part, batch by batch.

    Args:
        data: The data set.
        part: `train`, `validation`, `test`.
        size: Rows of a batch; the last may have fewer.
        order: Shuffles the rows.
        augment: Seed of the augmentation, of `train` alone; `None` augments nothing.
    """
    rows = np.arange(data.length(part))
    if order is not None:
        order.shuffle(rows)
    for i in range(0, len(rows), size):
        rng = np.random.default_rng((augment, i)) if augment is not None else None
        found = data.batch(part, rows[i : i + size], rng)
        yield tuple(found[name] for name in data.inputs), found[data.targets[0]]


def truth(data: Prepared, part: str) -> Array:
    """Return what is true of each row of a part."""
    found: Array = data.batch(part, slice(None))[data.targets[0]]
    return found


def task_of(data: Prepared, outputs: int) -> Task:
    """Return what a model with so many outputs is for.

    Raises:
        InputError: The outputs do not fit the classes.
    """
    if len(data.targets) != 1:
        msg = f"data: expected one target, received {', '.join(data.targets) or 'none'}. Register it with target=."
        raise InputError(msg, field="data")
    classes = data.specs[data.targets[0]].classes
    if classes is None:
        return "regression"
    if outputs == 1 and classes == 2:
        return "binary"
    if outputs != classes:
        msg = f"model: expected {classes} outputs, one for each class, received {outputs}."
        raise InputError(msg, field="model")
    return "classification"


def _arrays(train: Pair, validation: Pair | float, test: Pair | float) -> dict[str, Array]:
    parts = {"train": train, "validation": validation, "test": test}
    given = {part: pair for part, pair in parts.items() if part == "train" or not isinstance(pair, float | int)}
    found: dict[str, Array] = {}
    for part, pair in given.items():
        try:
            first, second = pair  # type: ignore[misc]  # whatever somebody passes: what is no pair is told below
            x, y = np.asarray(first), np.asarray(second)
        except (TypeError, ValueError):
            x = y = np.empty(())
        if not (x.ndim and y.ndim):
            msg = f"{part}: expected a pair of arrays (x, y)."
            raise InputError(msg, field=part)
        if y.ndim == 2 and y.shape[1] > 1:
            y = y.argmax(axis=1)  # rows that are one-hot
        if len(x) != len(y):
            msg = f"{part}: expected as many labels as samples, received {len(x)} samples and {len(y)} labels."
            raise InputError(msg, field=part)
        suffix = f"_{part}" if len(given) > 1 else ""
        found |= {f"x{suffix}": x, f"y{suffix}": y.reshape(len(y))}
    return found


def _types(arrays: Mapping[str, Array]) -> dict[str, Kind]:
    """Return what the columns hold: pictures are arrays with height and width, labels that are no fractions are classes."""
    x = next(each for name, each in arrays.items() if name.startswith("x"))
    y = next(each for name, each in arrays.items() if name.startswith("y"))
    is_picture = x.ndim == 3 or (x.ndim == 4 and x.shape[3] in (1, 3, 4))
    found: dict[str, Kind] = {"y": "number" if y.dtype.kind == "f" else "category"}
    return found | ({"x": "image"} if is_picture and min(x.shape[1:3]) > 1 else {})


def _split(validation: Pair | float, test: Pair | float, seed: int) -> SplitSpec | None:
    shares = [each if isinstance(each, float | int) else None for each in (validation, test)]
    if all(share is None for share in shares):
        return None
    held, tested = (share or 0.0 for share in shares)
    if not 0 < 1 - held - tested <= 1 or held < 0 or tested < 0:
        msg = f"validation: expected shares that leave something to train on, received {held} and {tested}."
        raise InputError(msg, field="validation")
    if shares == [held, tested]:
        return SplitSpec("random", (1 - held - tested, held, tested), seed)
    if shares[1] is None:
        return SplitSpec("given", (1 - held, held), seed)
    msg = "test: expected arrays too when validation is given as arrays, or a share of both."
    raise InputError(msg, field="test")
