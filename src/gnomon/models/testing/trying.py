"""One input through a version: what it says, which places that rests on, and what comes out of its layers."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import GnomonError, InputError, NotFoundError
from gnomon.models.datasets.shown import coloured, picture
from gnomon.models.testing import saliency
from gnomon.models.testing.cells import row_cells
from gnomon.models.testing.classes import class_names
from gnomon.models.testing.feed import Feed
from gnomon.models.testing.masks import codes_of
from gnomon.models.testing.opened import Arrays, Head, Opened
from gnomon.models.testing.predicting import asked as ask
from gnomon.models.testing.saliency_shown import shown
from gnomon.models.testing.scores import Reading, applying, probable
from gnomon.models.testing.service import Asked, fed, opened, read_as
from gnomon.models.worker.protocol import Say

TOP: Final = 20
_VALUES: Final = 64
_COVER_ROWS: Final = 256


class Try(Asked, frozen=True):
    """Say what is tried, beside the version and the data.

    Args:
        row: A row of the part; nothing where `arrays` are given.
        arrays: By input, one row as `shape`, `dtype` and `data`.
        given: What is told of what was sent.
        method: `none`, `gradient` or `occlusion`.
        output: Of which output the places are wanted.
        class_: Of which class.
        layers: Nodes whose outputs are wanted.
    """

    row: int | None = None
    arrays: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    given: dict[str, Any] = msgspec.field(default_factory=dict)
    method: str = "none"
    output: str | None = None
    class_: str | None = None
    layers: list[str] = msgspec.field(default_factory=list)


def run(params: dict[str, Any], say: Say) -> dict[str, Any]:
    """Try one input: what `Try` says in, a `Tried` out."""
    begin = time.perf_counter()
    wanted = msgspec.convert(params, Try)
    say(0.0, "loading the model")
    model = opened(wanted)
    feed = fed(wanted, model) if wanted.row is not None else None
    at = _at(feed, wanted.row)
    inputs, truth, cells = _row(feed, at) if feed is not None else (_arrays(wanted.arrays), {}, _sent(model, wanted))
    outputs = ask(model, inputs, np.array([at]), wanted.part or "what was sent")
    heads = feed.heads if feed is not None and feed.heads else _heads(model, outputs)
    known, scores = feed or _known(model, wanted), read_as(wanted, model)
    notes: list[str] = [*model.notes, *(feed.notes if feed is not None else ())]
    found: dict[str, Any] = {
        "source": "row" if feed is not None else "sent",
        "dataset": feed.data.spec.ref if feed is not None else "",
        "part": feed.part if feed is not None else "",
        "row": at,
        "rows": feed.length if feed is not None else 0,
        "cells": cells,
        "outputs": [
            told(head, outputs[head.name], truth.get(head.name), inputs, scores.get(head.name, "probabilities"))
            for head in heads
        ],
        "saliency": [],
        "layers": {},
    }
    if wanted.method != "none":
        say(0.5, wanted.method)
        found["saliency"] = _places(model, inputs, outputs, heads, wanted, known, scores)
    if wanted.layers:
        from gnomon.models.testing.layers import layers  # noqa: PLC0415 - only this draws previews

        found["layers"], missing = layers(
            Path(wanted.folder), model, inputs, wanted.layers, allow_code=wanted.allow_code
        )
        notes += [f"{name}: {why}" for name, why in missing.items()]
    return found | {"notes": notes, "took_ms": (time.perf_counter() - begin) * 1000}


def told(
    head: Head,
    out: npt.NDArray[Any],
    truth: npt.NDArray[Any] | None,
    inputs: Arrays,
    scores: Reading = "probabilities",
) -> dict[str, Any]:
    """Return what an output says of one row, see `TriedOutput`.

    Args:
        head: The output, its task known.
        out: What it gives, the first axis the batch.
        truth: What is true, likewise; `None` when nobody knows.
        inputs: What went in, for what gives it back.
        scores: How its scores are read, as far as that is known.
    """
    found: dict[str, Any] = {
        "output": head.name,
        "task": head.task,
        "label": None,
        "scores": [],
        "values": [],
        "truth": None,
        "loss": None,
        "picture": None,
        "target": None,
    }
    if not np.isfinite(out).all():
        return found | {"label": None}
    said: dict[str, Any] = _TOLD[head.task or "regression"](head, _probabilities(head, out, scores), truth, inputs)
    return found | said


def _probabilities(head: Head, out: npt.NDArray[Any], scores: Reading) -> npt.NDArray[Any]:
    if head.task == "classification":
        return probable(out, scores)[0]
    return applying(out, scores)[0] if head.task == "multi_label" else out


def _classified(head: Head, out: npt.NDArray[Any], truth: Any, _: Arrays) -> dict[str, Any]:
    names, row = class_names(head, out.shape[1]), out[0]
    found: dict[str, Any] = {"scores": ranked(names, row), "label": names[int(row.argmax())]}
    if truth is not None and 0 <= int(truth[0]) < len(names):
        own = max(float(row[int(truth[0])]), np.finfo(np.float64).eps)
        found |= {"truth": names[int(truth[0])], "loss": float(-np.log(own))}
    return found


def _labelled(head: Head, out: npt.NDArray[Any], truth: Any, _: Arrays) -> dict[str, Any]:
    row = out[0]
    names = class_names(head, len(row))
    found: dict[str, Any] = {"scores": ranked(names, row), "label": _joined(names, row >= 0.5)}
    if truth is not None:
        has, sure = truth[0].reshape(-1) > 0.5, np.clip(row, 1e-15, 1 - 1e-15)
        loss = -np.where(has, np.log(sure), np.log(1 - sure)).mean()
        found |= {"truth": _joined(names, has), "loss": float(loss)}
    return found


def _numbers(_: Head, out: npt.NDArray[Any], truth: Any, __: Arrays) -> dict[str, Any]:
    row = out[0].astype(np.float64).reshape(-1)
    found: dict[str, Any] = {"values": row[:_VALUES].tolist()}
    if truth is not None:
        wanted = np.asarray(truth[0], np.float64).reshape(-1)
        said = ", ".join(f"{value:.6g}" for value in wanted[:6].tolist())
        found |= {"truth": said, "loss": float(np.sqrt(((row - wanted) ** 2).mean()))}
    return found


def _segmented(head: Head, out: npt.NDArray[Any], truth: Any, _: Arrays) -> dict[str, Any]:
    codes = codes_of(out[0])
    names = class_names(head, max(2, out.shape[-1]))
    shares = np.bincount(codes.ravel(), minlength=len(names)) / codes.size
    found: dict[str, Any] = {"picture": coloured(codes), "scores": ranked(names, shares), "label": None}
    if truth is not None:
        right = truth[0]
        both = [((codes == c) & (right == c)).sum() / ((codes == c) | (right == c)).sum() for c in _seen(codes, right)]
        found |= {"target": coloured(np.maximum(right, 0)), "loss": float(1 - np.mean(both))}
    return found


def _seen(codes: npt.NDArray[Any], truth: npt.NDArray[Any]) -> list[int]:
    return sorted({*np.unique(codes).tolist(), *(code for code in np.unique(truth).tolist() if code >= 0)})


def _given_back(head: Head, out: npt.NDArray[Any], truth: Any, inputs: Arrays) -> dict[str, Any]:
    wanted = inputs.get(head.of, truth)
    found: dict[str, Any] = {}
    if out.ndim in (3, 4) and 0 not in out.shape:
        found["picture"] = picture(out[0], _top(wanted))
        found["target"] = picture(np.asarray(wanted[0]), _top(wanted)) if wanted is not None else None
    else:
        found["values"] = out[0].astype(np.float64).reshape(-1)[:_VALUES].tolist()
    if wanted is not None:
        found["loss"] = float(np.sqrt(((out[0].astype(np.float64) - wanted[0]) ** 2).mean()))
    return found


_TOLD: Final[Mapping[str, Any]] = {
    "classification": _classified,
    "multi_label": _labelled,
    "regression": _numbers,
    "segmentation": _segmented,
    "reconstruction": _given_back,
}


def ranked(names: Sequence[str], row: npt.NDArray[Any]) -> list[dict[str, Any]]:
    """Return the likeliest classes first, each with its score."""
    order = np.argsort(-row, kind="stable")[:TOP].tolist()
    return [{"label": names[i], "score": float(row[i])} for i in order]


def _joined(names: Sequence[str], has: npt.NDArray[Any]) -> str:
    return ", ".join(name for name, applies in zip(names, has.tolist(), strict=True) if applies)


def _top(values: Any) -> float | None:
    return max(1.0, float(np.max(values, initial=0))) if values is not None else None


def _at(feed: Feed | None, row: int | None) -> int:
    if feed is None or row is None:
        return 0
    if row >= feed.length:
        msg = f"row: {feed.part} of {feed.data.spec.ref} has {feed.length:,} rows, counted from 0, received {row}."
        raise NotFoundError(msg)
    return row


def _known(model: Opened, wanted: Try) -> Feed | None:
    """Return the data that name the columns of what was sent, where some are given; nothing where they are gone."""
    if wanted.method == "none" or wanted.spec is None:
        return None
    try:
        return fed(wanted, model)
    except (GnomonError, OSError):
        return None


def _row(feed: Feed, at: int) -> tuple[Arrays, Arrays, dict[str, Any]]:
    inputs, truth = feed.batch(np.array([at]))
    return inputs, truth, row_cells(feed.data, int(feed.data.rows(feed.part)[at]))


def _arrays(sent: Mapping[str, Mapping[str, Any]]) -> Arrays:
    return {
        name: np.frombuffer(each["data"], each["dtype"]).reshape(each["shape"]).copy() for name, each in sent.items()
    }


def _sent(model: Opened, wanted: Try) -> dict[str, Any]:
    """Return what was sent, pictures as the model gets them."""
    found: dict[str, Any] = dict(wanted.given)
    for port in model.inputs:
        array = _arrays(wanted.arrays).get(port.name)
        if array is not None and array.ndim == 4 and array.shape[-1] in (1, 3):
            found[port.name] = picture(array[0], None)
    return found


def _heads(model: Opened, outputs: Arrays) -> tuple[Head, ...]:
    """Return outputs with a task; what nobody says is told from what came out."""
    found = []
    for head in model.heads:
        task = head.task
        if task is None:
            out = outputs[head.name]
            task = "classification" if head.classes or (out.ndim == 2 and out.shape[1] > 1) else "regression"
        found.append(Head(head.name, task, head.classes, head.size, head.of))
    return tuple(found)


def _places(
    model: Opened,
    inputs: Arrays,
    outputs: Arrays,
    heads: Sequence[Head],
    wanted: Try,
    feed: Feed | None,
    scores: Mapping[str, Reading],
) -> list[dict[str, Any]]:
    head = next((each for each in heads if each.name == (wanted.output or heads[0].name)), None)
    if head is None or head.task == "reconstruction":
        msg = f"output: expected an output with classes or numbers, received {wanted.output or heads[0].name!r:.60}."
        raise InputError(msg, field="output")
    out = outputs[head.name]
    size = (
        max(2, head.size or out.shape[-1]) if head.task == "classification" else (out.shape[-1] if out.ndim > 1 else 1)
    )
    names = class_names(head, size) if head.task != "regression" else tuple(str(i) for i in range(size))
    if wanted.class_ is not None and wanted.class_ not in names:
        msg = f"class: expected one of {', '.join(names[:20])}, received {wanted.class_!r:.60}."
        raise InputError(msg, field="class")
    likely = _probabilities(head, out, scores.get(head.name, "probabilities"))
    at = names.index(wanted.class_) if wanted.class_ is not None else saliency.told_class(likely, head)
    front = feed.moved if feed is not None else frozenset()
    if wanted.method == "gradient":
        found = saliency.gradient(model, inputs, head, at if out.shape[-1] > 1 or out.ndim == 1 else 0)
    else:
        found = saliency.occlusion(model, inputs, head, at, _covers(feed), front)
    label = names[at] if head.task != "regression" else ""
    about = (wanted.method, head.name, label)
    return [shown(about, name, each, inputs[name][0], feed, front) for name, each in found.items()]


def _covers(feed: Feed | None) -> Arrays:
    """Return what stands for a covered place: of numbers the mean of `train`; nothing of pictures and words."""
    if feed is None or not feed.data.length("train"):
        return {}
    n = feed.data.length("train")
    some = np.unique(np.linspace(0, n - 1, min(n, _COVER_ROWS)).astype(np.int64))
    inputs, _ = feed.binding.batch("train", some)
    return {
        name: array.mean(0).astype(array.dtype)
        for name, array in inputs.items()
        if array.dtype.kind == "f" and array.ndim in (2, 3)
    } | {
        name: np.asarray(np.bincount(array).argmax(), array.dtype)  # of classes the commonest
        for name, array in inputs.items()
        if array.dtype.kind == "i" and array.ndim == 1 and (array >= 0).all()
    }
