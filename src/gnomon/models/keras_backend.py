"""What Keras computes with: as its user has said, and where that is not installed, with what is."""

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_ORDER: Final = ("torch", "tensorflow", "jax")
"""In which they are taken."""
_USUAL: Final = "tensorflow"


def choose() -> None:
    """Have Keras, which is not imported yet, take a backend that is there; what `KERAS_BACKEND` says stays."""
    if os.environ.get("KERAS_BACKEND"):
        return
    if find_spec(_configured()) is None:
        found = next((name for name in _ORDER if find_spec(name) is not None), None)
        if found is not None:
            os.environ["KERAS_BACKEND"] = found


def _configured() -> str:
    """Return the backend of Keras' own file of settings, else the one that it takes by itself."""
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        found = json.loads((folder / "keras.json").read_text("utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):
        return _USUAL
    return found if isinstance(found, str) and found.isidentifier() else _USUAL
