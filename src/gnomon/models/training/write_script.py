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
from gnomon.models.training.keras_script import KERAS
from gnomon.models.training.plan import Plan
from gnomon.models.training.settings import Schedule
from gnomon.models.training.torch_script import TORCH

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
    write_whole(folder / MODEL, write(plan.graph, plan.target, fresh=True, drop=True).text.encode())
    write_whole(folder / SCRIPT, script(plan, seed, facts).encode())


def script(plan: Plan, seed: int, facts: dict[str, Any]) -> str:
    """Return `train.py`."""
    text = TORCH if plan.target == "torch" else KERAS
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
        "weights": repr({head.node: head.weight for head in plan.heads if head.weight != 1}).replace("'", '"'),
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
