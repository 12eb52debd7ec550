"""What is known of a run besides its series, and how an opened journal or a change is merged into it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gnomon.core import journal
from gnomon.core.errors import InputError
from gnomon.store.engine import RunInfo

STATES: Final = ("running", *journal.STATES, "lost")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


@dataclass(slots=True)
class Fields:
    """Hold the fields of one run; `merge` changes them in place."""

    project: str
    name: str
    created_us: int
    updated_us: int
    state: str = "running"
    finished_us: int | None = None
    group: str | None = None
    tags: set[str] = field(default_factory=set)
    notes: str = ""
    dropped: int = 0
    error: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    last_step: int | None = None
    state_us: int = -(1 << 63)

    @classmethod
    def opened(cls, opened: journal.Open, now_us: int) -> "Fields":
        """Return the fields of a run that this journal is the first to name."""
        fields = cls(opened.project, opened.name, opened.us, now_us)
        # That a helper began says nothing of the run: it may have ended before, in a journal that is read after this.
        began: dict[str, Any] = {} if opened.child else {"state": "running"}
        fields.merge(check_changes(open_changes(opened, main=True)) | began, opened.us)
        return fields

    def join(self, opened: journal.Open, *, numbered: bool) -> dict[str, Any]:
        """Take in another journal of a run that exists, and return the config it sets, flattened.

        Journals of one run are read in any order: the one that began the run, neither resumed nor a child, says what
        the run is called and when it began, even when another was read first.

        Args:
            opened: First record of that journal.
            numbered: It is a real journal rather than one request that names the run again.
        """
        begins = numbered and not opened.resumed and not opened.child
        if begins:
            self.project, self.name, self.created_us = opened.project, opened.name, opened.us
        revives = opened.resumed and not opened.child
        changes = check_changes(open_changes(opened, main=begins or revives))
        self.merge(changes | ({"state": "running", "error": None} if revives else {}), opened.us)
        return flatten(changes.get("config", {}))

    def merge(self, changes: Mapping[str, Any], us: int) -> None:
        """Merge changes that `check_changes` has passed.

        A state that is older than the present one does not replace it: the journals of a run are read independently.

        Args:
            changes: Fields by name, as in `gnomon.core.batch.Change`; `untag` takes labels away.
            us: When they were made; becomes `finished_us` when they end the run.
        """
        if "state" in changes:
            if us < self.state_us:
                changes = {name: value for name, value in changes.items() if name not in {"state", "error"}}
            else:
                self.state, self.state_us = changes["state"], us
                self.finished_us = None if self.state == "running" else us
        for name, value in changes.items():
            match name:
                case "config":
                    self.config = _merged(self.config, value)
                case "summary" | "define" | "data" | "evaluation" | "alerts" if isinstance(value, dict):
                    known = self.meta.get(name)
                    self.meta[name] = _merged(known if isinstance(known, dict) else {}, value)
                case "tags":
                    self.tags |= set(value)
                case "untag":
                    self.tags -= set(value)
                case "dropped":
                    self.dropped += value
                case "state":
                    pass
                case "name" | "project" | "notes" | "group" | "error":
                    setattr(self, name, value)
                case _:
                    self.meta[name] = value

    def reach(self, step: int) -> None:
        """Take note of a point at `step`."""
        self.last_step = step if self.last_step is None else max(step, self.last_step)

    def rewind(self, step: int) -> None:
        """Take note of a rewind: the run stands before `step` again."""
        if self.last_step is not None and self.last_step >= step:
            self.last_step = step - 1 if step else None

    def info(self, index: int, run: str) -> RunInfo:
        """Return the fields as a value of their own."""
        return RunInfo(
            index=index,
            id=run,
            project=self.project,
            name=self.name,
            state=self.state,
            created_us=self.created_us,
            updated_us=self.updated_us,
            finished_us=self.finished_us,
            group=self.group,
            tags=tuple(sorted(self.tags)),
            notes=self.notes,
            dropped=self.dropped,
            error=self.error,
            meta=dict(self.meta),
            last_step=self.last_step,
        )


def open_changes(opened: journal.Open, *, main: bool = False) -> dict[str, Any]:
    """Return what the first record of a journal changes in its run, besides project, name and state.

    Args:
        opened: The record.
        main: It is the process that the run stands and falls with; another rank leaves `host`, `pid` and so on alone.
    """
    names = ["config", "tags", "notes", "group"]
    if main:
        names += ["parent", "fork_step", "rank", "host", "pid", "started"]
    found = {name: getattr(opened, name) for name in names}
    changes = {name: value for name, value in found.items() if value not in (None, "", [], {})}
    if not opened.pid:
        changes.pop("pid", None)
    return changes


def check_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deep copy of `changes` made of plain msgpack types.

    Raises:
        InputError: A field has a type that cannot be merged or stored.
    """
    try:
        plain = _decode(_encode(dict(changes)))
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError, RecursionError) as error:
        msg = f"changes: expected text, numbers, lists and maps, received something else: {error}."
        raise InputError(msg, field="changes") from error
    if not isinstance(plain, dict) or not all(isinstance(name, str) for name in plain):
        msg = f"changes: expected fields by name, received {changes!r:.60}."
        raise InputError(msg, field="changes")
    for name, value in plain.items():
        wanted = _wanted(name, value)
        if wanted:
            msg = f"{name}: expected {wanted}, received {type(value).__name__} {value!r:.60}."
            raise InputError(msg, field=name)
    return plain


def _wanted(name: str, value: Any) -> str:
    """Return what `name` should have been, or nothing when it is right."""
    match name:
        case "config" | "summary" | "define":
            right, wanted = isinstance(value, dict) and all(isinstance(k, str) for k in value), "a map with text keys"
        case "name" | "project" | "notes":
            right, wanted = isinstance(value, str), "text"
        case "group" | "error":
            right, wanted = value is None or isinstance(value, str), "text or nothing"
        case "tags" | "untag":
            right, wanted = isinstance(value, list) and all(isinstance(t, str) for t in value), "a list of texts"
        case "dropped":
            right, wanted = type(value) is int and 0 <= value < 1 << 62, "a count"
        case "state":
            right, wanted = value in STATES, f"one of {', '.join(STATES)}"
        case _:
            right, wanted = True, ""
    return "" if right else wanted


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Merge maps key by key, inner maps too; whatever is not a map on both sides is replaced."""
    out = dict(old)
    for key, value in new.items():
        before = out.get(key)
        out[key] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return out


def flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the leaves of a nested config by their dotted names.

    Example:
        >>> flatten({"opt": {"lr": 0.1, "betas": [0.9, 0.99]}, "seed": 3})
        {'opt.lr': 0.1, 'opt.betas': [0.9, 0.99], 'seed': 3}
    """
    return dict(_leaves(config, prefix))


def _leaves(config: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{name}.")
        else:
            yield name, value


def cell(value: Any) -> tuple[float | None, str | None]:
    """Return a config value as the number and the text that its column holds.

    A number has no text, a bool has both, NaN is the text `nan`, nothing is nothing, the rest is JSON.

    Example:
        >>> cell(3), cell(True), cell("adam"), cell([1, 2]), cell(None)
        ((3.0, None), (1.0, 'true'), (None, 'adam'), (None, '[1,2]'), (None, None))
    """
    if value is None:
        return None, None
    if isinstance(value, bool):
        return float(value), "true" if value else "false"
    if isinstance(value, int | float):
        return (None, "nan") if math.isnan(value) else (float(value), None)
    if isinstance(value, str):
        return None, value
    return None, msgspec.json.encode(value).decode()
