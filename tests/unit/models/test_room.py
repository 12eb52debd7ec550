"""A disk without room: what was stored stays whole, nothing half is left, and the error says what to do."""

import errno
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gnomon.core.errors import InputError, StoreError
from gnomon.models.jobs import events
from gnomon.models.jobs.folder import JobFolder, JobSpec, Script
from gnomon.models.registry import files
from gnomon.models.room import room
from gnomon.models.training import checkpoint
from gnomon.models.training.checkpoint import State, Tensors

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits on file sizes are those of POSIX")
REMEDY = r"cannot be written to .*: File too large\. Free some space, or move the home folder"


@contextmanager
def full(size_bytes: int = 20_000) -> Iterator[None]:
    """A limit on the size of files stands in for a disk that has no room for large ones."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_checkpoint_that_does_not_fit_leaves_those_before_it(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    checkpoint.save(folder, Tensors(b"first", b"", State(step=1)))
    before = names(folder)
    with full(), pytest.raises(StoreError, match=f"^The checkpoint of step 2 {REMEDY}"):
        checkpoint.save(folder, Tensors(b"second", bytes(100_000), State(step=2)))
    assert names(folder) == before
    assert checkpoint.load(folder / "step-1").model == b"first"
    checkpoint.save(folder, Tensors(b"second", bytes(100_000), State(step=2)))
    assert checkpoint.steps(folder) == [1, 2]


def test_a_version_that_does_not_fit_leaves_those_before_it(tmp_path: Path) -> None:
    entries, _ = files.take(tmp_path, "m", 1, {"a.bin": b"first", "b.bin": b"too"})
    before = names(tmp_path)
    with full(), pytest.raises(StoreError, match=f"^Version 2 of m {REMEDY}"):
        files.take(tmp_path, "m", 2, {"a.bin": b"second", "b.bin": bytes(100_000)})
    assert names(tmp_path) == before
    files.verify(tmp_path, "m", 1, entries)
    assert len(files.take(tmp_path, "m", 2, {"b.bin": bytes(100_000)})[0]) == 1


def test_an_export_that_does_not_fit_leaves_the_one_before_it(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    from tests.unit.models.exporters.versions import version_of

    from gnomon.graph.templates import template
    from gnomon.models.exporters.export import export

    version = version_of(template("mlp").graph, tmp_path / "version")
    target = tmp_path / "exports" / "code"
    export(version, target, "code", home)
    before = {path: path.read_bytes() for path in target.iterdir()}
    for form in ("code", "safetensors", "torch-export"):
        with full(), pytest.raises(StoreError, match=f"^The export {form} cannot be written to .*Free some space"):
            export(version, target.with_name(form), form, home)
    assert {path: path.read_bytes() for path in target.iterdir()} == before
    assert names(target.parent) == ["code", *(f"code/{name}" for name in ("load.py", "model.py", "model.safetensors"))]


def test_only_a_lack_of_room_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(error: Exception) -> Callable[[], None]:
        def fail() -> None:
            with room("It", tmp_path):
                raise error

        return fail

    for error in (OSError(errno.EACCES, "Permission denied"), ValueError("no"), InputError("x: bad.")):
        with pytest.raises(type(error), match=str(error).replace("[", r"\[").replace("]", r"\]")):
            failing(error)()
    for error in (RuntimeError("write failed: No space left on device (os error 28)"), OSError(errno.EDQUOT, "Quota")):
        with pytest.raises(StoreError, match="It cannot be written"):
            failing(error)()
    with pytest.raises(RuntimeError, match="failed writing file"):
        failing(RuntimeError("failed writing file"))()
    usage = type("Usage", (), {"free": 4096})
    monkeypatch.setattr("gnomon.models.room.shutil.disk_usage", lambda _: usage)
    with pytest.raises(StoreError, match="No space left on device"):  # PyTorch says no more than that
        failing(RuntimeError("failed writing file"))()


def test_why_a_job_ended_is_told_in_the_room_that_was_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = JobSpec(kind="script", project="p", name="n", script=Script(["true"], "/"))
    job = JobFolder.create(tmp_path / "home", "0" * 20, spec)
    events.set_aside(job)
    events.append(job, "starting", attempt=1)
    write, reserve = os.write, job.path / events.RESERVE

    def without_room(descriptor: int, data: bytes) -> int:
        if reserve.exists() or (job.path / "nothing").exists():
            if len(data) > 30:
                return write(descriptor, data[:30])  # what is left of a block
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", without_room)
    events.append(job, "failed", step=7, text="the disk was full")
    assert not reserve.exists()
    (job.path / "nothing").touch()
    with pytest.raises(OSError, match="No space"):
        events.append(job, "ended", text="x" * 55)
    monkeypatch.undo()
    events.append(job, "ended")  # behind a line that was cut off
    assert [(each.event, each.step) for each in events.Reader(job).read()] == [
        ("starting", None),
        ("failed", 7),
        ("ended", None),
    ]
    assert events.story(job).state == "failed"
