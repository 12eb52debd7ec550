"""Replication: the runs of one store copied to another server, continuously, each value and file exactly once.

What has been sent and is not yet acknowledged lies in a file, whole before it goes out. So whatever is cut off (the line,
this process, either server), the same bytes go again from the same offset, and the other side skips what it has.
"""

import itertools
import os
import struct
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol, Self

import msgspec

from gnomon.core import ids
from gnomon.core.errors import GnomonError, InputError, NotFoundError, UnavailableError
from gnomon.core.folder import make_private
from gnomon.sdk.link import Link
from gnomon.store.home import Home
from gnomon.store.lock import Lease
from gnomon.store.replica import CopyPiece, CopyState, NamedBlob, next_piece

_PIECES: Final = 64
"""Of one run before the others have their turn."""

_PAGE: Final = 500
_RANGE_BYTES: Final = 8 << 20
_SHORTEST_S: Final = 0.25
_LONGEST_S: Final = 5.0

_encode = msgspec.msgpack.Encoder().encode
_piece = msgspec.msgpack.Decoder(CopyPiece).decode
_state = msgspec.msgpack.Decoder(CopyState).decode


@dataclass(frozen=True, slots=True)
class Subject:
    """Name a run to copy, and tell when it last changed: opaque, but different after every change."""

    id: str
    name: str
    project: str
    version: object


class Source(Protocol):
    """Where runs are copied from."""

    @property
    def identity(self) -> str:
        """Which store that is."""
        ...

    def changed(self, projects: Collection[str], known: Mapping[str, object]) -> list[Subject]:
        """Return the runs, of these projects or all when none is named, whose version is not the one that is known."""
        ...

    def piece(self, run: str, writer: str, state: CopyState) -> tuple[CopyPiece, bytes]:
        """Return the next part of the journal of a copy."""
        ...

    def file(self, run: str, blob: NamedBlob) -> AbstractContextManager[Path]:
        """Lend a file that a record has."""
        ...


class HomeSource:
    """A home that this process has opened.

    Args:
        home: Open, its background work begun.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._head = -1

    @property
    def identity(self) -> str:
        return self._home.identity

    def changed(self, projects: Collection[str], known: Mapping[str, object]) -> list[Subject]:
        head = self._home.bus.head
        if known and head == self._head:  # nothing was committed since
            return []
        self._head = head
        return [
            Subject(run.id, run.name, run.project, run.updated_us)
            for run in self._home.catalog.runs()
            if (not projects or run.project in projects) and known.get(run.id) != run.updated_us
        ]

    def piece(self, run: str, writer: str, state: CopyState) -> tuple[CopyPiece, bytes]:
        return next_piece(self._home.engine, run, writer, state)

    @contextmanager
    def file(self, run: str, blob: NamedBlob) -> Iterator[Path]:
        path = self._home.engine.payload_path(run, blob.record)
        if path is None:
            msg = f"No file {blob.hash} in this store any more: its run was deleted."
            raise NotFoundError(msg)
        yield path


class ServerSource:
    """A server that has the runs.

    Args:
        link: To that server.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    @cached_property
    def identity(self) -> str:
        return store_of(self._link)

    def changed(self, projects: Collection[str], known: Mapping[str, object]) -> list[Subject]:
        return [subject for project in projects or (None,) for subject in self._changed(project, known)]

    def _changed(self, project: str | None, known: Mapping[str, object]) -> list[Subject]:
        found: list[Subject] = []
        for offset in itertools.count(0, _PAGE):
            asked = {"order": ["-updated"], "offset": offset, "limit": _PAGE, "archived": True}
            status, page = self._link.call(
                "POST", "/api/v1/runs:query", asked | ({"project": project} if project else {})
            )
            _check(status, page, "list of runs")
            rows = [Subject(row["id"], row["name"], row["project"], row["updated"]) for row in page["runs"]]
            new = [subject for subject in rows if known.get(subject.id) != subject.version]
            found += new
            if len(new) < _PAGE:  # whatever changed before the oldest of these was seen then
                break
        return found

    def piece(self, run: str, writer: str, state: CopyState) -> tuple[CopyPiece, bytes]:
        body = _encode({"writer": writer, "state": state})
        status, raw = self._link.download("POST", f"/api/v1/runs/{run}/copy", body)
        if status == 404:
            msg = f"No run {run} at the source any more."
            raise NotFoundError(msg)
        if status != 200:
            _check(status, msgspec.json.decode(raw, type=dict[str, object]), f"copy of run {run}")
        (length,) = struct.unpack_from("<I", raw)
        return _piece(raw[4 : 4 + length]), raw[4 + length :]

    @contextmanager
    def file(self, run: str, blob: NamedBlob) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="gnomon-") as folder:
            path = Path(folder) / blob.hash
            with path.open("wb") as stream:
                for start in range(0, blob.size, _RANGE_BYTES):
                    stream.write(self._range(run, blob, start))
            yield path

    def _range(self, run: str, blob: NamedBlob, start: int) -> bytes:
        end = min(start + _RANGE_BYTES, blob.size) - 1
        address = f"/api/v1/runs/{run}/records/{blob.record}/data"
        status, raw = self._link.download("GET", address, headers={"Range": f"bytes={start}-{end}"})
        if status not in (200, 206) or len(raw) != end - start + 1:
            msg = f"The file of record {blob.record} of run {run} cannot be read at the source (status {status})."
            raise NotFoundError(msg)
        return raw


