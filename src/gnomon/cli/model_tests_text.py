"""Tests of models as people read them in a terminal."""

from typing import TYPE_CHECKING

import click

from gnomon.cli.numbers import MISSING, number, size
from gnomon.cli.table import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gnomon.models.testing.home import Outcome, Passed
    from gnomon.models.testing.report import Harm, Latency, OutputReport

_FIRST = (
    "accuracy",
    "balanced_accuracy",
    "f1",
    "f1_macro",
    "f1_micro",
    "auc",
    "iou",
    "dice",
    "mae",
    "rmse",
    "r2",
    "mse",
)
_LAST = ("log_loss", "ece", "exact_match", "bias", "max_error")
_MOST = 15
_CHARS = 12


def outcome_text(found: "Outcome") -> str:
    """Return the outcome of a test."""
    report = found.report
    parts = [_head(found)]
    parts += [_output(each) for each in report.outputs]
    parts += [_harms(report.harms)] if report.harms else []
    parts += [_latency(report.latency)] if report.latency else []
    parts += [f"note: {note}" for note in report.notes]
    return "\n\n".join(part for part in parts if part)


def gates_text(gates: "Sequence[Passed]") -> str:
    """Return how a version stands before its gates."""
    lines = []
    for each in gates:
        sign = click.style("✓", fg="green") if each.passed else click.style("✕", fg="red")
        lines.append(f"{sign} {each.alias}: {each.text}" + (f" — {each.why}" if each.why else ""))
    return "\n".join(lines)


def _head(found: "Outcome") -> str:
    report = found.report
    name = click.style(found.ref, bold=True)
    if report.kind == "latency":
        return f"{name}  latency"
    rows = f"{report.rows:,} rows" if report.rows == report.of else f"{report.rows:,} of {report.of:,} rows"
    return f"{name}  {found.test}: {rows} of {report.part} of {report.dataset}, {report.seconds:.1f} s"


def _output(found: "OutputReport") -> str:
    names = [name for name in (*_FIRST, *_LAST) if name in found.figures]
    rows = [[name, _shown(found.figures[name]), _interval(found, name)] for name in names]
    parts = [f"{found.output} ({found.task.replace('_', '-')})"]
    parts += [table(["figure", "value", "95 % interval"], rows, frozenset({"value"}))] if rows else []
    if found.confusion is not None and len(found.classes) <= _MOST:
        parts.append(confusion_text(found))
    if found.per_class:
        parts.append(_classes(found))
    parts += [_slices(found)] if found.slices else []
    parts += [f"note: {note}" for note in found.notes]
    return "\n\n".join(parts)


def confusion_text(found: "OutputReport") -> str:
    """Return the confusion matrix: rows the truth, columns what it was taken for."""
    assert found.confusion is not None
    names = [name[:_CHARS] for name in found.classes]
    rows = [
        [name, *(str(count) if count else "·" for count in counts)]
        for name, counts in zip(names, found.confusion, strict=True)
    ]
    return table(["true \\ predicted", *_distinct(names)], rows, frozenset(_distinct(names)))


def _distinct(names: "Sequence[str]") -> list[str]:
    return [name if names.index(name) == i else f"{name}~{i}" for i, name in enumerate(names)]


def _classes(found: "OutputReport") -> str:
    has_iou = any(each.iou is not None for each in found.per_class)
    head = ["class", "precision", "recall", "f1", "iou" if has_iou else "auc", "support"]
    rows = [
        [
            each.name[:_CHARS],
            _shown(each.precision),
            _shown(each.recall),
            _shown(each.f1),
            _shown(each.iou if has_iou else each.auc),
            str(each.support),
        ]
        for each in found.per_class[:50]
    ]
    return table(head, rows, frozenset(head[1:]))


def _slices(found: "OutputReport") -> str:
    rows = [
        [
            f"{column.column} = {each.value}",
            str(each.n),
            _shown(each.figure),
            MISSING if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}",
            "few" if each.is_small else "",
        ]
        for column in found.slices
        for each in column.slices
    ]
    figure = found.slices[0].figure
    return table(["rows with", "n", figure, "95 % interval", ""], rows[:40], frozenset({"n", figure}))


def _harms(harms: "Sequence[Harm]") -> str:
    rows = [
        [harm.name, f"{level.level:g}", _shown(level.figures.get(harm.figure)), harm.unit if i == 0 else ""]
        for harm in harms
        for i, level in enumerate(harm.levels)
    ]
    return table(["harm", "level", harms[0].figure, ""], rows, frozenset({"level", harms[0].figure}))


def _latency(found: "Sequence[Latency]") -> str:
    head = ["form", "rows", "median ms", "95 % ms", "rows/s", "size"]
    rows = [
        [
            each.format,
            str(each.batch),
            f"{each.p50_ms:.3f}",
            f"{each.p95_ms:.3f}",
            f"{each.rows_s:,.0f}",
            size(each.size_bytes),
        ]
        for each in found
    ]
    return table(head, rows, frozenset(head[1:]))


def _interval(found: "OutputReport", name: str) -> str:
    if name not in found.intervals:
        return ""
    low, high = found.intervals[name]
    return f"{low:.4f} to {high:.4f}"


def _shown(value: float | None) -> str:
    return MISSING if value is None else number(value)
