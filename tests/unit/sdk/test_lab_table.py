"""Many runs read and changed in Python: the same from a folder and through a server; every test runs on both."""

import csv
import io
import math
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import gnomon
from gnomon.core import journal
from gnomon.core.batch import Batch, Frame
from gnomon.core.errors import ConflictError, FilterError, InputError, MissingExtraError, UnavailableError
from gnomon.sdk.lab import Lab
from gnomon.sdk.lab_remote import RemoteBackend
from gnomon.store.aggregate import Aggregate
from gnomon.store.home import Home

from .test_lab import running


def batch(number: int, name: str, metrics: dict[str, list[float]], **fields: Any) -> Batch:
    opened = journal.Open(
        run=f"{number:020d}", project="p", writer="w" * 12, name=name, us=number * 1_000_000, **fields
    )
    frames = tuple(
        Frame((key,), np.arange(len(values)), np.arange(len(values)), np.array([values]))
        for key, values in metrics.items()
    )
    return Batch(opened.run, opened.writer, 0, 10, frames, {}, opened)


BATCHES = [
    batch(1, "a1", {"loss": [3.0, 1.0], "acc": [0.1, 0.5]}, config={"lr": 0.1, "model": "mlp", "seed": 1}, tags=["x"]),
    batch(2, "a2", {"loss": [2.0, 4.0], "acc": [0.2, 0.9]}, config={"lr": 0.1, "model": "mlp", "seed": 2}),
    batch(3, "b1", {"loss": [math.nan], "system/cpu": [0.5]}, config={"lr": "auto", "model": "=cmd()", "seed": 1}),
    batch(4, "b2", {}, config={"lr": "auto", "model": "cnn", "seed": 2}),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "home"
    with Home.open(path) as home:
        for done in home.submit(BATCHES):
            done.result()
    return path


@pytest.fixture(scope="module")
def readable(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Lab]]:
    """One lab for each way of reading, for all tests that change nothing."""
    copy = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(template, copy)
    with running(copy) as url, gnomon.connect(url) as remote, gnomon.connect(home=template) as local:
        yield {"folder": local, "server": remote}


@pytest.fixture(params=["folder", "server"])
def lab(request: pytest.FixtureRequest, readable: dict[str, Lab]) -> Lab:
    return readable[request.param]


@pytest.fixture(params=["folder", "server"])
def changeable(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Lab]:
    copy = tmp_path / "copy"
    shutil.copytree(template, copy)
    if request.param == "folder":
        with gnomon.connect(home=copy) as lab:
            yield lab
    else:
        with running(copy) as url, gnomon.connect(url) as lab:
            yield lab


def names(lab: Lab, where: str = "", **more: Any) -> list[str]:
    return [run.name for run in lab.runs("p", where, "name", **more)]


def test_groups_of_runs_say_what_they_have_in_common(lab: Lab) -> None:
    runs = lab.runs("p", columns=["config.lr", "metric.loss", "config.model"], limit=1)
    groups = runs.group_by("config.lr", order="-n")
    assert (len(groups), groups.total, groups.matched) == (2, 2, 4)
    first, second = groups
    assert (first.key, first.n, first.where) == ({"config.lr": 0.1}, 2, "config.lr = 0.1")
    assert first.values == {  # noqa: PD011
        "metric.loss": Aggregate(2, 0, 0, 2.5, 1.0, 4.0, pytest.approx(4.5**0.5), None, True),  # type: ignore[arg-type]
        "config.model": Aggregate(0, 0, 2, None, None, None, None, "mlp", False),
    }
    assert second.values["metric.loss"] == Aggregate(  # noqa: PD011
        0, 1, 0, None, None, None, None, pytest.approx(math.nan, nan_ok=True), False
    )
    assert [names(lab, group.where) for group in groups] == [["a1", "a2"], ["b1", "b2"]]
    assert repr(groups) == "<2 of 2 groups of 4 runs by config.lr>"
    assert [group.key for group in groups[1:]] == [second.key]


def test_groups_become_frames(lab: Lab, tmp_path: Path) -> None:
    runs = lab.runs("p", "config.model != cnn")
    groups = runs.group_by("config.lr", "config.seed", columns=["metric.loss"], aggregates=["mean", "max"], limit=2)
    rows = [
        {"config.lr": 0.1, "config.seed": 1.0, "n": 1, "mean(metric.loss)": 1.0, "max(metric.loss)": 1.0},
        {"config.lr": 0.1, "config.seed": 2.0, "n": 1, "mean(metric.loss)": 4.0, "max(metric.loss)": 4.0},
    ]
    assert groups.to_dicts() == rows
    assert (len(groups), groups.total) == (2, 3)
    assert groups.to_pandas().to_dict("records") == rows
    assert groups.to_polars().to_dicts() == rows
    groups.to_csv(tmp_path / "groups.csv")
    assert pd.read_csv(tmp_path / "groups.csv").to_dict("records") == rows
    assert groups.to_csv() == (tmp_path / "groups.csv").read_bytes().decode()
    with pytest.raises(InputError, match="order") as caught:
        runs.group_by("config.lr", order="loss")
    assert caught.value.field == "order"


