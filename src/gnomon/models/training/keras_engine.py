"""Training in Keras 3, whatever its backend: the functions of `train.py`, and going on where a checkpoint was written.

Figures of a step are those of the epoch so far, as Keras shows them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError
from gnomon.core.records.images import Images
from gnomon.models.training import chance
from gnomon.models.training.batches import Arrays, Feed
from gnomon.models.training.checkpoint import State, Tensors
from gnomon.models.training.engine import Figures
from gnomon.models.training.later import Later
from gnomon.models.training.plan import Plan
from gnomon.sdk.run import Run

keras: Any = Later("keras")
torch: Any = Later("torch")
_saved: Any = Later("safetensors.numpy")
_SAMPLES: Final = 16


class KerasEngine:
    """Train one model.

    Args:
        plan: What is trained.
        script: `train.py`, imported.
    """

    updates = True

    def __init__(self, plan: Plan, script: Any) -> None:
        self._plan, self._script = plan, script
        self.model = script.build()
        self.model.optimizer.build(self.model.trainable_variables)
        self._figures: Figures = {}
        self._sums: dict[str, npt.NDArray[Any]] | None = None

    def step(self, inputs: Arrays, targets: Arrays, rate: float) -> Figures:
        """Change the weights once; return loss and metrics of the epoch so far."""
        self.model.optimizer.learning_rate = rate
        self._figures = self._script.train_step(self.model, inputs, self._truth(inputs, targets))
        return self._figures

    def factor(self, step: int, steps: int, epoch: int) -> float:
        """Return what the learning rate is multiplied with."""
        return float(self._script.factor(step, steps, epoch))

    def begin_epoch(self, totals: Mapping[str, Any]) -> None:
        """Forget the sums of the last epoch, or take up those of a checkpoint."""
        self._sums = None
        self.model.reset_metrics()
        self._figures = dict(totals.get("figures", {}))
        if totals.get("sums"):
            _assign(self.model.metrics_variables, {key: np.asarray(value) for key, value in totals["sums"].items()})

    def epoch(self) -> Figures:
        """Return the figures of the epoch so far."""
        return self._figures

    def judge(self, feed: Feed, pulse: Callable[[], None]) -> Figures:
        """Return loss and metrics over a part."""
        self._sums = _values(self.model.metrics_variables)  # Keras adds up both in the same place
        self.model.reset_metrics()
        found: Figures = {}
        for inputs, targets in feed.once():
            pulse()
            found = self._script.test_step(self.model, inputs, self._truth(inputs, targets))
        self.model.reset_metrics()
        return found

    def predict(self, feed: Feed, pulse: Callable[[], None]) -> dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        """Return truth and what the model gives, by output."""
        found: dict[str, list[tuple[Any, Any]]] = {head.node: [] for head in self._plan.heads}
        for inputs, targets in feed.once():
            pulse()
            truth = self._truth(inputs, targets)
            for name, made in self._made(inputs).items():
                found[name].append((truth[name], made))
        return {
            name: (np.concatenate([each[0] for each in parts]), np.concatenate([each[1] for each in parts]))
            for name, parts in found.items()
        }

    def trouble(self, inputs: Arrays) -> str:
        """Return where values that are not finite are: Keras has changed the weights by then."""
        from gnomon.integrations.keras.layers import outputs_of  # noqa: PLC0415 - it imports Keras

        for variable in self.model.weights:
            if not np.isfinite(keras.ops.convert_to_numpy(variable)).all():
                return f"the weights of {variable.path}, or in what they were multiplied with"
        for layer in self.model.layers:
            (batch,) = list(outputs_of(self.model, {"it": layer}, self._script.given(inputs, self._script.INPUTS)))
            if not np.isfinite(batch["it"]).all():
                return f"what comes out of {layer.name}"
        return "the loss itself: everything before it is finite"

    def pictures(self, run: Run, inputs: Arrays, step: int) -> None:
        """Log the filters of the first layer, and what is made of some inputs: pictures, else the numbers."""
        from gnomon.integrations.keras.layers import weight_tiles  # noqa: PLC0415 - it imports Keras

        shapes = [tuple(array.shape[1:]) for array in inputs.values()]
        shape = shapes[0] if len(shapes) == 1 and len(shapes[0]) in (2, 3) else None
        for layer in self.model.layers:
            tiles = weight_tiles(layer, shape)
            if tiles is not None:
                run.log({f"filters/{layer.name}": Images(tiles, layout="NHWC", range="each")}, step)
                break
        made = self._made({name: array[:_SAMPLES] for name, array in inputs.items()})
        for head in self._plan.heads:
            found = made[head.node]
            if found.ndim <= 2:
                run.log({f"outputs/{head.node}": found}, step)
            elif head.task == "reconstruction":
                run.log({f"samples/{head.node}": Images(found, layout="NHWC")}, step)
            elif head.task == "segmentation":
                classes = found.argmax(-1) if head.size > 1 else found[..., 0] > (0 if head.from_logits else 0.5)
                value = Images(classes.astype(np.float32), range=(0.0, float(max(1, head.size - 1))))
                run.log({f"samples/{head.node}": value}, step)

    def watch(self, run: Run, budget: float) -> None:
        """Write statistics of the variables while it trains."""
        run.watch(self.model, budget=budget)

    def tensors(self) -> Tensors:
        """Return everything that is needed to go on."""
        model = {_name(variable): _array(variable) for variable in self.model.weights}
        optim = _values(self.model.optimizer.variables) | _values(self._random(), "state")
        if keras.config.backend() == "torch":  # whose dropout draws from PyTorch itself
            optim |= chance.of_torch(torch)
        sums = self._sums if self._sums is not None else _values(self.model.metrics_variables)
        totals = {"figures": self._figures, "sums": {key: value.tolist() for key, value in sums.items()}}
        return Tensors(_saved.save(model), _saved.save(optim), State(totals=totals, extra=chance.states()))

    def restore(self, saved: Tensors) -> None:
        """Go on where a checkpoint was written."""
        self.weights(saved.model)
        optim = _saved.load(saved.optim)
        _assign(self.model.optimizer.variables, optim)
        _assign(self._random(), optim, "state")
        chance.restore(saved.state.extra)
        if keras.config.backend() == "torch":
            chance.restore_torch(torch, optim)
        self.begin_epoch(saved.state.totals)

    def weights(self, model: bytes) -> None:
        """Take weights alone.

        Raises:
            CorruptError: They are of another model.
        """
        found = _saved.load(model)
        for variable in self.model.weights:
            array = found.get(_name(variable))
            if array is None or array.shape != tuple(variable.shape):
                msg = f"checkpoint: its weights do not fit this graph: {variable.path} is missing or of another shape."
                raise CorruptError(msg)
            variable.assign(array)

    def _truth(self, inputs: Arrays, targets: Arrays) -> Arrays:
        return targets | {name: inputs[of] for name, of in self._script.GIVEN_BACK.items()}

    def _made(self, inputs: Arrays) -> Arrays:
        found = self.model.predict_on_batch(self._script.given(inputs, self._script.INPUTS))
        outputs = found if isinstance(found, (list, tuple)) else [found]
        return {name: np.asarray(each) for name, each in zip(self._script.TARGETS, outputs, strict=True)}

    def _random(self) -> list[Any]:
        """Return the generators of random numbers: variables of the model that are no weights."""
        known = {id(variable) for variable in self.model.weights}
        return [variable for variable in self.model.variables if id(variable) not in known]


def _name(variable: Any) -> str:
    """Return the path of a weight: node id, dot, name within the layer."""
    return str(variable.path).replace("/", ".")


def _array(variable: Any) -> npt.NDArray[Any]:
    return np.array(keras.ops.convert_to_numpy(variable), order="C")


def _values(variables: list[Any], kind: str = "sum") -> dict[str, npt.NDArray[Any]]:
    """Return variables by number and name: paths may be there twice, and begin with numbers that Keras counts on."""
    return {f"{kind}.{i}.{_last(variable)}": _array(variable) for i, variable in enumerate(variables)}


def _last(variable: Any) -> str:
    return str(variable.path).rpartition("/")[2]


def _assign(variables: list[Any], values: Mapping[str, npt.NDArray[Any]], kind: str = "sum") -> None:
    for i, variable in enumerate(variables):
        found = values.get(f"{kind}.{i}.{_last(variable)}")
        if found is None:
            msg = f"checkpoint: it says nothing of {variable.path}. It was written by another version of Keras, or of another graph."
            raise CorruptError(msg)
        variable.assign(found.reshape(tuple(variable.shape)))
