"""Jobs as the terminal shows them."""

import time
from collections.abc import Sequence
from typing import Any, Final

import click

from gnomon.cli.numbers import MISSING, count, duration, number
from gnomon.cli.table import table

_MARKS: Final = {
    "queued": ("○", "white"),
    "starting": ("◌", "yellow"),
    "running": ("●", "yellow"),
    "paused": ("‖", "blue"),
    "stopping": ("◌", "yellow"),
    "parked": ("▣", "blue"),
    "finished": ("✓", "green"),
    "stopped": ("■", "white"),
    "failed": ("✕", "red"),
    "lost": ("?", "red"),
}
_RIGHT: Final = frozenset({"step", "done", "left", "loss"})


def mark(state: str) -> str:
    """Return the sign of a state, coloured where colours are shown."""
    sign, colour = _MARKS.get(state, ("?", "white"))
    return click.style(sign, fg=colour)


def listing(rows: Sequence[dict[str, Any]], now: float | None = None) -> str:
    """Return jobs as a table."""
    now = time.time() if now is None else now
    head = ("", "job", "name", "state", "on", "step", "done", "left", "loss", "age")
    return table(head, [_line(row, now) for row in rows], _RIGHT)


def _line(row: dict[str, Any], now: float) -> list[str]:
    name = f"{row['project']}/{row['name']}"
    state = row["state"] + (f" (priority {row['priority']})" if row["state"] == "queued" and row["priority"] else "")
    return [
        mark(row["state"]),
        row["id"],
        name,
        state,
        row["on"] or row["device"],
        _steps(row),
        MISSING if row["share"] is None else f"{row['share']:.0%}",
        MISSING if row["left_s"] is None else duration(row["left_s"]),
        MISSING if row["loss"] is None else number(float(row["loss"])),
        duration(max(0.0, now - row["created"])),
    ]


def _steps(row: dict[str, Any]) -> str:
    if row["step"] is None:
        return MISSING
    return count(row["step"]) + ("" if row["steps"] is None else f"/{count(row['steps'])}")


def telling(found: dict[str, Any]) -> str:
    """Return one job with what was asked for and what happened."""
    row = found["job"]
    head = f"{mark(row['state'])} {click.style(row['name'], bold=True)}  {row['state']}  {row['id']}"
    return "\n".join([head, *_facts(found), "", *map(_event, found["events"]), *_error(row["error"])])


def _facts(found: dict[str, Any]) -> list[str]:
    row = found["job"]
    epoch = None if row["epoch"] is None else f"{row['epoch']:.3g}" + (f" of {row['epochs']}" if row["epochs"] else "")
    facts = {
        "project": row["project"],
        "command": row["command"],
        "folder": found["script"]["cwd"] if found["script"] else "",
        "graph": f"{row['graph']['id']}@{row['graph']['rev']}" if row["graph"] else "",
        "data": row["dataset"],
        "device": row["on"] or row["device"],
        "step": None if row["step"] is None else _steps(row),
        "epoch": epoch,
        "left": None if row["left_s"] is None else duration(row["left_s"]),
        "runs": ", ".join(row["runs"]),
        "files": found["folder"],
    }
    return [f"  {click.style(f'{name:<8}', dim=True)} {value}" for name, value in facts.items() if value]


def _event(event: dict[str, Any]) -> str:
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event["time"]))
    more = [
        f"step {count(event['step'])}" if event.get("step") is not None else "",
        f"on {event['device']}" if event.get("device") else "",
        f"run {event['run']}" if event.get("run") else "",
        event.get("text", ""),
    ]
    return f"  {click.style(at, dim=True)}  {event['event']:<10} {', '.join(filter(None, more))}".rstrip()


def _error(error: dict[str, Any] | None) -> list[str]:
    if error is None:
        return []
    where = f"  {error['file']}:{error['line']}" if error["file"] else ""
    trace = ["", *(f"  {line}" for line in error["trace"].splitlines())] if error["trace"] else []
    return ["", click.style(f"{error['type']}: {error['message']}", fg="red"), *filter(None, [where]), *trace]
