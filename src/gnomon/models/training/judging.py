"""The end of a training: the best weights, judged on rows that nothing was chosen by, as leaderboards rank them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.models.jobs.folder import JobFolder
from gnomon.models.training import checkpoint
from gnomon.models.training.engine import Engine
from gnomon.models.training.loop import Feeds, Loop
from gnomon.models.training.plan import Head
from gnomon.models.training.task import Task
from gnomon.sdk.run import Run

Pair = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def judge(task: Task, engine: Engine, feeds: Feeds, run: Run, folder: JobFolder, loop: Loop) -> None:
    """Judge the weights that did best in validation, or the last ones without, on the test rows.

    Without rows for testing, those for validation are judged; a leaderboard then says so by their name.
    """
    state = loop.state
    step = state.step
    best = state.best_step if feeds.validation.rows else None
    if best is not None and best != step:
        engine.weights(checkpoint.load(folder.checkpoints / f"step-{best}").model)
    feed = feeds.test if feeds.test.rows else feeds.validation
    run.summary["best/step"] = step if best is None else best
    if not feed.rows:
        return
    name = feed.part
    figures = engine.judge(feed, loop.pulse)
    run.log({f"{name}/{key}": value for key, value in figures.items()}, step=step)
    found = engine.predict(feed, loop.pulse)
    several = len(task.plan.heads) > 1
    for head in task.plan.heads:
        _evaluate(task, run, head, found[head.node], f"{name}/{head.node}" if several else name, step)


def _evaluate(task: Task, run: Run, head: Head, pair: Pair, name: str, step: int) -> None:
    truth, made = pair
    if head.task == "classification":
        outputs: Any = "logits" if head.from_logits else "probabilities"
        named = task.classes(head.node) or []
        classes = [*named, *(str(i) for i in range(len(named), made.shape[1]))]
        run.evaluate(truth, scores=made, name=name, classes=classes, outputs=outputs, step=step)
    elif head.task == "multi_label":
        chosen = made > (0 if head.from_logits else 0.5)
        right = (chosen == (truth > 0.5)).all(axis=1)
        run.log({f"{name}/exact_match": float(np.mean(right))}, step=step)
    elif head.task == "regression" and (head.size == 1 or truth.ndim == 1):
        run.evaluate(truth.reshape(-1), made.reshape(-1), name=name, task="regression", step=step)
