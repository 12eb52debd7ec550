"""Many runs at once: what is put away, columns that look into points, changes that can be taken back, deletion."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from gnomon.core import journal
from gnomon.core.batch import Batch, Change, Frame, Item, Object, Rewind
from gnomon.core.errors import ConflictError, FilterError, InputError
from gnomon.store.bulk import Chosen, Edit, delete_runs, edit_runs
from gnomon.store.cells import joint_hash
from gnomon.store.grouping import GroupQuery
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine
from gnomon.store.query import RunQuery
from gnomon.store.table import RunTable

CAPTURED = {
    "commit": "3f2a91c", "branch": "main", "dirty": True, "script": "train.py", "host": "box", "os": "Linux 6.1",
    "python": "3.11.7", "cpu": "EPYC", "gpu": "H100", "seed": 3, "parameters": 11_689_512, "cores": 8,
    "memory": 64 << 30, "data": {"train": "aa", "test": "bb"}, "evaluation": {"test": "cc"}, "command": ["python"],
}  # fmt: skip


def ident(number: int) -> str:
    return f"{number:020d}"


def opening(number: int, *items: Item, project: str = "p", **fields: object) -> Batch:
    opened = journal.Open(
        run=ident(number), project=project, writer="w" * 12, name=f"run-{number}", us=number * 1_000_000, **fields
    )  # type: ignore[arg-type]
    return Batch(opened.run, opened.writer, 0, 10, items, {}, opened)


def series(key: str, values: list[float], steps: list[int]) -> Frame:
    step = np.array(steps, np.int64)
    return Frame((key,), step, step, np.array([values], np.float64))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Home]:
    with Home.open(tmp_path / "lab") as opened:
        yield opened


def log(lab: Home, *batches: Batch) -> None:
    for done in lab.submit(list(batches)):
        done.result()


def found(lab: Home, where: str = "", **more: object) -> list[str]:
    return [run.name for run in lab.table.query(RunQuery("p", where, **more)).runs]  # type: ignore[arg-type]


def test_what_was_captured_are_columns(lab: Home) -> None:
    log(
        lab,
        opening(1, Change(1, CAPTURED)),
        opening(2),
        opening(3, Change(1, {"dirty": "yes", "seed": True, "gpu": 7})),
    )
    names = [f"attr.{name}" for name in (*CAPTURED, "archived", "error") if name != "command"]
    columns = lab.table.query(RunQuery("p", order=("created",), columns=tuple(names))).columns
    hashes = {name: joint_hash(CAPTURED[name]) for name in ("data", "evaluation")}  # type: ignore[arg-type]
    first = CAPTURED | hashes | {"archived": False, "error": None}
    assert {name.removeprefix("attr."): values for name, values in columns.items()} == {
        name: [value, False if name == "archived" else None, False if name == "archived" else None]
        for name, value in first.items()
        if name != "command"
    }
    assert found(lab, "attr.dirty and parameters > 1e7 and branch = main and data IS NOT NULL") == ["run-1"]
    assert found(lab, "dirty = false") == []


def test_the_joint_hash_tells_names_and_hashes_apart() -> None:
    assert joint_hash({"a": "1", "b": "2"}) == joint_hash({"b": "2", "a": "1"})
    assert len({joint_hash(each) for each in ({"a": "1"}, {"b": "1"}, {"a": "2"}, {"a": "1", "b": "1"})}) == 4


def test_archived_runs_are_hidden_until_somebody_asks(lab: Home) -> None:
    log(lab, *map(opening, range(1, 5)), opening(9, project="q"))
    assert edit_runs(lab, Chosen("p", "name IN ('run-2', 'run-3')"), Edit(archived=True)).changed == 2
    page = lab.table.query(RunQuery("p"))
    assert (page.total, page.archived, [r.name for r in page.runs]) == (2, 2, ["run-4", "run-1"])
    assert found(lab, archived=True) == ["run-4", "run-3", "run-2", "run-1"]
    assert found(lab, "archived = true") == found(lab, "attr.archived") == ["run-3", "run-2"]
    assert found(lab, "attr.archived", archived=False) == []
    assert found(lab, ids=(ident(2), ident(4), "nobody")) == ["run-4", "run-2"]
    assert found(lab, "run-2 or run-4", ids=(ident(2), ident(3))) == ["run-2"]
    assert lab.table.query(RunQuery("p", ids=(ident(9),))).matched == 0
    groups = lab.table.group(GroupQuery(("attr.archived",), runs=RunQuery("p")))
    assert [(group.key, group.n) for group in groups.groups] == [([False], 2)]


def test_a_value_at_the_best_step_of_another_follows_what_is_logged(lab: Home) -> None:
    column = "metric.acc.at_min(loss)"
    log(
        lab,
        opening(1, series("loss", [3.0, 1.0, 2.0], [0, 10, 20]), series("acc", [0.1, 0.5, 0.9], [0, 10, 20])),
        opening(2, series("loss", [1.0, 1.0], [5, 15]), series("acc", [0.2, 0.3, 0.4], [4, 4, 6])),
        opening(3, series("loss", [1.0], [0]), series("acc", [0.7], [1])),
        opening(4, series("acc", [0.7], [1])),
    )
    query = RunQuery("p", "", ("created",), (column, "metric.acc.at_max(loss)"))
    assert lab.table.query(query).columns == {
        column: [0.5, 0.3, None, None],
        "metric.acc.at_max(loss)": [0.1, 0.3, None, None],
    }
    log(lab, Batch(ident(1), "w" * 12, 10, 20, (series("loss", [0.5], [30]), series("acc", [0.95], [30]))))
    log(lab, Batch(ident(3), "w" * 12, 10, 20, (series("acc", [0.6], [0]),)))
    assert lab.table.query(query).columns[column] == [0.95, 0.3, 0.6, None]
    assert found(lab, f"{column} >= 0.6", order=(f"-{column}",)) == ["run-1", "run-3"]
    log(lab, Batch(ident(1), "w" * 12, 20, 30, (Rewind(1, 15),)))
    assert lab.table.query(query).columns[column] == [0.5, 0.3, 0.6, None]
    (best,) = lab.table.group(GroupQuery(("attr.project",), (column,), runs=RunQuery("p"))).groups
    sums = best.values
    assert (sums[column].count, sums[column].min, sums[column].max) == (3, 0.3, 0.6)
    lab.delete(ident(1))
    assert lab.table.query(query).columns[column] == [0.3, 0.6, None]


@pytest.mark.parametrize("where", ["metric.acc.at_min(los) > 0", "metric.ac.at_min(loss) > 0"])
def test_a_series_that_nobody_logs_is_refused_with_the_nearest(lab: Home, where: str) -> None:
    log(lab, opening(1, series("loss", [3.0], [0]), series("acc", [0.1], [0])))
    with pytest.raises(FilterError, match="Nearest: ") as caught:
        found(lab, f"run and {where}")
    assert caught.value.position == 8
    assert found(lab, where, lenient=True) == []


def test_points_are_looked_up_for_the_rows_that_are_shown_and_only_once() -> None:
    class Counting(MemoryEngine):
        asked = 0

        def values_at(self, key: str, places: object) -> list[float | None]:
            Counting.asked += len(places)  # type: ignore[arg-type]
            return super().values_at(key, places)  # type: ignore[arg-type]

    engine = Counting()
    engine.append([opening(n, series("a", [n * 1.0], [0])) for n in range(1, 101)])
    table = RunTable(engine)
    query = RunQuery("p", columns=("metric.a.at_min(a)",), limit=10)
    assert [table.query(query).columns["metric.a.at_min(a)"] for _ in range(3)] == [list(range(100, 90, -1))] * 3
    assert Counting.asked == 10
    assert table.query(RunQuery("p", "metric.a.at_min(a) > 50", limit=0)).matched == 50
    assert Counting.asked == 100


def test_a_page_is_answered_while_a_sort_looks_into_every_run() -> None:
    column = "metric.a.at_min(a)"

    class Slow(MemoryEngine):
        def values_at(self, key: str, places: object) -> list[float | None]:
            found = super().values_at(key, places)  # type: ignore[arg-type]
            if len(places) > 10:  # type: ignore[arg-type]
                looking.set()
                assert go_on.wait(60)
            return found

    looking, go_on = Event(), Event()
    engine = Slow()
    engine.append([opening(n, series("a", [n * 1.0], [0])) for n in range(1, 101)])
    table = RunTable(engine)
    with ThreadPoolExecutor(1) as pool:
        sort = pool.submit(table.query, RunQuery("p", order=(f"-{column}",), columns=(column,), limit=3))
        assert looking.wait(60)
        page = table.query(RunQuery("p", columns=(column,), limit=2))
        again = Batch(ident(1), "w" * 12, 10, 20, (series("a", [-1.0], [1]),))
        table.apply(engine.append([again]))
        go_on.set()
        assert page.columns[column] == [100.0, 99.0]
        assert sort.result(60).columns[column] == [100.0, 99.0, 98.0]
    assert table.query(RunQuery("p", order=(column,), columns=(column,), limit=1)).columns[column] == [-1.0]


def test_a_change_of_many_runs_is_taken_back_by_what_it_answers(lab: Home) -> None:
    log(lab, opening(1, tags=["a"]), opening(2, tags=["a", "old"], group="g"), opening(3, tags=["new"]), opening(4))
    before = lab.table.query(RunQuery("p", archived=True)).runs
    edit = Edit(("new", "new"), ("old", "a"), True, "h")
    done = edit_runs(lab, Chosen("p", "name != 'run-4'"), edit)
    assert (done.matched, done.changed) == (3, 3)
    after = lab.table.query(RunQuery("p", "name != 'run-4'", archived=True)).runs
    assert [(run.tags, run.group, run.meta["archived"]) for run in after] == [(("new",), "h", True)] * 3
    assert edit_runs(lab, Chosen("p", "archived = true"), edit).changed == 0
    for back, ids in done.undo:
        edit_runs(lab, Chosen("p", ids=tuple(ids)), back)
    kept = lambda run: (run.name, run.tags, run.group, run.meta.get("archived", False))  # noqa: E731
    assert [kept(r) for r in lab.table.query(RunQuery("p", archived=True)).runs] == [kept(r) for r in before]


@pytest.mark.parametrize(
    ("chosen", "edit", "kind", "says"),
    [
        (Chosen("p"), Edit(archived=True), InputError, "where"),
        (Chosen(where=" "), Edit(archived=True), InputError, "project"),
        (Chosen("p", "", expected=3), Edit(archived=True), ConflictError, "3 runs were expected, 2 match now"),
        (Chosen("p", ""), Edit(("x",), ("x",)), InputError, '"x" is to be added as well'),
        (Chosen("p", "config.x >"), Edit(archived=True), FilterError, "at character 10"),
    ],
)
def test_a_change_that_does_not_say_what_is_refused_and_changes_nothing(
    lab: Home, chosen: Chosen, edit: Edit, kind: type[Exception], says: str
) -> None:
    log(lab, opening(1), opening(2))
    with pytest.raises(kind, match=says):
        edit_runs(lab, chosen, edit)
    assert found(lab) == ["run-2", "run-1"]


def _disk(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def test_deleting_many_runs_makes_the_files_smaller_by_what_it_says(lab: Home) -> None:
    rng = np.random.default_rng(0)
    for number in range(1, 9):
        data = rng.bytes(200_000)
        log(
            lab,
            opening(
                number,
                Frame(tuple("abcdefgh"), np.arange(2_000), np.arange(2_000), rng.random((8, 2_000))),
                Object("weights", "file", 0, 1, {}, data),
                Change(1, {"state": "finished"}),
            ),
        )
    lab.engine.seal()
    lab.engine.reclaim()
    before = _disk(lab.path)
    with pytest.raises(ConflictError, match="5 runs were expected, 6 match now"):
        delete_runs(lab, Chosen("p", "name <= 'run-6'", expected=5))
    assert len(found(lab)) == 8
    gone = delete_runs(lab, Chosen("p", "name <= 'run-6'", expected=6))
    assert sorted(gone.runs) == [ident(n) for n in range(1, 7)]
    assert found(lab) == ["run-8", "run-7"]
    assert gone.freed_bytes > 6 * (200_000 + 8 * 2_000 * 7)
    assert abs(before - _disk(lab.path) - gone.freed_bytes) < 64 << 10  # the log of the store shrinks too
    assert len(lab.engine.points(ident(8), "a").value) == 2_000
