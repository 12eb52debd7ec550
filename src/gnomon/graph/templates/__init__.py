"""Graphs to begin with: one JSON file each, with what it does and the data that it expects.

Every one checks without an error or a warning, is written for both targets, and runs.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from gnomon.core.errors import NotFoundError
from gnomon.graph.document import Graph, decode

NAMES: Final = (
    "mlp",
    "mnist_cnn",
    "small_cnn",
    "vgg",
    "unet",
    "autoencoder",
    "text_classifier",
    "lstm_forecaster",
    "tabular",
    "gan",
    "dqn",
)
"""In the order in which they are shown, simple ones first."""


class Template(msgspec.Struct, frozen=True):
    """Hold a template.

    Args:
        name: What `--template` and the page call it; its file has that name too.
        title: What people call it.
        text: What it does, in one sentence.
        data: What data it expects, in one sentence.
        graph: Where a new graph begins.
    """

    name: str
    title: str
    text: str
    data: str
    graph: Graph


class _File(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    text: str
    data: str
    graph: dict[str, Any]


@cache
def templates() -> tuple[Template, ...]:
    """Return all templates; their files are read at the first call."""
    return tuple(map(_read, NAMES))


def template(name: str) -> Template:
    """Return a template by its name.

    Raises:
        NotFoundError: There is none of this name; the message lists those that are there.
    """
    found = next((each for each in templates() if each.name == name), None)
    if found is None:
        msg = f"template: there is no {name!r:.80}. There are {', '.join(NAMES)}."
        raise NotFoundError(msg)
    return found


def _read(name: str) -> Template:
    data = files(__package__).joinpath(f"{name}.json").read_bytes()
    found = msgspec.json.decode(data, type=_File)
    return Template(name, found.title, found.text, found.data, decode(found.graph))
