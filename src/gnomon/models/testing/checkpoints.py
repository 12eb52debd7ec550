"""What every checkpoint of some trainings says of one row: how an answer came about."""

import tempfile
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from gnomon.core.errors import GnomonError, InputError
from gnomon.models.datasets.registry import decode
from gnomon.models.registry.record import Signature
from gnomon.models.testing.cells import row_cells
from gnomon.models.testing.feed import Feed, Wanted, feed_of
from gnomon.models.testing.opened import Format, Opened, open_version
from gnomon.models.testing.predicting import asked, readings
from gnomon.models.testing.scores import Reading
from gnomon.models.testing.trying import told
from gnomon.models.worker.protocol import Say

TOP: Final = 20
_MOST_SAID: Final = 400


class Weights(msgspec.Struct, frozen=True):
    """Name weights: at which step, and the file; of a version its folder."""

    step: int
    path: str


class Trained(msgspec.Struct, frozen=True):
    """Describe a training, or a version.

    Args:
        id: Of the run, or `name@3`.
        name: What it is called.
        job: That trained it.
        project: Of the run.
        graph: The document, as JSON; nothing of a version.
        components: Files of own components by type.
        format: Of a version; `torch` or `keras` of a training.
        signature: Of a version.
        own: Description of the data it was trained on.
        weights: Rising by step.
        why: Why there is nothing.
        scores: Of a version: how the scores of outputs are read, as its newest test found.
    """

    id: str
    name: str
    job: str = ""
    project: str = ""
    graph: bytes = b""
    components: dict[str, str] = {}
    format: Format = "torch"
    signature: Signature = Signature()
    own: dict[str, Any] | None = None
    weights: list[Weights] = []
    why: str = ""
    scores: dict[str, Reading] = {}


class CheckpointsAsked(msgspec.Struct, frozen=True):
    """Say what is asked: whom, and about which row of which data."""

    trained: list[Trained]
    spec: dict[str, Any]
    part: str
    row: int
    home: str
    allow_code: bool


def run(params: dict[str, Any], say: Say) -> dict[str, Any]:
    """Ask checkpoints: what `CheckpointsAsked` says in, a `Checkpoints` out."""
    wanted = msgspec.convert(params, CheckpointsAsked)
    found: dict[str, Any] = {}
    curves, whys = [], []
    for i, each in enumerate(wanted.trained):
        say(i / len(wanted.trained), each.name)
        curve: dict[str, Any] = {key: getattr(each, key) for key in ("id", "name", "job", "project", "why")}
        curve |= {"steps": [], "scores": []}
        if not each.why:
            try:
                steps, answers, about = _asked(each, wanted)
                curve |= {"steps": steps, "scores": _scores(answers)}
                found = found or about
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - one that fails is told, whatever its framework raises
                curve["why"] = _said(error)
                whys.append(curve["why"])
        curves.append(curve)
    if not found:
        msg = f"row: none of these could be asked: {next(iter(whys), 'they keep no weights')}"
        raise InputError(msg, field="row")
    return {**found, "curves": curves}


def _said(error: Exception) -> str:
    if isinstance(error, GnomonError | OSError):
        return str(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())[:_MOST_SAID]}"


def _asked(each: Trained, wanted: CheckpointsAsked) -> tuple[list[int], list[dict[str, Any]], dict[str, Any]]:
    """Return steps, at each what is said by output, and what is told of the row."""
    steps, answers = [], []
    about: dict[str, Any] = {}
    feed: Feed | None = None
    for weights in each.weights:
        model = _opened(each, Path(weights.path), allow_code=wanted.allow_code)
        feed = feed or _fed(model, each, wanted)
        if wanted.row >= feed.length:
            msg = f"row: {feed.part} has {feed.length:,} rows, counted from 0, received {wanted.row}."
            raise InputError(msg, field="row")
        at = np.array([wanted.row])
        inputs, truth = feed.batch(at)
        outputs = asked(model, inputs, at, feed.part)
        known = each.scores or (readings(model, feed) if model.graph is None else {})
        said = {
            head.name: told(
                head, outputs[head.name], truth.get(head.name), inputs, known.get(head.name, "probabilities")
            )
            for head in feed.heads
        }
        steps.append(weights.step)
        answers.append(said)
        about = {
            "dataset": feed.data.spec.ref,
            "part": feed.part,
            "row": wanted.row,
            "rows": feed.length,
            "cells": row_cells(feed.data, int(feed.data.rows(feed.part)[wanted.row])),
            "truth": {name: one["truth"] for name, one in said.items() if one["truth"] is not None},
        }
    return steps, answers, about


def _fed(model: Opened, each: Trained, wanted: CheckpointsAsked) -> Feed:
    own = decode(each.own) if each.own is not None else None
    return feed_of(model, Wanted(decode(wanted.spec), own, wanted.part), Path(wanted.home))


def _opened(each: Trained, path: Path, *, allow_code: bool) -> Opened:
    if not each.graph:
        return open_version(path, each.format, each.signature, allow_code=allow_code)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "graph.json").write_bytes(each.graph)
        if each.components:
            (place / "components.json").write_bytes(msgspec.json.encode(each.components))
        (place / "model.safetensors").symlink_to(path)
        return open_version(place, each.format, allow_code=allow_code)


def _scores(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return curves of the classes that are likeliest at any step, of numbers, of the error where there is nothing else."""
    found = []
    for output in answers[0] if answers else ():
        said = [each[output] for each in answers]
        if any(one["scores"] for one in said):
            lists = [{pair["label"]: pair["score"] for pair in one["scores"]} for one in said]
            best = {label: max(scores.get(label, 0.0) for scores in lists) for scores in lists for label in scores}
            labels = sorted(best, key=lambda label: (-best[label], label))[:TOP]
            found += [_curve(output, label, [scores.get(label) for scores in lists]) for label in labels]
        elif any(one["values"] for one in said):
            count = min(TOP, max(len(one["values"]) for one in said))
            found += [
                _curve(output, str(i), [one["values"][i] if i < len(one["values"]) else None for one in said])
                for i in range(count)
            ]
        else:
            found.append(_curve(output, "error", [one["loss"] for one in said]))
    return found


def _curve(output: str, label: str, values: list[Any]) -> dict[str, Any]:
    return {"output": output, "label": label, "values": values}
