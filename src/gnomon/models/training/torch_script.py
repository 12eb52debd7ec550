"""`train.py` for PyTorch, with gaps."""

from typing import Final

from gnomon.models.training.script_parts import END, FACTOR, HEAD, LOAD

TORCH: Final = (
    HEAD.replace("<<needs>>", "PyTorch and NumPy").replace(
        "<<imports>>",
        """import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from model import <<model>>""",
    )
    + '''CHANNELS_FIRST = <<first>>
GIVEN_BACK = <<again>>
LOSS_WEIGHTS = <<weights>>
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
<<class_weights>>

Tensors = dict[str, torch.Tensor]


def build() -> <<model>>:
    """Return the model; its first weights follow from the seed."""
    torch.manual_seed(SEED)
    return <<model>>().to(DEVICE)


def optimizer_of(model: <<model>>) -> torch.optim.Optimizer:
    """Return what changes the weights."""
    return <<optimizer>>


def predict(model: <<model>>, inputs: Tensors) -> Tensors:
    """Return what the model gives, by output."""
    found = model(*(inputs[name] for name in INPUTS))
    return dict(zip(TARGETS, found if isinstance(found, tuple) else (found,)))


def losses(outputs: Tensors, targets: Tensors) -> Tensors:
    """Return the loss of each output."""
    return {
        <<losses>>
    }


def total_of(each: dict) -> torch.Tensor | float:
    """Return what training makes small: the losses together, each times its weight."""
    return sum(LOSS_WEIGHTS.get(name, 1) * loss for name, loss in each.items())


def counts(outputs: Tensors, targets: Tensors) -> Tensors:
    """Count what metrics are made of; counts of batches add up."""
    return {
        <<sums>>
    }


def amount(value: torch.Tensor | int) -> torch.Tensor | float:
    """Return what was counted in main memory, one number as a number."""
    if not isinstance(value, torch.Tensor):
        return float(value)
    return value.item() if value.numel() == 1 else value.cpu().double()


def ratio(a: float, b: float) -> float:
    """Return a quotient; that of nothing is no number."""
    return a / b if b else math.nan


def metrics(total: dict[str, torch.Tensor | float]) -> dict[str, float]:
    """Return the metrics of what was counted."""
    found = {
        <<figures>>
    }
    return {name: float(value) for name, value in found.items()}


def train_step(
    model: <<model>>, optimizer: torch.optim.Optimizer, inputs: Tensors, targets: Tensors
) -> tuple[Tensors, Tensors]:
    """Change the weights once; return the losses and the counts."""
    outputs = predict(model, inputs)
    each = losses(outputs, targets)
    loss = total_of(each)
    if torch.isfinite(loss):  # one that is no number would spoil all weights
        optimizer.zero_grad()
        loss.backward()
        <<clip>>
        optimizer.step()
    with torch.no_grad():
        return {name: loss.detach() for name, loss in each.items()}, counts(outputs, targets)


class Totals:
    """Add up losses and counts of batches."""

    def __init__(self) -> None:
        self.rows = 0
        self.losses: dict[str, float] = {}
        self.counts: dict[str, torch.Tensor | float] = {}

    def add(self, rows: int, each: Tensors, counted: Tensors) -> dict[str, float]:
        """Add a batch; return its own figures."""
        found = {name: float(loss) for name, loss in each.items()}
        counted = {name: amount(value) for name, value in counted.items()}
        self.rows += rows
        for name, loss in found.items():
            self.losses[name] = self.losses.get(name, 0.0) + rows * loss
        for name, value in counted.items():
            self.counts[name] = self.counts.get(name, 0) + value
        return figures(found, counted)

    def figures(self) -> dict[str, float]:
        """Return the figures of all batches."""
        return figures({name: loss / self.rows for name, loss in self.losses.items()}, self.counts)


def figures(each: dict[str, float], counted: dict[str, torch.Tensor | float]) -> dict[str, float]:
    """Return the loss and the metrics, by name."""
    found = {f"{name}/loss": loss for name, loss in each.items()} if len(each) > 1 else {}
    return {"loss": total_of(each), **found, **metrics(counted)}


@torch.no_grad()
def judge(model: <<model>>, inputs: Tensors, targets: Tensors) -> dict[str, float]:
    """Return loss and metrics over all rows of a part."""
    model.eval()
    totals = Totals()
    rows = len(next(iter(inputs.values())))
    for first in range(0, rows, BATCH_SIZE):
        chosen = slice(first, first + BATCH_SIZE)
        batch, truth = cut(inputs, chosen), cut(targets, chosen)
        outputs = predict(model, batch)
        totals.add(len(range(rows)[chosen]), losses(outputs, truth), counts(outputs, truth))
    model.train()
    return totals.figures()
'''
    + FACTOR
    + LOAD
    + '''

def tensor(name: str, array: np.ndarray) -> torch.Tensor:
    """Return an array as PyTorch has it: channels in front of the places."""
    found = np.moveaxis(array, -1, 1) if name in CHANNELS_FIRST else array
    return torch.from_numpy(np.ascontiguousarray(found)).to(DEVICE)


def part(arrays: dict[str, np.ndarray], name: str) -> tuple[Tensors, Tensors]:
    """Return inputs and targets of one part, both empty when there is none."""
    found = []
    for kind in ("inputs", "targets"):
        begin = f"{name}/{kind}/"
        found.append({key[len(begin) :]: tensor(key[len(begin) :], array) for key, array in arrays.items() if key.startswith(begin)})
    inputs, targets = found
    return inputs, targets | {name: inputs[of] for name, of in GIVEN_BACK.items() if of in inputs}


def cut(tensors: Tensors, rows: slice | torch.Tensor) -> Tensors:
    """Return some rows."""
    return {name: values[rows] for name, values in tensors.items()}


def main() -> list[dict[str, float]]:
    """Train; return the figures of each epoch."""
    arrays = load()
    inputs, targets = part(arrays, "train")
    rows = len(next(iter(inputs.values())))
    validation = part(arrays, "validation")
    steps = sum(1 for _ in batches(0, rows))
    model = build()
    optimizer = optimizer_of(model)
    run = gnomon.init(<<project>>, config={"lr": LEARNING_RATE, "batch_size": BATCH_SIZE, "seed": SEED}) if gnomon else None
    history, best, waited, step = [], <<worst>>, 0, 0
    for epoch in range(EPOCHS):
        totals = Totals()
        for chosen in batches(epoch, rows):
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * factor(step, EPOCHS * steps, epoch)
            batch, truth = (cut(each, torch.from_numpy(chosen)) for each in (inputs, targets))
            found = totals.add(len(chosen), *train_step(model, optimizer, batch, truth))
            if run is not None:
                run.log({f"batch/{name}": value for name, value in found.items()}, step=step)
            step += 1
        history.append({f"train/{name}": value for name, value in totals.figures().items()})
        judged = totals.figures()
        if validation[0]:
            judged = judge(model, *validation)
            history[-1] |= {f"val/{name}": value for name, value in judged.items()}
        print(f"epoch {epoch + 1}:", ", ".join(f"{name} {value:.5g}" for name, value in history[-1].items()))
        if run is not None:
            run.log(history[-1], step=step - 1, epoch=epoch + 1)
        is_better = <<better>>
        best, waited = (judged[<<monitor>>], 0) if is_better else (best, waited + 1)
        if PATIENCE is not None and waited >= PATIENCE:
            break
    torch.save(model.state_dict(), HERE / "weights.pt")
    test = part(arrays, "test")
    if test[0]:
        print("test:", ", ".join(f"{name} {value:.5g}" for name, value in judge(model, *test).items()))
    if run is not None:
        run.finish()
    return history
'''
    + END
)
