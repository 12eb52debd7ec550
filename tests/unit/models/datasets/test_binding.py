"""A graph gets of a data set what its components ask for, bound by names, by kinds, or as the document says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.graph.build import build
from tests.unit.models.datasets import samples

from gnomon.core.errors import InputError
from gnomon.graph.infer import infer
from gnomon.graph.templates import template
from gnomon.models.datasets.binding import bind
from gnomon.models.datasets.describing import described, opened
from gnomon.models.datasets.first_model import first_model
from gnomon.models.datasets.home import wished
from gnomon.models.datasets.prepared import Prepared
from gnomon.models.datasets.summary import summary_kept, summary_of
from gnomon.models.datasets.versions import packaged_version

EVERY = slice(None)


def make(path: Path | str, **wishes: Any) -> Prepared:
    return described(str(path), "some", wished(**wishes), table=opened(str(path))).prepared


def shapes(found: dict[str, Any]) -> dict[str, Any]:
    return {name: (*values.shape[1:], values.dtype.name) for name, values in found.items()}


def test_a_template_is_bound_by_what_its_ends_are() -> None:
    digits = make("gnomon:digits", transforms={"image": {"normalise": "scale", "range": (0, 16), "resize": (28, 28)}})
    made = bind(template("mnist_cnn").graph, digits)
    given, wanted = made.batch("train", range(4))
    assert shapes(given) == {"image": (28, 28, 1, "float32")}
    np.testing.assert_array_equal(wanted["label"], digits.batch("train", range(4))["label"])
    assert made.document == {"dataset": digits.spec.ref, "inputs": {"image": "image"}, "outputs": {"label": "label"}}
    again = bind(template("autoencoder").graph, digits)
    given, wanted = again.batch("test", range(4))
    np.testing.assert_array_equal(given["image"], wanted["again"])


def test_columns_come_in_the_form_that_a_graph_takes(tmp_path: Path) -> None:
    data = make(samples.table(tmp_path), target="outcome", inputs=["age", "town", "note"])
    table = data.table
    text = (
        "both:numeric_input(columns=5)>n:batch_norm>all.in.0:concatenate>head:dense(units=2)>outcome:classification "
        "town:category_input(categories=4)>e:embedding(vocabulary=4)>all.in.1:concatenate "
        "note:text_input(length=6,vocabulary=100)>w:embedding(vocabulary=100)>g:global_avg_pool>all.in.2:concatenate "
        "raw:text_input(raw=True,length=9)>t:tokenise>v:embedding>h:global_avg_pool>all.in.3:concatenate"
    )
    graph = build(text, data={"inputs": {"both": ["age", "town"], "town": "town", "note": "note", "raw": "note"}})
    assert infer(graph).issues == ()
    given, wanted = bind(graph, data).batch("train", EVERY)
    assert shapes(given) == {
        "both": (5, "float32"),
        "town": ("int64",),
        "note": (6, "int64"),
        "raw": (9, "int32"),
    }
    np.testing.assert_array_equal(given["both"][:, 1:].argmax(axis=1), given["town"])
    assert (given["both"][:, 1:].sum(axis=1) == 1).all()
    texts = table.values("note", data.parts["train"])
    assert bytes(given["raw"][0].astype(np.uint8)).rstrip(b"\0").decode() == texts[0][:9]
    assert wanted.keys() == {"outcome"}


def test_numbers_are_predicted_in_the_shape_that_reaches_their_output(tmp_path: Path) -> None:
    data = make(samples.table(tmp_path), target="age", inputs=["town"])
    head = "town:category_input(categories=4)>e:embedding(vocabulary=4,units=8)>"
    _, wanted = bind(build(head + "h:dense(units=1)>age:regression"), data).batch("train", range(5))
    assert wanted["age"].shape == (5, 1)
    assert np.isfinite(wanted["age"]).all(), "rows without a target are in no part"


def test_masks_and_sequences_are_bound(tmp_path: Path) -> None:
    data = make(samples.masks(tmp_path))
    graph = build("photo:image_input(height=16,width=16,channels=3)>s:rescale>c:conv2d(filters=2)>area:segmentation")
    given, wanted = bind(graph, data).batch("train", range(2))
    assert (given["photo"].shape, wanted["area"].shape, wanted["area"].dtype) == ((2, 16, 16, 3), (2, 16, 16), np.int64)
    digits = make("gnomon:digits")
    rows = build("steps:sequence_input(length=8,features=8)>l:lstm>h:dense(units=10)>label:classification")
    flat = build("x:input(shape=[64])>h:dense(units=10)>label:classification")
    picture = digits.batch("train", range(2))["image"]
    np.testing.assert_array_equal(bind(rows, digits).batch("train", range(2))[0]["steps"], picture[..., 0])
    np.testing.assert_array_equal(bind(flat, digits).batch("train", range(2))[0]["x"], picture.reshape(2, 64))


def test_labels_of_which_several_may_apply(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "t.npz", x=rng.normal(size=(20, 3)), tags=rng.integers(0, 2, (20, 4)))
    data = make(tmp_path / "t.npz", target="tags", inputs=["x"])
    graph = build("x:input(shape=[3])>h:dense(units=4)>tags:multi_label")
    _, wanted = bind(graph, data).batch("train", range(3))
    assert (wanted["tags"].dtype, wanted["tags"].shape) == (np.float32, (3, 4))


@pytest.mark.parametrize(
    ("text", "data", "field", "says"),
    [
        ("x:image_input>f:flatten>h:dense(units=10)>label:classification", {}, "x", "the column image of some is 8×8×1, and it takes 28×28×1"),
        ("x:image_input(height=8,width=8)>f:flatten>h:dense(units=9)>label:classification", {}, "label", "it tells 9 classes apart, and label has 10"),
        ("x:text_input>e:embedding>g:global_avg_pool>h:dense(units=10)>label:classification", {}, "data.inputs", "x has no column of some@"),
        ("x:image_input(height=8,width=8)>f:flatten>h:dense(units=10)>label:classification", {"inputs": {"x": "scan"}}, "data.inputs", "there is no column 'scan'"),
        ("x:image_input(height=8,width=8)>f:flatten>h:dense(units=10)>label:classification", {"outputs": {"y": "label"}}, "data.outputs", "there is no node 'y'"),
        ("x:image_input(height=8,width=8)>h:conv2d(kernel_size=99,padding='valid')>f:flatten>d:dense(units=10)>label:classification", {}, "graph", "has an error"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_its_node(text: str, data: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        bind(build(text, data=data), make("gnomon:digits"))
    assert (caught.value.field, says in str(caught.value)) == (field, True), str(caught.value)


def test_a_first_model_fits_its_data_whatever_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", y=np.arange(40) % 3, signal=rng.normal(size=(40, 8, 2)))
    found = [
        make("gnomon:digits"),
        make(samples.table(tmp_path), target="outcome"),
        make(samples.table(tmp_path), target="age", transforms={"note": {"length": 7}}),
        make(samples.photos(tmp_path / "p", sizes=((12, 10), (30, 40)))),
        make(samples.masks(tmp_path / "m")),
        make(tmp_path / "a.npz", target="y"),
    ]
    for data in found:
        built = first_model(summary_of(data)).graph
        made = bind(built, data)
        given, wanted = made.batch("train", range(2))
        assert len(given) + len(wanted) == len(made.inputs) + len(made.outputs)
        assert made.document == built.data


def test_what_is_kept_of_a_version_says_the_same_as_its_rows() -> None:
    version = packaged_version("digits")
    assert summary_kept(version.spec, version.facts) == summary_of(make("gnomon:digits")).__class__(
        version.spec.ref,
        summary_of(make("gnomon:digits")).columns,
        ("image",),
        ("label",),
        {"train": 1258, "validation": 270, "test": 269},
    )
