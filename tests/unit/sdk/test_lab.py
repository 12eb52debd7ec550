"""The read side gives the same answers from a folder and from a server; every test here runs on both."""

import math
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import gnomon
from gnomon.core import journal
from gnomon.core.batch import Batch, Change, Console, Frame, Item, Object, Rewind
from gnomon.core.errors import FilterError, InputError, LockedError, MissingExtraError, NotFoundError, UnavailableError
from gnomon.sdk.lab import Lab
from gnomon.sdk.lab_backend import SeriesStats
from gnomon.sdk.lab_console import ConsoleEntry
from gnomon.sdk.lab_remote import RemoteBackend
from gnomon.store.home import Home

SERVER = """
import sys
from pathlib import Path
from gnomon.server.run import serve
from gnomon.store.home import Home
with Home.open(Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", 0, sys.argv[2] or None, on_ready=lambda url: print(url, flush=True))
"""
SECOND = 1_000_000
MANY = 450_000


def run_id(number: int) -> str:
    return f"{number:020d}"


def batch(number: int, name: str, *items: Item, project: str = "digits", **fields: object) -> Batch:
    opened = journal.Open(run=run_id(number), project=project, writer="w" * 12, name=name, us=number * SECOND, **fields)  # type: ignore[arg-type]
    return Batch(opened.run, opened.writer, 0, 10, items, {}, opened)


def points(key: str, values: list[float], steps: list[int] | None = None) -> Frame:
    step = np.array(range(len(values)) if steps is None else steps, np.int64)
    return Frame((key,), step, SECOND + step, np.array([values], np.float64))


def batches() -> list[Batch]:
    wave = np.sin(np.arange(MANY) / 1000)
    wave[123_456] = 7.0
    steps = np.arange(MANY, dtype=np.int64)
    steps[200_000] = 199_999  # the same step twice, just where a page of the server ends
    made = [
        batch(
            1, "brave-otter-7",
            points("train/loss", [3.0, math.nan, 1.0, math.inf, 0.5]),
            points("twice", [1.0, 2.0, 3.0], [0, 5, 5]),
            Object("notes", "text", 0, SECOND, {}, "gelé".encode()),
            Object("notes", "text", 4, 2 * SECOND, {"lang": "fr"}, b"deux"),
            Object("facts", "json", 2, SECOND, {}, b'{"a": [1, null]}'),
            Console(SECOND, 0, "".join(f"step {n}\n" for n in range(5000))),
            Console(SECOND, 0, "".join(f"step {n}\n" for n in range(5000, 10_500))),
            Console(2 * SECOND, 1, "\x1b[31mValueError\x1b[0m: no\n"),
            Console(3 * SECOND, 2, "… 3 lines left out\n"),
            Change(90 * SECOND, {"state": "finished", "summary": {"best": 0.5}}),
            config={"lr": 0.1, "opt": {"name": "adam"}, "seed": 1}, tags=["best", "a"], notes="first",
        ),
        batch(2, "calm-heron-2", points("train/loss", [2.0, 4.0]), config={"lr": "auto", "seed": 2}, group="g"),
        batch(3, "calm-heron-2", points("train/loss", [9.0]), config={"lr": math.inf, "seed": 3}),
        batch(4, "long", Frame(("wave",), steps, SECOND + steps, wave[None]), project="other"),
        batch(5, "a/b: 'c'", points("x", [1.0, 2.0, 3.0, 4.0]), Rewind(SECOND, 2), project="odd/project"),
        batch(6, "twin", project="other"),
        batch(7, "twin", project="third"),
    ]  # fmt: skip
    for number, (lr, seed) in enumerate([(lr, seed) for lr in (0.1, 0.5) for seed in range(4)], 10):
        values = [0.1, 0.9 - lr + seed * 0.001]
        made.append(
            batch(number, f"s{number}", points("val/acc", values), project="seeds", config={"lr": lr, "seed": seed})
        )
    made.append(batch(20, "diverged", points("val/acc", [math.nan]), project="seeds", config={"lr": 0.5, "seed": 9}))
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lab") / "home"
    with Home.open(path) as home:
        for done in home.submit(batches()):
            done.result()
        home.engine.seal()
    return path


