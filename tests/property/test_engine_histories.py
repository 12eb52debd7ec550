"""The SQLite engine agrees with the memory engine on any history: duplicates, rewinds, many writers, seals, reopening."""

import math
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

from gnomon.core import journal
from gnomon.core.batch import Batch, Change, Frame, Object, Rewind, decode_batch
from gnomon.store import chunks, draft, draw, feed, feed_sqlite, level, pyramid, seal
from gnomon.store.engine import Appended, Engine
from gnomon.store.envelope import Envelope, Window
from gnomon.store.memory import MemoryEngine
from gnomon.store.replica import CopyState, next_piece
from gnomon.store.sqlite import SqliteEngine

RUNS = ("runaaaa", "runbbbb")
KEYSETS = (("a",), ("a", "b"), ("c", "b", "a"), ("x",), ("b", "d"), ("d",))
VALUES = (0.0, -0.0, math.nan, math.inf, -math.inf, 1e300, -1e300, 5e-324)


class Copies:
    """Copies of the runs of an engine, made as replication makes them, a piece at a time."""

    def __init__(self) -> None:
        self.engine = MemoryEngine()
        self.states: dict[str, CopyState] = {}

    def follow(self, source: Engine) -> None:
        for run in (info.id for info in source.runs()):
            self._follow(source, run)

    def _follow(self, source: Engine, run: str) -> None:
        has_more = True
        while has_more:
            state = self.states.get(run, CopyState())
            piece, data = next_piece(source, run, "copies", state)
            assert piece.first == state.offset == self.engine.offset(run, "copies")
            assert data or not piece.has_more
            assert piece.has_more or not piece.rows_left
            keysets = self.engine.keysets(run, "copies")
            batch = decode_batch(data, run=run, writer="copies", offset=piece.first, keysets=keysets)
            assert batch.last == piece.state.offset
            if data:
                (result,) = self.engine.append([batch])
                assert isinstance(result, Appended), result
            self.states[run], has_more = piece.state, piece.has_more

    def check(self, source: Engine) -> None:
        self.follow(source)
        for run in (info.id for info in source.runs()):
            assert described(self.engine, run) == described(source, run)
            assert next_piece(source, run, "copies", self.states[run])[1] == b""
            assert self.engine.rewinds(run) == source.rewinds(run)
            assert self.engine.record_keys(run) == source.record_keys(run)
            assert self.engine.records(run, "text") == source.records(run, "text")
            assert_same_stats(self.engine.series(run), source.series(run))
            for key in source.series(run):
                for branch in (None, *range(len(source.rewinds(run)) + 1)):
                    assert_same_points(
                        self.engine.points(run, key, branch=branch), source.points(run, key, branch=branch)
                    )


def described(engine: Engine, run: str) -> dict[str, Any]:
    info = engine.run(run)
    names = (
        "id",
        "project",
        "name",
        "state",
        "created_us",
        "group",
        "tags",
        "notes",
        "dropped",
        "error",
        "meta",
        "last_step",
    )
    return {name: getattr(info, name) for name in names} | {"config": engine.config(run)}


