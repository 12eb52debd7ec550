"""The run table: R runs of 20 config keys and 30 metrics, filtered, sorted, grouped, exported and turned into JSON.

    python benchmarks/run_table.py [R …]        10,000 and 100,000 unless told

The store is a real one, filled through its tables (logging 100,000 runs one by one is another benchmark). In the same
run the same questions are put to SQLite: one wide table with a column per value, and key-value rows with indexes.
"""

import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from _measure import interleaved, report, size
from gnomon.analysis.leaderboard import leaderboard
from gnomon.core import journal
from gnomon.core.batch import Batch, Change, Frame
from gnomon.server.routes.table import _group_row
from gnomon.server.wire import RunsPage, cells, run_row
from gnomon.server.wire_table import GroupsPage
from gnomon.store import schema
from gnomon.store.bulk import Chosen, delete_runs
from gnomon.store.engine import Appended
from gnomon.store.export import sheet, write
from gnomon.store.grouping import GroupQuery
from gnomon.store.home import Home
from gnomon.store.query import RunQuery
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.stats import ROW
from gnomon.store.table import RunTable

PARAMS, METRICS, TOP = 20, 30, 100
SERIES, POINTS = 10, 1_000
COLUMNS = tuple([f"config.p{i}" for i in range(PARAMS)] + [f"metric.m{i}" for i in range(METRICS)])
MAIN = "config.p0 = 'adam' and config.p1 < 1e-3"
QUESTIONS = {
    "two config keys, by a metric": (MAIN, ("metric.m0.min",)),
    "no filter, by a metric": ("", ("-metric.m1.max",)),
    "no filter, newest first": ("", ("-created",)),
    "no filter, by name": ("", ("name",)),
    "far down by two columns": ("", ("config.p0", "-metric.m1.max"), 0.9),
    "part of a name": ("run-99", ("-metric.m0.min",)),
    "LIKE with _": ("name LIKE 'run_9%7'", ("-metric.m0.min",)),
    "OR, NOT, IN": (
        "not (config.p1 < 1e-3 or metric.m2 > 0.5) and config.p3 in (64, 128)",
        ("config.p0", "-metric.m3"),
    ),
}


