"""Rows that belong together: a column that numbers patients, speakers or scenes, of each of which there are several rows."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import msgspec
import numpy as np

from gnomon.models.datasets.profile import Finding
from gnomon.models.datasets.registry import SplitSpec
from gnomon.models.datasets.split import Int64
from gnomon.models.datasets.table import Table

_NAMED: Final = re.compile(
    r"(?:^|[_\W])(?:id|uid|uuid|patient|subject|person|participant|user|customer|client|speaker|writer|session|household|"
    r"case|animal|device|machine|station|site|scene|video|recording|group)s?(?:[_\W]?(?:id|no|nr|number|code|key))?$",
    re.IGNORECASE,
)
"""What columns are called whose values stand for somebody or something."""
_FEWEST: Final = 10
"""Groups below which a column is taken to say a kind, not who."""
_MOST_ROWS: Final = 50.0
"""Mean rows of a group beyond which likewise."""
_EVEN: Final = 0.1
"""Spread of the rows of groups, over their mean, up to which a column without such a name is taken to number them."""


def belonging(table: Table, split: SplitSpec, target: Sequence[str], parts: Mapping[str, Int64]) -> list[Finding]:
    """Return the columns whose rows belong together and lie in two parts.

    Args:
        table: The data.
        split: How they are split.
        target: What is to be predicted.
        parts: Rows of the parts.
    """
    if split.way == "grouped" or table.parts:
        return []
    names = [name for name, column in table.columns.items() if name not in target and column.kind in _KINDS]
    found = (_finding(table, name, split, parts) for name in names)
    return [each for each in found if each is not None]


_KINDS: Final = ("number", "category", "text")


def _finding(table: Table, name: str, split: SplitSpec, parts: Mapping[str, Int64]) -> Finding | None:
    values = [_said(value) for value in table.values(name, slice(None)).tolist()]
    counts = Counter(value for value in values if value is not None)
    if not _is_grouped(name, table.column(name).kind, counts):
        return None
    torn = _torn(values, parts)
    if torn is None:
        return None
    first, second, both = torn
    rows = np.mean([*counts.values()])
    each = f"{rows:.0f}" if len({*counts.values()}) == 1 else f"about {rows:.1f}"
    message = (
        f"{len(counts):,} different values with {each} rows each, so it seems to say whose rows they are; of {both:,} of them rows are "
        f"in {first} and in {second}: what is measured may be known by heart. Split by group ({name}) if so, and leave it out of the inputs."
    )
    wanted = SplitSpec("grouped", split.shares if len(split.shares) == 3 else SplitSpec().shares, split.seed, name)
    fix = {"title": f"Keep the rows of each {name} together", "split": msgspec.to_builtins(wanted)}
    return Finding("groups", name, message, fix)


def _said(value: Any) -> Any:
    """Return a value as it is counted; `None` for a gap, and for a number with a fraction, which numbers nobody."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return str(value) if value not in (None, "") else None


def _is_grouped(name: str, kind: str, counts: Counter[Any]) -> bool:
    if len(counts) < _FEWEST:
        return False
    sizes = np.array([*counts.values()], float)
    if not 1.5 <= sizes.mean() <= _MOST_ROWS:
        return False
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    is_even = sizes.std() / sizes.mean() <= _EVEN and len(counts) >= 2 * _FEWEST
    return bool(_NAMED.search(words)) or (is_even and (kind != "number" or _is_count(counts)))


def _is_count(counts: Counter[Any]) -> bool:
    """Return whether numbers go from one to the next, as those of people in a list do."""
    numbers = sorted(counts)
    return isinstance(numbers[0], int) and numbers[-1] - numbers[0] < 2 * len(numbers)


def _torn(values: Sequence[Any], parts: Mapping[str, Int64]) -> tuple[str, str, int] | None:
    """Return two parts that have rows of the same group, and of how many; `None` when there are none."""
    of = {part: {values[row] for row in rows.tolist()} - {None} for part, rows in parts.items()}
    pairs = [(first, second, len(of[first] & of[second])) for first, second in combinations(of, 2)]
    best = max(pairs, key=lambda pair: pair[2], default=None)
    return best if best is not None and best[2] else None
