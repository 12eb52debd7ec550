"""The data sets of a home and their versions, kept as documents of kind `dataset`; those that ship with gnomon are always there.

The id of a document is the name of its data set, so that names differ. Its body holds the description and a list of all
versions with the revision that each is in; a revision that changes only the path or the words makes no version.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import ConflictError, LimitError, NotFoundError
from gnomon.core.folder import make_private, write_whole
from gnomon.models.datasets.places import PACKAGED, located
from gnomon.models.datasets.registry import DatasetSpec, Ref, decode, plain, read_ref
from gnomon.store.documents import Document, Documents
from gnomon.store.nearest import hint

KIND: Final = "dataset"
SHIPPED: Final = ("digits",)
MAX_DATASETS: Final = 2_000
MAX_VERSIONS: Final = 1_000
MAX_NOTE: Final = 2_000
SPECS: Final = Path("datasets")
"""Folder of a home with each version that was ever made, as a file of its own: who trains needs no server to read it."""


@dataclass(frozen=True, slots=True)
class Version:
    """Hold one version of a data set.

    Args:
        spec: The description.
        number: Counted from 1; the number of one that was deleted is not given again.
        us: When it was made, microseconds since 1970; 0 of what ships with gnomon.
        note: What its maker says of it.
        rev: The revision of the document that it is in; 0 of what ships with gnomon.
        created_us: When its data set was registered.
        facts: What else was known when it was made: bytes, thumbnails, findings.
    """

    spec: DatasetSpec
    number: int
    us: int
    note: str
    rev: int
    created_us: int
    facts: Mapping[str, Any]

    @property
    def ref(self) -> str:
        """What runs and graphs keep: `name@digest`."""
        return self.spec.ref


class Versions:
    """Read and make versions. Safe to call from several threads.

    Args:
        documents: Where they are kept.
        home: The home folder.
        clock: Says when one is made.
    """

    def __init__(self, documents: Documents, home: Path, clock: Clock = now_us) -> None:
        self._documents, self._home, self._clock = documents, home, clock
        self._lock = threading.Lock()

    def listed(self) -> list[Version]:
        """Return the newest version of each data set, the one that changed last in front, what ships with gnomon last."""
        there = [_version(document) for document in self._documents.list(KIND)]
        names = {each.spec.name for each in there}
        shipped = [packaged_version(name) for name in SHIPPED if name not in names]
        return [*sorted(there, key=lambda each: (-each.us, each.spec.name)), *shipped]

    def get(self, ref: Ref | str) -> Version:
        """Return a version: the newest, or the one of a number or a digest, of a data set that was deleted too.

        Raises:
            NotFoundError: There is none.
        """
        wanted = read_ref(ref) if isinstance(ref, str) else ref
        document, is_there = self._newest(wanted.name)
        if wanted.version is not None or wanted.digest:
            return self._earlier(wanted, document)
        if document is not None and is_there:
            return _version(document)
        if wanted.name in SHIPPED:
            return packaged_version(wanted.name)
        raise self._unknown(wanted)

    def history(self, name: str) -> list[Version]:
        """Return the versions of a data set that are kept, newest first.

        Raises:
            NotFoundError: There is none of that name.
        """
        document, is_there = self._newest(name)
        if not is_there and name not in SHIPPED:
            raise self._unknown(Ref(name))
        rows = self._rows(name, document)
        return [self._of_row(name, row) for row in reversed(rows) if self._is_kept(name, row)]

    def within(self, folder: Path) -> list[str]:
        """Return the names of data sets with a version, deleted ones too, whose data lie in a folder; links are followed."""
        specs = [decode(file.read_bytes()) for file in (self._home / SPECS).glob("*@*.json")]
        places = [(each.name, Path(located(each.path, self._home)).resolve()) for each in specs]
        return sorted({name for name, place in places if place.is_relative_to(folder)})

    def save(
        self, spec: DatasetSpec, note: str = "", facts: Mapping[str, Any] | None = None, if_rev: int | None = None
    ) -> tuple[Version, bool]:
        """Keep a description; return its version, and whether that was made now.

        A description with the digest of the newest version makes none, and is kept all the same: its path may be new.

        Args:
            spec: What to keep.
            note: What is said of it.
            facts: What else is known.
            if_rev: The revision that it must follow; 0 of one that is not there, or ships with gnomon.

        Raises:
            ConflictError: Somebody was faster.
            LimitError: There are too many data sets or versions, or the note is too long.
        """
        if len(note) > MAX_NOTE:
            msg = f"note: expected at most {MAX_NOTE} characters, received {len(note)}."
            raise LimitError(msg, field="note")
        with self._lock:
            document, is_there = self._newest(spec.name)
            rev = document.rev if document is not None and is_there else 0
            if if_rev is not None and if_rev != rev:
                msg = f'rev: expected revision {if_rev} of dataset "{spec.name}", it is at {rev} now. Read it again.'
                raise ConflictError(msg)
            before = self._rows(spec.name, document)
            is_new = not (before and before[-1]["digest"] == spec.digest)
            self._check_room(len(before) if is_new else 0, is_there=rev > 0)
            body = self._body(spec, note, facts or {}, before, is_new=is_new)
            made = self._documents.put(KIND, spec.name, body, self._clock(), if_rev=rev)
            self._write(spec)
            return _version(made), is_new

    def delete(self, name: str, if_rev: int | None = None) -> None:
        """Take a data set out of the list; its versions can still be read by number and digest, its files stay.

        Raises:
            NotFoundError: There is none, or it ships with gnomon.
            ConflictError: It has another revision by now.
        """
        with self._lock:
            present = self._documents.get(KIND, name) if self._is_stored(name) else None
            if present is None:
                raise self._unknown(Ref(name))
            if if_rev is not None and present.rev != if_rev:
                msg = f'rev: expected revision {if_rev} of dataset "{name}", it is at {present.rev} now. Read it again.'
                raise ConflictError(msg)
            self._documents.delete(KIND, name, max(self._clock(), present.us))

    def _newest(self, name: str) -> tuple[Document | None, bool]:
        """Return the newest revision that is no deletion, and whether the document is there."""
        for rev, _ in self._documents.history(KIND, name, limit=2):
            try:
                return self._documents.get(KIND, name, rev=rev), self._is_stored(name)
            except NotFoundError:
                continue
        return None, False

    def _is_stored(self, name: str) -> bool:
        try:
            self._documents.get(KIND, name)
        except NotFoundError:
            return False
        return True

    def _rows(self, name: str, document: Document | None) -> list[dict[str, Any]]:
        """Return the list of versions so far; what ships with gnomon is the first one of its name."""
        if document is not None:
            rows: list[dict[str, Any]] = document.body["versions"]
            return rows
        if name not in SHIPPED:
            return []
        return [{"number": 1, "digest": packaged_version(name).spec.digest, "us": 0, "note": "", "rev": 0}]

    def _body(
        self,
        spec: DatasetSpec,
        note: str,
        facts: Mapping[str, Any],
        before: list[dict[str, Any]],
        *,
        is_new: bool,
    ) -> dict[str, Any]:
        history = self._documents.history(KIND, spec.name, limit=1)
        rev = (history[0][0] if history else 0) + 1
        rows = [dict(row) for row in before]
        if is_new:
            number = rows[-1]["number"] + 1 if rows else 1
            rows.append({"number": number, "digest": spec.digest, "us": self._clock(), "note": note, "rev": rev})
        else:
            rows[-1] |= {"rev": rev} | ({"note": note} if note else {})
        return {"spec": plain(spec), "versions": rows, "facts": dict(facts)}

    def _check_room(self, versions: int, *, is_there: bool) -> None:
        if versions >= MAX_VERSIONS:
            msg = f"version: expected at most {MAX_VERSIONS} of one data set. Register it under another name."
            raise LimitError(msg)
        if not is_there and len(self._documents.list(KIND)) >= MAX_DATASETS:
            msg = f"name: expected at most {MAX_DATASETS} data sets. Remove one that nobody needs."
            raise LimitError(msg)

    def _earlier(self, wanted: Ref, document: Document | None) -> Version:
        for row in reversed(self._rows(wanted.name, document)):
            if (wanted.digest and row["digest"] == wanted.digest) or row["number"] == wanted.version:
                return self._of_row(wanted.name, row)
        raise self._unknown(wanted)

    def _of_row(self, name: str, row: Mapping[str, Any]) -> Version:
        if row["rev"] == 0:
            return packaged_version(name)
        document = self._documents.get(KIND, name, rev=row["rev"])
        return _version(document, row)

    def _is_kept(self, name: str, row: Mapping[str, Any]) -> bool:
        try:
            self._of_row(name, row)
        except NotFoundError:
            return False
        return True

    def _write(self, spec: DatasetSpec) -> None:
        make_private(self._home / SPECS)
        write_whole(spec_file(self._home, spec.name, spec.digest), msgspec.json.encode(spec))

    def _unknown(self, wanted: Ref) -> NotFoundError:
        names = [each.spec.name for each in self.listed()]
        if wanted.name in names and (wanted.digest or wanted.version is not None):
            return NotFoundError(
                f"dataset: there is no version {wanted} in this home. gnomon data versions {wanted.name}"
            )
        return NotFoundError(f'dataset: there is no "{wanted.name}" in this home.{hint(wanted.name, names)}')


def spec_file(home: Path, name: str, digest: str) -> Path:
    """Return the file that holds a version."""
    return home / SPECS / f"{name}@{digest}.json"


def from_file(home: Path, ref: Ref) -> DatasetSpec | None:
    """Return a version by its digest, as it was written when it was made; `None` when it was not made here."""
    if not ref.digest:
        return None
    if ref.name in SHIPPED and packaged_version(ref.name).spec.digest == ref.digest:
        return packaged_version(ref.name).spec
    try:
        return decode(spec_file(home, ref.name, ref.digest).read_bytes())
    except OSError:
        return None


@cache
def packaged_version(name: str) -> Version:
    """Return a data set that ships with gnomon, as it is before anybody says anything of it.

    Example:
        >>> packaged_version("digits").spec.parts
        {'train': 1258, 'validation': 270, 'test': 269}
    """
    # What opens data is much to load for a server that may never be asked.
    from gnomon.models.datasets.content import fingerprint  # noqa: PLC0415
    from gnomon.models.datasets.describing import Wishes, described, opened  # noqa: PLC0415
    from gnomon.models.datasets.facts import facts_of  # noqa: PLC0415

    path = f"{PACKAGED}{name}"
    table = opened(path)
    found = described(path, name, Wishes(), fingerprint=fingerprint(table), table=table)
    return Version(found.spec, 1, 0, "", 0, 0, facts_of(found))


def _version(document: Document, row: Mapping[str, Any] | None = None) -> Version:
    row = row or document.body["versions"][-1]
    return Version(
        decode(document.body["spec"]),
        row["number"],
        row["us"],
        row["note"],
        document.rev,
        document.created_us,
        document.body["facts"],
    )
