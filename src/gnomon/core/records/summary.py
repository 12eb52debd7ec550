"""One line about a record, whatever its meta says."""

from collections.abc import Mapping
from typing import Any

from gnomon.core.records.registry import type_of


def summary_of(kind: str, meta: Mapping[str, Any], size: int) -> str:
    """Return what its type says of a record; of one that it cannot read, the bytes.

    Anybody may have written the meta, and one odd record must not hide a list of good ones.

    Example:
        >>> summary_of("text", {}, 12), summary_of("curve", {"curves": 3}, 12)
        ('text, 12 bytes', '12 bytes')
    """
    try:
        return str(type_of(kind).summary(meta, size))[:500]
    except Exception:  # noqa: BLE001 - a plugin's code on a stranger's data
        return f"{size} bytes"
