"""Training in PyTorch: the functions of `train.py`, and what a script needs no functions for: going on, and looking."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
from gnomon.models.training.plan import Head, Plan
from gnomon.models.training.torch_trace import where
from gnomon.sdk.run import Run

torch: Any = Later("torch")
_saved: Any = Later("safetensors.torch")
_SAMPLES: Final = 16
_PICTURED: Final = frozenset({"reconstruction", "segmentation"})


class TorchEngine:
    """Train one model.

    Args:
        plan: What is trained.
        script: `train.py`, imported.
        device: `cpu`, `cuda:0`, `mps`.
    """

    updates = False

    def __init__(self, plan: Plan, script: Any, device: str) -> None:
        self._plan, self._script, self._device = plan, script, torch.device(device)
        script.DEVICE = device
        if self._device.type == "cuda":
            torch.cuda.set_device(self._device)
            torch.backends.cudnn.benchmark = False
            torch.backends.cudnn.deterministic = True
        chance.seed(script.SEED)
        self.model = script.build()
        self._optimizer = script.optimizer_of(self.model)
        self._totals = script.Totals()

    def step(self, inputs: Arrays, targets: Arrays, rate: float) -> Figures:
        """Change the weights once; return loss and metrics of the batch."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        given, truth = self._given(inputs, targets)
        rows = len(next(iter(inputs.values())))
        found = self._script.train_step(self.model, self._optimizer, given, truth)
        figures: Figures = self._totals.add(rows, *found)
        return figures

    def factor(self, step: int, steps: int, epoch: int) -> float:
        """Return what the learning rate is multiplied with."""
        return float(self._script.factor(step, steps, epoch))

    def begin_epoch(self, totals: Mapping[str, Any]) -> None:
        """Forget the sums of the last epoch, or take up those of a checkpoint."""
        self._totals = self._script.Totals()
        if totals:
            self._totals.rows, self._totals.losses = totals["rows"], dict(totals["losses"])
            counts = totals["counts"].items()
            self._totals.counts = {name: _amount(value) for name, value in counts}

    def epoch(self) -> Figures:
        """Return the figures of the epoch so far."""
        figures: Figures = self._totals.figures()
        return figures

    def judge(self, feed: Feed, pulse: Callable[[], None]) -> Figures:
        """Return loss and metrics over a part."""
        totals, script = self._script.Totals(), self._script
        with self._evaluating():
            for inputs, targets in feed.once():
                pulse()
                given, truth = self._given(inputs, targets)
                outputs = script.predict(self.model, given)
                rows = len(next(iter(inputs.values())))
                totals.add(rows, script.losses(outputs, truth), script.counts(outputs, truth))
        figures: Figures = totals.figures()
        return figures

    def predict(self, feed: Feed, pulse: Callable[[], None]) -> dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        """Return truth and what the model gives, by output."""
        found: dict[str, list[tuple[Any, Any]]] = {head.node: [] for head in self._plan.heads}
        with self._evaluating():
            for inputs, targets in feed.once():
                pulse()
                given, truth = self._given(inputs, targets)
                for name, output in self._script.predict(self.model, given).items():
                    found[name].append((truth[name].cpu().numpy(), output.float().cpu().numpy()))
        joined = {
            name: tuple(np.concatenate(each) for each in zip(*parts, strict=True)) for name, parts in found.items()
        }
        return {name: (each[0], each[1]) for name, each in joined.items()}

    def trouble(self, inputs: Arrays) -> str:
        """Return where values that are not finite began."""
        with torch.random.fork_rng(devices=[self._card] if self._card is not None else []):
            given, _ = self._given(inputs, {})
            return where(self.model, lambda: self._script.predict(self.model, given), given)

    def pictures(self, run: Run, inputs: Arrays, step: int) -> None:
        """Log the filters of the first layer, and what is made of some inputs: pictures, else the numbers."""
        from gnomon.integrations.torch.pictures import log_filters  # noqa: PLC0415 - it imports PyTorch

        first = next(((name, each) for name, each in self.model.named_children() if _has_filters(each)), None)
        if first is not None:
            shapes = [tuple(array.shape[1:]) for array in inputs.values()]
            log_filters(run, first[1], f"filters/{first[0]}", step, shape=shapes[0] if len(shapes) == 1 else None)
        with self._evaluating():
            given, _ = self._given({name: array[:_SAMPLES] for name, array in inputs.items()}, {})
            outputs = self._script.predict(self.model, given)
        for head in self._plan.heads:
            made = outputs[head.node].float().cpu().numpy()
            if made.ndim == 4 and head.is_first and head.task in _PICTURED:
                run.log({f"samples/{head.node}": _pictures(head, made)}, step)
            elif made.ndim <= 2:
                run.log({f"outputs/{head.node}": made}, step)

    def watch(self, run: Run, budget: float) -> None:
        """Write statistics of the variables while it trains."""
        from gnomon.integrations.torch.parts import NodeParts  # noqa: PLC0415 - it is loaded when something is watched

        behind = {node.id: str(node.params.get("activation", "")) for node in self._plan.graph.nodes}
        run.watch(self.model, budget=budget, parts=NodeParts(behind))

    def tensors(self) -> Tensors:
        """Return everything that is needed to go on."""
        optim, known = _flat(self._optimizer.state_dict()["state"])
        optim |= {name: torch.from_numpy(each) for name, each in chance.of_torch(torch, self._card).items()}
        totals = self._totals
        state = State(
            totals={
                "rows": totals.rows,
                "losses": totals.losses,
                "counts": {
                    name: value.tolist() if torch.is_tensor(value) else value for name, value in totals.counts.items()
                },
            },
            extra={"optimizer": known, **chance.states()},
        )
        return Tensors(_saved.save(_own(self.model.state_dict())), _saved.save(_own(optim)), state)

    def restore(self, saved: Tensors) -> None:
        """Go on where a checkpoint was written."""
        self.weights(saved.model)
        optim = _read(saved.optim)
        drawn = {name: optim.pop(name).numpy() for name in list(optim) if name.startswith("random.")}
        chance.restore_torch(torch, drawn, self._card)
        state = _nested(optim, saved.state.extra["optimizer"])
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": state})
        chance.restore(saved.state.extra)
        self.begin_epoch(saved.state.totals)

    def weights(self, model: bytes) -> None:
        """Take weights alone.

        Raises:
            CorruptError: They are of another model.
        """
        try:
            self.model.load_state_dict(_read(model))
        except RuntimeError as error:
            msg = f"checkpoint: its weights do not fit this graph: {error}"
            raise CorruptError(msg) from error

    @property
    def _card(self) -> Any:
        return self._device if self._device.type == "cuda" else None

    def _given(self, inputs: Arrays, targets: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
        given = {name: self._script.tensor(name, array) for name, array in inputs.items()}
        truth = {name: self._script.tensor(name, array) for name, array in targets.items()}
        return given, truth | {name: given[of] for name, of in self._script.GIVEN_BACK.items() if of in given}

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        self.model.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self.model.train()


def _amount(value: Any) -> Any:
    return torch.tensor(value, dtype=torch.float64) if isinstance(value, list) else value


def _has_filters(layer: Any) -> bool:
    kind = type(layer).__name__
    return ("Conv" in kind or "Linear" in kind) and getattr(layer, "weight", None) is not None


def _pictures(head: Head, made: npt.NDArray[Any]) -> Images:
    if head.task == "reconstruction":
        return Images(np.moveaxis(made, 1, -1), layout="NHWC")
    classes = made.argmax(1) if head.size > 1 else made[:, 0] > (0 if head.from_logits else 0.5)
    return Images(classes.astype(np.float32), range=(0.0, float(max(1, head.size - 1))))


def _own(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return tensors that share no memory, in main memory, as the file holds them."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}


def _read(data: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = _saved.load(data)
    except Exception as error:
        msg = f"checkpoint: its tensors cannot be read: {error}."
        raise CorruptError(msg) from error
    return found


def _flat(state: Mapping[int, Mapping[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what an optimizer remembers as tensors by name, and what is no tensor."""
    tensors = {
        f"{i}.{name}": value for i, each in state.items() for name, value in each.items() if torch.is_tensor(value)
    }
    rest = {
        f"{i}.{name}": value for i, each in state.items() for name, value in each.items() if not torch.is_tensor(value)
    }
    return tensors, rest


def _nested(tensors: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for key, value in (*tensors.items(), *rest.items()):
        i, _, name = key.partition(".")
        found.setdefault(int(i), {})[name] = value
    return found
