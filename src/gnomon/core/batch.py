"""What storage engines are given: a piece of one writer's journal, turned into columns."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core import journal
from gnomon.core.block import Block, read_block
from gnomon.core.errors import CorruptError, GnomonError, InputError
from gnomon.core.ids import is_hash
from gnomon.core.limits import MAX_JSON_DEPTH, MAX_STEP, check_key
from gnomon.core.plain import plain

_STEP = struct.Struct("<q")
_LEAVES = (str, int, float, type(None))

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Values that were logged together, so they share step and time.

    Args:
        keys: Names of the series, length k.
        step: int64 of shape `(n,)`, in the order of arrival; not necessarily increasing.
        us: int64 of shape `(n,)`, microseconds since 1970.
        values: float64 of shape `(k, n)`; NaN and infinities are values like any other.
    """

    keys: tuple[str, ...]
    step: Int64
    us: Int64
    values: Float64


@dataclass(frozen=True, slots=True)
class Object:
    """One record that is not a number: text, JSON, images and the rest.

    Args:
        key: Its name in the run.
        kind: Which record type decodes it.
        step: Step it was logged at.
        us: When, in microseconds since 1970.
        meta: What is known of it without its payload; a small map of plain values.
        data: The payload; empty for one whose bytes are in a blob.
        blob: SHA-256 of the payload, when it is (also) a blob.
        size: Bytes of the payload; the length of `data` unless told.
    """

    key: str
    kind: str
    step: int
    us: int
    meta: dict[str, Any]
    data: bytes
    blob: str | None = None
    size: int = -1

    def __post_init__(self) -> None:
        if self.size == -1:
            object.__setattr__(self, "size", len(self.data))


@dataclass(frozen=True, slots=True)
class Rewind:
    """From here on the run goes on at `step`; what was logged at or after it stays as another branch."""

    us: int
    step: int


@dataclass(frozen=True, slots=True)
class Change:
    """Fields of a run to merge: `config tags notes name group project summary define state error dropped …`.

    `config`, `summary` and `define` merge key by key, `tags` adds, `dropped` adds up, everything else replaces.
    """

    us: int
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Console:
    """A piece of what was printed; it may begin and end anywhere in a line.

    Args:
        us: When, in microseconds since 1970.
        stream: 0 out, 1 err, 2 a word of gnomon's own.
        text: At most 65,536 characters.
    """

    us: int
    stream: int
    text: str

    def __post_init__(self) -> None:
        if type(self.stream) is not int or not 0 <= self.stream < journal.STREAMS:
            msg = f"stream: expected 0 (out), 1 (err) or 2 (gnomon), received {self.stream!r:.40}"
            raise InputError(msg, field="stream")
        text: Any = self.text
        if not isinstance(text, str) or len(text) > journal.CONSOLE_CHARS:
            msg = f"text: expected at most {journal.CONSOLE_CHARS:,} characters of text, received {type(text).__name__}"
            raise InputError(msg, field="text")


Item = Frame | Object | Rewind | Change | Console


@dataclass(frozen=True, slots=True)
class Batch:
    """A piece of one writer's journal, applied whole and exactly once.

    Args:
        run: Run id.
        writer: Writer id; empty for writers that do not number their batches, which are never recognised as repeats.
        first: Offset in the journal where the piece begins.
        last: Offset where it ends; an engine skips a batch whose `last` it has already.
        items: What happened, in order.
        keysets: Sets of keys that the piece named; an engine keeps them so that the next piece can be decoded.
        opened: Set when the piece begins the journal.
    """

    run: str
    writer: str
    first: int
    last: int
    items: tuple[Item, ...]
    keysets: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    opened: journal.Open | None = None


