"""What `gnomon doctor` finds out: the store's own report, and what can be seen from outside of it."""

import json
import platform
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw

from gnomon import __version__
from gnomon.core.folder import Listing, journal_root
from gnomon.sdk.trouble import trouble_with
from gnomon.store.filesystem import filesystem

if TYPE_CHECKING:
    from gnomon.sdk.lab import Lab

SAFE_SQLITE: Final = (3, 51, 3)
"""Earlier ones can corrupt a database in WAL mode; see docs/decisions/0002-apsw.md."""

LITTLE_SPACE: Final = 1 << 30
_LIBRARIES: Final = ("numpy", "apsw", "pcodec", "msgspec", "uvicorn")


def examine(home: Path, connect: Callable[[], "Lab"]) -> dict[str, Any]:
    """Return everything that `gnomon doctor` shows.

    Args:
        home: Home folder.
        connect: Opens the home, through its server when there is one.

    Returns:
        `home server store commits journals replicas disk versions sqlite_is_safe troubles`.
    """
    with connect() as lab:
        server, report = lab.url, lab.doctor()
    facts, shipping = report["facts"], _shipping(home)
    disk, sqlite = _disk(home), str(facts["store"].get("sqlite", apsw.sqlite_lib_version()))
    return {
        "home": str(home),
        "server": server,
        "store": facts["store"],
        "commits": facts["commits"],
        "journals": [*facts["journals"], *shipping],
        "replicas": _replicas(home),
        "disk": disk,
        "versions": {**_versions(), "sqlite": sqlite},
        "sqlite_is_safe": _is_safe(sqlite),
        "troubles": [*report["troubles"], *_refused(home), *_unshipped(home, shipping), *_space(disk)],
    }


def _shipping(home: Path) -> list[dict[str, Any]]:
    """Return the journals that go to another server and are not there to their end."""
    found = []
    for file in Listing(journal_root(home)).refresh():
        if not file.beside(".to").exists():
            continue
        size, stored = file.path.stat().st_size, _json(file.beside(".ack")).get("offset", 0)
        if stored < size:
            to = _json(file.beside(".to")).get("url")
            found.append({"run": file.run, "writer": file.writer, "stored": stored, "size": size, "to": to})
    return found


def _replicas(home: Path) -> list[dict[str, Any]]:
    """Return how far each copy elsewhere was when `gnomon replicate` last said so."""
    return [found for path in sorted((home / "replica").glob("*.json")) if (found := _json(path))]


def _refused(home: Path) -> list[str]:
    return [str(_json(path).get("reason", path)) for path in sorted(journal_root(home).glob("*/*.refused"))]


def _unshipped(home: Path, shipping: list[dict[str, Any]]) -> list[str]:
    """Return what kept the agent from shipping journals that still wait."""
    servers = sorted({str(journal["to"]) for journal in shipping})
    return [trouble for url in servers if (trouble := trouble_with(home, url))]


def _disk(home: Path) -> dict[str, Any]:
    usage = shutil.disk_usage(home)
    return {"free_bytes": usage.free, "total_bytes": usage.total, "filesystem": filesystem(home)}


def _space(disk: dict[str, Any]) -> list[str]:
    if disk["free_bytes"] >= LITTLE_SPACE:
        return []
    return [
        f"Only {disk['free_bytes'] >> 20} MiB are free on the disk of the home folder. Make room, or move the home."
    ]


def _versions() -> dict[str, str]:
    return {"gnomon": __version__, "python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}


def _is_safe(sqlite: str) -> bool:
    return tuple(int(part) for part in sqlite.split(".")[:3]) >= SAFE_SQLITE


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
