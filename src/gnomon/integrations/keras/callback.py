"""The callback: losses, metrics and learning rate as numbers, and pictures of what the model has learnt."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from gnomon.analysis.units import TopInputs, as_pictures, side_by_side
from gnomon.core.errors import GnomonError, InputError
from gnomon.core.plain import as_number
from gnomon.core.records.arrays import wanted
from gnomon.core.records.embedding import Embedding
from gnomon.core.records.images import Images
from gnomon.core.records.video import Video
from gnomon.integrations.keras.facts import is_classifier, model_facts
from gnomon.integrations.keras.layers import is_channels_last, layer_named, outputs_of, weight_tiles
from gnomon.sdk import current
from gnomon.sdk.run import Run
from gnomon.sdk.start import init

keras: Any = import_module("keras")

Make = Callable[[Any, int, Mapping[str, Any]], Any]
"""Called with the model, the epoch from 0, and Keras' logs."""


def _quietly(method: Callable[..., None]) -> Callable[..., None]:
    """Say what goes wrong in a method of the callback instead of ending the training."""

    @wraps(method)
    def guarded(self: "GnomonCallback", *args: Any, **named: Any) -> None:
        try:
            method(self, *args, **named)
        except Exception as error:  # noqa: BLE001 - figures are the user's code, and a backend may raise anything
            self.refuse(method.__name__, error)

    return guarded


