"""What a bundle makes of a request is, bit by bit, what gnomon makes of it; what gnomon refuses, it refuses."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from tests.unit.models.datasets import samples
from tests.unit.models.datasets.test_prepared import make
from tests.unit.server.serving.test_raw import JSON, graph, npy, png, visits_model, visits_rows

from gnomon.core.errors import GnomonError
from gnomon.graph.document import Graph
from gnomon.models.datasets.prepared import Prepared
from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.registry.record import Signature
from gnomon.models.registry.trained import signature_of
from gnomon.server.serving.brought import read_brought
from gnomon.server.serving.raw import reader_of

pytest.importorskip("onnxruntime")
from gnomon.models.exporters.bundled.prepare import Inputs, Refused
from gnomon.models.exporters.bundled.serve import read_request
from gnomon.models.exporters.preparation import preparation

Request = tuple[str, bytes]


def asked(**body: Any) -> Request:
    return JSON, json.dumps(body).encode()


def compare(spec: DatasetSpec | None, model: Graph, requests: list[Request], *, refused: bool = False) -> None:
    """See that the bundle and gnomon make the same of each request, or refuse it."""
    signature = Signature(signature_of(model, spec).inputs)
    said = json.loads(msgspec.json.encode(preparation(spec, model, signature)))
    assert spec is None or spec.path not in json.dumps(said)
    inputs, reader = Inputs(said), reader_of(spec, model, signature)
    for kind, body in requests:
        if refused:
            with pytest.raises(GnomonError):
                reader.read(read_brought(kind, body))
            with pytest.raises(Refused):
                prepared(inputs, kind, body)
            continue
        ready = reader.read(read_brought(kind, body))
        arrays, rows, is_single = prepared(inputs, kind, body)
        assert (rows, is_single, arrays.keys()) == (ready.rows, ready.is_single, ready.inputs.keys())
        for name, array in ready.inputs.items():
            assert arrays[name].dtype == array.dtype
            np.testing.assert_array_equal(arrays[name], array)


def prepared(inputs: Inputs, kind: str, body: bytes) -> tuple[dict[str, Any], int, bool]:
    sent, is_single = read_request(kind, body)
    return inputs.read(sent, is_single=is_single)


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


def test_numbers_times_classes_and_texts_are_prepared_alike(visits: Prepared) -> None:
    rows = visits_rows(visits)
    by_column = {name: [row[name] for row in rows] for name in rows[0]}
    compare(visits.spec, visits_model(), [asked(rows=rows), asked(inputs=by_column), asked(rows=rows[:1])])
    changes: list[dict[str, Any]] = [
        *({"town": "Rome"}, {"age": "old"}, {"age": [1]}, {"age": 10**400}, {"day": "yesterday"}, {"day": 3}),
        *({"note": 3}, {"more": 1}),
    ]
    wrong = [asked(rows=[rows[0] | change]) for change in changes]
    fewer = {name: value for name, value in rows[0].items() if name != "age"}
    compare(visits.spec, visits_model(), [*wrong, asked(rows=[fewer]), asked(inputs=[1.0, 2.0])], refused=True)


@pytest.mark.parametrize("missing", ["zero", "drop"])
def test_what_is_not_known_is_filled_or_refused_as_in_training(tmp_path: Path, missing: str) -> None:
    data = make(
        samples.table(tmp_path),
        target="outcome",
        inputs=["age", "town"],
        transforms={"age": {"missing": missing, "normalise": "scale", "range": [0, 99]}, "town": {"missing": missing}},
    )
    model = graph({"x": {"type": "core/numeric_input@1", "columns": 4}}, {"inputs": {"x": ["age", "town"]}})
    compare(data.spec, model, [asked(rows=[{"age": 31, "town": "Ulm"}, {"age": "7", "town": "Bern"}])])
    nothing = [asked(rows=[{"age": None, "town": "Ulm"}]), asked(inputs={"age": [1], "town": [None]})]
    compare(data.spec, model, nothing, refused=missing == "drop")


@pytest.mark.parametrize(
    "how",
    [
        {"normalise": "scale"},
        {"normalise": "minmax"},
        {"normalise": "standard", "grey": True, "resize": [6, 8]},
    ],
)
def test_pictures_are_resized_greyed_and_normalised_alike(tmp_path: Path, how: dict[str, Any]) -> None:
    data = make(samples.photos(tmp_path), transforms={"image": how})
    height, width = how.get("resize", (12, 10))
    shape = {"height": height, "width": width, "channels": 1 if how.get("grey") else 3}
    model = graph({"image": {"type": "core/image_input@1", **shape}})
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 256, (2, 12, 10, 3))
    large, clear = (rng.integers(0, 256, size, np.uint8) for size in ((40, 31), (9, 9, 4)))
    files = [("image/png", png(each)) for each in (large, clear)]
    palette = Image.fromarray(large).convert("P")
    files.append(("image/png", png(np.asarray(palette.convert("RGB")))))
    whole = [asked(inputs=numbers.tolist()), asked(rows=[{"image": numbers[0].tolist()}])]
    compare(data.spec, model, [*files, *whole, ("application/x-npy", npy(numbers.astype(np.uint8)))])
    bad = [
        *(asked(image="data:image/png;base64,bm8="), ("image/png", b"\x89PNG\r\n\x1a\n")),
        *(
            asked(inputs={"image": [None]}),
            asked(inputs=[[1], [2, 3]]),
            asked(rows=[]),
            asked(),
            asked(image=3),
            (JSON, b"{"),
        ),
        *(("application/x-npy", npy(np.zeros((2, 5, 5, 3)))), ("application/x-npy", npy(numbers)[:-8])),
        *(("application/x-npy", npy(np.full((1, 12, 10, 3), np.nan))), ("text/html", b"x")),
        *(asked(inputs={"a": [1, 2], "b": [1]}), ("application/x-npy", npy(np.zeros((0, 12, 10, 3))))),
    ]
    compare(data.spec, model, bad, refused=True)


def test_columns_side_by_side_are_sent_by_name_or_as_an_array(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    numbers = np.random.default_rng(0).normal(3, 2, (60, 3)).round(3)
    path.write_text("a,b,c,y\n" + "".join(f"{a},{b},{c},{a + b + c}\n" for a, b, c in numbers.tolist()))
    data = make(path, target="y", inputs=["a", "b", "c"], transforms={"b": {"normalise": "standard"}})
    model = graph({"x": {"type": "core/numeric_input@1", "columns": 3}})
    values = numbers[:4].tolist()
    rows = [dict(zip("abc", row, strict=True)) for row in values]
    compare(
        data.spec, model, [asked(rows=rows), asked(inputs=values), asked(inputs=values[0]), asked(inputs={"x": values})]
    )


def test_a_model_without_data_takes_arrays_as_its_inputs_are() -> None:
    model = graph({"x": {"type": "core/numeric_input@1", "columns": 2}})
    compare(None, model, [asked(inputs=[[1, 2], [3, 4.5]]), asked(inputs=[1, 2]), asked(inputs={"x": [[1, 2]]})])
    wrong = [asked(inputs=[1, 2, 3]), asked(inputs=[[1e300, 2]]), ("image/png", b""), asked(rows=[{"y": 1}])]
    compare(None, model, wrong, refused=True)


def test_what_cannot_be_prepared_is_refused_with_the_reason(visits: Prepared) -> None:
    model = graph({"x": {"type": "core/image_input@1", "height": 2, "width": 2, "channels": 1}})
    said = preparation(visits.spec, model, Signature(signature_of(model, visits.spec).inputs))
    with pytest.raises(Refused, match="cannot be prepared here: x: nobody knows which column"):
        prepared(Inputs(said), *asked(inputs=[1]))
