"""Arrays of every library on this machine, and what is refused."""

import array
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from gnomon.core.errors import InputError, ShapeError
from gnomon.core.records import registry
from gnomon.core.records.arrays import array_meta, as_array, exact, is_array
from gnomon.core.records.small_floats import ITEM_BYTES, as_float32
from gnomon.core.records.tensor import TYPE


def round_trip(value: object) -> Any:
    """Return what a reader gets of a logged tensor."""
    encoded = registry.encode(value)
    assert encoded is not None
    assert encoded.kind == "tensor"
    return TYPE.decode(encoded.meta, bytes(encoded.data))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    (
        "bool uint8 int8 int16 int32 int64 uint16 uint32 uint64 float16 float32 float64 complex64 complex128 "
        "bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz"
    ).split(),
)
def test_torch_tensors_come_back_bit_for_bit(name: str) -> None:
    torch = pytest.importorskip("torch")
    ml_dtypes = pytest.importorskip("ml_dtypes")
    values = torch.tensor([[0.0, 1.0, 1.5], [0.25, 1.0, 0.0]]).to(getattr(torch, name)).t()
    got = round_trip(values)
    expected = np.dtype(getattr(ml_dtypes, name)) if name in ITEM_BYTES else np.dtype(name)
    assert (got.dtype, got.shape) == (expected, (3, 2))
    wide = torch.complex128 if name.startswith("complex") else torch.float64
    assert np.array_equal(got.astype(np.complex128), values.to(wide).numpy().astype(np.complex128))


def test_a_torch_tensor_with_gradient_conjugate_or_of_rank_zero_is_read() -> None:
    torch = pytest.importorskip("torch")
    weights = torch.ones(2, 2, requires_grad=True)
    assert np.array_equal(round_trip(weights * 2), np.full((2, 2), 2, np.float32))
    assert np.array_equal(round_trip(torch.tensor([1 + 2j]).conj()), np.array([1 - 2j], np.complex64))
    assert round_trip(torch.nn.Parameter(torch.tensor(3.5))).tolist() == 3.5
    assert as_array(torch.tensor(1.5, dtype=torch.bfloat16)).tolist() == 1.5  # type: ignore[union-attr]
    with pytest.raises(InputError, match="to_dense"):
        exact(torch.eye(3).to_sparse())
    with pytest.raises(InputError, match="cannot be read"):
        exact(torch.ones(3, device="meta"))


@pytest.mark.parametrize("library", ["jax.numpy", "tensorflow", "cupy"])
def test_tensors_of_other_libraries_are_read_where_they_are_installed(library: str) -> None:
    module = pytest.importorskip(library)
    make = module.constant if library == "tensorflow" else module.asarray
    assert np.array_equal(round_trip(make([[1.0, 2.0]])), np.array([[1, 2]], np.float32))


def test_jax_arrays_of_every_format_place_and_state() -> None:
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    assert exact(jnp.asarray([1.5, -2, jnp.inf], jnp.bfloat16)).dtype == "bfloat16"  # type: ignore[union-attr]
    assert exact(jnp.asarray([1.5, -2], jnp.float8_e5m2)).numbers().tolist() == [1.5, -2.0]  # type: ignore[union-attr]
    for dtype, kept in (("int4", "int8"), ("uint2", "uint8"), ("float4_e2m1fn", "float16")):
        got = exact(jnp.asarray([1, 0, 1], getattr(jnp, dtype)))
        assert got is not None
        assert (got.dtype, got.values.tolist()) == (kept, [1, 0, 1])
    mesh = jax.sharding.Mesh(np.array(jax.devices()), ("x",))
    spread = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("x"))
    for placed in (
        jnp.arange(8.0),
        jax.device_put(jnp.arange(8.0), jax.devices()[-1]),
        jax.device_put(jnp.arange(8.0), spread),
    ):
        assert round_trip(placed).tolist() == list(range(8))
    refused: list[str] = []

    def traced(x: Any) -> Any:
        with pytest.raises(InputError) as caught:
            exact(x)
        refused.append(str(caught.value))
        return (x * x).sum()

    jax.jit(traced)(jnp.ones(2))
    jax.grad(traced)(jnp.ones(2))
    assert [text.partition(", which ")[2] for text in refused] == [
        "has no values while a function is traced. Log what the compiled function returns."
    ] * 2


def test_tensorflow_variables_formats_and_what_has_no_dense_values() -> None:
    tf = pytest.importorskip("tensorflow")
    assert round_trip(tf.Variable([1.0, 2.0])).tolist() == [1.0, 2.0]
    assert exact(tf.cast([1.5, -2.0], tf.bfloat16)).dtype == "bfloat16"  # type: ignore[union-attr]
    assert exact(tf.ragged.constant([[1.0], [2.0, 3.0]])) is None
    assert exact(tf.sparse.from_dense([[1.0, 0.0]])) is None
    with pytest.raises(InputError, match="text"):
        exact(tf.constant(["a"]))

    def symbolic(x: Any) -> Any:
        with pytest.raises(InputError, match="has no values while a function is traced"):
            exact(x)
        return x

    tf.function(symbolic)(tf.ones(2))


def test_keras_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("torch")
    keras = pytest.importorskip("keras")
    variable = keras.Variable(np.arange(6, dtype=np.float32).reshape(2, 3))
    assert np.array_equal(round_trip(variable), np.arange(6, dtype=np.float32).reshape(2, 3))
    assert np.array_equal(round_trip(keras.ops.ones((2, 2))), np.ones((2, 2), np.float32))


