"""Filters, preferred inputs, reconstructions and embeddings of torch models."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.core.errors import InputError, NotFoundError
from gnomon.models import digits

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 - there may be none

from gnomon.integrations.torch import embeddings, log_filters, preferred_inputs, reconstructions  # noqa: E402


def network() -> Any:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(), nn.Linear(144, 10)
    )


def inputs(n: int = 30) -> Any:
    return torch.from_numpy(digits.load().x_train[:n]).reshape(-1, 1, 8, 8)


def test_filters_of_every_layer_that_has_some_are_logged(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = nn.ModuleDict({"conv": nn.Conv2d(3, 4, 5), "up": nn.ConvTranspose2d(8, 1, 3), "fc": nn.Linear(12, 2)})
    with gnomon.init() as run:
        log_filters(run, model, "w", step=7, shape=(2, 6))
        log_filters(run, model["fc"], "alone")
        log_filters(run, nn.ReLU())
    assert caplog.messages == ["module: expected a layer with a weight of two to four axes, received ReLU."]
    with gnomon.connect(home=home) as lab:
        found = lab.run(run.id)
        shapes = {key: [(r.step, r.value.shape) for r in found.records(key)] for key in found.keys()}  # noqa: SIM118
        assert shapes == {
            "w/conv": [(7, (4, 5, 5, 3))],
            "w/up": [(7, (8, 3, 3, 1))],
            "w/fc": [(7, (2, 2, 6, 1))],
            "alone": [(8, (2, 3, 4, 1))],
        }
        (conv,) = found.records("w/conv")
        np.testing.assert_array_equal(conv.value, np.moveaxis(model["conv"].weight.detach().numpy(), 1, -1))


@pytest.mark.parametrize("form", ["tensor", "array", "loader"])
def test_preferred_inputs_are_those_with_the_largest_activation(form: str) -> None:
    model, x = network(), inputs()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, torch.zeros(30)), batch_size=7)
    given = {"tensor": x, "array": x.numpy(), "loader": loader}[form]
    found = preferred_inputs(model, "5", given, k=4)
    model.eval()
    answers = model(x).detach().numpy()
    np.testing.assert_array_equal(found.index, np.argsort(-answers, axis=0, kind="stable")[:4].T)
    np.testing.assert_allclose(found.value, -np.sort(-answers, axis=0)[:4].T, rtol=1e-6)
    assert found.tiles(x.numpy(), units=3).shape == (12, 1, 8, 8)


def test_the_model_is_left_in_the_mode_and_with_the_hooks_it_had() -> None:
    model = network()
    model[1].eval()
    modes, mean = [module.training for module in model.modules()], model[1].running_mean.clone()
    found = embeddings(model, model[3], inputs(), labels=np.arange(30) % 10)
    preferred_inputs(model, "0", inputs(), k=2)
    assert [module.training for module in model.modules()] == modes
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.equal(model[1].running_mean, mean)
    assert (found.vectors.shape, found.vectors.dtype) == ((30, 144), np.float32)


def test_reconstructions_stand_beside_their_inputs(home: Path) -> None:
    x = inputs(5)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64))
    with gnomon.init() as run:
        run.log({"r": reconstructions(model, x, most=3), "f": reconstructions(lambda batch: batch * 2, x)}, step=0)
    with gnomon.connect(home=home) as lab:
        (own,), (function,) = (list(lab.run(run.id).records(key)) for key in "rf")
        np.testing.assert_array_equal(own.value[0::2, :, :, 0], x[:3, 0].numpy())
        np.testing.assert_allclose(own.value[1::2].reshape(3, 64), model(x[:3]).detach().numpy(), rtol=1e-5)
        np.testing.assert_array_equal(function.value[1::2], 2 * function.value[0::2])


def test_what_is_not_there_is_said() -> None:
    model = network()
    with pytest.raises(NotFoundError, match=r"No layer 'nowhere' in Sequential\. There are: 0, 1, 2, 3, 4, 5\."):
        preferred_inputs(model, "nowhere", inputs())
    with pytest.raises(InputError, match="layer: expected one that the forward pass runs"):
        preferred_inputs(model, nn.Linear(1, 1), inputs())
    with pytest.raises(InputError, match="data: expected at least one input, received none"):
        preferred_inputs(model, "0", [])
