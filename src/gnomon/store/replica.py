"""A copy of a run for another store, written as the journal of a writer of its own.

What the other store has is told by an offset in that journal, as for any journal; what comes next is made from a mark in
the feed of the run. So nothing has to be kept for replication before somebody asks for it, and a piece that arrives twice
is stored once.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec

from gnomon.core import journal
from gnomon.core.batch import Frame, Rewind
from gnomon.store.console import ConsoleLine
from gnomon.store.engine import Engine, Mark, RecordInfo, RunInfo

_REPLACED: Final = ("project", "name", "notes", "group", "config")


class CopyState(msgspec.Struct, frozen=True):
    """Say how far a copy of a run has come.

    Args:
        offset: Bytes of its journal so far.
        rows: As in `Mark`.
        record: As in `Mark`.
        rewinds: As in `Mark`.
        sets: Keys of each set that was named, by its number.
        fields: What was last said of the run besides its values.
        console: As in `Mark`.
    """

    offset: int = 0
    rows: int = 0
    record: int = 0
    rewinds: int = 0
    sets: tuple[tuple[str, ...], ...] = ()
    fields: dict[str, Any] = {}
    console: int = 0


class NamedBlob(msgspec.Struct, frozen=True):
    """Name a file that a piece needs: its SHA-256, its size in bytes, and the record that has it."""

    hash: str
    size: int
    record: int


class CopyPiece(msgspec.Struct, frozen=True):
    """Hold the next part of the journal of a copy, without its bytes.

    Args:
        first: Offset where it begins.
        state: How far the copy is when it has it.
        blobs: Files that must be there before it.
        rows_left: Rows that came after it.
        has_more: Something came after it.
    """

    first: int
    state: CopyState
    blobs: tuple[NamedBlob, ...]
    rows_left: int
    has_more: bool


def next_piece(engine: Engine, run: str, writer: str, state: CopyState) -> tuple[CopyPiece, bytes]:
    """Return the next part of the journal that makes a copy of a run; empty when nothing is new.

    Args:
        engine: Where the run is.
        run: Its id, which the copy has too.
        writer: Writer id of the copy's journal; the same one each time.
        state: What the last piece said.

    Raises:
        NotFoundError: There is no such run.
    """
    info, config = engine.run(run), engine.config(run)
    feed = engine.feed(run, Mark(state.rows, state.record, state.rewinds, state.console))
    maker = _Maker(engine, run, state.sets)
    # Again when the journal that began the run was read after one that went on with it.
    if state.fields.get("created_us") != info.created_us:
        maker.add(journal.OPEN, _opened(info, writer))
    for item in feed.items:
        maker.take(item)
    maker.print(feed.console)
    fields = state.fields | {"created_us": info.created_us}
    if not feed.has_more:  # what it is called and how it ended comes after what it logged
        fields = _fields(info, config, state.fields)
        for us, changed in _changes(state.fields, fields, info):
            maker.add(journal.CHANGE, us, changed)
    data, mark = b"".join(maker.parts), feed.mark
    offset = state.offset + len(data)
    after = CopyState(offset, mark.rows, mark.record, mark.rewinds, tuple(maker.sets), fields, mark.console)
    return CopyPiece(state.offset, after, tuple(maker.blobs), feed.rows_left, feed.has_more), data


class _Maker:
    """Writes what a feed holds as journal records."""

    def __init__(self, engine: Engine, run: str, sets: tuple[tuple[str, ...], ...]) -> None:
        self._engine, self._run = engine, run
        self.parts: list[bytes] = []
        self.blobs: list[NamedBlob] = []
        self.sets = list(sets)
        self._numbers = {keys: number for number, keys in enumerate(sets)}

    def add(self, tag: int, *fields: object) -> None:
        self.parts.append(journal.encode(tag, *fields))

    def take(self, item: Frame | RecordInfo | Rewind) -> None:
        match item:
            case Frame():
                self._frame(item)
            case RecordInfo():
                self._record(item)
            case Rewind(us, step):
                self.add(journal.REWIND, us, step)

    def print(self, lines: Sequence[ConsoleLine]) -> None:
        """Write lines of a console, those of one moment and stream together."""
        for (us, stream), group in groupby(lines, lambda line: (line.us, line.stream)):
            text = ""
            for line in group:
                if text and len(text) + len(line.text) >= journal.CONSOLE_CHARS:
                    self.add(journal.CONSOLE, us, stream, text)
                    text = ""
                text += f"{line.text}\n"
            self.add(journal.CONSOLE, us, stream, text)

    def _frame(self, frame: Frame) -> None:
        keys = tuple(frame.keys)
        number = self._numbers.get(keys)
        if number is None:
            number = self._numbers[keys] = len(self.sets)
            self.sets.append(keys)
            self.add(journal.KEYS, number, list(keys))
        layout = journal.Layout(number, len(keys))
        rows = zip(frame.step.tolist(), frame.us.tolist(), frame.values.T.tolist(), strict=True)
        self.parts += [layout.record(step, us, values) for step, us, values in rows]

    def _record(self, info: RecordInfo) -> None:
        head = (info.key, info.kind, info.step, info.us, dict(info.meta))
        if info.blob is None:
            self.add(journal.OBJECT, *head, self._engine.payload(self._run, info.id))
        else:
            self.blobs.append(NamedBlob(info.blob, info.size, info.id))
            self.add(journal.ATTACHED, *head, info.blob, info.size)


def _opened(info: RunInfo, writer: str) -> journal.Open:
    # Neither host nor pid: whether the trainer lives is for its own store to find out.
    return journal.Open(
        run=info.id, project=info.project, writer=writer, name=info.name, us=info.created_us,
        parent=info.meta.get("parent"), fork_step=info.meta.get("fork_step"),
    )  # fmt: skip


def _fields(info: RunInfo, config: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Return what there is to say of a run besides its values.

    `state_us` never goes back: a state that looks older than the one before it would not be believed.
    """
    last = old.get("state_us", info.created_us)
    if (old.get("state", "running"), old.get("error")) != (info.state, info.error):
        last = max(last + 1, info.finished_us or 0)
    return {
        **{name: getattr(info, name) for name in _REPLACED if name != "config"},
        "created_us": info.created_us,
        "config": config,
        "tags": list(info.tags),
        "dropped": info.dropped,
        "state": info.state,
        "state_us": last,
        "error": info.error,
        "meta": dict(info.meta),
    }


def _changes(old: dict[str, Any], new: dict[str, Any], info: RunInfo) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield `(us, fields)`: what became of a run since it was last told of, and how it ended after everything else."""
    changed = {name: new[name] for name in _REPLACED if old.get(name) != new[name]}
    meta = old.get("meta", {})
    changed |= {name: value for name, value in new["meta"].items() if name not in meta or meta[name] != value}
    tags, before = set(new["tags"]), set(old.get("tags", ()))
    changed |= {name: sorted(found) for name, found in (("tags", tags - before), ("untag", before - tags)) if found}
    if dropped := new["dropped"] - old.get("dropped", 0):
        changed["dropped"] = dropped
    if changed:
        yield info.updated_us, changed
    if new["state_us"] != old.get("state_us", info.created_us):
        yield new["state_us"], {"state": new["state"], "error": new["error"]}
