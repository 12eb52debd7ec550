"""The installed distributions that a program could import, found without importing any of them."""

import json
from collections.abc import Sequence
from importlib.metadata import Distribution, distributions
from typing import Any

from gnomon.sdk.capture.masking import clean_remote


def installed(path: Sequence[str]) -> dict[str, str]:
    """Return version by name, sorted; of two of one name the first on the path, which is the one that is imported.

    One installed from a repository or a folder says so: `1.2 @ https://git.example/x.git@<commit>`.

    Args:
        path: `sys.path` of the program.
    """
    found: dict[str, str] = {}
    for each in distributions(path=list(path)):
        try:
            name, version = each.metadata["Name"], each.version
        except Exception:  # noqa: BLE001, S112 - a damaged folder among hundreds
            continue
        if name and name not in found:
            found[name] = f"{version}{_origin(each)}"
    return dict(sorted(found.items(), key=lambda pair: pair[0].lower()))


def _origin(each: Distribution) -> str:
    """Return where it comes from when that is no index (PEP 610)."""
    try:
        origin: Any = json.loads(each.read_text("direct_url.json") or "null")
        if not isinstance(origin, dict) or not isinstance(origin.get("url"), str):
            return ""
        commit = origin.get("vcs_info", {}).get("commit_id")
        return f" @ {clean_remote(origin['url'])}{f'@{commit}' if commit else ''}"
    except Exception:  # noqa: BLE001 - as above
        return ""
