"""What is taken of the several things that a layer gives: the sequence, or what it remembers at the end of it."""

from collections.abc import Iterator
from typing import Any

SEVERAL = frozenset({"LSTM", "GRU", "RNN", "MultiheadAttention"})
"""Layers that give more than one tensor."""

_ALL = slice(None, None, None)


def picked(node: Any, module: Any) -> tuple[Any, str] | None:
    """Return the operation that picks all that is used of a layer's outputs, and the pick as source.

    What an LSTM or GRU of one layer and one direction remembers at the end is what its sequence ends with, which is how
    our components write it.
    """
    chain = list(_picks(node))
    if not chain:
        return None
    (first, key), rest = chain[0], chain[1:]
    kind = type(module).__name__
    plain = kind in ("LSTM", "GRU") and module.num_layers == 1 and module.batch_first and not module.bidirectional
    if key == 0:
        ends = [at for at, (_, each) in enumerate(rest) if each in ("last", (_ALL, -1), (_ALL, -1, _ALL))]
        only_slices = ends and all(each == "all" for _, each in rest[: ends[0]])
        if only_slices and kind != "MultiheadAttention":
            return rest[ends[0]][0], "[0][:, -1]"
        return first, "[0]"
    state = rest[1:] if kind == "LSTM" else rest
    is_memory = key == 1 and (kind == "GRU" or (rest and rest[0][1] == 0))
    if plain and is_memory and state and state[0][1] in (-1, 0, "first"):
        return state[0][0], "[0][:, -1]"
    return None


def _picks(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what follows a node as long as one operation alone takes what is before it, and picks of it."""
    while len(node.users) == 1:
        (node,) = node.users
        name = str(getattr(node.target, "_opname", "") or getattr(node.target, "__name__", node.target))
        if name == "getitem":
            yield node, node.args[1]
        elif name == "slice" and _is_all(node.args):
            yield node, "all"
        elif name == "select" and node.args[1:] == (1, -1):
            yield node, "last"
        elif (name == "select" and node.args[1:] in ((0, -1), (0, 0))) or (name == "squeeze" and node.args[1:] == (0,)):
            yield node, "first"
        else:
            return


def _is_all(args: tuple[Any, ...]) -> bool:
    start = args[2] if len(args) > 2 else None
    stop = args[3] if len(args) > 3 else None
    return start in (None, 0) and (stop is None or (isinstance(stop, int) and stop >= 1 << 60)) and len(args) < 5
