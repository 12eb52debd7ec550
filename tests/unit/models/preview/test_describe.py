"""What is told of an array: numbers as NumPy counts them, pictures as they are read back."""

import io
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from gnomon.models.preview.describe import BINS, described
from gnomon.models.preview.picture import montage

Array = npt.NDArray[np.float32]


def pixels(found: dict[str, object]) -> Array:
    """Return the picture as grey and alpha, or as colours."""
    png = found["png"]
    assert isinstance(png, bytes)
    return np.asarray(Image.open(io.BytesIO(png)).convert("LA" if found["kind"] == "grey" else "RGB"))


def test_all_of_a_vector_is_told() -> None:
    array = np.array([0.0, 1.0, -3.0, 0.0, np.nan, np.inf, 5.0], np.float32)
    found = described(array)
    histogram = found.pop("histogram")
    assert found == {
        "shape": [7],
        "dtype": "float32",
        "stats": {
            "size": 7, "nan": 1, "inf": 1, "zeros": 2, "min": -3.0, "max": 5.0,
            "mean": pytest.approx(0.6), "std": pytest.approx(np.std([0, 1, -3, 0, 5])),
        },
        "values": [0.0, 1.0, -3.0, 0.0, "NaN", "Infinity", 5.0],
    }  # fmt: skip
    expected = {0: 1, 12: 2, 16: 1, 31: 1}
    assert histogram == {"low": -3.0, "high": 5.0, "counts": [expected.get(i, 0) for i in range(BINS)]}


def test_what_has_no_finite_number_or_one_alone_is_told() -> None:
    nothing = described(np.array([np.nan, -np.inf], np.float32))
    assert (nothing["stats"]["min"], nothing["stats"]["std"], nothing["values"]) == (None, None, ["NaN", "-Infinity"])
    assert "histogram" not in nothing
    one = described(np.full(9, 7.0, np.float32))
    assert one["histogram"] == {"low": 7.0, "high": 7.0, "counts": [9, *[0] * 31]}
    assert described(np.float32(2.5)[()] * np.ones(()))["values"] == [2.5]
    assert described(np.array([2**53 - 1, 4]))["values"] == [2**53 - 1, 4]
    assert described(np.array([True, False]))["stats"]["zeros"] == 1
    assert described(np.zeros((3, 0), np.float32))["stats"]["size"] == 0
    assert described(np.array([1j])) == {"shape": [1], "dtype": "complex128"}


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(max_dims=4, max_side=20),
        elements=st.floats(width=32, allow_subnormal=False) | st.just(0.0),
    )
)
def test_statistics_are_those_of_numpy(array: Array) -> None:
    found = described(array)
    stats, finite = found["stats"], array[np.isfinite(array)].astype(np.float64)
    counted = [stats[name] for name in ("size", "nan", "inf", "zeros")]
    assert counted == [array.size, np.isnan(array).sum(), np.isinf(array).sum(), (array == 0).sum()]
    if not finite.size:
        assert "histogram" not in found
        return
    assert (stats["min"], stats["max"]) == (finite.min(), finite.max())
    assert stats["mean"] == pytest.approx(finite.mean(), rel=1e-4, abs=1e-4 * np.abs(finite).max())
    if np.abs(finite).max() < 1e18:
        assert stats["std"] == pytest.approx(finite.std(), rel=1e-3, abs=1e-4 * np.abs(finite).max())
    assert sum(found["histogram"]["counts"]) == finite.size


def test_each_channel_is_a_tile_of_its_own_scale() -> None:
    array = np.arange(3 * 2 * 5, dtype=np.float32).reshape(3, 2, 5) * [1, -1, 0, 2, 1]
    array[1, 0, 4] = np.nan
    found = montage(array.astype(np.float32))
    assert found is not None
    shape = {"kind": "grey", "rows": 2, "cols": 3, "width": 2, "height": 3, "shown": 5, "channels": 5}
    assert {key: found[key] for key in shape} == shape
    assert (found["low"], found["high"]) == ([0, -26, 0, 6, 4], [25, -1, 0, 56, 29])
    grey, alpha = np.moveaxis(pixels(found), -1, 0)
    assert grey.shape == (2 * 3 + 1, 3 * 2 + 2)
    assert grey[:3, :2].tolist() == [[0, 50], [101, 152], [203, 254]]
    assert grey[:3, 3:5].tolist() == [[254, 203], [152, 101], [50, 0]]
    assert grey[:3, 6:].tolist() == [[0, 0], [0, 0], [0, 0]]
    assert alpha[3].tolist() == [0] * 8
    assert (alpha[5, 3], alpha[5, 4], alpha[:, 6:][4:].max()) == (0, 255, 0)


def test_large_maps_are_averaged_and_many_are_cut_off() -> None:
    array = np.zeros((130, 70, 40), np.float32)
    array[:, :, 0] = np.arange(130)[:, None]
    found = montage(array)
    assert found is not None
    shape = {"rows": 4, "cols": 4, "width": 24, "height": 44, "shown": 16, "channels": 40}
    assert {key: found[key] for key in shape} == shape
    assert (found["low"][0], found["high"][0]) == (0, 129)
    column = pixels(found)[:44, 0, 0]
    assert column.tolist() == [int(np.float32(min(3 * i + 1, 129)) * np.float32(254 / 129)) for i in range(44)]


def test_how_numbers_lie_in_memory_changes_nothing() -> None:
    array = np.random.default_rng(0).standard_normal((9, 8, 3)).astype(np.float32)
    turned = np.moveaxis(np.ascontiguousarray(np.moveaxis(array, -1, 0)), 0, -1)
    plain, other = described(array), described(turned)
    for found in (plain, other):
        for name in ("mean", "std"):
            found["stats"][name] = round(found["stats"][name], 5)
    assert plain == other


def test_colours_are_those_of_the_picture() -> None:
    array = np.linspace(0, 1, 2 * 2 * 3, dtype=np.float32).reshape(2, 2, 3)
    found = described(array, is_image=True)["montage"]
    assert (found["kind"], found["low"], found["high"]) == ("rgb", [0.0], [1.0])
    assert pixels(found).tolist() == (array * 255).astype(int).tolist()
    assert described(array)["montage"]["kind"] == "grey"


def test_sequences_and_volumes_have_pictures_too() -> None:
    sequence = montage(np.ones((300, 5), np.float32))
    volume = montage(np.stack([np.full((4, 4, 2), i, np.float32) for i in range(5)]))
    assert sequence is not None
    assert volume is not None
    assert (sequence["height"], sequence["width"], sequence["shown"]) == (60, 5, 1)
    assert (volume["shown"], volume["low"]) == (2, [2.0, 2.0])
    assert montage(np.ones(3, np.float32)) is None
    assert montage(np.ones((2,) * 5, np.float32)) is None
    assert math.prod(np.shape(pixels(volume))) > 0
