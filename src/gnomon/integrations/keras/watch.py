"""Watching a Keras model where its backend has no hooks: its weights, and activations of inputs kept for that.

On the torch backend the torch watcher does more (see `watcher`): gradients, and activations of the training batches.
"""

import time
import weakref
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from gnomon.core.records.arrays import wanted
from gnomon.integrations.keras.layers import KerasParts, outputs_of
from gnomon.sdk.budget import Budget
from gnomon.sdk.model_report import (
    INPUT,
    Key,
    Options,
    Row,
    layers_key,
    layers_record,
    origin,
    row_of,
    units_of,
    values_of,
)
from gnomon.sdk.run import Run
from gnomon.sdk.watch import ModelWatch, refusal, watcher_named

keras: Any = import_module("keras")


class KerasWatch:
    """Watch one model at every update, within a share of the time between updates.

    Args:
        run: Where it is written.
        model: A Keras model.
        name: First part of all keys.
        options: What, and how often.
        probe: Inputs whose activations are watched; `None` watches none.
        clock: Seconds, for the costs.
    """

    def __init__(
        self,
        run: Run,
        model: Any,
        name: str,
        options: Options,
        probe: Any = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._run, self._name, self._options, self._probe, self._clock = run, name, options, probe, clock
        self._model = weakref.ref(model)
        self._parts = KerasParts()
        self._budget = Budget(options.budget, options.every)
        self._before: float | None = None
        self._is_bad = self._has_told = False

    @property
    def model(self) -> object | None:
        """The model, unless it is gone."""
        return self._model()

    def update(self, step: int) -> None:
        """Write the statistics of this step, if the budget allows."""
        began, model = self._clock(), self._model()
        due = self._budget.step(0.0 if self._before is None else began - self._before)
        self._before = began
        if not due or model is None:
            return
        try:
            self._collect(model, step)
        except Exception as error:  # noqa: BLE001 - a backend may raise anything, and training goes on
            self._run.lose(1, f"watch {self._name} {type(error).__name__}", refusal(error))
        self._budget.spent(self._clock() - began)

    def close(self) -> None:
        """There is nothing on the model to take off."""

    def _collect(self, model: Any, step: int) -> None:
        wants = self._options.wants
        parameters, layers = self._parts.parameters(model), self._parts.layers(model)
        rows: dict[Key, Row] = {
            ("weights", path): row_of(wanted(value, path))
            for path, value in parameters.items()
            if wants("weights", path)
        }
        if self._probe is not None:
            chosen = {path: layer for path, layer in layers.items() if wants("activations", path)}
            made = next(iter(outputs_of(model, chosen, self._probe[:256])))
            last = list(layers)[-1:]
            rows |= {
                ("activations", path): self._row(chosen[path], values, is_last=[path] == last)
                for path, values in made.items()
            }
        self._tell_layers(layers, list(parameters))
        self._run.write(values_of(self._name, rows), step)
        found = origin([INPUT, *layers], {key: (int(row[1]), int(row[0])) for key, row in rows.items()})
        if found is not None and not self._is_bad:
            text = found.text(step)
            self._run.write({f"{self._name}/nonfinite": text}, step)
            self._run.hint(f"nonfinite {self._name}", f"{self._name}: {text}")
        self._is_bad = found is not None

    def _row(self, layer: Any, values: Any, *, is_last: bool) -> Row:
        nature = self._parts.nature(layer)
        axis = 1 if nature.channels else -1
        return np.concatenate([row_of(values), units_of(values, nature, axis, is_last=is_last)])

    def _tell_layers(self, layers: Mapping[str, Any], own: list[str]) -> None:
        """Write the layers once, in their order in the model."""
        if not self._has_told:
            self._has_told = True
            rows = [
                (path, type(layer).__name__, [name for name in own if name.rpartition(".")[0] == path])
                for path, layer in layers.items()
            ]
            self._run.keep(layers_key(self._name), layers_record(rows))


def watcher(run: Run, model: object, name: str, *, probe: Any = None, **options: Any) -> ModelWatch | None:
    """Return a watch of a Keras model; `None` when it is something else of Keras.

    Args:
        run: Where it is written.
        model: A `keras.Model`.
        name: First part of all keys.
        probe: Inputs whose activations are watched, on backends other than torch.
        options: As `gnomon.sdk.model_report.Options`.

    Raises:
        InputError: An option is wrong.
    """
    if not isinstance(model, keras.Model):
        return None
    if keras.backend.backend() == "torch":
        return watcher_named("torch")(run, model, name, parts=KerasParts(), **options)
    given = Options.of(options)
    missing = ["gradients"] if probe is not None else ["gradients", "activations (pass probe=inputs for them)"]
    if "what" in options and any(word.split()[0] in given.what for word in missing):
        run.hint(
            f"keras {name}",
            f"{name}: Keras' {keras.backend.backend()} backend gives no {' and no '.join(missing)}; the rest is watched.",
        )
    return KerasWatch(run, model, name, given, probe)