def decode_batch(
    data: bytes | memoryview, *, run: str, writer: str, offset: int, keysets: Mapping[int, tuple[str, ...]]
) -> Batch:
    """Turn the whole records of a piece of a journal into a batch.

    Records of the same keys that follow one another become one `Frame`; the order across a rewind is kept.
    A torn record at the end is left for the next piece: `Batch.last` says how far this one reached.

    Args:
        data: Bytes of the journal from `offset` on; must begin at a record.
        run: Run id.
        writer: Writer id.
        offset: Where `data` begins in the journal.
        keysets: Sets named before `offset`, by number.

    Raises:
        CorruptError: The first record is whole and its crc right, yet it does not hold what its tag promises (a later
            one ends the batch), or some step is out of range.
    """
    decoder = _Decoder(keysets)
    last, view = offset, memoryview(data)
    while (record := journal.record_at(view, last - offset, offset)) is not None:
        try:
            decoder.add(record)
        except (GnomonError, msgspec.ValidationError, TypeError, ValueError, KeyError, ArithmeticError) as error:
            if last > offset:  # what came before it is good; whoever asks for the rest hears of it
                break
            msg = f"journal {run}/{writer}: the record before offset {record.end} is malformed: {error}"
            raise CorruptError(msg) from error
        start, last = last - offset, record.end
        if decoder.repeats:
            block = read_block(view, start, record, last - offset)
            if block is not None and decoder.add_block(block):
                last = offset + block.end
    try:
        decoder.flush()
    except InputError as error:
        msg = f"journal {run}/{writer}: a record before offset {last} is malformed: {error}"
        raise CorruptError(msg) from error
    return Batch(run, writer, offset, last, tuple(decoder.items), decoder.named, decoder.opened)


class _Decoder:
    """Collects scalars by key set until something that must keep its place comes along."""

    def __init__(self, keysets: Mapping[int, tuple[str, ...]]) -> None:
        self.keysets = dict(keysets)
        self.named: dict[int, tuple[str, ...]] = {}
        self.items: list[Item] = []
        self.opened: journal.Open | None = None
        self.repeats = False  # the last two records were scalars of one set
        self._last_set = -1
        self._pending: dict[int, _Rows] = {}

    def add(self, record: journal.Record) -> None:
        fields = record.fields
        if record.tag == journal.SCALARS:
            self._scalars(*fields)
            self.repeats, self._last_set = fields[0] == self._last_set, fields[0]
            return
        self.repeats, self._last_set = False, -1
        match record.tag:
            case journal.KEYS:
                self._keys(*fields)
            case journal.OBJECT:
                key, kind, step, us, meta, data = fields
                named = check_key(key), check_key(kind, "kind"), _step(step), _us(us), _meta(meta)
                self.items.append(Object(*named, bytes(data)))
            case journal.ATTACHED:
                key, kind, step, us, meta, blob, size = fields
                named = check_key(key), check_key(kind, "kind"), _step(step), _us(us), _meta(meta)
                self.items.append(Object(*named, b"", _hash(blob), _size(size)))
            case journal.CHANGE:
                us, changed = fields
                self.items.append(Change(_us(us), _plain(changed)))
            case journal.CONSOLE:
                us, stream, text = fields
                self.items.append(Console(_us(us), stream, text))
            case journal.REWIND:
                us, step = fields
                self.flush()
                self.items.append(Rewind(_us(us), _step(step)))
            case journal.CLOSE:
                self._close(*fields)
            case journal.DROPPED:
                us, count, cause = fields
                self.items.append(Change(_us(us), {"dropped": int(count), "dropped_cause": str(cause)}))
            case journal.OPEN:
                self.opened = journal.decode_open(record)
            case _:
                msg = f"unknown tag {record.tag}; it was written by a newer gnomon"
                raise InputError(msg, field="tag")

    def _keys(self, number: object, names: list[object]) -> None:
        keys = tuple(check_key(name) for name in names)
        if type(number) is not int or not keys or len(set(keys)) != len(keys):
            msg = f"keys: expected distinct names, received {keys!r:.80}"
            raise InputError(msg, field="keys")
        if number in self._pending:
            self.flush()
        self.keysets[number] = self.named[number] = keys

    def _close(self, us: object, state: object, error: object) -> None:
        if state is None:
            return
        if state not in journal.STATES:
            msg = f"state: expected one of {journal.STATES}, received {state!r:.40}"
            raise InputError(msg, field="state")
        self.items.append(Change(_us(us), {"state": state, "error": None if error is None else str(error)}))

    def _scalars(self, number: int, row: bytes) -> None:
        rows = self._pending.get(number)
        if rows is None:
            keys = self.keysets[number]
            rows = _Rows(keys, {n for n, other in self._pending.items() if not other.names.isdisjoint(keys)})
            for rival in rows.rivals:
                self._pending[rival].rivals.add(number)
            self._pending[number] = rows
        if len(row) != rows.size:
            msg = f"values: expected {rows.size - 16} bytes, received {len(row) - 16}"
            raise InputError(msg, field="values")
        if rows.rivals and self._repeats(rows, row):
            self.flush()
            self._scalars(number, row)
            return
        rows.blobs.append(row)

    def add_block(self, block: Block) -> bool:
        """Take many rows of one set at once; refuse when their order beside another set would have to be looked at.

        Called right after the record that the block follows, whose set is therefore known.
        """
        rows = self._pending[block.set]
        if rows.rivals:
            steps = np.frombuffer(block.rows, "<i8").reshape(block.count, -1)[:, 0]
            if any(steps.min() <= self._pending[rival].highest() for rival in rows.rivals):
                return False
        rows.blobs.append(block.rows)
        return True

    def _repeats(self, rows: "_Rows", row: bytes) -> bool:
        """Tell whether a step may have come before under another set with a key in common.

        Then the later one wins, so their order must be kept; otherwise the steps themselves keep it.
        """
        (step,) = _STEP.unpack_from(row)
        rows.largest = max(rows.largest, step)
        return any(step <= self._pending[rival].highest() for rival in rows.rivals)

    def flush(self) -> None:
        """Turn what was collected into frames, in the order in which their key sets first came."""
        for rows in self._pending.values():
            if rows.blobs:
                self.items.append(rows.frame())
        self._pending.clear()


