"""`train.py` for Keras, with gaps."""

from typing import Final

from gnomon.models.training.script_parts import END, FACTOR, HEAD, LOAD

KERAS: Final = (
    HEAD.replace("<<needs>>", "Keras and NumPy").replace(
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


def number(value) -> float:
    """Return what a metric says as one number."""
    return float(value if isinstance(value, (int, float)) else keras.ops.mean(value))


def figures(model: keras.Model, found: dict[str, float]) -> dict[str, float]:
    """Return what Keras measured by our names: `label/accuracy` where there are several outputs."""
    if len(TARGETS) == 1:
        return {name: number(value) for name, value in found.items()}
    named = {"loss": number(found["loss"])}
    for target, output in zip(TARGETS, model.output_names):
        begin = f"{output}_"
        ours = {name[len(begin) :]: value for name, value in found.items() if name.startswith(begin)}
        named |= {f"{target}/{name}": number(value) for name, value in ours.items()}
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
    + FACTOR
    + LOAD
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
    + END
)
