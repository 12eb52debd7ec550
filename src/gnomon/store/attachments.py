"""Files that records of a journal name: taken into the blobs before the records are stored."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from gnomon.core.batch import Batch, Change, Item, Object
from gnomon.core.errors import InputError
from gnomon.core.folder import JournalFile
from gnomon.store.blobs import Blobs


@dataclass(slots=True)
class Taken:
    """Tell which files of a piece of a journal were not taken in.

    Args:
        missing: Hashes of files that are not there (yet), in the order of their records.
        bad: What is wrong with those that are not what their name says, by hash.
    """

    missing: list[str] = field(default_factory=list)
    bad: dict[str, str] = field(default_factory=dict)


def attachments(batch: Batch) -> list[Object]:
    """Return the records of a batch whose payload is a file."""
    return [item for item in batch.items if isinstance(item, Object) and item.blob is not None and not item.data]


def take(blobs: Blobs, file: JournalFile, records: Collection[Object]) -> Taken:
    """Take in the files that records of a journal name; they stay where they were staged, too.

    Raises:
        StoreError: One cannot be taken in, most often for want of space.
    """
    taken = Taken()
    for record in records:
        blob = str(record.blob)
        if blobs.size(blob) == record.size and blobs.touch(blob):
            continue
        try:
            if not blobs.adopt(file.attached(blob), blob, record.size):
                taken.missing.append(blob)
        except InputError as error:
            taken.bad[blob] = str(error)
    return taken


def without(batch: Batch, lost: Collection[str]) -> Batch:
    """Return a batch in which the records of lost files only count as dropped."""
    if not lost:
        return batch
    return replace(batch, items=tuple(_without(item, lost) for item in batch.items))


def _without(item: Item, lost: Collection[str]) -> Item:
    if not isinstance(item, Object) or item.blob not in lost:
        return item
    return Change(item.us, {"dropped": 1, "dropped_cause": f"the file of {item.key!r:.80} never arrived whole"})


def remove_staged(file: JournalFile, batch: Batch) -> None:
    """Remove the staged files of records that are stored."""
    for record in attachments(batch):
        file.attached(str(record.blob)).unlink(missing_ok=True)
