"""What is wrong with how a graph is to be trained, as far as it can be told without data."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

from gnomon.graph.checks.rule import Finding, rule
from gnomon.graph.checks.view import View
from gnomon.graph.memory import batch_size_of

_RATES: Final[Mapping[str, tuple[float, float, float]]] = {
    "sgd": (1e-6, 10.0, 0.01),
    "adam": (1e-7, 0.05, 1e-3),
    "adamw": (1e-7, 0.05, 1e-3),
    "nadam": (1e-7, 0.05, 1e-3),
    "rmsprop": (1e-7, 0.05, 1e-3),
    "adagrad": (1e-5, 1.0, 0.01),
}
"""Least and largest learning rate that has been of use, and the usual one, by optimizer."""
_WHOLE: Final = {"batch_size": (1, 1 << 24, 64), "epochs": (1, 1_000_000, 10), "seed": (0, (1 << 63) - 1, 0)}
"""Settings that are whole numbers: least, largest, usual."""
_FOR_CLASSES: Final = frozenset({"accuracy", "top_k", "f1", "precision", "recall", "auc"})
_FOR_NUMBERS: Final = frozenset({"mean_absolute_error", "mean_squared_error", "r2"})


def _rate(view: View) -> tuple[str, float] | None:
    """Return type and learning rate of the optimizer, when both are known."""
    optimizer = view.graph.train.get("optimizer")
    if not isinstance(optimizer, dict):
        return None
    kind, rate = optimizer.get("type"), optimizer.get("lr")
    return (kind, float(rate)) if isinstance(kind, str) and _is_number(rate) else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


@rule("E601", "A setting of training that cannot be")
def wrong_setting(view: View) -> Iterator[Finding]:
    """Batch size, epochs and seed are whole numbers; the learning rate is a number above 0."""
    train = view.graph.train
    for name, (least, most, usual) in _WHOLE.items():
        if train.get(name) is not None and not _is_whole(train[name], least, most):
            yield Finding("", f"train.{name}: expected a whole number of at least {least}, received {train[name]!r:.40}.",
                          name, (view.train(f"Set it to {usual}", **{name: usual}),))  # fmt: skip
    optimizer = train.get("optimizer")
    if isinstance(optimizer, dict) and optimizer.get("lr") is not None:
        rate = optimizer["lr"]
        if not _is_number(rate) or rate <= 0:
            better = _RATES.get(str(optimizer.get("type")), (0, 0, 1e-3))[2]
            yield Finding("", f"train.optimizer.lr: expected a number above 0, received {rate!r:.40}.", "optimizer",
                          (view.train(f"Set it to {better:g}", optimizer={**optimizer, "lr": better}),))  # fmt: skip


@rule("W602", "Unusual learning rate")
def unusual_rate(view: View) -> Iterator[Finding]:
    """Beyond what has been of use for an optimizer, training diverges, or does not move.

    Adam divides each step by the size of gradients, so its rates are small; plain SGD does not, so a small network with
    a squared error may need a rate of 3.
    """
    found = _rate(view)
    if found is None or found[0] not in _RATES:
        return
    kind, rate = found
    least, most, usual = _RATES[kind]
    if 0 < rate < least or rate > most:
        optimizer = {**view.graph.train["optimizer"], "lr": usual}
        way = "large" if rate > most else "small"
        yield Finding("", f"A learning rate of {rate:g} is very {way} for {kind}; from {least:g} to {most:g} is usual.",
                      "optimizer", (view.train(f"Set it to {usual:g}", optimizer=optimizer),))  # fmt: skip


def _split(view: View) -> list[float] | None:
    """Return the shares of training, validation and test; `None` when they are not given as shares."""
    split = view.graph.data.get("split")
    good = isinstance(split, list) and 0 < len(split) <= 3 and all(_is_number(each) for each in split)
    return [*map(float, split)] if good and isinstance(split, list) else None


@rule("W603", "Nothing to validate with")
def no_validation(view: View) -> Iterator[Finding]:
    """Without samples that training does not see, nobody can tell learning from remembering."""
    if view.summary is not None:
        if not view.summary.rows.get("validation"):
            yield Finding("", f"{view.summary.ref} has no rows to validate with. Split it in another way.", "dataset")
        return
    split = _split(view)
    if split is None or _sums_wrong(split):
        return
    if len(split) == 1 or split[1] == 0:
        yield Finding("", "The split leaves nothing to validate with.", "split",
                      (view.data("Split 80, 10 and 10%", split=[0.8, 0.1, 0.1]),))  # fmt: skip


def _sums_wrong(split: list[float]) -> bool:
    return abs(sum(split) - 1) > 1e-6 or min(split) < 0


@rule("E604", "Shares of the split that do not sum to 1")
def wrong_split(view: View) -> Iterator[Finding]:
    """The shares of training, validation and test are parts of the whole: none below 0, and 1 together."""
    split = _split(view)
    if split is None or not _sums_wrong(split):
        return
    fixes = []
    if min(split) >= 0 and sum(split) > 0:
        shares = [round(each / sum(split), 4) for each in split]
        shares[0] = round(1 - sum(shares[1:]), 4)
        fixes.append(view.data(f"Use {' : '.join(f'{each:g}' for each in shares)}", split=shares))
    fixes.append(view.data("Split 80, 10 and 10%", split=[0.8, 0.1, 0.1]))
    came = " + ".join(f"{each:g}" for each in split)
    yield Finding("", f"data.split: expected shares that sum to 1, received {came}.", "split", tuple(fixes))


@rule("W605", "Stops by something that is not measured")
def unknown_monitor(view: View) -> Iterator[Finding]:
    """Early stopping watches one value; when nobody measures that value, training never stops early."""
    train = view.graph.train
    stop, metrics = train.get("stop"), train.get("metrics") or []
    if not isinstance(stop, dict) or not isinstance(stop.get("monitor"), str) or not isinstance(metrics, list):
        return
    measured = ["loss", *(each for each in metrics if isinstance(each, str))]
    known = {*measured, *(f"val_{each}" for each in measured)}
    if stop["monitor"] not in known:
        message = f"Training stops by {stop['monitor']:.40}, and measured are {', '.join(measured)}, also as val_…."
        fix = view.train("Stop by val_loss", stop={**stop, "monitor": "val_loss"})
        yield Finding("", message, "stop", (fix,))


@rule("T606", "No seed")
def no_seed(view: View) -> Iterator[Finding]:
    """Without a seed no two runs begin alike, so none can be repeated."""
    train = view.graph.train
    if train and train.get("seed") is None:
        yield Finding("", "There is no seed, so no run can be repeated.", "seed", (view.train("Set it to 0", seed=0),))


@rule("W607", "Batch normalisation of tiny batches")
def tiny_batches(view: View) -> Iterator[Finding]:
    """A batch normalisation takes mean and variance of each batch; of one or two samples they say next to nothing.

    Larger batches, or a layer or group normalisation, which look at one sample each, do better.
    """
    batch = batch_size_of(view.graph)
    norms = view.of("batch_norm")
    if norms and batch is not None and batch <= 2:
        one = f"{norms[0]} normalises" if len(norms) == 1 else f"{len(norms)} nodes normalise"
        yield Finding("", f"{one} over batches of {batch}.", "batch_size", (view.train("Set it to 32", batch_size=32),))


@rule("T608", "Cannot stop early")
def long_patience(view: View) -> Iterator[Finding]:
    """With a patience of as many epochs as there are, early stopping never happens."""
    train = view.graph.train
    stop, epochs = train.get("stop"), train.get("epochs")
    patience = stop.get("patience") if isinstance(stop, dict) else None
    if _is_whole(patience, 1, 1 << 62) and _is_whole(epochs, 2, 1 << 62) and patience >= epochs:
        fewer = max(1, epochs // 5)
        fix = view.train(f"Set the patience to {fewer}", stop={**train["stop"], "patience": fewer})
        yield Finding("", f"The patience of {patience} is not less than the {epochs} epochs.", "stop", (fix,))


@rule("W609", "Metric of another task")
def foreign_metric(view: View) -> Iterator[Finding]:
    """An accuracy counts right classes, and numbers that are predicted are never exactly right; errors are of numbers."""
    metrics = view.graph.train.get("metrics")
    kinds = {view.kind(name) for name in view.outputs()}
    if not isinstance(metrics, list) or not kinds:
        return
    numbers = kinds <= {"regression", "reconstruction"}
    classes = kinds <= {"classification", "multi_label", "segmentation"}
    for each in metrics:
        wrong = (numbers and each in _FOR_CLASSES) or (classes and each == "r2") if isinstance(each, str) else False
        if wrong:
            rest = [other for other in metrics if other != each]
            better = "mean_absolute_error" if numbers else "accuracy"
            swap = rest if better in rest else [*rest, better]
            what = "predicts numbers" if numbers else "chooses classes"
            yield Finding("", f"The model {what}, and {each} is no metric of that.", "metrics",
                          (view.train(f"Use {better}", metrics=swap),))  # fmt: skip


@rule("W610", "Loss of another task")
def foreign_loss(view: View) -> Iterator[Finding]:
    """The outputs say what their losses are; a loss for all of them overrules that and has to fit each.

    With `auto` every output has its own.
    """
    loss = view.graph.train.get("loss")
    if not isinstance(loss, str) or loss == "auto":
        return
    for name in view.outputs():
        choices = next((p.choices for p in _params(view, name) if p.name == "loss"), ())
        if choices and loss not in choices:
            yield Finding("", f"The loss {loss:.40} does not fit {name}, which takes {', '.join(choices)}.", "loss",
                          (view.train("Let outputs say (auto)", loss="auto"),))  # fmt: skip
            return


def _params(view: View, name: str) -> tuple[Any, ...]:
    component = view.known(name).component
    return () if component is None else type(component).params


CHECKS = (
    wrong_setting, unusual_rate, no_validation, wrong_split, unknown_monitor, no_seed, tiny_batches, long_patience,
    foreign_metric, foreign_loss,
)  # fmt: skip
