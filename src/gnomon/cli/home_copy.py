"""Copies of a home folder that are homes themselves: taken while it is in use, and brought back.

A copy is `store.db` as it was at one moment, and beside it the journals that it does not hold yet. Journals are
copied first: what is stored and removed while we copy is in the store by then, what comes later is later than the
backup. Blobs are copied after it: one is there before the store names it, and never changes; so are models, data and
jobs (`home_folders`). Copied journals that the copied store has to their end are dropped again. A backup holds no tokens, and its owner alone may read it.

A backup may come from elsewhere: bringing it back takes plain files and folders from it, and nothing else.
"""

import contextlib
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import apsw

from gnomon.cli.home_folders import FOLDERS, copy_folders, copy_private
from gnomon.core.errors import CorruptError, NotFoundError, StoreError
from gnomon.core.folder import STAGED, JournalFile, Listing, claim, journal_root, make_private, write_whole
from gnomon.core.ids import is_hash
from gnomon.store.filesystem import check_local
from gnomon.store.records import named
from gnomon.store.sqlite import SqliteEngine

STORE: Final = "store.db"
BLOBS: Final = "blobs"
_BUSY_MS: Final = 10_000
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Copied:
    """Tell what a copy holds: runs, journals still to be read, bytes on disk, and blobs that were nowhere to be found."""

    runs: int
    journals: int
    size_bytes: int
    lost: int = 0


def back_up(home: Path, dest: Path) -> Copied:
    """Copy a home, whether or not a server has it open.

    Args:
        home: Home folder.
        dest: Folder to make; it must not hold anything.

    Raises:
        NotFoundError: There is no store in `home`.
        StoreError: `dest` is not empty, or lies within `home`.
    """
    if not (home / STORE).is_file() and not journal_root(home).is_dir():
        msg = f"home: nothing was ever logged into {home}. Choose the folder with --home or GNOMON_HOME."
        raise NotFoundError(msg)
    if dest == home or dest.is_relative_to(home):
        msg = f"dest: {dest} lies within the home folder {home}. Choose a folder outside of it."
        raise StoreError(msg)
    with _Unfinished(dest) as partial:
        _copy_journals(home, partial)
        _drop_tokens(partial)
        lost = _copy_store_and_blobs(home, partial)
        copy_folders(home, partial)
        return _trimmed(partial, lost)


def restore(src: Path, home: Path) -> Copied:
    """Make a copy the home folder.

    Args:
        src: What `back_up` made, or a copied home folder.
        home: Where to; it must not hold anything.

    Raises:
        NotFoundError: `src` holds no store.
        CorruptError: Its store is damaged, or it holds links or devices.
        StoreError: `home` holds something, or cannot hold a store.
    """
    if not (src / STORE).is_file():
        msg = f"src: there is no {STORE} in {src}. Name the folder that `gnomon backup` made."
        raise NotFoundError(msg)
    check_local(home)
    _check_plain(src)
    with _Unfinished(home) as partial:
        _copy_journals(src, partial)
        lost = _copy_store_and_blobs(src, partial)
        copy_folders(src, partial)
        _check(partial / STORE)
        return _trimmed(partial, lost)


class _Unfinished:
    """A folder that looks like a home only once it is complete.

    A new one gets its name at the end. One that exists, perhaps a volume that cannot be renamed, is filled at the
    end, the store last.
    """

    def __init__(self, dest: Path) -> None:
        if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
            msg = f"{dest}: it holds something already. Choose an empty or a new folder; nothing was changed."
            raise StoreError(msg)
        self._dest = dest
        self._exists = dest.exists()
        name = f".{dest.name}.{os.getpid()}.partial"
        self._partial = dest / name if self._exists else dest.with_name(name)

    def __enter__(self) -> Path:
        make_private(self._partial)
        return self._partial

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            shutil.rmtree(self._partial, ignore_errors=True)
        elif self._exists:
            for path in sorted(self._partial.iterdir(), key=lambda path: path.name == STORE):
                path.rename(self._dest / path.name)
            self._partial.rmdir()
        else:
            self._partial.rename(self._dest)


def _check_plain(src: Path) -> None:
    """Raise when a copy holds more than files and folders: a link names a file of this machine, a device never ends."""
    folders = (src / name for name in FOLDERS)
    for top in (src / STORE, src / f"{STORE}-wal", journal_root(src), src / BLOBS, *folders):
        for path in chain([top], top.rglob("*")):  # a link is refused before anybody looks behind it
            mode = path.lstat().st_mode if os.path.lexists(path) else stat.S_IFREG
            # `finish()` waits on a pipe beside the journal, and jobs are told through theirs; nobody copies one.
            is_ours = stat.S_ISFIFO(mode) and (path.suffix == ".wait" or top.name == "jobs")
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode) or is_ours:
                continue
            what = f"a link to {path.readlink()}" if stat.S_ISLNK(mode) else "a device or a pipe"
            msg = (
                f"{path}: expected a plain file or folder, received {what}. "
                "A backup holds nothing else: take another one; nothing was restored."
            )
            raise CorruptError(msg)


