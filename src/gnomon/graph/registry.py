"""The components there are, by type, and their description as plain data for forms, palette and help."""

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from gnomon.graph.component import Component, Port
from gnomon.graph.own import find_own, is_own
from gnomon.graph.param import Param

MODULES: Final = (
    "inputs",
    "rescale",
    "pictures",
    "one_hot",
    "tokenise",
    "augment",
    "cast",
    "dense",
    "conv",
    "depthwise",
    "conv2d_transpose",
    "zero_pad2d",
    "pool",
    "global_pool",
    "upsample2d",
    "batch_norm",
    "sample_norm",
    "dropout",
    "activation",
    "embedding",
    "recurrent",
    "positional_embedding",
    "multi_head_attention",
    "elementwise",
    "concatenate",
    "dot",
    "flatten",
    "reshape",
    "permute",
    "arg_max",
    "outputs",
    "subgraph",
    "code",
)  # fmt: skip
"""Files of `gnomon.graph.components`, in the order of the palette within a category: one line each."""

CATEGORIES: Final = (
    "Input", "Process", "Dense", "Convolution", "Pool", "Normalise", "Regularise", "Activation", "Sequence",
    "Attention", "Merge", "Reshape", "Output", "Blocks", "Code",
)  # fmt: skip
"""Headings of the palette, in its order."""


@cache
def components() -> Mapping[str, type[Component]]:
    """Return all components by type, in the order of the palette; they are imported once, at the first call."""
    found = [each for module in MODULES for each in _of(module)]
    found.sort(key=lambda each: CATEGORIES.index(each.category))
    return MappingProxyType({each.type: each for each in found})


def _of(name: str) -> Iterator[type[Component]]:
    module = import_module(f"gnomon.graph.components.{name}")
    for each in vars(module).values():
        ours = isinstance(each, type) and issubclass(each, Component) and each.__module__ == module.__name__
        if ours and "type" in vars(each):
            yield each


def find(type_: str) -> type[Component] | None:
    """Return the component of a type; `None` when it is not installed."""
    return find_own(type_) if is_own(type_) else components().get(type_)


@cache
def palette() -> list[dict[str, Any]]:
    """Return what the canvas needs to know of every component, as JSON can hold it."""
    return [row_of(each) for each in components().values()]


def row_of(each: type[Component]) -> dict[str, Any]:
    """Return what the canvas needs to know of a component, as JSON can hold it."""
    return {
        "type": each.type,
        "title": each.title,
        "category": each.category,
        "doc": inspect.cleandoc(each.__doc__ or ""),
        "words": list(each.words),
        "params": [_param(param) for param in each.params],
        "inputs": [_port(port) for port in each.inputs],
        "outputs": [_port(port) for port in each.outputs],
        "targets": list(each.targets),
    }


def _param(param: Param) -> dict[str, Any]:
    default = list(param.default) if isinstance(param.default, tuple) else param.default
    return {
        "name": param.name,
        "kind": param.kind,
        "default": default,
        "doc": param.doc,
        "expected": param.expected,
        "min": param.min,
        "max": param.max,
        "above": param.above,
        "below": param.below,
        "choices": list(param.choices),
        "nullable": param.nullable,
        "role": param.role,
    }


def _port(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "doc": port.doc,
        "rank": port.rank,
        "dtype": port.dtype,
        "many": port.many,
        "least": port.least,
    }
