"""Watching torch models in real training loops, read back from the home."""

import copy
import gc
import io
import pickle
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.models import digits
from gnomon.sdk.model_report import Nature, Options, row_of, units_of

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 - there may be none

from gnomon.integrations.torch import measure  # noqa: E402
from gnomon.integrations.torch.measure import Rows  # noqa: E402
from gnomon.integrations.torch.parts import ModuleParts  # noqa: E402
from gnomon.integrations.torch.watch import TorchWatch  # noqa: E402

HEAD = ["mean", "std", "norm", "min", "max", "zeros", "bad"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def small() -> Any:
    return nn.Sequential(nn.Linear(64, 8), nn.ReLU(inplace=True), nn.Linear(8, 10))


def batches(n: int, size: int = 16) -> Iterator[tuple[Any, Any]]:
    data = digits.load()
    for i in range(n):
        rows = slice(i * size, (i + 1) * size)
        yield torch.from_numpy(data.x_train[rows]), torch.from_numpy(data.y_train[rows])


def train(
    model: Any,
    run: gnomon.Run | None,
    steps: int = 3,
    before_step: Callable[[], None] = lambda: None,
    call: Callable[[Any], Any] | None = None,
) -> None:
    """Train as people do, and log the loss of every step."""
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
    for x, y in batches(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy((call or model)(x.to(next(model.parameters()).dtype)).float(), y)
        if loss.requires_grad:
            loss.backward()
        before_step()
        optimizer.step()
        if run is not None:
            run.log({"loss": loss})


LABS: list[Any] = []


@pytest.fixture(autouse=True)
def closed_labs() -> Iterator[None]:
    yield
    while LABS:
        LABS.pop().close()


def read(run: gnomon.Run) -> Any:
    """Finish a run and return it as it is read back; the lab of the one before is closed."""
    run.finish()
    while LABS:
        LABS.pop().close()
    LABS.append(gnomon.connect(home=run.home))
    return LABS[-1].run(run.id)


def looking_at_every_step(run: gnomon.Run, model: Any, every: int) -> TorchWatch:
    """Watch a model by a clock that stands still, so that everything is free."""
    return TorchWatch(run, model, "net", Options(every=every), ModuleParts(), clock=lambda: 0.0)


def steps(read: Any, key: str) -> list[int]:
    return read.series(key).numpy()["step"].tolist()


def value(read: Any, key: str) -> list[float]:
    return read.series(key).numpy()["value"].tolist()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64"])
@pytest.mark.parametrize("kind", ["plain", "some bad", "all bad", "constant", "one", "huge"])
def test_a_row_is_the_same_on_the_cpu_on_a_device_and_in_numpy(dtype: str, kind: str) -> None:
    tensor = torch.randn(7, 11).to(getattr(torch, dtype))
    if kind == "some bad":
        tensor[0, :3] = torch.tensor([float("nan"), float("inf"), -float("inf")], dtype=tensor.dtype)
        tensor[1] = 0
    elif kind == "all bad":
        tensor[:] = float("nan")
    elif kind == "constant":
        tensor[:] = 0.5
    elif kind == "one":
        tensor = tensor[:1, :1]
    elif kind == "huge" and dtype != "complex64":
        tensor = tensor * 1e4
    flat = measure.flat(tensor)
    wanted = row_of(flat.double().numpy())
    device = Rows({("weights", "w"): measure.on_device(flat)}).take()["weights", "w"]
    for found in (measure.on_cpu(flat), device):
        np.testing.assert_allclose(found[:7], wanted[:7], rtol=1e-5, atol=1e-7)
        assert found[7:].sum() == wanted[0] - wanted[1]
        # A value on the edge of a bin may fall to either side: float32 and float64 round differently.
        assert np.abs(np.cumsum(found[7:]) - np.cumsum(wanted[7:])).max() <= 1


def test_weights_gradients_and_activations_are_those_of_the_step(home: Path) -> None:
    model, run = small(), gnomon.init()
    run.watch(model, "net", every=2)
    seen: list[tuple[float, float]] = []
    train(model, run, 5, lambda: seen.append((model[0].weight.norm().item(), model[2].bias.grad.mean().item())))
    found = read(run)
    expected = {
        f"net/{what}/{path}"
        for what, paths in {
            "weights": ["0.weight", "0.bias", "2.weight", "2.bias"],
            "gradients": ["0.weight", "0.bias", "2.weight", "2.bias"],
            "activations": ["0", "1", "2"],
        }.items()
        for path in paths
    }
    kinds = found.keys()
    assert {key for key, kind in kinds.items() if kind == "histogram"} == expected
    assert {key for key, kind in kinds.items() if kind == "scalar"} == {
        f"{key}/{figure}" for key in expected for figure in HEAD
    } | {"loss", *(f"net/activations/{layer}/dead" for layer in (0, 1, 2)), "net/activations/2/spread"}
    assert steps(found, "loss") == [0, 1, 2, 3, 4]
    assert steps(found, "net/weights/0.weight/norm") == steps(found, "net/activations/1/zeros") == [0, 2, 4]
    np.testing.assert_allclose(value(found, "net/weights/0.weight/norm"), [w for w, _ in seen[::2]], rtol=1e-5)
    np.testing.assert_allclose(
        value(found, "net/gradients/2.bias/mean"), [g for _, g in seen[::2]], rtol=1e-4, atol=1e-8
    )
    # The activation in place came after: the layer before it still shows what it gave.
    assert min(value(found, "net/activations/0/min")) < 0 == min(value(found, "net/activations/1/min"))
    assert value(found, "net/weights/0.weight/bad") == [0, 0, 0]


def test_by_default_the_budget_decides_and_the_first_step_is_there(home: Path) -> None:
    model, run = small(), gnomon.init()
    run.watch(model)
    train(model, run, 12)
    found = read(run)
    assert steps(found, "model/weights/2.bias/mean")[0] == 0
    assert 1 <= len(steps(found, "model/weights/2.bias/mean")) <= 3


def test_without_log_steps_are_counted(home: Path) -> None:
    model, run = small(), gnomon.init()
    run.watch(model, every=1, what="weights")
    train(model, None, 3)
    run.log({"later": 1})
    found = read(run)
    assert steps(found, "model/weights/0.bias/mean") == [0, 0, 1]  # the third belongs to the step logged then
    assert steps(found, "later") == [0]


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        (
            {"layers": "2"},
            {"weights/2.weight", "weights/2.bias", "gradients/2.weight", "gradients/2.bias", "activations/2"},
        ),
        ({"layers": ["*.weight"], "what": "gradients"}, {"gradients/0.weight", "gradients/2.weight"}),
        ({"layers": lambda path: path == "0", "what": ("weights", "activations")}, {"activations/0"}),
    ],
)
def test_layers_and_what_choose(home: Path, options: dict[str, Any], paths: set[str]) -> None:
    model, run = small(), gnomon.init()
    run.watch(model, every=1, **options)
    train(model, run, 1)
    found = read(run)
    assert {key.removeprefix("model/") for key, kind in found.keys().items() if kind == "histogram"} == paths