def test_pillow_pictures_are_read_in_every_mode() -> None:
    colours = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    picture = Pillow.fromarray(colours)
    shapes = {}
    for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "F", "I"):
        encoded = registry.encode(picture.convert(mode))
        assert encoded is not None
        shapes[mode] = (encoded.meta["dtype"], encoded.meta["shape"][2])
    assert shapes == {
        "1": ("bool", 1),
        "L": ("uint8", 1),
        "P": ("uint8", 3),
        "RGB": ("uint8", 3),
        "RGBA": ("uint8", 4),
        "LA": ("uint8", 4),
        "CMYK": ("uint8", 3),
        "F": ("float32", 1),
        "I": ("int32", 1),
    }
    out = io.BytesIO()
    Pillow.fromarray(np.array([[0, 65_535]], np.uint16)).save(out, "PNG")
    encoded = registry.encode(Pillow.open(io.BytesIO(out.getvalue())))
    assert encoded is not None
    assert encoded.meta["high"] == 65_535


def test_what_is_like_an_array_is_read() -> None:
    for value in (
        array.array("f", [1, 2]),
        memoryview(np.float32([1, 2])),
        np.float32([1, 2])[::1],
        [np.float32(1), np.float32(2)],
    ):
        got = exact(value)
        assert got is not None
        assert (got.dtype, got.values.tolist()) == ("float32", [1.0, 2.0])
    assert as_array([[1, 2], (3, 4)]).tolist() == [[1, 2], [3, 4]]  # type: ignore[union-attr]
    assert as_array(object()) is None
    assert as_array([object()]) is None
    assert as_array({"a": 1}) is None
    assert not is_array(b"bytes")


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (np.array([{}]), "as a list"),
        (np.zeros(2, [("a", "f4"), ("b", "i4")]), "one field of it: a, b"),
        (np.array(["a"]), "gnomon.Table"),
        (np.array(["2020-01-01"], "M8[D]"), "gnomon.Table"),
        (np.zeros(2, np.longdouble), "astype"),
        ([2**70, 1], "fit no array|gnomon|list"),
    ],
)
def test_arrays_that_cannot_be_kept_are_refused_with_a_remedy(value: object, remedy: str) -> None:
    with pytest.raises(InputError, match=remedy):
        exact(value)


def test_arrays_of_different_shapes_make_no_array() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\), \(3,\)"):
        exact([np.zeros(2), np.zeros(3)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([3, -2], np.int8), (-2, 3, 0)),
        (np.array([2**64 - 1], np.uint64), (2**64 - 1, 2**64 - 1, 0)),
        (np.array([True, False]), (0, 1, 0)),
        (np.array([np.nan, 1.5, -np.inf, 0.5]), (0.5, 1.5, 2)),
        (np.array([np.nan, np.inf], np.float16), (None, None, 2)),
        (np.array([1j, np.nan]), (None, None, 1)),
        (np.zeros((0, 3)), (None, None, 0)),
    ],
)
def test_extremes_are_those_of_the_finite_values(value: Any, expected: tuple[Any, Any, int]) -> None:
    found = exact(value)
    assert found is not None
    meta = array_meta(found)
    assert (meta["low"], meta["high"], meta["bad"]) == expected


@pytest.mark.parametrize("name", sorted(ITEM_BYTES))
def test_small_floats_are_those_of_the_package_ml_dtypes(name: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    bits = np.arange(1 << 8 * ITEM_BYTES[name]).astype(f"u{ITEM_BYTES[name]}")
    with np.errstate(invalid="ignore"):
        expected = bits.view(getattr(ml_dtypes, name)).astype(np.float32)
    assert np.array_equal(as_float32(bits, name), expected, equal_nan=True)


def test_arrays_of_ml_dtypes_are_kept_and_narrow_integers_are_widened() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    for shape in ((), (2, 3), (0,)):
        values = np.ones(shape, ml_dtypes.bfloat16)
        got = round_trip(values)
        assert (got.dtype, got.shape, got.tobytes()) == (values.dtype, shape, values.tobytes())
    assert round_trip(np.array([3, -4]).astype(ml_dtypes.int4)).dtype == np.int8


def test_what_is_masked_becomes_nan_and_where_there_is_none_it_is_refused() -> None:
    got = round_trip(np.ma.masked_array([[1.0, 2.0, 3.0]], [[False, True, False]]))
    np.testing.assert_array_equal(got, [[1.0, np.nan, 3.0]])
    whole = round_trip(np.ma.masked_array(np.arange(6).reshape(2, 3)))
    assert (type(whole), whole.tolist()) == (np.ndarray, [[0, 1, 2], [3, 4, 5]])
    with pytest.raises(InputError, match=r"int64 has no NaN .* \.filled"):
        registry.encode(np.ma.masked_array([1, 2, 3], [0, 1, 0]))


def test_lists_in_themselves_and_lists_without_end_are_no_arrays() -> None:
    circle: list[Any] = []
    circle.append(circle)
    endless: Any = 1.0
    for _ in range(5000):
        endless = [endless]
    for lists in (circle, endless):
        with pytest.raises(ShapeError, match="nested more deeply"):
            as_array(lists)
