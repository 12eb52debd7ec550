"""A run as a row of plain values: what the server sends and what the read side shows, from one place."""

from typing import Any

from gnomon.store.engine import RunInfo


def run_fields(run: RunInfo) -> dict[str, Any]:
    """Return a run's fields by name, times in UTC seconds."""
    rank, color = run.meta.get("rank"), run.meta.get("color")
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
    }
