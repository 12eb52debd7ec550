"""Which direction of a metric is better, as its runs were told by `run.define`."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

_SMALL: Final = re.compile(
    r"(^|[/_.-])(loss|nll|error|err|mae|mse|rmse|mape|perplexity|ppl|ece|brier|wer|cer|fid)($|[/_.-])"
)

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


def chosen_goal(
    metric: str, asked: Goal | None, definitions: Mapping[str, Mapping[str, Any]]
) -> tuple[Goal, Literal["asked", "define", "name", "default"]]:
    """Return which direction is better and who says so: the question, the run, or the name of the metric.

    Example:
        >>> chosen_goal("val/loss", None, {}), chosen_goal("val/acc", None, {})
        (('min', 'name'), ('max', 'default'))
    """
    if asked is not None:
        return asked, "asked"
    defined = defined_goal(metric, definitions)
    if defined is not None:
        return defined, "define"
    return ("min", "name") if _SMALL.search(metric.lower()) else ("max", "default")
