"""Modules that are imported when something of them is first asked for, so that a file can be read where they are not."""

from importlib import import_module
from typing import Any


class Later:
    """Stand for a module.

    Args:
        name: Of the module.

    Example:
        >>> Later("math").sqrt(4.0)
        2.0
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # whoever looks at all objects of a file wants nothing of the module
            raise AttributeError(name)
        found = getattr(import_module(self._name), name)
        setattr(self, name, found)
        return found
