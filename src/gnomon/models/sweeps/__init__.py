"""Sweeps: many trainings that differ in a few values, each an ordinary job and run; see docs/reference/sweeps.md."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gnomon.models.sweeps.functions import Pruned as Pruned
    from gnomon.models.sweeps.functions import Trying as Trying
    from gnomon.models.sweeps.functions import sweep as sweep
    from gnomon.models.sweeps.result import Result as Result


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415 - nothing is loaded before it is wanted

    where = {"sweep": "functions", "Trying": "functions", "Pruned": "functions", "Result": "result"}.get(name)
    if where is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{where}"), name)