@dataclass(slots=True)
class Lag:
    """Tell how far the copies are behind.

    Args:
        runs: Runs with something left to send.
        rows: Rows of values left, as far as known.
        since: When everything was there last, as `time.monotonic()`.
        sent_bytes: Sent since the start, files included.
        trouble: What keeps it from going on; empty when nothing does.
        refused: Runs that the other server will not have, and why.
    """

    runs: int = 0
    rows: int = 0
    since: float = field(default_factory=time.monotonic)
    sent_bytes: int = 0
    trouble: str = ""
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Return for how long something has been missing there; 0 when nothing is."""
        return time.monotonic() - self.since if self.runs else 0.0


class Replicator:
    """Copy runs to a server.

    Args:
        source: Where they are.
        link: To the server that gets them.
        root: Where it is kept how far each copy is, in a folder for each store that gets them.
        projects: Copy these projects only; all when there are none.
    """

    def __init__(self, source: Source, link: Link, root: Path, projects: Collection[str] = ()) -> None:
        self._source, self._link, self._root, self._projects = source, link, root, tuple(projects)
        self._place: _Place | None = None
        self._is_met = False
        self._seen: dict[str, object] = {}
        self._todo: dict[str, Subject] = {}
        self._rows: dict[str, int] = {}
        self.lag = Lag()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes copy to that store."""
        if self._place is not None:
            self._place.lease.close()
            self._place = None

    def round(self) -> bool:
        """Send what is new; tell whether everything is there.

        Raises:
            UnavailableError: The server (or the source) does not answer; go on later.
            LockedError: Another process copies to the same store.
        """
        try:
            return self._round()
        except UnavailableError:
            self._is_met = False  # whoever answers next may be another
            raise

    def _round(self) -> bool:
        self._look()
        if self._meet():
            self._look()
        for subject in list(self._todo.values()):
            self._tell()
            try:
                if self._copy(subject.id):
                    del self._todo[subject.id]
            except NotFoundError:  # deleted at the source meanwhile; the copy stays
                del self._todo[subject.id]
            except _RefusedError as error:
                del self._todo[subject.id]
                self.lag.refused[subject.id] = f"{subject.project}/{subject.name}: {error}"
        self._tell()
        return not self._todo

    def _look(self) -> None:
        """Find what is new at the source."""
        found = self._source.changed(self._projects, self._seen)
        self._todo |= {subject.id: subject for subject in found if subject.id not in self.lag.refused}
        self._seen |= {subject.id: subject.version for subject in found}
        self._tell()

    def _meet(self) -> bool:
        """Find out who answers, and tell whether it is another: what is there is a matter of stores, not of addresses."""
        if self._is_met:
            return False
        store = store_of(self._link)
        is_other = self._place is None or self._place.store != store
        if is_other:
            self.close()
            self._place = _Place(store, self._root / store)
            self._seen, self._todo, self._rows, self.lag.refused = {}, {}, {}, {}
        self._is_met = True
        return is_other

    def _tell(self) -> None:
        self.lag.runs = len(self._todo)
        self.lag.rows = sum(self._rows.get(run, 0) for run in self._todo)
        if not self._todo:
            self.lag.since = time.monotonic()

    def _copy(self, run: str) -> bool:
        """Send pieces of one run; tell whether all of it is there."""
        for _ in range(_PIECES):
            state = self._load(run)
            waiting = self._waiting(run, state)
            if waiting is None and state.offset == 0:
                self._check_new(run)
            piece, data = waiting or self._source.piece(run, self._writer(run), state)
            if not data:
                return True
            if waiting is None:
                head = _encode(piece)
                _keep(self._path(run, ".piece"), struct.pack("<I", len(head)) + head + data)
            self._send(run, piece, data)
            _keep(self._path(run, ".state"), _encode(piece.state))
            self._path(run, ".piece").unlink(missing_ok=True)
            self._rows[run] = piece.rows_left
            if not piece.has_more and waiting is None:
                return True
        return False

    def _waiting(self, run: str, state: CopyState) -> tuple[CopyPiece, bytes] | None:
        """Return the piece that was on its way when something was cut off."""
        try:
            raw = self._path(run, ".piece").read_bytes()
        except FileNotFoundError:
            return None
        (length,) = struct.unpack_from("<I", raw)
        piece = _piece(raw[4 : 4 + length])
        return (piece, raw[4 + length :]) if piece.first == state.offset else None

    def _load(self, run: str) -> CopyState:
        try:
            return _state(self._path(run, ".state").read_bytes())
        except FileNotFoundError:
            return CopyState()

    def _send(self, run: str, piece: CopyPiece, data: bytes) -> None:
        for blob in piece.blobs:
            self._send_blob(run, blob)
        address = f"{self._journal(run)}?offset={piece.first}"
        status, answer = self._link.call("POST", address, data)
        if status == 409 and answer.get("missing"):
            for blob in piece.blobs:
                self._send_blob(run, blob)
            status, answer = self._link.call("POST", address, data)
        _check(status, answer, "journal", first=piece.first)
        if answer.get("offset") != piece.state.offset:
            msg = f"journal: stored up to {answer.get('offset')}, expected {piece.state.offset}."
            raise _RefusedError(msg)
        self.lag.sent_bytes += len(data)

    def _send_blob(self, run: str, blob: NamedBlob) -> None:
        address = f"/api/v1/blobs/{blob.hash}"
        if self._link.call("HEAD", address)[0] == 200:
            return
        with self._source.file(run, blob) as path:
            status, answer = self._link.upload(address, path)
        _check(status, answer, f"file {blob.hash[:12]}")
        self.lag.sent_bytes += blob.size

    def _check_new(self, run: str) -> None:
        """See that a run of which nothing is known here was not copied before; it would be there twice."""
        status, answer = self._link.call("GET", self._journal(run))
        _check(status, answer, "journal")
        if answer.get("offset") != 0:
            msg = (
                f"the copy there ends at {answer.get('offset')}, but how it was made is not known here any more: "
                f"{self._root} was lost. To copy it anew, delete it there."
            )
            raise _RefusedError(msg)

    def _journal(self, run: str) -> str:
        return f"/api/v1/journals/{run}/{self._writer(run)}"

    def _writer(self, run: str) -> str:
        """Return the writer id of the copy: the same one whenever this run of this store is copied."""
        return sha256(f"{self._source.identity}/{run}".encode()).hexdigest()[:20]

    def _path(self, run: str, suffix: str) -> Path:
        assert self._place is not None
        return self._place.folder / f"{run}{suffix}"


