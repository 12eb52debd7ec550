import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from gnomon.cli.main import cli
from gnomon.cli.query_output import _first
from gnomon.core.batch import Batch, Frame, Item, Object
from gnomon.core.errors import StoreError
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.core.records.registry import encode
from gnomon.sdk.lab_backend import SlicePart
from gnomon.store.home import Home

Ask = Callable[..., Result]
SECOND = 1_000_000


def weights(step: int) -> np.ndarray:
    return (np.arange(6, dtype=np.float32) / 3 + step).reshape(2, 3)


def logged(key: str, step: int, value: object) -> Object:
    encoded = encode(value)
    assert encoded is not None
    assert not isinstance(encoded.data, Path)
    return Object(key, encoded.kind, step, SECOND, encoded.meta, bytes(encoded.data))


@pytest.fixture
def ask(home: Path) -> Ask:
    step = np.arange(3, dtype=np.int64)
    values = np.array([[0.1, np.nan, 1 / 3]])
    items: list[Item] = [Frame(("loss",), step, SECOND + step, values)]
    items += [logged("w", s, weights(s)) for s in range(5)]
    items += [logged("note", 1, "fine\nso far"), logged("big", 0, np.zeros((20, 20)))]
    items += [logged("wave", 0, np.array([1 + 2j, 0j]))]
    opened = Open(run=run_id(), project="p", writer="w" * 12, name="one", us=SECOND)
    with Home.open(home) as opened_home:
        opened_home.submit([Batch(opened.run, opened.writer, 0, 1, tuple(items), opened=opened)])[0].result()
    return lambda *words: CliRunner().invoke(cli, ["query", "one", *words])


def test_slices_are_written_as_arrays(ask: Ask, tmp_path: Path) -> None:
    npy, npz = tmp_path / "w.npy", tmp_path / "w.npz"
    assert ask("w", "--slice", ":,::2", "--every", "2", "--out", str(npy)).exit_code == 0
    expected = np.stack([weights(s)[:, ::2] for s in (0, 2, 4)])
    found = np.load(npy, allow_pickle=False)
    assert (found.dtype, found.tolist()) == (np.float32, expected.tolist())
    assert ask("w", "--first", "1", "--last", "2", "--out", str(npz)).exit_code == 0
    with np.load(npz, allow_pickle=False) as archive:
        assert (archive["step"].tolist(), archive["value"].tolist()) == (
            [1, 2],
            [weights(1).tolist(), weights(2).tolist()],
        )
    assert sorted(path.name for path in tmp_path.glob("w.*")) == ["w.npy", "w.npz"]


def test_a_series_is_written_as_arrays_and_as_parquet(ask: Ask, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "loss.parquet"
    assert ask("loss", "--out", str(out)).exit_code == 0
    table = pq.read_table(out)
    assert (table.column_names, table["step"].to_pylist()) == (["step", "time", "value"], [0, 1, 2])
    np.testing.assert_array_equal(table["value"].to_numpy(), [0.1, np.nan, 1 / 3])
    assert ask("w", "--out", str(out)).exit_code == 0
    assert pq.read_table(out)["value"].to_pylist() == [weights(s).tolist() for s in range(5)]
    data = ask("loss", "--format", "npy").stdout_bytes
    np.testing.assert_array_equal(np.load(io.BytesIO(data), allow_pickle=False), [0.1, np.nan, 1 / 3])


def test_slices_are_printed_as_csv_json_and_a_table(ask: Ask) -> None:
    rows = list(csv.reader(io.StringIO(ask("w", "--slice", "0,:2", "--last", "1", "--csv").stdout)))
    assert rows[0] == ["step", "time", "value[0]", "value[1]"]
    assert [[float(cell) for cell in row] for row in rows[1:]] == [
        [s, 1.0, *map(float, weights(s)[0, :2].tolist())] for s in (0, 1)
    ]
    found = json.loads(ask("w", "--slice", "1", "--last", "1", "--json").stdout)
    assert found == {"step": [0, 1], "time": [1.0, 1.0], "value": [weights(0)[1].tolist(), weights(1)[1].tolist()]}
    lines = ask("w", "--slice", "0,0").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["step", "0", "1", "2", "3", "4"]
    assert "20 × 20 float64, 0 to 0, mean 0" in ask("big", "--slice", ":").stdout


def test_complex_numbers_are_printed_as_python_reads_them(ask: Ask) -> None:
    assert json.loads(ask("wave", "--slice", ":", "--json").stdout)["value"] == [["(1+2j)", "0j"]]
    assert ask("wave", "--csv").stdout.splitlines()[1] == "0,1.000000,(1+2j),0j"


def test_records_that_come_while_a_file_is_written_are_left_out_of_it() -> None:
    parts = [SlicePart(np.arange(n), np.zeros(n), np.ones((n, 2))) for n in (2, 3)]
    assert [part.value.shape for part in _first(iter(parts), 4)] == [(2, 2), (2, 2)]
    assert [part.value.shape for part in _first(iter(parts), 2)] == [(2, 2)]
    with pytest.raises(StoreError, match="rewound"):
        list(_first(iter(parts), 6))


def test_records_without_a_slice_are_told_by_what_they_are(ask: Ask) -> None:
    lines = ask("w").stdout.splitlines()
    assert (len(lines), "float32" in lines[1]) == (6, True)
    assert "fine so far" in ask("note").stdout
    (row,) = json.loads(ask("note", "--json").stdout)["records"]
    assert (row["step"], row["kind"], row["value"]) == (1, "text", "fine\nso far")
    assert "value" not in json.loads(ask("w", "--json").stdout)["records"][0]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("los",), 1, 'Nearest: "loss"'),
        (("w", "--slice", "9"), 1, "outside an axis of length 2"),
        (("w", "--slice", "a"), 1, "expected indices such as 0,:,::2"),
        (("note", "--slice", "0"), 1, "holds no array"),
        (("loss", "--slice", "0"), 2, "--slice is for records"),
        (("loss", "--csv", "--format", "npy"), 2, "exclude each other"),
        (("loss", "--format", "xml"), 2, "is not one of"),
        (("w", "--first", "-1"), 2, "is not in the range"),
    ],
)
def test_what_cannot_be_asked_is_said(ask: Ask, words: tuple[str, ...], status: int, said: str) -> None:
    shown = ask(*words)
    assert said in shown.output + shown.stderr + str(shown.exception)
    assert shown.exit_code in {status, 1}


def test_a_file_that_could_not_be_written_whole_does_not_appear(ask: Ask, tmp_path: Path) -> None:
    out = tmp_path / "note.npy"
    assert ask("note", "--out", str(out)).exit_code != 0
    assert list(tmp_path.glob("note*")) == []


def test_no_steps_are_an_empty_answer(ask: Ask, tmp_path: Path) -> None:
    out = tmp_path / "none.npy"
    assert ask("w", "--first", "100", "--out", str(out)).exit_code == 0
    assert np.load(out, allow_pickle=False).shape == (0,)
    assert ask("w", "--first", "100", "--csv").stdout == "step,time,value\n"
