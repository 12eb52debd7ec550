"""One configuration of a leaderboard: its rank, its mean over the seeds, and every run it was made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

Plain = int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class EntryRange:
    """Hold a column in which the runs of an entry differ.

    Args:
        mean: Mean of the finite numbers; `None` when there are none.
        low: The smallest of them.
        high: The largest.
        values: One per run, in the order of `Entry.seeds`.
    """

    mean: float | None
    low: float | None
    high: float | None
    values: tuple[Plain, ...]


class EntrySeed(
    msgspec.Struct, frozen=True
):  # ten thousand are made for one answer: a dataclass takes ten times as long
    """Hold one run of an entry.

    Args:
        run: Its id.
        name: Its name.
        state: `running finished stopped failed killed lost`.
        seed: Its seed, where the config or its capture says.
        value: Its value; `None` when it has no finite one.
    """

    run: str
    name: str
    state: str
    seed: Plain
    value: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one configuration of a leaderboard.

    Args:
        rank: 1 for the best mean; equal means share a rank, entries without a value come last.
        label: The config values in which the entries differ, for people.
        config: The same as columns and values.
        n: Runs with a finite value.
        missing: Runs of the same config without one: they failed, diverged, or have not come so far.
        mean: Mean over the runs with a value, `None` when there is none.
        interval: 95 % confidence interval of the mean over the seeds; `None` for a single run.
        best: Best single value, `None` when there is none.
        tied: The entry may well be the best one: no other is significantly better.
        p: Probability of standing this far behind another entry by luck, corrected for the number of entries;
            `None` where there is nothing better, or too little to tell.
        columns: By name of a column: the value that all runs share, or an `EntryRange` where they differ.
        seeds: Every run, those with a value first.
    """

    rank: int
    label: str
    config: Mapping[str, Plain]
    n: int
    missing: int
    mean: float | None
    interval: tuple[float, float] | None
    best: float | None
    tied: bool
    p: float | None
    columns: Mapping[str, Plain | EntryRange]
    seeds: tuple[EntrySeed, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """One per run with a value, in the order of `runs`."""
        return tuple(seed.value for seed in self.seeds if seed.value is not None)

    @property
    def runs(self) -> tuple[str, ...]:
        """Ids of the runs with a value."""
        return tuple(seed.run for seed in self.seeds if seed.value is not None)
