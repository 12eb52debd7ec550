"""The run table follows what is committed, edited and deleted, and reads a column only when it is named."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from gnomon.core import journal
from gnomon.core.batch import Batch, Change, Frame, Item, Rewind
from gnomon.core.errors import FilterError, InputError
from gnomon.store.engine import ConfigColumn, Engine, MetricColumn
from gnomon.store.memory import MemoryEngine
from gnomon.store.query import RunQuery
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.table import RunTable


def opening(number: int, *items: Item, project: str = "p", **fields: object) -> Batch:
    opened = journal.Open(
        run=f"{number:020d}", project=project, writer="w" * 12, name=f"run-{number}", us=number * 1_000_000, **fields
    )  # type: ignore[arg-type]
    return Batch(opened.run, opened.writer, 0, 10, items, {}, opened)


def more(number: int, *items: Item, last: int = 20) -> Batch:
    return Batch(f"{number:020d}", "w" * 12, last - 10, last, items)


def values(key: str, *points: float, first: int = 0) -> Frame:
    step = np.arange(first, first + len(points), dtype=np.int64)
    return Frame((key,), step, step, np.array([points]))


@pytest.fixture(params=["memory", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "memory":
        yield MemoryEngine()
    else:
        with SqliteEngine(tmp_path) as engine:
            yield engine


class Counting(MemoryEngine):
    """Counts the columns that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def config_column(self, key: str) -> ConfigColumn:
        self.read.append(key)
        return super().config_column(key)

    def metric_column(self, key: str) -> MetricColumn:
        self.read.append(key)
        return super().metric_column(key)


def names(table: RunTable, where: str = "", *order: str, project: str | None = None) -> list[str]:
    return [run.name for run in table.query(RunQuery(project, where, order or ("-created",))).runs]


def test_a_column_is_read_once_and_only_when_it_is_named() -> None:
    engine = Counting()
    table = RunTable(engine)
    table.apply(engine.append([opening(1, values("loss", 1.0, 0.5), config={"lr": 0.1})]))
    assert engine.read == []
    query = RunQuery(
        "p", "config.lr < 1 and metric.loss.min < 1", ("metric.loss.max",), ("metric.loss", "metric.loss.n")
    )
    for _ in range(3):
        assert table.query(query).columns == {"metric.loss": [0.5], "metric.loss.n": [2]}
    assert sorted(engine.read) == ["loss", "lr"]


def test_columns_in_memory_follow_every_commit() -> None:
    engine = Counting()
    table = RunTable(engine)
    table.apply(engine.append([opening(1, values("loss", 3.0), config={"lr": 0.1})]))
    query = RunQuery(None, columns=("config.lr", "metric.loss", "metric.loss.max", "attr.state", "tag.best"))
    table.query(query)
    table.apply(engine.append([opening(2, values("loss", 9.0), config={"lr": "adaptive"}, tags=["best"])]))
    table.apply(
        engine.append(
            [more(1, values("loss", 5.0, first=1), Change(7_000_000, {"state": "finished", "config": {"lr": 0.2}}))]
        )
    )
    assert table.query(query).columns == {
        "config.lr": ["adaptive", 0.2],
        "metric.loss": [9.0, 5.0],
        "metric.loss.max": [9.0, 5.0],
        "attr.state": ["running", "finished"],
        "tag.best": [True, False],
    }
    assert engine.read == ["lr", "loss"]


@pytest.mark.parametrize("sealed", [False, True])
def test_a_table_opened_later_knows_what_one_that_followed_knows(engine: Engine, sealed: bool) -> None:
    followed = RunTable(engine)
    query = RunQuery(
        None, "", ("-metric.loss",),
        ("config.lr", "config.on", "metric.loss", "metric.loss.min", "metric.loss.mean", "metric.loss.bad", "tag.best",
         "attr.state", "attr.last_step", "attr.duration"),
    )  # fmt: skip
    followed.apply(engine.append([opening(1, values("loss", 3.0, float("inf")), config={"lr": 0.1, "on": True})]))
    followed.query(query)
    followed.apply(engine.append([opening(2, values("loss", 9.0), config={"lr": "auto"}, tags=["best"])]))
    followed.apply(engine.append([opening(3, config={"lr": None})]))
    followed.apply(engine.append([more(1, values("loss", 5.0, first=7), Change(9_000_000, {"state": "failed"}))]))
    if sealed:
        engine.seal()
    page = followed.query(query)
    assert RunTable(engine).query(query) == page
    assert page.columns["attr.last_step"] == [0, 7, None]
    assert page.columns["metric.loss.bad"] == [0, 1, None]


