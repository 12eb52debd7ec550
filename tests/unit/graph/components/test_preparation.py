"""What is done to data before the layers, and what changes axes, against Keras and PyTorch."""

import random
from typing import Any, cast

import numpy as np
import pytest

from gnomon.graph.component import Component
from gnomon.graph.components.arg_max import ArgMax
from gnomon.graph.components.augment import Augment
from gnomon.graph.components.cast import Cast
from gnomon.graph.components.one_hot import OneHot
from gnomon.graph.components.permute import Permute
from gnomon.graph.components.pictures import Crop, Grayscale, Resize
from gnomon.graph.components.rescale import Rescale
from gnomon.graph.components.reshape import Reshape
from gnomon.graph.components.tokenise import Tokenise
from gnomon.graph.helpers import HELPERS
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Spec
from gnomon.graph.suite import ComponentSuite
from gnomon.graph.suite_draw import spec_shape
from gnomon.graph.suite_frameworks import load

# Keras' own, of NumPy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


class TestReshape(ComponentSuite):
    component = Reshape

    def params(self, rng: random.Random) -> dict[str, Any]:
        shape = [rng.choice([1, 2, 3]) for _ in range(rng.randint(1, 4))]
        shape[rng.randrange(len(shape))] = rng.choice([-1, 12])
        return {"shape": shape}

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        numbers = abs(int(np.prod(cast("Reshape", node).shape)))
        shapes = [(numbers,), (numbers, 1), (1, 2, numbers // 2), (numbers // 3, 1, 1, 3)]
        return [Spec(rng.choice([shape for shape in shapes if np.prod(shape) == numbers]))]


class TestPermute(ComponentSuite):
    component = Permute

    def params(self, rng: random.Random) -> dict[str, Any]:
        axes = list(range(1, rng.randint(2, 5)))
        rng.shuffle(axes)
        return {"order": axes}

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        return [Spec(spec_shape(len(cast("Permute", node).order), rng))]


class TestArgMax(ComponentSuite):
    component = ArgMax


class TestCast(ComponentSuite):
    component = Cast


class TestOneHot(ComponentSuite):
    component = OneHot

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        return [Spec(spec_shape(rng.randint(0, 3), rng), "int64", cast("OneHot", node).classes)]


class TestRescale(ComponentSuite):
    component = Rescale

    def params(self, rng: random.Random) -> dict[str, Any]:
        count = rng.choice([1, 1, 3])
        means = [round(rng.uniform(-2, 2), 3) for _ in range(count)]
        return {
            "mean": rng.choice([means, [0.0] * count]),
            "std": [round(rng.uniform(0.1, 300), 3) for _ in range(count)],
        }

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        return [Spec((*spec_shape(rng.randint(1, 4), rng)[:-1], 3))]


class ImageSuite(ComponentSuite):
    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        return [Spec((rng.randint(6, 12), rng.randint(6, 12), 3))]


class TestGrayscale(ImageSuite):
    component = Grayscale


class TestResize(ImageSuite):
    component = Resize


class TestCrop(ImageSuite):
    component = Crop


class TestAugment(ImageSuite):
    component = Augment

    def test_a_crop_that_is_too_large_keeps_all_or_resizes(self) -> None:
        with pytest.raises(Problem) as caught:
            Crop(height=9, width=4).infer(Spec((8, 8, 3)))
        assert [remedy.title for remedy in caught.value.remedies] == ["Set height to 8", "Resize instead"]


class TestTokenise(ComponentSuite):
    component = Tokenise

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        return [Spec((rng.randint(1, 40),), "text")]


def _written(name: str) -> Any:
    """Return a function or class that is written above a model in PyTorch."""
    torch, _ = load()
    names: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    exec(HELPERS["torch"][name], names)
    return names[name]


def _ids(*texts: str, vocabulary: int = 10_000, length: int = 4) -> list[list[int]]:
    torch, _ = load()
    most = max(len(text.encode()) for text in texts)
    rows = [list(text.encode().ljust(most, b"\0")) for text in texts]
    found: list[list[int]] = _written("hash_words")(torch.tensor(rows), vocabulary, length).tolist()
    return found


def test_a_word_has_one_number_wherever_it_stands() -> None:
    cat, dog = _ids("cat dog")[0][:2]
    assert cat != dog
    assert _ids("Dog, CAT!", " cat\n", "", "a dog dog dog dog") == [
        [dog, cat, 0, 0],
        [cat, 0, 0, 0],
        [0, 0, 0, 0],
        [*_ids("a")[0][:1], dog, dog, dog],
    ]


def test_the_order_of_letters_counts() -> None:
    assert len({row[0] for row in _ids("listen", "silent", "enlist", "tinsel", "inlets")}) == 5


def test_words_share_numbers_no_more_often_than_chance_has_it() -> None:
    words = sorted({word for text in HELPERS["keras"].values() for word in text.lower().split() if word.isalnum()})
    words += [f"{a}{b}" for a in ("up", "under", "in", "out", "over") for b in words]
    ids = [row[0] for row in _ids(*words, vocabulary=1 + len(words), length=1)]
    # As many balls as boxes leave 1 - 1/e of the boxes with one or more in them.
    assert len(set(ids)) / len(words) > 0.9 * (1 - np.exp(-1))


@pytest.mark.parametrize("framework", ["torch", "keras"])
@pytest.mark.parametrize(
    ("flip", "changed"),
    [("horizontal", lambda x: x[:, :, ::-1]), ("vertical", lambda x: x[:, ::-1]), ("none", lambda x: x)],
)
def test_half_of_the_images_are_mirrored(framework: str, flip: str, changed: Any) -> None:
    x = np.random.default_rng(0).normal(size=(64, 5, 6, 3)).astype(np.float32)
    out = _augmented(framework, x, flip=flip, noise=1e-9)
    mirrored = np.abs(out - changed(x)).max((1, 2, 3)) < 1e-5
    same = np.abs(out - x).max((1, 2, 3)) < 1e-5
    assert (mirrored | same).all()
    assert flip == "none" or 10 < mirrored.sum() < 54


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_images_are_moved_within_what_was_allowed(framework: str) -> None:
    x = np.zeros((64, 20, 40, 1), np.float32)
    x[:, 8:12, 18:22] = 1
    rows, columns = np.meshgrid(np.arange(20) - 9.5, np.arange(40) - 19.5, indexing="ij")
    out = _augmented(framework, x, shift=0.2)[..., 0]
    weights = out.sum((1, 2))
    down, right = ((out * places).sum((1, 2)) / weights for places in (rows, columns))
    assert (np.abs(down) <= 4 + 1e-3).all()
    assert (np.abs(right) <= 8 + 1e-3).all()
    assert np.abs(down).max() > 2
    assert np.abs(right).max() > 4


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_images_are_turned_without_being_bent(framework: str) -> None:
    x = np.zeros((32, 21, 41, 1), np.float32)
    x[:, 10, 14:27] = 1
    out = _augmented(framework, x, rotate=90)[..., 0]
    rows, columns = np.meshgrid(np.arange(21) - 10, np.arange(41) - 20, indexing="ij")
    # The moment about the middle stays what it was whatever the turn, and images differ.
    moments = (out * (rows**2 + columns**2)).sum((1, 2)) / out.sum((1, 2))
    assert (np.abs(moments / 14 - 1) < 0.1).all()
    assert np.ptp((out * rows**2).sum((1, 2)) / out.sum((1, 2))) > 5


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_images_are_zoomed_and_noise_is_added(framework: str) -> None:
    x = np.zeros((64, 20, 20, 1), np.float32)
    x[:, 5:15, 5:15] = 1
    sizes = _augmented(framework, x, zoom=0.3).sum((1, 2, 3))
    assert sizes.min() < 80
    assert sizes.max() > 120
    noise = _augmented(framework, np.zeros_like(x), noise=0.5)
    assert abs(noise.std() - 0.5) < 0.05


def _augmented(framework: str, x: Any, **params: Any) -> Any:
    """Return images as training sees them."""
    torch, keras = load()
    node = cast("Any", Augment)(**{"flip": "none", **params})
    spec = Spec(x.shape[1:])
    if framework == "keras":
        keras.utils.set_random_seed(3)
        made = node.keras(spec).make.format(name='"augment"')
        layer = eval(made, {"keras": keras, "layers": keras.layers})
        return keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x), training=True))
    torch.manual_seed(3)
    layer = eval(node.torch(spec).make, {"Augment": _written("Augment")})
    return layer.train()(torch.from_numpy(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).numpy()
