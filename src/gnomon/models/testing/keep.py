"""How tests are named and kept: with the version, for gates and pages, and with the run it came from, for leaderboards."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from gnomon.core.batch import Batch, Change, Frame, Item, Object
from gnomon.core.clock import now_us
from gnomon.core.errors import InputError
from gnomon.models.datasets.registry import DatasetSpec, plain
from gnomon.models.registry.exported import EXPORTED, folder_of_exports
from gnomon.models.registry.files import folder_of
from gnomon.models.registry.record import Version
from gnomon.models.registry.registry import Registry
from gnomon.models.registry.trained import data_of
from gnomon.models.testing.stored import folder_of_tests
from gnomon.store.documents import Document
from gnomon.store.home import Home

PARTS: Final = ("test", "validation", "train")
KIND: Final = "model_test"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}\Z")


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


class Wanted(msgspec.Struct, frozen=True):
    """Say what is tested; see `TestPost` of the wire. `name` is what it is called, "" for what `name_of` says."""

    test: str = "test"
    part: str | None = None
    rows: int | None = None
    name: str | None = None
    inputs: Mapping[str, str | Sequence[str]] = msgspec.field(default_factory=dict)
    outputs: Mapping[str, str | Sequence[str]] = msgspec.field(default_factory=dict)
    seed: int = 0


def planned(
    home: Path, version: tuple[str, Version], spec: DatasetSpec | None, own: DatasetSpec | None, wanted: Wanted
) -> tuple[str, dict[str, Any]]:
    """Return what a test is called, and what `service.run` is asked.

    Args:
        home: The home folder.
        version: The name of its model, and it.
        spec: The data it is judged by.
        own: The data it was trained on.
        wanted: The test.

    Raises:
        InputError: It cannot be called so.
    """
    name, found = version
    part = part_of(spec, wanted.part) if spec is not None else ""
    test = check_test(wanted.name or name_of(wanted.test, spec, own, part, wanted.rows))
    target = folder_of_tests(home, name, found.number) / test
    return test, loading(home, name, found) | {
        "spec": plain(spec) if spec is not None else None,
        "part": part,
        "kind": wanted.test,
        "name": test,
        "target": str(target) if wanted.test == "test" else "",
        "rows": wanted.rows,
        "inputs": {key: each if isinstance(each, str) else list(each) for key, each in wanted.inputs.items()},
        "outputs": {key: each if isinstance(each, str) else list(each) for key, each in wanted.outputs.items()},
        "seed": wanted.seed,
    }


def check_test(name: str) -> str:
    """Return what a test may be called: it is the name of a folder too.

    Raises:
        InputError: It may not.
    """
    if not _NAME.match(name):
        msg = f"name: expected letters, digits and . _ -, at most 96, received {name!r:.80}."
        raise InputError(msg, field="name")
    return name


def loading(home: Path, name: str, version: Version) -> dict[str, Any]:
    """Return what is needed to load a version."""
    return {
        "folder": str(folder_of(home, name, version.number)),
        "format": version.format,
        "signature": msgspec.to_builtins(version.signature),
        "home": str(home),
    }


def own_data(home: Path, name: str, version: Version) -> DatasetSpec | None:
    """Return the description of the data that a version was trained on."""
    return data_of(folder_of(home, name, version.number))


def exported(home: Home, name: str, version: Version) -> dict[str, str]:
    """Return the folders of the exports of a version that agree with it, by format."""
    folder = folder_of_exports(home.path, name, version.number)
    bodies = [each.body for each in home.documents.list(EXPORTED)]
    mine = [body for body in bodies if (body["model"], body["version"]) == (name, version.number)]
    return {body["format"]: str(folder / body["format"]) for body in mine if body["agrees"]}


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
