"""Drift of an endpoint: the requests that were logged, against the rows that the version was trained on."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.analysis.drift import LEAST, Drift, of_classes, of_numbers
from gnomon.core.errors import GnomonError, NotFoundError
from gnomon.core.folder import make_private, write_whole
from gnomon.models.registry import files
from gnomon.models.registry.record import Version, read_ref
from gnomon.models.registry.trained import GRAPH, data_of
from gnomon.server.context import Context
from gnomon.server.endpoint_entry import Entry
from gnomon.server.serving.orders import REQUEST
from gnomon.server.wire_endpoints import DriftFigure, DriftRow, DriftShare, EndpointDrift
from gnomon.store.home import Home

MOST_REQUESTS: Final = 2_000
_MEASURE_S: Final = 120.0
_ORDER: Final = {"drifted": 0, "same": 1, "few": 2}

Measured = dict[str, dict[str, Any]]


async def drift_of(context: Context, entry: Entry, asked: str | None) -> EndpointDrift:
    """Return the drift of a version that an endpoint has served.

    Args:
        context: The parts of the app.
        entry: The endpoint.
        asked: `name@3`; the version that answers unless told.

    Raises:
        NotFoundError: It has served no such version.
    """
    ref = asked or _answering(entry)
    if ref is None:
        msg = f"{entry.name} has answered nothing yet. Start it, and send it requests."
        raise NotFoundError(msg)
    if ref not in entry.runs and ref != _answering(entry):
        msg = (
            f"version: {entry.name} logged no requests of {ref!r:.60}. It did of {', '.join(entry.runs) or 'none yet'}."
        )
        raise NotFoundError(msg)
    run = entry.runs.get(ref, "")
    inputs, outputs, count = await asyncio.to_thread(_logged, context.home, run)
    found: dict[str, Any] = {"version": ref, "run": run, "requests": count, "least": LEAST}
    name, number = read_ref(ref)
    try:
        version = context.models.version(name, number)
        data, before = await _reference(context, name, version)
    except GnomonError as error:
        return EndpointDrift(**found, data="", why=str(error), rows=[])
    rows = await asyncio.to_thread(_rows, before, {"input": inputs, "output": outputs})
    return EndpointDrift(**found, data=data, why="", rows=rows)


def _answering(entry: Entry) -> str | None:
    if entry.process.serving is not None:
        return entry.process.serving.status.model.version
    return next(reversed(entry.runs), None)


def _logged(home: Home, run: str) -> tuple[Measured, Measured, int]:
    """Return numbers and classes of the last requests by name, of inputs and of outputs, and how many requests."""
    inputs: Measured = {}
    outputs: Measured = {}
    if not run or home.catalog.get(run) is None:
        return inputs, outputs, 0
    records = home.engine.records(run, REQUEST, limit=MOST_REQUESTS, newest=True)
    for record in records:
        count(home.engine.payload(run, record.id), inputs, outputs)
    return inputs, outputs, len(records)


class _Told(msgspec.Struct, rename={"inputs": "in", "outputs": "out"}):
    """What is written of a request, see `request_log.record_of`; a number that JSON has not is null."""

    inputs: dict[str, float | str | None] = {}
    outputs: dict[str, float | str | None] = {}


def count(text: bytes, inputs: Measured, outputs: Measured) -> None:
    """Add what is written of a request; what is none is passed over, for anybody may log into that run."""
    try:
        told = msgspec.json.decode(text, type=_Told)
    except (msgspec.MsgspecError, RecursionError):
        return
    for kept, values in ((inputs, told.inputs), (outputs, told.outputs)):
        for name, value in values.items():
            if isinstance(value, str):
                kept.setdefault(name, {}).setdefault("classes", Counter())[value] += 1
            elif value is not None:
                kept.setdefault(name, {}).setdefault("numbers", []).append(value)


async def _reference(context: Context, name: str, version: Version) -> tuple[str, dict[str, Any]]:
    """Return what the version was trained on, and what its rows look like; measured once.

    Raises:
        GnomonError: That is not known, or not there any more.
    """
    folder = files.folder_of(context.home.path, name, version.number)
    spec = data_of(folder)
    if spec is None or not (folder / GRAPH).is_file():
        msg = f"{name}@{version.number} does not know its training data, so there is nothing to compare requests with."
        raise NotFoundError(msg)
    place = context.home.path / "cache" / "drift" / f"{version.digest}.json"
    known = await asyncio.to_thread(_kept, place)
    if known is None:
        params = {
            "spec": context.datasets.opened(spec.ref),
            "home": str(context.home.path),
            "graph": (folder / GRAPH).read_text("utf-8"),
        }
        known = await context.workers.call("data.reference", params, pool="data", timeout_s=_MEASURE_S)
        make_private(place.parent)
        await asyncio.to_thread(write_whole, place, msgspec.json.encode(known))
    return spec.ref, known


def _kept(place: Path) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(place.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        return None


def _rows(before: dict[str, Any], now: dict[str, Measured]) -> list[DriftRow]:
    found = [
        _row(name, of, each, now[of].get(name, {}))
        for of, measured in (("input", before["inputs"]), ("output", before["outputs"]))
        for name, each in measured.items()
    ]
    return sorted(found, key=lambda row: (_ORDER[row.state], row.of == "input"))


def _row(name: str, of: Any, before: dict[str, Any], now: dict[str, Any]) -> DriftRow:
    drift: Drift
    if "classes" in before:
        drift = of_classes(before["classes"], now.get("classes", {}))
    else:
        drift = of_numbers(before["numbers"], now.get("numbers", []))
    state: Any = drift.state
    figures = [DriftFigure(name=f.name, value=f.value, bound=f.bound, source=f.source) for f in drift.figures]  # type: ignore[arg-type]
    shares = [DriftShare(name=share.name, before=share.before, now=share.now) for share in drift.shares]
    return DriftRow(name=name, of=of, state=state, before=drift.before, now=drift.now, figures=figures, shares=shares)
