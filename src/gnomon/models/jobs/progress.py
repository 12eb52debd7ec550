"""How far a job is: a few numbers at a fixed place of a small file, written at every step and read when somebody looks."""

import os
from typing import Final

import msgspec

from gnomon.models.jobs.folder import JobFolder

SIZE: Final = 256
_encode = msgspec.json.Encoder().encode


class Far(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far it is; `None` is what is not known.

    Args:
        step: Steps that are done.
        steps: Of how many.
        epoch: The epoch it is in, from 0; parts of it count: 1.5 is in the midst of the second.
        epochs: Of how many.
        loss: The last value.
    """

    step: int | None = None
    steps: int | None = None
    epoch: float | None = None
    epochs: int | None = None
    loss: float | None = None

    @property
    def share(self) -> float | None:
        """Part that is done, 0 to 1; `None` when the end is not known."""
        for done, of in ((self.step, self.steps), (self.epoch, self.epochs)):
            if done is not None and of:
                return min(1.0, done / of)
        return None


class Progress:
    """Tell how far a job is: one write of 256 bytes, some microseconds.

    Args:
        folder: Of the job.
    """

    def __init__(self, folder: JobFolder) -> None:
        self._descriptor = os.open(folder.progress, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)

    def tell(
        self,
        step: int | None = None,
        steps: int | None = None,
        epoch: float | None = None,
        epochs: int | None = None,
        loss: float | None = None,
    ) -> None:
        """Write it over what was told before."""
        data = _encode(Far(step, steps, epoch, epochs, loss))
        os.pwrite(self._descriptor, data.ljust(SIZE - 1) + b"\n", 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def read(folder: JobFolder) -> Far:
    """Return how far a job is; nothing is known of one that never told."""
    try:
        with folder.progress.open("rb") as file:
            return msgspec.json.decode(file.read(SIZE), type=Far)
    except (OSError, msgspec.MsgspecError):
        return Far()
