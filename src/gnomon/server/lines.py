"""From the lines that anybody can write to batches that the store takes.

A line is a JSON object; which of its fields are values, and what they become, is told in docs/reference/http.md.
A line is stored whole or not at all.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError, LimitError
from gnomon.core.limits import MAX_JSON_DEPTH, MAX_KEYS_PER_CALL, MAX_TEXT_CHARS, check_key, check_name, check_step
from gnomon.server.changes import depth, read_changes
from gnomon.server.columns import MAX_US, NON_FINITE, Columns, read_columns

RESERVED: Final = frozenset(
    {"project", "run", "step", "time", "config", "tags", "notes", "group", "state", "writer", "batch", "columns"}
)


@dataclass(slots=True)
class Line:
    """What one line says, checked; the run is still a name.

    Args:
        project: Name of the project.
        run: Name or id of the run.
        writer: Who numbers the batches, empty when nobody does.
        batch: Number of the batch, from 0.
        step: Step of the values; `None` is the one after the run's last.
        us: Time of the values.
        points: Series and their values at that step.
        frames: Many points at once.
        objects: Key, kind and bytes of what is not a number.
        changes: Fields to merge into the run.
    """

    project: str
    run: str
    writer: str
    batch: int
    step: int | None
    us: int
    points: dict[str, float] = field(default_factory=dict)
    frames: list[Columns] = field(default_factory=list)
    objects: list[tuple[str, str, bytes]] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Return how many points the line holds."""
        return len(self.points) + sum(c.values.size for c in self.frames)


def read_line(line: Any, now_us: int) -> Line:
    """Check one line.

    Raises:
        InputError: A field is not what it should be; `field` names it.
        LimitError: A field is larger than accepted.
    """
    if not isinstance(line, dict):
        msg = f'Expected an object such as {{"run": "r", "step": 3, "loss": 0.5}}, received {type(line).__name__}.'
        raise InputError(msg)
    if len(line) > MAX_KEYS_PER_CALL:
        msg = f"Expected at most {MAX_KEYS_PER_CALL} fields in one line, received {len(line)}. Send several lines."
        raise LimitError(msg)
    step = line.get("step")
    found = Line(
        project=check_name(line.get("project", "default"), "project"),
        run=check_name(_needed(line, "run"), "run"),
        writer=check_name(line["writer"], "writer") if "writer" in line else "",
        batch=check_step(line.get("batch", 0), "batch"),
        step=None if step is None else check_step(step),
        us=read_time(line["time"]) if line.get("time") is not None else now_us,
        changes=read_changes(line),
    )
    if ("writer" in line) != ("batch" in line):
        msg = "writer, batch: expected both or neither; together they name what must not be stored twice."
        raise InputError(msg, field="batch" if "writer" in line else "writer")
    if "columns" in line:
        found.frames = read_columns(line["columns"], now_us)
    for key, value in line.items():
        if key not in RESERVED:
            _add(found, check_key(key), value)
    return found


def read_time(value: Any, field: str = "time") -> int:
    """Return UTC seconds as microseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_US / 1e6:
        msg = f"{field}: expected UTC seconds such as 1790000000.25, received {value!r:.40}."
        raise InputError(msg, field=field)
    return round(value * 1e6)


def _needed(line: dict[str, Any], name: str) -> Any:
    if name not in line:
        msg = f'{name}: expected a name, received none. Add "{name}": "my-first-run"; it is made when it is new.'
        raise InputError(msg, field=name)
    return line[name]


def _add(line: Line, key: str, value: Any) -> None:
    if isinstance(value, int | float):
        line.points[key] = _float(key, value)
    elif isinstance(value, str) and value in NON_FINITE:
        line.points[key] = NON_FINITE[value]
    elif isinstance(value, str):
        if len(value) > MAX_TEXT_CHARS:
            msg = f"{key}: expected at most {MAX_TEXT_CHARS} characters of text, received {len(value)}."
            raise LimitError(msg, field=key)
        line.objects.append((key, "text", value.encode()))
    elif isinstance(value, dict | list):
        line.objects.append((key, "json", _json(key, value)))
    elif value is not None:  # null is no value: nothing is stored for it
        msg = f"{key}: expected a number, text, an object or a list, received {type(value).__name__}."
        raise InputError(msg, field=key)


def _float(key: str, value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        msg = f"{key}: expected a number below 1.8e308, received one of {len(str(value))} digits."
        raise InputError(msg, field=key) from None


def _json(key: str, value: Any) -> bytes:
    if depth(value) > MAX_JSON_DEPTH:
        msg = f"{key}: expected at most {MAX_JSON_DEPTH} levels of nesting."
        raise LimitError(msg, field=key)
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        msg = f"{key}: expected what JSON can hold: {error}."
        raise InputError(msg, field=key) from error
