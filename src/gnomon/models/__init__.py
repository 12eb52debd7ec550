"""Data, the NumPy network, training. What is imported from here is loaded when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gnomon.models import digits
    from gnomon.models.mlp import MLP, Graph
    from gnomon.models.pipeline.pipeline import Pipeline

__all__ = ["MLP", "Graph", "Pipeline", "digits"]

_HOMES: Final = {
    "MLP": "gnomon.models.mlp",
    "Graph": "gnomon.models.mlp",
    "Pipeline": "gnomon.models.pipeline.pipeline",
    "digits": "gnomon.models.digits",
}


def __getattr__(name: str) -> Any:
    # The server imports descriptions from this package, and needs neither the network nor the SDK for that.
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    found = import_module(_HOMES[name])
    return found if found.__name__.endswith(f".{name}") else getattr(found, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
