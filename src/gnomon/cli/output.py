"""What commands print for programs, and the marks they print for people."""

import math
from collections.abc import Mapping
from typing import Any, Final

import click

_MARKS: Final = {
    "running": ("●", "yellow"),
    "finished": ("✓", "green"),
    "stopped": ("■", "white"),
    "failed": ("✕", "red"),
    "killed": ("✕", "red"),
    "lost": ("?", "red"),
}


def print_json(value: Any) -> None:
    """Print JSON that any parser reads: numbers that JSON cannot hold become the strings "NaN", "Infinity", "-Infinity"."""
    import json

    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def mark(state: str) -> str:
    """Return the sign of a state, coloured where colours are shown."""
    sign, colour = _MARKS.get(state, ("?", "white"))
    return click.style(sign, fg=colour)


def cell(value: Any) -> str:
    """Return a config value as a table shows it: numbers short, text as it is, anything else as compact JSON."""
    from gnomon.cli.numbers import MISSING, number

    if value is None:
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return " ".join(value.split())
    import json

    return json.dumps(value, ensure_ascii=False, default=str)


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested config with dots between its keys.

    Example:
        >>> flat({"opt": {"lr": 0.1}, "seed": 3})
        {'opt.lr': 0.1, 'seed': 3}
    """
    found: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def plain(value: Any) -> Any:
    """Return nested data with the numbers that JSON cannot hold replaced by text, and arrays by lists."""
    if isinstance(value, complex):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return value
