"""What no shape tells: operations, receptive fields, and means at uneven edges, each against something that measures it."""

from typing import Any

import numpy as np
import pytest

from gnomon.graph.component import Component
from gnomon.graph.components.conv import Conv1D, Conv2D, Conv3D
from gnomon.graph.components.conv2d_transpose import Conv2DTranspose
from gnomon.graph.components.dense import Dense
from gnomon.graph.components.depthwise import DepthwiseConv2D, SeparableConv2D
from gnomon.graph.components.pool import AvgPool2D
from gnomon.graph.spec import Spec
from gnomon.graph.suite_frameworks import run_torch

torch = pytest.importorskip("torch")


def layer(each: Component, x: Spec) -> tuple[Any, Any]:
    """Return the layer that a component makes in PyTorch, and a function that calls it on its own order of axes."""
    code = each.torch(x)
    names = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    names["layer"] = eval(code.make, names)
    return names["layer"], lambda tensor: eval(code.call.format("x", layer="layer"), names | {"x": tensor})


@pytest.mark.parametrize(
    ("each", "shape"),
    [
        (Dense(units=7), (5,)),
        (Dense(units=7), (4, 5)),
        (Conv1D(filters=4), (9, 6)),
        (Conv2D(filters=6, groups=3, kernel_size=(3, 5), padding="valid"), (9, 8, 3)),
        (Conv2D(filters=6, strides=2), (9, 8, 3)),
        (Conv3D(filters=2, use_bias=False), (4, 5, 6, 2)),
        (DepthwiseConv2D(depth_multiplier=2), (9, 8, 3)),
        (SeparableConv2D(filters=5, depth_multiplier=2), (9, 8, 3)),
        (Conv2DTranspose(filters=5, kernel_size=3), (9, 8, 3)),
    ],
    ids=str,
)
def test_multiplications_and_additions_are_as_many_as_pytorch_counts(each: Component, shape: tuple[int, ...]) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    x = Spec(shape)
    given = torch.zeros(1, *(shape[-1:] + shape[:-1] if x.rank > 2 else shape))
    _, run = layer(each, x)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run(given)
    assert each.infer(x).flops == counter.get_total_flops()


@pytest.mark.parametrize("each", [Conv2D(filters=1, kernel_size=(3, 5)), Conv2D(filters=1, dilation=2),
                                  Conv2D(filters=1, strides=3, kernel_size=4), AvgPool2D(pool_size=3, strides=2)],
                         ids=str)  # fmt: skip
def test_a_place_sees_as_far_as_its_gradient_reaches(each: Component) -> None:
    x = Spec((31, 31, 1))
    given = torch.zeros(1, 1, 31, 31, requires_grad=True)
    made, run = layer(each, x)
    for weight in made.parameters():
        torch.nn.init.ones_(weight)
    out = run(given)
    h, w = out.shape[2] // 2, out.shape[3] // 2
    reached = [np.argwhere(torch.autograd.grad(out[0, 0, a, b], given, retain_graph=True)[0][0, 0].numpy())
               for a, b in ((h, w), (h + 1, w + 1))]  # fmt: skip
    spans = reached[0].max(0) - reached[0].min(0) + 1
    steps = reached[1].min(0) - reached[0].min(0)
    assert each.infer(x).grows == tuple(zip(steps.tolist(), spans.tolist(), strict=True))


@pytest.mark.parametrize(("size", "stride", "places"), [(2, None, 5), (3, 2, 6), (2, 2, 7), (3, 3, 8)])
def test_places_beyond_the_edge_do_not_count_in_a_mean(size: int, stride: int | None, places: int) -> None:
    each = AvgPool2D(pool_size=size, strides=stride, padding="same")
    x = Spec((places, places, 2))
    given = np.random.default_rng(0).normal(size=(2, *x.shape)).astype(np.float32)
    (out,) = each.infer(x).outs
    assert out is not None
    (found,) = run_torch(each.torch(x), [x], [given], [out]).outs
    step = stride or size
    before = max((-(-places // step) - 1) * step + size - places, 0) // 2
    expected = np.array([
        [given[:, max(i * step - before, 0) : i * step - before + size,
               max(j * step - before, 0) : j * step - before + size].mean((1, 2)) for j in range(found.shape[2])]
        for i in range(found.shape[1])
    ])  # fmt: skip
    np.testing.assert_allclose(found, expected.transpose(2, 0, 1, 3), atol=1e-6)
