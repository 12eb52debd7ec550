"""Arrays of any format, rank, order and content come back exactly; meta and histograms say what NumPy says."""

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from gnomon.core.records import histogram, image, tensor
from gnomon.core.records.histogram import Histogram
from gnomon.core.records.image import Image
from gnomon.core.records.layout import array_layout, parse_slice

ORDERS = st.sampled_from("<>")
DTYPES = st.one_of(
    nps.boolean_dtypes(),
    ORDERS.flatmap(lambda o: nps.integer_dtypes(endianness=o)),
    ORDERS.flatmap(lambda o: nps.unsigned_integer_dtypes(endianness=o)),
    ORDERS.flatmap(lambda o: nps.floating_dtypes(endianness=o, sizes=(16, 32, 64))),
    ORDERS.flatmap(lambda o: nps.complex_number_dtypes(endianness=o, sizes=(64, 128))),
)
SHAPES = nps.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5)


def viewed(array: np.ndarray, how: int) -> np.ndarray:
    """Return the same values in another order in memory, or another view of them."""
    if how == 1:
        return np.asfortranarray(array) if array.ndim > 1 else array
    if how == 2 and array.ndim:
        return array[::-1]
    if how == 3 and array.ndim > 1:
        return array.swapaxes(0, -1)[..., ::2]
    return array


@given(nps.arrays(DTYPES, SHAPES), st.integers(0, 3))
def test_a_tensor_comes_back_exactly(array: np.ndarray, how: int) -> None:
    values = viewed(array, how)
    encoded = tensor.TYPE.encode(values)
    meta = json.loads(json.dumps(encoded.meta, allow_nan=False))
    data = bytes(encoded.data)  # type: ignore[arg-type]
    back = tensor.TYPE.decode(meta, data)
    native = values.astype(values.dtype.newbyteorder("<"))
    assert (back.dtype, back.shape, back.tobytes()) == (native.dtype, values.shape, native.tobytes())
    finite = values[np.isfinite(values)]
    assert meta["bad"] == values.size - finite.size
    if finite.size and values.dtype.kind != "c":
        assert (meta["low"], meta["high"]) == (finite.min(), finite.max())
    else:
        assert (meta["low"], meta["high"]) == (None, None)


@given(st.data())
def test_a_slice_of_the_payload_is_the_slice_of_the_array(data: Any) -> None:
    array = data.draw(nps.arrays(st.sampled_from(["f4", "u1", "i8"]), nps.array_shapes(max_dims=4, max_side=6)))
    encoded = tensor.TYPE.encode(array)
    payload = bytes(encoded.data)
    layout = array_layout("tensor", encoded.meta, len(payload))
    assert layout is not None
    bounds = st.none() | st.integers(-7, 7)
    parts = data.draw(st.lists(st.tuples(bounds, bounds, st.none() | st.integers(1, 3)), max_size=array.ndim))
    text = ",".join(":".join("" if v is None else str(v) for v in part) for part in parts)
    found = np.frombuffer(payload, layout.stored).reshape(layout.shape)[parse_slice(text, layout.shape)]
    assert np.array_equal(found, array[tuple(slice(*part) for part in parts)], equal_nan=array.dtype.kind == "f")


@given(
    nps.arrays(
        st.sampled_from(["u1", "u2", "i4", "f2", "f4", "f8", "?"]),
        st.tuples(st.integers(5, 9), st.integers(5, 9), st.sampled_from([1, 3, 4])),
    )
)
def test_an_image_keeps_its_values_and_says_its_extremes(values: np.ndarray) -> None:
    encoded = image.TYPE.encode(Image(values))
    assert image.TYPE.decode(encoded.meta, bytes(encoded.data)).tobytes() == values.tobytes()  # type: ignore[arg-type]
    finite = values[np.isfinite(values)]
    expected = (finite.min(), finite.max()) if finite.size else (None, None)
    assert (encoded.meta["low"], encoded.meta["high"]) == expected


@given(
    nps.arrays(st.sampled_from(["f8", "i4", "u1"]), st.integers(1, 60), elements=st.integers(0, 200)),
    st.integers(1, 40),
)
def test_a_histogram_counts_as_numpy_does(values: np.ndarray, bins: int) -> None:
    encoded = histogram.TYPE.encode(Histogram(values, bins=bins))
    found = histogram.TYPE.decode(encoded.meta, bytes(encoded.data))  # type: ignore[arg-type]
    counts, edges = np.histogram(values.astype(np.float64), bins)
    assert (np.asarray(found.counts).tolist(), np.asarray(found.edges).tolist()) == (counts.tolist(), edges.tolist())


@given(nps.arrays("f8", st.integers(0, 40)))
def test_a_histogram_counts_every_finite_value(values: np.ndarray) -> None:
    encoded = histogram.TYPE.encode(Histogram(values, bins=7))
    found = histogram.TYPE.decode(encoded.meta, bytes(encoded.data))  # type: ignore[arg-type]
    finite = int(np.isfinite(values).sum())
    assert (np.asarray(found.counts).sum(), encoded.meta["bad"]) == (finite, len(values) - finite)
