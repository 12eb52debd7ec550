"""Blocks: several nodes that are put into a graph together, as a group that can be read and edited.

One JSON file each. A block is no component: what it adds are ordinary nodes, so nothing about it is hidden.
"""

from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from gnomon.core.errors import NotFoundError
from gnomon.graph.document import End

NAMES: Final = ("conv_block", "res_block", "inverted_residual", "transformer_encoder", "unet", "vgg16")
"""In the order of the palette."""


class Follow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that a parameter is a multiple of the channels of what the block is connected to, where these are known.

    Args:
        node: Whose parameter it is.
        param: Its name.
        times: The multiple.
    """

    node: str
    param: str
    times: int = 1


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold a block.

    Args:
        title: What the palette calls it.
        doc: What it does, in a sentence or two.
        words: Other words that people search it by.
        example: Shape of an input that it takes as it is.
        nodes: Its nodes; their ids are made free where it is inserted.
        edges: Its edges.
        enter: Where what it is put behind is led to.
        leave: Where the next node takes from.
        follows: Parameters that follow the input's channels.
        name: Name of its file, and what it is asked for by.
    """

    title: str
    doc: str
    words: tuple[str, ...]
    example: tuple[int, ...]
    nodes: tuple[dict[str, Any], ...]
    edges: tuple[dict[str, End], ...]
    enter: tuple[End, ...]
    leave: End
    follows: tuple[Follow, ...] = ()
    name: str = ""


@cache
def blocks() -> tuple[Block, ...]:
    """Return all blocks; their files are read at the first call."""
    return tuple(map(_read, NAMES))


def block(name: str) -> Block:
    """Return a block by its name.

    Raises:
        NotFoundError: There is none of this name; the message lists those that are there.
    """
    found = next((each for each in blocks() if each.name == name), None)
    if found is None:
        msg = f"block: there is no {name!r:.80}. There are {', '.join(NAMES)}."
        raise NotFoundError(msg)
    return found


def inserted(
    block: Block, taken: Collection[str], behind: End | None = None, channels: int | None = None
) -> list[dict[str, Any]]:
    """Return the operations that add a block to a graph: its nodes, their edges, and the group around them.

    Args:
        block: What to add.
        taken: Ids that the graph has, of nodes and groups.
        behind: The output that it is put behind; `None` leaves it unconnected.
        channels: Length of the last axis of that output, when it is known.

    Example:
        >>> [op["op"] for op in inserted(block("conv_block"), {"conv"}, ("image", "out"))]
        ['add', 'add', 'add', 'connect', 'connect', 'connect', 'group']
    """
    used = set(taken)
    ids = {node["id"]: _free(node["id"], used) for node in block.nodes}
    ops: list[dict[str, Any]] = []
    for node in block.nodes:
        params = dict(node.get("params", {}))
        if channels is not None:
            params |= {each.param: each.times * channels for each in block.follows if each.node == node["id"]}
        ops.append({"op": "add", "node": {"id": ids[node["id"]], "type": node["type"], "params": params}})
    for edge in block.edges:
        (giver, out), (taker, port) = edge["from"], edge["to"]
        ops.append({"op": "connect", "from": [ids[giver], out], "to": [ids[taker], port]})
    if behind is not None:
        ops += [{"op": "connect", "from": list(behind), "to": [ids[node], port]} for node, port in block.enter]
    group = {"id": _free(block.name, used), "nodes": list(ids.values()), "title": block.title}
    return [*ops, {"op": "group", "group": group}]


def _free(name: str, used: set[str]) -> str:
    """Return a name that is not used yet, and use it."""
    found, number = name, 1
    while found in used:
        number += 1
        found = f"{name}_{number}"
    used.add(found)
    return found


def _read(name: str) -> Block:
    found = msgspec.json.decode(files(__package__).joinpath(f"{name}.json").read_bytes(), type=Block)
    return msgspec.structs.replace(found, name=name)
