"""Real training runs, each ill in one way, and one that is well: a small network on the packaged digits."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gnomon
from gnomon.models import digits

STEPS = 120


def mlp(torch: Any, sizes: list[int], activation: Callable[[], Any]) -> Any:
    """Return fully connected layers with an activation between them."""
    layers: list[Any] = []
    for i, (a, b) in enumerate(itertools.pairwise(sizes)):
        layers += [torch.nn.Linear(a, b), *([activation()] if i < len(sizes) - 2 else [])]
    return torch.nn.Sequential(*layers)


def train(
    torch: Any,
    name: str,
    home: Path,
    model: Any,
    *,
    rate: float = 0.1,
    scale: float = 1.0,
    steps: int = STEPS,
    loss_of: Callable[[Any, Any], Any] | None = None,
    rows: int = 10_000,
) -> str:
    """Train as a script would, watch every fourth step, and return the run's id."""
    data = digits.load()
    x, y = torch.from_numpy(data.x_train)[:rows] * scale, torch.from_numpy(data.y_train)[:rows]
    held, truth = torch.from_numpy(data.x_test) * scale, torch.from_numpy(data.y_test)
    judge = loss_of or torch.nn.functional.cross_entropy
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum=0.9)
    with gnomon.init("health", name, home=home, capture="off", console=False) as run:
        run.watch(model, every=4)
        for step in range(steps):
            at = torch.randint(0, len(x), (64,))
            optimizer.zero_grad()
            loss = judge(model(x[at]), y[at])
            loss.backward()
            optimizer.step()
            run.log({"batch/loss": loss}, step=step)
            if step % 10 == 9:
                model.eval()
                with torch.no_grad():
                    run.log({"train/loss": loss, "val/loss": judge(model(held), truth)}, step=step)
                model.train()
        run.unwatch(model)
    return run.id


def sick(torch: Any, home: Path) -> dict[str, str]:
    """Return the id of each run by what ails it."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    nn = torch.nn
    deep = mlp(torch, [64, *[30] * 9, 10], nn.Sigmoid)
    loud = mlp(torch, [64, 30, 10], nn.ReLU)
    dead = mlp(torch, [64, 30, 20, 10], nn.ReLU)
    flat = mlp(torch, [64, 30, 10], nn.Tanh)
    lost = mlp(torch, [64, 30, 10], nn.ReLU)
    with torch.no_grad():
        dead[2].bias.fill_(-100)
        flat[0].weight.mul_(50)
    by_heart = mlp(torch, [64, 256, 10], nn.ReLU)
    well = mlp(torch, [64, 30, 10], nn.ReLU)

    def loss_with_a_logarithm(made: Any, wanted: Any) -> Any:
        picked = nn.functional.softmax(made, 1)[torch.arange(len(wanted)), wanted]
        return -torch.log(torch.where(picked > 0.7, torch.zeros_like(picked), picked)).mean() * 0 + picked.log().mean()

    return {
        "vanishing": train(torch, "vanishing", home, deep),
        "exploding": train(torch, "exploding", home, loud, rate=100.0),
        "dead": train(torch, "dead", home, dead),
        "saturated": train(torch, "saturated", home, flat, rate=0.001),
        "nonfinite": train(torch, "nonfinite", home, lost, loss_of=loss_with_a_logarithm),
        "overfit": train(torch, "overfit", home, by_heart, rows=40, rate=0.3, steps=300),
        "well": train(torch, "well", home, well),
    }
