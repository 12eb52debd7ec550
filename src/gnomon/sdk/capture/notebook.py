"""Cells of a notebook: what was executed so far, where the program is no file but an interactive session."""

import os
from typing import Any, Final

from gnomon.core.loaded import loaded
from gnomon.sdk.capture.masking import mask_source

_MAX_CHARS: Final = 1 << 20


def session() -> Any:
    """Return the IPython session that this code runs in, or `None`."""
    ipython = loaded("IPython")
    try:
        return None if ipython is None else ipython.get_ipython()
    except Exception:  # noqa: BLE001 - half-loaded, or something else of that name
        return None


def path_of(shell: Any) -> str | None:
    """Return the file of the notebook, where its front end tells."""
    try:
        told = shell.user_ns.get("__vsc_ipynb_file__") or shell.user_ns.get("__session__")
    except Exception:  # noqa: BLE001 - a shell of another make
        told = None
    named = told or os.environ.get("JPY_SESSION_NAME")
    return str(named) if named else None


def cells_text(shell: Any) -> str:
    """Return the source of the executed cells in their order, each under a line with its number, secrets masked."""
    cells = shell.user_ns.get("In", [])
    parts = [f"# In [{number}]:\n{source}" for number, source in enumerate(cells) if number and str(source).strip()]
    return mask_source("\n\n".join(parts)[:_MAX_CHARS])
