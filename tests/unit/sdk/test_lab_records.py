"""Records and slices read back, the same from a folder and from a server; every test here runs on both."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import gnomon
from gnomon.core.batch import Object, Rewind
from gnomon.core.errors import InputError, LimitError, MissingExtraError, NotFoundError, ShapeError
from gnomon.core.records.registry import encode
from gnomon.sdk.lab import Lab
from gnomon.sdk.lab_run import LabRun
from gnomon.store.home import Home

from .test_lab import SECOND, batch, points, running

STEPS = list(range(0, 1200, 10))
SHAPE = (3, 5)
LARGE = bytes(range(256)) * 5000


def weights(step: int) -> np.ndarray:
    return (np.arange(15, dtype=np.float32) + step).reshape(SHAPE)


def logged(key: str, step: int, value: object) -> Object:
    encoded = encode(value)
    assert encoded is not None
    assert not isinstance(encoded.data, Path)
    return Object(key, encoded.kind, step, SECOND + step, encoded.meta, bytes(encoded.data))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("records") / "home"
    items = [
        *(logged("w", step, weights(step)) for step in STEPS),
        logged("mixed", 0, np.zeros((2, 2))),
        logged("mixed", 1, np.zeros((2, 3))),
        logged("note", 7, "deux"),
        logged("facts", 7, {"a": [1, None]}),
        Object("model", "file", 9, SECOND, {"name": "m.bin"}, LARGE),
        Object("odd", "hologram", 9, SECOND, {"x": 1}, b"???"),
        Object("bf", "tensor", 0, SECOND, {"dtype": "bfloat16", "shape": [2]}, bytes([0x80, 0x3F, 0, 0xC0])),
        Object(".scripts/x.js", "file", 0, SECOND, {"name": "x.js"}, b"1"),
        points("loss", [1.0, 0.5]),
        Rewind(SECOND, 2000),
    ]
    with Home.open(path) as home:
        for done in home.submit([batch(1, "one", *items)]):
            done.result()
    return path


@pytest.fixture(scope="module", params=["folder", "server"])
def lab(request: pytest.FixtureRequest, folder: Path) -> Iterator[Lab]:
    if request.param == "server":
        with running(folder) as url, gnomon.connect(url) as lab:
            yield lab
    else:
        with gnomon.connect(home=folder) as lab:
            yield lab


@pytest.fixture
def run(lab: Lab) -> LabRun:
    return lab.run("digits/one")


def test_keys_name_records_by_their_kind_and_hide_what_is_hidden(run: LabRun) -> None:
    assert run.keys() == {
        "loss": "scalar", "bf": "tensor", "facts": "json", "mixed": "tensor", "model": "file", "note": "text",
        "odd": "hologram", "w": "tensor",
    }  # fmt: skip


def test_a_record_tells_what_is_known_and_reads_the_rest_when_asked(run: LabRun, tmp_path: Path) -> None:
    (model,) = run.records("model")
    assert (model.step, model.time, model.kind, model.meta) == (9, 1.0, "file", {"name": "m.bin"})
    assert (model.size, model.data, model.value) == (len(LARGE), LARGE, LARGE)
    assert model.save(tmp_path / "out.bin").read_bytes() == LARGE
    assert (run.records("note")[0].value, run.records("facts")[0].value) == ("deux", {"a": [1, None]})
    (odd,) = run.records("odd")
    assert (odd.value, repr(odd)) == (b"???", f"<hologram odd step 9: {odd.summary}>")
    array = run.records("w")[3].value
    assert (array.dtype, array.tolist()) == (np.float32, weights(30).tolist())


def test_records_are_chosen_by_step_and_stride(run: LabRun) -> None:
    assert [r.step for r in run.records("w")] == STEPS
    assert len(run.records("w", first=100, last=200)) == 11
    assert [r.step for r in run.records("w", first=95, last=200, every=5)] == [100, 150, 200]
    assert run.records("w")[-1].step == STEPS[-1]
    assert [r.step for r in run.records("w")[2:4]] == [20, 30]
    assert [r.step for r in run.records("w", first=5000)] == []


def test_a_part_of_an_array_is_read(run: LabRun) -> None:
    record = run.records("w")[4]
    for index in (np.s_[1], np.s_[:, ::2], np.s_[..., -1], np.s_[::-1, 1:3], np.s_[0, np.int64(2)]):
        found = record[index]
        assert found.tolist() == weights(40)[index].tolist(), index
    assert run.records("bf")[0][:].tolist() == [1.0, -2.0]
    for index in (3, np.s_[0, 0, 0], None, [0, 1], "x"):
        with pytest.raises(InputError):
            record[index]
    with pytest.raises(InputError, match="holds no array"):
        run.records("note")[0][0]


def test_slices_are_stacked_over_steps(run: LabRun) -> None:
    found = run.records("w", first=100, last=300, every=10).slice("0,:3").numpy()
    steps = [100, 200, 300]
    assert {name: values.dtype for name, values in found.items()} == {
        "step": np.int64,
        "time": np.float64,
        "value": np.float32,
    }
    assert (found["step"].tolist(), found["time"].tolist()) == (steps, [1 + s / 1e6 for s in steps])
    assert found["value"].tolist() == [weights(s)[0, :3].tolist() for s in steps]
    everything = run.records("w").slice().numpy()["value"]
    assert np.array_equal(everything, np.stack(list(map(weights, STEPS))))
    assert run.records("w", first=5000).slice(np.s_[0]).numpy()["value"].shape == (0,)


def test_what_does_not_stack_says_so(run: LabRun) -> None:
    with pytest.raises(ShapeError, match=r"at step 0 and .* at step 1"):
        run.records("mixed").slice().numpy()
    with pytest.raises(InputError, match="outside"):
        run.records("w").slice("3").numpy()
    with pytest.raises(NotFoundError, match='Nearest: "mixed"'):
        run.records("mixd").slice().numpy()


def test_slices_become_tables(run: LabRun) -> None:
    pytest.importorskip("pyarrow")
    pl, pd = pytest.importorskip("polars"), pytest.importorskip("pandas")
    slices = run.records("w", last=20).slice("0:2,:2")
    expected = [weights(s)[:2, :2].tolist() for s in (0, 10, 20)]
    assert slices.to_arrow()["value"].to_pylist() == expected
    frame = slices.to_polars()
    assert (frame.columns, frame["value"].to_list(), frame["value"].dtype) == (
        ["step", "time", "value"],
        expected,
        pl.Array(pl.Float32, (2, 2)),
    )
    table = slices.to_pandas()
    assert list(table.columns) == ["step", "time", "value[0,0]", "value[0,1]", "value[1,0]", "value[1,1]"]
    assert table["value[1,0]"].tolist() == [row[1][0] for row in expected]
    series = run.series("loss")
    assert series.to_arrow().column_names == ["step", "time", "value"]
    assert series.to_polars()["value"].to_list() == [1.0, 0.5]
    assert isinstance(series.to_pandas(), pd.DataFrame)


def test_slices_become_a_source_of_bokeh(run: LabRun) -> None:
    pytest.importorskip("bokeh")
    source = run.records("w", last=20).slice("0,0").to_bokeh()
    assert {name: list(values) for name, values in source.data.items()} == {
        "step": [0, 10, 20],
        "time": [1.0, 1.00001, 1.00002],
        "value": [0.0, 10.0, 20.0],
    }
    assert run.series("loss").to_bokeh().column_names == ["step", "time", "value"]


def test_a_library_that_is_missing_is_named(run: LabRun, monkeypatch: pytest.MonkeyPatch) -> None:
    slices = run.records("w", last=10).slice("0,0")
    for name, made in (
        ("pyarrow", slices.to_arrow),
        ("polars", slices.to_polars),
        ("pandas", slices.to_pandas),
        ("bokeh.models", slices.to_bokeh),
    ):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(MissingExtraError, match=re.compile(name.partition(".")[0], re.IGNORECASE)):
            made()


def test_a_table_of_too_many_columns_is_refused() -> None:
    from gnomon.sdk.lab_tables import spread

    with pytest.raises(LimitError, match="smaller slice"):
        spread({"value": np.zeros((1, 101, 100))})


def test_complex_numbers_and_axes_of_length_nothing_become_arrow() -> None:
    pytest.importorskip("pyarrow")
    from gnomon.sdk.lab_tables import to_arrow

    spiral = to_arrow({"value": np.array([[1 + 2j], [0j]])})["value"]
    assert spiral.to_pylist() == [[{"real": 1.0, "imag": 2.0}], [{"real": 0.0, "imag": 0.0}]]
    assert to_arrow({"value": np.zeros((2, 0, 3))})["value"].to_pylist() == [[], []]
