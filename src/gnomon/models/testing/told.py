"""What the run of a version is told of a test: the same as `run.evaluate` writes, so that leaderboards rank it alike."""

from collections.abc import Sequence
from typing import Any

from gnomon.core.records import registry
from gnomon.models.testing.found import Found

Told = dict[str, dict[str, Any]]


def told_of(found: Sequence[Found], name: str) -> Told:
    """Return evaluations by name, plain: `hash`, `figures`, and `records` as kind, meta and bytes.

    Args:
        found: Of each output; those that are no evaluation are passed over.
        name: Of the test; of several outputs each has its own behind it.
    """
    several = len(found) > 1
    return {
        f"{name}/{each.report.output}" if several else name: {
            "hash": each.evaluation.hash,
            "figures": each.evaluation.figures,
            "records": {key: _encoded(value) for key, value in each.evaluation.records.items()},
        }
        for each in found
        if each.evaluation is not None
    }


def _encoded(value: object) -> dict[str, Any]:
    made = registry.encode(value)
    assert made is not None  # records of an evaluation are ours
    return {"kind": made.kind, "meta": dict(made.meta), "data": bytes(made.data)}
