"""What a worker can be asked to do. Each method is imported when it is first asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from gnomon.core.errors import NotFoundError
from gnomon.models.worker.protocol import Say

METHODS: Final[Mapping[str, str]] = {
    "export.run": "gnomon.models.exporters.service:run",
    "data.describe": "gnomon.models.datasets.service:describe",
    "data.look": "gnomon.models.datasets.service:look",
    "data.profile": "gnomon.models.datasets.service:profile",
    "data.reference": "gnomon.models.datasets.reference:reference",
    "data.rows": "gnomon.models.datasets.service:rows",
    "data.sample": "gnomon.models.datasets.service:sample",
    "data.windows": "gnomon.models.datasets.service:cut",
    "data.unpack": "gnomon.models.datasets.unpacking:unpack",
    "mlp.train": "gnomon.models.mlp_training:train",
    "preview.run": "gnomon.models.preview.service:run",
    "own.code": "gnomon.models.own.service:code",
    "own.describe": "gnomon.models.own.service:describe",
    "own.infer": "gnomon.models.own.service:infer",
    "import.onnx": "gnomon.models.imports.service:onnx",
    "import.torch": "gnomon.models.imports.service:torch",
    "sweep.suggest": "gnomon.models.sweeps.tpe:service",
    "test.run": "gnomon.models.testing.service:run",
    "test.cells": "gnomon.models.testing.cells:cells",
    "test.takes": "gnomon.models.testing.service:takes",
    "test.try": "gnomon.models.testing.trying:run",
    "test.checkpoints": "gnomon.models.testing.checkpoints:run",
    "worker.about": "gnomon.models.worker.about:about",
}
"""Dotted paths by name. A method is `def f(params: dict, say: Say) -> Any` and returns what msgpack can hold."""


def find(name: str) -> Callable[[dict[str, Any], Say], Any]:
    """Return the method of a name.

    Raises:
        NotFoundError: There is none.
    """
    if name not in METHODS:
        msg = f"method: expected one of {', '.join(sorted(METHODS))}, received {name!r:.80}."
        raise NotFoundError(msg)
    module, _, attribute = METHODS[name].partition(":")
    found: Callable[[dict[str, Any], Say], Any] = getattr(import_module(module), attribute)
    return found
