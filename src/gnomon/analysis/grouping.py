"""Which runs belong to one entry: those whose config is the same, but for what is meant to vary."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from gnomon.core.errors import InputError

_MOST_PARTS: Final = 10
_SPLIT: Final = re.compile(r"\s*(,|\s-\s|\s\+\s)\s*")


def group_columns(group_by: str, config_keys: Sequence[str]) -> list[str]:
    """Return the run-table columns that make an entry.

    Args:
        group_by: `config` for every config key, or single columns (`config.lr`, `attr.group`, `tag.best`), joined by
            `,` or ` + `; ` - key` leaves a config key out: that of this name, else nested ones that end in it
            (`train.seed`).
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
            _leave_out(chosen, part.removeprefix("config."))
        elif part == "config":
            chosen |= dict.fromkeys(f"config.{key}" for key in config_keys)
        elif part.startswith(("config.", "attr.", "tag.")):
            chosen[part] = None
        else:
            msg = f'group_by: expected parts such as "config", "config.lr" or "attr.group", received {part!r}.'
            raise InputError(msg, field="group_by")
    return list(chosen)


def _leave_out(chosen: dict[str, None], key: str) -> None:
    if f"config.{key}" in chosen:
        del chosen[f"config.{key}"]
        return
    for column in [column for column in chosen if column.startswith("config.") and column.endswith(f".{key}")]:
        del chosen[column]


def group_rows(columns: Mapping[str, Sequence[Any]], count: int) -> list[list[int]]:
    """Return the rows of each group, the groups in the order in which they first come.

    Args:
        columns: Values by column, one per row; `None` is a value of its own.
        count: Number of rows.

    Example:
        >>> group_rows({"config.lr": [0.1, 0.2, 0.1]}, 3)
        [[0, 2], [1]]
    """
    if not columns:
        return [list(range(count))] if count else []
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row, key in enumerate(zip(*map(_marks, columns.values()), strict=True)):
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def differing(columns: Mapping[str, Sequence[Any]], rows: Sequence[int]) -> list[str]:
    """Return the columns that are not the same in all of these rows; the others tell nobody anything.

    Example:
        >>> differing({"config.lr": [0.1, 0.2], "config.model": ["mlp", "mlp"]}, [0, 1])
        ['config.lr']
    """

    def among(values: Sequence[Any]) -> Sequence[Any]:
        return values if rows == range(len(values)) else [values[row] for row in rows]

    return [column for column, values in columns.items() if len(set(_marks(among(values)))) > 1]


def _marks(values: Sequence[Any]) -> Sequence[Any]:
    """Return what tells values apart: True and 1 are one key of a dictionary, but two configs."""
    if bool not in set(map(type, values)):
        return values
    return [(type(value) is bool, value) for value in values]


def label(config: Mapping[str, Any]) -> str:
    """Return a short name made of the values: `lr 0.1 · model cnn`; of very many, the first ten.

    Example:
        >>> label({"config.lr": 0.1, "config.model": "cnn", "config.warmup": None})
        'lr 0.1 · model cnn · warmup none'
    """
    return labels({column: [value] for column, value in config.items()}, 1)[0]


def labels(columns: Mapping[str, Sequence[Any]], count: int) -> list[str]:
    """Return the labels of many configs, given as columns.

    Example:
        >>> labels({"config.lr": [0.1, 0.2]}, 2)
        ['lr 0.1', 'lr 0.2']
    """
    if not columns:
        return ["all alike"] * count
    parts = []
    # What nobody chose by its value, such as the digest of a graph, tells least.
    ordered = sorted(columns.items(), key=lambda each: each[0].endswith(".sha"))
    for column, values in islice(ordered, _MOST_PARTS):
        name = column.partition(".")[2]
        # Values repeat in most studies: each is spelled once
        texts: dict[tuple[type, Any], str] = {}
        keys = [(type(value), value) for value in values]
        for key in keys:
            if key not in texts:
                texts[key] = f"{name} {_shown(key[1])}"
        parts.append([texts[key] for key in keys])
    more = f" · and {len(columns) - _MOST_PARTS} more" if len(columns) > _MOST_PARTS else ""
    return [" · ".join(each) + more for each in zip(*parts, strict=True)]


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
