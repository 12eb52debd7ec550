"""The same training as a script of its own: `train.py` beside `model.py`, plain, readable, run without gnomon.

It is what is run, too: the worker calls the functions of this file for model, optimizer, losses and metrics, so that
what the script says is what was trained.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from gnomon.core.folder import write_whole
from gnomon.graph.code.write import write
from gnomon.models.training import keras_text, torch_text
from gnomon.models.training.plan import Plan
from gnomon.models.training.settings import Schedule

MODEL: Final = "model.py"
SCRIPT: Final = "train.py"
DATA: Final = "data.npz"
_GAP: Final = re.compile(r"<<(\w+)>>")


def write_script(folder: Path, plan: Plan, seed: int, facts: dict[str, Any]) -> None:
    """Write `model.py` and `train.py` into a folder.

    Args:
        folder: Where to.
        plan: What is trained.
        seed: Of everything that is drawn.
        facts: What the data say: `project`, `dataset`, and `class_weights` by output.
    """
    write_whole(folder / MODEL, write(plan.graph, plan.target, fresh=True).text.encode())
    write_whole(folder / SCRIPT, script(plan, seed, facts).encode())


def script(plan: Plan, seed: int, facts: dict[str, Any]) -> str:
    """Return `train.py`."""
    text = _TORCH if plan.target == "torch" else _KERAS
    return _filled(text, (_torch if plan.target == "torch" else _keras)(plan, facts) | _common(plan, seed, facts))


def _filled(text: str, values: dict[str, str]) -> str:
    """Put values in the place of their names in double angle brackets; a line that holds a list gives each its own."""
    lines = []
    for line in text.split("\n"):
        name = line.strip().removeprefix("<<").removesuffix(">>")
        if line.strip() == f"<<{name}>>" and name in values:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [f"{indent}{each}" if each else "" for each in values[name].split("\n") if values[name]]
        else:
            lines.append(_GAP.sub(lambda found: values[found[1]], line))
    return "\n".join(lines)


def _common(plan: Plan, seed: int, facts: dict[str, Any]) -> dict[str, str]:
    settings = plan.settings
    name, grows = plan.monitor
    return {
        "about": _one_line(plan.graph.name),
        "dataset": str(facts.get("dataset", "")),
        "project": repr(str(facts.get("project", "default"))),
        "seed": str(seed),
        "epochs": str(settings.epochs),
        "batch_size": str(settings.batch_size),
        "lr": repr(settings.optimizer.rate),
        "patience": repr(settings.stop.patience),
        "monitor": repr(name),
        "better": f"{name_of(name)} > best + {settings.stop.min_delta!r}"
        if grows
        else f"{name_of(name)} < best - {settings.stop.min_delta!r}",
        "worst": "-math.inf" if grows else "math.inf",
        "inputs": _tuple(plan.inputs),
        "targets": _tuple([head.node for head in plan.heads]),
        "again": _map({head.node: head.of for head in plan.heads if head.of}),
        "factor": "\n".join(_factor(settings.schedule)),
        "data": DATA,
    }


def name_of(metric: str) -> str:
    """Return what a monitored metric is in the loop of the script."""
    return f'judged["{metric}"]'


def _torch(plan: Plan, facts: dict[str, Any]) -> dict[str, str]:
    many = len(plan.heads) > 1
    weights = facts.get("class_weights", {})
    return {
        "model": plan.class_name,
        "first": _tuple([*plan.first, *(head.node for head in plan.heads if head.of in plan.first)]),
        "optimizer": _torch_optimizer(plan),
        "clip": f"torch.nn.utils.clip_grad_norm_(model.parameters(), {plan.settings.clip!r})"
        if plan.settings.clip
        else "",
        "losses": "\n".join(
            f'"{head.node}": {torch_text.loss(head, weighted=head.node in weights).replace("CLASS_WEIGHTS", _weights(head.node))},'
            for head in plan.heads
        ),
        "class_weights": "\n".join(f"{_weights(node)} = torch.tensor({values!r})" for node, values in weights.items()),
        "dice": torch_text.DICE if any(head.loss == "dice" for head in plan.heads) else "",
        "sums": "\n".join(line for head in plan.heads for line in torch_text.sums(head)),
        "figures": "\n".join(
            line for head in plan.heads for line in torch_text.figures(head, f"{head.node}/" if many else "")
        ),
        "each_loss": "each | " if many else "",
    }


def _weights(node: str) -> str:
    return f"CLASS_WEIGHTS_{node.upper()}"


def _torch_optimizer(plan: Plan) -> str:
    chosen = plan.settings.optimizer
    name = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}[chosen.type]
    words = ["model.parameters()", "lr=LEARNING_RATE"]
    if chosen.weight_decay or chosen.type == "adamw":  # whose own default is not 0
        words.append(f"weight_decay={chosen.weight_decay!r}")
    if chosen.type in ("sgd", "rmsprop") and chosen.momentum:
        words.append(f"momentum={chosen.momentum!r}")
    return f"torch.optim.{name}({', '.join(words)})"


def _keras(plan: Plan, facts: dict[str, Any]) -> dict[str, str]:
    return keras_text.parts(plan, facts)


def _factor(schedule: Schedule) -> list[str]:
    """Return the statements that give the factor of a step."""
    lines = []
    if schedule.warmup:
        lines += [f"if step < {schedule.warmup}:", f"    return (step + 1) / {schedule.warmup + 1}"]
    if schedule.type == "step":
        return [*lines, f"return {schedule.factor!r} ** (epoch // {schedule.every})"]
    if schedule.type == "constant":
        return [*lines, "return 1.0"]
    lines.append(
        f"done = (step - {schedule.warmup}) / max(1, steps - 1 - {schedule.warmup})"
        if schedule.warmup
        else "done = step / max(1, steps - 1)"
    )
    falls = "1 - done" if schedule.type == "linear" else "0.5 + 0.5 * math.cos(math.pi * done)"
    return [
        *lines,
        f"return {schedule.end!r} + {1 - schedule.end!r} * ({falls})" if schedule.end else f"return {falls}",
    ]


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() and c not in '"\\' else " " for c in text).strip() or "A model"


def _tuple(names: Iterable[str]) -> str:
    found = [f'"{name}"' for name in names]
    return f"({', '.join(found)}{',' if len(found) == 1 else ''})"


def _map(values: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{key}": "{value}"' for key, value in values.items()) + "}"


_HEAD: Final = '''"""<<about>>: trains the model of model.py on <<dataset>>. Run it: python train.py