@contextmanager
def running(path: Path, token: str = "") -> Iterator[str]:
    """Serve a folder in a process of its own; yield its address."""
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(path), token], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="module")
def served(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    path = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(folder, path)
    with running(path) as url:
        yield url, path


@pytest.fixture(params=["folder", "server"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    if request.param == "server":
        url, _ = request.getfixturevalue("served")
        with gnomon.connect(url) as lab:
            yield lab
    else:
        with gnomon.connect(home=request.getfixturevalue("folder")) as lab:
            yield lab


def test_projects_are_counted(lab: Lab) -> None:
    found = {p["name"]: (p["runs"], p["running"], p["created"]) for p in lab.projects()}
    assert found == {
        "digits": (3, 2, 1.0), "other": (2, 2, 4.0), "odd/project": (1, 1, 5.0), "third": (1, 1, 7.0),
        "seeds": (9, 9, 10.0),
    }  # fmt: skip


def test_keys_are_those_of_the_project(lab: Lab) -> None:
    assert lab.keys("digits") == {"config": ["lr", "opt.name", "seed"], "metrics": ["train/loss", "twice"]}
    assert lab.keys("odd/project") == {"config": [], "metrics": ["x"]}
    assert lab.keys()["metrics"] == ["train/loss", "twice", "val/acc", "wave", "x"]


def test_runs_are_filtered_sorted_and_bring_their_columns(lab: Lab) -> None:
    columns = ("config.lr", "metric.train/loss", "metric.train/loss.min", "metric.twice.n", "tag.best", "attr.duration")
    runs = lab.runs("digits", "metric.train/loss.n >= 1", "-metric.train/loss.max", columns)
    assert (len(runs), runs.total, runs.matched) == (3, 3, 3)
    assert [run.id for run in runs] == [run_id(3), run_id(2), run_id(1)]
    durations = runs.columns.pop("attr.duration")
    assert runs.columns == {
        "config.lr": [math.inf, "auto", 0.1],
        "metric.train/loss": [9.0, 4.0, 0.5],
        "metric.train/loss.min": [9.0, 2.0, 0.5],
        "metric.twice.n": [None, None, 3],
        "tag.best": [False, False, True],
    }
    assert durations[2] == 89.0
    assert runs[0].name == "calm-heron-2"
    assert repr(runs) == "<3 of 3 runs (3 in all), 5 columns>"


def test_a_star_stands_for_every_key(lab: Lab) -> None:
    runs = lab.runs("digits", columns=("config.*", "metric.train/*.max", "metric.tw*"))
    assert list(runs.columns) == [
        "config.lr",
        "config.opt.name",
        "config.seed",
        "metric.train/loss.max",
        "metric.twice",
    ]


def test_runs_become_flat_rows(lab: Lab) -> None:
    (row,) = lab.runs("digits", "name = 'brave-otter-7'", columns=["config.lr"]).to_dicts()
    row.pop("updated")
    assert row == {
        "id": run_id(1), "project": "digits", "name": "brave-otter-7", "state": "finished", "created": 1.0,
        "finished": 90.0, "group": None, "tags": ["a", "best"], "notes": "first", "dropped": 0, "rank": None, "archived": False, "color": None, "alerts": 0, "alert": None,
        "last_step": 5, "config.lr": 0.1,
    }  # fmt: skip


def test_frames_without_their_library_say_what_to_install(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas", "polars", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    runs = lab.runs("digits")
    with pytest.raises(MissingExtraError, match="Install pandas"):
        runs.to_pandas()
    with pytest.raises(MissingExtraError, match=r"Install gnomon\[frames\]"):
        runs.to_polars()
    with pytest.raises(MissingExtraError, match=r"Install gnomon\[frames\]"):
        runs[0].series("train/loss").to_arrow()


def test_a_limit_bounds_the_answer_and_none_is_all(lab: Lab) -> None:
    assert [run.name for run in lab.runs("seeds", order="created", limit=2)] == ["s10", "s11"]
    assert len(lab.runs("seeds", limit=0)) == 0
    assert len(lab.runs(limit=None)) == 16


def test_a_run_is_found_by_id_by_project_and_name_and_by_a_name_of_its_own(lab: Lab) -> None:
    for ref in (run_id(1), "digits/brave-otter-7", "brave-otter-7"):
        assert lab.run(ref).id == run_id(1)
    assert lab.run("digits/calm-heron-2").id == run_id(3)  # the newest of that name
    assert lab.run("odd/project/a/b: 'c'").id == run_id(5)
    assert repr(lab.run("long")) == f"<run other/long running {run_id(4)}>"


def test_an_ambiguous_name_lists_the_choices(lab: Lab) -> None:
    with pytest.raises(InputError, match=r'2 runs are named "twin": third/twin .*, other/twin .*Give project/name'):
        lab.run("twin")


def test_an_unknown_run_names_the_nearest(lab: Lab) -> None:
    with pytest.raises(NotFoundError, match='No run "brave-oter-7"\\. Nearest: "brave-otter-7"\\.'):
        lab.run("brave-oter-7")
    with pytest.raises(NotFoundError, match='No run "calm-hero" in project "digits"\\. Nearest: "digits/calm-heron-2"'):
        lab.run("digits/calm-hero")
    with pytest.raises(NotFoundError):
        lab.run(run_id(99))


def test_a_run_tells_everything_of_itself(lab: Lab) -> None:
    run = lab.run("digits/brave-otter-7")
    assert run.config == {"lr": 0.1, "opt": {"name": "adam"}, "seed": 1}
    assert run.summary == {"train/loss": 0.5, "twice": 3.0, "best": 0.5}
    assert (run.tags, run.state, run.notes, run.group, run.error) == (["a", "best"], "finished", "first", None, None)
    assert (run.created, run.finished, run.last_step, run.dropped) == (1.0, 90.0, 5, 0)
    assert run.keys() == {"train/loss": "scalar", "twice": "scalar", "notes": "text", "facts": "json"}
    assert run.meta["summary"] == {"best": 0.5}
    assert run.rewinds == []
    assert lab.run("odd/project/a/b: 'c'").rewinds == [{"time": 1.0, "step": 2}]


def test_statistics_leave_non_finite_values_out(lab: Lab) -> None:
    assert lab.run("brave-otter-7").stats()["train/loss"] == SeriesStats(
        n=5, bad=2, last=0.5, last_step=4, last_time=1.000004, low=0.5, low_step=4, high=3.0, high_step=0, mean=1.5
    )
    only = lab.run("seeds/diverged").stats()["val/acc"]
    assert (only.n, only.bad, only.low, only.high, only.mean) == (1, 1, None, None, None)
    assert math.isnan(only.last)


def test_a_series_gives_every_point_in_order(lab: Lab) -> None:
    series = lab.run("brave-otter-7").series("train/loss")
    found = series.numpy()
    np.testing.assert_array_equal(found["value"], [3.0, math.nan, 1.0, math.inf, 0.5])
    np.testing.assert_array_equal(found["step"], np.arange(5))
    np.testing.assert_allclose(found["time"], 1 + np.arange(5) * 1e-6, rtol=0, atol=1e-9)
    assert {name: values.dtype.str for name, values in found.items()} == {"step": "<i8", "time": "<f8", "value": "<f8"}


def test_a_series_is_cut_and_thinned(lab: Lab) -> None:
    series = lab.run("brave-otter-7").series("train/loss")
    assert series.range(1, 3).numpy()["step"].tolist() == [1, 2, 3]
    assert series.range(1).range(None, 2).numpy()["step"].tolist() == [1, 2]
    assert series.every(2).numpy()["step"].tolist() == [0, 2, 4]
    assert series.range(1).every(2).numpy()["step"].tolist() == [1, 3]
    assert series.range(9).numpy()["step"].tolist() == []
    assert lab.run("brave-otter-7").series("twice").numpy()["value"].tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(InputError, match="every: expected 1 or more"):
        series.every(0)


def test_what_a_rewind_hides_is_not_part_of_the_series(lab: Lab) -> None:
    assert lab.run("odd/project/a/b: 'c'").series("x").numpy()["value"].tolist() == [1.0, 2.0]


def test_a_long_series_arrives_whole_repeats_at_the_page_edge_included(lab: Lab) -> None:
    series = lab.run("other/long").series("wave")
    found = series.numpy()
    (wave,) = (frame for frame in batches()[3].items if isinstance(frame, Frame))
    np.testing.assert_array_equal(found["step"], wave.step)
    np.testing.assert_array_equal(found["value"], wave.values[0])
    np.testing.assert_array_equal(series.every(1000).numpy()["value"], wave.values[0][::1000])
    np.testing.assert_array_equal(series.every(2).numpy()["step"], wave.step[::2])


def test_an_envelope_shows_the_spike_at_every_width(lab: Lab) -> None:
    series = lab.run("other/long").series("wave")
    for px in (10, 400):
        found = series.envelope(px=px)
        assert list(found) == ["step", "value"]
        assert found["step"].dtype == np.int64
        assert len(found["step"]) <= 4 * px + 4  # two points of each bucket, and at most two buckets begin on a pixel
        assert found["value"].max() == 7.0
        assert found["step"][found["value"].argmax()] == 123_456
        assert (np.diff(found["step"]) >= 0).all()
    assert series.range(200_000).envelope(px=100)["value"].max() < 1.1
    buckets = series.buckets(px=100)
    assert (buckets.total, buckets.span) == (MANY, (0.0, MANY - 1.0))


def test_an_envelope_of_few_points_is_those_points(lab: Lab) -> None:
    found = lab.run("digits/brave-otter-7").series("train/loss").envelope()
    assert {name: values.tolist() for name, values in found.items()} == {"step": [0, 2, 4], "value": [3.0, 1.0, 0.5]}
    over_time = lab.run("digits/brave-otter-7").series("train/loss").envelope(x="time")
    assert list(over_time) == ["time", "value"]
    assert over_time["value"].tolist() == [3.0, 1.0, 0.5]


def test_records_come_back_decoded(lab: Lab) -> None:
    run = lab.run("digits/brave-otter-7")
    known = [(r.step, r.time, r.kind, r.meta, r.size, r.value, r.data) for r in run.records("notes")]
    assert known == [
        (0, 1.0, "text", {}, 5, "gelé", "gelé".encode()),
        (4, 2.0, "text", {"lang": "fr"}, 4, "deux", b"deux"),
    ]
    assert [record.value for record in run.records("facts")] == [{"a": [1, None]}]
    assert [record.step for record in run.records("notes", first=1)] == [4]
    assert [record.step for record in run.records("notes", last=3)] == [0]
    assert [record.step for record in run.records("notes", every=2)] == [0]


def test_the_console_is_read_whole_or_searched(lab: Lab) -> None:
    run = lab.run("digits/brave-otter-7")
    console = run.console()
    assert (len(console), console.first_error, console.open) == (10_502, 10_500, [])
    assert str(console) == "\n".join([*(f"step {n}" for n in range(10_500)), "ValueError: no", "… 3 lines left out"])
    assert console.tail(2) == [
        ConsoleEntry(10_500, 2.0, "err", "\x1b[31mValueError\x1b[0m: no"),
        ConsoleEntry(10_501, 3.0, "gnomon", "… 3 lines left out"),
    ]
    assert [line.n for line in run.console("STEP 77", case=False)] == [77, *range(770, 780), *range(7700, 7800)]
    assert [line.n for line in run.console("^step 7{4}$", regex=True, case=True)] == [7777]
    assert [line.text for line in run.console(stream="err")] == ["\x1b[31mValueError\x1b[0m: no"]
    assert repr(run.console("nowhere")) == f"<console of run {run.id}: 0 of 10502 lines>"
    assert str(lab.run("third/twin").console()) == ""
    with pytest.raises(InputError, match="stream: expected out or err"):
        run.console(stream="stderr")
    with pytest.raises(InputError, match="does not compile"):
        list(run.console("(", regex=True))


def test_what_is_not_there_is_said(lab: Lab) -> None:
    run = lab.run("digits/brave-otter-7")
    with pytest.raises(NotFoundError):
        run.series("no such").numpy()
    with pytest.raises(NotFoundError, match='No records "no such" in this run'):
        list(run.records("no such"))
    with pytest.raises(NotFoundError):
        lab.delete(run_id(99))


def test_a_wrong_filter_points_at_the_character(lab: Lab) -> None:
    with pytest.raises(FilterError, match="expected a number, a text") as caught:
        lab.runs("digits", "config.lr <")
    assert (caught.value.position, caught.value.field) == (11, "where")
    with pytest.raises(FilterError, match='no run has the metric "train/los"\\. Nearest: "train/loss"'):
        lab.runs("digits", "metric.train/los < 1")


def test_a_wrong_order_or_column_names_the_field(lab: Lab) -> None:
    for given, field in (({"order": "lr"}, "order"), ({"columns": ["lr"]}, "columns")):
        with pytest.raises(InputError) as caught:
            lab.runs("digits", **given)  # type: ignore[arg-type]
        assert caught.value.field == field


def test_seeds_are_one_entry_of_the_leaderboard(lab: Lab) -> None:
    board = lab.leaderboard("seeds", "val/acc")
    assert (board.metric, board.goal) == ("val/acc", "max")
    assert [(e.rank, e.label, e.n, e.missing, round(e.mean, 4), e.tied) for e in board.entries] == [
        (1, "lr 0.1", 4, 0, 0.8015, True),
        (2, "lr 0.5", 4, 1, 0.4015, False),
    ]
    assert board.entries[0].runs == tuple(run_id(n) for n in (10, 11, 12, 13))
    low, high = board.entries[0].interval or (0.0, 0.0)
    assert (round(low, 5), round(high, 5)) == (0.79945, 0.80355)


def test_a_leaderboard_goes_by_another_statistic_goal_and_grouping(lab: Lab) -> None:
    board = lab.leaderboard("seeds", "val/acc.min", "min", "config.seed", where="config.seed < 9")
    assert [(e.label, e.n, e.mean) for e in board.entries] == [(f"seed {n}", 2, 0.1) for n in range(4)]
    with pytest.raises(InputError, match="goal: expected max or min"):
        lab.leaderboard("seeds", "val/acc", "best")  # type: ignore[arg-type]


def test_the_doctor_says_how_the_store_is(lab: Lab) -> None:
    found = lab.doctor()
    assert found["facts"]["runs"] == 16
    assert found["troubles"] == []


def test_a_folder_that_a_server_owns_is_read_through_it(served: tuple[str, Path]) -> None:
    url, path = served
    with gnomon.connect(home=path) as lab:
        assert (lab.url, lab.run("brave-otter-7").id) == (url, run_id(1))


def test_the_environment_names_the_server(
    served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("GNOMON_URL", served[0])
    with gnomon.connect() as lab:
        assert lab.url == served[0]
    with gnomon.connect(home=home) as lab:  # what is given wins over the environment
        assert (lab.url, lab.projects()) == (None, [])


def test_a_deleted_run_is_gone(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with gnomon.connect(home=tmp_path / "copy") as lab:
        lab.delete(run_id(6))
        assert lab.run("twin").id == run_id(7)
        with pytest.raises(NotFoundError):
            lab.run(run_id(6))


def test_journals_that_nobody_has_stored_are_stored_first(home: Path) -> None:
    writer, run = "0" * 12, run_id(1)
    opened = journal.Open(run=run, project="p", writer=writer, name="offline", us=1)
    layout = journal.Layout(0, 1)
    path = home / "journal" / run / f"{writer}.j"
    path.parent.mkdir(parents=True)
    path.write_bytes(
        journal.encode(journal.OPEN, opened)
        + journal.encode(journal.KEYS, 0, ["loss"])
        + b"".join(layout.record(step, step, [step / 2]) for step in range(5))
        + journal.encode(journal.CLOSE, 9, "finished", None)
    )
    with gnomon.connect() as lab:
        found = lab.run("p/offline")
        assert (found.state, found.last_step) == ("finished", 4)
        assert found.series("loss").numpy()["value"].tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_a_folder_in_use_by_a_process_that_serves_nothing_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gnomon.sdk.lab._WAIT_S", 0.0)
    with Home.open(home), pytest.raises(LockedError, match="owns this folder"):
        gnomon.connect(home=home)


def test_a_folder_is_opened_once_for_all_labs_of_a_process(home: Path) -> None:
    gnomon.init("p", name="first").finish()
    lab = gnomon.connect()
    gnomon.init("p", name="second").finish()
    again = gnomon.connect()  # the cell is run again, while the lab of the last time is still there
    assert sorted(run.name for run in again.runs("p")) == ["first", "second"]
    lab.close()
    lab.close()
    assert again.run("p/second").state == "finished"
    again.close()
    with Home.open(home):
        pass


def test_a_server_that_is_not_there_is_named() -> None:
    with gnomon.connect("http://127.0.0.1:9") as lab, pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:9"):
        lab.projects()


def test_a_connection_that_the_server_closed_is_opened_again(served: tuple[str, Path]) -> None:
    backend = RemoteBackend(served[0])
    with Lab(backend) as lab:
        before = lab.projects()
        connection = backend._link._connection
        assert connection is not None
        connection.sock.shutdown(socket.SHUT_RDWR)
        assert lab.projects() == before


def test_several_threads_read_at_once(lab: Lab) -> None:
    def read(number: int) -> list[float]:
        return lab.run(f"seeds/s{10 + number % 8}").series("val/acc").numpy()["value"].tolist()

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(read, range(48)))
    assert found == [read(number) for number in range(8)] * 6


def test_a_server_with_a_token_wants_it(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with running(tmp_path / "copy", token="s3cret-of-16-characters") as url:
        with gnomon.connect(url) as lab, pytest.raises(UnavailableError, match="Set GNOMON_TOKEN"):
            lab.projects()
        monkeypatch.setenv("GNOMON_TOKEN", "s3cret-of-16-characters")
        for connected in (gnomon.connect(url), gnomon.connect(home=tmp_path / "copy")):
            with connected as lab:
                assert len(lab.projects()) == 5
                assert len(lab.run("brave-otter-7").series("train/loss").envelope()["step"]) == 3


def test_health_and_alerts_are_the_same_through_a_server(lab: Lab) -> None:
    found = next(iter(lab.runs("digits")))
    health = found.health()
    assert health.step == found.last_step
    assert {check.code for check in health.checks} >= {"nonfinite", "vanishing", "overfit"}
    assert found.health(0).step == 0
    assert found.alerts() == []
    with pytest.raises(InputError, match="until"):
        found.health(-1)
