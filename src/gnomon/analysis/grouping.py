"""Which runs belong to one entry: those whose config is the same, but for what is meant to vary."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gnomon.core.errors import InputError

_SPLIT: Final = re.compile(r"\s*(,|\s-\s|\s\+\s)\s*")


def group_columns(group_by: str, config_keys: Sequence[str]) -> list[str]:
    """Return the run-table columns that make an entry.

    Args:
        group_by: `config` for every config key, or single columns (`config.lr`, `attr.group`, `tag.best`), joined by
            `,` or ` + `; ` - key` leaves a config key out.
        config_keys: Flattened config keys in use.

    Raises:
        InputError: A part is none of these.

    Example:
        >>> group_columns("config - seed", ["lr", "seed", "model"])
        ['config.lr', 'config.model']
    """
    chosen: dict[str, None] = {}
    sign = "+"
    for part in _SPLIT.split(group_by.strip()):
        if part.strip() in {",", "+", "-"}:
            sign = part.strip()
        elif sign == "-":
            chosen.pop(part if part.startswith("config.") else f"config.{part}", None)
        elif part == "config":
            chosen |= dict.fromkeys(f"config.{key}" for key in config_keys)
        elif part.startswith(("config.", "attr.", "tag.")):
            chosen[part] = None
        else:
            msg = f'group_by: expected parts such as "config", "config.lr" or "attr.group", received {part!r}.'
            raise InputError(msg, field="group_by")
    return list(chosen)


def group_rows(columns: Mapping[str, Sequence[Any]], count: int) -> list[list[int]]:
    """Return the rows of each group, the groups in the order in which they first come.

    Args:
        columns: Values by column, one per row; `None` is a value of its own.
        count: Number of rows.

    Example:
        >>> group_rows({"config.lr": [0.1, 0.2, 0.1]}, 3)
        [[0, 2], [1]]
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    lists = list(columns.values())
    for row in range(count):
        # True and 1 are one key of a dictionary, but two configs
        key = tuple((type(values[row]) is bool, values[row]) for values in lists)
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def differing(columns: Mapping[str, Sequence[Any]], rows: Sequence[int]) -> list[str]:
    """Return the columns that are not the same in all of these rows; the others tell nobody anything.

    Example:
        >>> differing({"config.lr": [0.1, 0.2], "config.model": ["mlp", "mlp"]}, [0, 1])
        ['config.lr']
    """

    def values(column: str) -> set[tuple[bool, Any]]:
        return {(type(columns[column][row]) is bool, columns[column][row]) for row in rows}

    return [column for column in columns if len(values(column)) > 1]


def label(config: Mapping[str, Any]) -> str:
    """Return a short name made of the values: `lr 0.1 · model cnn`.

    Example:
        >>> label({"config.lr": 0.1, "config.model": "cnn", "config.warmup": None})
        'lr 0.1 · model cnn · warmup none'
    """
    if not config:
        return "all alike"
    return " · ".join(f"{key.partition('.')[2]} {_shown(value)}" for key, value in config.items())


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
