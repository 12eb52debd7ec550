"""What a storage engine promises. `gnomon.store.suite.EngineSuite` is the same contract as tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from gnomon.core.batch import Batch, Float64, Frame, Int64, Rewind
from gnomon.store.blobs import Blobs
from gnomon.store.console import ConsoleLine, ConsoleStore
from gnomon.store.documents import Documents
from gnomon.store.envelope import Envelope, Window


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Hold what is known of a run besides its series.

    Args:
        index: Small integer, the order of creation in this store; row number of the run table.
        id: Run id.
        project: Project name.
        name: Name of the run.
        state: `running finished stopped failed killed lost`.
        created_us: When it was opened, by the writer's clock.
        updated_us: When anything of it last arrived.
        finished_us: When it was closed; `None` while it runs.
        group: Group it belongs to.
        tags: Labels, sorted.
        notes: Free text.
        dropped: How many values its writers had to drop.
        error: Why it failed, when it did.
        meta: Everything else: `parent fork_step host pid rank define dropped_cause …`.
        last_step: Largest step that a series of the run stands at (after a rewind: the step before it, until more
            comes); `None` before the first point.
    """

    index: int
    id: str
    project: str
    name: str
    state: str
    created_us: int
    updated_us: int
    finished_us: int | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    dropped: int = 0
    error: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    last_step: int | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """Summarise one series. NaN in `last`, `low` and `high` means that no finite value came (yet).

    Args:
        n: Points logged, non-finite ones and repeats of a step included.
        bad: How many of them were NaN or infinite.
        last: Value at the largest step (the later one, when that step came twice); may be NaN or infinite.
        last_step: That step.
        last_us: Its time.
        low: Smallest finite value.
        low_step: Step of `low`.
        high: Largest finite value.
        high_step: Step of `high`.
        total: Sum of the finite values.
    """

    n: int
    bad: int
    last: float
    last_step: int
    last_us: int
    low: float
    low_step: int
    high: float
    high_step: int
    total: float


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Every point asked for, ordered by step and, for equal steps, by arrival.

    Args:
        step: int64 of shape `(n,)`.
        us: int64 of shape `(n,)`, microseconds since 1970.
        value: float64 of shape `(n,)`.
    """

    step: Int64
    us: Int64
    value: Float64


@dataclass(frozen=True, slots=True)
class RecordInfo:
    """Hold a record without its payload.

    Args:
        id: Its number in its run, ascending in order of arrival.
        key: Its name in the run.
        kind: Which record type decodes it.
        step: Step it was logged at.
        us: When, in microseconds since 1970.
        meta: What is known of it without its payload.
        size: Bytes of the payload.
        blob: SHA-256 of the payload when it lies in a file of its own.
    """

    id: int
    key: str
    kind: str
    step: int
    us: int
    meta: Mapping[str, Any]
    size: int
    blob: str | None


@dataclass(frozen=True, slots=True)
class RecordKey:
    """Summarise the records of one key, as the run stands after its rewinds; the newest is the last by step.

    Args:
        kind: Kind of the newest.
        n: How many there are.
        first_step: Smallest step.
        last_step: Step of the newest.
        last_us: Its time.
        size: Bytes of all payloads.
    """

    kind: str
    n: int
    first_step: int
    last_step: int
    last_us: int
    size: int


@dataclass(frozen=True, slots=True)
class Appended:
    """Tell what one batch changed, for the run table and for open browsers.

    Args:
        batch: The batch, its records without their payloads; `None` when all of it was known already.
        run: The run after it.
        created: The run did not exist before.
        stats: Series that the batch touched, after it.
        config: Config keys that the batch set, flattened with dots (`{"opt.lr": 0.1}`).
        records: Keys of records that the batch touched, after the commit it was part of.
        console: How many lines of its console have ended, after the commit, when the batch said something of it.
    """

    batch: Batch | None
    run: RunInfo
    created: bool = False
    stats: Mapping[str, Stats] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, RecordKey] = field(default_factory=dict)
    console: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ConfigColumn:
    """One config key over the runs that have it: `index` int64, `number` float64 (NaN where it is not one), `text`."""

    index: Int64
    number: Float64
    text: list[str | None]


@dataclass(frozen=True, slots=True, eq=False)
class MetricColumn:
    """One series key over the runs that have it; arrays of equal length, named as in `Stats`."""

    index: Int64
    n: Int64
    bad: Int64
    last: Float64
    last_step: Int64
    low: Float64
    low_step: Int64
    high: Float64
    high_step: Int64
    total: Float64


@dataclass(frozen=True, slots=True)
class Deleted:
    """Say which runs were deleted, and how many bytes of the disk they had to themselves."""

    runs: list[str]
    freed_bytes: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Say how far a copy of a run has come.

    Args:
        rows: Rows of the run that it has; those of a run are numbered from 0 as they arrive.
        record: Id of its last record, 0 before the first.
        rewinds: Rewinds it has.
        console: Lines of its console that it has.
    """

    rows: int = 0
    record: int = 0
    rewinds: int = 0
    console: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """Hold a bounded piece of what came after a mark.

    Args:
        items: Frames, records (without payload) and rewinds, in an order that gives the same run.
        mark: How far a copy is that has taken them.
        rows_left: Rows that came after that.
        has_more: Something came after that.
        console: Lines of its console; they have no place among the items.
    """

    items: tuple[Frame | RecordInfo | Rewind, ...]
    mark: Mark
    rows_left: int
    has_more: bool
    console: tuple[ConsoleLine, ...] = ()


