"""Versions of data sets as lists and pages show them: plain maps, the same from a server and from a folder."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from gnomon.models.datasets.changes import changes
from gnomon.models.datasets.places import PACKAGED
from gnomon.models.datasets.registry import DatasetSpec, plain
from gnomon.models.datasets.versions import Version


def dataset_row(version: Version) -> dict[str, Any]:
    """Return a version as `DatasetRow`, without who uses it."""
    spec = version.spec
    classes = next((len(spec.columns[name].classes) for name in spec.target if spec.columns[name].classes), 0)
    goal = f"; target {', '.join(spec.target)}" if spec.target else ""
    title = f"{spec.rows:,} rows of {', '.join(spec.inputs[:4])}{' …' if len(spec.inputs) > 4 else ''}{goal}"
    return {
        "name": spec.name,
        "title": title + (f" ({classes} classes)" if classes else ""),
        "path": spec.path,
        "rows": spec.rows,
        "kinds": kinds_of(spec),
        "size_bytes": version.facts.get("size_bytes", 0),
        "version": version.number,
        "digest": spec.digest,
        "rev": version.rev,
        "target": list(spec.target),
        "created": version.created_us / 1e6,
        "updated": version.us / 1e6,
        "packaged": spec.path.startswith(PACKAGED),
        "thumbnails": list(version.facts.get("thumbnails", ())),
    }


def detail_row(version: Version) -> dict[str, Any]:
    """Return a version as `DatasetDetail`, without who uses it."""
    spec = version.spec
    return dataset_row(version) | {
        "fingerprint": spec.fingerprint,
        "inputs": list(spec.inputs),
        "split": msgspec.to_builtins(spec.split),
        "transforms": msgspec.to_builtins(spec.transforms),
        "parts": dict(spec.parts),
        "columns": list(version.facts.get("columns", ())),
        "findings": list(version.facts.get("findings", ())),
        "notes": list(spec.notes),
        "note": version.note,
        "spec": plain(spec),
    }


def version_rows(versions: Sequence[Version]) -> list[dict[str, Any]]:
    """Return versions, newest first, as `DatasetVersion`."""
    befores = [*versions[1:], None]
    return [
        {
            "number": each.number,
            "digest": each.spec.digest,
            "time": each.us / 1e6,
            "note": each.note,
            "changes": changes(before.spec if before is not None else None, each.spec),
        }
        for each, before in zip(versions, befores, strict=True)
    ]


def kinds_of(spec: DatasetSpec) -> dict[str, int]:
    """Return how many columns there are of each kind."""
    return dict(Counter(column.kind for column in spec.columns.values()))