Written by gnomon, and needs <<needs>> only: the data are read from <<data>> beside it. Where gnomon is
installed, they are read through it when that file is missing, and a run is logged.
"""

<<imports>>

try:
    import gnomon
except ImportError:
    gnomon = None

SEED = <<seed>>
EPOCHS = <<epochs>>
BATCH_SIZE = <<batch_size>>
LEARNING_RATE = <<lr>>
PATIENCE = <<patience>>
INPUTS = <<inputs>>
TARGETS = <<targets>>
HERE = Path(__file__).parent
'''
_LOAD: Final = '''

def load() -> dict[str, np.ndarray]:
    """Return the arrays of all parts: `train/inputs/NAME`, `train/targets/NAME`, and so on."""
    file = HERE / "<<data>>"
    if file.exists():
        return dict(np.load(file))
    if gnomon is None:
        raise SystemExit(f"There is no {file}. Write it with: gnomon train --write-data {HERE}")
    from gnomon.models.training.data_file import arrays

    return arrays(HERE)
'''
_FACTOR: Final = '''

def factor(step: int, steps: int, epoch: int) -> float:
    """Return what the learning rate is multiplied with at a step, of so many in all."""
    <<factor>>


def batches(epoch: int, rows: int) -> Iterator[np.ndarray]:
    """Yield the rows of each batch. One row left over is left out: what normalises needs two."""
    order = np.random.default_rng((SEED, epoch)).permutation(rows)
    for first in range(0, max(1, rows - (BATCH_SIZE > 1)), BATCH_SIZE):
        yield order[first : first + BATCH_SIZE]
'''
_END: Final = """

if __name__ == "__main__":
    main()