def values(runs: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the config values and, for each metric, its last, smallest and largest value."""
    rng = np.random.default_rng(0)
    params: dict[str, Any] = {}
    for i in range(PARAMS):
        if i == 0:
            params["p0"] = rng.choice(["adam", "sgd", "lion", "adamw"], runs)
        elif i == 1:
            params["p1"] = 10 ** rng.uniform(-5, -1, runs)
        else:
            params[f"p{i}"] = rng.integers(1, 9, runs) * 64.0 if i % 2 else rng.random(runs)
    metrics = {f"m{i}": (rng.random(runs), rng.random(runs) * 0.5, rng.random(runs) + 0.5) for i in range(METRICS)}
    return params, metrics


def fill_store(folder: Path, params: dict[str, Any], metrics: dict[str, Any]) -> None:
    """Write the rows that sealed runs leave in a store."""
    runs = len(params["p0"])
    db = schema.connect(folder / "store.db", write=True)
    empty = msgspec.msgpack.encode
    with db:
        db.executemany(
            "INSERT INTO run VALUES(?,?,'p',?,'finished',?,?,?,NULL,?,'',0,NULL,?,0,9,?,0,0)",
            (
                (n, f"{n:020d}", f"run-{n}", n * 10**6, n * 10**6, n * 10**6, empty([]), empty({}), empty({}))
                for n in range(runs)
            ),
        )
        for key, column in params.items():
            rows = ((key, n, None, v) if key == "p0" else (key, n, v, None) for n, v in enumerate(column.tolist()))
            db.executemany("INSERT INTO param VALUES(?,?,?,?)", rows)
        # As runs leave them: the series of one run side by side, those of one key all over the table
        packed = [(key, stats_rows(*parts)) for key, parts in metrics.items()]
        db.executemany(
            "INSERT INTO series VALUES(?,?,?,?)",
            ((key, n, i, rows[n].tobytes()) for n in range(runs) for i, (key, rows) in enumerate(packed)),
        )
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def stats_rows(last: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the statistics of one series of each run, as they are stored."""
    rows = np.zeros(len(last), ROW)
    rows["n"], rows["last_step"], rows["last_us"], rows["low_step"], rows["high_step"], rows["total"] = (
        10,
        9,
        9,
        1,
        2,
        5,
    )
    rows["last"], rows["low"], rows["high"] = last, low, high
    return rows


def wide_table(path: Path, params: dict[str, Any], metrics: dict[str, Any]) -> sqlite3.Connection:
    """Return SQLite with one column per value."""
    columns = {**params, **{f"{k}_{s}": v[i] for k, v in metrics.items() for i, s in enumerate(("last", "lo", "hi"))}}
    db = sqlite3.connect(path)
    db.execute(f"CREATE TABLE run({','.join(columns)})")
    marks = ",".join("?" * len(columns))
    db.executemany(f"INSERT INTO run VALUES({marks})", zip(*(v.tolist() for v in columns.values()), strict=True))
    db.commit()
    return db


def key_value(path: Path, params: dict[str, Any], metrics: dict[str, Any]) -> sqlite3.Connection:
    """Return SQLite with one row per run and key, indexed by key and value."""
    db = sqlite3.connect(path)
    db.execute(
        "CREATE TABLE kv(key TEXT, run INTEGER, num REAL, txt TEXT, lo REAL, PRIMARY KEY(run, key)) WITHOUT ROWID"
    )
    for key, column in params.items():
        rows = ((key, n, None, v) if key == "p0" else (key, n, v, None) for n, v in enumerate(column.tolist()))
        db.executemany("INSERT INTO kv VALUES(?,?,?,?,NULL)", rows)
    for key, (last, low, _) in metrics.items():
        rows = ((key, n, a, b) for n, (a, b) in enumerate(zip(last.tolist(), low.tolist(), strict=True)))
        db.executemany("INSERT INTO kv VALUES(?,?,?,NULL,?)", rows)
    for name in ("num", "txt", "lo"):
        db.execute(f"CREATE INDEX kv_{name} ON kv(key, {name})")
    db.commit()
    db.execute("ANALYZE")
    return db


def ask_wide(db: sqlite3.Connection) -> bytes:
    sql = f"SELECT * FROM run WHERE p0 = 'adam' AND p1 < 1e-3 ORDER BY m0_lo LIMIT {TOP}"
    return msgspec.json.encode(db.execute(sql).fetchall())


def ask_key_value(db: sqlite3.Connection) -> bytes:
    sql = (
        "SELECT m.run FROM kv m JOIN kv o ON o.run = m.run AND o.key = 'p0' JOIN kv l ON l.run = m.run AND l.key = 'p1' "
        f"WHERE m.key = 'm0' AND o.txt = 'adam' AND l.num < 1e-3 ORDER BY m.lo LIMIT {TOP}"
    )
    runs = [run for (run,) in db.execute(sql)]
    rows = db.execute(f"SELECT * FROM kv WHERE run IN ({','.join('?' * len(runs))})", runs).fetchall()
    return msgspec.json.encode(rows)


def ask(
    table: RunTable, where: str, order: tuple[str, ...], far: float = 0.0, columns: tuple[str, ...] = COLUMNS
) -> bytes:
    """Return what `POST /api/v1/runs:query` answers, so far down the table."""
    page = table.query(RunQuery("p", where, order, columns, int(far * len(table)), TOP))
    return msgspec.json.encode(
        RunsPage(
            total=page.total,
            matched=page.matched,
            runs=[run_row(run) for run in page.runs],
            columns={name: cells(column) for name, column in page.columns.items()},
            archived=page.archived,
            cursor="",
        )
    )


def ask_groups(table: RunTable, by: tuple[str, ...], order: tuple[str, ...] = ()) -> bytes:
    """Return what `POST /api/v1/runs:group` answers with three aggregates of one metric."""
    found = table.group(
        GroupQuery(by, ("metric.m0",), ("mean", "min", "max"), order, 0, 200, 0, RunQuery("p", "config.p1 > 0"))
    )
    rows = [_group_row(each) for each in found.groups]
    return msgspec.json.encode(
        GroupsPage(
            total=found.total,
            archived=0,
            matched=found.matched,
            total_groups=found.total_groups,
            groups=rows,
            cursor="",
        )
    )


def group(table: RunTable, runs: int) -> None:
    """Rank the values of one config key by a metric over all runs."""
    page = table.query(RunQuery("p", "", ("created",), ("config.p0", "metric.m0"), 0, runs))
    names = [run.id for run in page.runs]
    leaderboard("m0", "max", names, page.columns["metric.m0"], {"config.p0": page.columns["config.p0"]})


def once_ms(call: Callable[[], object]) -> float:
    """Return the milliseconds of one call: what is measured happens only once."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e3


def measure(runs: int, folder: Path) -> None:
    """Print the figures for one size."""
    params, metrics = values(runs)
    fill_store(folder, params, metrics)
    wide, rows = wide_table(folder / "wide.db", params, metrics), key_value(folder / "kv.db", params, metrics)
    size = f"{runs // 1000}k runs"
    with SqliteEngine(folder) as engine:
        began = time.perf_counter()
        table = RunTable(engine)
        report(f"run table: open, {size}", (time.perf_counter() - began) * 1e3, "ms")
        report(
            f"run table: first page after that, {size}",
            once_ms(lambda: ask(table, "", ("-created",), columns=())),
            "ms",
        )
        first = {
            "metric": "metric.m5.min < 2",
            "config": "config.p5 > 0",
            "text": "config.p0 = 'adam'",
            "name": "nothing",
        }
        for kind, where in first.items():
            ms = once_ms(lambda where=where: table.query(RunQuery("p", where, limit=0)))
            report(f"run table: first use of a {kind} column, {size}", ms, "ms", target=150 * runs / 100_000)
        compare(table, runs, size, wide, rows)
        report(f"run table: {len(COLUMNS)} columns in memory, {size}", table.nbytes / 1e6, "MB")
        run = engine.run(f"{7:020d}")
        change = Appended(None, run, stats=engine.series(run.id), config={f"p{i}": 0.5 for i in range(PARAMS)})
        took = interleaved({"apply": lambda: table.apply([change])}, 50)["apply"]
        report(f"run table: follow one commit of {len(COLUMNS)} keys, {size}", took * 1e6, "us")


def compare(table: RunTable, runs: int, size: str, wide: sqlite3.Connection, rows: sqlite3.Connection) -> None:
    """Print the time of every question, and of the first one beside SQLite."""
    asked = {name: lambda q=question: ask(table, *q) for name, question in QUESTIONS.items()}
    for call in asked.values():
        call()  # columns are read
    target = 5 if runs <= 10_000 else 20
    times = {name: seconds * 1e3 for name, seconds in interleaved(asked, 9).items()}
    for name, ms in times.items():
        report(f"run table: {name}, top {TOP} of {size} to JSON", ms, "ms", target=target)
    report(f"run table: slowest of these, {size}", max(times.values()), "ms", target=target)
    for number, where in enumerate(("name LIKE 'run_{}%'", "name ILIKE '%{}%'", "n-{}")):
        # Answers about texts are kept: these patterns are new each time
        ms = statistics.median(
            once_ms(lambda w=where, n=n: ask(table, w.format(n), ("-created",))) for n in range(10, 17)
        )
        report(f"run table: a new pattern {('LIKE with _', 'ILIKE', 'word')[number]}, {size}", ms, "ms", target=target)
    groups = {
        "two keys": lambda: ask_groups(table, ("config.p0", "config.p3")),
        "two keys, by an aggregate": lambda: ask_groups(table, ("config.p0", "config.p3"), ("-mean(metric.m0)",)),
        "a key that is different in every run": lambda: ask_groups(table, ("config.p1",)),
    }
    for name, seconds in interleaved(groups, 9).items():
        report(f"run table: groups by {name}, three aggregates, {size} to JSON", seconds * 1e3, "ms", target=50)
    values = interleaved({"": lambda: table.values(RunQuery("p"), "config.p3")}, 9)[""]
    report(f"run table: values of a column with their counts, {size}", values * 1e3, "ms", target=target)
    for form in ("csv", "json", "parquet"):
        wanted = RunQuery("p", "", ("-created",), COLUMNS[:10], 0, runs)
        ms = once_ms(lambda form=form, wanted=wanted: sum(map(len, write(form, sheet(table, wanted)))))
        report(f"run table: {form} of all {size} with 10 columns", ms, "ms")
    first = next(iter(asked))
    rivals = {"ours": asked[first], "wide table": lambda: ask_wide(wide), "key-value": lambda: ask_key_value(rows)}
    beside("run table: " + first + f", top {TOP} of {size}", rivals)
    sql = "SELECT p0, avg(m0_last), count(*) FROM run GROUP BY 1"
    groups = {"ours": lambda: group(table, runs), "GROUP BY of a wide table": lambda: wide.execute(sql).fetchall()}
    beside(f"run table: leaderboard of all {size}", groups)


def beside(name: str, work: dict[str, Callable[[], object]]) -> None:
    """Print our time with the ratio to each rival's (above 1: we are so many times faster)."""
    times = {key: seconds * 1e3 for key, seconds in interleaved(work, 5).items()}
    ours = times.pop("ours")
    for rival, ms in times.items():
        report(f"{name}, beside SQLite {rival}", ours, "ms", rival=ms, ratio=ms / ours)


def logged(folder: Path, runs: int) -> None:
    """Fill a home with runs that logged ten series of a thousand points."""
    steps = np.arange(POINTS)
    keys = tuple(f"m{i}" for i in range(SERIES))
    rng = np.random.default_rng(0)
    with SqliteEngine(folder) as engine:
        for n in range(runs):
            opened = journal.Open(
                run=f"{n:020d}", project="p", writer="w" * 12, name=f"run-{n}", us=n + 1, config={"seed": n % 5}
            )
            frame = Frame(keys, steps, steps + 1, rng.random((SERIES, POINTS)).cumsum(1))
            done = Change(POINTS, {"state": "finished"})
            engine.append([Batch(opened.run, "w" * 12, 0, 10, (frame, done), {0: keys}, opened)])
            engine.seal(opened.run)
        while engine.maintain(idle=True):
            pass


def measure_points(runs: int, folder: Path) -> None:
    """Print what looking into the points of many runs, and deleting half of them, costs."""
    logged(folder, runs)
    column = "metric.m0.at_min(m1)"
    with Home.open(folder) as home:
        shown = RunQuery("p", "", ("-created",), (column,), 0, 200)
        report(
            f"run table: a value at the best step of another, 200 of {runs} runs",
            once_ms(lambda: home.table.query(shown)),
            "ms",
        )
        by = RunQuery("p", "", (column,), (column,), 0, 200)
        report(
            f"run table: the same, sorted by it, first time, {runs} runs", once_ms(lambda: home.table.query(by)), "ms"
        )
        again = interleaved({"": lambda: home.table.query(by)}, 9)[""] * 1e3
        report(f"run table: the same again, {runs} runs", again, "ms", target=5)
        before = size(folder)
        count = runs // 2
        chosen = Chosen("p", "config.seed in (0, 1, 2, 3, 4)", tuple(f"{n:020d}" for n in range(count)), None, count)
        gone: list[int] = []
        ms = once_ms(lambda: gone.append(delete_runs(home, chosen).freed_bytes))
        points = count * SERIES * POINTS
        report(f"run table: delete {count} runs of {points // count} points each", ms, "ms")
        report(f"run table: bytes that this freed, as it says, of {before} in the folder", gone[0], "bytes")
        report("run table: bytes that the folder lost", before - size(folder), "bytes")


def main() -> None:
    """Measure each size in a folder of its own."""
    for runs in [int(text) for text in sys.argv[1:]] or [10_000, 100_000]:
        folder = Path(tempfile.mkdtemp(prefix="gnomon-bench-"))
        try:
            measure(runs, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="gnomon-bench-"))
    try:
        measure_points(2_000, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
