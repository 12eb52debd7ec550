"""Data to train on: where it comes from, what its columns are, and how it is split.

from gnomon.models.datasets import load, register

register("flowers.csv", target="species", transforms={"petal": {"normalise": "standard"}})
data = load("flowers")
batch = data.batch("train", range(32))
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gnomon.models.datasets.home import find, load, register

__all__ = ["find", "load", "register"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module("gnomon.models.datasets.home"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
