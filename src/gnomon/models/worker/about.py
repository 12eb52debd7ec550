"""What a worker is: which frameworks it could load, and that it answers."""

import importlib.metadata
import os
import sys
from typing import Any, Final

from gnomon.models.worker.protocol import Say

FRAMEWORKS: Final = ("torch", "keras", "tensorflow", "jax", "onnx", "onnxruntime")


def about(_: dict[str, Any], say: Say) -> dict[str, Any]:
    """Return the process's id, its Python and the versions of the frameworks that are installed; none is loaded."""
    say(1.0, "ready")
    return {"pid": os.getpid(), "python": sys.version.split()[0], "frameworks": frameworks()}


def frameworks() -> dict[str, str]:
    """Return the versions of the installed frameworks by name, without importing one."""
    found = {}
    for name in FRAMEWORKS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
