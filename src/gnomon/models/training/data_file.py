"""The data of a training as arrays: what `train.py` reads where gnomon is not, or no more than a file."""

from pathlib import Path

import numpy as np

from gnomon.core.errors import InputError
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.training.batches import Arrays, Feed
from gnomon.models.training.task import Task, task_of
from gnomon.models.training.write_script import DATA

_BLOCK = 1024


def arrays(folder: Path) -> Arrays:
    """Return all rows that the job of a folder trains, validates and tests with: `train/inputs/NAME` and so on."""
    return arrays_of(task_of(JobFolder(folder)))


def arrays_of(task: Task) -> Arrays:
    """Return all rows of a training; pictures as they are before augmentation.

    Raises:
        InputError: Texts or sequences of several lengths, which one array cannot hold.
    """
    found: Arrays = {}
    for part in ("train", "validation", "test"):
        if not task.length(part):
            continue
        blocks = list(Feed(task, part, _BLOCK).once())
        for kind, sides in (("inputs", [block[0] for block in blocks]), ("targets", [block[1] for block in blocks])):
            for name in sides[0]:
                try:
                    found[f"{part}/{kind}/{name}"] = np.concatenate([side[name] for side in sides])
                except ValueError as error:
                    msg = (
                        f"{name}: its values differ in length, so that they are no one array. Give its input a length."
                    )
                    raise InputError(msg, field=name) from error
    return found


def write_data(task: Task, folder: Path) -> Path:
    """Write the data beside the script of a training; return the file."""
    file = folder / DATA
    with file.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays_of(task))
    return file
