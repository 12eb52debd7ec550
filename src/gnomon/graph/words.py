"""What a list of operations did, in a few words, as a history says it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

MOST_NAMES: Final = 3
_VERBS: Final = {
    "add": "added",
    "remove": "removed",
    "set": "set",
    "rename": "renamed",
    "replace": "replaced",
    "note": "noted",
    "group": "grouped",
    "ungroup": "ungrouped",
    "connect": "connected",
    "disconnect": "disconnected",
    "document": "changed",
    "move": "moved",
}
"""In the order in which they are told: what changes the architecture comes before what changes its looks."""
_QUIET: Final = frozenset({"connect", "disconnect", "move"})
"""Told only when there is nothing else: nodes that come and go bring their edges and places along."""

_NAMES: Final[dict[str, Callable[[Mapping[str, Any]], Iterable[str]]]] = {
    "add": lambda op: [op["node"]["id"]],
    "set": lambda op: [f"{name} of {op['id']}" for name in (*op.get("params", ()), *op.get("unset", ()))],
    "rename": lambda op: [f"{op['id']} to {op['to']}"],
    "replace": lambda op: [f"{op['id']} by {op['type'].partition('/')[2].partition('@')[0]}"],
    "connect": lambda op: [f"{op['from'][0]} to {op['to'][0]}"],
    "disconnect": lambda op: [f"{op['from'][0]} from {op['to'][0]}"],
    "move": lambda op: op["places"],
    "group": lambda op: [op["group"].get("title") or op["group"]["id"]],
    "document": lambda op: ["code" if name == "source" else name for name in op if name != "op"],
}


def in_words(ops: Sequence[Mapping[str, Any]]) -> str:
    """Return what was done, the first letter large; empty when nothing was.

    Example:
        >>> in_words([{"op": "set", "id": "conv1", "params": {"filters": 8}}, {"op": "remove", "id": "pool1"}])
        'Removed pool1, set filters of conv1'
    """
    done: dict[str, dict[str, None]] = {verb: {} for verb in _VERBS}
    for op in ops:
        done[op["op"]].update(dict.fromkeys(_named(op)))
    loud = [verb for verb in _VERBS if done[verb] and verb not in _QUIET]
    told = loud or [verb for verb in _VERBS if done[verb]]
    text = ", ".join(f"{_VERBS[verb]} {_joined(done[verb])}" for verb in told)
    return text[:1].upper() + text[1:]


def _named(op: Mapping[str, Any]) -> Iterable[str]:
    """Return what an operation was done to."""
    name = _NAMES.get(op["op"])
    return [op["id"]] if name is None else name(op)


def _joined(names: Iterable[str]) -> str:
    found = list(names)
    if len(found) > MOST_NAMES:
        return f"{', '.join(found[: MOST_NAMES - 1])} and {len(found) - MOST_NAMES + 1} more"
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
