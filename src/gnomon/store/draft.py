"""What a group of batches changes in one run, collected until it is committed."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from gnomon.core.batch import Change, Console, Frame, Int64, Item, Object, Rewind
from gnomon.core.limits import SYSTEM
from gnomon.store.console import Told
from gnomon.store.engine import RecordKey
from gnomon.store.fields import Fields
from gnomon.store.ledger import Ledger
from gnomon.store.tail import Strip

MOST_LANES: Final = 64
"""Key sets of a run that get a lane; the frames of others are taken apart, one lane for each key."""


@dataclass(slots=True, eq=False)
class Draft:
    """Collect what a group of batches changes in one run, until it is committed.

    The ledger stays as it is, so that a commit that fails leaves nothing to undo.
    """

    base: Ledger
    created: bool
    fields: Fields
    arrival: int
    changed: bool = False
    names: dict[str, int] = field(default_factory=dict)
    lanes: dict[tuple[str, ...], int] = field(default_factory=dict)
    members: dict[int, Int64] = field(default_factory=dict)
    writers: dict[str, int] = field(default_factory=dict)
    keysets: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)
    rewinds: list[tuple[int, int]] = field(default_factory=list)
    objects: list[tuple[int, Object]] = field(default_factory=list)
    payloads: list[tuple[int, int, bytes]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    record_keys: dict[str, RecordKey] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    lines: int = 0

    @classmethod
    def of(cls, ledger: Ledger, *, created: bool = False) -> "Draft":
        """Begin with what a ledger says."""
        f = ledger.fields
        fields = replace(f, tags=set(f.tags), meta=dict(f.meta), config=dict(f.config))
        return cls(ledger, created, fields, ledger.arrival)

    @property
    def branch(self) -> int:
        """How many rewinds the run has had."""
        return len(self.base.rewinds) + len(self.rewinds)

    def last(self, writer: str) -> int:
        """Return how far a writer has come."""
        return self.writers.get(writer, self.base.writers.get(writer, 0))

    def strip(self, frame: Frame) -> tuple[Strip, Int64]:
        """Take in a frame; new keys become series.

        Returns:
            The frame as it is stored, and its series as rows of the statistics.
        """
        lane = self.lanes.get(frame.keys)
        if lane is None:
            lane = self.base.lanes.get(frame.keys)
        if lane is None:
            rows = self._rows(frame.keys)
            lane = self._lane(frame.keys, rows)
        else:
            rows = self.members[lane] if lane in self.members else self.base.members[lane]
        inline = rows if lane is None else rows[:0]
        strip = Strip(lane, inline, self.branch, self.arrival, frame.step, frame.us, frame.values)
        self.arrival += len(frame.step)
        if not frame.keys[0].startswith(SYSTEM):
            self.fields.reach(int(frame.step.max()))
        return strip, rows

    def take(self, item: Item, writer: str) -> tuple[Strip, Int64] | None:
        """Take in one item of a writer's batch, and return a frame as `strip` does."""
        match item:
            case Frame():
                return self.strip(item)
            case Object():
                self.objects.append((self.branch, item))
            case Rewind(us, step):
                self.rewinds.append((us, step))
                self.fields.rewind(step)
                self.changed = True
            case Console():
                self.told.append((writer, item))
            case Change(us, changes):
                self.fields.merge(changes, us)
                if changes.get("state", "running") != "running":
                    self.told.append(None)
                self.changed = True
        return None

    def _rows(self, keys: tuple[str, ...]) -> Int64:
        known, rows = len(self.base.keys), []
        for key in keys:
            row = self.base.names.get(key, -1)
            if row < 0:
                row = self.names.get(key, -1)
            if row < 0:
                row = self.names[key] = known + len(self.names)
            rows.append(row)
        return np.array(rows, np.int64)

    def _lane(self, keys: tuple[str, ...], rows: Int64) -> int | None:
        lane = len(self.base.lanes) + len(self.lanes)
        if lane >= MOST_LANES:
            return None
        self.lanes[keys], self.members[lane] = lane, rows
        return lane

    def publish(self, now_us: int) -> None:
        """Bring all but the points of the ledger up to date; the commit has succeeded."""
        ledger = self.base
        ledger.fields = self.fields
        ledger.names |= self.names
        ledger.keys += self.names
        ledger.stats.grow(len(self.names))
        ledger.lanes |= self.lanes
        for lane, members in self.members.items():
            ledger.add_lane(lane, members)
        ledger.writers |= self.writers
        for writer, number, keys in self.keysets:
            ledger.keysets.setdefault(writer, {})[number] = keys
        ledger.rewinds = ledger.rewinds + self.rewinds
        ledger.records += len(self.objects)
        ledger.seqs += zip(self.ends, (seq for seq, _, _ in self.payloads), strict=True)
        ledger.since_us = ledger.since_us if ledger.points else now_us