class _Place:
    """How far the copies in one store are, for one process at a time.

    Args:
        store: Which one.
        folder: Where that is kept; made when it is not there.

    Raises:
        LockedError: Another process has it.
    """

    def __init__(self, store: str, folder: Path) -> None:
        self.store, self.folder = store, folder
        make_private(folder)
        self.lease = Lease(folder)


class _RefusedError(GnomonError):
    """The other server will not have a run."""


def _keep(path: Path, data: bytes) -> None:
    """Write a file that is whole on the disk before anything that builds on it is sent."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def store_of(link: Link) -> str:
    """Return the id of the store that answers.

    Raises:
        UnavailableError: Nobody does.
        InputError: It is no gnomon server, or one that is too old.
    """
    status, answer = link.call("GET", "/version")
    if status >= 500 or status in (401, 403, 408, 429):
        _check(status, answer, "version")
    store = answer.get("store")
    if status != 200 or not isinstance(store, str) or not ids.is_id(store):
        msg = "url: expected a gnomon server of the same version or newer, received another answer to /version."
        raise InputError(msg, field="url")
    return store


def _check(status: int, answer: Mapping[str, object], what: str, *, first: int = 0) -> None:
    """Raise what an answer that is no success means for the run.

    Raises:
        UnavailableError: It may go better later, or with another token.
        _RefusedError: It will not.
    """
    if status in (200, 201):
        return
    detail = str(answer.get("detail", f"status {status}"))
    if status >= 500 or status in (401, 403, 408, 429):
        msg = f"{what}: {detail}"
        raise UnavailableError(msg)
    if status == 404:
        detail = "it was deleted there."
    if status == 409 and "expected" in answer:
        cause = "it was deleted there, or that store" if answer["expected"] == 0 else "that store"
        detail = (
            f"the copy there ends at {answer['expected']}, expected {first}: {cause} was put back to an older state. "
            "To copy it anew, delete it there if it is left, and its files in replica/ of this home."
        )
    msg = f"{what}: {detail}"
    raise _RefusedError(msg)


def follow(
    replicator: Replicator,
    *,
    told: Callable[[Lag], object],
    stopped: Callable[[float], bool],
    once: bool = False,
) -> None:
    """Copy until stopped, or once until everything is there; a line that is cut is waited for.

    Args:
        replicator: Does one round.
        told: Hears how far it is after each round.
        stopped: Waits for some seconds; true when it is time to end.
        once: End when everything is there.
    """
    pause = _SHORTEST_S
    while True:
        try:
            done = replicator.round()
        except UnavailableError as error:
            replicator.lag.trouble = str(error)
            pause = min(2 * pause, _LONGEST_S)
            done = False
        else:
            replicator.lag.trouble, pause = "", _SHORTEST_S
        told(replicator.lag)
        if (once and done) or stopped(pause if done or replicator.lag.trouble else 0.0):
            return