@pytest.mark.parametrize("end", ["unwatch", "by name", "finish"])
def test_afterwards_the_model_is_as_it_was(home: Path, end: str) -> None:
    model, run = small(), gnomon.init()
    before = [dict(vars(module)) for module in model.modules()]
    run.watch(model, "net", every=1)
    train(model, run, 2)
    {"unwatch": lambda: run.unwatch(model), "by name": lambda: run.unwatch("net"), "finish": run.finish}[end]()
    for module, was in zip(model.modules(), before, strict=True):
        now = dict(vars(module))
        for name in was:
            if name not in ("_parameters", "_modules", "training"):
                assert now[name] == was[name], name
        assert now.keys() == was.keys()
    train(model, None, 1)


def test_copies_of_a_watched_model_are_not_watched_and_need_no_gnomon(home: Path, tmp_path: Path) -> None:
    model, run = small(), gnomon.init(strict=True)
    run.watch(model, every=1)
    train(model, run, 1)
    x = torch.zeros(1, 64)
    stream = io.BytesIO()
    torch.save(model, stream)
    again = torch.load(io.BytesIO(stream.getvalue()), weights_only=False)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), again):
        torch.testing.assert_close(other(x), model(x))
        other(x).sum().backward()
    (tmp_path / "model.pt").write_bytes(stream.getvalue())
    code = f"import sys, torch; m = torch.load({str(tmp_path / 'model.pt')!r}, weights_only=False); m(torch.zeros(1, 64)); "
    code += "sys.exit('gnomon' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert list(model.state_dict()) == list(small().state_dict())
    assert steps(read(run), "model/weights/0.bias/mean")[0] == 0


