"""What the run of a version knows of it: who it was, what it used, and how it did."""

from dataclasses import replace
from typing import Any, Final

import msgspec

from gnomon.models.registry.record import Lineage
from gnomon.models.registry.registry import Given
from gnomon.store.engine import RunInfo
from gnomon.store.home import Home

MAX_FIGURES: Final = 500
_OWN: Final = ("system/", "gnomon/", "model/")
"""What is watched of a model is no figure to compare it by, and may be thousands."""


def with_run(home: Home, given: Given) -> Given:
    """Return a version with what its run knows; as it is when the run is not here (any more)."""
    info = home.catalog.get(given.lineage.run) if given.lineage.run else None
    if info is None:
        return given
    return replace(given, lineage=told(given.lineage, info), metrics=figures(home, info.id) | dict(given.metrics))


def told(lineage: Lineage, info: RunInfo) -> Lineage:
    """Return where a version comes from, with what its run knows besides."""
    data = _texts(info.meta.get("data")) | lineage.data
    commit = str(info.meta.get("commit") or "")
    return msgspec.structs.replace(lineage, run_name=info.name, commit=commit, data=data)


def figures(home: Home, run: str) -> dict[str, float]:
    """Return the last value of each metric of a run, those with a part in their name, such as `test/f1`, first."""
    known = home.engine.series(run)
    names = sorted((name for name in known if not name.startswith(_OWN)), key=lambda name: ("/" not in name, name))
    return {name: float(known[name].last) for name in names[:MAX_FIGURES]}


def _texts(value: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}
