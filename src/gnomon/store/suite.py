"""The contract of storage engines as tests: subclass `EngineSuite`, give it an `engine` fixture, and run pytest.

    class TestMyEngine(EngineSuite):
        @pytest.fixture
        def engine(self, tmp_path: Path) -> Iterator[Engine]:
            with MyEngine(tmp_path) as engine:
                yield engine

Importing this module needs pytest, which gnomon itself does not.
"""

import math
import threading
from typing import Any, cast

import numpy as np
import pytest

from gnomon.core.batch import Batch, Change, Frame, Item, Object, Rewind
from gnomon.core.errors import InputError, NotFoundError, OffsetError
from gnomon.store.engine import Appended, Engine, Stats
from gnomon.store.envelope import Window
from gnomon.store.suite_console import ConsoleSuite
from gnomon.store.suite_documents import DocumentSuite
from gnomon.store.suite_records import RecordSuite
from gnomon.store.suite_tools import BEGAN_US, OTHER, RUN, WRITER, batch, frame, opened, refused, stored

__all__ = ["BEGAN_US", "OTHER", "RUN", "WRITER", "EngineSuite", "batch", "frame", "opened", "refused", "stored"]


class EngineSuite(RecordSuite, DocumentSuite, ConsoleSuite):
    """What every engine promises."""

    def test_a_new_run_is_what_its_journal_opened_it_with(self, engine: Engine) -> None:
        open_ = opened(
            config={"opt": {"lr": 0.1}, "seed": 3}, tags=["b", "a"], notes="n", group="g", rank=0, host="box", pid=7
        )
        (result,) = stored(engine, batch(opened=open_))
        info = engine.run(RUN)
        assert result.created
        assert result.run == info == engine.runs()[0]
        assert (info.id, info.project, info.name, info.state) == (RUN, "digits", "brave-otter-7", "running")
        assert (info.tags, info.notes, info.group, info.created_us) == (("a", "b"), "n", "g", BEGAN_US)
        assert {k: info.meta[k] for k in ("rank", "host", "pid")} == {"rank": 0, "host": "box", "pid": 7}
        assert engine.config(RUN) == {"opt": {"lr": 0.1}, "seed": 3}
        assert result.config == {"opt.lr": 0.1, "seed": 3}

    def test_points_come_back_by_step_then_by_arrival_with_every_bit(self, engine: Engine) -> None:
        nan = np.array([0x7FF8_0000_0000_0ABC], np.uint64).view(np.float64)[0]
        values = [3.0, nan, -0.0, math.inf, 5e-324, -math.inf]
        stored(engine, batch(frame("a", values, [5, 2, 5, 9, 2, 0])))
        points = engine.points(RUN, "a")
        assert points.step.tolist() == [0, 2, 2, 5, 5, 9]
        order = [5, 1, 4, 0, 2, 3]
        assert points.value.tobytes() == np.array(values)[order].tobytes()
        assert points.us.tolist() == [BEGAN_US + 1_000_000 * s for s in points.step.tolist()]

    def test_what_the_agent_samples_has_seconds_for_steps_and_no_rewind_takes_it_back(self, engine: Engine) -> None:
        sampled = frame(("system/cpu", "system/memory"), [[1.0] * 9, [2.0] * 9], 500)
        stored(engine, batch(frame("a", [1.0, 2.0, 3.0]), sampled))
        assert engine.run(RUN).last_step == 2
        stored(engine, batch(Rewind(BEGAN_US, 1), frame("system/cpu", [3.0], 509), first=10, last=20))
        for _ in range(2):
            assert engine.run(RUN).last_step == 0
            assert engine.points(RUN, "a").step.tolist() == [0]
            assert engine.points(RUN, "system/cpu").step.tolist() == list(range(500, 510))
            assert engine.points(RUN, "system/cpu", branch=0).step.tolist() == list(range(500, 509))
            assert {key: s.n for key, s in engine.series(RUN).items()} == {"a": 1, "system/cpu": 10, "system/memory": 9}
            engine.seal()
        stored(engine, batch(frame("system/cpu", [4.0], 3), first=20, last=30))
        assert engine.points(RUN, "system/cpu").step.tolist() == [3, *range(500, 510)]

    def test_points_of_a_range_include_both_ends(self, engine: Engine) -> None:
        stored(engine, batch(frame("a", range(10))))
        engine.seal()
        assert engine.points(RUN, "a", 3, 5).step.tolist() == [3, 4, 5]
        assert engine.points(RUN, "a", 8).step.tolist() == [8, 9]
        assert engine.points(RUN, "a", 11).step.tolist() == []

    def test_a_series_or_run_that_is_not_there_is_said_to_be_missing(self, engine: Engine) -> None:
        stored(engine, batch())
        with pytest.raises(NotFoundError, match="nothing"):
            engine.points(RUN, "nothing")
        for ask in (engine.run, engine.config, engine.series, engine.record_keys, engine.rewinds, engine.delete):
            with pytest.raises(NotFoundError, match=OTHER):
                ask(OTHER)
        assert len(engine.envelopes([(OTHER, "a"), (RUN, "a")], Window())[0].x0) == 0

    def test_statistics_tell_finite_values_from_others(self, engine: Engine) -> None:
        (result,) = stored(engine, batch(frame("a", [1.0, math.nan, 4.0, -2.0, math.inf])))
        expected = Stats(5, 2, math.inf, 4, BEGAN_US + 4_000_000, -2.0, 3, 4.0, 2, 3.0)
        assert dict(result.stats) == {"a": expected} == engine.series(RUN)
        engine.seal()
        assert engine.series(RUN) == {"a": expected}

    def test_statistics_of_a_series_without_finite_values_are_nan(self, engine: Engine) -> None:
        stored(engine, batch(frame("a", [math.nan])))
        assert repr(engine.series(RUN)["a"]) == repr(Stats(1, 1, math.nan, 0, BEGAN_US, math.nan, 0, math.nan, 0, 0.0))

    def test_a_repeated_batch_is_stored_once(self, engine: Engine) -> None:
        first = batch(frame("a", [1.0]))
        stored(engine, first)
        (again,) = stored(engine, first)
        assert (again.batch, again.stats) == (None, {})
        assert engine.series(RUN)["a"].n == 1
        assert engine.offset(RUN, WRITER) == 10

    def test_a_repeat_within_one_commit_is_stored_once(self, engine: Engine) -> None:
        first = batch(frame("a", [1.0]))
        results = stored(engine, first, first, batch(frame("a", [2.0], 1), first=10, last=20))
        assert [r.batch is None for r in results] == [False, True, False]
        assert engine.series(RUN)["a"].n == 2

    @pytest.mark.parametrize(("first", "last"), [(20, 30), (5, 15), (0, 11)])
    def test_a_gap_or_an_overlap_is_refused_and_says_where_to_go_on(
        self, engine: Engine, first: int, last: int
    ) -> None:
        stored(engine, batch(frame("a", [1.0])))
        error = refused(engine, batch(frame("a", [2.0]), first=first, last=last))
        assert isinstance(error, OffsetError)
        assert error.expected == 10
        assert engine.series(RUN)["a"].n == 1

    def test_writers_without_a_name_are_never_taken_for_repeats(self, engine: Engine) -> None:
        stored(engine, batch(frame("a", [1.0])))
        unnamed = Batch(RUN, "", 0, 0, (frame("a", [2.0], 1),))
        stored(engine, unnamed, unnamed)
        assert engine.series(RUN)["a"].n == 3

    def test_a_refused_batch_harms_no_other(self, engine: Engine) -> None:
        crooked = Frame(("a", "b"), np.arange(3), np.arange(3), np.zeros((1, 3)))
        results = engine.append(
            [
                batch(frame("a", [1.0])),
                batch(frame("b", [1.0]), crooked, first=10, last=20),
                Batch(OTHER, "w2w2w2", 0, 5, (frame("a", [1.0]),)),
                batch(frame("a", [2.0], 1), first=10, last=20),
            ]
        )
        assert [type(r) for r in results] == [Appended, type(results[1]), NotFoundError, Appended]
        assert isinstance(results[1], InputError)
        assert results[1].field == "values"
        assert list(engine.series(RUN)) == ["a"]
        assert engine.points(RUN, "a").value.tolist() == [1.0, 2.0]

    @pytest.mark.parametrize(
        "item",
        [
            Frame(("a",), np.array([-1]), np.array([0]), np.zeros((1, 1))),
            Frame(("a",), np.array([1 << 60]), np.array([0]), np.zeros((1, 1))),
            Frame(("a", "a"), np.array([1]), np.array([0]), np.zeros((2, 1))),
            Frame(("x" * 600,), np.array([1]), np.array([0]), np.zeros((1, 1))),
            Frame(("a",), np.array([1.5]), np.array([0]), np.zeros((1, 1))),
            Object("t", "text", -1, 0, {}, b""),
            Object("t", "text", 1 << 63, 0, {}, b""),
            Object("t", "text", 0, 0, {"x": object()}, b""),
            Rewind(0, -5),
            Change(0, {"config": 3}),
            Change(0, {"state": "sleeping"}),
            Change(0, {"tags": "a"}),
            Change(1 << 70, {}),
        ],
    )
    def test_what_cannot_be_stored_is_refused_whole(self, engine: Engine, item: Item) -> None:
        stored(engine, batch(frame("a", [1.0])))
        before = engine.run(RUN), engine.series(RUN), engine.offset(RUN, WRITER)
        error = refused(engine, batch(Change(0, {"notes": "changed"}), item, first=10, last=20))
        assert isinstance(error, ValueError)
        assert (engine.run(RUN), engine.series(RUN), engine.offset(RUN, WRITER)) == before

    def test_key_sets_are_kept_for_the_next_piece(self, engine: Engine) -> None:
        stored(engine, batch(keysets={0: ("a", "b")}), batch(first=10, last=20, keysets={1: ("c",)}))
        assert engine.keysets(RUN, WRITER) == {0: ("a", "b"), 1: ("c",)}
        assert engine.keysets(RUN, "other0") == engine.keysets(OTHER, WRITER) == {}
        assert engine.offset(OTHER, WRITER) == 0

    def test_changes_merge(self, engine: Engine) -> None:
        stored(engine, batch(opened=opened(config={"opt": {"lr": 0.1}}, tags=["a", "b"])))
        changes = {
            "config": {"opt": {"wd": 1}},
            "tags": ["c"],
            "untag": ["a"],
            "dropped": 2,
            "summary": {"x": 1},
            "dropped_cause": "disk",
            "name": "new",
        }
        (result,) = stored(engine, batch(Change(5, changes), Change(6, {"dropped": 3}), first=10, last=20))
        info = result.run
        assert engine.config(RUN) == {"opt": {"lr": 0.1, "wd": 1}}
        assert result.config == {"opt.wd": 1}
        assert (info.tags, info.dropped, info.name) == (("b", "c"), 5, "new")
        assert (info.meta["summary"], info.meta["dropped_cause"]) == ({"x": 1}, "disk")

    def test_a_run_ends_and_a_resumed_one_runs_again(self, engine: Engine) -> None:
        ended = BEGAN_US + 50
        stored(engine, batch(Change(ended, {"state": "failed", "error": "boom"})))
        info = engine.run(RUN)
        assert (info.state, info.error, info.finished_us) == ("failed", "boom", ended)
        again = opened(writer="wr2wr2", us=ended + 50, resumed=True)
        stored(engine, Batch(RUN, "wr2wr2", 0, 5, (), {}, again))
        info = engine.run(RUN)
        assert (info.state, info.error, info.finished_us) == ("running", None, None)

    def test_an_older_state_does_not_replace_a_newer_one(self, engine: Engine) -> None:
        stored(engine, batch(Change(BEGAN_US + 50, {"state": "finished"})))
        engine.change(RUN, {"state": "lost"}, BEGAN_US + 40)
        assert engine.run(RUN).state == "finished"

    def test_the_journal_that_began_the_run_names_it_even_when_it_is_read_later(self, engine: Engine) -> None:
        child = opened(writer="ch1ld0", name="of the child", us=BEGAN_US + 9, child=True, resumed=True)
        stored(engine, Batch(RUN, "ch1ld0", 0, 5, (), {}, child))
        stored(engine, batch())
        info = engine.run(RUN)
        assert (info.name, info.created_us) == ("brave-otter-7", BEGAN_US)

    def test_a_rewind_hides_what_came_at_or_after_it(self, engine: Engine) -> None:
        items = (frame("a", [0, 1, 2, 99]), Rewind(7, 2), frame("a", [20, 30], 2))
        (result,) = stored(engine, batch(*items))
        assert engine.points(RUN, "a").value.tolist() == [0, 1, 20, 30]
        assert engine.points(RUN, "a", branch=0).value.tolist() == [0, 1, 2, 99]
        assert engine.points(RUN, "a", branch=1).value.tolist() == [20, 30]
        assert engine.rewinds(RUN) == [(7, 2)]
        assert result.stats["a"] == engine.series(RUN)["a"]
        assert (result.stats["a"].n, result.stats["a"].high, result.run.last_step) == (4, 30.0, 3)
        stored(engine, batch(Rewind(8, 0), first=10, last=20))
        assert engine.points(RUN, "a").value.tolist() == []
        assert engine.series(RUN)["a"].n == 0
        assert engine.run(RUN).last_step is None

    def test_a_rewind_of_sealed_points_hides_them_too(self, engine: Engine) -> None:
        stored(engine, batch(frame("a", range(1000))))
        engine.seal()
        stored(engine, batch(Rewind(7, 600), frame("a", [5.0], 600), first=10, last=20))
        for _ in range(2):
            assert engine.series(RUN)["a"].n == 601
            (envelope,) = engine.envelopes([(RUN, "a")], Window(px=3))
            assert (envelope.n.sum(), envelope.high.max(), envelope.span) == (601, 599.0, (0.0, 600.0))
            engine.seal()

    def test_one_spike_in_a_million_steps_is_drawn_at_every_zoom(self, engine: Engine) -> None:
        values = np.zeros(1_000_000)
        values[123_456] = 1e6
        stored(engine, batch(frame("a", [values[:500_000]])))
        engine.seal()
        stored(engine, batch(frame("a", [values[500_000:]], 500_000), first=10, last=20))
        engine.seal()
        for window in (
            Window(1000),
            Window(7),
            Window(500, 100_000, 900_000),
            Window(300, 123_400, 123_500),
            Window(50, scale="log"),
        ):
            (envelope,) = engine.envelopes([(RUN, "a")], window)
            at = int(envelope.high.argmax())
            assert (envelope.high[at], envelope.high_x[at]) == (1e6, 123_456.0)

    def test_keys_in_new_company_that_go_back_are_drawn_in_the_order_of_steps(self, engine: Engine) -> None:
        for at, (keys, step) in enumerate(((("a", "b"), 40), (("b", "c"), 20), (("c", "b", "a"), 0))):
            values = [[0.0, 1.0]] * len(keys)
            stored(engine, batch(frame(keys, values, [step, step + 1]), first=10 * at, last=10 * at + 10))
            engine.seal()
        for px in (1, 3):
            (found,) = engine.envelopes([(RUN, "b")], Window(px=px))
            assert (found.x0[0], found.x1[-1], found.n.sum()) == (0, 41, 6)
            assert (found.x0 <= found.x1).all()
            assert (found.x1[:-1] < found.x0[1:]).all()

    def test_an_envelope_over_time_epoch_and_log_scale_holds_every_point_once(self, engine: Engine) -> None:
        epoch = np.repeat(np.arange(100), 50)
        stored(engine, batch(frame(("a", "epoch"), [np.sin(np.arange(5000)), epoch])))
        engine.seal()
        for x, span in (
            ("time", (BEGAN_US / 1e6, BEGAN_US / 1e6 + 4999)),
            ("relative", (0.0, 4999.0)),
            ("epoch", (0.0, 99.0)),
        ):
            (envelope,) = engine.envelopes([(RUN, "a")], Window(px=40, x=x))
            assert (int(envelope.n.sum()), envelope.span) == (5000, span)
            assert (envelope.x1[:-1] < envelope.x0[1:]).all()
        (log,) = engine.envelopes([(RUN, "a")], Window(px=40, scale="log"))
        assert (int(log.n.sum()), log.span) == (4999, (1.0, 4999.0))

    def test_non_finite_values_are_counted_and_hide_nothing(self, engine: Engine) -> None:
        values = np.arange(640.0)
        values[::2], values[5] = math.nan, math.inf
        stored(engine, batch(frame("a", [values])))
        engine.seal()
        (envelope,) = engine.envelopes([(RUN, "a")], Window(px=1))
        assert (envelope.bad.sum(), envelope.low.min(), envelope.high.max()) == (321, 1.0, 639.0)

    @pytest.mark.parametrize(
        "window",
        [Window(px=0), Window(px=30_000), Window(first=math.nan), Window(x=""), Window(scale=cast("Any", "cubic"))],
    )
    def test_a_window_that_cannot_be_drawn_is_refused(self, engine: Engine, window: Window) -> None:
        with pytest.raises(InputError):
            engine.envelopes([(RUN, "a")], window)

    def test_columns_of_the_run_table(self, engine: Engine) -> None:
        second = Batch(
            OTHER, "w2w2w2", 0, 5, (frame("a", [5.0]),), {}, opened(OTHER, project="p2", config={"lr": "auto"})
        )
        stored(
            engine,
            batch(frame(("a", "b"), [[1.0, 2.0], [3.0, 4.0]]), opened=opened(config={"lr": 0.1, "on": True})),
            second,
        )
        lr, a = engine.config_column("lr"), engine.metric_column("a")
        first = engine.run(RUN).index
        assert (lr.index.tolist(), lr.text) == ([first, engine.run(OTHER).index], [None, "auto"])
        np.testing.assert_array_equal(lr.number, [0.1, math.nan])
        assert (a.n.tolist(), a.last.tolist(), a.high.tolist(), a.total.tolist()) == (
            [2, 1],
            [2.0, 5.0],
            [2.0, 5.0],
            [3.0, 5.0],
        )
        assert (engine.config_keys(), engine.config_keys("p2")) == (["lr", "on"], ["lr"])
        assert (engine.metric_keys(), engine.metric_keys("p2")) == (["a", "b"], ["a"])

    def test_a_deleted_run_stays_deleted(self, engine: Engine) -> None:
        stored(engine, batch(frame("a", range(100))), batch(frame("a", [1.0]), run=OTHER))
        engine.seal(RUN)
        engine.delete(RUN)
        for late in (batch(frame("a", [1.0]), first=10, last=20), batch(frame("a", [1.0]))):
            assert isinstance(refused(engine, late), NotFoundError)
        assert [r.id for r in engine.runs()] == [OTHER]
        assert engine.metric_column("a").index.tolist() == [engine.run(OTHER).index]
        assert engine.offset(RUN, WRITER) == 0

    def test_runs_are_deleted_together_and_give_their_space_back(self, engine: Engine) -> None:
        shared = Object("a/file", "file", 0, BEGAN_US, {}, b"s" * 100_000)
        own = Object("b/file", "file", 0, BEGAN_US, {}, b"o" * 70_000)
        stored(engine, batch(frame("a", range(3)), shared, own), batch(frame("a", [1.0]), shared, run=OTHER))
        engine.seal()
        gone = engine.delete_many([RUN, RUN, "nobody"])
        assert (gone.runs, gone.freed_bytes >= 70_000, gone.freed_bytes < 100_000) == ([RUN], True, True)
        engine.reclaim()
        assert [r.id for r in engine.runs()] == [OTHER]
        assert engine.payload(OTHER, engine.records(OTHER, "a/file")[0].id) == shared.data
        assert engine.delete_many([RUN]).runs == []

    @pytest.mark.parametrize("sealed", [False, True])
    def test_the_value_at_a_step_is_the_last_that_came_at_or_before_it(self, engine: Engine, sealed: bool) -> None:
        stored(engine, batch(frame("a", [1.0, 2.0, math.nan, 4.0, 5.0, 6.0], [3, 5, 7, 7, 2, 5])))
        stored(engine, batch(frame("b", [1.0]), run=OTHER))
        if sealed:
            engine.seal()
        stored(engine, batch(frame("a", [9.0], [9]), first=10, last=20))
        asked = [(RUN, step) for step in (0, 2, 3, 4, 5, 6, 7, 8, 9, 10_000)]
        found = engine.values_at("a", [*asked, (OTHER, 9), ("nobody", 9)])
        assert found == [None, 5.0, 1.0, 1.0, 6.0, 6.0, 4.0, 4.0, 9.0, 9.0, None, None]
        stored(engine, batch(Rewind(BEGAN_US, 6), first=20, last=30))
        assert engine.values_at("a", [(RUN, 10)]) == [6.0]

    def test_the_value_at_a_step_of_a_long_series_is_exact(self, engine: Engine) -> None:
        for part in range(4):
            steps = np.arange(part, 20_000, 4)
            stored(engine, batch(frame("a", steps, steps.tolist()), first=part, last=part + 1))
            engine.seal()
        steps = np.random.default_rng(0).integers(0, 20_000, 50).tolist()
        assert engine.values_at("a", [(RUN, step) for step in steps]) == [float(step) for step in steps]

    def test_a_run_may_have_ten_thousand_keys(self, engine: Engine) -> None:
        keys = tuple(f"k{i:05}" for i in range(10_000))
        stored(engine, batch(frame(keys, np.arange(30_000.0).reshape(10_000, 3))))
        engine.seal()
        assert len(engine.series(RUN)) == 10_000
        assert engine.points(RUN, keys[-1]).value.tolist() == [29_997.0, 29_998.0, 29_999.0]

    def test_random_sets_of_keys_read_back_whole(self, engine: Engine) -> None:
        rng = np.random.default_rng(0)
        expected: dict[str, list[float]] = {}
        for step in range(120):
            keys = tuple(f"k{i}" for i in np.sort(rng.choice(20, 7, replace=False)))
            values = rng.random(7)
            for key, value in zip(keys, values.tolist(), strict=True):
                expected.setdefault(key, []).append(value)
            stored(engine, batch(frame(keys, values[:, None], step), first=step, last=step + 1))
            if step % 30 == 29:
                engine.seal()
        assert {key: engine.points(RUN, key).value.tolist() for key in expected} == expected

    def test_many_threads_read_while_one_writes(self, engine: Engine) -> None:
        stored(engine, batch())
        failures: list[BaseException] = []
        done = threading.Event()

        def read() -> None:
            seen = 0
            try:
                while not done.is_set():
                    if "a" not in engine.series(RUN):
                        continue
                    points = engine.points(RUN, "a")
                    assert points.value.tolist() == list(range(len(points.value)))
                    assert len(points.value) >= seen
                    seen = len(points.value)
                    (envelope,) = engine.envelopes([(RUN, "a")], Window(px=50))
                    assert envelope.n.sum() == envelope.high.max() + 1 >= seen
            except BaseException as error:  # noqa: BLE001  # handed to the test, which raises it
                failures.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for i in range(60):
            stored(engine, batch(frame("a", range(50 * i, 50 * i + 50), 50 * i), first=10 + i, last=11 + i))
            if i % 4 == 3:
                engine.seal()
        done.set()
        for reader in readers:
            reader.join()
        assert failures == []
        assert len(engine.points(RUN, "a").step) == 3000

    def test_background_work_comes_to_an_end(self, engine: Engine) -> None:
        stored(engine, batch(frame("a", range(70_000)), Change(1, {"state": "finished"})))
        for _ in range(1_000):
            if not engine.maintain(idle=True):
                break
        else:
            pytest.fail("maintain always wants more")
        assert engine.points(RUN, "a").value.tolist() == list(range(70_000))
