"""How the command line tells the health of a run, and its alerts."""

from typing import Any

import click
import msgspec

from gnomon.analysis.health import Checkup, Finding

_SIGNS = {"error": ("✕", "red"), "warning": ("▲", "yellow"), "info": ("·", "cyan")}


def plain_health(health: Checkup, alerts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return both as plain data."""
    return {"health": msgspec.to_builtins(health), "alerts": alerts}


def health_lines(health: Checkup, alerts: list[dict[str, Any]]) -> list[str]:
    """Return lines for a terminal: what was found with its remedy, then what the run told; none when all is well."""
    lines = [line for found in health.findings for line in _found(found)]
    return [*lines, *(line for alert in alerts for line in _told(alert))]


def _found(found: Finding) -> list[str]:
    more = f" So it is of {len(found.others)} more." if found.others else ""
    return [f"{_sign(found.level)} {found.title}{more}", f"  {click.style(found.remedy, dim=True)}"]


def _told(alert: dict[str, Any]) -> list[str]:
    text = [f"  {click.style(line, dim=True)}" for line in alert["text"].splitlines()]
    step = click.style(f"(step {alert['step']})", dim=True)
    return [f"{_sign(alert['level'])} {alert['title']} {step}", *text]


def _sign(level: str) -> str:
    sign, colour = _SIGNS.get(level, _SIGNS["info"])
    return click.style(sign, fg=colour, bold=True)
