"""The journal folder of a home: what its files are called, and which of them are new.

    <home>/journal/<run>/<writer>.j         the journal
    <home>/journal/<run>/<writer>.to        where the agent ships it: JSON {"url", "token"}; without it, a server on this home reads it
    <home>/journal/<run>/<writer>.ack       how far that server has it: JSON {"offset"}
    <home>/journal/<run>/<writer>.refused   why that server will not have it, for `gnomon doctor`
    <home>/journal/<run>/blobs/<hash>       a file that a record of these journals names, whole before the record is written
    <home>/journal/<run>/<writer>.wait      a pipe on which `finish()` waits for the last acknowledgement

Folders are private (0700), and so are files (0600): a `.to` may hold a token.
"""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gnomon.core.ids import is_id

STAGED: Final = "blobs"
_UNSETTLED_S: Final = 2.0
"""A folder's time of change is coarse (and coarser over NFS), so a changed folder is listed again for this long."""


@dataclass(frozen=True, slots=True)
class JournalFile:
    """Name one writer's journal.

    Args:
        path: The `.j` file.
        run: Run id, the name of its folder.
        writer: Writer id, its stem.
    """

    path: Path
    run: str
    writer: str

    def beside(self, suffix: str) -> Path:
        """Return the path of a companion: `.to`, `.ack`, `.refused` or `.wait`."""
        return self.path.with_suffix(suffix)

    def attached(self, blob: str) -> Path:
        """Return where a file that a record names was staged."""
        return self.path.parent / STAGED / blob

    def remove(self) -> None:
        """Remove the journal and its companions; with the last of a run go its folder and what is left staged there.

        What is gone already is fine.

        The journal goes first: without its `.to` it would look like one that a server on this home should read.
        """
        for path in (self.path, *map(self.beside, (".to", ".ack", ".wait"))):
            path.unlink(missing_ok=True)
        _remove_staged(self.path.parent)
        try:
            self.path.parent.rmdir()
        except OSError:
            return


def _remove_staged(folder: Path) -> None:
    """Remove the staged files of a run without journals; a writer that begins just now keeps its own.

    Its journal is there before its files, so one look after they were taken out of the way shows whose they are.
    """
    if not (folder / STAGED).is_dir() or any(folder.glob("*.j")):
        return
    aside = folder / f"{STAGED}.{os.getpid()}.old"
    with suppress(OSError):
        (folder / STAGED).rename(aside)
        if any(folder.glob("*.j")):
            make_private(folder / STAGED)
            for path in aside.iterdir():
                path.rename(folder / STAGED / path.name)
        shutil.rmtree(aside)


def journal_root(home: Path) -> Path:
    """Return the folder of all journals of a home."""
    return home / "journal"


def make_private(folder: Path) -> None:
    """Create `folder` and what is missing above it, readable by its owner alone."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir(mode=0o700, exist_ok=True)


def claim(path: Path) -> None:
    """Make an empty file that its owner alone may read, for somebody else to fill; leave one that is there alone."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a private file that appears complete or not at all.

    Args:
        path: The file.
        data: What it holds.
        replace: Write it although it is there already.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)
    if replace:
        temporary.replace(path)
        return
    try:
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()


class Listing:
    """Find new journals again and again, at the cost of one `stat` for each folder that is left.

    Args:
        root: The journal folder; it need not exist yet.
        clock: Monotonic seconds.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}
        self._files: dict[str, set[str]] = {}

    def refresh(self) -> list[JournalFile]:
        """Return the journals that came since the last call."""
        if self._changed("", self._root):
            self._list_runs()
        return [found for run in list(self._files) for found in self._list_writers(run)]

    def _changed(self, name: str, path: Path) -> bool:
        try:
            mtime = os.stat(path).st_mtime_ns  # noqa: PTH116 - a third of the time of Path.stat, for every run at every poll
        except OSError:
            mtime = -1
        now = self._clock()
        seen, until = self._seen.get(name, (-2, 0.0))
        if mtime != seen:
            self._seen[name] = mtime, now + _UNSETTLED_S
            return True
        return now < until

    def _list_runs(self) -> None:
        try:
            names = {name for name in os.listdir(self._root) if is_id(name)}  # noqa: PTH208 - names, not paths
        except OSError:
            names = set()
        for gone in self._files.keys() - names:
            del self._files[gone]
            self._seen.pop(gone, None)
        for name in sorted(names - self._files.keys()):
            self._files[name] = set()

    def _list_writers(self, run: str) -> list[JournalFile]:
        folder = self._root / run
        if not self._changed(run, folder):
            return []
        try:
            names = {n[:-2] for n in os.listdir(folder) if n.endswith(".j") and is_id(n[:-2])}  # noqa: PTH208 - as above
        except OSError:
            names = set()
        new = sorted(names - self._files[run])
        self._files[run] = names
        return [JournalFile(folder / f"{writer}.j", run, writer) for writer in new]
