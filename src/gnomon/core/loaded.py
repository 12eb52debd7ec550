"""Modules that somebody else has imported: ours look into them without importing anything."""

import sys
from typing import Any


def loaded(name: str) -> Any:
    """Return a module that has been imported to its end, otherwise `None`.

    `sys.modules` holds a module from the moment its import begins. Another thread that takes it from there finds the
    names of its first lines and misses the others, for as long as that import takes.

    Args:
        name: Full name, such as `"PIL.Image"`.

    Example:
        >>> loaded("sys") is sys, loaded("a.module.nobody.imported")
        (True, None)
    """
    module = sys.modules.get(name)
    # The mark by which Python's own import statement knows that it has to wait for another thread.
    return None if getattr(getattr(module, "__spec__", None), "_initializing", False) else module
