"""The engine of one machine: SQLite in WAL mode, holding compressed column chunks behind a durable tail."""

import itertools
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

import apsw
import numpy as np

from gnomon.core.batch import Batch, Change, Frame, Int64, Item, Rewind
from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import NotFoundError, StoreError
from gnomon.core.limits import MAX_STEP
from gnomon.store import records, seal, tables
from gnomon.store.blobs import Blobs
from gnomon.store.check import check_batch, check_offset
from gnomon.store.codec import FAST
from gnomon.store.console_sqlite import SqliteConsole
from gnomon.store.disk import CHECKPOINT_PAGES, Disk
from gnomon.store.documents_sqlite import SqliteDocuments
from gnomon.store.draft import Draft
from gnomon.store.engine import (
    Appended,
    ConfigColumn,
    Deleted,
    Feed,
    Mark,
    MetricColumn,
    Points,
    RecordInfo,
    RecordKey,
    RunInfo,
    Stats,
)
from gnomon.store.envelope import Envelope, Window
from gnomon.store.feed import with_console
from gnomon.store.feed_sqlite import FeedReader, Moment
from gnomon.store.fields import Fields, check_changes, flatten
from gnomon.store.grid import check_window
from gnomon.store.ledger import Ledger, load, load_tail
from gnomon.store.reader import Connections, Reader, place
from gnomon.store.roster import Roster, unknown
from gnomon.store.staging import bare, check_blobs, has_console, stage, touched_records
from gnomon.store.sweeper import Sweeper
from gnomon.store.tail import Strip, encode_strips

SEAL_BYTES: Final = 64 << 20
CACHE_BYTES: Final = 32 << 20
BULK_POINTS: Final = 1 << 19


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """One batch of a group that will be committed."""

    batch: Batch
    draft: Draft
    info: RunInfo
    created: bool
    config: dict[str, Any]
    strips: list[tuple[Strip, Int64]]
    rewound: int | None


