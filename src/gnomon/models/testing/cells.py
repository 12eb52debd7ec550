"""Rows as their data have them, and what a test says of each, as pages show them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gnomon.models.datasets.prepared import Prepared
from gnomon.models.datasets.service import open_prepared
from gnomon.models.datasets.shown import cell, coloured
from gnomon.models.testing.stored import Chosen
from gnomon.models.worker.protocol import Say


def cells(params: Mapping[str, Any], _say: Say) -> dict[str, Any]:
    """Return rows by their numbers in the data: `spec home rows` in, `columns` and `rows` of cells out."""
    found = open_prepared(params["spec"], Path(params["home"]))
    return {"columns": list(found.table.columns), "rows": [row_cells(found, row) for row in params["rows"]]}


def row_cells(data: Prepared, row: int) -> dict[str, Any]:
    """Return what the columns hold in a row."""
    return {name: cell(data.table, name, row) for name in data.table.columns}


def told_rows(
    chosen: Chosen, task: str, classes: Sequence[str], cells: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return rows as the wire tells them, see `TestRow`."""
    return [_told(chosen, i, task, classes, cells[i]) for i in range(len(chosen.at))]


def _told(chosen: Chosen, i: int, task: str, classes: Sequence[str], row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: array[i] for name, array in chosen.kept.items()}
    found: dict[str, Any] = {
        "at": int(chosen.at[i]),
        "row": int(chosen.rows[i]),
        "truth": _shown(kept.get("truth"), task, classes),
        "predicted": _shown(kept.get("predicted"), task, classes),
        "score": float(kept["score"]) if "score" in kept else None,
        "loss": float(kept["loss"]) if "loss" in kept else None,
        "is_right": bool(kept["right"]) if "right" in kept else None,
        "scores": [],
        "cells": dict(row),
        "target": None,
        "prediction": None,
    }
    if "top" in kept:
        pairs = zip(kept["top"].tolist(), kept["top_score"].tolist(), strict=True)
        found["scores"] = [{"label": classes[at], "score": score} for at, score in pairs]
    if "mask_made" in kept and chosen.has_mask[i]:
        found["target"], found["prediction"] = (
            coloured(kept[name].astype("int64")) for name in ("mask_truth", "mask_made")
        )
    return found


def _shown(value: Any, task: str, classes: Sequence[str]) -> Any:
    if value is None:
        return None
    if task == "classification":
        return classes[int(value)]
    if task == "multi_label":
        return ", ".join(name for name, has in zip(classes, value.tolist(), strict=False) if has)
    return float(value[0]) if len(value) == 1 else ", ".join(f"{each:.4g}" for each in value[:6].tolist())
