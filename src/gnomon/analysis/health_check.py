"""All checks of a run at once."""

from typing import Final

from gnomon.analysis import health_layers as layers
from gnomon.analysis import health_losses as losses
from gnomon.analysis.health import Check, Checkup, Code, Finding, Recorded, Rule, View

WATCHED: Final = "statistics of a model: run.watch(model)"
RULES: Final[tuple[tuple[Code, Rule, str], ...]] = (
    ("nonfinite", losses.nonfinite, "a loss, such as train/loss, or statistics of a model"),
    ("exploding", losses.exploding_loss, "a loss of training with six values or more"),
    ("exploding", layers.exploding, WATCHED),
    ("vanishing", layers.vanishing, f"weights and gradients of two layers or more, measured three times; {WATCHED}"),
    ("dead", layers.dead, f"activations measured three times; {WATCHED}"),
    ("saturated", layers.saturated, f"a layer with a sigmoid or tanh, measured three times; {WATCHED}"),
    ("constant", layers.constant, f"the outputs of a watched model, or a confusion matrix; {WATCHED}"),
    (
        "overfit",
        losses.overfit,
        "losses of training and validation, such as train/loss and val/loss, with five values or more",
    ),
    ("stuck", losses.stuck, "a loss of a hundred steps or ten epochs"),
    ("loader_bound", losses.loader_bound, "the share of time that goes into waiting for data, as train/data_share"),
)
"""Checks in order, and what each of them needs."""

_ERRORS_FIRST: Final = {"error": 0, "warning": 1}


def check(recorded: Recorded, until: int | None = None, last_step: int | None = None) -> Checkup:
    """Return what the checks find in a run's record.

    Args:
        recorded: The record.
        until: Look at it as it was at this step; `None` looks at all.
        last_step: Largest step of the run.
    """
    view = View(recorded, until)
    findings: list[Finding] = []
    made: dict[Code, Check] = {}
    for code, rule, needs in RULES:
        found, seen = rule(view)
        findings += found
        before = made.get(code)
        made[code] = Check(code, seen or (before is not None and before.made), before.needs if before else needs)
    findings.sort(key=lambda one: (_ERRORS_FIRST[one.level], one.from_step))
    step = last_step if until is None or last_step is None else min(until, last_step)
    return Checkup(step, findings, list(made.values()))
