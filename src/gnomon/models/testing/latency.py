"""A test of latency: how long the version takes for one row and for many, in its own framework and as each export."""

import statistics
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from gnomon.core.errors import GnomonError
from gnomon.models.testing.feed import Feed
from gnomon.models.testing.opened import Arrays, Opened
from gnomon.models.testing.report import Latency, TestReport

BATCHES: Final = (1, 32)
TIMES: Final = 30
MOST_S: Final = 2.0
_FILES: Final = {"mlp": "model.npz", "onnx": "model.onnx"}


def latency(model: Opened, asked: Any, say: Callable[[float, str], object]) -> tuple[dict[str, float], TestReport]:
    """Return figures as gates name them, `latency/onnx_ms`, and the report.

    Args:
        model: The version.
        asked: What `service.Asked` holds: `folder`, `exports`, data.
        say: Told how far it is.
    """
    begin = time.perf_counter()
    inputs, source = _inputs(model, asked)
    ways: dict[str, tuple[Callable[[Arrays], Any], int]] = {
        model.format: (model.predict, _size(Path(asked.folder), _FILES.get(model.format, "model.safetensors")))
    }
    notes = [source, "milliseconds on this machine's processor, with what else ran on it; medians of up to 30"]
    for name, folder in asked.exports.items():
        try:
            ask = _opened(model, name, Path(folder))
        except (GnomonError, ImportError, OSError, KeyError) as error:
            notes.append(f"{name}: {error}")
            continue
        if ask is not None:
            ways[name] = (ask, sum(path.stat().st_size for path in Path(folder).iterdir() if path.is_file()))
    found = []
    for i, (name, (ask, size)) in enumerate(ways.items()):
        say(i / len(ways), name)
        found += [_timed(name, ask, inputs, batch, size) for batch in BATCHES]
    report = TestReport(
        kind="latency",
        rows=max(BATCHES),
        seconds=time.perf_counter() - begin,
        latency=tuple(found),
        notes=tuple(notes),
    )
    figures: dict[str, float] = {}
    for each in found:
        figures[f"{asked.name}/{each.format}_ms" + ("" if each.batch == 1 else f"@{each.batch}")] = each.p50_ms
        figures[f"{asked.name}/{each.format}_bytes"] = float(each.size_bytes)
    return figures, report


def _timed(name: str, ask: Callable[[Arrays], Any], inputs: Arrays, batch: int, size: int) -> Latency:
    given = {key: array[:batch] for key, array in inputs.items()}
    for _ in range(2):
        ask(given)
    taken: list[float] = []
    begin = time.perf_counter()
    while len(taken) < TIMES and (len(taken) < 3 or time.perf_counter() - begin < MOST_S):
        start = time.perf_counter()
        ask(given)
        taken.append(time.perf_counter() - start)
    half = statistics.median(taken)
    slow = float(np.quantile(taken, 0.95))
    return Latency(name, batch, half * 1000, slow * 1000, batch / half, size)


def _inputs(model: Opened, asked: Any) -> tuple[Arrays, str]:
    """Return as many rows as the largest batch has: of data where there are any, zeros otherwise."""
    from gnomon.models.testing.service import fed  # noqa: PLC0415 - it imports this

    count = max(BATCHES)
    try:
        feed: Feed = fed(asked, model)
        inputs, _ = feed.batch(np.arange(count) % feed.length)
    except GnomonError as error:
        types: Mapping[str, Any] = {"text": np.int32, "bool": np.bool_}
        zeros = {
            port.name: np.zeros((count, *(size or 1 for size in port.shape)), types.get(port.dtype, port.dtype))
            for port in model.inputs
        }
        return zeros, f"rows of zeros: {error}"
    return inputs, f"rows of {feed.part} of {feed.data.spec.ref}"


def _opened(model: Opened, name: str, folder: Path) -> Callable[[Arrays], Any] | None:
    """Return what asks an export; `None` of one that is no more than weights and code, or that holds another."""
    if model.graph is None or name in ("bundle", "code", "safetensors"):
        return None
    formats = import_module(f"gnomon.models.exporters.{model.graph.target}_formats").FORMATS
    ask: Callable[[Arrays], Any] = formats[name]().open(model.source, folder)
    return ask


def _size(folder: Path, name: str) -> int:
    return (folder / name).stat().st_size if (folder / name).is_file() else 0