def test_runs_become_tables_of_every_kind(lab: Lab, tmp_path: Path) -> None:
    columns = ["config.lr", "config.seed", "metric.loss", "metric.acc.at_min(loss)", "tag.x"]
    runs = lab.runs("p", order="name", columns=columns)
    table = runs.to_arrow()
    assert {name: str(table.schema.field(name).type) for name in ("created", "tags", *columns)} == {
        "created": "double", "tags": "list<item: string>", "config.lr": "string", "config.seed": "double",
        "metric.loss": "double", "metric.acc.at_min(loss)": "double", "tag.x": "bool",
    }  # fmt: skip
    assert table["metric.acc.at_min(loss)"].to_pylist() == [0.5, 0.2, None, None]
    assert table["config.lr"].to_pylist() == ["0.1", "0.1", "auto", "auto"]
    assert isinstance(table, pa.Table)
    assert runs.to_polars()["tag.x"].to_list() == [True, False, False, False]
    assert isinstance(runs.to_polars(), pl.DataFrame)
    rows = list(csv.DictReader(io.StringIO(runs.to_csv(), newline="")))
    assert [(row["name"], row["config.lr"], row["metric.loss"]) for row in rows] == [
        ("a1", "0.1", "1"), ("a2", "0.1", "4"), ("b1", "auto", "NaN"), ("b2", "auto", ""),
    ]  # fmt: skip
    runs.to_csv(tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_bytes().decode() == runs.to_csv()
    runs.to_parquet(tmp_path / "runs.parquet")
    assert parquet.read_table(tmp_path / "runs.parquet")["created"].to_pylist()[0].timestamp() == 1.0


def test_an_export_is_what_the_list_would_write(lab: Lab, tmp_path: Path) -> None:
    columns = ["config.model", "metric.*"]
    lab.export(tmp_path / "runs.csv", "p", "metric.loss > 0", "name", columns)
    written = (tmp_path / "runs.csv").read_bytes().decode()
    assert written == lab.runs("p", "metric.loss > 0", "name", columns).to_csv()
    assert written.splitlines()[0].endswith("config.model,metric.acc,metric.loss")
    lab.export(tmp_path / "all.json", "p", fields=["name"])
    assert '"config.model":"=cmd()"' in (tmp_path / "all.json").read_text()
    lab.export(tmp_path / "odd", "p", columns=["metric.system/*"], form="parquet")
    assert parquet.read_table(tmp_path / "odd").column_names[-1] == "metric.system/cpu"
    with pytest.raises(InputError, match="form") as caught:
        lab.export(tmp_path / "runs.xlsx", "p")
    assert caught.value.field == "form"
    with pytest.raises(FilterError) as wrong:
        lab.export(tmp_path / "never.csv", "p", "config.lr >")
    assert (wrong.value.position, lab.runs("p").matched) == (11, 4)


def test_values_and_completion_are_those_of_the_search_box(lab: Lab) -> None:
    found = lab.values("config.lr", "p")
    assert (found.values, found.distinct, found.low) == ([(0.1, 2), ("auto", 2)], 2, 0.1)  # noqa: PD011
    assert lab.values("config.model", "p", "b1 or b2", prefix="C").values == [("cnn", 1)]  # noqa: PD011
    assert lab.values("tags").values == [("x", 1)]  # noqa: PD011
    done = lab.complete("config.mo", project="p")
    assert (done.start, done.end, done.options[0].text) == (0, 9, "config.model")
    assert lab.complete("config.lr = ", 12, "p", 1).options[0].text == "0.1"


def test_archived_runs_are_left_out_until_asked_for_and_come_back(changeable: Lab) -> None:
    lab = changeable
    done = lab.change_runs("p", "config.lr = auto", archived=True, tags_add=["old"], group="g")
    assert (done.matched, done.changed) == (2, 2)
    assert names(lab) == ["a1", "a2"]
    assert names(lab, archived=True) == ["a1", "a2", "b1", "b2"]
    assert names(lab, "tag.old and archived = true and group = g") == ["b1", "b2"]
    assert lab.run("p/b1").id == f"{3:020d}"
    groups = lab.runs("p", archived=True).group_by("config.model")
    assert ([group.n for group in groups], lab.runs("p").group_by("config.model").matched) == ([1, 1, 2], 2)
    again = done.undo()
    assert again.changed == 2
    assert (names(lab), names(lab, "tag.old")) == (["a1", "a2", "b1", "b2"], [])
    assert again.undo().changed == 2
    assert lab.change_runs(ids=[f"{3:020d}", "nobody"], archived=False, group=None).changed == 1
    assert names(lab) == ["a1", "a2", "b1"]
    with pytest.raises(InputError, match="where"):
        lab.change_runs("p", archived=True)


def test_runs_are_deleted_only_when_they_are_as_many_as_expected(changeable: Lab) -> None:
    lab = changeable
    with pytest.raises(ConflictError, match="3 runs were expected, 2 match now"):
        lab.delete_runs("p", "config.lr = auto", expected=3)
    gone = lab.delete_runs("p", "config.lr = auto", expected=2)
    assert (gone.deleted, names(lab)) == (2, ["a1", "a2"])
    assert lab.delete_runs(ids=[f"{1:020d}"], expected=1).deleted == 1


def test_libraries_that_are_not_installed_are_named_and_leave_no_file(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs = lab.runs("p")
    groups = runs.group_by("config.lr")
    never = tmp_path / "never.parquet"
    for name in ("pandas", "polars", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    for call in (runs.to_arrow, groups.to_pandas, groups.to_polars, lambda: runs.to_parquet(never)):
        with pytest.raises(MissingExtraError, match="nstall"):
            call()
    assert not never.exists()


def test_an_export_that_fails_leaves_no_file_behind(lab: Lab, tmp_path: Path) -> None:
    away = Lab(RemoteBackend("http://127.0.0.1:9", timeout_s=1))
    with pytest.raises(UnavailableError, match=r"cannot be reached|broke off"):
        away.export(tmp_path / "away.csv", columns=["config.lr"])
    with pytest.raises(FilterError):
        lab.export(tmp_path / "wrong.csv", "p", "config.lr >")
    assert list(tmp_path.iterdir()) == []
