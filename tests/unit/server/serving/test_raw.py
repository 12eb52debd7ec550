"""What callers send becomes what training got of the same rows, bit by bit; what cannot is refused with the reason."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.unit.models.datasets import samples
from tests.unit.models.datasets.test_prepared import make

from gnomon.core.errors import GnomonError, InputError
from gnomon.graph.document import Graph, decode
from gnomon.models.datasets.binding import bind
from gnomon.models.datasets.prepared import Prepared
from gnomon.models.registry.record import Port
from gnomon.models.registry.trained import signature_of
from gnomon.server.serving.brought import read_brought
from gnomon.server.serving.raw import DataReader, PlainReader, Ready

JSON = "application/json"
EVERY = slice(None)


def graph(inputs: dict[str, dict[str, Any]], data: dict[str, Any] | None = None) -> Graph:
    """Return a graph with inputs and nothing behind them."""
    nodes = [{"id": name, "type": each.pop("type"), "params": each} for name, each in inputs.items()]
    document = {"format": "graph/1", "name": "m", "target": "torch", "nodes": nodes, "edges": [], "data": data or {}}
    return decode(json.dumps(document).encode())


def reader(data: Prepared, model: Graph) -> DataReader:
    return DataReader(data.spec, model, signature_of(model, data.spec).inputs)


def sent(found: DataReader | PlainReader, **body: Any) -> Ready:
    return found.read(read_brought(JSON, json.dumps(body).encode()))


def npy(values: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def png(values: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def visits(tmp_path: Path) -> Prepared:
    return make(
        samples.table(tmp_path),
        target="outcome",
        inputs=["age", "town", "day", "note"],
        transforms={
            "age": {"normalise": "standard"},
            "day": {"normalise": "minmax"},
            "note": {"vocabulary": 20, "length": 6},
        },
        types={"note": "text"},
    )


VISITS: dict[str, dict[str, Any]] = {
    "age": {"type": "core/numeric_input@1", "columns": 1},
    "town": {"type": "core/category_input@1", "categories": 4},
    "day": {"type": "core/numeric_input@1", "columns": 1},
    "note": {"type": "core/text_input@1", "length": 6, "vocabulary": 20},
}
BOUND = {"inputs": {name: name for name in VISITS}}


def visits_model() -> Graph:
    return graph({name: dict(each) for name, each in VISITS.items()}, BOUND)


def visits_rows(data: Prepared) -> list[dict[str, Any]]:
    rows = data.rows("train")
    age, town, note = (data.table.values(name, rows) for name in ("age", "town", "note"))
    day = [str(np.datetime64(int(us), "us"))[:10] for us in data.table.values("day", rows)]
    found = zip(age.tolist(), town.tolist(), day, note.tolist(), strict=True)
    return [{"age": None if a != a else a, "town": t, "day": d, "note": n} for a, t, d, n in found]  # noqa: PLR0124


def test_rows_of_a_table_arrive_as_training_got_them(visits: Prepared) -> None:
    model = visits_model()
    expected, _ = bind(model, visits).batch("train", EVERY)
    rows = visits_rows(visits)
    by_row = sent(reader(visits, model), rows=rows)
    by_column = sent(reader(visits, model), inputs={name: [row[name] for row in rows] for name in rows[0]})
    for ready in (by_row, by_column):
        assert (ready.rows, ready.is_single) == (len(rows), False)
        assert ready.inputs.keys() == expected.keys()
        for name, array in expected.items():
            assert ready.inputs[name].dtype == array.dtype
            np.testing.assert_array_equal(ready.inputs[name], array)
    assert any(row["age"] is None for row in rows)
    assert any(row["town"] is None for row in rows)


def test_several_columns_of_one_input_are_sent_by_their_names_or_as_an_array(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rng = np.random.default_rng(0)
    numbers = rng.normal(3, 2, (60, 3)).round(3)
    lines = [",".join([*map(str, row), str(row.sum())]) for row in numbers.tolist() for row in [np.array(row)]]
    path.write_text("a,b,c,y\n" + "\n".join(lines) + "\n")
    data = make(path, target="y", inputs=["a", "b", "c"], transforms={"b": {"normalise": "standard"}})
    model = graph({"x": {"type": "core/numeric_input@1", "columns": 3}})
    expected, _ = bind(model, data).batch("train", EVERY)
    raw = numbers[data.rows("train")]
    found = reader(data, model)
    rows = [dict(zip("abc", row, strict=True)) for row in raw.tolist()]
    for ready in (sent(found, rows=rows), sent(found, inputs=raw.tolist()), sent(found, inputs={"x": raw.tolist()})):
        np.testing.assert_array_equal(ready.inputs["x"], expected["x"])
    one = sent(found, inputs=raw[0].tolist())
    assert (one.rows, one.is_single) == (1, True)
    np.testing.assert_array_equal(one.inputs["x"], expected["x"][:1])


@pytest.mark.parametrize("how", [{"normalise": "scale"}, {"normalise": "standard", "grey": True, "resize": [6, 8]}])
def test_pictures_are_resized_greyed_and_normalised_as_in_training(tmp_path: Path, how: dict[str, Any]) -> None:
    data = make(samples.photos(tmp_path), transforms={"image": how})
    height, width = how.get("resize", (12, 10))
    shape = {"height": height, "width": width, "channels": 1 if how.get("grey") else 3}
    model = graph({"image": {"type": "core/image_input@1", **shape}})
    expected, _ = bind(model, data).batch("test", EVERY)
    files = [data.table.files["image"].file(int(row)) for row in data.rows("test")]
    found = reader(data, model)
    uris = ["data:image/png;base64," + base64.b64encode(each or b"").decode() for each in files]
    np.testing.assert_array_equal(sent(found, inputs={"image": uris}).inputs["image"], expected["image"])
    alone = found.read(read_brought("image/png", files[0] or b""))
    assert alone.is_single
    np.testing.assert_array_equal(alone.inputs["image"], expected["image"][:1])
    pixels = data.table.values("image", data.rows("test"))
    for ready in (found.read(read_brought("application/x-npy", npy(pixels))), sent(found, inputs=pixels.tolist())):
        np.testing.assert_array_equal(ready.inputs["image"], expected["image"])


def test_texts_of_the_one_input_need_no_name(visits: Prepared) -> None:
    spec = visits.spec
    data = make(
        spec.path, target="outcome", inputs=["note"], transforms={"note": {"length": 6}}, types={"note": "text"}
    )
    model = graph({"note": {"type": "core/text_input@1", "length": 6}})
    expected, _ = bind(model, data).batch("train", slice(0, 5))
    texts = data.table.values("note", data.rows("train")[:5]).tolist()
    np.testing.assert_array_equal(sent(reader(data, model), inputs=texts).inputs["note"], expected["note"])


def test_a_picture_of_another_size_is_brought_to_that_of_the_model(tmp_path: Path) -> None:
    data = make(samples.photos(tmp_path), transforms={"image": {"normalise": "scale"}})
    found = reader(data, graph({"image": {"type": "core/image_input@1", "height": 12, "width": 10, "channels": 3}}))
    large = found.read(read_brought("image/png", png(np.full((300, 200), 51, np.uint8))))
    np.testing.assert_allclose(large.inputs["image"], np.full((1, 12, 10, 3), 0.2), rtol=1e-6)


def test_ink_of_a_file_is_brought_to_the_range_of_data_that_were_arrays() -> None:
    data = make("gnomon:digits", transforms={"image": {"normalise": "scale", "range": [0, 16]}})
    model = graph({"image": {"type": "core/image_input@1", "height": 8, "width": 8, "channels": 1}})
    expected, _ = bind(model, data).batch("test", slice(0, 9))
    pixels = data.table.values("image", data.rows("test")[:9])
    found = reader(data, model)
    np.testing.assert_array_equal(sent(found, inputs=pixels.tolist()).inputs["image"], expected["image"])
    drawn = found.read(read_brought("image/png", png((pixels[0].astype(float) * 255 / 16).round().astype(np.uint8))))
    np.testing.assert_array_equal(drawn.inputs["image"], expected["image"][:1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"town": 10**400}, "expected one of Bern, Graz, Ulm"),
        ({"age": 10**400}, "age: expected a finite number"),
        ({"town": "Rome"}, "expected one of Bern, Graz, Ulm, received 'Rome' in row 0"),
        ({"age": "old"}, "age: expected a finite number, or null"),
        ({"age": [1]}, "age: expected a finite number"),
        ({"day": "yesterday"}, "day: expected a time"),
        ({"note": 3}, "note: expected a text"),
        ({"more": 1}, "there is no 'more'. This model takes age, town, day, note"),
        ({"age": ...}, "age is missing"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_name(visits: Prepared, change: dict[str, Any], said: str) -> None:
    row = {k: v for k, v in (visits_rows(visits)[0] | change).items() if v is not ...}
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        sent(reader(visits, visits_model()), rows=[row])


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (JSON, b"{", "expected JSON"),
        (JSON, b"{}", "expected one of `image`, `inputs` and `rows`"),
        (JSON, b'{"rows": []}', "at least one row"),
        (JSON, b'{"rows": [{"a": 1}, {"b": 2}]}', r"rows\[0\].b: expected a value in every row"),
        (JSON, b'{"inputs": {"a": [1, 2], "b": [1]}}', "as many values of each name"),
        (JSON, b'{"inputs": [[1], [2, 3]]}', "rows of one length"),
        (JSON, b'{"image": "data:image/png;base64,bm8="}', "expected a whole picture"),
        ("image/png", b"\x89PNG\r\n\x1a\n", "expected a whole picture"),
        ("application/x-npy", npy(np.zeros((2, 5, 5, 3))), "expected 12×10×3 in each row, received 5×5×3"),
        ("application/x-npy", npy(np.full((1, 12, 10, 3), np.nan)), "expected finite numbers"),
        ("application/x-npy", npy(np.full((1, 12, 10, 3), 0.5)), "expected whole numbers from 0 to 255"),
        ("application/x-npy", npy(np.zeros((0, 12, 10, 3))), "expected 1 to 10,000 rows"),
        ("application/x-npy", npy(np.zeros(3)), "expected 12×10×3, or rows of that, received 3"),
        ("application/x-npy", npy(np.zeros((2, 12, 10, 3)))[:-8], "whole .npy"),
        ("text/html", b"x", "Content-Type: expected"),
        ("multipart/form-data; boundary=b", b"--b--", "expected a form"),
    ],
)
def test_what_is_no_request_is_refused(tmp_path: Path, kind: str, body: bytes, said: str) -> None:
    data = make(samples.photos(tmp_path), transforms={"image": {"normalise": "scale"}})
    found = reader(data, graph({"image": {"type": "core/image_input@1", "height": 12, "width": 10, "channels": 3}}))
    with pytest.raises(GnomonError, match=said):
        found.read(read_brought(kind, body))


def test_a_picture_that_unpacks_to_more_than_memory_is_not_unpacked(tmp_path: Path) -> None:
    data = make(samples.photos(tmp_path), transforms={"image": {"normalise": "scale"}})
    found = reader(data, graph({"image": {"type": "core/image_input@1", "height": 12, "width": 10, "channels": 3}}))
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    with pytest.raises(GnomonError, match="at most 16,777,216 pixels"):
        found.read(read_brought("image/png", file.getvalue()))


def test_a_model_that_does_not_know_its_data_takes_arrays_as_they_are() -> None:
    found = PlainReader([Port("x", (2, None)), Port("n", (), "int64")])
    ready = sent(found, inputs={"x": [[[1, 2, 3], [4, 5, 6]]], "n": [7]})
    assert (ready.inputs["x"].dtype, ready.inputs["x"].shape, ready.inputs["n"].dtype) == (
        np.float32,
        (1, 2, 3),
        np.int64,
    )
    with pytest.raises(InputError, match="this model takes x, n"):
        sent(found, inputs=[1, 2])
    with pytest.raises(InputError, match="does not know how its pictures are prepared"):
        PlainReader([Port("x", (4,))]).read(read_brought("image/png", b""))
    for whole in ([1.5], [1e30], [None]):
        with pytest.raises(InputError, match="expected whole numbers of 64 bits"):
            sent(PlainReader([Port("n", (), "int64")]), inputs=whole if whole[0] else {"n": whole})
    with pytest.raises(InputError, match="one too large for the model"):
        sent(PlainReader([Port("x", (1,))]), inputs=[1e300])
