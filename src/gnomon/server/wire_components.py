"""A project's own components as they travel over HTTP."""

from typing import Annotated

import msgspec

from gnomon.graph.own import MAX_CHARS
from gnomon.server.wire import Wire
from gnomon.server.wire_graphs import PaletteComponent

Source = Annotated[str, msgspec.Meta(max_length=MAX_CHARS)]


class OwnPost(Wire):
    """A file to be kept as the next version of its component; `name` is what it must be called, when that matters.

    `follows` is the version that it was made of (0: none); another one being there by now is a conflict (409).
    """

    source: Source
    name: str | None = None
    follows: int | None = None


class OwnDescribe(Wire):
    """A file to be looked at: nothing is kept."""

    source: Source


class OwnFromGroup(Wire):
    """A group of a graph, of which a file is to be written."""

    graph: str
    group: str


class OwnSource(Wire):
    """The text of a file."""

    source: str


class OwnDescribed(Wire):
    """What a file says it is."""

    component: PaletteComponent


class OwnUse(Wire):
    """A graph that uses a component, and in which versions."""

    id: str
    name: str
    versions: list[int]


class OwnVersion(Wire):
    """A version of a component and when it was made; `type` is what nodes of it have."""

    version: int
    type: str
    time: float


class OwnComponent(Wire):
    """An own component in one version, with its file, all its versions (newest first), and the graphs that use it."""

    project: str
    name: str
    type: str
    version: int
    created: float
    updated: float
    source: str
    component: PaletteComponent
    versions: list[OwnVersion]
    used: list[OwnUse]


class OwnRow(Wire):
    """An own component in its newest version, without its file."""

    name: str
    title: str
    type: str
    version: int
    updated: float


class OwnRows(Wire):
    """The own components of a project by name; `allow_code` says whether they can be changed and asked on this server."""

    components: list[OwnRow]
    allow_code: bool
    why_not: str


class OwnQuery(Wire):
    """Which version; the newest by default."""

    version: Annotated[int, msgspec.Meta(ge=1)] | None = None


class PaletteQuery(Wire):
    """Whose own components are to be among those of the palette."""

    project: str | None = None
