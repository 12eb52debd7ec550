"""Watching a torch model while it trains: weights, gradients and activations, within a share of the step time.

A step is a forward pass of the whole model with gradients enabled. In one that is to be collected, outputs are measured
as layers give them (an activation in place may overwrite them later), and weights and gradients when the backward pass
ends, before any optimiser has touched them. In every step that the budget allows, the output and the gradients are
searched for non-finite values while all that led to them is still there. What was computed is written when the next
step begins, under the step that `log` or `update` had come to, so that it lines up with the losses of the same step.

One hook stands on the model all the time. Those on the layers are there only in the forward passes that are looked at:
a hook at rest costs 1 to 2 µs for each layer and step.
"""

import math
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

from gnomon.integrations.torch.hook import Hook
from gnomon.integrations.torch.measure import Rows, bad_in, measurable, measure, measure_layer, tensors_in
from gnomon.integrations.torch.parts import Parts
from gnomon.sdk.budget import Budget
from gnomon.sdk.model_report import (
    INPUT,
    Key,
    Options,
    Origin,
    layers_key,
    layers_record,
    origin,
    values_of,
)
from gnomon.sdk.run import Run
from gnomon.sdk.watch import refusal

torch: Any = import_module("torch")

_MEASURED: Final = 0.85
"""Part of what a collection costs that can be measured: it leaves the caches cold, which the next step pays for."""
_GUARD_SHARE: Final = 1 / 3
"""Part of the budget that looking for non-finite values at every step may take."""

_REST_S: Final = 5e-6
"""What the hook on the model costs in a step that is not looked at, torch's own part of it included."""

_AFTERMATH: Final = 4.0
_HELD: Final = 16.0
"""A look costs more than its own time: it leaves the caches cold, and a guarded step holds the outputs of all layers,
which would else be freed on the way. Both were measured as whole steps, by benchmarks/watch_model.py."""

_LAST: Final = ""
"""Stands in the place of a layer's path for the end of the forward pass."""

_MOST_INPUTS: Final = 16


def _inputs(given: Any) -> list[dict[str, Any]]:
    """Return shape without the batch and type of the tensors that a model is given; none where one has no batch."""
    found = list(tensors_in(given))[:_MOST_INPUTS]
    if any(not tensor.ndim for tensor in found):
        return []
    return [{"shape": list(tensor.shape[1:]), "dtype": str(tensor.dtype).removeprefix("torch.")} for tensor in found]


@dataclass(slots=True)
class _Pass:
    """One training step that is looked at.

    Args:
        collects: Statistics are to be made.
        guards: It is searched for non-finite values.
        outputs: What the layers gave, in the order in which they ran; kept for the length of the forward pass.
        order: Their paths.
        rows: Statistics so far.
        channels: The units of the layer that ran last lie along axis 1.
        backward_came: The backward pass has begun.
        is_bad: Non-finite values were found.
    """

    collects: bool
    guards: bool
    channels: bool = False
    outputs: dict[str, Any] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    rows: dict[Key, Any] = field(default_factory=dict)
    backward_came: bool = False
    is_bad: bool = False


@dataclass(slots=True)
class _Found:
    """What a step has shown, to be written when its number is known.

    Args:
        rows: Statistics, perhaps still on their way from an accelerator.
        order: Layers in the order of the forward pass.
        origin: Where non-finite values began, when the guard found it.
        step: Number of the step, once known.
    """

    rows: Rows | None
    order: list[str]
    origin: Origin | None = None
    step: int | None = None


