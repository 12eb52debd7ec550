"""GNC1: envelopes as they lie in memory behind a JSON header, as the server and the notebook widgets send them."""

import math
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import numpy as np

from gnomon.store.envelope import Envelope

Found = tuple[tuple[str, str], Envelope, int]
"""Run and key of a series, its envelope, and how many points an expression left out."""

COLUMNS: Final = {
    "x0": "<f8",
    "x1": "<f8",
    "low_x": "<f8",
    "high_x": "<f8",
    "low": "<f8",
    "high": "<f8",
    "mean": "<f8",
    "n": "<u4",
    "bad": "<u4",
}


def encode(found: Iterable[Found], **more: Any) -> bytes:
    """Return envelopes in the binary form that docs/reference/http.md describes.

    Args:
        found: The envelopes.
        more: What else the header says.

    Example:
        >>> encode([], cursor="0")[:4]
        b'GNC1'
    """
    columns: list[bytes] = []
    rows: list[dict[str, Any]] = []
    at = 0
    for (run, key), envelope, missed in found:
        offsets = {}
        for name, dtype in COLUMNS.items():
            data = np.ascontiguousarray(getattr(envelope, name), dtype).tobytes()
            columns += [data, bytes(-len(data) % 8)]
            offsets[name] = at
            at += len(data) + -len(data) % 8
        rows.append({"run": run, "key": key, **head(envelope), "missed": missed, "columns": offsets})
    header = msgspec.json.encode({"series": rows, **more})
    header += b" " * (-(len(header) + 8) % 8)
    return b"".join([b"GNC1", len(header).to_bytes(4, "little"), header, *columns])


def head(envelope: Envelope) -> dict[str, Any]:
    """Return what is known of the whole series, as JSON can hold it: `total span m`."""
    first, last = (_number(edge) for edge in envelope.span)
    return {"total": envelope.total, "span": (first, last), "m": len(envelope.x0)}


def _number(value: float) -> float | str:
    if math.isfinite(value):
        return float(value)
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
