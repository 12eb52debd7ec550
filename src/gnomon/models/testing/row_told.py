"""What a test says of single rows, as pages show it."""

from collections.abc import Mapping, Sequence
from typing import Any

from gnomon.models.testing.stored import Chosen


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
        from gnomon.models.datasets.shown import coloured  # noqa: PLC0415 - the server needs it for masks alone

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
