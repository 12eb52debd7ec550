"""Exporting as the worker is asked for it."""

from pathlib import Path
from typing import Any

import msgspec

from gnomon.models.worker.protocol import Say


def run(params: dict[str, Any], say: Say) -> dict[str, Any]:
    """Export a version: `folder`, `target`, `format`, `home`, `title`, `allow_code`, `withheld`, `tested`; see `export.export`."""
    say(0.02, "starting")
    from gnomon.models.exporters.export import export  # noqa: PLC0415 - what it brings takes a moment

    found = export(
        Path(params["folder"]),
        Path(params["target"]),
        params["format"],
        Path(params["home"]),
        allow_code=bool(params["allow_code"]),
        title=str(params["title"]),
        withheld=str(params.get("withheld", "")),
        tested=params.get("tested"),
        say=say,
    )
    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain
