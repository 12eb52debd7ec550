"""Tests of registered versions: what a model makes of rows that it is judged by, of any input, and of harm done to it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gnomon.models.testing.home import Outcome, Passed, gates, listed, run

__all__ = ["Outcome", "Passed", "gates", "listed", "run"]
_HOME: Final = "gnomon.models.testing.home"


def __getattr__(name: str) -> Any:
    # The server imports reports from this package, and needs neither the SDK nor what makes tests.
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOME), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
