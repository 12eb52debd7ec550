"""Hooks on torch modules that copies of a module do not take along."""

from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from typing import Any

torch: Any = import_module("torch")


class Hook:
    """Call a function of ours when a module runs, eagerly.

    A copy of the hook, made when its module is copied or pickled, does nothing: it is a method of the standard library
    that takes anything and returns `None`, so that a pickled module needs no gnomon to be loaded.

    Args:
        call: Gets what torch gives a hook; returns nothing.
    """

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., None]) -> None:
        self._call = call

    def __call__(self, *given: Any) -> None:
        if not torch.compiler.is_compiling():  # traced into a graph, it would be called for one step and never again
            self._call(*given)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        del protocol
        return getattr, (nullcontext(), "__exit__")