class Poisoned(nn.Module):
    """Three layers, of which one gives what it is told to at one step."""

    def __init__(self, poison: str, at: int) -> None:
        super().__init__()
        self.first, self.middle, self.last = nn.Linear(64, 8), Middle(poison, at), nn.Linear(8, 10)

    def forward(self, x: Any) -> Any:
        return self.last(self.middle(self.first(x)))


class Middle(nn.Module):
    def __init__(self, poison: str, at: int) -> None:
        super().__init__()
        self.poison, self.at, self.calls = poison, at, 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        if self.calls - 1 != self.at:
            return x
        if self.poison == "activations":
            return torch.cat([x[:, :3] / 0, x[:, 3:]], 1)
        # Finite forward, and a gradient of 0 · inf backward.
        return x + torch.where(x > 1e9, torch.sqrt(x * 0), torch.zeros_like(x))


@pytest.mark.parametrize("every", [1, 1000])
@pytest.mark.parametrize(
    ("poison", "text"),
    [
        (
            "activations",
            (
                "Non-finite values at step 2: first in the activations of middle (48 of 128). "
                "The weights up to there, and what went into this layer, were finite."
            ),
        ),
        (
            "gradients",
            (
                "Non-finite values at step 2: first in the gradients of first.weight (512 of 512). "
                "Weights and activations were finite: the backward pass made them."
            ),
        ),
    ],
)
def test_non_finite_values_are_traced_to_the_layer_and_the_step_they_came_from(
    home: Path, every: int, poison: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    model, run = Poisoned(poison, 2), gnomon.init()
    watch = looking_at_every_step(run, model, every)
    train(model, run, 5)
    watch.close()
    found = read(run)
    (record,) = found.records("net/nonfinite")
    assert (record.step, record.value) == (2, text)
    assert caplog.messages == [f"net: {text}"]
    what = text.split(" in the ")[1].split(" (", maxsplit=1)[0].replace(" of ", "/")
    bad = dict(zip(steps(found, f"net/{what}/bad"), value(found, f"net/{what}/bad"), strict=True))
    assert bad[2] == (48 if poison == "activations" else 512)


def test_bad_weights_and_bad_data_are_told_apart_from_bad_layers(home: Path) -> None:
    model, run = small(), gnomon.init(strict=True)
    watch = looking_at_every_step(run, model, 1000)
    train(model, run, 2)
    model(torch.full((4, 64), torch.nan)).sum()
    run.log({"x": 1}, step=10)
    train(model, run, 1)
    with torch.no_grad():
        model[2].weight[0, 0] = torch.inf
    train(model, run, 1)
    watch.close()
    found = read(run)
    assert [(r.step, r.value) for r in found.records("net/nonfinite")] == [
        (10, "Non-finite values at step 10: 256 of 256 values of the input. They came with the data."),
        (
            12,
            (
                "Non-finite values at step 12: first in the weights of 2.weight (1 of 80). "
                "They were not finite when the forward pass began: look at the update before."
            ),
        ),
    ]


def test_a_model_in_bfloat16_and_frozen_parts_are_watched(home: Path) -> None:
    model, run = small().to(torch.bfloat16), gnomon.init(strict=True)
    for parameter in model[0].parameters():
        parameter.requires_grad = False
    run.watch(model, every=1)
    train(model, run, 2)
    found = read(run)
    assert {key for key in list(found.keys()) if key.startswith("model/gradients") and key.count("/") == 2} == {
        "model/gradients/2.weight",
        "model/gradients/2.bias",
    }
    assert value(found, "model/weights/0.weight/norm")[0] == pytest.approx(
        model[0].weight.float().norm().item(), rel=1e-5
    )


def test_a_model_that_is_wholly_frozen_or_only_evaluated_disturbs_nothing(home: Path) -> None:
    model, run = small(), gnomon.init(strict=True)
    run.watch(model, every=1)
    with torch.no_grad():
        model(torch.zeros(2, 64))
    model.eval()
    model(torch.zeros(2, 64))
    model.train()
    model.requires_grad_(requires_grad=False)
    for _ in range(2):
        model(torch.zeros(2, 64))
        run.log({"x": 0})
    found = read(run)
    assert steps(found, "model/weights/0.weight/mean") == [0, 1]
    assert not [key for key in list(found.keys()) if "gradients" in key]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_batches_from_the_workers_of_a_data_loader(home: Path, method: str) -> None:
    data = torch.utils.data.TensorDataset(torch.randn(16, 64), torch.zeros(16, dtype=torch.int64))
    loader = torch.utils.data.DataLoader(data, batch_size=8, num_workers=1, multiprocessing_context=method)
    model, run = small(), gnomon.init()
    run.watch(model, every=1)
    for x, y in loader:
        nn.functional.cross_entropy(model(x), y).backward()
        run.log({"loss": 0})
    assert steps(read(run), "model/gradients/0.weight/norm") == [0, 1]


def test_paths_leave_out_the_wrappers_of_parallel_and_compiled_models(home: Path) -> None:
    paths = []
    for wrap in (nn.DataParallel, lambda model: torch.compile(model, backend="eager")):
        model, run = wrap(small()), gnomon.init(strict=True)
        run.watch(model, every=1)
        train(model, run, 2)
        found = read(run)
        assert steps(found, "model/gradients/0.weight/norm") == [0, 1]
        paths.append({key for key, kind in found.keys().items() if kind == "histogram"})
    assert {f"model/weights/{n}.{p}" for n in (0, 2) for p in ("weight", "bias")} <= paths[0] & paths[1]
    assert "model/activations/1" in paths[0]
    torch.compiler.reset()


def test_a_model_compiled_after_it_was_watched_trains_as_ever_and_update_looks_at_it(home: Path) -> None:
    model, run = small(), gnomon.init(strict=True)
    run.watch(model, every=1)
    compiled = torch.compile(model, backend="eager")
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for i, (x, y) in enumerate(batches(3)):
        optimizer.zero_grad()
        nn.functional.cross_entropy(compiled(x), y).backward()
        optimizer.step()
        run.update(step=i)
    found = read(run)
    assert steps(found, "model/weights/0.weight/norm") == [0, 1, 2]
    assert steps(found, "model/gradients/0.weight/norm") == [0, 1, 2]
    torch.compiler.reset()


class Block(nn.Module):
    """Two layers, of which the first is watched by the second part of a model."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Any) -> Any:
        return self.fc(x).relu()


@pytest.mark.parametrize("part", ["whole", "wrapped part", "part in place", "forward of a part"])
@pytest.mark.parametrize("begins", [0, 2])
def test_looking_now_and_then_has_nothing_compiled_anew(home: Path, part: str, begins: int) -> None:
    torch.compiler.reset()
    graphs: list[Any] = []

    def backend(graph: Any, inputs: Any) -> Any:
        del inputs
        graphs.append(graph)
        return graph.forward

    model, run = nn.Sequential(Block(), nn.Linear(10, 10)), gnomon.init(strict=True)
    if part == "whole":
        model = torch.compile(model, backend=backend)
    elif part == "wrapped part":
        model[0] = torch.compile(model[0], backend=backend)
    elif part == "part in place":
        model[0].compile(backend=backend)
    else:
        model[0].forward = torch.compile(model[0].forward, backend=backend)
    train(model, run, begins)
    run.watch(model, every=2)
    train(model, run, 7)
    assert steps(read(run), "model/weights/0.fc.weight/norm" if part != "wrapped part" else WRAPPED) == [
        begins + i for i in (0, 2, 4, 6)
    ]
    assert len(graphs) == 1
    torch.compiler.reset()


WRAPPED = "model/weights/0._orig_mod.fc.weight/norm"


def test_layers_have_hooks_only_in_the_steps_that_are_looked_at(home: Path) -> None:
    seen: list[int] = []

    class Counting(nn.Module):
        def forward(self, x: Any) -> Any:
            seen.append(sum(len(module._forward_hooks) for module in model.modules()))
            return x

    model, run = nn.Sequential(nn.Linear(64, 8), Counting(), nn.Linear(8, 10)), gnomon.init(strict=True)
    now = iter(range(100_000))
    TorchWatch(run, model, "net", Options(), ModuleParts(), clock=lambda: float(next(now)))
    train(model, run, 10)
    # Three layers and the end of the pass. The first look is free, and the next, by this clock, takes for ever.
    assert (seen[0], seen[-1]) == (4, 0)
    assert sorted(set(seen)) == [0, 4]
    assert [len(module._forward_hooks) for module in model.modules()] == [0, 0, 0, 0]
    run.finish()


def test_a_forward_pass_that_fails_leaves_no_hooks_behind(home: Path) -> None:
    model, run = small(), gnomon.init(strict=True)
    run.watch(model, every=1)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            model(torch.zeros(2, 63))
    model.requires_grad_(requires_grad=False)
    run.unwatch(model)
    assert [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()] == [0, 0, 0, 0]


def test_the_watch_keeps_no_model_alive(home: Path) -> None:
    model, run = small(), gnomon.init()
    run.watch(model, every=1)
    train(model, run, 1)
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    run.update(step=5)
    run.finish()


def test_watching_again_replaces_and_a_second_model_has_a_name_of_its_own(home: Path) -> None:
    one, two, run = small(), small(), gnomon.init()
    run.watch(one, every=1)
    run.watch(one, every=1)
    run.watch(two, every=1)
    hooks = [(len(module._forward_pre_hooks), len(module._forward_hooks)) for module in one.modules()]
    train(one, run, 1)
    train(two, run, 1)
    found = read(run)
    assert hooks == [(1, 0), (0, 0), (0, 0), (0, 0)]
    assert len(steps(found, "model/weights/0.bias/mean")) == 1
    assert steps(found, "model-2/weights/0.bias/mean") == [1]


def test_an_error_of_ours_is_said_once_and_training_goes_on(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, run = small(), gnomon.init()
    run.watch(model, "net", every=1)

    def broken(*given: Any) -> None:
        msg = "out of memory"
        raise RuntimeError(msg)

    monkeypatch.setattr("gnomon.integrations.torch.watch.measure", broken)
    train(model, run, 3)
    assert caplog.messages == ["watch: RuntimeError: out of memory. It is not watched; training goes on."]
    assert run.dropped >= 3
    assert steps(read(run), "loss") == [0, 1, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 3}, "budget: expected a share above 0 up to 1, received 3. 0.03 is three per cent."),
        ({"what": "biases"}, "what: expected some of weights, gradients, activations, received 'biases'."),
        ({"histograms": 5}, "histograms: expected one of budget, every, what, layers, received 'histograms'."),
        ({"every": 0}, "every: expected an integer of at least 1, received 0. Pass every=10 for each tenth update."),
    ],
)
def test_wrong_options_are_said_and_nothing_is_watched(
    home: Path, caplog: pytest.LogCaptureFixture, options: dict[str, Any], message: str
) -> None:
    model, run = small(), gnomon.init()
    run.watch(model, **options)
    assert (caplog.messages, [len(m._forward_hooks) for m in model.modules()]) == ([message], [0, 0, 0, 0])


def test_a_disabled_run_puts_no_hooks_on_a_model() -> None:
    model, run = small(), gnomon.init(mode="disabled")
    run.watch(model)
    assert [len(m._forward_hooks) for m in model.modules()] == [0, 0, 0, 0]


def test_tensors_and_optimisers_are_watched_as_values(home: Path) -> None:
    model, run = small(), gnomon.init(strict=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.1)
    run.watch(optimizer, "lr", attribute="param_groups.0.lr")
    run.watch(model[0].bias, "bias", every=2)
    for i in range(3):
        run.update(step=i)
        optimizer.step()
        schedule.step()
    found = read(run)
    assert value(found, "lr") == pytest.approx([0.5, 0.05, 0.005])
    assert [r.step for r in found.records("bias")] == [0, 2]


class Units(nn.Module):
    """Layers of every nature: channels in front, rectified, saturated, places instead of channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu, self.flatten = nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True), nn.Flatten()
        self.fc, self.squash, self.out = nn.Linear(4 * 36, 6), nn.Tanh(), nn.Linear(6, 10)
        with torch.no_grad():
            self.conv.bias[:2] = -100
            self.fc.weight *= 20

    def forward(self, x: Any) -> Any:
        return self.out(self.squash(self.fc(self.flatten(self.relu(self.conv(x))))))