def test_a_rewind_takes_back_what_it_hides(engine: Engine) -> None:
    table = RunTable(engine)
    table.apply(engine.append([opening(1, values("loss", 3.0, 9.0))]))
    query = RunQuery(None, columns=("metric.loss.max", "metric.loss.n"))
    assert table.query(query).columns == {"metric.loss.max": [9.0], "metric.loss.n": [2]}
    table.apply(engine.append([more(1, Rewind(5, 1))]))
    assert table.query(query).columns == {"metric.loss.max": [3.0], "metric.loss.n": [1]}
    table.apply(engine.append([more(1, Rewind(6, 0), last=30)]))
    assert table.query(query).columns == {"metric.loss.max": [None], "metric.loss.n": [None]}


def test_an_edited_run_is_found_under_its_new_name(engine: Engine) -> None:
    table = RunTable(engine)
    table.apply(engine.append([opening(1)]))
    assert names(table, "run-1") == ["run-1"]
    table.changed(engine.change(f"{1:020d}", {"name": "brave", "tags": ["best"]}, 5))
    assert (names(table, "run-1"), names(table, "brave and tag.best")) == ([], ["brave"])


def test_a_deleted_run_is_gone_from_every_answer(engine: Engine) -> None:
    table = RunTable(engine)
    table.apply(engine.append([opening(n, values("loss", float(n)), config={"lr": n}) for n in (1, 2, 3)]))
    page = table.query(RunQuery(None, "config.lr > 0 and metric.loss > 0 and attr.state = running"))
    assert (page.total, page.matched, len(table)) == (3, 3, 3)
    engine.delete(f"{2:020d}")
    table.removed(f"{2:020d}")
    table.removed("never-seen")
    assert names(table, "config.lr > 0", "created") == ["run-1", "run-3"]
    assert names(table, "NOT (config.lr = 1)") == ["run-3"]
    assert (table.query(RunQuery(None)).total, len(table)) == (2, 2)


def test_refused_and_repeated_batches_change_nothing(engine: Engine) -> None:
    table = RunTable(engine)
    results = engine.append([opening(1), opening(1), more(9)])
    table.apply(results)
    assert isinstance(results[2], Exception)
    assert names(table) == ["run-1"]


def test_equal_rows_come_newest_first_and_missing_values_last_both_ways(engine: Engine) -> None:
    table = RunTable(engine)
    lrs = {1: 0.1, 2: 0.2, 3: 0.1, 4: None, 5: 0.2}
    table.apply(engine.append([opening(n, config={} if lr is None else {"lr": lr}) for n, lr in lrs.items()]))
    assert names(table, "", "config.lr") == ["run-3", "run-1", "run-5", "run-2", "run-4"]
    assert names(table, "", "-config.lr") == ["run-5", "run-2", "run-3", "run-1", "run-4"]
    assert names(table, "", "config.lr DESC", "created asc") == ["run-2", "run-5", "run-1", "run-3", "run-4"]
    assert names(table) == ["run-5", "run-4", "run-3", "run-2", "run-1"]


def test_pages_follow_one_another_without_gap_or_repeat(engine: Engine) -> None:
    table = RunTable(engine)
    table.apply(engine.append([opening(n, config={"lr": n % 3}) for n in range(1, 24)]))
    whole = names(table, "", "config.lr")
    pages = [table.query(RunQuery(None, "", ("config.lr",), (), start, 5)) for start in range(0, 30, 5)]
    assert [run.name for page in pages for run in page.runs] == whole
    assert {(page.total, page.matched) for page in pages} == {(23, 23)}


def test_projects_are_kept_apart(engine: Engine) -> None:
    table = RunTable(engine)
    table.apply(engine.append([opening(1, project="a"), opening(2, project="b")]))
    assert names(table, project="a") == ["run-1"]
    assert table.query(RunQuery("nowhere")).total == 0


def test_a_series_named_like_a_statistic_is_found(engine: Engine) -> None:
    table = RunTable(engine)
    table.apply(engine.append([opening(1, values("loss.max", 7.0, 5.0))]))
    assert table.query(RunQuery(None, "metric.loss.max = 5", (), ("metric.loss.max",))).columns == {
        "metric.loss.max": [5.0]
    }
    assert names(table, "metric.`loss.max`.max = 7") == ["run-1"]
    table.apply(engine.append([more(1, values("loss", 1.0, 3.0))]))  # from here on `loss.max` is a statistic of `loss`
    assert names(table, "metric.loss.max = 3") == ["run-1"]


