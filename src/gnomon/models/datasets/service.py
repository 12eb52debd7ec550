"""What workers are asked about data sets, and what this process does itself where there is no server.

Arguments and answers are plain: maps, lists, texts and numbers, as `gnomon.server.wire_datasets` describes them. Data that
were opened stay open as long as their files do not change, so that the next question costs what it asks.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError
from gnomon.models.datasets.content import Remembered, hashed, seal
from gnomon.models.datasets.describing import Described, Wishes, beware, described, opened, proposed_name
from gnomon.models.datasets.facts import balance_rows, column_rows, facts_of, size_of
from gnomon.models.datasets.moves import Moves
from gnomon.models.datasets.picture_values import MaskValues, PictureValues
from gnomon.models.datasets.places import kept, located
from gnomon.models.datasets.prepared import REMEMBERED, Prepared, prepare
from gnomon.models.datasets.registry import Augment, DatasetSpec, decode, plain
from gnomon.models.datasets.shown import cell, coloured, picture
from gnomon.models.datasets.split import Int64
from gnomon.models.datasets.table import Table
from gnomon.models.datasets.windows import Windows, said, windows

Say = Callable[[float, str], None]
T = TypeVar("T")

MOST_ROWS: Final = 100
_KEPT: Final = 2


class _Open:
    """Keep what was opened last, by what it is and by the state of its files."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: str, key: Hashable, make: Callable[[], T], table_of: Callable[[T], Table]) -> T:
        """Return what was made for a path and a key, made now when its files changed."""
        with self._lock:
            there: tuple[T, str] | None = self._kept.get((path, key))
        if there is not None and seal(path, table_of(there[0])) == there[1]:
            return there[0]
        made = make()
        state = seal(path, table_of(made))
        with self._lock:
            self._kept.pop((path, key), None)
            if state is not None:
                self._kept[path, key] = made, state
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


_tables, _prepared = _Open(), _Open()


