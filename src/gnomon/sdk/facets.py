"""What a run has besides its series: config, summary and tags, written to the journal as they are set."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from collections.abc import Set as AbstractSet
from typing import Any

from gnomon.core.errors import InputError
from gnomon.core.limits import MAX_CONFIG_KEYS, MAX_NAME_CHARS
from gnomon.core.plain import plain, storable
from gnomon.sdk.notices import Notices

Record = Callable[[dict[str, Any]], None]
"""Writes fields that changed."""


class Config(MutableMapping[str, Any]):
    """The values chosen before a run, as plain data.

    Setting a key records it; nested mappings are merged by whoever reads. A key that is deleted is recorded as null.

    Args:
        values: What is recorded already.
        record: Writes `{"config": {key: value}}`.
    """

    def __init__(self, values: Mapping[str, Any], record: Record) -> None:
        self._values = dict(values)
        self._record = record

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: object) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._record({"config": {key: None}})

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Config({self._values!r})"

    def update(self, *values: Any, **more: Any) -> None:
        """Set several keys in one record; takes what `dict` takes, and namespaces and dataclasses too."""
        merged = config_of(values[0]) if values else {}
        merged |= config_of(more)
        if merged:
            self._values |= merged
            self._record({"config": merged})


class Summary(MutableMapping[str, Any]):
    """The figures a run ends with: the last value of every series, and what is set here.

    Args:
        last: Returns the last value of every series logged by this process.
        record: Writes `{"summary": {key: value}}`.
    """

    def __init__(self, last: Callable[[], dict[str, float]], record: Record) -> None:
        self._last = last
        self._record = record
        self._values: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        return self._values[key] if key in self._values else self._last()[key]

    def __setitem__(self, key: str, value: object) -> None:
        self._values[key] = plain(value)
        self._record({"summary": {str(key): self._values[key]}})

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._record({"summary": {key: None}})

    def __iter__(self) -> Iterator[str]:
        return iter({**self._last(), **self._values})

    def __len__(self) -> int:
        return len({**self._last(), **self._values})

    def __repr__(self) -> str:
        return f"Summary({ {**self._last(), **self._values}!r})"


class Tags(AbstractSet[str]):
    """Labels of a run; they can be added to (`run.tags.add("best")`).

    Args:
        tags: What is recorded already.
        record: Writes `{"tags": [tag]}`.
    """

    def __init__(self, tags: Iterable[str], record: Record) -> None:
        self._tags = dict.fromkeys(tags)
        self._record = record

    def add(self, *tags: str) -> None:
        """Add labels."""
        new = [tag for tag in tags_of(tags) if tag not in self._tags]
        if new:
            self._tags |= dict.fromkeys(new)
            self._record({"tags": new})

    def __contains__(self, tag: object) -> bool:
        return tag in self._tags

    def __iter__(self) -> Iterator[str]:
        return iter(self._tags)

    def __len__(self) -> int:
        return len(self._tags)

    def __repr__(self) -> str:
        return f"Tags({list(self._tags)!r})"


def config_of(config: object) -> dict[str, Any]:
    """Return a configuration as plain data: a mapping, a namespace, a dataclass, or `None`.

    Anything else is kept under the key `"config"`. Past 5,000 keys the rest is left out.
    """
    values = {} if config is None else plain(config)
    if not isinstance(values, dict):
        values = {"config": values}
    return dict(list(values.items())[:MAX_CONFIG_KEYS])


def definition(step: str | None, goal: str | None, summary: str | None, notices: Notices) -> dict[str, str]:
    """Return how series are to be read, as it is recorded; what is no choice is left out and said."""
    given = {"step": step, "goal": goal, "summary": summary}
    allowed = {"goal": ("max", "min"), "summary": ("last", "min", "max", "mean")}
    for name, choices in allowed.items():
        if given[name] is not None and given[name] not in choices:
            msg = f"{name}: expected one of {', '.join(choices)}, received {given[name]!r:.40}."
            notices.tell(f"define {name}", InputError(msg, field=name))
            given[name] = None
    return {name: value for name, value in given.items() if value is not None}


def tags_of(tags: object) -> list[str]:
    """Return labels as text: one text is one label."""
    if tags is None:
        return []
    given = [tags] if isinstance(tags, str) or not isinstance(tags, Iterable) else tags
    return [text for tag in given if (text := storable(str(tag)).strip()[:MAX_NAME_CHARS])]
