"""What a line says of its run, checked field by field: a wrong one must be named, and must not spoil the lines beside it."""

from typing import Any, Final

import msgspec

from gnomon.core import journal
from gnomon.core.errors import InputError, LimitError
from gnomon.core.limits import MAX_CONFIG_KEYS, MAX_JSON_DEPTH, MAX_TEXT_CHARS, check_name
from gnomon.store.fields import flatten

STATES: Final = ("running", *journal.STATES)
MAX_TAGS: Final = 200
HUES: Final = ("blue", "red", "green", "pink", "cyan", "olive", "purple", "ink")
DASHES: Final = ("dashed", "dotted", "dash-dotted")
"""How a run can look in a chart; `web/src/lib/colour.ts` names the same."""
_KINDS: Final[tuple[tuple[str, Any, str], ...]] = (
    ("config", dict, "an object"),
    ("tags", list, "a list of texts"),
    ("notes", str, "text"),
    ("group", str | None, "text"),
    ("state", str, "text"),
)


def read_changes(line: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a line that are merged into its run.

    Raises:
        InputError: One is not what it should be; `field` names it.
        LimitError: One is larger than accepted.
    """
    changes: dict[str, Any] = {}
    for name, kind, wanted in _KINDS:
        if name in line:
            if not isinstance(line[name], kind):
                msg = f"{name}: expected {wanted}, received {type(line[name]).__name__}."
                raise InputError(msg, field=name)
            changes[name] = line[name]
    if "state" in changes and changes["state"] not in STATES:
        msg = f"state: expected one of {', '.join(STATES)}, received {changes['state']!r:.40}."
        raise InputError(msg, field="state")
    check_tags(changes.get("tags", []))
    check_notes(changes.get("notes", ""))
    _check_config(changes.get("config", {}))
    return changes


def check_tags(tags: list[Any]) -> list[str]:
    """Return tags that are names, and not too many."""
    if len(tags) > MAX_TAGS:
        msg = f"tags: expected at most {MAX_TAGS}, received {len(tags)}."
        raise InputError(msg, field="tags")
    return [check_name(tag, "tags") for tag in tags]


def check_notes(notes: str) -> str:
    """Return notes that are not too long."""
    if len(notes) > MAX_TEXT_CHARS:
        msg = f"notes: expected at most {MAX_TEXT_CHARS} characters, received {len(notes)}."
        raise InputError(msg, field="notes")
    return notes


def check_color(color: str | None) -> str | None:
    """Return the colour of a run's line: a hue, and a dash unless it is solid; each page knows the shade of its ground."""
    if color is None:
        return None
    hue, _, dash = color.partition(" ")
    if hue not in HUES or dash not in ("", *DASHES):
        msg = f"color: expected one of {', '.join(HUES)}, and {' or '.join(DASHES)} behind it, received {color!r:.40}."
        raise InputError(msg, field="color")
    return color


def _check_config(config: dict[Any, Any]) -> None:
    if depth(config) > MAX_JSON_DEPTH:
        msg = f"config: expected at most {MAX_JSON_DEPTH} levels of nesting."
        raise LimitError(msg, field="config")
    if len(flatten(config)) > MAX_CONFIG_KEYS:
        msg = f"config: expected at most {MAX_CONFIG_KEYS} values."
        raise LimitError(msg, field="config")
    try:
        msgspec.msgpack.encode(config)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        msg = f"config: expected text, numbers of 64 bits, lists and objects: {error}."
        raise InputError(msg, field="config") from None
    if not all(isinstance(name, str) for name in config):
        msg = "config: expected names that are text."
        raise InputError(msg, field="config")


def depth(value: Any) -> int:
    """Return how deep lists and maps are nested, without recursion; a number is 0, `[]` is 1.

    Example:
        >>> depth(3), depth([]), depth({"a": [1, {"b": 2}]})
        (0, 1, 3)
    """
    level, deepest = [value], 0
    while level and deepest <= MAX_JSON_DEPTH:
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values() or (None,))
            elif isinstance(item, list):
                inner.extend(item or (None,))
        level = inner
        deepest += bool(inner)
    return deepest
