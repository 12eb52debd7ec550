"""Files and folders are opened as what they are; what is no data says so."""

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gnomon.core.errors import CorruptError, GnomonError, InputError, LimitError, NotFoundError
from gnomon.models.datasets import text
from gnomon.models.datasets.column import Column
from gnomon.models.datasets.describing import proposed_name
from gnomon.models.datasets.source import open_data
from gnomon.models.datasets.split import Split

CSV = """name,age,smoker,seen,score,photo
Ann,31,yes,2026-01-03,0.5,a.png
Bo,,no,2026-01-01T12:00:00+02:00,0.25,b.png
Cy,27,yes,2026-01-02,NA,b.png
"""


def picture(path: Path, *size: int, ink: int = 9) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(size, ink, np.uint8)).save(path)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    picture(tmp_path / "a.png", 4, 6, ink=1)
    picture(tmp_path / "b.png", 4, 6, ink=2)
    (tmp_path / "people.csv").write_text(CSV)
    return tmp_path / "people.csv"


def test_columns_of_text_are_told_by_their_values(people: Path) -> None:
    table = open_data(people)
    assert {name: column.kind for name, column in table.columns.items()} == {
        "name": "text",
        "age": "number",
        "smoker": "category",
        "seen": "time",
        "score": "number",
        "photo": "image",
    }
    assert table.column("age") == Column("age", "number", "2 different numbers", (), (), 1, 27.0, 31.0, 29.0, 2.0)
    assert table.column("smoker").classes == ("no", "yes")
    assert table.codes("smoker").tolist() == [1, 0, 1]
    assert [part.tolist() for part in table.split(Split("time", (0.5, 0.5), column="seen"))] == [[1, 2], [0]]
    assert table.column("photo").shape == (4, 6, 1)
    assert table.values("photo", [2, 0])[:, 0, 0, 0].tolist() == [2, 1]


def test_the_type_of_a_column_is_yours_to_say(people: Path) -> None:
    table = open_data(people).retyped({"name": "category", "age": "category"})
    assert table.column("name").classes == ("Ann", "Bo", "Cy")
    assert table.column("age").classes == ("27", "31")
    assert table.codes("age").tolist() == [1, -1, 0]
    with pytest.raises(InputError, match=r"a column of time .* cannot be one of image"):
        table.retyped({"seen": "image"})
    with pytest.raises(InputError, match="expected a column of categories, received one of time"):
        table.codes("seen")
    with pytest.raises(NotFoundError, match="there is no 'weight' in people"):
        table.values("weight")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_told_apart_and_a_table_needs_no_head(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "\n".join(delimiter.join(row) for row in (("1.5", "a b"), ("2.5", "c, d" if delimiter != "," else "c")))
    )
    table = open_data(path)
    assert list(table.columns) == ["column1", "column2"]
    assert table.values("column1").tolist() == [1.5, 2.5]


