"""From data and what somebody says of them to a description: what is not said is told from the data, and said so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError
from gnomon.models import digits
from gnomon.models.datasets import dealing
from gnomon.models.datasets.belonging import belonging
from gnomon.models.datasets.column import Kind
from gnomon.models.datasets.picture_values import mask_classes
from gnomon.models.datasets.places import PACKAGED
from gnomon.models.datasets.prepared import Prepared, values_of
from gnomon.models.datasets.profile import Finding, findings, future
from gnomon.models.datasets.registry import ColumnSpec, DatasetSpec, SplitSpec, Transform, check_name
from gnomon.models.datasets.source import open_data
from gnomon.models.datasets.table import Table

SIDE: Final = 128
"""Height and width that pictures of several sizes are brought to unless somebody says otherwise."""
_LABELS: Final = ("label", "target", "class", "outcome", "y", "category", "species", "answer")
_NAMED: Final = 40
_FOR: Final[Mapping[str, frozenset[str]]] = {
    "normalise": frozenset({"number", "time", "image", "array"}),
    "range": frozenset({"number", "time", "image", "array"}),
    "resize": frozenset({"image"}),
    "grey": frozenset({"image"}),
    "augment": frozenset({"image"}),
    "vocabulary": frozenset({"text"}),
    "length": frozenset({"text"}),
}
"""Kinds of columns that a transform is for."""


class Wishes(msgspec.Struct, frozen=True):
    """Hold what somebody says of data; `None` where nothing is said.

    Args:
        types: What columns hold, of those that are told wrongly.
        target: Columns to be predicted.
        inputs: Columns that a model is given.
        split: How rows are split.
        transforms: What is done to values, by column; a column that is not named keeps what it had.
    """

    types: dict[str, Kind] | None = None
    target: tuple[str, ...] | None = None
    inputs: tuple[str, ...] | None = None
    split: SplitSpec | None = None
    transforms: dict[str, Transform] | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """Hold a description, the data it is of, and what one should know of them.

    Args:
        prepared: The data, with the description; its fingerprint is empty when nobody asked for it.
        findings: What to beware of.
    """

    prepared: Prepared
    findings: tuple[Finding, ...]

    @property
    def spec(self) -> DatasetSpec:
        """The description."""
        return self.prepared.spec


def opened(path: str) -> Table:
    """Return the data at a path, every picture's size and every mask's classes looked at.

    Raises:
        NotFoundError: There is nothing.
        InputError: It is nothing that we open.
    """
    table = open_data(path)
    columns = dict(table.columns)
    for name, column in columns.items():
        if name in table.files and column.kind in ("image", "mask"):
            columns[name] = replace(column, shape=table.files[name].shape(None))
    table = replace(table, columns=columns)
    return replace(table, columns={name: _with_classes(table, name) for name in columns})


def described(
    path: str, name: str, wishes: Wishes, *, fingerprint: str = "", before: DatasetSpec | None = None, table: Table
) -> Described:
    """Return the description of data.

    Args:
        path: Where they lie, absolute.
        name: What they are called.
        wishes: What is said of them.
        fingerprint: That of the table.
        before: The version that this one follows: what is not said now is as it was said then.
        table: What lies there, as `opened` gives it.

    Raises:
        InputError: What is said cannot be; `field` names it.
        NotFoundError: A column is named that is not there.
    """
    check_name(name)
    wishes = _followed(wishes, before, table)
    table = _retyped(table, wishes.types or {})
    notes = list(table.notes)
    target = _target(table, wishes.target, notes)
    split = wishes.split if wishes.split is not None else dealing.usual(table, target)
    inputs = _inputs(table, wishes.inputs, target, split, notes)
    transforms = _transforms(table, path, wishes.transforms or {}, (*inputs, *target))
    parts = dealing.deal(table, split, target, transforms)
    spec = DatasetSpec(
        name,
        path,
        fingerprint,
        table.rows,
        {each: ColumnSpec.of(column, said=each in (wishes.types or {})) for each, column in table.columns.items()},
        inputs,
        target,
        split,
        transforms,
        parts={part: len(rows) for part, rows in parts.items()},
    )
    values = {each: made.measured(parts) for each, made in values_of(table, spec, {}).items()}
    for made in values.values():
        made.read(parts["train"][:1])  # what cannot be done is said now, and not at the first batch
    notes += [sentence for made in values.values() for sentence in made.said()]
    notes.append(dealing.said(split, spec.parts, table.rows))
    statistics = {each: made.statistics for each, made in values.items()}
    spec = msgspec.structs.replace(spec, statistics=statistics, notes=tuple(notes))
    prepared = Prepared(spec, table, parts, values)
    return Described(prepared, beware(prepared))


def beware(data: Prepared) -> tuple[Finding, ...]:
    """Return all that one should know of data as they are described: of columns, rows, parts and times."""
    goal = data.targets[0] if len(data.targets) == 1 else ""
    found = findings(data.table, goal, data.parts, data.inputs) + future(data.table, data.spec.split.way, goal)
    return (*found, *belonging(data.table, data.spec.split, data.targets, data.parts))


def proposed_name(path: str) -> str:
    """Return what data at a path may be called.

    Example:
        >>> proposed_name("/data/My flowers (2).csv"), proposed_name("gnomon:digits")
        ('My-flowers-2', 'digits')
    """
    place = Path(path.removeprefix(PACKAGED))
    place = Path(place.stem) if place.suffix.lower() == ".gz" else place
    stem = place.stem if place.suffix else place.name
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else " " for c in stem)
    return "-".join(name.split()).strip("._-")[:64] or "data"


def _followed(wishes: Wishes, before: DatasetSpec | None, table: Table) -> Wishes:
    """Return wishes with what was said of the version before, as far as its columns are still there."""
    if before is None:
        return wishes
    types = {n: c.kind for n, c in before.columns.items() if c.said and n in table.columns} | (wishes.types or {})
    target = before.target if wishes.target is None else wishes.target
    target = tuple(name for name in target if name in table.columns) if wishes.target is None else target
    inputs = wishes.inputs
    if inputs is None and target == before.target:
        inputs = tuple(name for name in before.inputs if name in table.columns and name not in target) or None
    split = wishes.split
    if split is None and (not before.split.column or before.split.column in table.columns):
        split = _still(before, target)
    kept = {n: t for n, t in before.transforms.items() if n in table.columns and _fits(t, types.get(n), table, n)}
    return Wishes(types, target, inputs, split, kept | (wishes.transforms or {}))


def _still(before: DatasetSpec, target: tuple[str, ...]) -> SplitSpec | None:
    """Return the split of the version before; one that goes by the target follows it."""
    if before.split.way == "stratified" and before.split.column in before.target and target != before.target:
        return None
    return before.split


def _fits(transform: Transform, said: Kind | None, table: Table, name: str) -> bool:
    kind = said or table.columns[name].kind
    return all(kind in _FOR[field] for field in _given(transform))


def _given(transform: Transform) -> list[str]:
    usual = Transform()
    return [field for field in _FOR if getattr(transform, field) != getattr(usual, field)]


def _retyped(table: Table, types: Mapping[str, Kind]) -> Table:
    made = table.retyped({name: kind for name, kind in types.items() if table.column(name).kind != kind})
    return replace(made, columns={name: _with_classes(made, name) for name in made.columns})


def _with_classes(table: Table, name: str) -> Any:
    column = table.columns[name]
    if column.kind != "mask" or column.classes:
        return column
    return replace(column, classes=mask_classes(table, name))


def _target(table: Table, said: Sequence[str] | None, notes: list[str]) -> tuple[str, ...]:
    if said is not None:
        for name in said:
            table.column(name)
        return tuple(dict.fromkeys(said))
    kinds = {name: column.kind for name, column in table.columns.items()}
    if "boxes" in kinds.values():
        return tuple(name for name, column in table.columns.items() if name == "category" or column.kind == "boxes")
    masks = [name for name, kind in kinds.items() if kind == "mask"]
    named = [name for name in table.columns if name.lower() in _LABELS and kinds[name] in ("category", "number")]
    classes = [name for name, kind in kinds.items() if kind == "category" and len(table.columns[name].classes) > 1]
    found = [*masks, *named, *classes[-1:]][:1]
    if found and not masks:
        notes.append(f"{found[0]} was taken for the target; say so, or name another column.")
    return tuple(found)


def _inputs(
    table: Table, said: Sequence[str] | None, target: Sequence[str], split: SplitSpec, notes: list[str]
) -> tuple[str, ...]:
    if said is not None:
        for name in said:
            column = table.column(name)
            if name in target:
                msg = f"inputs: {name} is the target, and cannot be given. Take it out of inputs or target."
                raise InputError(msg, field="inputs")
            if column.kind == "boxes" or (column.kind == "array" and column.classes):
                msg = f"inputs: {name} holds boxes, which are predicted and not given."
                raise InputError(msg, field="inputs")
        return tuple(dict.fromkeys(said))
    found = []
    for name in table.columns:
        why = "" if name in target else left_out(table, name, split)
        if why:
            notes.append(f"{name} is not given to a model: {why}.")
        elif name not in target:
            found.append(name)
    return tuple(found)


def left_out(table: Table, name: str, split: SplitSpec) -> str:
    """Return why a column is no input unless somebody says so; "" when it is one."""
    column = table.columns[name]
    is_boxes = column.kind == "boxes" or (column.kind == "array" and bool(column.classes))
    reasons = (
        (column.kind == "time", "a moment by itself says little: make hour, weekday or age of it"),
        (split.way == "grouped" and name == split.column, "rows are grouped by it"),
        (is_boxes, "boxes are predicted, not given"),
        (column.kind == "mask", "a mask is predicted, not given"),
        (column.kind == "array" and None in column.shape, "its rows differ in length"),
        ((len(column.classes) == 1 and not column.missing) or column.missing == table.rows, "it tells nothing"),
        (_is_key(table, name), "every row has a text of its own, as a name would be"),
    )
    return next((why for applies, why in reasons if applies), "")


def _is_key(table: Table, name: str) -> bool:
    if table.columns[name].kind != "text" or name in table.files:
        return False
    texts = table.values(name).tolist()
    longest = max((len(str(text)) for text in texts), default=0)
    return len(texts) > 1 and len(set(texts)) == len(texts) and longest <= _NAMED


def _transforms(table: Table, path: str, said: Mapping[str, Transform], used: Sequence[str]) -> dict[str, Transform]:
    found = {}
    for name, column in table.columns.items():
        if name in said:
            found[name] = _checked(name, column.kind, said[name])
        elif path == f"{PACKAGED}digits" and name == "image":
            found[name] = Transform(normalise="scale", range=(0, digits.FULL_INK))
        if column.kind == "image" and name in used and None in (*column.shape, None, None)[:2]:
            how = found.get(name, Transform())
            found[name] = how if how.resize else msgspec.structs.replace(how, resize=(SIDE, SIDE))
    for name in said:
        table.column(name)
    return {name: how for name, how in found.items() if how != Transform()}


def _checked(name: str, kind: Kind, transform: Transform) -> Transform:
    for field in _given(transform):
        if kind not in _FOR[field]:
            where = f"transforms.{name}.{field}"
            msg = f"{where}: {name} holds {kind}, and this is for {' and '.join(sorted(_FOR[field]))}. Leave it out."
            raise InputError(msg, field=where)
    return transform
