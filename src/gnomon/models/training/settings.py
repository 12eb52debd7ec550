"""How a graph is to be trained: the fields of its `train`, read with care, and their defaults."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from gnomon.core.errors import InputError

Kind = Literal["adam", "adamw", "sgd", "rmsprop"]
Loss = Literal[
    "auto", "cross_entropy", "binary_cross_entropy", "mean_squared_error", "mean_absolute_error", "huber", "dice"
]
RATES: Final[Mapping[Kind, float]] = {"adam": 1e-3, "adamw": 1e-3, "sgd": 1e-2, "rmsprop": 1e-3}
"""Learning rate of each optimizer unless told."""
ALIASES: Final = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "bce": "binary_cross_entropy"}

Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 40)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Optimizer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say how weights are changed.

    Args:
        type: Which rule.
        lr: Learning rate; the usual one of the rule unless told.
        weight_decay: How far each step draws weights towards 0; of `adamw` apart from the gradient.
        momentum: Of `sgd` and `rmsprop`: share of the last step that is taken again.
    """

    type: Kind = "adam"
    lr: Annotated[float, msgspec.Meta(gt=0)] | None = None
    weight_decay: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    momentum: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0

    @property
    def rate(self) -> float:
        """Learning rate."""
        return RATES[self.type] if self.lr is None else self.lr


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say how the learning rate changes from step to step.

    Args:
        type: `constant`; `cosine` and `linear` fall to `end` of it at the last step; `step` multiplies it with `factor`
            every so many epochs.
        warmup: Steps in which it rises from next to 0.
        end: Share of it that is left at the end.
        every: Epochs.
        factor: See `type`.
    """

    type: Literal["constant", "cosine", "linear", "step"] = "constant"
    warmup: Annotated[int, msgspec.Meta(ge=0)] = 0
    end: Share = 0.0
    every: Count = 10
    factor: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.1


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say when training ends before its last epoch.

    Args:
        patience: Epochs without progress.
        monitor: What progress is measured by: `val_loss`, `val_accuracy` …
        min_delta: What counts as progress.
    """

    patience: Count | None = None
    monitor: str = "val_loss"
    min_delta: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class TrainSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold how a graph is trained.

    Args:
        loss: What training makes small; `auto` follows from the outputs.
        optimizer: How weights are changed.
        batch_size: Samples in one step.
        epochs: How often all data are seen.
        seed: Where random numbers begin; `None` is another every time, and written down.
        metrics: What its author wants to see; each output measures what belongs to its task anyway.
        stop: When to end early.
        schedule: Of the learning rate.
        clip: Largest norm that the gradients of a step may have together; larger ones are shortened.
        checkpoint_every: Steps between checkpoints within an epoch; there is one after each epoch that got better.
        class_weights: `balanced` makes each class of a classification count as much as any other.
        weights: How much each output counts, by node; 1 unless told.
        nonfinite: What to do when the loss is no number any more: end, or leave the weights as they are and take the next batch.
        watch: Share of the time that statistics of the variables may cost; 0 turns them off.
        loop: `own` runs the training loop in the graph's own file, which alone knows how; of these settings nothing else
            counts then.
    """

    loss: Loss = "auto"
    optimizer: Optimizer = Optimizer()
    batch_size: Annotated[int, msgspec.Meta(ge=1, le=1 << 24)] = 64
    epochs: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 10
    seed: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)] | None = 0
    metrics: tuple[str, ...] = ()
    stop: Stop = Stop()
    schedule: Schedule = Schedule()
    clip: Positive | None = None
    checkpoint_every: Count | None = None
    class_weights: Literal["none", "balanced"] = "none"
    weights: dict[str, Annotated[float, msgspec.Meta(ge=0)]] = {}
    nonfinite: Literal["stop", "skip"] = "stop"
    watch: Share = 0.03
    loop: Literal["ours", "own"] = "ours"


def read(train: Mapping[str, Any]) -> TrainSettings:
    """Return the settings that `graph.train` holds, or a form or command line has set by their paths.

    Raises:
        InputError: A field is unknown or wrong; `field` names it.

    Example:
        >>> read({"loss": "mse", "optimizer": {"type": "sgd"}}).optimizer.rate
        0.01
    """
    plain: dict[str, Any] = {}
    for key in sorted(train, key=lambda name: name in _SHORT or "." in name):  # groups first, then fields of them
        plain = put(plain, key, train[key])
    for key in ("optimizer", "stop", "schedule", "weights"):
        if plain.get(key) is None:
            plain.pop(key, None)
    if isinstance(plain.get("loss"), str):
        plain["loss"] = ALIASES.get(plain["loss"], plain["loss"])
    try:
        found = msgspec.convert(plain, TrainSettings)
    except (msgspec.ValidationError, RecursionError) as error:
        told, _, at = str(error).partition(" - at `$")
        field = at.rstrip("`").lstrip(".")
        msg = f"train{'.' if field else ''}{field}: {told}. The fields are described in docs/reference/training.md."
        raise InputError(msg, field=f"train.{field}" if field else "train") from error
    for name, value in (("optimizer.lr", found.optimizer.rate), ("clip", found.clip)):
        if value is not None and not math.isfinite(value):
            msg = f"train.{name}: expected a finite number above 0, received {value}."
            raise InputError(msg, field=f"train.{name}")
    return found


def put(train: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return settings with one field set, by its path; `lr` stands for `optimizer.lr`.

    Raises:
        InputError: The path leads through something that is no group of fields.

    Example:
        >>> put({"epochs": 3}, "lr", 0.1)
        {'epochs': 3, 'optimizer': {'lr': 0.1}}
    """
    name, _, rest = _SHORT.get(path, path).partition(".")
    if not rest:
        return {**train, name: value}
    inner = train.get(name) or {}
    if not isinstance(inner, Mapping):
        msg = f"train.{name}: expected a group of fields, received {inner!r:.60}."
        raise InputError(msg, field=f"train.{name}")
    return {**train, name: {**inner, rest: value}}


_SHORT: Final = {"lr": "optimizer.lr", "patience": "stop.patience", "weight_decay": "optimizer.weight_decay"}


def flat(settings: TrainSettings) -> dict[str, Any]:
    """Return the settings as a run's config holds them: one value a name, what is usual left out.

    Example:
        >>> flat(read({"epochs": 3, "seed": 1, "stop": {"patience": 5}}))
        {'optimizer': 'adam', 'lr': 0.001, 'batch_size': 64, 'epochs': 3, 'seed': 1, 'stop.patience': 5}
    """
    found: dict[str, Any] = {"optimizer": settings.optimizer.type, "lr": settings.optimizer.rate}
    found |= {name: getattr(settings, name) for name in ("batch_size", "epochs", "seed")}
    told, usual = msgspec.to_builtins(settings), msgspec.to_builtins(TrainSettings())
    for name in ("loss", "optimizer", "stop", "schedule", "clip", "class_weights", "weights", "nonfinite", "watch"):
        if not isinstance(told[name], dict):
            if told[name] != usual[name]:
                found[name] = told[name]
            continue
        for key, value in told[name].items():
            if value != usual[name].get(key) and (name, key) not in (("optimizer", "lr"), ("optimizer", "type")):
                found[f"{name}.{key}"] = value
    return found