"""
_TORCH: Final = (
    _HEAD.replace("<<needs>>", "PyTorch and NumPy").replace(
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
    """Return the loss of each output; training makes their sum small."""
    return {
        <<losses>>
    }


def counts(outputs: Tensors, targets: Tensors) -> Tensors:
    """Count what metrics are made of; counts of batches add up."""
    return {
        <<sums>>
    }


def metrics(total: Tensors) -> dict[str, float]:
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
    loss = sum(each.values())
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
        self.counts: Tensors = {}

    def add(self, rows: int, each: Tensors, counted: Tensors) -> dict[str, float]:
        """Add a batch; return its own figures."""
        found = {name: float(loss) for name, loss in each.items()}
        counted = {name: torch.as_tensor(value).cpu().double() for name, value in counted.items()}
        self.rows += rows
        for name, loss in found.items():
            self.losses[name] = self.losses.get(name, 0.0) + rows * loss
        for name, value in counted.items():
            self.counts[name] = self.counts.get(name, 0) + value
        return figures(found, counted)

    def figures(self) -> dict[str, float]:
        """Return the figures of all batches."""
        return figures({name: loss / self.rows for name, loss in self.losses.items()}, self.counts)


def figures(each: dict[str, float], counted: Tensors) -> dict[str, float]:
    """Return the loss and the metrics, by name."""
    found = {f"{name}/loss": loss for name, loss in each.items()} if len(each) > 1 else {}
    return {"loss": sum(each.values()), **found, **metrics(counted)}


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
    + _FACTOR
    + _LOAD
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
    + _END
)
_KERAS: Final = (
    _HEAD.replace("<<needs>>", "Keras and NumPy").replace(
        "<<imports>>",
        """import math
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from model import build as build_model""",
    )
    + '''GIVEN_BACK = <<again>>
CLASS_WEIGHT = <<class_weight>>

Arrays = dict[str, np.ndarray]
<<helpers>>


def build() -> keras.Model:
    """Return the model, ready to be trained; its first weights follow from the seed."""
    keras.utils.set_random_seed(SEED % 2**32)
    model = build_model()
    model.compile(
        optimizer=<<optimizer>>,
        loss=[
            <<losses>>
        ],
        loss_weights=<<weights>>,
        metrics=[
            <<metrics>>
        ],
    )
    return model


def given(arrays: Arrays, names: tuple[str, ...]) -> list[np.ndarray] | np.ndarray:
    """Return arrays in the order in which the model takes them; one by itself."""
    found = [arrays[name] for name in names]
    return found if len(found) > 1 else found[0]


def figures(model: keras.Model, found: dict[str, float]) -> dict[str, float]:
    """Return what Keras measured by our names: `label/accuracy` where there are several outputs."""
    if len(TARGETS) == 1:
        return {name: float(np.mean(value)) for name, value in found.items()}
    named = {"loss": float(found["loss"])}
    for target, output in zip(TARGETS, model.output_names):
        begin = f"{output}_"
        named |= {f"{target}/{name[len(begin) :]}": float(np.mean(v)) for name, v in found.items() if name.startswith(begin)}
    return named


def train_step(model: keras.Model, inputs: Arrays, targets: Arrays) -> dict[str, float]:
    """Change the weights once; return loss and metrics of the epoch so far."""
    batch, truth = given(inputs, INPUTS), given(targets, TARGETS)
    return figures(model, model.train_on_batch(batch, truth, class_weight=CLASS_WEIGHT, return_dict=True))


def test_step(model: keras.Model, inputs: Arrays, targets: Arrays) -> dict[str, float]:
    """Return loss and metrics of the part so far."""
    return figures(model, model.test_on_batch(given(inputs, INPUTS), given(targets, TARGETS), return_dict=True))


def judge(model: keras.Model, inputs: Arrays, targets: Arrays) -> dict[str, float]:
    """Return loss and metrics over all rows of a part."""
    model.reset_metrics()
    found: dict[str, float] = {}
    for first in range(0, len(next(iter(inputs.values()))), BATCH_SIZE):
        chosen = slice(first, first + BATCH_SIZE)
        found = test_step(model, cut(inputs, chosen), cut(targets, chosen))
    model.reset_metrics()
    return found
'''
    + _FACTOR
    + _LOAD
    + '''

def part(arrays: Arrays, name: str) -> tuple[Arrays, Arrays]:
    """Return inputs and targets of one part, both empty when there is none."""
    found = []
    for kind in ("inputs", "targets"):
        begin = f"{name}/{kind}/"
        found.append({key[len(begin) :]: array for key, array in arrays.items() if key.startswith(begin)})
    inputs, targets = found
    return inputs, targets | {name: inputs[of] for name, of in GIVEN_BACK.items() if of in inputs}


def cut(arrays: Arrays, rows: slice | np.ndarray) -> Arrays:
    """Return some rows."""
    return {name: values[rows] for name, values in arrays.items()}


def main() -> list[dict[str, float]]:
    """Train; return the figures of each epoch."""
    arrays = load()
    inputs, targets = part(arrays, "train")
    rows = len(next(iter(inputs.values())))
    validation = part(arrays, "validation")
    steps = sum(1 for _ in batches(0, rows))
    model = build()
    run = gnomon.init(<<project>>, config={"lr": LEARNING_RATE, "batch_size": BATCH_SIZE, "seed": SEED}) if gnomon else None
    history, best, waited, step = [], <<worst>>, 0, 0
    for epoch in range(EPOCHS):
        model.reset_metrics()
        found: dict[str, float] = {}
        for chosen in batches(epoch, rows):
            model.optimizer.learning_rate = LEARNING_RATE * factor(step, EPOCHS * steps, epoch)
            found = train_step(model, cut(inputs, chosen), cut(targets, chosen))
            if run is not None:
                run.log({f"batch/{name}": value for name, value in found.items()}, step=step)
            step += 1
        history.append({f"train/{name}": value for name, value in found.items()})
        judged = found
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
    model.save_weights(HERE / "weights.weights.h5")
    test = part(arrays, "test")
    if test[0]:
        print("test:", ", ".join(f"{name} {value:.5g}" for name, value in judge(model, *test).items()))
    if run is not None:
        run.finish()
    return history
'''
    + _END
)
