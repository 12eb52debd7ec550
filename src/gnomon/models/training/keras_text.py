"""Parts of `train.py` for Keras."""

from typing import Any

from gnomon.models.training.plan import Plan


def parts(plan: Plan, facts: dict[str, Any]) -> dict[str, str]:
    """Return what the template of the script has gaps for."""
    del plan, facts
    raise NotImplementedError
