"""A run as a row of plain values: what the server sends and what the read side shows, from one place."""

from collections.abc import Mapping
from typing import Any, Final

from gnomon.store.engine import RunInfo

ALERT_LEVELS: Final = ("info", "warning", "error")


def run_fields(run: RunInfo) -> dict[str, Any]:
    """Return a run's fields by name, times in UTC seconds."""
    rank, color = run.meta.get("rank"), run.meta.get("color")
    alerts, alert = alerts_of(run.meta)
    return {
        "id": run.id,
        "project": run.project,
        "name": run.name,
        "state": run.state,
        "created": run.created_us / 1e6,
        "updated": run.updated_us / 1e6,
        "finished": None if run.finished_us is None else run.finished_us / 1e6,
        "group": run.group,
        "tags": list(run.tags),
        "notes": run.notes,
        "dropped": run.dropped,
        "rank": rank if isinstance(rank, int) else None,
        "last_step": run.last_step,
        "archived": run.meta.get("archived") is True,
        "color": color if isinstance(color, str) else None,
        "alerts": alerts,
        "alert": alert,
    }


def alerts_of(meta: Mapping[str, Any]) -> tuple[int, str | None]:
    """Return how many alerts the processes of a run have raised, and the worst level among them.

    Example:
        >>> alerts_of({"alerts": {"one": {"info": 2}, "two": {"info": 1, "error": 1}}})
        (4, 'error')
    """
    told = meta.get("alerts")
    counts = [each for each in told.values() if isinstance(each, dict)] if isinstance(told, dict) else []
    by_level = {name: sum(n for each in counts if type(n := each.get(name)) is int) for name in ALERT_LEVELS}
    return sum(by_level.values()), next((name for name in reversed(ALERT_LEVELS) if by_level[name]), None)