class _Rows:
    """Rows of one set of keys, as they came: one, or many of a block, in each entry of `blobs`."""

    def __init__(self, keys: tuple[str, ...], rivals: set[int]) -> None:
        self.keys = keys
        self.names = frozenset(keys)
        self.rivals = rivals
        self.size = 16 + 8 * len(keys)
        self.blobs: list[bytes] = []
        self.largest = -1
        self._seen = 0

    def highest(self) -> int:
        """Return the largest step so far; each row is looked at once."""
        for blob in self.blobs[self._seen :]:
            many = len(blob) > self.size
            step = int(np.frombuffer(blob, "<i8")[:: self.size // 8].max()) if many else _STEP.unpack_from(blob)[0]
            self.largest = max(self.largest, step)
        self._seen = len(self.blobs)
        return self.largest

    def frame(self) -> Frame:
        table = np.frombuffer(b"".join(self.blobs), np.int64).reshape(-1, 2 + len(self.keys))
        step, us = table[:, 0].copy(), table[:, 1].copy()
        if len(step) and (step.min() < 0 or step.max() > MAX_STEP):
            msg = f"step: expected 0 to 2^53 - 1, received {step.min()} to {step.max()}"
            raise InputError(msg, field="step")
        return Frame(self.keys, step, us, np.ascontiguousarray(table[:, 2:].T).view(np.float64))


def _meta(given: Any) -> dict[str, Any]:
    return journal.check_meta(_plain(given))


def _plain(given: Any) -> dict[str, Any]:
    """Return a map as JSON can hold it. A stranger's may be nested so deeply that nobody could write it down again."""
    found = dict(given)
    return found if _is_plain(found, MAX_JSON_DEPTH) else plain(found, longest=None)


def _is_plain(value: object, depth: int) -> bool:
    if isinstance(value, _LEAVES):
        return True
    if depth and type(value) is dict:
        return all(type(key) is str and _is_plain(each, depth - 1) for key, each in value.items())
    return depth > 0 and type(value) is list and all(_is_plain(each, depth - 1) for each in value)


def _step(step: Any) -> int:
    if type(step) is not int or not 0 <= step <= MAX_STEP:
        msg = f"step: expected 0 to 2^53 - 1, received {step!r:.40}"
        raise InputError(msg, field="step")
    return step


def _hash(blob: Any) -> str:
    if not is_hash(blob):
        msg = f"hash: expected 64 lowercase hex digits, received {blob!r:.80}"
        raise InputError(msg, field="hash")
    return str(blob)


def _size(size: Any) -> int:
    if type(size) is not int or not 1 <= size <= MAX_STEP:
        msg = f"size: expected at least 1 byte, received {size!r:.40}"
        raise InputError(msg, field="size")
    return size


def _us(us: Any) -> int:
    if type(us) is not int or abs(us) >= 2**62:
        msg = f"us: expected microseconds since 1970, received {us!r:.40}"
        raise InputError(msg, field="us")
    return us
