"""`Pipeline`: one training in five stages, and one row of a leaderboard."""

import csv
import io
import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from gnomon.core.errors import InputError
from gnomon.core.records.file import File
from gnomon.core.records.table import Table
from gnomon.models.pipeline import data as feeding
from gnomon.models.pipeline.engine import Array, Engine, Row, score
from gnomon.models.progress import progress_bar
from gnomon.sdk.run import Run
from gnomon.sdk.start import init

if TYPE_CHECKING:
    from gnomon.analysis.evaluation import Evaluation
    from gnomon.models.datasets.prepared import Prepared

_AUGMENT: Final = ("flip", "rotate", "shift", "zoom", "noise", "brightness")
_PREDICTED: Final = 256


class Pipeline:
    """Train a Keras model or a PyTorch module, and write down everything needed to compare and repeat it.

    Each stage may be called once, in this order; all return the pipeline but `evaluate` and `configs`. What is recorded
    is what was done: augmentation is in the record because it was applied.

    Args:
        name: Of the model; the run is called after it.
        project: Whose leaderboard it joins.
        seed: Of the order of samples, augmentation and what is held back. Weights are made by you, before: seed that too.
        home: The home folder; that of the environment unless told.
        tags: Labels of the run.
        notes: Free text.

    See docs/reference/pipeline.md for an example that runs.
    """

    def __init__(
        self,
        name: str,
        *,
        project: str = "pipelines",
        seed: int = 0,
        home: str | Path | None = None,
        tags: tuple[str, ...] = (),
        notes: str = "",
    ) -> None:
        self.name, self.project, self.seed = name, project, seed
        self._home = home
        config = {"model": name, "seed": seed}
        self.run: Run = init(project, config=config, group=name, tags=tags, notes=notes, home=home)
        self.history: list[Row] = []
        self._data: Prepared | None = None
        self._engine: Engine | None = None
        self._evaluation: Evaluation | None = None
        self._best: tuple[float, int] | None = None
        self._seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run.__exit__(kind, error, trace)

    def register_data(
        self,
        data: str | tuple[Any, Any],
        *,
        name: str | None = None,
        validation: tuple[Any, Any] | float = 0.15,
        test: tuple[Any, Any] | float = 0.15,
        normalise: str = "none",
        augment: Mapping[str, Any] | None = None,
    ) -> Self:
        """Say what is trained on, judged on while training, and judged on in the end.

        Args:
            data: A registered data set such as `"digits@2"`, or samples and labels, which become one.
            name: What samples and labels are called; the name of the pipeline unless told.
            validation: Other samples and labels, or a share that is held back.
            test: Likewise; nothing is chosen by these.
            normalise: `none`, `scale`, `standard` or `minmax`, by what is trained on alone.
            augment: What is done to pictures that are trained on, each time they are seen: `flip`, `rotate`, `shift`,
                `zoom`, `noise`, `brightness`; see docs/reference/data.md.

        Raises:
            InputError: The data cannot be; the message says why.
            NotFoundError: There is no such data set.
        """
        self._first("register_data", self._data)
        if isinstance(data, str):
            from gnomon.models.datasets import load  # noqa: PLC0415 - it opens the home

            if augment or normalise != "none":
                msg = "augment: a registered data set says itself how it is prepared. Register a version that says so."
                raise InputError(msg, field="augment")
            found = load(data, self._home)
        else:
            transform = ({"normalise": normalise} if normalise != "none" else {}) | (
                {"augment": _checked(augment)} if augment else {}
            )
            found = feeding.registered(name or self.name, data, validation, test, transform, self.seed, self._home)
        self._data = found
        for part in found.parts:
            if found.length(part):
                self.run.use_data(*found.used(part), name=part)
        shape = found.specs[found.inputs[0]].shape
        applied = found.spec.transform(found.inputs[0]).augment
        self.run.config.update(
            {
                "data": found.spec.ref,
                "input_shape": list(shape),
                "classes": len(self._classes()),
                "augmentation": _said(applied) if applied is not None else {},
                "rows": {part: found.length(part) for part in found.parts},
            }
        )
        return self

    def build(
        self,
        model: Any,
        *,
        optimizer: Any = "adam",
        learning_rate: float = 1e-3,
        loss: Any = None,
    ) -> Self:
        """Take a model, and compile it unless it is compiled.

        Args:
            model: A Keras model, a PyTorch module, or a function that makes one.
            optimizer: A name, or an object of the framework.
            learning_rate: Of an optimizer that is named.
            loss: A name or an object of the framework; that which fits the target unless told.

        Raises:
            InputError: It is neither, or its outputs do not fit the target.
        """
        data = self._needed(self._data, "register_data")
        self._first("build", self._engine)
        if isinstance(model, Callable) and not hasattr(model, "parameters") and not hasattr(model, "layers"):  # type: ignore[arg-type]
            model = model()
        self._engine = engine = _engine(model, data, optimizer, learning_rate, loss)
        self.run.config.update({"framework": engine.framework, "parameters": engine.parameters, **engine.settings()})
        return self

    def fit(
        self, epochs: int = 10, batch_size: int = 32, *, patience: int | None = None, progress: bool | None = None
    ) -> Self:
        """Train; in the end the weights of the best epoch by the loss in validation are put back.

        Args:
            epochs: Most passes over the data.
            batch_size: Samples of a step.
            patience: Passes without a better loss in validation after which it ends; `None` goes on to the last.
            progress: Draw a progress bar; `None` draws it in a terminal.

        Raises:
            InputError: A number makes no sense.
        """
        data, engine = self._needed(self._data, "register_data"), self._needed(self._engine, "build")
        self._first("fit", self.history or None)
        _check_counts(epochs=epochs, batch_size=batch_size, patience=1 if patience is None else patience)
        self.run.config.update({"epochs": epochs, "batch_size": batch_size, "patience": patience})
        self.run.define("val/*", step="epoch")
        steps = -(-data.length("train") // batch_size)
        kept: Any = None
        began = time.monotonic()
        with progress_bar(epochs * steps, shown=progress) as advance:
            for epoch in range(1, epochs + 1):
                row = self._epoch(data, engine, epoch, batch_size, advance)
                self.history.append(row)
                value = float(row["val/loss"] if "val/loss" in row else row["train/loss"])
                if math.isfinite(value) and (self._best is None or value < self._best[0]):
                    self._best, kept = (value, epoch), engine.weights()
                if patience is not None and epoch - (self._best[1] if self._best else 0) >= patience:
                    break
        self._seconds = time.monotonic() - began
        if kept is not None:
            engine.restore(kept)
        best_epoch = self._best[1] if self._best is not None else None
        self.run.summary.update(
            {"best_epoch": best_epoch, "epochs_done": len(self.history), "fit_seconds": self._seconds}
        )
        return self

    def evaluate(self) -> "Evaluation":
        """Judge the best weights on the samples for testing, as leaderboards rank them.

        Raises:
            InputError: Predictions cannot be judged.
        """
        data, engine = self._needed(self._data, "register_data"), self._needed(self._engine, "build")
        self._needed(self.history or None, "fit")
        part = "test" if data.length("test") else "validation"
        truth, made = feeding.truth(data, part), self._predicted(data, engine, part)
        if engine.task == "regression":
            found = self.run.evaluate(truth.reshape(-1), made.reshape(-1), name=part, task="regression")
        elif engine.task == "binary":
            outputs: Any = "logits" if engine.from_logits else "probabilities"
            found = self.run.evaluate(
                truth, scores=made.reshape(-1), name=part, classes=self._classes(), outputs=outputs
            )
        else:
            outputs = "logits" if engine.from_logits else "probabilities"
            found = self.run.evaluate(truth, scores=made, name=part, classes=self._classes(), outputs=outputs)
        if found is None:
            msg = (
                "evaluate: what the model gives cannot be judged; the run says why. Does it give one number per class?"
            )
            raise InputError(msg, field="model")
        self._evaluation = found
        return found

    def configs(self) -> Row:
        """Write down architecture and weights with the run, end it, and return its row of the leaderboard."""
        engine = self._needed(self._engine, "build")
        rows = engine.layers()
        columns = {key: [row[key] for row in rows] for key in ("name", "type", "shape", "parameters")}
        name, weights = engine.file()
        found: Row = {
            "layers": Table(columns),
            "architecture": File(json.dumps(engine.config(), default=str, indent=1).encode(), name="architecture.json"),
            f"weights/{name}": File(weights, name=name),
        }
        if self.history:
            found["epochs"] = File(self.log().encode(), name="epochs.csv")
        self.run.log(found)
        self.run.finish()
        return self.row()

    def row(self) -> Row:
        """Return every field of the seed's table, and those that it lacked, by the names of this project."""
        config, found = dict(self.run.config), self._evaluation
        figures = dict(found.figures) if found is not None else {}
        per_class = {
            figure: {name.partition("/")[2]: value for name, value in figures.items() if name.startswith(f"{figure}/")}
            for figure in ("precision", "recall", "f1")
        }
        main = {name: value for name, value in figures.items() if "/" not in name}
        best = self._best or (None, None)
        return {
            "run": self.run.id,
            "name": self.run.name,
            **{key: config[key] for key in config},
            "epochs_done": len(self.history),
            "best_epoch": best[1],
            "fit_seconds": self._seconds,
            **main,
            "per_class": per_class,
            "evaluation": found.hash if found is not None else None,
        }

    def log(self) -> str:
        """Return the history as CSV: one row for each epoch."""
        out = io.StringIO()
        writer = csv.DictWriter(out, list(self.history[0]) if self.history else ["epoch"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.history)
        return out.getvalue()

    def _epoch(self, data: "Prepared", engine: Engine, epoch: int, size: int, advance: Callable[[], object]) -> Row:
        order = np.random.default_rng((self.seed, epoch))
        losses, scores, counts = [], [], []
        for x, y in feeding.batches(data, "train", size, order, augment=self.seed * 1_000_003 + epoch):
            loss, reached = engine.step(x, y)
            losses.append(loss)
            scores.append(math.nan if reached is None else reached)
            counts.append(len(y))
            advance()
        row: Row = {"epoch": epoch, "train/loss": float(np.average(losses, weights=counts))}
        scored = float(np.average(scores, weights=counts))
        metric = "r2" if engine.task == "regression" else "accuracy"
        if math.isfinite(scored):
            row[f"train/{metric}"] = scored
        if data.length("validation"):
            truth, made = feeding.truth(data, "validation"), self._predicted(data, engine, "validation")
            row |= {"val/loss": engine.loss(made, truth), f"val/{metric}": score(engine.task, made, truth)}
        self.run.log({key: value for key, value in row.items() if key != "epoch"}, step=epoch, epoch=epoch)
        return row

    def _predicted(self, data: "Prepared", engine: Engine, part: str) -> Array:
        return np.concatenate([engine.predict(x) for x, _ in feeding.batches(data, part, _PREDICTED)])

    def _classes(self) -> list[str]:
        data = self._needed(self._data, "register_data")
        if not data.targets:
            return []
        names = list(data.spec.columns[data.targets[0]].classes)
        count = data.specs[data.targets[0]].classes or 0
        return [*names, *(str(i) for i in range(len(names), count))][:count]

    def _needed(self, found: Any, stage: str) -> Any:
        if found is None:
            msg = f"{stage}: call it first. The stages are register_data, build, fit, evaluate, configs."
            raise InputError(msg, field=stage)
        return found

    def _first(self, stage: str, found: object) -> None:
        if found is not None:
            msg = f"{stage}: it was called already. Each training is a pipeline of its own."
            raise InputError(msg, field=stage)


def _engine(model: Any, data: "Prepared", optimizer: Any, rate: float, loss: Any) -> Engine:
    kinds = {each.__module__.partition(".")[0] for each in type(model).__mro__}
    if "keras" in kinds:
        from gnomon.models.pipeline.keras_engine import KerasEngine  # noqa: PLC0415 - it brings Keras

        task = feeding.task_of(data, int(model.output_shape[-1]))
        return KerasEngine(model, task, optimizer, rate, loss)
    if "torch" in kinds:
        from gnomon.models.pipeline.torch_engine import TorchEngine  # noqa: PLC0415 - it brings PyTorch

        trial = TorchEngine(model, "classification", optimizer, rate, loss)
        outputs = trial.predict(next(feeding.batches(data, "train", 2))[0])
        return TorchEngine(model, feeding.task_of(data, int(outputs[0].size)), optimizer, rate, loss)
    msg = f"model: expected a Keras model or a PyTorch module, received {type(model).__name__}."
    raise InputError(msg, field="model")


def _check_counts(**counts: int) -> None:
    for field, count in counts.items():
        if count < 1:
            msg = f"{field}: expected 1 or more, received {count}."
            raise InputError(msg, field=field)


def _checked(augment: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(augment) - set(_AUGMENT))
    if unknown:
        msg = f"augment: expected {', '.join(_AUGMENT)}, received {', '.join(unknown)}."
        raise InputError(msg, field="augment")
    return dict(augment)


def _said(augment: Any) -> dict[str, Any]:
    return {name: getattr(augment, name) for name in _AUGMENT if getattr(augment, name) not in (0.0, "none")}
