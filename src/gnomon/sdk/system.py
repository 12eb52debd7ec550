"""What a machine and the processes of a run use, once a second, written beside the run by the agent.

Each run gets a journal of the agent's own, so that training pays nothing. The step of a sample is the second of the run
it belongs to; that axis has nothing to do with training steps, and the store knows keys that begin with `system/`.
"""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from gnomon.core import journal
from gnomon.core.clock import Clock, now_us
from gnomon.core.folder import JournalFile
from gnomon.sdk.machine import Machine, Tree
from gnomon.sdk.notices import Notices
from gnomon.sdk.writer import Writer

SAMPLE_EVERY_S: Final = 1.0
_LOOK_EVERY: Final = 5
"""Samples between two looks at which processes belong to a run: that look is at all of the machine."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_OLDEST_US: Final = 10 * 365 * 86_400 * 1_000_000


def is_wanted() -> bool:
    """Whether machines are sampled; `GNOMON_SYSTEM=off` says no."""
    return os.environ.get("GNOMON_SYSTEM", "").lower() not in ("off", "0", "no")


def began_us(opened: journal.Open) -> int:
    """Return when a run began; a resumed one tells it by its id, when that was made here.

    Example:
        >>> began_us(journal.Open(run="a" * 20, project="p", writer="w", name="n", us=7))
        7
    """
    if not opened.resumed:
        return opened.us
    milliseconds = 0
    for character in opened.run[:10]:
        milliseconds = 32 * milliseconds + max(0, _ALPHABET.find(character))
    made = 1000 * milliseconds
    return made if 0 <= opened.us - made < _OLDEST_US else opened.us


class _Followed:
    """One run and where its samples go."""

    def __init__(self, file: JournalFile, opened: journal.Open, tree: Tree, clock: Clock) -> None:
        begun = msgspec.structs.replace(
            opened, child=True, resumed=True, config={}, tags=[], notes="", parent=None, fork_step=None
        )
        to = file.beside(".to")
        ships = to.read_bytes() if to.exists() else None
        suffix = f"@rank{opened.rank}" if opened.rank else ""
        self.writer = Writer(file.path.parents[1], begun, to=ships, notices=Notices(), suffix=suffix, clock=clock)
        self.tree, self.began_us, self._clock = tree, began_us(opened), clock

    def write(self, values: dict[str, float]) -> None:
        """Write one sample."""
        us = self._clock()
        step = max(0, us - self.began_us) // 1_000_000
        layout = self.writer.layout(tuple(values))
        if layout is not None:
            self.writer.write(layout.record(step, us, values.values()), 0)


class Sampler:
    """Sample the machine for the runs that are at work on it.

    Args:
        home: The home folder.
        clock: Microseconds since 1970, for the samples.
        monotonic: Monotonic seconds, for when they are due.
        machine: Makes what is sampled, when first needed.
    """

    def __init__(
        self,
        home: Path,
        clock: Clock = now_us,
        monotonic: Callable[[], float] = time.monotonic,
        machine: Callable[[Path], Machine] = Machine,
    ) -> None:
        self._home, self._clock, self._monotonic, self._make = home, clock, monotonic, machine
        self._machine: Machine | None = None
        self._followed: dict[JournalFile, _Followed] = {}
        self._due = 0.0
        self._count = 0

    def tick(self, running: Iterable[tuple[JournalFile, journal.Open]]) -> None:
        """Take up runs that came, end with those that ended, and sample once a second."""
        wanted = {file: opened for file, opened in running if not opened.child}
        for file in self._followed.keys() - wanted.keys():
            self._followed.pop(file).writer.close(None)
        if not wanted:
            return
        now = self._monotonic()
        if self._machine is None:
            self._machine = self._make(self._home)
        for file in wanted.keys() - self._followed.keys():
            with suppress(OSError):
                self._followed[file] = _Followed(file, wanted[file], self._machine.tree(wanted[file].pid), self._clock)
                self._due = max(self._due, now + SAMPLE_EVERY_S) if len(self._followed) == 1 else self._due
        if now >= self._due:
            self._due = max(self._due + SAMPLE_EVERY_S, now + SAMPLE_EVERY_S / 2)
            self._sample(self._machine)

    def _sample(self, machine: Machine) -> None:
        parents = machine.parents() if self._count % _LOOK_EVERY == 0 else {}
        self._count += 1
        values = machine.sample()
        for followed in self._followed.values():
            if parents:
                followed.tree.look(parents)
            followed.write(values | followed.tree.sample())

    def close(self) -> None:
        """End with all runs."""
        for followed in self._followed.values():
            followed.writer.close(None)
        self._followed.clear()
