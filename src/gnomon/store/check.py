"""Whether a batch can be applied at all: asked before anything of it is, so that none is ever applied by half."""

from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from gnomon.core.batch import Batch, Change, Console, Frame, Item, Object, Rewind
from gnomon.core.errors import InputError, OffsetError, ShapeError
from gnomon.core.ids import is_hash
from gnomon.core.limits import MAX_STEP, check_key
from gnomon.store.fields import check_changes, open_changes


def check_batch(batch: Batch) -> tuple[Item, ...]:
    """Return the items of a batch, empty frames left out and changes made plain.

    Raises:
        InputError: An item does not hold what its type promises; the batch must be refused whole.
    """
    if batch.opened is not None:
        check_changes(open_changes(batch.opened, main=True))
    for keys in batch.keysets.values():
        _check_keys(keys)
    return tuple(_checked(item) for item in batch.items if not (isinstance(item, Frame) and not item.values.size))


def check_offset(batch: Batch, stored: int) -> bool:
    """Tell whether a batch is new, given how far its writer is stored.

    Raises:
        OffsetError: It leaves a gap, or begins before `stored` and ends after it.
    """
    if not batch.writer:
        return True
    if batch.last <= stored:
        return False
    if batch.first != stored:
        msg = (
            f"journal {batch.run}/{batch.writer}: expected the piece that begins at offset {stored}, received "
            f"{batch.first} to {batch.last}. Send it again from {stored}."
        )
        raise OffsetError(msg, expected=stored)
    return True


def _checked(item: Any) -> Item:
    match item:
        case Frame():
            return _checked_frame(item)
        case Object():
            return _checked_object(item)
        case Rewind():
            _check_int(item.us, "us")
            _check_step(item.step)
            return item
        case Change():
            _check_int(item.us, "us")
            return Change(item.us, check_changes(item.fields))
        case Console():
            _check_int(item.us, "us")
            _check_text(item.text)
            return item
    msg = f"items: expected a Frame, Object, Rewind, Change or Console, received {type(item).__name__}."
    raise InputError(msg, field="items")


def _checked_frame(frame: Frame) -> Frame:
    _check_keys(frame.keys)
    columns: tuple[tuple[str, Any, str], ...] = (
        ("step", frame.step, "i8"),
        ("us", frame.us, "i8"),
        ("values", frame.values, "f8"),
    )
    for name, array, kind in columns:
        if not isinstance(array, np.ndarray) or array.dtype != np.dtype(kind):
            msg = f"{name}: expected an array of {kind}, received {getattr(array, 'dtype', type(array).__name__)}."
            raise InputError(msg, field=name)
    n = len(frame.step)
    if frame.step.shape != (n,) or frame.us.shape != (n,) or frame.values.shape != (len(frame.keys), n):
        msg = (
            f"values: expected shape ({len(frame.keys)}, {n}) with us ({n},), "
            f"received {frame.values.shape} with us {frame.us.shape}. Pass one row per key."
        )
        raise ShapeError(msg, field="values")
    _check_step(int(frame.step.min()))
    _check_step(int(frame.step.max()))
    return frame


def _checked_object(item: Object) -> Object:
    check_key(item.key)
    _check_step(item.step)
    _check_int(item.us, "us")
    kind: Any = item.kind
    data: Any = item.data
    if not isinstance(kind, str) or not isinstance(data, bytes):
        msg = f"data: expected a kind and bytes, received {type(kind).__name__} and {type(data).__name__}."
        raise InputError(msg, field="data")
    blob: Any = item.blob
    if blob is not None and (not is_hash(blob) or type(item.size) is not int or item.size < 1):
        msg = f"blob: expected a hash and its size, received {blob!r:.80} and {item.size!r:.40}."
        raise InputError(msg, field="blob")
    if (blob is None or data) and item.size != len(data):
        msg = f"size: expected {len(data)} bytes of data, received {item.size!r:.40}."
        raise InputError(msg, field="size")
    try:
        meta = msgspec.msgpack.decode(msgspec.msgpack.encode(item.meta), type=dict[str, Any])
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError, RecursionError) as error:
        msg = f"meta: expected a map of plain values, received something else: {error}."
        raise InputError(msg, field="meta") from error
    return Object(item.key, kind, item.step, item.us, meta, data, blob, item.size)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = f"text: expected text that UTF-8 can hold: {error}."
        raise InputError(msg, field="text") from error


def _check_keys(keys: Any) -> None:
    if not isinstance(keys, tuple) or not keys or len(set(keys)) != len(keys):
        msg = f"keys: expected a tuple of distinct names, received {keys!r:.80}."
        raise InputError(msg, field="keys")
    _check_names(keys)


@lru_cache(256)
def _check_names(keys: tuple[str, ...]) -> None:
    """Check keys; a run logs the same ones again and again, so those that passed are remembered."""
    for key in keys:
        check_key(key)


def _check_step(step: Any) -> None:
    if type(step) is not int or not 0 <= step <= MAX_STEP:
        msg = f"step: expected 0 to 2^53 - 1, received {step!r:.40}. Count steps from 0."
        raise InputError(msg, field="step")


def _check_int(value: Any, field: str) -> None:
    if type(value) is not int or not -(1 << 63) <= value < 1 << 63:
        msg = f"{field}: expected a whole number of 64 bits, received {value!r:.40}."
        raise InputError(msg, field=field)
