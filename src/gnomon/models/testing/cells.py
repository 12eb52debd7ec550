"""Rows as their data have them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gnomon.models.datasets.prepared import Prepared
from gnomon.models.datasets.service import open_prepared
from gnomon.models.datasets.shown import cell
from gnomon.models.worker.protocol import Say


def cells(params: Mapping[str, Any], _say: Say) -> dict[str, Any]:
    """Return rows by their numbers in the data: `spec home rows` in, `columns` and `rows` of cells out."""
    found = open_prepared(params["spec"], Path(params["home"]))
    return {"columns": list(found.table.columns), "rows": [row_cells(found, row) for row in params["rows"]]}


def row_cells(data: Prepared, row: int) -> dict[str, Any]:
    """Return what the columns hold in a row."""
    return {name: cell(data.table, name, row) for name in data.table.columns}