class Engine(Protocol):
    """Where records live. Safe to call from several threads; one process at a time owns the folder."""

    @property
    def blobs(self) -> Blobs:
        """Content-addressed files: payloads of records and bodies of documents from 64 KiB on."""
        ...

    @property
    def console(self) -> ConsoleStore:
        """What the processes of each run printed."""
        ...

    @property
    def documents(self) -> Documents:
        """Small versioned documents: dashboards, panels and the like."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

    def append(self, batches: Sequence[Batch]) -> list[Appended | Exception]:
        """Store the batches in one durable commit; what is returned survives `kill -9` and a power cut.

        A batch whose `last` its writer has passed is skipped (exactly once). A batch that cannot be applied
        (an `OffsetError` when it leaves a gap, a `NotFoundError` when its run is unknown and it opens none,
        or was deleted, a `MissingBlobError` when a record names a blob that is not here) gives its exception in its
        place and harms no other.
        """
        ...

    def offset(self, run: str, writer: str) -> int:
        """Return up to which offset this writer's journal is stored, 0 when it is unknown."""
        ...

    def keysets(self, run: str, writer: str) -> Mapping[int, tuple[str, ...]]:
        """Return the sets of keys this writer has named so far."""
        ...

    def runs(self) -> list[RunInfo]:
        """Return every run, by `index`."""
        ...

    def run(self, run: str) -> RunInfo:
        """Return one run by id; `NotFoundError` otherwise."""
        ...

    def config(self, run: str) -> dict[str, Any]:
        """Return the config of a run as it was given, nested."""
        ...

    def series(self, run: str) -> dict[str, Stats]:
        """Return the series of a run by key, unsealed points included."""
        ...

    def points(
        self, run: str, key: str, first: int = 0, last: int | None = None, *, branch: int | None = None
    ) -> Points:
        """Return every point with `first <= step <= last`, repeats of a step included.

        `branch=None` reads the run as it stands after its rewinds; `branch=b` reads what was written between
        rewind b and rewind b + 1, where 0 is the beginning.
        """
        ...

    def envelopes(self, series: Sequence[tuple[str, str]], window: Window) -> list[Envelope]:
        """Return, for each `(run, key)`, the exact extremes of each pixel; an empty one for a series unknown."""
        ...

    def record_keys(self, run: str) -> dict[str, RecordKey]:
        """Return what each key of records holds, by key."""
        ...

    def records(
        self,
        run: str,
        key: str,
        first: int = 0,
        last: int | None = None,
        *,
        every: int = 1,
        offset: int = 0,
        limit: int | None = None,
        newest: bool = False,
    ) -> list[RecordInfo]:
        """Return records of a key with `first <= step <= last`, by step and then by arrival, as the run stands.

        Args:
            run: Run id.
            key: Key; one that is not there has no records.
            first: Smallest step.
            last: Largest step; any when `None`.
            every: Keep each n-th of them, beginning with the first.
            offset: Leave out so many of what is kept: the first ones, or with `newest` the last ones.
            limit: Return at most so many.
            newest: Return the last `limit` rather than the first.
        """
        ...

    def record(self, run: str, id: int) -> RecordInfo:  # noqa: A002 - what it is called
        """Return one record, one that a rewind hides too; `NotFoundError` otherwise."""
        ...

    def payload(self, run: str, id: int, start: int = 0, size: int | None = None) -> bytes:  # noqa: A002
        """Return a range of the payload of a record, cut at its end; no more than that is read."""
        ...

    def payload_path(self, run: str, id: int) -> Path | None:  # noqa: A002
        """Return the file that holds a payload, `None` when it lies in the store; the file may go with its run."""
        ...

    def feed(self, run: str, mark: Mark) -> Feed:
        """Return a bounded piece of what came after a mark, for a copy of the run elsewhere.

        Rows and records between two rewinds may come in any company; the rewinds keep their place among them, and the
        points of each series keep their order.
        """
        ...

    def rewinds(self, run: str) -> list[tuple[int, int]]:
        """Return the rewinds of a run as `(us, step)`, in order."""
        ...

    def config_keys(self, project: str | None = None) -> list[str]:
        """Return the flattened config keys in use, sorted."""
        ...

    def metric_keys(self, project: str | None = None) -> list[str]:
        """Return the series keys in use, sorted."""
        ...

    def config_column(self, key: str) -> ConfigColumn:
        """Return one flattened config key over all runs."""
        ...

    def metric_column(self, key: str) -> MetricColumn:
        """Return one series key over all runs, unsealed points included."""
        ...

    def values_at(self, key: str, places: Sequence[tuple[str, int]]) -> list[float | None]:
        """Return, for each `(run, step)`, the last value of a series at or before that step, as the run stands.

        Of several values of one step it is the one that came last; `None` where the run has no such point.
        """
        ...

    def change(self, run: str, fields: Mapping[str, Any], us: int) -> RunInfo:
        """Merge fields into a run, as a `Change` of a batch does, durably."""
        ...

    def delete(self, run: str) -> None:
        """Remove a run and everything of it; later batches of its writers are refused."""
        ...

    def delete_many(self, runs: Sequence[str]) -> Deleted:
        """Remove runs as `delete` does, all or none; those that are not there are left out."""
        ...

    def reclaim(self) -> None:
        """Give the space of what was deleted back to the filesystem now, instead of in the background."""
        ...

    def maintain(self, *, idle: bool = False, budget_s: float = 0.05) -> bool:
        """Do one bounded piece of background work (sealing, compaction, checkpoint); tell whether more is due."""
        ...

    def seal(self, run: str | None = None) -> None:
        """Move the journal part of a run, or of all, into chunks now."""
        ...

    def backup(self, dest: Path) -> None:
        """Copy the store while it is in use; `dest` is a new file that opens as a store of its own."""
        ...

    def facts(self) -> dict[str, Any]:
        """Return what `gnomon doctor` shows: versions, sizes in bytes, counts, unsealed points."""
        ...

    def close(self) -> None:
        """Release everything; the store can be opened again."""
        ...