class TorchWatch:
    """Watch one model.

    Args:
        run: Where it is written.
        model: The module that training calls.
        name: First part of all keys.
        options: What, and how often.
        parts: How it names its parts.
        clock: Seconds, for the costs.
    """

    def __init__(
        self,
        run: Run,
        model: Any,
        name: str,
        options: Options,
        parts: Parts,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._run, self._name, self._options, self._parts, self._clock = run, name, options, parts, clock
        self._model = weakref.ref(model)
        self._collecting = Budget(options.budget * _MEASURED * (1 - _GUARD_SHARE), options.every, idle_s=_REST_S)
        self._guarding = Budget(options.budget * _GUARD_SHARE, warm_up=0)
        self._lock = threading.Lock()
        self._began: float | None = None
        self._steps = self._steps_seen = 0
        self._counted = self._next = 0
        self._pass: _Pass | None = None
        self._pending: list[_Found] = []
        self._is_bad = False
        self._known: list[Any] = []
        self._remember(parts.parameters(model))
        layers = parts.layers(model)
        self._places = [(path, weakref.ref(layer), Hook(self._layer_hook(path))) for path, layer in layers.items()]
        self._told: list[str] = []
        self._inputs: list[dict[str, Any]] = []
        self._hanging: dict[str, Any] = {}
        self._last = Hook(self._forward_done)
        self._standing = model.register_forward_pre_hook(Hook(self._begin), with_kwargs=True)

    @property
    def model(self) -> object | None:
        """The model, unless it is gone."""
        return self._model()

    def update(self, step: int) -> None:
        """Write what is ready; with no forward pass since the last update, look at weights and gradients now."""
        began = self._clock()
        with self._safely():
            looks = self._steps == self._steps_seen
            if looks:
                self._steps += 1
                self._look(began)
            self._steps_seen = self._steps
            if self._pending:
                self._flush(step)
                self._charge(began, None)

    def close(self) -> None:
        """Write what is left and take all hooks off the model."""
        with self._safely():
            self._finish_pass()
            self._flush(None, waits=True)
        self._pass = None
        self._standing.remove()
        self._take_down(list(self._hanging))

    def _begin(self, model: Any, args: Any, kwargs: Any) -> None:
        if not (model.training and torch.is_grad_enabled()):
            return
        self._steps = at = self._steps + 1
        if at < self._next:
            return
        began = self._clock()
        with self._safely():
            if self._pass is not None or self._pending:
                self._finish_pass()
                self._flush(None)
                self._charge(began, None)  # what was found is written at the cost of the collection it came from
            now = self._clock()
            collects, guards = self._due(began, at)
            if collects or guards:
                self._pass = made = _Pass(collects, guards)
                made.outputs[INPUT] = args, kwargs
                self._next = at + 1
                self._hang(model)
                self._charge(now, made)

    def _due(self, now: float, at: int) -> tuple[bool, bool]:
        """Return whether step `at`, which begins `now`, is to be collected and to be guarded."""
        taken, steps = 0.0 if self._began is None else now - self._began, at - self._counted
        collects, guards = self._collecting.step(taken, steps), self._guarding.step(taken, steps)
        self._began, self._counted = now, at
        if not self._pending:
            self._next = at + min(self._collecting.wait(taken / steps), self._guarding.wait(taken / steps))
        return collects, guards and self._is_in_main_memory()

    def _hang(self, model: Any) -> None:
        """Put hooks on all layers, and the one that ends the forward pass behind them."""
        for path, layer, hook in self._places:
            found = layer()
            if found is not None and path not in self._hanging:
                self._hanging[path] = found.register_forward_hook(hook)
        self._hanging[_LAST] = model.register_forward_hook(self._last)

    def _take_down(self, paths: Iterable[str]) -> None:
        """Remove the hooks of layers that ran.

        One whose layer did not run stays: should the layer be part of something compiled, hooks that come and go would
        have it compiled anew.
        """
        for path in paths:
            handle = self._hanging.pop(path, None)
            if handle is not None:
                handle.remove()

    def _layer_hook(self, path: str) -> Callable[..., None]:
        wanted = self._options.wants("activations", path)

        def ran(module: Any, args: Any, output: Any) -> None:
            del args
            made = self._pass
            if made is None or path in made.outputs:  # a layer that runs twice: its first output
                return
            made.outputs[path] = output if made.guards else None
            if made.collects and wanted:
                self._measure(made, path, module, output)

        return ran

    def _measure(self, made: _Pass, path: str, layer: Any, output: Any) -> None:
        began = self._clock()
        with self._safely():
            tensor = next(filter(measurable, tensors_in(output)), None)
            if tensor is not None:
                nature = self._parts.nature(layer, path)
                made.channels = made.channels if nature.channels is None else nature.channels
                is_last = self._told[-1:] == [path]
                row = measure_layer(tensor, nature, 1 if made.channels else -1, is_last=is_last)
                with self._lock:  # replicas of DataParallel run in threads
                    made.rows["activations", path] = row
        self._charge(began, made)

    def _forward_done(self, model: Any, args: Any, output: Any) -> None:
        del args
        made = self._pass
        if made is None or made.order:
            return
        began = self._clock()
        with self._safely():
            made.order = list(made.outputs)
            self._inputs = self._inputs or _inputs(made.outputs[INPUT])
            self._take_down([*made.order, _LAST])
            tensors = list(tensors_in(output))
            if made.guards and any(bad_in(tensor)[0] for tensor in tensors):
                self._trace(model, made, {})
            made.outputs = {}
            self._await_backward(made, [tensor for tensor in tensors if tensor.requires_grad])
        self._charge(began, made)

    def _await_backward(self, made: _Pass, outputs: list[Any]) -> None:
        """Have the pass finished when the backward pass that begins at one of `outputs` ends."""

        def begins(gradient: Any) -> None:
            del gradient
            if not made.backward_came:
                made.backward_came = True
                # Private by its name, but what torch's own distributed wrappers are built on.
                torch.autograd.Variable._execution_engine.queue_callback(lambda: self._backward_done(made))  # noqa: SLF001

        for tensor in outputs:
            tensor.register_hook(begins)

    def _backward_done(self, made: _Pass) -> None:
        began = self._clock()
        if self._pass is made:
            with self._safely():
                self._finish_pass()
        self._charge(began, made)

    def _finish_pass(self) -> None:
        """Look at weights and gradients, which no optimiser has touched yet, and send off what was found."""
        made, model = self._pass, self._model()
        self._pass = None
        if made is None or model is None:
            return
        if not made.order:  # the forward pass came to no end
            self._take_down([*made.outputs, _LAST])
        if made.guards and made.backward_came and not made.is_bad:
            alive = (ref() for ref in self._known)
            if is_finite([p.grad for p in alive if p is not None and p.grad is not None]):
                self._is_bad = False
            else:
                self._trace(model, made, _gradients(self._parts.parameters(model)))
        if made.collects:
            parameters = self._parts.parameters(model)
            self._remember(parameters)
            self._collect(made, parameters, _gradients(parameters) if made.backward_came else {})

    def _collect(self, made: _Pass, parameters: Mapping[str, Any], gradients: Mapping[str, Any]) -> None:
        for what, tensors in (("weights", parameters), ("gradients", gradients)):
            for path, tensor in tensors.items():
                if self._options.wants(what, path) and measurable(tensor):
                    made.rows[what, path] = measure(tensor)
        self._pending.append(_Found(Rows(made.rows), made.order))

    def _look(self, now: float) -> None:
        """Look at a model whose forward pass is not seen: compiled after it was watched, or called in parts."""
        model = self._model()
        due, _ = self._due(now, self._steps)
        if due and model is not None:
            parameters = self._parts.parameters(model)
            made = _Pass(collects=True, guards=False, order=[INPUT, *self._parts.layers(model)])
            self._collect(made, parameters, _gradients(parameters))

    def _flush(self, step: int | None, *, waits: bool = False) -> None:
        """Write what was found, as far as it has arrived in main memory.

        Args:
            step: What it belongs to; `None` means what the run has come to.
            waits: Wait for an accelerator, which is otherwise asked again a step later.
        """
        kept, self._pending = self._pending, []
        for found in kept:
            if found.step is None:
                now = self._run.step if step is None else step
                found.step = now if now >= 0 else max(0, self._counted - 1)
            if found.rows is not None and not (waits or found.rows.is_ready):
                self._pending.append(found)
            else:
                self._write(found, found.step)

    def _write(self, found: _Found, step: int) -> None:
        began = found.origin
        if found.rows is not None:
            rows = found.rows.take()
            self._tell_layers(found.order)
            self._run.write(values_of(self._name, rows), step)
            bad = {key: (int(row[1]), int(row[0])) for key, row in rows.items()}
            began = origin(found.order, bad)
            if began is None or self._is_bad:
                self._is_bad = began is not None
                return
            self._is_bad = True
        if began is not None:
            text, key = began.text(step), f"{self._name}/{began.what}/{began.path}/bad"
            self._run.write({f"{self._name}/nonfinite": text, key: began.bad}, step)
            self._run.hint(f"nonfinite {self._name}", f"{self._name}: {text}")

    def _tell_layers(self, order: list[str]) -> None:
        """Write the layers in the order in which they run, once; again when more of them ran."""
        told = [path for path in order if path != INPUT]
        model = self._model()
        if model is None or len(told) <= len(self._told):
            return
        self._told = told
        layers, own = self._parts.layers(model), list(self._parts.parameters(model))
        rows = [
            (path, type(layers[path]).__name__, [name for name in own if name.rpartition(".")[0] == path])
            for path in told
            if path in layers
        ]
        self._run.keep(layers_key(self._name), layers_record(rows, self._inputs))

    def _trace(self, model: Any, made: _Pass, gradients: Mapping[str, Any]) -> None:
        """Find where the non-finite values of this step began; everything is in main memory."""
        if self._is_bad:
            made.is_bad = True
            return
        bad = {("weights", path): bad_in(tensor) for path, tensor in self._parts.parameters(model).items()}
        for path, output in made.outputs.items():
            counts = [bad_in(tensor) for tensor in tensors_in(output)]
            bad["activations", path] = max(counts, default=(0, 0))
        bad |= {("gradients", path): bad_in(tensor) for path, tensor in gradients.items()}
        found = origin(made.order, bad)
        made.is_bad = self._is_bad = found is not None
        if found is not None:
            self._pending.append(_Found(None, made.order, found))

    def _charge(self, began: float, made: _Pass | None) -> None:
        seconds = self._clock() - began
        if made is not None and not made.collects:
            self._guarding.spent(_HELD * seconds)
        else:
            self._collecting.spent(_AFTERMATH * seconds)

    def _remember(self, parameters: Mapping[str, Any]) -> None:
        """Keep track of the parameters without a walk through the model at each step, and without keeping them alive."""
        self._known = [weakref.ref(parameter) for parameter in parameters.values()]

    def _is_in_main_memory(self) -> bool:
        first = self._known[0]() if self._known else None
        return first is None or first.device.type == "cpu"

    def _safely(self) -> "_Safely":
        return _Safely(self)

    def failed(self, error: Exception) -> None:
        """Give up the step that is looked at, and say why."""
        self._pass = None
        self._pending.clear()
        self._take_down(list(self._hanging))
        self._run.lose(1, f"watch {self._name} {type(error).__name__}", refusal(error))


class _Safely:
    """Let no error of ours out into somebody's forward or backward pass, unless the run is strict."""

    __slots__ = ("_watch",)

    def __init__(self, watch: TorchWatch) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self._watch.failed(error)
        return True


def _gradients(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {path: p.grad for path, p in parameters.items() if p.grad is not None}


def is_finite(tensors: Any) -> bool:
    """Return whether all numbers of tensors in main memory are finite, in one pass over them.

    Numbers so large that their squares overflow count as not finite.
    """
    dense = [t.detach() if t.layout == torch.strided else t.detach().coalesce().values() for t in tensors]
    dense = [t for t in dense if t.numel()]
    if not dense:
        return True
    # The Euclidean norm, ten times as fast as the largest magnitude; should it overflow, a closer look finds nothing.
    norms = torch._foreach_norm(dense)  # noqa: SLF001 - what torch.nn.utils.clip_grad_norm_ uses
    return all(math.isfinite(norm.item()) for norm in norms)