def look(params: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Return what would be registered: `path`, `name` and wishes in, a `DatasetProfile` out."""
    with _told():
        path, kept_ = _places(params["path"], params)
        say(0.1, "opening")
        found = described(kept_, params.get("name") or proposed_name(path), _wishes(params), table=_table(path))
        say(0.7, "looking")
        return _profile(found)


def cut(params: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Write windows of a series: `path`, `windows` and the `file` to write in, `columns left_out notes` out."""
    with _told():
        path, _ = _places(params["path"], params)
        wanted = msgspec.convert(params["windows"], Windows)
        say(0.1, "opening")
        found = windows(_table(path), wanted)
        say(0.7, "writing")
        np.savez(params["file"], **found.arrays)  # type: ignore[arg-type]  # arrays by name
        return {"columns": list(found.columns), "left_out": found.left_out, "notes": list(said(found, wanted))}


def describe(params: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Return the description of data and facts about them: `path name wishes before home` in, `spec facts` out."""
    with _told():
        path, kept_ = _places(params["path"], params)
        before = decode(params["before"]) if params.get("before") is not None else None
        say(0.0, "opening")
        table = _table(path)
        say(0.3, "hashing")
        fingerprint = hashed(path, table, Remembered(Path(params["home"]) / REMEMBERED))
        say(0.6, "measuring")
        found = described(kept_, params["name"], _wishes(params), fingerprint=fingerprint, before=before, table=table)
        return {"spec": plain(found.spec), "facts": facts_of(found)}


def profile(params: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Return what a version holds: `spec home` in, a `DatasetProfile` out."""
    with _told():
        found = _open(params)
        say(0.5, "looking")
        return _profile(Described(found, beware(found)))


def rows(params: Mapping[str, Any], _say: Say) -> dict[str, Any]:
    """Return some rows of a version: `spec home part class first last` in, a `DatasetTable` out."""
    with _told():
        found = _open(params)
        chosen = _chosen(found, params.get("part"), params.get("class"))
        first, last = params.get("first", 0), params.get("last", MOST_ROWS - 1)
        if last - first >= MOST_ROWS:
            msg = f"last: expected at most {MOST_ROWS} rows at a time, received {last - first + 1}."
            raise InputError(msg, field="last")
        part_of = {int(row): part for part, members in found.parts.items() for row in members}
        names = list(found.table.columns)
        some = [
            {"row": row, "part": part_of.get(row, ""), "cells": {name: cell(found.table, name, row) for name in names}}
            for row in chosen[first : last + 1].tolist()
        ]
        return {"total": len(chosen), "columns": names, "rows": some}


def sample(params: Mapping[str, Any], _say: Say) -> dict[str, Any]:
    """Return values of `train` before and after: `path name wishes column count seed`, or `spec home` in, out a `DatasetSampled`."""
    with _told():
        if params.get("spec") is not None:
            spec = decode(params["spec"])
            before: DatasetSpec | None = spec
            path, kept_ = _places(spec.path, params)
            name = spec.name
        else:
            path, kept_ = _places(params["path"], params)
            before, name = None, proposed_name(path)
        found = described(kept_, name, _wishes(params), before=before, table=_table(path)).prepared
        column = params["column"]
        found.table.column(column)
        if column not in found.values:
            msg = f"column: {column} is neither an input nor the target. Add it to one of them."
            raise InputError(msg, field="column")
        rng = np.random.default_rng(params.get("seed", 0))
        count = min(params.get("count", 8), found.length("train"))
        at = np.sort(rng.choice(found.length("train"), count, replace=False))
        chosen = found.rows("train")[at]
        after = _after(found, column, at, rng)
        values = [
            {"row": int(row), "before": cell(found.table, column, int(row)), "after": each}
            for row, each in zip(chosen, after, strict=True)
        ]
        return {"column": column, "values": values}


def _after(found: Prepared, column: str, at: Int64, rng: np.random.Generator) -> list[Any]:
    """Return values after their transforms; of pictures before normalisation, which cannot be seen."""
    values = found.values[column]
    if isinstance(values, PictureValues):
        pixels = values.pixels(found.rows("train")[at])
        how = found.spec.transform(column).augment
        if how is not None and how != Augment():
            pixels = Moves.drawn(how, len(at), rng).pictures(pixels, values.span, rng)
        low = 0.0 if found.spec.transform(column).range is None else min(0.0, *found.spec.transform(column).range or ())
        return [picture(each, low + values.span) for each in pixels]
    made = found.batch("train", at, rng)[column]
    if isinstance(values, MaskValues):
        return [coloured(each) for each in made]
    if made.ndim == 1:
        return [float(each) for each in made]
    return [_short(each) for each in made]


def _short(x: npt.NDArray[Any]) -> str:
    shown = ", ".join(f"{number:g}" for number in x.ravel()[:24].tolist())
    return f"{shown}, … {'×'.join(map(str, x.shape))}" if x.size > 24 else shown


def _chosen(found: Prepared, part: str | None, class_: str | None) -> Int64:
    chosen = np.arange(found.table.rows) if part is None else found.parts.get(part, np.empty(0, np.int64))
    if class_ is None:
        return chosen
    goal = next((name for name in found.targets if found.table.columns[name].kind == "category"), None)
    if goal is None:
        msg = "class: the target has no classes. Leave it out."
        raise InputError(msg, field="class")
    classes = found.table.columns[goal].classes
    if class_ not in classes:
        msg = f"class: expected one of {', '.join(classes[:20])}, received {class_!r:.60}."
        raise InputError(msg, field="class")
    of_class: Int64 = chosen[found.table.codes(goal, chosen) == classes.index(class_)]
    return of_class


def _open(params: Mapping[str, Any]) -> Prepared:
    return open_prepared(params["spec"], Path(params["home"]))


def open_prepared(plain_spec: Any, home: Path) -> Prepared:
    """Return a data set by its plain description; one that was opened lately, whose files did not change, is open still."""
    spec = decode(plain_spec)
    return _prepared.get(
        located(spec.path, home), (spec.name, spec.digest), lambda: prepare(spec, home=home), lambda made: made.table
    )


def _places(path: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Return where data lie, and how that is kept."""
    if params.get("home") is None:
        return path, path
    home = Path(params["home"])
    return located(path, home), kept(located(path, home), home)


def _table(path: str) -> Table:
    return _tables.get(path, "", lambda: opened(path), lambda made: made)


def _wishes(params: Mapping[str, Any]) -> Wishes:
    try:
        return msgspec.convert(params.get("wishes") or {}, Wishes)
    except msgspec.ValidationError as error:
        msg = f"{error}."
        raise InputError(msg, field="wishes") from error


def _profile(found: Described) -> dict[str, Any]:
    spec, prepared = found.spec, found.prepared
    return {
        "name": spec.name,
        "path": spec.path,
        "rows": spec.rows,
        "size_bytes": size_of(prepared.table),
        "columns": column_rows(prepared, measured=True),
        "inputs": list(spec.inputs),
        "target": list(spec.target),
        "split": msgspec.to_builtins(spec.split),
        "transforms": msgspec.to_builtins(spec.transforms),
        "parts": dict(spec.parts),
        "balance": balance_rows(prepared),
        "findings": [each.told() for each in found.findings],
        "notes": list(spec.notes),
    }


@contextmanager
def _told() -> Iterator[None]:
    """Tell of damaged files as of any other value that is wrong: to the server they are no trouble of its own store."""
    try:
        yield
    except CorruptError as error:
        raise InputError(str(error), field="path") from error
    except RecursionError as error:
        msg = "path: the data are nested too deeply to be read."
        raise InputError(msg, field="path") from error