@dataclass
class History:
    """Feeds the same batches to both engines and compares what they answer."""

    home: Path
    sqlite: SqliteEngine
    memory: MemoryEngine
    now_us: int = 1_000_000_000
    offsets: dict[tuple[str, str], int] = field(default_factory=dict)
    copies: tuple[Copies, Copies] = field(default_factory=lambda: (Copies(), Copies()))

    def clock(self) -> int:
        return self.now_us

    def append(self, run: str, writer: str, *items: Any) -> None:
        self.now_us += 1_000
        first = self.offsets.get((run, writer), 0)
        opened = None
        if first == 0:
            opened = journal.Open(
                run=run, project="p", writer=writer, name=f"{run} of {writer}", us=self.now_us, resumed=writer != "w0",
                config={"lr": 0.1, "by": writer},
            )  # fmt: skip
        batch = Batch(run, writer, first, first + 10, tuple(items), {first: ("k", writer)}, opened)
        results = [engine.append([batch])[0] for engine in (self.sqlite, self.memory)]
        assert_same_results(*results)
        if isinstance(results[0], Appended):
            self.offsets[run, writer] = first + 10

    def copy(self) -> None:
        for copies, engine in zip(self.copies, (self.sqlite, self.memory), strict=True):
            copies.follow(engine)

    def check_copies(self) -> None:
        for copies, engine in zip(self.copies, (self.sqlite, self.memory), strict=True):
            copies.check(engine)

    def reopen(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteEngine(self.home, clock=self.clock)

    def check(self, window: Window, first: int, last: int) -> None:
        one, other = self.sqlite, self.memory
        assert one.runs() == other.runs()
        for info in other.runs():
            run = info.id
            assert one.run(run) == info
            assert one.config(run) == other.config(run)
            assert one.rewinds(run) == other.rewinds(run)
            assert one.record_keys(run) == other.record_keys(run)
            assert one.records(run, "text", first, last) == other.records(run, "text", first, last)
            stats = other.series(run)
            assert_same_stats(one.series(run), stats)
            for key in stats:
                for branch in (None, *range(len(info.meta) * 0 + len(other.rewinds(run)) + 1)):
                    for a, b in ((0, None), (first, last)):
                        mine = one.points(run, key, a, b, branch=branch)
                        theirs = other.points(run, key, a, b, branch=branch)
                        assert_same_points(mine, theirs)
                envelope = one.envelopes([(run, key)], window)[0]
                check_envelope(envelope, other, run, key, window)
        for key in {k for keys in KEYSETS for k in keys}:
            assert_same_columns(one.metric_column(key), other.metric_column(key))
        assert one.metric_keys() == other.metric_keys()
        assert one.config_keys("p") == other.config_keys("p")
        assert_same_columns(one.config_column("lr"), other.config_column("lr"))


def assert_same_results(mine: Appended | Exception, theirs: Appended | Exception) -> None:
    if isinstance(theirs, Exception):
        assert (type(mine), str(mine)) == (type(theirs), str(theirs))
        return
    assert isinstance(mine, Appended)
    assert (mine.run, mine.created, mine.config, mine.records) == (
        theirs.run,
        theirs.created,
        theirs.config,
        theirs.records,
    )
    assert_same_stats(mine.stats, theirs.stats)


def assert_same_stats(mine: Any, theirs: Any) -> None:
    assert set(mine) == set(theirs)
    for key, stats in theirs.items():
        found = mine[key]
        assert repr(replace(found, total=0.0)).replace("-0.0", "0.0") == repr(replace(stats, total=0.0)).replace(
            "-0.0", "0.0"
        ), key
        size = np.nanmax(np.abs([0.0, stats.low, stats.high])) * stats.n
        assert found.total == pytest.approx(stats.total, abs=1e-12 * size), key


def assert_same_points(mine: Any, theirs: Any) -> None:
    np.testing.assert_array_equal(mine.step, theirs.step)
    np.testing.assert_array_equal(mine.us, theirs.us)
    assert mine.value.tobytes() == theirs.value.tobytes()


def assert_same_columns(mine: Any, theirs: Any) -> None:
    for name in theirs.__slots__:
        if name == "total":
            continue
        np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name), err_msg=name)