def test_every_figure_equals_a_computation_by_hand_one_by_one(home: Path) -> None:
    model, run = Units(), gnomon.init(strict=True)
    watch = looking_at_every_step(run, model, 1)
    by_hand: dict[str, list[float]] = {}
    for x, y in batches(3):
        given = x.reshape(-1, 1, 8, 8)
        with torch.no_grad():
            rectified = model.conv(given).clamp(min=0)
            squashed = torch.tanh(model.fc(rectified.flatten(1)))
            made = model.out(squashed)
        model.zero_grad()
        nn.functional.cross_entropy(model(given), y).backward()
        figures = {
            "activations/relu/dead": (rectified.amax((0, 2, 3)) == 0).double().mean(),
            "activations/squash/saturated": (1 - squashed.double() ** 2 < 0.05).double().mean(),
            "activations/out/spread": (made.amax(0) - made.amin(0)).max() / made.square().mean().sqrt(),
            "activations/out/dead": torch.zeros(()),
        }
        for path, parameter in model.named_parameters():
            for what, t in (("weights", parameter.detach()), ("gradients", parameter.grad)):
                figures |= {
                    f"{what}/{path}/max": t.max(),
                    f"{what}/{path}/min": t.min(),
                    f"{what}/{path}/mean": t.mean(),
                    f"{what}/{path}/std": t.std(unbiased=False),
                    f"{what}/{path}/norm": t.norm(),
                    f"{what}/{path}/zeros": (t == 0).double().mean(),
                }
        for key, figure in figures.items():
            by_hand.setdefault(key, []).append(figure.item())
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.sub_(parameter.grad, alpha=0.01)
        run.log({"loss": 0})
    watch.close()
    found = read(run)
    assert by_hand["activations/relu/dead"][0] >= 0.5 > by_hand["activations/out/dead"][0]
    assert 0.05 < by_hand["activations/squash/saturated"][0] < 1
    by_hand["activations/out/spread"].pop(0)  # which layer is the last is known behind the first pass
    for key, wanted in by_hand.items():
        np.testing.assert_allclose(value(found, f"net/{key}"), wanted, rtol=2e-4, atol=1e-7, err_msg=key)
    kept = [key for key in found.keys() if key.startswith("net/activations/flatten")]  # noqa: SIM118 - a method of ours
    assert not any(key.endswith(("dead", "saturated")) for key in kept)


