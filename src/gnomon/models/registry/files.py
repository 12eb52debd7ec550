"""The files of a version: a folder that appears whole or not at all, and is never changed afterwards.

<home>/models/<name>/<number>/…      what `Version.files` names
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from gnomon.core.errors import ConflictError, CorruptError, InputError, LimitError, NotFoundError
from gnomon.core.folder import make_private
from gnomon.models.registry.record import FileEntry, check_name
from gnomon.models.room import room

FOLDER: Final = "models"
MAX_FILES: Final = 1_000
DIGEST: Final = 16
_PIECE: Final = 1 << 20
_UNSETTLED_NS: Final = 2_000_000_000
"""A file that was written so lately may be written again within what a clock of files tells apart."""


def folder_of(home: Path, name: str, number: int) -> Path:
    """Return the folder of a version."""
    return home / FOLDER / check_name(name) / str(int(number))


def check_path(path: str) -> str:
    """Return a path that a file within a version may have: plain names, no way out.

    Raises:
        InputError: It leads elsewhere, or is no plain name.
    """
    parts = PurePosixPath(path).parts
    bad = not parts or path.startswith("/") or "\\" in path or "\0" in path or len(path) > 512
    if bad or any(part in {"..", ".", ""} or part.startswith(".") or not part.isprintable() for part in parts):
        msg = f"path: expected a name within the version such as model.safetensors, received {path!r:.80}."
        raise InputError(msg, field="path")
    return "/".join(parts)


def take(home: Path, name: str, number: int, sources: Mapping[str, Path | bytes]) -> tuple[tuple[FileEntry, ...], str]:
    """Copy files into the folder of a new version; return what it holds, and the digest of that.

    Args:
        home: The home folder.
        name: Of the model.
        number: Of the version.
        sources: By path within the version, where each lies, or its bytes.

    Raises:
        InputError: There are none, or a path leads elsewhere.
        LimitError: There are too many.
        NotFoundError: A source is not there.
        ConflictError: The version is there already.
        StoreError: The disk is full; nothing is left.
    """
    if not sources or len(sources) > MAX_FILES:
        msg = f"files: expected 1 to {MAX_FILES}, received {len(sources)}."
        raise LimitError(msg, field="files") if sources else InputError(msg, field="files")
    with room(f"Version {number} of {name}", home / FOLDER):
        return _take(home, folder_of(home, name, number), sources)


def _take(home: Path, target: Path, sources: Mapping[str, Path | bytes]) -> tuple[tuple[FileEntry, ...], str]:
    for folder in (home / FOLDER, target.parent):
        make_private(folder)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        entries = tuple(_copy(partial, check_path(path), source) for path, source in sorted(sources.items()))
        _sync(partial)
        try:
            partial.rename(target)
        except OSError as error:
            if not target.exists():
                raise
            msg = f"version: {target.parent.name}@{target.name} has its files already. Try again."
            raise ConflictError(msg) from error
        _sync(target.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return entries, digest_of(entries)


def digest_of(entries: Sequence[FileEntry]) -> str:
    """Return the digest of a version: of the names and hashes of its files."""
    lines = "".join(f"{entry.sha256} {entry.path}\n" for entry in sorted(entries, key=lambda entry: entry.path))
    return hashlib.sha256(lines.encode()).hexdigest()[:DIGEST]


def path_of(home: Path, name: str, number: int, path: str) -> Path:
    """Return where a file of a version lies.

    Raises:
        InputError: The path leads elsewhere.
        NotFoundError: There is none.
    """
    found = folder_of(home, name, number) / check_path(path)
    if found.is_symlink() or not found.is_file():
        msg = f"path: {name}@{number} has no file {path!r:.80}."
        raise NotFoundError(msg)
    return found


def verify(home: Path, name: str, number: int, entries: Sequence[FileEntry], *, anew: bool = False) -> None:
    """See that the files of a version are what they were when it was registered.

    A file that this process has read and that nobody has written since is not read again.

    Args:
        home: The home folder.
        name: Of the model.
        number: Of the version.
        entries: What its files were.
        anew: Read them all the same: a disk may lose what nobody wrote.

    Raises:
        CorruptError: One is gone or was changed; the message says which.
    """
    for entry in entries:
        try:
            path = path_of(home, name, number, entry.path)
            found = _hash(path) if anew else _known_hash(path)
        except NotFoundError:
            found = "missing"
        if found != entry.sha256:
            msg = (
                f"{name}@{number}: {entry.path} is {'missing' if found == 'missing' else 'changed'}. Restore a backup."
            )
            raise CorruptError(msg)


def remove(home: Path, name: str, number: int | None = None) -> None:
    """Remove the files of a version, or of a whole model; what is gone already is fine."""
    place = home / FOLDER / check_name(name) if number is None else folder_of(home, name, number)
    with suppress(FileNotFoundError):
        doomed = place.rename(place.with_name(f".{place.name}.{os.getpid()}.gone"))
        shutil.rmtree(doomed, ignore_errors=True)


def _copy(folder: Path, path: str, source: Path | bytes) -> FileEntry:
    target = folder / path
    for parent in reversed(target.relative_to(folder).parents[:-1]):
        make_private(folder / parent)
    found, size = hashlib.sha256(), 0
    with os.fdopen(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as out:
        for piece in _pieces(source):
            out.write(piece)
            found.update(piece)
            size += len(piece)
        out.flush()
        os.fsync(out.fileno())
    return FileEntry(path, size, found.hexdigest())


def _pieces(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    if not source.is_file():
        msg = f"path: there is no file {source}."
        raise NotFoundError(msg)
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _known_hash(path: Path) -> str:
    """Return the hash of a file, as it was read last unless its size or a time of it says that it was written since."""
    try:
        now = path.stat()
    except OSError:
        return _hash(path)
    if time.time_ns() - max(now.st_mtime_ns, now.st_ctime_ns) < _UNSETTLED_NS:
        return _hash(path)
    return _remembered(path, now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)


@lru_cache(maxsize=4_096)
def _remembered(path: Path, *_: int) -> str:
    return _hash(path)


def _hash(path: Path) -> str:
    found = hashlib.sha256()
    for piece in _pieces(path):
        found.update(piece)
    return found.hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
