"""Patch operations: the small changes that every edit of a graph is made of. On the wire a map with `op` as its tag."""

from typing import Any, Literal

import msgspec

from gnomon.graph.document import End, Group, Node, Place


class _Op(msgspec.Struct, frozen=True, tag_field="op", forbid_unknown_fields=True, omit_defaults=True):
    """Base of all operations."""


class Add(_Op, frozen=True, tag="add"):
    """Add a node, as the last one or `at` an index."""

    node: Node
    at: int | None = None


class Remove(_Op, frozen=True, tag="remove"):
    """Remove a node with its edges; groups lose it, and a group left empty goes too."""

    id: str


class Set(_Op, frozen=True, tag="set"):
    """Set some parameters of a node, and let others (`unset`) return to their defaults."""

    id: str
    params: dict[str, Any] = {}
    unset: tuple[str, ...] = ()


class Move(_Op, frozen=True, tag="move"):
    """Place nodes; `None` forgets where one was."""

    places: dict[str, Place | None]


class Rename(_Op, frozen=True, tag="rename"):
    """Give a node another name, in its edges and groups too."""

    id: str
    to: str


class Replace(_Op, frozen=True, tag="replace"):
    """Make a node another component; edges, place and note stay, parameters are those given."""

    id: str
    type: str
    params: dict[str, Any] = {}


class Connect(_Op, frozen=True, tag="connect", rename={"source": "from", "target": "to"}):
    """Add an edge; only an inverse says `loose`, to put back one whose ends need not be there."""

    source: End
    target: End
    loose: bool = False


class Disconnect(_Op, frozen=True, tag="disconnect", rename={"source": "from", "target": "to"}):
    """Remove an edge."""

    source: End
    target: End


class Note(_Op, frozen=True, tag="note"):
    """Write a node's comment."""

    id: str
    text: str


class PutGroup(_Op, frozen=True, tag="group"):
    """Add a group, or replace the one of that id; a new one comes last or `at` an index."""

    group: Group
    at: int | None = None


class Ungroup(_Op, frozen=True, tag="ungroup"):
    """Remove a group; its nodes stay."""

    id: str


class SetDocument(_Op, frozen=True, tag="document"):
    """Replace what the document says beside its nodes; what is not given stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    target: Literal["torch", "keras"] | msgspec.UnsetType = msgspec.UNSET
    train: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    data: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    source: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


Op = Add | Remove | Set | Move | Rename | Replace | Connect | Disconnect | Note | PutGroup | Ungroup | SetDocument
