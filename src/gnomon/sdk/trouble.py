"""Why journals do not reach their server, as the agent of the home found out."""

import json
from pathlib import Path
from typing import Final

from gnomon.core.errors import GnomonError

STATE: Final = "agent.json"
"""File in the home folder in which the agent says what it is doing."""


def trouble_with(home: Path, url: str) -> str | None:
    """Return what keeps the agent from shipping to a server; `None` when nothing does, or nobody knows."""
    try:
        servers = json.loads((home / STATE).read_bytes())["servers"]
        return next((str(s["trouble"]) for s in servers if s["url"] == url and s["trouble"]), None)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def unfinished(name: str, home: Path, url: str | None) -> GnomonError:
    """Return what is said of a run that ended before its journal was through: where it is not yet, and why if known."""
    why = (trouble_with(home, url) if url is not None else None) or ""
    return GnomonError(f"Run {name} is not yet on {url or home}; it goes on in the background. {why}".rstrip())