class SqliteEngine:
    """Keep records in `store.db` of a folder.

    One connection does all writing and checkpointing, under a lock; readers have their own connections and are never
    held up by it.

    Args:
        home: Folder of the store; made when it is not there.
        clock: Says when a batch arrived.
        cache_bytes: Memory for decoded chunks and finished envelopes.

    Raises:
        StoreError: The store cannot be opened.
    """

    def __init__(self, home: Path, *, clock: Clock = now_us, cache_bytes: int = CACHE_BYTES) -> None:
        self._clock = clock
        self._disk = Disk(Path(home))
        self.path = self._disk.path
        self._write = self._disk.lock  # the writing connection
        self._sealing = threading.RLock()  # what chunks there are; taken before `_write`
        self._connections = Connections(self.path)
        self.blobs = Blobs(Path(home) / "blobs")
        self.documents = SqliteDocuments(self._disk, self._connections, self.blobs)
        self.console = SqliteConsole(self._connections)
        self._records = records.RecordReader(self._connections, self.blobs)
        self._roster = Roster(self._connections)
        self._state = self._roster.lock  # the ledgers; taken last, and only ever held for microseconds
        self._reader = Reader(self._connections, self._roster.locate, self._roster.holds, self._sealing, cache_bytes)
        self._feeds = FeedReader(self._connections)
        self._unrelieved = 0
        self.sweeper = Sweeper(self.blobs, self._disk)
        self._recover()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # Opening and closing

    def _recover(self) -> None:
        """Read back the tails, and the statistics that a rewind left to be counted again."""
        number, db = self._disk.number, self._disk.db
        self._seqs = itertools.count(number("SELECT coalesce(max(seq), 0) + 1 FROM tail"))
        ids = "SELECT id FROM run UNION ALL SELECT id FROM deleted"
        self._run_ids = itertools.count(number(f"SELECT coalesce(max(id), -1) + 1 FROM ({ids})"))  # noqa: S608
        found = db.execute("SELECT id, uid FROM run WHERE stale OR id IN (SELECT DISTINCT run FROM tail)").fetchall()
        ledgers = {run: self._owned(str(uid)) for run, uid in found}
        for seq, run, us, payload in db.execute("SELECT seq, run, us, payload FROM tail ORDER BY seq"):
            load_tail(ledgers[run], seq, us, payload)
        for ledger in ledgers.values():
            if ledger.stale:
                self._recount(ledger, 0)

    def close(self) -> None:
        """Release everything; unsealed points stay in the tail and are read back at the next opening."""
        with self._sealing, self._write:
            self._connections.close()
            self._disk.close()

    # Writing

    def append(self, batches: Sequence[Batch]) -> list[Appended | Exception]:
        batches = stage(self.blobs, batches)
        with self._write:
            self._disk.check_open()
            drafts: dict[str, Draft] = {}
            entries = [self._draft(batch, drafts) for batch in batches]
            if drafts:
                with self._disk.transaction() as db:
                    for draft in drafts.values():
                        tables.write_draft(db, draft)
            out = self._publish(drafts, entries)
        self._relieve(sum(len(p) for draft in drafts.values() for _, _, p in draft.payloads))
        return out

    def _relieve(self, size: int) -> None:
        """Seal and checkpoint here and now when nobody calls `maintain`, so that memory and log stay bounded."""
        self._unrelieved += size
        if self._unrelieved > 2 * SEAL_BYTES:
            self._unrelieved = 0
            while self.maintain():
                pass

    def _draft(self, batch: Batch, drafts: dict[str, Draft]) -> _Entry | Appended | Exception:
        """Take one batch into the draft of its run; a refusal leaves the draft as it was."""
        try:
            items = check_batch(batch)
            check_blobs(self.blobs, items)
            draft = drafts.get(batch.run) or self._begin(batch)
            if not check_offset(batch, draft.last(batch.writer)):
                return Appended(None, draft.fields.info(draft.base.id, batch.run))
        except apsw.Error as error:
            msg = f"{self.path}: cannot be read: {error}. Run gnomon doctor."
            raise StoreError(msg) from error
        except Exception as error:  # noqa: BLE001  # every refusal goes back in the batch's place
            return error
        created = draft.created and batch.run not in drafts
        drafts[batch.run] = draft
        return self._take(batch, items, draft, created)

    def _begin(self, batch: Batch) -> Draft:
        ledger = self._ledger(batch.run)
        if ledger is not None:
            return Draft.of(ledger)
        gone = self._disk.db.execute("SELECT 1 FROM deleted WHERE uid = ?", (batch.run,)).fetchone()
        if batch.opened is None or gone:
            raise unknown(batch.run)
        fields = Fields.opened(batch.opened, self._clock())
        return Draft.of(Ledger(next(self._run_ids), batch.run, fields), created=True)

    def _take(self, batch: Batch, items: tuple[Item, ...], draft: Draft, created: bool) -> _Entry:
        now = self._clock()
        config = flatten(draft.fields.config) if created else {}
        if batch.opened is not None and not created:
            config, draft.changed = draft.fields.join(batch.opened, numbered=bool(batch.writer)), True
        strips = [strip for item in items if (strip := draft.take(item, batch.writer)) is not None]
        for item in items:
            if isinstance(item, Change):
                config |= flatten(item.fields.get("config", {}))
        if strips:
            draft.payloads.append((next(self._seqs), now, encode_strips([s for s, _ in strips])))
            draft.ends.append(draft.arrival)
        if batch.writer:
            draft.writers[batch.writer] = batch.last
            draft.keysets += [(batch.writer, number, keys) for number, keys in batch.keysets.items()]
        draft.fields.updated_us = now
        info = draft.fields.info(draft.base.id, batch.run)
        rewound = min((item.step for item in items if isinstance(item, Rewind)), default=None)
        return _Entry(replace(batch, items=bare(items)), draft, info, created, config, strips, rewound)

    def _publish(
        self, drafts: dict[str, Draft], entries: list[_Entry | Appended | Exception]
    ) -> list[Appended | Exception]:
        """Bring the ledgers up to what was committed."""
        now = self._clock()
        with self._state:
            for draft in drafts.values():
                draft.publish(now)
                self._roster.keep(draft.base)
            out = [self._fold(entry) if isinstance(entry, _Entry) else entry for entry in entries]
            self._roster.forget_idle()
        return out

    def _fold(self, entry: _Entry) -> Appended:
        ledger = entry.draft.base
        for strip, rows in entry.strips:
            ledger.fold(strip, rows)
        each = [rows for _, rows in entry.strips] or [np.empty(0, np.int64)]
        touched = each[0] if len(each) == 1 else np.flatnonzero(np.bincount(np.concatenate(each)))
        if entry.rewound is not None:
            ledger.stale = True
            self._recount(ledger, entry.rewound)
            touched = np.arange(len(ledger.keys))
        keys = [ledger.keys[i] for i in touched.tolist()]
        found = touched_records(entry.batch.items, entry.draft.record_keys)
        stats = ledger.stats.view(keys, touched)
        lines = entry.draft.lines if has_console(entry.batch.items) else None
        return Appended(entry.batch, entry.info, entry.created, stats, entry.config, found, lines)

    def _recount(self, ledger: Ledger, step: int) -> None:
        """Count the statistics of series with points at or after `step` again, after a rewind hid some."""
        rows = np.flatnonzero(ledger.stats.columns["last_step"][: ledger.stats.size] >= step)
        for row in rows.tolist():
            where = place(ledger, ledger.keys[row])
            assert where is not None
            ledger.stats.put(row, self._reader.stats(where))

    def change(self, run: str, fields: Mapping[str, Any], us: int) -> RunInfo:
        plain = check_changes(fields)
        with self._write:
            ledger = self._owned(run)
            draft = Draft.of(ledger)
            draft.fields.merge(plain, us)
            draft.fields.updated_us = self._clock()
            with self._disk.transaction() as db:
                tables.write_fields(db, ledger.id, ledger.fields, draft.fields)
            with self._state:
                ledger.fields = draft.fields
            return ledger.fields.info(ledger.id, run)

    def delete(self, run: str) -> None:
        if not self.delete_many([run]).runs:
            raise unknown(run)

    def delete_many(self, runs: Sequence[str]) -> Deleted:
        with self._sealing, self._write:
            found = [ledger for run in dict.fromkeys(runs) if (ledger := self._roster.find(run)) is not None]
            with self._disk.transaction() as db:
                before = self._disk.used_bytes
                blobs = {blob for ledger in found for blob in records.blobs_of(db, ledger.id)}
                for ledger in found:
                    tables.delete_run(db, ledger.id, ledger.uid, self._clock())
                freed = before - self._disk.used_bytes
            for ledger in found:
                self._roster.drop(ledger.uid)
        return Deleted([ledger.uid for ledger in found], freed + self.sweeper.free(sorted(blobs)))

    def reclaim(self) -> None:
        self._disk.reclaim()

    def bulk(self, run: str, frames: Iterable[Frame]) -> int:
        """Store frames straight into chunks, some half a million points to a commit, and return how many points came.

        Made for imports: nothing recognises a repeat, so an import that was cut off is deleted and begun again.

        Raises:
            NotFoundError: There is no such run.
            InputError: A frame does not hold what it promises.
        """
        count = 0
        for frame in frames:
            (checked,) = check_batch(Batch(run, "", 0, 0, (frame,))) or (None,)
            if isinstance(checked, Frame):
                rows = max(1, BULK_POINTS // len(checked.keys))
                for i in range(0, len(checked.step), rows):
                    at = slice(i, i + rows)
                    self._bulk(run, Frame(checked.keys, checked.step[at], checked.us[at], checked.values[:, at]))
                count += checked.values.size
        return count

    def _bulk(self, run: str, frame: Frame) -> None:
        self.seal(run)
        with self._sealing, self._write:
            self.seal(run)  # what came between, while other writers could still write
            ledger = self._owned(run)
            draft = Draft.of(ledger)
            strip, rows = draft.strip(frame)
            parts = seal.parts_of(strip, rows)
            with self._connections.lend() as reading:
                sealed = [seal.encode_part(ledger.id, part, FAST, reading) for part in parts]
            after = ledger.stats.copy(len(draft.names))
            after.fold(rows, strip.step, strip.us, strip.values)
            with self._disk.transaction() as db:
                tables.write_draft(db, draft)
                seal.store(ledger.id, sealed, db)
                seal.store_stats(ledger.id, after, rows, frame.keys, db)
                sql = "UPDATE run SET sealed = ?, last_step = ? WHERE id = ?"
                db.execute(sql, (draft.arrival, draft.fields.last_step, ledger.id))
            with self._state:
                draft.publish(self._clock())
                ledger.stats = after
                ledger.arrival = ledger.sealed = draft.arrival

    # Background work

    def seal(self, run: str | None = None) -> None:
        for ledger in self._roster.all() if run is None else [self._roster.need(run)]:
            self._seal(ledger.uid)

    def _seal(self, uid: str) -> None:
        with self._sealing:
            with self._state:
                ledger = self._roster.get(uid)
                if ledger is None or not (ledger.points or ledger.stale):
                    return
                plan = seal.plan(ledger)
            with self._connections.lend() as reading:
                sealed = seal.encode(plan, reading)
            with self._write:
                # A rewind that came meanwhile has made the statistics of the plan old.
                settled = len(ledger.rewinds) == plan.rewinds
                with self._disk.transaction() as db:
                    seal.commit(plan, sealed, settled, db)
                with self._state:
                    ledger.drop(plan.arrival)
                    ledger.stale = ledger.stale and not settled
                    ledger.since_us = self._clock()

    def maintain(self, *, idle: bool = False, budget_s: float = 0.05) -> bool:
        del budget_s  # every piece is one run's seal or one checkpoint, whichever is due
        self._unrelieved = 0
        due = seal.due(self._roster.all(), self._clock(), SEAL_BYTES)
        more = len(due) > 1
        if due:
            self._seal(due[0])
        elif self._disk.log_pages >= CHECKPOINT_PAGES or (idle and self._disk.log_pages):
            self._disk.checkpoint(truncate=idle)
            more = idle and self._disk.roomy
        elif self.sweeper.is_due:
            more = self.sweeper.step()
        elif idle:
            more = self._disk.shrink()
        return more or self._disk.log_pages >= CHECKPOINT_PAGES

    # Reading

    def offset(self, run: str, writer: str) -> int:
        ledger = self._roster.find(run)
        return ledger.writers.get(writer, 0) if ledger else 0

    def keysets(self, run: str, writer: str) -> Mapping[int, tuple[str, ...]]:
        ledger = self._roster.find(run)
        with self._state:
            return MappingProxyType(dict(ledger.keysets.get(writer, {})) if ledger else {})

    def runs(self) -> list[RunInfo]:
        with self._connections.lend() as db:
            stored = tables.run_infos(db)
        held = {ledger.id: ledger.fields for ledger in self._roster.all()}
        return [held[r.index].info(r.index, r.id) if r.index in held else r for r in stored]

    def run(self, run: str) -> RunInfo:
        ledger = self._roster.need(run)
        return ledger.fields.info(ledger.id, run)

    def config(self, run: str) -> dict[str, Any]:
        return dict(self._roster.need(run).fields.config)

    def series(self, run: str) -> dict[str, Stats]:
        ledger = self._roster.need(run)
        with self._state:
            names = sorted(ledger.names.items())
            return dict(ledger.stats.view([k for k, _ in names], np.array([r for _, r in names], np.int64)))

    def points(
        self, run: str, key: str, first: int = 0, last: int | None = None, *, branch: int | None = None
    ) -> Points:
        end = MAX_STEP if last is None else last

        def work(db: apsw.Connection) -> Points:
            spot = self._roster.locate(db, run, key)
            if spot is None:
                msg = f'No series "{key}" in run {run}. It has {len(self._roster.need(run).names)} series.'
                raise NotFoundError(msg)
            raw = self._reader.sources(db, [spot])[0].points(self._reader.shelf, db, first, end, branch)
            return Points(raw.step, raw.us, raw.value)

        return self._reader.read(work)

    def envelopes(self, series: Sequence[tuple[str, str]], window: Window) -> list[Envelope]:
        check_window(window)
        return self._reader.envelopes(series, window)

    def values_at(self, key: str, places: Sequence[tuple[str, int]]) -> list[float | None]:
        return self._reader.values_at(key, places)

    def record_keys(self, run: str) -> dict[str, RecordKey]:
        return self._records.keys(run)

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
        return self._records.select(run, key, first, last, every, offset, limit, newest)

    def record(self, run: str, id: int) -> RecordInfo:  # noqa: A002
        return self._records.one(run, id)

    def payload(self, run: str, id: int, start: int = 0, size: int | None = None) -> bytes:  # noqa: A002
        return self._records.payload(run, id, start, size)

    def payload_path(self, run: str, id: int) -> Path | None:  # noqa: A002
        return self._records.path(run, id)

    def rewinds(self, run: str) -> list[tuple[int, int]]:
        return list(self._roster.need(run).rewinds)

    def feed(self, run: str, mark: Mark) -> Feed:
        ledger = self._roster.need(run)
        with self._state:
            moment = Moment.of(ledger, mark)
        return with_console(self._feeds.read(moment, mark), self.console, run, mark)

    def config_keys(self, project: str | None = None) -> list[str]:
        with self._connections.lend() as db:
            return tables.distinct_keys(db, "param", project)

    def metric_keys(self, project: str | None = None) -> list[str]:
        with self._connections.lend() as db:
            return tables.distinct_keys(db, "series", project)

    def config_column(self, key: str) -> ConfigColumn:
        with self._connections.lend() as db:
            return tables.config_column(db, key)

    def metric_column(self, key: str) -> MetricColumn:
        with self._connections.lend() as db:
            with self._state:
                rows = [(ledger, ledger.names[key]) for ledger in self._roster.all() if key in ledger.names]
                newer = {ledger.id: ledger.stats.pack(np.array([row]))[0] for ledger, row in rows}
            return tables.metric_column(db, key, newer)

    def backup(self, dest: Path) -> None:
        self._connections.copy(dest)

    def facts(self) -> dict[str, Any]:
        with self._state:
            unsealed = sum(ledger.points for ledger in self._roster.all())
        with self._connections.lend() as db:
            found = tables.facts(db) | records.facts(db, self.blobs)
        ours = {"engine": "sqlite", "path": str(self.path), "sqlite": apsw.sqlite_lib_version()}
        return {**ours, **found, "wal_bytes": self._disk.log_bytes, "unsealed": unsealed}

    def _ledger(self, uid: str) -> Ledger | None:
        """Return a run to be written, read from the database when it is not in memory."""
        with self._write:
            found = self._roster.get(uid) or load(self._disk.db, uid)
            if found is not None:
                self._roster.keep(found)
            return found

    def _owned(self, uid: str) -> Ledger:
        found = self._ledger(uid)
        if found is None:
            raise unknown(uid)
        return found
