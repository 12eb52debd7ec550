"""Exports of versions, as those find them who load them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from gnomon.core.errors import NotFoundError
from gnomon.models.registry import files
from gnomon.models.registry.record import Version
from gnomon.store.documents import Documents

EXPORTED: Final = "model_export"
ONNX: Final = "model.onnx"


def folder_of_exports(home: Path, name: str, number: int) -> Path:
    """Return where the exports of a version lie, each in a folder of the name of its format."""
    return files.folder_of(home, name, number).with_name(f"{number}.exports")


def exported_onnx(documents: Documents, home: Path, name: str, version: Version) -> Path | None:
    """Return the ONNX export of a version; `None` when none was made, or it differs from the model."""
    try:
        body = documents.get(EXPORTED, f"{name}@{version.number}/onnx").body
    except NotFoundError:
        return None
    place = folder_of_exports(home, name, version.number) / "onnx" / ONNX
    return place if body["agrees"] and place.is_file() else None


def last_test(bodies: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return what the newest test found that predicted rows as they are; `None` without one.

    Args:
        bodies: Of all tests of a version, `figures` and `report`, newest first.
    """
    for body in bodies:
        report = body["report"]
        figures = {name: value for name, value in body["figures"].items() if value is not None}
        if report.get("kind") == "test" and report.get("rows") and figures:
            return {"figures": figures, **{key: report[key] for key in ("dataset", "part", "rows")}}
    return None
