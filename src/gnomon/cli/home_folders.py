"""What a home holds beside its store, blobs and journals: models, descriptions of data sets, data that were brought, jobs.

Each of these is written whole before a document of the store names it, so a copy that is made after that of the store
holds what the store names. Pipes of jobs, and what is half written (its name begins with a dot), are not copied.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from gnomon.core.folder import make_private

FOLDERS: Final = ("models", "datasets", "data", "jobs", "sweeps", "endpoints")


def copy_folders(home: Path, dest: Path) -> None:
    """Copy these folders for their owner alone; what goes away meanwhile is left out, what was copied before is kept."""
    for name in FOLDERS:
        if _is_folder(home / name):
            _copy(home / name, dest / name)


def _copy(source: Path, dest: Path) -> None:
    make_private(dest)
    for entry in _entries(source):
        target = dest / entry.name
        with suppress(FileNotFoundError):
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                _copy(Path(entry.path), target)
            elif stat.S_ISREG(mode):
                with suppress(FileExistsError):
                    copy_private(Path(entry.path), target)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        yield from (entry for entry in found if not entry.name.startswith(".") and not entry.name.endswith(".tmp"))


def copy_private(source: Path, dest: Path) -> None:
    """Copy a file for its owner alone; `dest` must not exist."""
    with source.open("rb") as stream:
        descriptor = os.open(dest, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