def test_numbers_of_classes_are_categories_and_ages_are_not(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("digit,age\n" + "\n".join(f"{i % 10},{20 + i % 60}" for i in range(600)))
    assert [column.kind for column in open_data(path).columns.values()] == ["category", "number"]


def test_arrays_of_parts_are_one_column(tmp_path: Path) -> None:
    x, y = np.zeros((6, 8, 8), np.uint8), np.array([0, 1, 0, 1, 0, 1])
    np.savez(tmp_path / "d.npz", x_train=x[:4], y_train=y[:4], x_test=x[4:], y_test=y[4:])
    table = open_data(tmp_path / "d.npz")
    assert {name: (c.kind, c.shape) for name, c in table.columns.items()} == {
        "x": ("image", (8, 8)),
        "y": ("category", ()),
    }
    assert {part: rows.tolist() for part, rows in table.parts.items()} == {"train": [0, 1, 2, 3], "test": [4, 5]}
    np.save(tmp_path / "e.npy", np.zeros((5, 3), np.float32))
    assert open_data(tmp_path / "e.npy").column("e").kind == "array"


def idx(path: Path, array: np.ndarray, *, pack: bool = True, lie: int = 0) -> None:
    head = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(
        f">{array.ndim}I", array.shape[0] + lie, *array.shape[1:]
    )
    data = head + array.tobytes()
    path.write_bytes(gzip.compress(data) if pack else data)


def test_a_folder_of_idx_files_is_images_and_labels(tmp_path: Path) -> None:
    for part, n in (("train", 20), ("t10k", 10)):
        idx(tmp_path / f"{part}-images-idx3-ubyte.gz", np.full((n, 5, 5), n, np.uint8))
        idx(tmp_path / f"{part}-labels-idx1-ubyte", np.arange(n, dtype=np.uint8) % 5, pack=False)
    table = open_data(tmp_path)
    assert (table.rows, table.column("label").classes) == (30, ("0", "1", "2", "3", "4"))
    assert {part: (rows[0], rows[-1]) for part, rows in table.parts.items()} == {"train": (0, 19), "test": (20, 29)}
    assert table.values("image", table.parts["test"])[0, 0, 0] == 10


def test_folders_are_classes_and_parts(tmp_path: Path) -> None:
    for part, label, name in (("train", "cat", "1"), ("train", "dog", "2"), ("val", "cat", "3")):
        picture(tmp_path / part / label / f"{name}.png", 3, 5, 3)
    table = open_data(tmp_path)
    assert table.values("label").tolist() == ["cat", "dog", "cat"]
    assert {part: rows.tolist() for part, rows in table.parts.items()} == {"train": [0, 1], "validation": [2]}
    assert table.values("image").shape == (3, 3, 5, 3)


def test_pictures_stand_beside_their_masks(tmp_path: Path) -> None:
    for name in ("one", "two"):
        picture(tmp_path / "images" / f"{name}.jpg", 8, 8, 3)
        picture(tmp_path / "masks" / f"{name}.png", 8, 8)
    table = open_data(tmp_path)
    assert {name: column.kind for name, column in table.columns.items()} == {"image": "image", "mask": "mask"}
    assert [table.values(name).shape for name in table.columns] == [(2, 8, 8, 3), (2, 8, 8, 1)]
    (tmp_path / "masks" / "two.png").unlink()
    with pytest.raises(InputError, match=r"received one alone: two \(1 in all\)"):
        open_data(tmp_path)


def test_boxes_are_gathered_by_picture(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", 10, 12)
    picture(tmp_path / "b.png", 9, 12)
    (tmp_path / "boxes.csv").write_text(
        "image,category,X1,Y1,X2,Y2\na.png,cat,1,1,4,5\nb.png,dog,0,0,2,2\na.png,dog,2,2,9,9\n"
    )
    table = open_data(tmp_path / "boxes.csv")
    assert (table.rows, table.column("image").shape, table.column("category").classes) == (
        2,
        (None, 12, 1),
        ("cat", "dog"),
    )
    assert [boxes.tolist() for boxes in table.values("boxes")] == [[[1, 1, 4, 5], [2, 2, 9, 9]], [[0, 0, 2, 2]]]
    assert [codes.tolist() for codes in table.values("category")] == [[0, 1], [1]]
    (tmp_path / "boxes.csv").write_text("image,category,x1,y1,x2,y2\na.png,cat,4,1,4,5\n")
    with pytest.raises(InputError, match="expected x1 < x2 and y1 < y2 in row 2"):
        open_data(tmp_path / "boxes.csv")


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    frame = pa.table(
        {"id": [1.5, None, 3.5], "ok": [True, False, None], "word": ["a", "b", "a"], "vector": [[1, 2], [3, 4], [5, 6]]}
    )
    pq.write_table(frame, tmp_path / "t.parquet")
    table = open_data(tmp_path / "t.parquet")
    found = {name: (column.kind, column.missing) for name, column in table.columns.items()}
    assert found == {"id": ("number", 1), "ok": ("category", 1), "word": ("category", 0), "vector": ("array", 0)}
    assert table.codes("ok").tolist() == [1, 0, -1]


def write(name: str, data: bytes | str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return make


def pickled(folder: Path) -> Path:
    np.savez(folder / "d.npz", x=np.array([object()], object))
    return folder / "d.npz"


def uneven(folder: Path) -> Path:
    np.savez(folder / "d.npz", x=np.zeros((3, 2)), y=np.zeros(4))
    return folder / "d.npz"


def lying(folder: Path) -> Path:
    idx(folder / "train-images-idx3-ubyte.gz", np.zeros((2, 3, 3), np.uint8), lie=1)
    return folder


def outside(folder: Path) -> Path:
    (folder / "secret.png").write_bytes(b"")
    (folder / "in").mkdir()
    return write("t.csv", "photo,n\n../secret.png,1\n../secret.png,2\n")(folder / "in")


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (write("t.csv", ""), InputError, "received an empty file"),
        (write("t.csv", "a,b\n1,2\n3\n"), InputError, "expected 2 values in row 3, received 1"),
        (write("t.csv", b"\xff\xfea"), InputError, "expected UTF-8 text"),
        (write("t.npz", b"PK\x03\x04 no"), CorruptError, "expected a NumPy archive"),
        (
            write("t.xlsx", "x"),
            InputError,
            "expected csv, tsv, csv.gz, parquet, npz, npy or a folder, received 't.xlsx'",
        ),
        (lambda folder: folder / "nothing", NotFoundError, r"there is no .*nothing"),
        (lambda folder: folder, InputError, "expected pictures"),
        (pickled, InputError, "objects are never unpickled"),
        (uneven, InputError, "expected as many rows in every array"),
        (lying, CorruptError, "expected 27 bytes of 3×3×3, received 18"),
        (outside, InputError, "received one outside of it"),
    ],
)
def test_what_is_no_data_says_why(
    make: Callable[[Path], Path], kind: type[GnomonError], says: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=says):
        open_data(make(tmp_path))


def test_tables_that_say_they_are_too_large_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wide.csv").write_text(",".join(f"c{i}" for i in range(10_001)) + "\n" + ",".join("1" * 10_001) + "\n")
    with pytest.raises(LimitError, match="at most 10,000 columns and 500,000,000 values, received 10,001 columns of 1"):
        open_data(tmp_path / "wide.csv")
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("gnomon.models.datasets.table.MAX_CELLS", 100_000)
    monkeypatch.setattr(pq, "read_table", None)  # what its head says is enough
    pq.write_table(pa.table({"x": pa.array([0] * 200_000, pa.int8())}), tmp_path / "long.parquet")
    assert (tmp_path / "long.parquet").stat().st_size < 2_000, "a few bytes stand for many rows"
    with pytest.raises(LimitError, match="received 1 columns of 200,000 rows"):
        open_data(tmp_path / "long.parquet")


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs pipes with names")
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(InputError, match="received a pipe or a device"):
        open_data(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "b.png")
    with pytest.raises(InputError, match=r"b\.png: expected a file, received a folder, a pipe or a device"):
        open_data(tmp_path)


def test_a_packed_table_is_read_as_it_is_unpacked(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = people.with_name("people.csv.gz")
    packed.write_bytes(gzip.compress(people.read_bytes()))
    plain, found = open_data(people), open_data(packed)
    assert (found.columns, found.rows) == (plain.columns, plain.rows)
    assert proposed_name(str(packed)) == "people"
    packed.write_bytes(gzip.compress(people.read_bytes())[:-9])
    with pytest.raises(InputError, match="expected UTF-8 text of rows and columns"):
        open_data(packed)
    packed.write_bytes(gzip.compress(b"a,b\n" * 100))
    monkeypatch.setattr(text, "MAX_UNPACKED", 99)
    with pytest.raises(LimitError, match="when it is unpacked"):
        open_data(packed)
