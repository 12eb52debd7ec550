"""The file of what becomes of a sweep: whole lines or none, and damage that is told."""

import errno
import os
from pathlib import Path

import pytest

from gnomon.core.errors import CorruptError, StoreError
from gnomon.core.ids import run_id
from gnomon.models.sweeps.folder import SweepFolder
from gnomon.models.sweeps.space import Choice
from gnomon.models.sweeps.spec import Objective, SweepSpec

SPEC = SweepSpec(
    kind="function",
    name="s",
    project="p",
    space={"x": Choice([1, 2])},
    search="grid",
    objective=Objective("loss", "min"),
)


def test_of_a_line_for_which_there_is_no_room_nothing_stays_and_the_next_one_is_whole(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, write = SweepFolder.create(home, run_id(), SPEC), os.write
    rooms = iter([5])

    def full(descriptor: int, data: bytes) -> int:
        for left in rooms:
            return write(descriptor, data[:left])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(StoreError, match="What becomes of a sweep cannot be written"):
            folder.append("paused")
    assert (folder.story().state, folder.story().rev) == ("running", 1)
    folder.append("paused")
    assert (folder.story().state, folder.story().rev) == ("paused", 2)


@pytest.mark.parametrize("line", [b'{"t": 1, "eve{"t": 2}', b'{"t": 1, "event": "over", "trial": 9}'])
def test_a_file_that_is_damaged_is_told(home: Path, line: bytes) -> None:
    folder = SweepFolder.create(home, run_id(), SPEC)
    with folder.events.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(CorruptError, match="expected what became of a sweep"):
        folder.story()
