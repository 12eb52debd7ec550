"""How tests are named and kept: with the version, for gates and pages, and with the run it came from, for leaderboards."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gnomon.core.batch import Batch, Change, Frame, Item, Object
from gnomon.core.clock import now_us
from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.registry.record import Version
from gnomon.models.registry.registry import Registry
from gnomon.store.documents import Document
from gnomon.store.home import Home

PARTS: Final = ("test", "validation", "train")
KIND: Final = "model_test"


def part_of(spec: DatasetSpec, part: str | None) -> str:
    """Return the part that is tested: what was asked for, else the first of test, validation and train that has rows."""
    return part or next((name for name in PARTS if spec.parts.get(name)), "test")


def name_of(kind: str, spec: DatasetSpec | None, own: DatasetSpec | None, part: str, rows: int | None) -> str:
    """Return what a test is called unless somebody says otherwise.

    That of all rows of the test part of the version's own data is `test`, as a training calls it; any other says what it is.

    Example:
        >>> name_of("latency", None, None, "", None)
        'latency'
    """
    if kind == "latency" or spec is None:
        return kind
    words = [] if kind == "test" else [kind]
    if kind == "test" or part != "test":
        words.append(part)
    if own is None or spec.digest != own.digest:
        words.append(spec.name)
    if kind == "test" and rows is not None and rows < spec.parts.get(part, 0):
        words.append(f"{rows}rows")
    return "-".join(words)


def keep(home: Home, models: Registry, version: tuple[str, Version], test: str, made: Mapping[str, Any]) -> Document:
    """Keep the outcome of a test, and tell the run of the version what it was; return what is kept.

    Args:
        home: Where runs and documents are.
        models: Of the same home.
        version: The name of its model, and it.
        test: What the test is called.
        made: What the worker answered: `figures report told`.
    """
    name, found = version
    run = tell_run(home, found, made.get("told") or {})
    models.tell(name, found.number, test, made["figures"], {**made["report"], "run": run})
    return home.documents.get(KIND, f"{name}@{found.number}/{test}")


def tell_run(home: Home, version: Version, told: Mapping[str, Mapping[str, Any]]) -> str:
    """Write evaluations into the run that a version came from, as `run.evaluate` does; return its id, "" when it is not here."""
    info = home.catalog.get(version.lineage.run) if version.lineage.run else None
    if info is None or not told:
        return ""
    step, us = version.lineage.step, now_us()
    at = step if step is not None else max(0, home.catalog.last_step(info.id) or 0)
    items: list[Item] = []
    for name, each in told.items():
        items += _items(name, each, at, us)
    items.append(Change(us, {"evaluation": {name: each["hash"] for name, each in told.items()}}))
    home.committer.submit(Batch(info.id, "", 0, 0, tuple(items))).result()
    return info.id


def _items(name: str, told: Mapping[str, Any], step: int, us: int) -> Sequence[Item]:
    keys = tuple(f"{name}/{key}" for key in told["figures"])
    values = np.array([[float(value)] for value in told["figures"].values()])
    frame = Frame(keys, np.array([step]), np.array([us]), values)
    records = [
        Object(f"{name}/{key}", each["kind"], step, us, dict(each["meta"]), bytes(each["data"]))
        for key, each in told["records"].items()
    ]
    return [frame, *records]
