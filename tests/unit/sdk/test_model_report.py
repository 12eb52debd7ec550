"""Rows of statistics as records and series, and where non-finite values began."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gnomon.core.errors import InputError
from gnomon.core.records.registry import type_of
from gnomon.sdk.model_report import BINS, HEAD, Options, Origin, origin, row_of, values_of

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0])


@given(arrays(np.float64, array_shapes(max_dims=3, max_side=6), elements=NUMBERS))
def test_a_row_says_what_numpy_says_of_the_finite_values(values: np.ndarray) -> None:
    row, finite = row_of(values), values[np.isfinite(values)]
    assert row[:3].tolist() == [values.size, values.size - finite.size, (finite == 0).sum()]
    assert row[HEAD:].sum() == finite.size
    if finite.size:
        np.testing.assert_allclose(row[3:HEAD], [finite.mean(), finite.std(), finite.min(), finite.max()])


def test_what_is_logged_is_a_histogram_and_seven_series() -> None:
    values = np.array([3.0, 4.0, 0.0, np.nan])
    logged = values_of("net", {("weights", "fc.bias"): row_of(values)})
    histogram = logged.pop("net/weights/fc.bias")
    assert logged == {
        f"net/weights/fc.bias/{figure}": pytest.approx(value)
        for figure, value in {
            "mean": 7 / 3,
            "std": np.std([3, 4, 0]),
            "norm": 5.0,
            "min": 0.0,
            "max": 4.0,
            "zeros": 0.25,
            "bad": 1.0,
        }.items()
    }
    assert (histogram.kind, histogram.meta) == (
        "histogram",
        {
            "bins": 64,
            "n": 4,
            "bad": 1,
            "low": 0.0,
            "high": 4.0,
            "mean": pytest.approx(7 / 3),
            "std": pytest.approx(np.std([3, 4, 0])),
        },
    )
    edges, counts = np.split(np.frombuffer(histogram.data), [BINS + 1])
    assert (edges[0], edges[-1], counts.sum(), counts[0], counts[-1]) == (0.0, 4.0, 3.0, 1.0, 1.0)


def test_tensors_without_a_finite_value_are_reported_too() -> None:
    logged = values_of("net", {("gradients", "w"): row_of(np.full(5, np.nan))})
    meta = logged.pop("net/gradients/w").meta
    assert meta == {"bins": 64, "n": 5, "bad": 5, "low": None, "high": None}
    assert (logged["net/gradients/w/bad"], np.isnan(logged["net/gradients/w/norm"])) == (5.0, True)


def test_the_record_type_of_histograms_reads_them() -> None:
    for values in (np.array([3.0, 4.0, np.nan]), np.full(5, np.nan)):
        encoded = values_of("net", {("weights", "w"): row_of(values)})["net/weights/w"]
        found = type_of("histogram").decode(encoded.meta, bytes(encoded.data))
        assert np.asarray(found.counts).sum() == np.isfinite(values).sum()
        assert len(found.edges) == BINS + 1


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        ({}, None),
        ({("weights", "a.bias"): (0, 4)}, None),
        ({("weights", "b.bias"): (1, 4), ("activations", "a"): (2, 4)}, ("activations", "a", 2, 4)),
        ({("weights", "b.bias"): (1, 4), ("activations", "b"): (4, 4)}, ("weights", "b.bias", 1, 4)),
        ({("gradients", "a.bias"): (1, 4), ("gradients", "b.bias"): (4, 4)}, ("gradients", "b.bias", 4, 4)),
        ({("gradients", "a.bias"): (1, 4), ("activations", "b"): (4, 4)}, ("activations", "b", 4, 4)),
        ({("weights", "scale"): (1, 1), ("gradients", "zero"): (1, 1)}, ("weights", "scale", 1, 1)),
    ],
)
def test_the_origin_is_the_first_forward_and_then_the_first_backward(bad: dict, found: tuple | None) -> None:
    assert origin(["a", "b"], bad) == (None if found is None else Origin(*found))


def test_options_choose_layers_by_pattern_and_by_function() -> None:
    options = Options(layers=("encoder.*", "head"), what="weights")
    chosen = [p for p in ("encoder.0.weight", "head.bias", "header.bias", "head") if options.wants("weights", p)]
    assert (chosen, options.wants("gradients", "head")) == (["encoder.0.weight", "head.bias", "head"], False)
    with pytest.raises(InputError, match="budget: expected a share"):
        Options.of({"budget": 0})
