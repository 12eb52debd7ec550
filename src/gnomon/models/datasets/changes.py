"""What is other in one version of a data set than in another, in sentences."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gnomon.models.datasets.registry import DatasetSpec


def changes(before: DatasetSpec | None, after: DatasetSpec) -> list[str]:
    """Return what is other in a version than in the one before, a sentence each."""
    if before is None:
        return [f"Registered: {after.rows:,} rows."]
    found = []
    if before.fingerprint != after.fingerprint:
        rows = (
            f"{before.rows:,} rows before, {after.rows:,} now" if before.rows != after.rows else f"{after.rows:,} rows"
        )
        found.append(f"Other rows: {rows}.")
    for name, column in after.columns.items():
        old = before.columns.get(name)
        if old is None:
            found.append(f"New column {name}.")
        elif old.kind != column.kind:
            found.append(f"{name}: {old.kind} before, {column.kind} now.")
    found += [f"Column {name} is gone." for name in before.columns if name not in after.columns]
    found += _listed("Target", before.target, after.target) + _listed("Inputs", before.inputs, after.inputs)
    if before.split != after.split:
        found.append(f"Split: {_split_said(before)} before, {_split_said(after)} now.")
    for name in dict.fromkeys((*before.transforms, *after.transforms)):
        if before.transform(name) != after.transform(name):
            found.append(f"{name}: {transform_said(msgspec.to_builtins(after.transform(name)))}.")
    return found


def _listed(word: str, before: tuple[str, ...], after: tuple[str, ...]) -> list[str]:
    if before == after:
        return []
    return [f"{word}: {', '.join(after) or 'none'}; before {', '.join(before) or 'none'}."]


def _split_said(spec: DatasetSpec) -> str:
    shares = " / ".join(f"{share:g}" for share in spec.split.shares)
    by = f" by {spec.split.column}" if spec.split.column else ""
    return f"{spec.split.way}{by} {shares} (seed {spec.split.seed})"


def transform_said(how: Mapping[str, Any]) -> str:
    """Return what is done to values, in words: `normalise scale, range 0 to 16, augment rotate 15 and shift 0.1`."""
    return ", ".join(f"{key} {_shown(key, value)}" for key, value in how.items()) or "nothing is done to its values"


def _shown(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return " and ".join(f"{each} {_shown(each, number)}" for each, number in value.items())
    if isinstance(value, (list, tuple)):
        return (" to " if key == "range" else "×").join(_shown(key, each) for each in value)
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