def points_on_axis(engine: Engine, run: str, key: str, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return x and value of every point that can be drawn, in the order of x, computed point by point."""
    points = engine.points(run, key)
    latest: dict[int, tuple[int, float]] = {}
    for step, us, value in zip(points.step.tolist(), points.us.tolist(), points.value.tolist(), strict=True):
        latest[step] = us, value
    steps = list(latest)
    if window.x == "step":
        x = [float(s) for s in steps]
    elif window.x == "time":
        x = [latest[s][0] / 1e6 for s in steps]
    elif window.x == "relative":
        x = [(latest[s][0] - engine.run(run).created_us) / 1e6 for s in steps]
    elif window.x in engine.series(run):
        axis = engine.points(run, window.x)
        at = np.searchsorted(axis.step, steps, "right") - 1
        x = [axis.value[i] if i >= 0 else math.nan for i in at]
    else:
        x = [math.nan] * len(steps)
    pairs = [(a, latest[s][1]) for a, s in zip(x, steps, strict=True) if math.isfinite(a)]
    if window.scale == "log":
        pairs = [p for p in pairs if p[0] > 0]
    pairs.sort(key=lambda p: p[0])
    return np.array([p[0] for p in pairs], np.float64), np.array([p[1] for p in pairs], np.float64)


def check_envelope(envelope: Envelope, engine: Engine, run: str, key: str, window: Window) -> None:
    """Compare every bucket with NumPy on the raw points."""
    x, value = points_on_axis(engine, run, key, window)
    assert envelope.total == engine.series(run)[key].n
    if not len(x):
        assert len(envelope.x0) == 0
        return
    assert envelope.span == (x[0], x[-1])
    first = x[0] if window.first is None else window.first
    last = x[-1] if window.last is None else window.last
    if window.scale == "log" and first <= 0:
        first = x[0]
    inside = (x >= first) & (x <= last)
    x, value = x[inside], value[inside]
    e = envelope
    assert e.n.sum() == len(x)
    assert (e.x0 <= e.x1).all()
    assert (e.x1[:-1] < e.x0[1:]).all()
    if window.scale == "log" and len(x):
        width = (np.log(e.x1) - np.log(e.x0)) / (math.log(last) - math.log(first) or 1) * window.px
    else:
        width = (e.x1 / 2 - e.x0 / 2) / ((last / 2 - first / 2) or 1) * window.px
    assert (width <= 1 + 1e-6).all()
    for i in range(len(e.x0)):
        mine = (x >= e.x0[i]) & (x <= e.x1[i])
        v = value[mine]
        good = v[np.isfinite(v)]
        assert (int(e.n[i]), int(e.bad[i])) == (len(v), len(v) - len(good))
        assert e.x0[i] in x[mine]
        assert e.x1[i] in x[mine]
        if not len(good):
            assert np.isnan([e.low[i], e.high[i], e.low_x[i], e.high_x[i], e.mean[i]]).all()
            continue
        assert (e.low[i], e.high[i]) == (good.min(), good.max())
        assert e.low[i] in v[x[mine] == e.low_x[i]]
        assert e.high[i] in v[x[mine] == e.high_x[i]]
        if abs(good).max() < 1e100:
            assert e.mean[i] == pytest.approx(good.mean(), rel=1e-5, abs=1e-5 * abs(good).max() + 1e-30)


finite_steps = st.integers(0, 400)
frames = st.fixed_dictionaries(
    {
        "keys": st.sampled_from(KEYSETS),
        "n": st.one_of(st.integers(1, 12), st.integers(100, 700)),
        "start": st.one_of(st.none(), finite_steps),
        "stride": st.sampled_from([0, 1, 1, 1, 3, -2]),
        "scatter": st.sampled_from([0, 0, 0, 5]),
        "time": st.sampled_from(["even", "even", "same", "back", "random"]),
        "spoil": st.sampled_from([0.0, 0.0, 0.05, 1.0]),
        "seed": st.integers(0, 1 << 30),
    }
)
windows = st.builds(
    Window,
    px=st.sampled_from([1, 2, 3, 7, 20, 100, 1000]),
    first=st.one_of(st.none(), st.none(), st.integers(-10, 900).map(float)),
    last=st.one_of(st.none(), st.none(), st.integers(0, 2000).map(float)),
    x=st.sampled_from(["step", "step", "step", "time", "relative", "x", "b", "nothing"]),
    scale=st.sampled_from(["linear", "linear", "log"]),
)
runs = st.sampled_from([RUNS[0], RUNS[0], RUNS[0], RUNS[1]])
writers = st.sampled_from(["w0", "w0", "w1", "w2"])
actions = st.one_of(
    st.tuples(st.just("frame"), runs, writers, frames),
    st.tuples(st.just("frame"), runs, writers, frames),
    st.tuples(st.just("frame"), runs, writers, frames),
    st.tuples(st.just("rewind"), runs, writers, finite_steps),
    st.tuples(st.just("mixed"), runs, writers, st.tuples(frames, finite_steps, frames)),
    st.tuples(st.just("object"), runs, writers, finite_steps),
    st.tuples(st.just("state"), runs, writers, st.sampled_from(journal.STATES)),
    st.tuples(st.just("bulk"), runs, writers, frames),
    st.just(("seal",)),
    st.just(("reopen",)),
    st.just(("maintain",)),
    st.just(("copy",)),
    st.tuples(st.just("check"), windows),
    st.tuples(st.sampled_from(["check", "check", "check", "delete"]), windows),
)


class Player:
    """Plays a list of actions."""

    def __init__(self, history: History) -> None:
        self.h = history
        self.next_step: dict[tuple[str, str], int] = {}

    def frame(self, run: str, spec: dict[str, Any]) -> Frame:
        rng = np.random.default_rng(spec["seed"])
        n, keys = spec["n"], spec["keys"]
        start = self.next_step.get((run, keys[0]), 0) if spec["start"] is None else spec["start"]
        step = np.maximum(0, start + spec["stride"] * np.arange(n) + rng.integers(0, spec["scatter"] + 1, n))
        self.next_step[run, keys[0]] = int(step.max()) + 1
        us = {
            "even": self.h.now_us + 10 * np.arange(n),
            "same": np.full(n, self.h.now_us),
            "back": self.h.now_us - 10 * np.arange(n),
            "random": self.h.now_us + rng.integers(-5_000, 5_000, n),
        }[spec["time"]]
        values = np.round(rng.standard_normal((len(keys), n)), 2)
        spoiled = rng.random(values.shape) < spec["spoil"]
        values[spoiled] = rng.choice(VALUES, spoiled.sum())
        return Frame(keys, step.astype(np.int64), us.astype(np.int64), values)

    def play(self, action: tuple[Any, ...]) -> None:  # noqa: PLR0912
        h = self.h
        match action:
            case ("frame", run, writer, spec):
                h.append(run, writer, self.frame(run, spec))
            case ("rewind", run, writer, step):
                h.append(run, writer, Rewind(h.now_us, step))
                self.next_step = {k: min(v, step) if k[0] == run else v for k, v in self.next_step.items()}
            case ("mixed", run, writer, (before, step, after)):
                h.append(run, writer, self.frame(run, before), Rewind(h.now_us, step), self.frame(run, after))
            case ("object", run, writer, step):
                h.append(run, writer, Object("text", "text", step, h.now_us, {"n": step}, f"{h.now_us}".encode()))
            case ("state", run, writer, state):
                h.append(run, writer, Change(h.now_us, {"state": state, "config": {"end": {"state": state}}}))
            case ("bulk", run, _, spec):
                if any(r.id == run for r in h.memory.runs()):
                    frame = self.frame(run, spec)
                    h.sqlite.bulk(run, [frame])
                    h.memory.bulk(run, [frame])
            case ("seal",):
                h.sqlite.seal()
            case ("maintain",):
                while h.sqlite.maintain(idle=True):
                    pass
            case ("reopen",):
                h.reopen()
            case ("copy",):
                h.copy()
            case ("delete", _):
                if found := h.memory.runs():
                    h.sqlite.delete(found[0].id)
                    h.memory.delete(found[0].id)
            case ("check", window):
                h.check(window, 20, 300)


FIRST_POINT = {
    "keys": ("a",),
    "n": 1,
    "start": None,
    "stride": 0,
    "scatter": 0,
    "time": "even",
    "spoil": 0.0,
    "seed": 0,
}


# The journal that began the run is read after a copy was made of one that went on with it.
@example(
    [("frame", "runaaaa", "w1", FIRST_POINT), ("copy",), ("frame", "runaaaa", "w0", FIRST_POINT)],
    Window(px=1),
    Window(px=1),
    (512, 64),
)
@given(st.lists(actions, max_size=14), windows, windows, st.sampled_from([(512, 64), (8192, 64), (300, 1)]))
def test_any_history_reads_the_same_as_from_the_memory_engine(
    history: list[tuple[Any, ...]], one: Window, other: Window, sizes: tuple[int, int]
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "FULL", sizes[0])
        patch.setattr(seal, "FULL", sizes[0])
        patch.setattr(draft, "MOST_LANES", sizes[1])
        for module in (feed, feed_sqlite):
            patch.setattr(module, "MOST_VALUES", sizes[0] // 2)
            patch.setattr(module, "MOST_RECORDS", 2)
        for module in (draw, level, pyramid):
            patch.setattr(module, "WIDE", 128)
        both = History(Path(folder), None, None)  # type: ignore[arg-type]
        both.sqlite, both.memory = SqliteEngine(Path(folder), clock=both.clock), MemoryEngine(clock=both.clock)
        player = Player(both)
        try:
            for action in history:
                player.play(action)
            for window in (one, other):
                both.check(window, 3, 90)
            both.check_copies()
            both.sqlite.seal()
            both.check(one, 3, 90)
            both.copies = (Copies(), Copies())
            both.check_copies()
            both.reopen()
            both.check(other, 3, 90)
        except AssertionError:
            note(str(history))
            raise
        finally:
            both.sqlite.close()
