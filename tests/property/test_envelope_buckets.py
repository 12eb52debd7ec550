"""Every bucket of every envelope is exact: compared with NumPy on the raw points, for any window of long series."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.batch import Batch, Frame, Rewind
from gnomon.store.envelope import Envelope, Window
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import BEGAN_US, RUN, batch, frame, stored

N = 60_000


def values_of(seed: int) -> np.ndarray:
    """Return noise with a few spikes, and non-finite values alone and in long rows."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(N)
    values[rng.integers(0, N, 20)] *= 1e6
    values[rng.integers(0, N, 300)] = rng.choice([math.nan, math.inf, -math.inf], 300)
    values[20_000:20_500] = math.nan
    return values


def steps_of(kind: str) -> np.ndarray:
    rng = np.random.default_rng(3)
    match kind:
        case "regular":
            return 10 * np.arange(N)
        case "late":  # two ranks whose steps interleave
            return np.concatenate([np.arange(0, N, 2), np.arange(1, N, 2)])
        case "gaps":
            return np.cumsum(np.where(rng.random(N) < 0.001, 5_000, rng.integers(1, 4, N)))
        case "powers":
            return np.unique((np.exp(rng.random(N) * 20)).astype(np.int64))[:N]
        case "twice":
            return np.sort(rng.integers(0, N, N))
    return np.arange(N)


KINDS = ("plain", "regular", "late", "gaps", "powers", "twice", "rewound", "crowded", "unsealed")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteEngine]:
    """Return a store with one long series of each kind, most of it sealed in pieces of uneven sizes."""
    with SqliteEngine(tmp_path_factory.mktemp("buckets"), cache_bytes=1 << 20) as engine:
        stored(engine, batch())
        for seed, kind in enumerate(KINDS):
            values = values_of(seed)
            step = steps_of(kind)
            values = values[: len(step)]
            us = BEGAN_US + 1_000 * np.arange(len(step))
            if kind == "crowded":  # many points of one moment, and a clock that was set back
                us = BEGAN_US + 1_000_000 * (np.arange(len(step)) // 500)
                us[30_000:] -= 5_000_000
            for a, b in ((0, 9_000), (9_000, 9_100), (9_100, 35_000), (35_000, N)):
                part = Frame((kind,), step[a:b], us[a:b], np.ascontiguousarray(values[None, a:b]))
                stored(engine, Batch(RUN, "", 0, 0, (part,)))
                if kind == "unsealed" and a == 35_000:
                    continue
                engine.seal()
        after = frame("rewound", values_of(99)[None, :10_000], 41_234)
        stored(engine, Batch(RUN, "", 0, 0, (Rewind(1, 41_234), after)))
        # The rewind hides the ends of all other series too, which is as it should be.
        yield engine


@pytest.fixture(scope="module")
def truth(engine: SqliteEngine) -> Callable[[str, str], tuple[np.ndarray, np.ndarray]]:
    """Return x and value of every point that can be drawn, from the raw points."""

    def points(kind: str, x: str) -> tuple[np.ndarray, np.ndarray]:
        raw = engine.points(RUN, kind)
        last = np.append(raw.step[1:] != raw.step[:-1], True)
        step, us, value = raw.step[last], raw.us[last], raw.value[last]
        at = {"step": step.astype(float), "time": us / 1e6, "relative": (us - BEGAN_US) / 1e6}[x]
        order = np.argsort(at, kind="stable")
        return at[order], value[order]

    known: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}
    return lambda kind, x: known.setdefault((kind, x), points(kind, x))


