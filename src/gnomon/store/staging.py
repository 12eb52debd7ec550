"""Payloads on their way to a commit: the large ones become blobs first, so that no row ever names what is not there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

from gnomon.core.batch import Batch, Change, Console, Item, Object, Rewind
from gnomon.core.errors import InputError, MissingBlobError
from gnomon.core.limits import BLOB_BYTES
from gnomon.store.blobs import Blobs
from gnomon.store.engine import RecordKey


def stage(blobs: Blobs, batches: Sequence[Batch]) -> list[Batch]:
    """Return the batches with every large payload safe in a blob; those without one as they are.

    Payloads of one call are synced together. The bytes stay with the records until these are stored.

    Raises:
        StoreError: A blob cannot be written, most often for want of space.
    """
    large = [item for batch in batches for item in batch.items if is_large(item)]
    if not large:
        return list(batches)
    names = iter(blobs.put_all([item.data for item in large]))
    return [
        replace(batch, items=tuple(replace(i, blob=next(names)) if is_large(i) else i for i in batch.items))
        if any(map(is_large, batch.items))
        else batch
        for batch in batches
    ]


def is_large(item: Item) -> TypeGuard[Object]:
    """Tell whether an item has a payload that must become a blob."""
    return isinstance(item, Object) and item.blob is None and len(item.data) >= BLOB_BYTES


def check_blobs(blobs: Blobs, items: Sequence[Item]) -> None:
    """See that every blob the items name is there; nothing may be removed until they are stored.

    Raises:
        MissingBlobError: One is not, and its bytes are not at hand to write it again.
        InputError: The bytes at hand are those of another blob.
    """
    gone = []
    for item in items:
        if isinstance(item, Object) and item.blob is not None:
            size = blobs.size(item.blob)
            if size is None:
                gone.append(item)
            elif size != item.size:
                msg = f"size: the payload of {item.key} has {size} bytes, its record says {item.size}. Log it again."
                raise InputError(msg, field="size")
    missing = dict.fromkeys(str(item.blob) for item in gone if not item.data)
    if missing:
        raise MissingBlobError(missing)
    for item in gone:  # it was freed with a run that had it too, after it was staged
        if blobs.put(item.data) != item.blob:
            msg = f"blob: the payload of {item.key} is not what {item.blob} says. Send it again."
            raise InputError(msg, field="blob")


def bare(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return items without the payloads and the meta of records: what those who follow the run are told.

    Both may be large, and the bus keeps thousands of events. Of what was printed only that something was.
    """
    return tuple(_bare(item) for item in items)


def _bare(item: Item) -> Item:
    match item:
        case Object():
            return Object(item.key, item.kind, item.step, item.us, {}, b"", item.blob, item.size)
        case Console():
            return Console(item.us, item.stream, "")
    return item


def has_console(items: Sequence[Item]) -> bool:
    """Tell whether something was printed, or printing ended with the run."""
    return any(isinstance(i, Console) or (isinstance(i, Change) and "state" in i.fields) for i in items)


def touched_records(items: Sequence[Item], after: Mapping[str, RecordKey]) -> dict[str, RecordKey]:
    """Return which keys of records the items touched, as they are after them; a rewind may touch all."""
    if not after:
        return {}
    if any(isinstance(item, Rewind) for item in items):
        return dict(after)
    return {item.key: after[item.key] for item in items if isinstance(item, Object)}