def test_an_unknown_name_is_an_error_that_names_the_nearest(engine: Engine) -> None:
    table = RunTable(engine)
    assert names(table, "metric.val/ac > 1") == []
    table.apply(engine.append([opening(1, values("val/acc", 1.0), config={"lr": 1})]))
    with pytest.raises(FilterError, match=r'no run has the metric "val/ac"\. Nearest: "val/acc"\.') as caught:
        names(table, "config.lr = 1 and metric.val/ac > 1")
    assert caught.value.position == 18
    with pytest.raises(FilterError, match='no run has the config key "lrr"'):
        names(table, "config.lrr IS NULL")
    assert table.query(RunQuery(None, "metric.val/ac > 1", lenient=True)).matched == 0


def test_an_unknown_column_is_empty_because_it_may_still_come(engine: Engine) -> None:
    table = RunTable(engine)
    table.apply(engine.append([opening(1)]))
    query = RunQuery(None, "", ("metric.loss",), ("metric.loss", "config.lr", "tag.x"))
    assert table.query(query).columns == {"metric.loss": [None], "config.lr": [None], "tag.x": [False]}
    table.apply(engine.append([more(1, values("loss", 1.0), Change(1, {"config": {"lr": 2}, "tags": ["x"]}))]))
    assert table.query(query).columns == {"metric.loss": [1.0], "config.lr": [2.0], "tag.x": [True]}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (RunQuery(None, order=("lr",)), "order"),
        (RunQuery(None, columns=("lr",)), "columns"),
        (RunQuery(None, columns=("config.",)), "columns"),
        (RunQuery(None, offset=-1), "offset"),
        (RunQuery(None, limit=-1), "limit"),
        (RunQuery(None, columns=tuple(f"config.{n}" for n in range(1_001))), "columns"),
    ],
)
def test_a_wrong_query_names_the_field(query: RunQuery, field: str) -> None:
    with pytest.raises(InputError) as caught:
        RunTable(MemoryEngine()).query(query)
    assert caught.value.field == field


class Slow(MemoryEngine):
    """Hands out one kind of column only when it may: what is committed meanwhile is not in it."""

    def __init__(self, slow: str) -> None:
        super().__init__()
        self.slow = slow
        self.was_read, self.may_go = threading.Event(), threading.Event()

    def metric_column(self, key: str) -> MetricColumn:
        column = super().metric_column(key)
        self._wait("metric")
        return column

    def config_column(self, key: str) -> ConfigColumn:
        column = super().config_column(key)
        self._wait("config")
        return column

    def _wait(self, kind: str) -> None:
        if kind == self.slow:
            self.was_read.set()
            assert self.may_go.wait(30)


@pytest.mark.parametrize("slow", ["metric", "config"])
def test_a_slow_read_holds_up_no_commit_and_misses_none(slow: str) -> None:
    engine = Slow(slow)
    table = RunTable(engine)
    table.apply(engine.append([opening(n, values("loss", float(n)), config={"lr": n}) for n in (1, 2, 3)]))
    query = RunQuery(None, "metric.loss > 0", ("created",), ("metric.loss", "config.lr", "attr.state", "tag.best"))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(table.query, query)
        assert engine.was_read.wait(30)
        table.apply(engine.append([more(1, values("loss", 10.0, first=1)), opening(4, values("loss", 40.0))]))
        table.changed(engine.change(f"{3:020d}", {"tags": ["best"]}, 5))
        engine.delete(f"{2:020d}")
        table.removed(f"{2:020d}")
        engine.may_go.set()
        page = answer.result()
    assert page.columns == {
        "metric.loss": [10.0, 3.0, 40.0],
        "config.lr": [1.0, 3.0, None],
        "attr.state": ["running"] * 3,
        "tag.best": [False, True, False],
    }
    assert RunTable(engine).query(query) == table.query(query) == page


def test_questions_about_nothing_do_not_fill_the_memory(engine: Engine) -> None:
    table = RunTable(engine)
    table.apply(engine.append([opening(1)]))
    names(table)
    before = table.nbytes
    for n in range(100):
        table.query(RunQuery(None, "", (f"metric.m{n}",), (f"config.c{n}", f"tag.t{n}")))
    assert table.nbytes == before


def test_readers_and_the_writer_do_not_disturb_one_another(engine: Engine) -> None:
    table = RunTable(engine)
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        query = RunQuery(None, "metric.loss >= 0", ("-metric.loss",), ("metric.loss", "config.lr"), lenient=True)
        try:
            while not done.is_set():
                page = table.query(query)
                assert page.columns["metric.loss"] == sorted(page.columns["metric.loss"], reverse=True)
                assert len(page.runs) == len(page.columns["config.lr"])
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(1, 120):
        table.apply(engine.append([opening(n, values("loss", float(n % 7)), config={"lr": n})]))
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert table.query(RunQuery(None, "metric.loss >= 0")).matched == 119
