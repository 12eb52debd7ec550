"""What is trained: the inputs of a graph, and for each output its task, its loss and what it is measured by.

Pure: no framework, no data. What cannot be trained is refused here, before anything starts.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from gnomon.core.errors import InputError
from gnomon.graph.code.names import class_name
from gnomon.graph.code.plan import Plan as CodePlan
from gnomon.graph.component import Component, Target
from gnomon.graph.document import Graph
from gnomon.graph.layout import is_first
from gnomon.graph.study import Study
from gnomon.models.training.settings import TrainSettings

Task = Literal["classification", "multi_label", "regression", "segmentation", "reconstruction"]
METRICS: Final[dict[Task, tuple[str, ...]]] = {
    "classification": ("accuracy",),
    "multi_label": ("accuracy", "f1"),
    "regression": ("mean_absolute_error", "mean_squared_error", "r2"),
    "segmentation": ("accuracy", "iou"),
    "reconstruction": ("mean_squared_error",),
}
"""What outputs are measured by, beside their loss."""
GROWS: Final = frozenset({"accuracy", "f1", "r2", "iou"})
"""Of these, more is better."""
_SAID: Final = 3


@dataclass(frozen=True, slots=True)
class Head:
    """Describe an output.

    Args:
        node: Its id.
        task: What it is for.
        loss: What training makes small.
        from_logits: Whether the softmax or sigmoid is still to be applied.
        size: How many classes, labels, values or channels.
        weight: How much its loss counts.
        of: Of a reconstruction, the input that it gives back.
        is_first: Whether PyTorch has its channels in front.
        rank: How many axes it has beside that of the samples.
    """

    node: str
    task: Task
    loss: str
    from_logits: bool
    size: int
    weight: float = 1.0
    of: str = ""
    is_first: bool = False
    rank: int = 1

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of what it is measured by."""
        return METRICS[self.task]


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what is trained.

    Args:
        graph: The model.
        target: Framework.
        class_name: Of its code, for PyTorch.
        inputs: Nodes where data enter, in the order in which the model takes them.
        first: Those whose channels PyTorch has in front.
        heads: Its outputs, in the order in which the model gives them.
        settings: How.
    """

    graph: Graph
    target: Target
    class_name: str
    inputs: tuple[str, ...]
    first: tuple[str, ...]
    heads: tuple[Head, ...]
    settings: TrainSettings

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of what is measured, `loss` first; of several outputs with the output in front."""
        names = ["loss"]
        if len(self.heads) == 1:
            return (*names, *self.heads[0].metrics)
        names += [f"{head.node}/loss" for head in self.heads]
        return (*names, *(f"{head.node}/{metric}" for head in self.heads for metric in head.metrics))

    @property
    def monitor(self) -> tuple[str, bool]:
        """What progress is measured by, without `val_`, and whether more is better."""
        name = self.settings.stop.monitor.removeprefix("val_")
        return name, name.rpartition("/")[2] in GROWS


def plan(graph: Graph, settings: TrainSettings) -> Plan:
    """Return what is trained.

    Raises:
        InputError: It cannot be trained; the message says why and what to do.
    """
    _check(graph)
    code = CodePlan(graph, graph.target)
    if code.missing:
        name, why = next(iter(code.missing.items()))
        msg = f"graph: {name} cannot be written as code for {graph.target}: {why}."
        raise InputError(msg, field="graph")
    heads = tuple(_head(code, name, settings) for name in code.outputs)
    specs = {name: code.report.nodes[name].out for name in code.inputs}
    first = tuple(name for name, spec in specs.items() if spec is not None and is_first(spec))
    _check_names(settings, heads)
    if graph.target == "keras":
        _check_keras(settings, heads)
    found = Plan(graph, graph.target, class_name(graph.name), tuple(code.inputs), first, heads, settings)
    if found.monitor[0] not in found.metrics:
        msg = f"train.stop.monitor: expected one of {', '.join(found.metrics)}, also as val_…, received {settings.stop.monitor!r:.60}."
        raise InputError(msg, field="train.stop.monitor")
    return found


def _check(graph: Graph) -> None:
    if not graph.nodes:
        msg = "graph: it is empty. Begin with a template: gnomon canvas new --list."
        raise InputError(msg, field="graph")
    errors = [issue for issue in Study().of(graph).issues if issue.level == "error"]
    if errors:
        told = "; ".join(f"{issue.node + ': ' if issue.node else ''}{issue.message}" for issue in errors[:_SAID])
        more = f" And {len(errors) - _SAID} more." if len(errors) > _SAID else ""
        msg = f"graph: it has {'an error' if len(errors) == 1 else f'{len(errors)} errors'}: {told}{more}"
        raise InputError(msg, field="graph")


def _head(code: CodePlan, name: str, settings: TrainSettings) -> Head:
    report = code.report.nodes[name]
    component, spec = cast("Component", report.component), report.out
    task = cast("Task", component.type.removeprefix("core/").partition("@")[0])
    if task not in METRICS or spec is None:
        msg = f"graph: {name} is an output of {component.type}, which cannot be trained for yet."
        raise InputError(msg, field="graph")
    values: Any = component
    choices = next(param.choices for param in type(component).params if param.name == "loss")
    loss = values.loss if settings.loss == "auto" else settings.loss
    if loss not in choices:
        msg = f"train.loss: {loss} does not fit {name}, which takes {', '.join(map(str, choices))}. Let the outputs say: auto."
        raise InputError(msg, field="train.loss")
    size = 1 if not spec.shape else spec.channels
    if size is None:
        msg = f"graph: how many numbers come to {name} is not known. Say it in the settings of the output."
        raise InputError(msg, field="graph")
    return Head(
        name,
        task,
        str(loss),
        bool(getattr(values, "from_logits", False)),
        size,
        settings.weights.get(name, 1.0),
        _given_back(code, name, values.of) if task == "reconstruction" else "",
        is_first(spec),
        spec.rank,
    )


def _given_back(code: CodePlan, name: str, of: str) -> str:
    if of in code.inputs:
        return of
    if len(code.inputs) == 1 and not of:
        return code.inputs[0]
    msg = f"graph: {name} gives an input back, and it does not say which of {', '.join(code.inputs)}. Set its parameter `of`."
    raise InputError(msg, field="graph")


def _check_names(settings: TrainSettings, heads: tuple[Head, ...]) -> None:
    known = [head.node for head in heads]
    for name in settings.weights:
        if name not in known:
            msg = f"train.weights: expected outputs ({', '.join(known)}), received {name!r:.60}."
            raise InputError(msg, field="train.weights")
    if not any(head.weight for head in heads):
        msg = "train.weights: expected at least one output that counts, received 0 for all."
        raise InputError(msg, field="train.weights")
    if settings.class_weights != "none" and not any(head.task == "classification" for head in heads):
        msg = "train.class_weights: there is no classification among the outputs. Leave it at none."
        raise InputError(msg, field="train.class_weights")


def _check_keras(settings: TrainSettings, heads: tuple[Head, ...]) -> None:
    """Refuse what Keras does in another way than PyTorch."""
    if settings.nonfinite == "skip":
        msg = "train.nonfinite: Keras changes the weights before anybody sees the loss, so no step can be skipped. Use stop, or the target torch."
        raise InputError(msg, field="train.nonfinite")
    if settings.class_weights != "none" and len(heads) > 1:
        msg = "train.class_weights: Keras takes them for one output only, and there are several. Use the target torch."
        raise InputError(msg, field="train.class_weights")