class GnomonCallback(keras.callbacks.Callback):  # type: ignore[misc]  # keras is Any where it is not installed
    """Log what a Keras model does while it is fitted.

    Each batch: `batch/loss`, `batch/<metric>` (Keras' means over the epoch so far) and `learning_rate`. Each epoch:
    `train/…` and `val/…`, and at each `how_often`-th the pictures asked for. Nothing here stops the training.

    Args:
        run: Where to; the current run, or a new one that ends with the training, when `None`.
        project: Project of that new run.
        every: Log each so many-th batch.
        how_often: Make pictures at each so many-th epoch.
        figures: Anything to log, by key: functions of the model, the epoch and Keras' logs.
        filters: `True`, or names of layers whose weights are logged as pictures.
        input_shape: `(h, w)` or `(h, w, c)` of the inputs of dense layers, for their pictures.
        preferred: Inputs by name of a layer: the `k` of them that each unit answers to most are logged.
        k: How many.
        reconstructions: Inputs of an autoencoder: they are logged beside what it makes of them, and at the end as a
            video over the epochs.
        sequences: Functions like those of `figures` that return frames `(t, h, w, c)`, by key: videos.
        embeddings: `(layer, inputs)` or `(layer, inputs, labels)` by key.
        watch: Watch the model too: `True`, or the options of `run.watch`.
        save_to: Folder in which videos are written as GIF files too.
        evaluate: `(inputs, truth)`, or several by name: judged with `run.evaluate` when the training has ended. Put the
            callback behind one that restores the best weights.
        classes: Names of the classes, for `evaluate`.
    """

    def __init__(
        self,
        run: Run | None = None,
        *,
        project: str = "keras",
        every: int = 1,
        how_often: int = 1,
        figures: Mapping[str, Make] | None = None,
        filters: bool | Iterable[str] = False,
        input_shape: tuple[int, ...] | None = None,
        preferred: Mapping[str, Any] | None = None,
        k: int = 9,
        reconstructions: Any = None,
        sequences: Mapping[str, Make] | None = None,
        embeddings: Mapping[str, tuple[Any, ...]] | None = None,
        watch: bool | Mapping[str, Any] = False,
        save_to: str | Path | None = None,
        evaluate: tuple[Any, Any] | Mapping[str, tuple[Any, Any]] | None = None,
        classes: Sequence[Any] | None = None,
    ) -> None:
        super().__init__()
        self._given, self._project = run, project
        self._every, self._how_often = max(1, int(every)), max(1, int(how_often))
        self._figures, self._sequences = dict(figures or {}), dict(sequences or {})
        self._filters = filters if isinstance(filters, bool) else list(filters)
        self._shape, self._preferred, self._k = input_shape, dict(preferred or {}), k
        self._reconstructions, self._embeddings = reconstructions, dict(embeddings or {})
        self._watch: bool | dict[str, Any] = watch if isinstance(watch, bool) else dict(watch)
        self._save_to = None if save_to is None else Path(save_to)
        self._evaluate = dict(evaluate) if isinstance(evaluate, Mapping) else {"test": evaluate} if evaluate else {}
        self._classes = classes
        self._run: Run | None = run
        self._is_ours = self._is_fitting = False
        self._step, self._epoch = -1, -1
        self._frames: list[Any] = []

    @property
    def run(self) -> Run:
        """Where everything goes."""
        if self._run is None:
            self._run = self._given or current.current()
            if self._run is None:
                self._run, self._is_ours = init(self._project), True
        return self._run

    @_quietly
    def on_train_begin(self, logs: Any = None) -> None:
        del logs
        self._is_fitting = True
        run = self.run
        self._step = max(self._step, run.step)
        chosen = {key: value for key, value in (self.params or {}).items() if key in ("epochs", "steps")}
        run.config.update({"keras": chosen | model_facts(self.model)})
        if self._watch:
            run.watch(self.model, **({} if self._watch is True else self._watch))

    @_quietly
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._step += 1
        steps = (self.params or {}).get("steps")
        epoch = max(0, self._epoch) + (batch + 1) / steps if steps else None
        if self._step % self._every == 0:
            values = {f"batch/{name}": value for name, value in (logs or {}).items()}
            self.run.log(values | self._learning_rate(), self._step, epoch)
        if self.run.is_watching(self.model):
            self.run.update(step=self._step)

    @_quietly
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        del logs
        self._epoch = epoch

    @_quietly
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = dict(logs or {})
        values = {
            f"val/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}": value
            for name, value in logs.items()
            if name != "learning_rate"
        }
        step = max(0, self._step)
        self.run.log(values | self._learning_rate(), step, epoch + 1)
        if epoch % self._how_often == 0:
            for key, make in self._pictures(epoch, logs).items():
                self._picture(key, make, step)

    @_quietly
    def on_test_end(self, logs: Any = None) -> None:
        if not self._is_fitting:
            self.run.log({f"test/{name}": value for name, value in (logs or {}).items()}, max(0, self._step))

    @_quietly
    def on_train_end(self, logs: Any = None) -> None:
        del logs
        self._is_fitting = False
        run, epochs = self.run, (self.params or {}).get("epochs")
        if self._frames:
            self._video("reconstructions/over-time", np.stack(self._frames), max(0, self._step))
            self._frames = []
        run.summary["epochs"] = self._epoch + 1
        if epochs is not None:
            run.summary["stopped_early"] = self._epoch + 1 < epochs
        if self._watch:
            run.unwatch(self.model)
        for name, (inputs, truth) in self._evaluate.items():
            self._judge(name, inputs, truth)
        if self._is_ours:
            run.finish()
            self._run, self._is_ours = None, False

    @_quietly
    def _judge(self, name: str, inputs: Any, truth: Any) -> None:
        """Judge the model as it is now; what its loss is of says whether it predicts classes."""
        predicted = np.asarray(self.model.predict(inputs, verbose=0))
        of_classes = is_classifier(self.model)
        if of_classes is None:
            values = np.asarray(truth)
            of_classes = values.dtype.kind != "f" or bool((values == np.round(values)).all())
        if of_classes:
            self.run.evaluate(truth, scores=predicted, name=name, classes=self._classes)
        else:
            self.run.evaluate(truth, predicted, name=name, task="regression")

    def refuse(self, method: str, error: Exception) -> None:
        """Say what went wrong, once for each cause."""
        if not isinstance(error, GnomonError):
            error = InputError(f"{method}: {type(error).__name__}: {error}. Training goes on without it.", field=method)
        if self._run is not None:
            self._run.lose(1, f"keras {method} {type(error).__name__}", error)

    def _learning_rate(self) -> dict[str, float]:
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        value = None if rate is None else as_number(wanted(rate, "learning_rate"))
        return {} if value is None else {"learning_rate": value}

    def _pictures(self, epoch: int, logs: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
        """Return what makes each picture, by key, so that one that fails costs no other."""
        model = self.model
        out: dict[str, Callable[[], Any]] = {}
        for key, figure in self._figures.items():
            out[key] = lambda figure=figure: figure(model, epoch, logs)  # type: ignore[misc]
        for key, (layer, data, *labels) in self._embeddings.items():
            out[key] = lambda layer=layer, data=data, labels=labels: self._embedding(layer, data, *labels)  # type: ignore[misc]
        for name in self._filter_names():
            out[f"filters/{name}"] = lambda name=name: Images(  # type: ignore[misc]
                weight_tiles(layer_named(model, name), self._shape), layout="NHWC", range="each"
            )
        for name, data in self._preferred.items():
            out[f"preferred/{name}"] = lambda name=name, data=data: self._preferred_inputs(name, data)  # type: ignore[misc]
        if self._reconstructions is not None:
            out["reconstructions"] = self._reconstruct
        for key, make in self._sequences.items():
            out[key] = lambda key=key, make=make: self._saved(key, make(model, epoch, logs))  # type: ignore[misc]
        return out

    def _picture(self, key: str, make: Callable[[], Any], step: int) -> None:
        try:
            value = make()
        except Exception as error:  # noqa: BLE001 - the user's code, or a layer that does not fit
            self.refuse(key, error)
            return
        if value is not None:
            self.run.log({key: value}, step)

    def _filter_names(self) -> list[str]:
        if isinstance(self._filters, list):
            return self._filters
        return [layer.name for layer in self.model.layers if self._filters and weight_tiles(layer, None, 1) is not None]

    def _embedding(self, layer: str, data: Any, labels: Any = None) -> Embedding:
        found = {"layer": layer_named(self.model, layer)}
        made = [batch["layer"] for batch in outputs_of(self.model, found, data)]
        vectors = np.concatenate([each.reshape(len(each), -1) for each in made])
        return Embedding(vectors.astype(np.float32), labels=labels)

    def _preferred_inputs(self, layer: str, data: Any) -> Images:
        top = TopInputs(self._k)
        for batch in outputs_of(self.model, {"layer": layer_named(self.model, layer)}, data):
            top.add(batch["layer"], channels_first=not is_channels_last())
        pictures = as_pictures(np.asarray(data), channels_first=not is_channels_last())
        return Images(top.result().tiles(pictures), columns=min(self._k, len(pictures)), layout="NHWC")

    def _reconstruct(self) -> Images:
        given = np.asarray(self._reconstructions)
        made = np.asarray(self.model.predict_on_batch(given)).reshape(given.shape)
        sides = [as_pictures(each, channels_first=not is_channels_last()) for each in (given, made)]
        self._frames.append(np.concatenate([np.concatenate(list(side), 1) for side in sides], 0))
        return Images(side_by_side(*sides), columns=2, layout="NHWC")

    def _video(self, key: str, frames: Any, step: int) -> None:
        self.run.log({key: self._saved(key, frames)}, step)

    def _saved(self, key: str, frames: Any) -> Video:
        video = frames if isinstance(frames, Video) else Video(frames, fps=5)
        if self._save_to is not None:
            self._save_to.mkdir(parents=True, exist_ok=True)
            video.save(self._save_to / f"{key.replace('/', '-')}.gif")
        return video
