"""The folder of a sweep: what was asked for, and all that happened.

<home>/sweeps/<id>/spec.json       what was asked for; may hold secrets of --env
<home>/sweeps/<id>/events.jsonl    what became of it: one line for each change, only ever appended
<home>/sweeps/<id>/owner           who drives it; locked for as long as that process does
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import CorruptError, NotFoundError
from gnomon.core.folder import make_private, write_whole
from gnomon.core.ids import is_id
from gnomon.models.room import room
from gnomon.models.sweeps.spec import SweepSpec
from gnomon.models.sweeps.story import Line, Story

FOLDER: Final = "sweeps"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


@dataclass(frozen=True, slots=True)
class SweepFolder:
    """Name the files of one sweep."""

    path: Path

    @classmethod
    def of(cls, home: Path, sweep: str) -> "SweepFolder":
        """Return the folder of a sweep, which need not be there.

        Raises:
            NotFoundError: The id can be none.
        """
        if not is_id(sweep):
            msg = f"There is no sweep {sweep!r:.80}. `gnomon sweep ls` lists those there are."
            raise NotFoundError(msg)
        return cls(home / FOLDER / sweep)

    @classmethod
    def create(cls, home: Path, sweep: str, spec: SweepSpec) -> "SweepFolder":
        """Make the folder of a sweep that begins."""
        found = cls.of(home, sweep)
        make_private(found.path)
        write_whole(found.spec_file, msgspec.json.format(_encode(spec), indent=1))
        found.append("began")
        return found

    @property
    def id(self) -> str:
        """Of the sweep."""
        return self.path.name

    @property
    def home(self) -> Path:
        """The home folder that it lies in."""
        return self.path.parent.parent

    @property
    def spec_file(self) -> Path:
        """What was asked for."""
        return self.path / "spec.json"

    @property
    def events(self) -> Path:
        """What became of it."""
        return self.path / "events.jsonl"

    def spec(self) -> SweepSpec:
        """Return what was asked for.

        Raises:
            NotFoundError: There is no such sweep.
            CorruptError: The file is damaged.
        """
        try:
            return msgspec.json.decode(self.spec_file.read_bytes(), type=SweepSpec)
        except FileNotFoundError:
            msg = f"There is no sweep {self.id!r:.80} in {self.home}. `gnomon sweep ls` lists those there are."
            raise NotFoundError(msg) from None
        except msgspec.MsgspecError as error:
            msg = f"{self.spec_file}: expected a sweep, found something else: {error}."
            raise CorruptError(msg) from error

    def append(self, event: str, **more: Any) -> Line:
        """Append one line; it is on the disk when this returns, or nothing of it is.

        Raises:
            StoreError: The disk is full.
        """
        line = Line(time.time(), event, **more)
        descriptor = os.open(self.events, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            with room("What becomes of a sweep", self.path):
                _write(descriptor, _encode(line) + b"\n")
        finally:
            os.close(descriptor)
        return line

    def mend(self) -> None:
        """Take away the half of a line that a power cut left, so that the next one begins at its own."""
        with self.events.open("rb+") as file:
            data = file.read()
            whole = data.rfind(b"\n") + 1
            if whole < len(data):
                file.truncate(whole)

    def story(self) -> Story:
        """Return what became of it until now.

        Raises:
            CorruptError: The file is damaged.
        """
        try:
            data = self.events.read_bytes()
        except FileNotFoundError:
            return Story()
        try:
            return Story().add(_decode(line) for line in data[: data.rfind(b"\n") + 1].splitlines())
        except (msgspec.MsgspecError, IndexError) as error:
            msg = f"{self.events}: expected what became of a sweep, found something else: {error}."
            raise CorruptError(msg) from error


def _write(descriptor: int, line: bytes) -> None:
    """Write a line whole, or leave the file as it was: what follows half a line could never be read."""
    size = os.fstat(descriptor).st_size
    try:
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def folders(home: Path) -> list[SweepFolder]:
    """Return the sweeps of a home, oldest first."""
    root = home / FOLDER
    if not root.is_dir():
        return []
    return [SweepFolder(path) for path in sorted(root.iterdir()) if is_id(path.name) and (path / "spec.json").is_file()]
