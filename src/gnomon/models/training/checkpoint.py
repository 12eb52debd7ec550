"""Checkpoints on disk: a folder for each, whole or not there at all, that reading runs nobody's code of.

    checkpoints/step-1200/model.safetensors   weights by path: node id, dot, name within the layer
    checkpoints/step-1200/optim.safetensors   what the optimizer remembers, and the generators of random numbers
    checkpoints/step-1200/state.json          step, epoch, place in the epoch, best value so far, sums of the epoch

A folder is written under another name, forced to disk, and renamed: a machine that loses power has the one before.
"""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import CorruptError, NotFoundError
from gnomon.core.folder import make_private
from gnomon.models.room import room

FORMAT: Final = "checkpoint/1"
KEPT: Final = 2
"""The newest that are kept, beside the best."""
SPREAD: Final = 8
"""Older ones that are kept to see how training came there, as long as they fit in `SPREAD_BYTES`."""
SPREAD_BYTES: Final = 256 << 20
_NAME: Final = re.compile(r"step-(\d{1,16})\Z")


class State(msgspec.Struct, kw_only=True):
    """Hold where training stands.

    Args:
        format: Version of this file.
        step: Steps that are done.
        epoch: The epoch it is in, from 0.
        position: Batches of that epoch that are done.
        rate: Learning rate before the schedule; it may have been changed while it ran.
        best: Best value of what is monitored; `None` before the first.
        best_step: Steps done when that was so.
        waited: Epochs since.
        totals: Sums of the epoch so far.
        extra: What the framework has to say that is no tensor.
        run: Id of the run.
        seed: Where random numbers began.
        graph: `sha` of the graph.
        dataset: `name@digest`.
    """

    format: str = FORMAT
    step: int = 0
    epoch: int = 0
    position: int = 0
    rate: float = 0.0
    best: float | None = None
    best_step: int | None = None
    waited: int = 0
    totals: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    run: str = ""
    seed: int = 0
    graph: str = ""
    dataset: str = ""


@dataclass(slots=True)
class Tensors:
    """Hold the tensors of a checkpoint, as bytes of safetensors: of the model, and of what changes it."""

    model: bytes
    optim: bytes
    state: State = field(default_factory=State)


def save(folder: Path, tensors: Tensors) -> Path:
    """Write a checkpoint and remove those that are not kept any longer; return its folder.

    Args:
        folder: `checkpoints` of a job.
        tensors: What is written.

    Raises:
        StoreError: The disk is full; the checkpoints that were there are whole.
    """
    make_private(folder)
    target = folder / f"step-{tensors.state.step}"
    partial = folder / f".{target.name}.{os.getpid()}"
    with room(f"The checkpoint of step {tensors.state.step}", folder):
        _fill(partial, tensors)
    if target.exists():  # written once more at the same step: after a resume, or at the end of an epoch
        old = folder / f".old-{target.name}.{os.getpid()}"
        target.rename(old)
        partial.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        partial.rename(target)
    _sync(folder)
    prune(folder, tensors.state.best_step)
    return target


def _fill(partial: Path, tensors: Tensors) -> None:
    """Write all files of a checkpoint and force them to disk; leave nothing when that cannot be."""
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    parts = {"model.safetensors": tensors.model, "optim.safetensors": tensors.optim}
    try:
        for name, data in (parts | {"state.json": msgspec.json.encode(tensors.state)}).items():
            _write(partial / name, data)
        _sync(partial)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def load(checkpoint: Path) -> Tensors:
    """Return a checkpoint.

    Raises:
        NotFoundError: There is none.
        CorruptError: It is none of ours.
    """
    try:
        state = msgspec.json.decode((checkpoint / "state.json").read_bytes(), type=State)
        return Tensors(
            (checkpoint / "model.safetensors").read_bytes(), (checkpoint / "optim.safetensors").read_bytes(), state
        )
    except FileNotFoundError as error:
        msg = f"checkpoint: there is no {error.filename}."
        raise NotFoundError(msg) from None
    except msgspec.MsgspecError as error:
        msg = f"checkpoint: {checkpoint} holds no state of a training: {error}."
        raise CorruptError(msg) from error


def steps(folder: Path) -> list[int]:
    """Return the steps of the checkpoints of a job, the newest last; half-written ones do not count."""
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(found[1]) for name in names if (found := _NAME.match(name)))


def newest(folder: Path) -> Path | None:
    """Return the newest checkpoint of a job."""
    found = steps(folder)
    return folder / f"step-{found[-1]}" if found else None


def prune(folder: Path, best: int | None) -> None:
    """Remove those that are not kept, and what was half written when a worker was killed.

    Kept are the newest two, from which a training goes on; the best; and up to eight more, as evenly spread over the
    training as may be, by which one sees how it came there. Those eight take no more than 256 MiB together.
    """
    older = [step for step in steps(folder)[:-KEPT] if step != best]
    for step in _crowded(older, min(SPREAD, SPREAD_BYTES // max(1, _size(folder, older)))):
        shutil.rmtree(folder / f"step-{step}", ignore_errors=True)
    for path in folder.glob(".*step-*"):
        shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _crowded(steps: list[int], most: int) -> list[int]:
    """Return those to remove so that `most` are left: one at a time, that whose neighbours are closest together.

    Example:
        >>> _crowded([1, 2, 3, 10, 20], 3)
        [1, 2]
    """
    left, gone = [*steps], []
    while len(left) > most:
        # Before the first there is the start of the training. The last has a newer one behind it, and stays.
        gaps = [after - before for before, after in zip([0, *left], left[1:], strict=False)]
        gone.append(left.pop(gaps.index(min(gaps)) if gaps else 0))
    return gone


def _size(folder: Path, steps: list[int]) -> int:
    """Return the bytes of the largest of some checkpoints; all of a training are about equal."""
    sizes = [sum(path.stat().st_size for path in (folder / f"step-{step}").iterdir()) for step in steps]
    return max(sizes, default=0)
