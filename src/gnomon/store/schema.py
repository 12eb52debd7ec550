"""The tables of store.db, how a connection to it is set up, and how an older file is brought up to date."""

from pathlib import Path
from typing import Any, Final

import apsw

from gnomon.core.errors import CorruptError, StoreError

VERSION: Final = 2
APPLICATION: Final = 0x676E6F6D  # "gnom"

# `TABLES` is version 1; the migrations make of it what there is now.
# Rows that are looked up or joined are small and WITHOUT ROWID; what is large lies apart, in ordinary tables (`ruler`,
# `pyramid`, `body`), whose rows may fill a page before they spill into overflow pages that would be half empty.
# Series lie by key, so that the run table reads one key of all runs without hopping; `stats` is a row of `stats.ROW`, and
# `id` counts the series of a run from 0.
# A record's id is its number in its run, above it (<< 32) the run, so that the records of a run lie together; its payload
# lies apart, and a large one in a file named by its hash. `record_key` counts what no rewind hides, and so does
# `rewind.reach`: the step below which what was logged before that rewind is still part of the run.
# A chunk of few points has its values beside its statistics, in `data`, and neither pyramid nor body.
TABLES: Final = """
CREATE TABLE run(id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, project TEXT NOT NULL, name TEXT NOT NULL,
  state TEXT NOT NULL, created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL, finished_us INTEGER, grp TEXT,
  tags BLOB NOT NULL, notes TEXT NOT NULL, dropped INTEGER NOT NULL, error TEXT, meta BLOB NOT NULL,
  state_us INTEGER NOT NULL, last_step INTEGER, config BLOB NOT NULL, sealed INTEGER NOT NULL, stale INTEGER NOT NULL);
CREATE INDEX run_stale ON run(id) WHERE stale;
CREATE TABLE deleted(uid TEXT PRIMARY KEY, id INTEGER NOT NULL, us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE param(key TEXT NOT NULL, run INTEGER NOT NULL, num REAL, txt TEXT, PRIMARY KEY(key, run)) WITHOUT ROWID;
CREATE INDEX param_run ON param(run);
CREATE TABLE writer(run INTEGER NOT NULL, uid TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(run, uid)) WITHOUT ROWID;
CREATE TABLE keyset(run INTEGER NOT NULL, writer TEXT NOT NULL, id INTEGER NOT NULL, keys BLOB NOT NULL,
  PRIMARY KEY(run, writer, id)) WITHOUT ROWID;
CREATE TABLE series(key TEXT NOT NULL, run INTEGER NOT NULL, id INTEGER NOT NULL, stats BLOB NOT NULL,
  PRIMARY KEY(key, run)) WITHOUT ROWID;
CREATE UNIQUE INDEX series_run ON series(run, id);
CREATE TABLE lane(run INTEGER NOT NULL, id INTEGER NOT NULL, series BLOB NOT NULL, PRIMARY KEY(run, id)) WITHOUT ROWID;
CREATE TABLE tail(seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, us INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE axis(run INTEGER NOT NULL, id INTEGER NOT NULL, lane INTEGER NOT NULL, branch INTEGER NOT NULL,
  n INTEGER NOT NULL, seen INTEGER NOT NULL, step0 INTEGER NOT NULL, step1 INTEGER NOT NULL, us0 INTEGER NOT NULL,
  us1 INTEGER NOT NULL, stride INTEGER NOT NULL, flags INTEGER NOT NULL, PRIMARY KEY(run, id)) WITHOUT ROWID;
CREATE INDEX axis_lane ON axis(run, lane, branch, id);
CREATE TABLE ruler(run INTEGER NOT NULL, axis INTEGER NOT NULL, step BLOB NOT NULL, arrival BLOB NOT NULL,
  us BLOB NOT NULL, PRIMARY KEY(run, axis));
CREATE TABLE chunk(run INTEGER NOT NULL, series INTEGER NOT NULL, axis INTEGER NOT NULL, bad INTEGER NOT NULL,
  low REAL, low_step INTEGER NOT NULL, low_us INTEGER NOT NULL, high REAL, high_step INTEGER NOT NULL,
  high_us INTEGER NOT NULL, total REAL, coarse BLOB, data BLOB, PRIMARY KEY(run, series, axis)) WITHOUT ROWID;
CREATE TABLE pyramid(run INTEGER NOT NULL, series INTEGER NOT NULL, axis INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(run, series, axis));
CREATE TABLE body(run INTEGER NOT NULL, series INTEGER NOT NULL, axis INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(run, series, axis));
CREATE TABLE rewind(run INTEGER NOT NULL, branch INTEGER NOT NULL, us INTEGER NOT NULL, step INTEGER NOT NULL,
  reach INTEGER NOT NULL, PRIMARY KEY(run, branch)) WITHOUT ROWID;
CREATE TABLE record_key(id INTEGER PRIMARY KEY, run INTEGER NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL,
  n INTEGER NOT NULL, first_step INTEGER NOT NULL, last_step INTEGER NOT NULL, last_us INTEGER NOT NULL,
  size INTEGER NOT NULL, UNIQUE(run, key));
CREATE TABLE record(id INTEGER PRIMARY KEY, key INTEGER NOT NULL, branch INTEGER NOT NULL, step INTEGER NOT NULL,
  us INTEGER NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, hash BLOB, meta BLOB NOT NULL);
CREATE INDEX record_step ON record(key, step, branch);
CREATE INDEX record_hash ON record(hash, size) WHERE hash IS NOT NULL;
CREATE TABLE payload(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE document(seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL,
  us INTEGER NOT NULL, created_us INTEGER NOT NULL, by TEXT NOT NULL, deleted INTEGER NOT NULL, size INTEGER NOT NULL, hash BLOB,
  body BLOB);
CREATE UNIQUE INDEX document_rev ON document(kind, id, rev, us, deleted);
CREATE INDEX document_hash ON document(hash, size) WHERE hash IS NOT NULL;
"""

