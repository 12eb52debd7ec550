"""Which direction of a metric is better, as its runs were told by `run.define`."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

Goal = Literal["max", "min"]


def defined_goal(metric: str, definitions: Mapping[str, Mapping[str, Any]]) -> Goal | None:
    """Return the goal of a metric; `None` when nobody said.

    Args:
        metric: Series key.
        definitions: What `run.define` was told, by pattern; the longest pattern that fits decides.

    Example:
        >>> defined_goal("val/loss", {"val/*": {"goal": "max"}, "*/loss": {"goal": "min"}})
        'min'
    """
    fitting = [
        (len(pattern), told["goal"])
        for pattern, told in definitions.items()
        if told.get("goal") in {"max", "min"} and fnmatchcase(metric, pattern)
    ]
    return max(fitting)[1] if fitting else None
