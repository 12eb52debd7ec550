"""Why journals do not reach their server, as the agent of the home found out."""

import json
from pathlib import Path
from typing import Final

STATE: Final = "agent.json"
"""File in the home folder in which the agent says what it is doing."""


def trouble_with(home: Path, url: str) -> str | None:
    """Return what keeps the agent from shipping to a server; `None` when nothing does, or nobody knows."""
    try:
        servers = json.loads((home / STATE).read_bytes())["servers"]
        return next((str(s["trouble"]) for s in servers if s["url"] == url and s["trouble"]), None)
    except (OSError, ValueError, KeyError, TypeError):
        return None