# Lines of a console that have ended lie in blocks, numbered from 0 in their run; `error` is the number of the first in the
# block that looks like an error. Those that are still written have no number.
CONSOLE: Final = """
CREATE TABLE console(run INTEGER NOT NULL, first INTEGER NOT NULL, n INTEGER NOT NULL, errors INTEGER NOT NULL,
  error INTEGER, size INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY(run, first));
CREATE TABLE console_open(run INTEGER NOT NULL, writer TEXT NOT NULL, stream INTEGER NOT NULL, us INTEGER NOT NULL,
  text TEXT NOT NULL, PRIMARY KEY(run, writer, stream)) WITHOUT ROWID;
"""

MIGRATIONS: Final[dict[int, str]] = {1: CONSOLE}
"""What turns a store of version n into one of version n + 1."""


def connect(path: Path, *, write: bool) -> apsw.Connection:
    """Open a connection to an existing store, or make a new store when `write`.

    Only the writing connection checkpoints, so that no two of them can race for the end of the log.

    Raises:
        StoreError: The file cannot be opened, belongs to a newer gnomon, or is no store.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if write else 0)
    try:
        db = apsw.Connection(str(path), flags=flags, statementcachesize=200)
        db.set_busy_timeout(10_000)
        if write:
            _pragmas(db)
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA cache_size=-16000" if write else "PRAGMA cache_size=-4000")
        if write:
            migrate(db, path)
        else:
            db.execute("PRAGMA query_only=1")
    except apsw.NotADBError as error:
        msg = f"{path}: this is no SQLite database, or it is damaged. Restore a backup."
        raise CorruptError(msg) from error
    except apsw.Error as error:
        msg = f"{path}: the store cannot be opened: {error}. Check the folder's permissions and free space."
        raise StoreError(msg) from error
    return db


def query(db: apsw.Connection, sql: str, bindings: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return all rows that a statement gives."""
    return db.execute(sql, bindings).fetchall()


def _pragmas(db: apsw.Connection) -> None:
    if db.pragma("page_count") == 0:  # these two only take effect in an empty file
        db.execute("PRAGMA page_size=8192")
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA mmap_size=268435456")


def migrate(db: apsw.Connection, path: Path) -> None:
    """Create the tables of an empty file, or apply the migrations an older one lacks.

    Raises:
        StoreError: The store was written by a newer gnomon.
        CorruptError: The file is a database of something else.
    """
    version = int(str(db.pragma("user_version")))
    if version > VERSION:
        msg = (
            f"{path}: version {version} was written by a newer gnomon; this one reads up to {VERSION}. Upgrade gnomon."
        )
        raise StoreError(msg)
    if version == 0 and db.execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
        msg = f"{path}: a database that is no gnomon store. Move it away, or choose another home."
        raise CorruptError(msg)
    with db:
        if version == 0:
            db.execute(TABLES)
            db.execute(f"PRAGMA application_id={APPLICATION}")
        for old in range(max(version, 1), VERSION):
            db.execute(MIGRATIONS[old])
        if version != VERSION:
            db.execute(f"PRAGMA user_version={VERSION}")
