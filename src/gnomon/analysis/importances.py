"""Which parameters of a project's runs a metric depends on."""

from typing import Final, Literal

import msgspec

from gnomon.analysis.importance import Importance, importance
from gnomon.analysis.known import SEEDS, config_names
from gnomon.analysis.ranking import column_of
from gnomon.analysis.source import Source

_MOST_RUNS: Final = 20_000
_MOST_KEYS: Final = 500


class ImportanceQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Ask which config keys a metric depends on; `parameters` empty means all keys but the seed."""

    project: str
    metric: str
    where: str | None = None
    method: Literal["forest"] = "forest"
    parameters: list[str] = []


def importance_of(source: Source, asked: ImportanceQuery) -> Importance:
    """Return the importance of config keys.

    Raises:
        InputError: Fewer than ten runs with a value, or nothing differs; `metric` or `parameters` name no column.
        FilterError: `where` does not parse.
    """
    keys = source.config_keys(asked.project)
    seeds = set(config_names(SEEDS, keys))
    chosen = asked.parameters or [f"config.{key}" for key in keys if key not in seeds][:_MOST_KEYS]
    names = [name if name.startswith(("config.", "attr.", "tag.")) else f"config.{name}" for name in chosen]
    column = column_of(asked.metric)
    wanted = list(dict.fromkeys([*names, column]))
    page = source.table(asked.project, asked.where or "", wanted, "-created", _MOST_RUNS)
    values = [value if isinstance(value, int | float) else None for value in page.columns[column]]
    return importance(
        column.removeprefix("metric."), values, {name.removeprefix("config."): page.columns[name] for name in names}
    )
