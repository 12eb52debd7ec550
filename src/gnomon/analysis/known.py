"""Columns that every study has under some name: the learning rate is `lr` here, `optimizer.learning_rate` there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["number", "text", "duration", "count", "hash"]


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """Describe a column of a leaderboard.

    Args:
        name: What it is asked for by: `learning_rate`, `config.lr`, `metric.test/auc`.
        title: For people.
        kind: How its values are shown: `number`, `text`, `duration` (seconds), `count`, `hash`.
        group: `setup` (chosen before), `run` (how it ran), `result`, or `class` (a figure of one class).
        source: What its values were taken from, the most used first: `config.lr`, `meta.commit`, `metric.test/auc`.
        goal: Which direction is better, for results.
    """

    name: str
    title: str
    kind: Kind
    group: Literal["setup", "run", "result", "class"]
    source: tuple[str, ...]
    goal: Literal["max", "min"] | None


@dataclass(frozen=True, slots=True)
class Known:
    """Say under which names a column may be found in a config; a nested key also by its last part."""

    name: str
    title: str
    kind: Kind
    names: tuple[str, ...]


SETUP: Final = (
    Known(
        "model", "model", "text", ("model", "architecture", "arch", "model_name", "model.name", "network", "backbone")
    ),
    Known(
        "learning_rate",
        "learning rate",
        "number",
        (
            "lr",
            "learning_rate",
            "optimizer.lr",
            "optimizer.learning_rate",
            "opt.lr",
            "optim.lr",
            "initial_lr",
            "base_lr",
        ),
    ),
    Known(
        "optimizer",
        "optimiser",
        "text",
        ("optimizer", "optimiser", "optimizer.name", "optimizer.type", "optim", "opt", "opt.name", "optim.name"),
    ),
    Known("loss", "loss", "text", ("loss", "loss_function", "loss_fn", "criterion", "loss.name", "objective")),
    Known("epochs", "epochs", "count", ("epochs", "n_epochs", "num_epochs", "max_epochs", "nb_epochs")),
    Known(
        "patience",
        "patience",
        "count",
        ("patience", "early_stopping_patience", "early_stopping.patience", "es_patience"),
    ),
    Known("batch_size", "batch size", "count", ("batch_size", "batchsize", "batch", "bs", "train_batch_size")),
    Known("augmentation", "augmentation", "text", ("augmentation", "augmentations", "augment", "augs", "transforms")),
)

PARAMETERS: Final = ("parameters", "n_parameters", "num_parameters", "params", "n_params", "param_count")
SEEDS: Final = ("seed", "random_seed", "random_state", "rng_seed", "manual_seed")


def config_names(known: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Return the config keys that mean one of some names, the surest first.

    A whole key counts before the last part of a nested one; capitals and dashes make no difference.

    Example:
        >>> config_names(("lr", "optimizer.lr"), ["LR", "head.lr", "optimizer.lr", "epochs"])
        ['LR', 'optimizer.lr', 'head.lr']
    """
    plain = {key: key.lower().replace("-", "_") for key in keys}
    whole = [key for name in known for key in keys if plain[key] == name]
    last = [key for name in known for key in keys if "." in key and plain[key].rpartition(".")[2] == name]
    return list(dict.fromkeys(whole + last))


def first_of(sources: Sequence[Sequence[Any]], rows: int) -> list[Any]:
    """Return for each row the first value that is there.

    Example:
        >>> first_of([[None, 2], [1, 3]], 2)
        [1, 2]
    """
    if len(sources) == 1:
        return list(sources[0])
    out: list[Any] = [None] * rows
    for source in reversed(sources):
        out = [old if value is None else value for old, value in zip(out, source, strict=True)]
    return out


def class_of(metric: str, evaluations: Mapping[str, Any] | Sequence[str]) -> tuple[str, str, str] | None:
    """Return evaluation, figure and class of a metric such as `test/recall/cat`; `None` when it is none of these.

    Example:
        >>> class_of("test/recall/cat", ["test"]), class_of("test/accuracy", ["test"])
        (('test', 'recall', 'cat'), None)
    """
    for name in evaluations:
        head, _, rest = metric.partition(f"{name}/")
        figure, _, label = rest.partition("/")
        if not head and label and figure in {"precision", "recall", "f1", "auc", "average_precision", "support"}:
            return name, figure, label
    return None
