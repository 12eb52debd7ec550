"""What storage engines are given: a piece of one writer's journal, turned into columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core import journal
from gnomon.core.errors import CorruptError, GnomonError, InputError
from gnomon.core.limits import MAX_STEP, check_key

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
    """One record that is not a number: text, JSON and, later, images and the rest."""

    key: str
    kind: str
    step: int
    us: int
    meta: dict[str, Any]
    data: bytes


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


Item = Frame | Object | Rewind | Change


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
        CorruptError: A record is whole and its crc right, yet it does not hold what its tag promises.
    """
    decoder = _Decoder(keysets)
    last = offset
    for record in journal.read(data, offset=offset):
        try:
            decoder.add(record)
        except CorruptError:
            raise
        except (GnomonError, msgspec.ValidationError, TypeError, ValueError, KeyError, IndexError) as error:
            msg = f"journal {run}/{writer}: the record before offset {record.end} is malformed: {error}"
            raise CorruptError(msg) from error
        last = record.end
    decoder.flush()
    return Batch(run, writer, offset, last, tuple(decoder.items), decoder.named, decoder.opened)


class _Decoder:
    """Collects scalars by key set until something that must keep its place comes along."""

    def __init__(self, keysets: Mapping[int, tuple[str, ...]]) -> None:
        self.keysets = dict(keysets)
        self.named: dict[int, tuple[str, ...]] = {}
        self.items: list[Item] = []
        self.opened: journal.Open | None = None
        self.rank = ""
        self._steps: dict[int, list[int]] = {}
        self._us: dict[int, list[int]] = {}
        self._values: dict[int, list[bytes]] = {}

    def add(self, record: journal.Record) -> None:
        fields = record.fields
        match record.tag:
            case journal.SCALARS:
                self._scalars(*fields)
            case journal.KEYS:
                number, keys = fields
                keys = tuple(check_key(k) for k in keys)
                if type(number) is not int or not keys or len(set(keys)) != len(keys):
                    msg = f"keys: expected distinct names, received {keys!r:.80}"
                    raise InputError(msg, field="keys")
                self.keysets[number] = self.named[number] = keys
            case journal.OBJECT:
                key, kind, step, us, meta, data = fields
                self.items.append(Object(check_key(key), str(kind), _in_range(step), int(us), dict(meta), bytes(data)))
            case journal.CHANGE:
                us, changed = fields
                self.items.append(Change(int(us), dict(changed)))
            case journal.REWIND:
                self.flush()
                us, step = fields
                self.items.append(Rewind(int(us), _in_range(step)))
            case journal.CLOSE:
                us, state, error = fields
                if state is not None:
                    if state not in journal.STATES:
                        msg = f"state: expected one of {journal.STATES}, received {state!r:.40}"
                        raise InputError(msg, field="state")
                    self.items.append(Change(int(us), {"state": state, "error": error}))
            case journal.DROPPED:
                us, count, cause = fields
                self.items.append(Change(int(us), {"dropped": int(count), "dropped_cause": str(cause)}))
            case journal.OPEN:
                self.opened = journal.decode_open(record)
            case _:
                msg = f"unknown tag {record.tag}; it was written by a newer gnomon"
                raise InputError(msg, field="tag")

    def _scalars(self, number: int, step: int, us: int, values: bytes) -> None:
        if len(values) != 8 * len(self.keysets[number]):
            msg = f"values: expected {8 * len(self.keysets[number])} bytes, received {len(values)}"
            raise InputError(msg, field="values")
        steps = self._steps.get(number)
        if steps is None:
            steps = self._steps[number] = []
            self._us[number], self._values[number] = [], []
        steps.append(step)
        self._us[number].append(us)
        self._values[number].append(values)

    def flush(self) -> None:
        """Turn what was collected into frames, in the order in which their key sets first came."""
        for number, steps in self._steps.items():
            step = np.array(steps, np.int64)
            if len(step) and (step.min() < 0 or step.max() > MAX_STEP):
                msg = f"step: expected 0 to 2^53 - 1, received {step.min()} to {step.max()}"
                raise InputError(msg, field="step")
            keys = self.keysets[number]
            values = np.frombuffer(b"".join(self._values[number]), "<f8").reshape(len(steps), len(keys))
            us = np.array(self._us[number], np.int64)
            self.items.append(Frame(keys, step, us, np.ascontiguousarray(values.T)))
        self._steps.clear()
        self._us.clear()
        self._values.clear()


def _in_range(step: Any) -> int:
    if type(step) is not int or not 0 <= step <= MAX_STEP:
        msg = f"step: expected 0 to 2^53 - 1, received {step!r:.40}"
        raise InputError(msg, field="step")
    return step
