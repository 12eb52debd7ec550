"""Which records and which bytes of them are asked for: checks that all engines share."""

from pathlib import Path

from gnomon.core.errors import CorruptError, InputError, NotFoundError
from gnomon.store.blobs import Blobs
from gnomon.store.engine import RecordInfo


def check_selection(every: int, offset: int, limit: int | None) -> None:
    """Raise `InputError` when a selection of records makes no sense."""
    for name, value, least in (("every", every, 1), ("offset", offset, 0), ("limit", 0 if limit is None else limit, 0)):
        if value < least:
            msg = f"{name}: expected at least {least}, received {value}."
            raise InputError(msg, field=name)


def check_range(start: int, size: int | None) -> None:
    """Raise `InputError` when a range of bytes makes no sense."""
    if start < 0 or (size is not None and size < 0):
        msg = f"start: expected a range of bytes, received {start} and {size}."
        raise InputError(msg, field="start")


def file_of(record: RecordInfo, blobs: Blobs) -> Path | None:
    """Return the file of a record's payload, `None` when it is inline."""
    if record.blob is None:
        return None
    path, size = blobs.path(record.blob), blobs.size(record.blob)
    if path is None or size is None:
        msg = f"record {record.id}: its blob {record.blob[:12]}… is gone. Restore a backup."
        raise CorruptError(msg)
    if size != record.size:
        msg = f"record {record.id}: its blob {record.blob[:12]}… has {size} of {record.size} bytes. Restore a backup."
        raise CorruptError(msg)
    return path


def missing(run: str, number: int) -> NotFoundError:
    """Return the error for a record that is not there."""
    return NotFoundError(f"No record {number} in run {run}. Ask for the records of a key to learn their ids.")