@given(
    kind=st.sampled_from(KINDS),
    x=st.sampled_from(["step", "step", "time", "relative"]),
    scale=st.sampled_from(["linear", "linear", "log"]),
    px=st.one_of(st.integers(1, 40), st.integers(40, 1500)),
    edges=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    zoom=st.sampled_from([0, 0, 1, 3, 8]),
)
def test_every_bucket_is_exact(
    engine: SqliteEngine,
    truth: Callable[[str, str], tuple[np.ndarray, np.ndarray]],
    kind: str,
    x: str,
    scale: str,
    px: int,
    edges: tuple[float, float],
    zoom: int,
) -> None:
    at, value = truth(kind, x)
    if scale == "log":
        at, value = at[at > 0], value[at > 0]
    first: float | None = None
    last: float | None = None
    if zoom:
        width = (at[-1] - at[0]) / 4.0 ** (zoom - 1)
        first = at[0] + edges[0] * (at[-1] - at[0] - width)
        last = first + edges[1] * width
    window = Window(px, first, last, x, "log" if scale == "log" else "linear")
    (envelope,) = engine.envelopes([(RUN, kind)], window)
    assert envelope.span == (at[0], at[-1])
    low, high = at[0] if first is None else first, at[-1] if last is None else last
    inside = (at >= low) & (at <= high)
    check(envelope, at[inside], value[inside], low, high, window)


@pytest.mark.parametrize("x", ["step", "time", "relative"])
@pytest.mark.parametrize("px", [40, 600, 1_500])
def test_series_asked_for_together_are_what_each_is_alone(engine: SqliteEngine, x: str, px: int) -> None:
    window = Window(px, x=x)
    series = [(RUN, kind) for kind in (*KINDS, "never logged")]
    with SqliteEngine(engine.path.parent) as fresh:
        together = fresh.envelopes(series, window)
    with SqliteEngine(engine.path.parent) as fresh:
        alone = [fresh.envelopes([one], window)[0] for one in series]
    for each, other in zip(together, alone, strict=True):
        for name in Envelope.__slots__:
            np.testing.assert_array_equal(getattr(each, name), getattr(other, name))


def check(e: Envelope, x: np.ndarray, value: np.ndarray, first: float, last: float, window: Window) -> None:
    """Compare all buckets with the points they claim to hold."""
    begin, end = np.searchsorted(x, e.x0, "left"), np.searchsorted(x, e.x1, "right")
    # Disjoint, in order, nothing left out: each begins where the one before ended.
    np.testing.assert_array_equal(begin, np.append(0, end[:-1])[: len(begin)])
    assert (end[-1] if len(end) else 0) == len(x)
    if not len(x):
        return
    np.testing.assert_array_equal(e.n, end - begin)
    np.testing.assert_array_equal((e.x0, e.x1), (x[begin], x[end - 1]))
    scale = np.log if window.scale == "log" else np.asarray
    span = float(scale(last) - scale(first))
    assert ((scale(e.x1) - scale(e.x0)) * window.px <= span * (1 + 1e-9)).all()
    finite = np.isfinite(value)
    np.testing.assert_array_equal(e.bad, np.add.reduceat((~finite).astype(int), begin))
    lows, highs = np.where(finite, value, np.inf), np.where(finite, value, -np.inf)
    some = e.n > e.bad
    np.testing.assert_array_equal(e.low[some], np.minimum.reduceat(lows, begin)[some])
    np.testing.assert_array_equal(e.high[some], np.maximum.reduceat(highs, begin)[some])
    for name in ("low", "low_x", "high", "high_x", "mean"):
        assert np.isnan(getattr(e, name)[~some]).all()
    for extreme, where in ((e.low, e.low_x), (e.high, e.high_x)):
        place = np.searchsorted(x, where[some], "left")
        assert (where[some] >= e.x0[some]).all()
        assert (where[some] <= e.x1[some]).all()
        # Several points may share one moment of a time axis: the extreme is one of them.
        stop = np.searchsorted(x, where[some], "right")
        assert all(v in value[a:b] for v, a, b in zip(extreme[some], place, stop, strict=True))
    sums = np.add.reduceat(np.where(finite, value, 0.0), begin)[some]
    scale_of = np.maximum(np.abs(e.low[some]), np.abs(e.high[some]))
    assert (np.abs(e.mean[some] * (e.n - e.bad)[some] - sums) <= 1e-6 * scale_of * e.n[some]).all()
