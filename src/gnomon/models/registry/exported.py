"""Exports of versions, as those find them who load them."""

from pathlib import Path
from typing import Final

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
