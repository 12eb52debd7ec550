"""Tests as a worker is asked for them, and as a process without a server makes them itself. Arguments and answers are plain."""

import time
from collections.abc import Mapping
from functools import lru_cache
from math import isqrt
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from gnomon.core.errors import GnomonError, InputError
from gnomon.models.datasets.registry import decode
from gnomon.models.registry.record import Signature
from gnomon.models.registry.trained import data_of
from gnomon.models.testing.feed import Feed, Wanted, feed_of
from gnomon.models.testing.found import Found
from gnomon.models.testing.judging import figures_of, judged
from gnomon.models.testing.opened import Opened, open_version
from gnomon.models.testing.predicting import readings
from gnomon.models.testing.report import TestReport
from gnomon.models.testing.scores import Reading
from gnomon.models.testing.stored import save
from gnomon.models.testing.told import told_of
from gnomon.models.worker.protocol import Say

ROBUST_ROWS: Final = 500


class Asked(msgspec.Struct, frozen=True):
    """Say what is to be done.

    Args:
        folder: With the files of the version, seen to be what was registered.
        format: What they are.
        signature: What is known of inputs and outputs.
        home: The home folder.
        allow_code: Whether Code nodes and own components may run.
        spec: The data, as they are registered; those of the version when nothing.
        part: Of the data; "" for the first of test, validation, train that has rows.
        rows: At most so many.
        inputs: Which columns each input takes, where that is not plain.
        outputs: Likewise of outputs.
        kind: Of a test: `test`, `robustness`, `latency`.
        name: Of a test: what figures begin with.
        target: Of a test: the folder for what is kept of every row.
        seed: Of what is drawn.
        exports: Of latency: files of exports by format.
        scores: Of a single row: how the scores of outputs are read, as the newest test found.
    """

    folder: str
    format: Any
    home: str
    signature: Signature = Signature()
    allow_code: bool = True
    spec: dict[str, Any] | None = None
    part: str = ""
    rows: int | None = None
    inputs: dict[str, str | list[str]] = {}
    outputs: dict[str, str | list[str]] = {}
    kind: str = "test"
    name: str = "test"
    target: str = ""
    seed: int = 0
    exports: dict[str, str] = {}
    scores: dict[str, Reading] = {}


def run(params: dict[str, Any], say: Say) -> dict[str, Any]:
    """Make a test: what `Asked` says in, `figures`, `report` and what a run is `told` out."""
    asked = msgspec.convert(params, Asked)
    say(0.0, "loading the model")
    model = opened(asked)
    if asked.kind == "latency":
        from gnomon.models.testing.latency import latency  # noqa: PLC0415 - only this asks ONNX Runtime beside

        return _answer(*latency(model, asked, say))
    feed = fed(asked, model)
    if not feed.heads:
        msg = f"outputs: {feed.data.spec.ref} has no column that an output of this version could be judged by."
        raise InputError(msg, field="outputs")
    if asked.kind == "robustness":
        from gnomon.models.testing.robust import robustness  # noqa: PLC0415

        return _answer(*robustness(model, feed, asked.name, asked.rows or ROBUST_ROWS, asked.seed, say))
    return _tested(model, feed, asked, say)


def takes(params: dict[str, Any], _: Say) -> dict[str, Any]:
    """Return what a version takes, where nobody said: what `Asked` says in, `inputs` and the `side` of grey pictures out."""
    asked = msgspec.convert(params, Asked)
    model = opened(asked)
    return {"inputs": msgspec.to_builtins(model.inputs), "side": _side(asked, model)}


def _side(asked: Asked, model: Opened) -> int | None:
    """Return the pixels on each side of the grey pictures that a network of NumPy takes."""
    size = model.inputs[0].shape[0] if asked.format == "mlp" else None
    side = isqrt(size) if size else 0
    return side if side > 1 and side * side == size else None


def opened(asked: Asked) -> Opened:
    """Return the version that is asked for; one that was asked for lately is loaded still, for its files never change."""
    folder = Path(asked.folder)
    written = folder.stat().st_mtime_ns if folder.is_dir() else 0
    return _loaded(asked.folder, written, asked.format, msgspec.json.encode(asked.signature), asked.allow_code)


@lru_cache(maxsize=2)
def _loaded(folder: str, _written: int, form: Any, signature: bytes, allow_code: bool) -> Opened:
    return open_version(Path(folder), form, msgspec.json.decode(signature, type=Signature), allow_code=allow_code)


def read_as(asked: Asked, model: Opened) -> dict[str, Reading]:
    """Return by output how scores are read: as the newest test found, else as some rows of the data tell.

    A graph says itself whether its softmax is still to be applied; of data that are not there nothing is known.
    """
    if asked.scores or model.graph is not None or asked.spec is None:
        return asked.scores
    folder = Path(asked.folder)
    written = folder.stat().st_mtime_ns if folder.is_dir() else 0
    alone = Asked(
        asked.folder,
        asked.format,
        asked.home,
        asked.signature,
        asked.allow_code,
        asked.spec,
        inputs=asked.inputs,
        outputs=asked.outputs,
    )
    try:
        return _read_as(msgspec.json.encode(alone), written)
    except (GnomonError, OSError):
        return {}


@lru_cache(maxsize=32)
def _read_as(asked: bytes, _written: int) -> dict[str, Reading]:
    wanted = msgspec.json.decode(asked, type=Asked)
    model = opened(wanted)
    return readings(model, fed(wanted, model))


def fed(asked: Asked, model: Opened) -> Feed:
    """Return the data that are asked for.

    Raises:
        InputError: The version names none, and none are given; or they do not fit.
    """
    own = data_of(Path(asked.folder))
    spec = decode(asked.spec) if asked.spec is not None else own
    if spec is None:
        msg = "dataset: this version does not say what data it was trained on. Name one: gnomon data ls."
        raise InputError(msg, field="dataset")
    return feed_of(model, Wanted(spec, own, asked.part, asked.inputs, asked.outputs), Path(asked.home))


def _tested(model: Opened, feed: Feed, asked: Asked, say: Say) -> dict[str, Any]:
    at = feed.chosen(asked.rows)
    begin = time.perf_counter()
    found, _ = judged(model, feed, at, lambda done, text: say(0.05 + 0.85 * done, text))
    say(0.92, "writing")
    if asked.target:
        save(Path(asked.target), at, feed.data.rows(feed.part)[at], found)
    report = TestReport(
        kind="test",
        dataset=feed.data.spec.ref if asked.spec is None else decode(asked.spec).ref,
        part=feed.part,
        rows=len(at),
        of=feed.length,
        seconds=time.perf_counter() - begin,
        outputs=tuple(each.report for each in found),
        notes=(*model.notes, *feed.notes, *_fewer(at, feed)),
    )
    figures = figures_of(found, asked.name)
    return _answer(figures, report) | {"told": told_of(found, asked.name) if len(at) == feed.length else {}}


def _fewer(at: np.ndarray[Any, Any], feed: Feed) -> tuple[str, ...]:
    if len(at) == feed.length:
        return ()
    return (f"{len(at):,} of {feed.length:,} rows, evenly spaced; runs are told figures of all rows only",)


def _answer(figures: Mapping[str, float], report: TestReport) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(report)
    return {"figures": dict(figures), "report": plain}


__all__ = ["Asked", "Found", "fed", "opened", "run"]
