"""What one call of `log` makes of anything it is given."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pytest

import gnomon
from gnomon.core.errors import InputError, LimitError, ShapeError
from gnomon.core.records import converters
from gnomon.core.records.record_type import Encoded
from gnomon.sdk.values import Values

ARRAY = np.arange(6, dtype=np.float32).reshape(2, 3)


class Rotation:
    """The seed's own type: a vector of three angles."""

    def __init__(self, *angles: float) -> None:
        self.angles = angles


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Forget what a test registered."""
    yield
    converters._converters.clear()


def kinds(value: object) -> list[tuple[str, str]]:
    """Return key and kind of every record that a value under the key "x" becomes."""
    values = Values.of({"x": value})
    assert values.refused == []
    return [(key, encoded.kind) for key, encoded in values.records]


def rest(value: object) -> Any:
    """Return the JSON that is left of a value."""
    [found] = [e.data for key, e in Values.of({"x": value}).records if key == "x"]
    return json.loads(bytes(found))  # type: ignore[arg-type]


def refusal(value: object) -> Exception:
    [(key, error)] = Values.of({"x": value}).refused
    assert key == "x"
    return error


def test_values_are_sorted_by_what_they_are() -> None:
    assert kinds("text") == [("x", "text")]
    assert kinds(ARRAY) == [("x", "tensor")]
    assert kinds(b"bytes") == [("x", "file")]
    assert kinds({"a": [1, None]}) == kinds(None) == kinds(()) == [("x", "json")]
    assert kinds(gnomon.Html("<p>")) == [("x", "html")]
    assert kinds(Encoded("tensor", {}, b"")) == [("x", "tensor")]
    assert Values.of({"a": np.ones((1, 1)), "b": np.bool_(True)}).numbers == {"a": 1.0, "b": 1.0}


def test_arrays_inside_go_under_keys_of_their_own_and_the_rest_says_where() -> None:
    value = {"n": 2, "w": ARRAY, "deep": [{"b": ARRAY[0], "s": np.float32(0.5)}, "text"]}
    assert kinds(value) == [("x/w", "tensor"), ("x/deep/0/b", "tensor"), ("x", "json")]
    assert rest(value) == {
        "n": 2, "w": {"$record": "x/w"}, "deep": [{"b": {"$record": "x/deep/0/b"}, "s": 0.5}, "text"],
    }  # fmt: skip


def test_a_list_of_nothing_but_arrays_leaves_no_json_behind() -> None:
    assert kinds([ARRAY, ARRAY[0]]) == [("x/0", "tensor"), ("x/1", "tensor")]
    assert kinds({"a": {"b": gnomon.Text("t")}}) == [("x/a/b", "text")]


def test_a_list_of_nothing_but_pictures_is_a_grid_of_them() -> None:
    pillow = pytest.importorskip("PIL.Image")
    pictures = [np.full((8, 8, 3), i, np.uint8) for i in range(3)]
    assert kinds([gnomon.Image(p) for p in pictures]) == [("x", "images")]
    assert kinds(tuple(pillow.fromarray(p) for p in pictures)) == [("x", "images")]
    assert kinds([gnomon.Image(pictures[0]), "and text"]) == [("x/0", "image"), ("x", "json")]


def test_lists_that_hold_themselves_or_never_end_are_written_as_far_as_they_go() -> None:
    circle: list[Any] = [1, ARRAY]
    circle.append(circle)
    assert kinds(circle) == [("x/1", "tensor"), ("x", "json")]
    deep: Any = ARRAY
    for _ in range(200):
        deep = [deep]
    assert kinds(deep) == [("x", "json")]


class Batch(NamedTuple):
    x: Any
    n: int


@dataclass
class Sample:
    path: PurePosixPath
    pixels: Any
    self: Any = None


class Colour(Enum):
    RED = 1


def test_what_no_record_type_takes_is_said_in_plain_data() -> None:
    said = {
        "date": date(2026, 1, 31), "path": PurePosixPath("a/b"), "id": UUID(int=7), "set": {3, 1}, "enum": Colour.RED,
        "range": range(3), "took": timedelta(seconds=90), "text": np.array([["a", "b"]]), "mixed": np.array([1, None, "a"]),
        "days": np.array(["2026-01-31", "NaT"], "M8[D]"), "moment": np.datetime64("2026-01-31T00:00:00.000000001"),
    }  # fmt: skip
    plain = {
        "date": "2026-01-31", "path": "a/b", "id": "00000000-0000-0000-0000-000000000007", "set": [1, 3], "enum": 1,
        "range": [0, 1, 2], "took": "0:01:30", "text": [["a", "b"]], "mixed": [1, None, "a"],
        "days": ["2026-01-31", "NaT"], "moment": "2026-01-31T00:00:00.000000001",
    }  # fmt: skip
    assert rest(said) == plain
    values = Values.of(said)
    assert values.refused == []
    assert values.numbers == {"enum": 1.0}
    assert {key: e.data.decode() if e.kind == "text" else json.loads(e.data) for key, e in values.records} == {  # type: ignore[union-attr, arg-type]
        key: value for key, value in plain.items() if key != "enum"
    }
    assert kinds(1 + 2j) == [("x", "tensor")]


def test_arrays_are_found_in_whatever_holds_them() -> None:
    ragged = np.array([ARRAY, ARRAY[0]], dtype=object)
    assert kinds(ragged) == [("x/0", "tensor"), ("x/1", "tensor")]
    assert kinds(Batch(ARRAY, 2)) == [("x/x", "tensor"), ("x", "json")]
    sample = Sample(PurePosixPath("a"), ARRAY)
    sample.self = sample
    # It holds itself: once is shown, then no more.
    assert kinds(sample) == [("x/pixels", "tensor"), ("x/self/pixels", "tensor"), ("x", "json")]


def test_a_part_that_cannot_be_written_takes_no_other_with_it() -> None:
    values = Values.of({"x": {"good": ARRAY, "bad\nkey": ARRAY, "worse": gnomon.Tensor("text"), "n": 1}})
    assert [key for key, _ in values.records] == ["x/good", "x"]
    assert [(key, type(error)) for key, error in values.refused] == [("x", InputError), ("x", InputError)]
    assert "control characters" in str(values.refused[0][1])
    assert str(values.refused[1][1]).startswith("x/worse: Tensor.array")


def test_numbers_whose_conversion_raises_are_refused_for_what_they_raise() -> None:
    class Moody(float):
        def __float__(self) -> float:
            raise RuntimeError

    assert "it raised RuntimeError" in str(refusal(Moody(1)))
    assert "received one of 1329 bits" in str(refusal(10**400))


def test_tensors_of_torch_are_records_and_their_scalars_numbers() -> None:
    torch = pytest.importorskip("torch")
    values = Values.of({"w": torch.ones(2, 2, requires_grad=True), "loss": torch.tensor(0.5, requires_grad=True)})
    assert (values.numbers, [(k, e.meta["dtype"]) for k, e in values.records]) == ({"loss": 0.5}, [("w", "float32")])
    half = Values.of({"w": torch.ones(3, dtype=torch.bfloat16)})
    assert half.records[0][1].meta["dtype"] == "bfloat16"


@pytest.mark.usefixtures("forgotten")
def test_own_types_become_what_their_converter_makes_of_them() -> None:
    gnomon.register(Rotation, lambda r: np.array(r.angles))
    assert kinds(Rotation(1, 2, 3)) == [("x", "tensor")]
    assert kinds({"pose": Rotation(1, 2, 3), "n": 1}) == [("x/pose", "tensor"), ("x", "json")]
    gnomon.register(Rotation, lambda r: r.angles[0])
    assert Values.of({"x": Rotation(90.0)}).numbers == {"x": 90.0}
    gnomon.register(Rotation, lambda r: f"{r.angles}")
    assert kinds(Rotation(1)) == [("x", "text")]


@pytest.mark.usefixtures("forgotten")
def test_whatever_a_users_object_raises_becomes_a_refusal_that_names_the_key() -> None:
    class Moody:
        @property
        def shape(self) -> None:
            raise RuntimeError

        def __array__(self) -> None:
            raise KeyError(self.__class__.__name__)

    assert str(refusal(Moody())).startswith("x: ")
    assert "cannot be read outside its library ('Moody')" in str(refusal(Moody()))
    gnomon.register(Rotation, lambda _: 1 / 0)
    error = refusal(Rotation())
    assert isinstance(error, InputError)
    assert str(error) == f"x: {__name__}.Rotation cannot be logged, it raised ZeroDivisionError: division by zero"
    gnomon.register(Rotation, lambda r: r)
    assert "converters lead to one another without end" in str(refusal(Rotation()))


def test_refusals_keep_their_class_and_name_key_type_and_remedy() -> None:
    assert isinstance(refusal(gnomon.Table({"a": [1], "b": []})), ShapeError)
    assert isinstance(refusal([ARRAY] * 1001), LimitError)
    assert str(refusal({"k" * 600: ARRAY})).startswith("x: key: expected at most 512 characters, received 602")
    assert str(refusal(object())).startswith("x: no record type takes builtins.object. Log a number, text")


def test_ragged_and_sparse_arrays_are_refused_with_what_to_call() -> None:
    sparse = pytest.importorskip("scipy.sparse").csr_array([[0.0, 1.0]])
    said = str(refusal(sparse))
    assert said.startswith(
        "x: no record type takes scipy.sparse._csr.csr_array of shape (1, 2). Log .toarray() of it. Log"
    )


def test_a_missing_package_is_named_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    monkeypatch.setitem(sys.modules, "mpld3", None)
    error = refusal(gnomon.Figure(figure, interactive=True))
    assert str(error) == "x: Figure(interactive=True) needs mpld3. Install it, or log the figure as it is."


def test_plain_values_need_no_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gnomon.core.records.registry", "gnomon.sdk.nested"):
        monkeypatch.setitem(sys.modules, name, None)
    values = Values.of({"a": 1, "b": "t", "c": {"d": [1, {"e": None}]}, "f": 0.5})
    assert (values.numbers, len(values.records), values.refused) == ({"a": 1.0, "f": 0.5}, 2, [])