def _copy_journals(home: Path, dest: Path) -> None:
    for found in Listing(journal_root(home)).refresh():
        folder = journal_root(dest) / found.run
        make_private(folder)
        for path in (found.path, found.beside(".to")):
            copy = folder / path.name
            claim(copy)
            try:
                shutil.copyfile(path, copy)
            except FileNotFoundError:  # no such companion, or stored and removed since we looked: the store has it
                copy.unlink()
        _copy_staged(found, folder / STAGED)


def _copy_staged(found: JournalFile, dest: Path) -> None:
    """Copy the files that records of the journal name; one that is gone by now is in the store."""
    staged = found.path.parent / STAGED
    names = [path.name for path in staged.iterdir() if is_hash(path.name)] if staged.is_dir() else []
    for name in names:
        make_private(dest)
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            copy_private(staged / name, dest / name)


def _drop_tokens(copy: Path) -> None:
    """Forget the tokens of the servers that journals are meant for; `gnomon sync` takes one from its caller."""
    for path in journal_root(copy).glob("*/*.to"):
        try:
            url = json.loads(path.read_bytes()).get("url")
        except (ValueError, AttributeError):
            url = None
        write_whole(path, json.dumps({"url": url}).encode())


def _copy_store_and_blobs(home: Path, dest: Path) -> int:
    """Copy the store, then the blobs that the copy names; return how many of these are nowhere to be found.

    A run may be deleted in between, and its blobs with it. Then the store is copied again, without the run.
    """
    lost = 0
    for _ in range(_TRIES if (home / STORE).is_file() else 0):
        (dest / STORE).unlink(missing_ok=True)
        _copy_store(home / STORE, dest / STORE)
        lost = _copy_blobs(home / BLOBS, dest / BLOBS, named(dest / STORE))
        if not lost:
            break
    return lost


def _copy_blobs(source: Path, dest: Path, names: Iterable[str]) -> int:
    lost = 0
    for name in names:
        folder = dest / name[:2]
        make_private(folder)
        try:
            copy_private(source / name[:2] / name, folder / name)
        except FileExistsError:  # the second try
            continue
        except FileNotFoundError:
            lost += 1
    return lost


def _copy_store(source: Path, dest: Path) -> None:
    """Write a compact copy as of one moment; writers are neither stopped nor waited for."""
    with _writable(source, dest) as path:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            db.set_busy_timeout(_BUSY_MS)
            claim(dest)
            db.execute("VACUUM INTO ?", (str(dest),))
        except (apsw.CorruptError, apsw.NotADBError) as error:
            msg = f"{source}: the store is damaged: {error}."
            raise CorruptError(msg) from error
        except apsw.Error as error:
            msg = f"{dest}: the store cannot be copied: {error}. Is the disk full?"
            raise StoreError(msg) from error
        finally:
            db.close()


@contextlib.contextmanager
def _writable(store: Path, dest: Path) -> Iterator[Path]:
    """Yield a store to read from: SQLite writes beside the one it reads, so one on a read-only disk is copied first."""
    if os.access(store.parent, os.W_OK):
        yield store
        return
    aside = dest.with_name(f"{STORE}.source")
    try:
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                copy_private(store.with_name(store.name + suffix), aside.with_name(aside.name + suffix))
        yield aside
    finally:
        for path in dest.parent.glob(f"{aside.name}*"):
            path.unlink()


def _check(store: Path) -> None:
    db = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found = db.execute("PRAGMA integrity_check(1)").fetchone()
    finally:
        db.close()
    if found != ("ok",):
        msg = f"{store}: the store is damaged: {found}. Take another backup."
        raise CorruptError(msg)


def _trimmed(copy: Path, lost: int) -> Copied:
    """Drop the journals that the store has to their end; count what is left."""
    left = 0
    with SqliteEngine(copy) as engine:
        runs = {run.id for run in engine.runs()}
        for found in Listing(journal_root(copy)).refresh():
            if found.beside(".to").exists() or found.path.stat().st_size > engine.offset(found.run, found.writer):
                left += 1
                runs.add(found.run)
            else:
                found.remove()
    size = sum(path.stat().st_size for path in copy.rglob("*") if path.is_file())
    return Copied(len(runs), left, size, lost)