@pytest.mark.parametrize("behind", ["relu", "sigmoid", "tanh"])
def test_a_function_behind_a_layer_is_told_as_if_a_module_showed_it(behind: str) -> None:
    made, call = torch.randn(8, 5) * 4, {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}[behind]
    made[:, 0] = -3
    shown = Nature(counts=behind == "relu", bounds={"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}.get(behind))
    module = measure.measure_layer(call(made), shown, -1, is_last=False)
    hidden = Nature(counts=behind == "relu", behind=behind)
    for found in (
        measure.measure_layer(made, hidden, -1, is_last=False)[-3:],
        units_of(made.numpy(), hidden, -1, is_last=False),
    ):
        np.testing.assert_allclose(found, module[-3:], rtol=1e-6)
    assert 0 < module[-3 if behind == "relu" else -2] < 1


@pytest.mark.parametrize("axis", [1, -1])
@pytest.mark.parametrize("bounds", [None, (-1.0, 1.0)])
def test_figures_of_units_are_the_same_in_torch_and_in_numpy(axis: int, bounds: tuple[float, float] | None) -> None:
    nature, values = Nature(counts=True, bounds=bounds), torch.randn(5, 3, 4).clamp(-1.5, 1.5) - 0.2
    values[:, 1] = 0
    values[..., 2] = 0
    row = measure.measure_layer(values, nature, axis, is_last=True)
    np.testing.assert_allclose(row[-3:], units_of(values.numpy(), nature, axis, is_last=True), rtol=1e-5)
    device = torch.cat([measure.on_device(measure.flat(values)), torch.zeros(3)])
    assert Rows({("a", "x"): row, ("a", "y"): device, ("a", "z"): device[:-3]}).take()["a", "y"].shape == row.shape
