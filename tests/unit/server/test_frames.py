import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gnomon.core.batch import Batch, Frame
from gnomon.server.frames import MAX_PER_SERIES, MAX_POINTS, Watch, build, extremes
from gnomon.server.wire_live import LiveWatch, PointsFrame, RemovedFrame, RunsFrame
from gnomon.store.bus import Event, Removed
from gnomon.store.engine import Appended, RunInfo, Stats

NO_STATS = Stats(7, 0, 0.0, 0, 0, 0.0, 0, 0.0, 0, 0.0)


def info(run: str, project: str = "p", name: str = "n") -> RunInfo:
    return RunInfo(0, run, project, name, "running", 1_000_000, 2_000_000, last_step=3)


def appended(run: str, keys: tuple[str, ...], step: list[int], project: str = "p") -> Appended:
    steps = np.array(step, np.int64)
    values = np.array([[s + k for s in step] for k in range(len(keys))], np.float64)
    frame = Frame(keys, steps, steps * 1_000_000, values)
    return Appended(Batch(run, "", 0, 0, (frame,)), info(run, project), stats=dict.fromkeys(keys, NO_STATS))


def event(seq: int, *changes: Appended | Removed) -> Event:
    return Event(seq, changes, 0)


def watch(**wish: object) -> Watch:
    return Watch.of(msgspec.convert({"op": "watch", **wish}, LiveWatch))


def test_points_of_several_commits_become_one_frame_in_order_of_arrival() -> None:
    events = [event(1, appended("r1", ("loss", "acc"), [3, 4])), event(2, appended("r1", ("loss",), [1]))]
    (rows, points) = build(events, watch(runs={"r1": ["loss"]}), "c")
    assert isinstance(rows, RunsFrame)
    assert isinstance(points, PointsFrame)
    (series,) = points.series.items()
    assert series[0] == "loss"
    assert (series[1].step, series[1].time, series[1].value) == ([3, 4, 1], [3.0, 4.0, 1.0], [3.0, 4.0, 1.0])
    assert (series[1].total, series[1].thinned) == (7, False)


def test_a_star_means_every_series_and_every_project() -> None:
    frames = build([event(1, appended("r1", ("loss", "acc"), [0]))], watch(runs={"r1": "*"}, projects="*"), "c")
    assert [set(f.series) for f in frames if isinstance(f, PointsFrame)] == [{"loss", "acc"}]


def test_what_is_not_watched_is_not_sent() -> None:
    events = [event(1, appended("r1", ("loss",), [0], project="q"), Removed("r2", "q"))]
    assert build(events, watch(projects=["p"], runs={"r9": "*"}), "c") == []


def test_a_run_that_changed_often_is_one_row_and_a_removed_one_is_none() -> None:
    events = [event(1, appended("r1", ("a",), [0])), event(2, appended("r1", ("a",), [1]), Removed("r2", "p"))]
    rows, removed = build(events, watch(projects=["p"]), "c")
    assert isinstance(rows, RunsFrame)
    assert [(r.id, r.last_step, r.updated) for r in rows.rows] == [("r1", 3, 2.0)]
    assert removed == RemovedFrame(cursor="c", runs=["r2"])
    gone = build([*events, event(3, Removed("r1", "p"))], watch(projects=["p"], runs={"r1": "*"}), "c")
    assert gone == [RemovedFrame(cursor="c", runs=["r2", "r1"])]


def test_too_many_points_are_thinned_to_their_extremes_and_say_so() -> None:
    n = 3 * MAX_POINTS
    change = appended("r1", ("loss",), list(range(n)))
    assert change.batch is not None
    (frame,) = change.batch.items
    assert isinstance(frame, Frame)
    frame.values[0, 12_345], frame.values[0, 54_321] = 1e9, -1e9
    series = next(
        f for f in build([event(1, change)], watch(runs={"r1": "*"}), "c") if isinstance(f, PointsFrame)
    ).series["loss"]
    assert series.thinned
    assert len(series.step) <= MAX_PER_SERIES
    assert {12_345, 54_321, n - 1} <= set(series.step)


@given(
    arrays.arrays(np.float64, st.integers(1, 300), elements=st.floats(allow_nan=True, allow_infinity=True, width=32)),
    st.integers(4, 40),
)
def test_thinning_keeps_the_extremes_the_last_point_and_the_order(value: np.ndarray, limit: int) -> None:
    keep = extremes(value, limit)
    finite = value[np.isfinite(value)]
    assert (np.diff(keep) > 0).all()
    assert keep[-1] == len(value) - 1
    assert len(keep) <= limit + 1
    if len(finite):
        kept = value[keep][np.isfinite(value[keep])]
        assert (kept.min(), kept.max()) == (finite.min(), finite.max())


def test_wishes_that_mean_the_same_are_equal() -> None:
    one = watch(projects=["a", "b"], runs={"x": ["l", "m"], "y": "*"})
    other = watch(projects=["b", "a"], runs={"y": "*", "x": ["m", "l"]})
    assert (one, hash(one)) == (other, hash(other))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_json_cannot_hold_travel_as_text(value: float) -> None:
    change = appended("r1", ("loss",), [0])
    assert change.batch is not None
    (frame,) = change.batch.items
    assert isinstance(frame, Frame)
    frame.values[0, 0] = value
    points = build([event(1, change)], watch(runs={"r1": "*"}), "c")[-1]
    assert msgspec.json.decode(msgspec.json.encode(points))["series"]["loss"]["value"] == [
        "NaN" if math.isnan(value) else "Infinity"
    ]
