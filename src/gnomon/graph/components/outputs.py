"""What a model is for: its outputs, each with its task and loss.

In code an output is no statement: what it is connected to is returned, and `OUTPUTS` tells the task.
"""

from typing import Literal

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Port, component, param
from gnomon.graph.need import need_number, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Spec

_FLATTEN = Remedy("Put a Flatten in front", before={"in": ("core/flatten@1", {})})
_POOL = Remedy("Put a global average pooling in front", before={"in": ("core/global_avg_pool@1", {})})


class Output(Component):
    """What outputs have in common."""

    outputs = ()

    def torch(self, x: Spec) -> Code:
        return Code("{0}")

    def keras(self, x: Spec) -> Code:
        return Code("{0}")


@component("core/classification@1", title="Classification", category="Output", words=("output", "label", "softmax"))
class Classification(Output):
    """Tells which of several classes a sample is of, by one number for each class."""

    inputs = (Port(name="in", doc="One number for each class: of the last Dense.", rank=1),)

    classes: int | None = param(
        None, doc="How many classes there are; nothing takes as many as there are numbers.", min=2, max=1_000_000,
        role="classes",
    )  # fmt: skip
    loss: Literal["cross_entropy", "mean_squared_error"] = param(
        "cross_entropy", doc="What training makes small; the mean squared error compares with ones and zeros.",
        role="loss",
    )  # fmt: skip
    from_logits: bool = param(
        True, doc="Whether the numbers are still before the softmax; the loss applies it then, which is more exact.",
        role="logits",
    )  # fmt: skip

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 1, remedies=(_FLATTEN, _POOL) if x.rank > 2 else (_FLATTEN,))
        need_number(x)
        return Inferred(_counted(x, self.classes, "classes", 2))


@component("core/multi_label@1", title="Multi-label", category="Output", words=("output", "tags", "sigmoid", "labels"))
class MultiLabel(Output):
    """Tells for each of several labels whether it applies; any number of them may."""

    inputs = (Port(name="in", doc="One number for each label: of the last Dense.", rank=1),)

    labels: int | None = param(
        None, doc="How many labels there are; nothing takes as many as there are numbers.", min=1, max=1_000_000,
        role="classes",
    )  # fmt: skip
    loss: Literal["binary_cross_entropy", "mean_squared_error"] = param(
        "binary_cross_entropy", doc="What training makes small.", role="loss"
    )
    from_logits: bool = param(
        True, doc="Whether the numbers are still before the sigmoid; the loss applies it then, which is more exact.",
        role="logits",
    )  # fmt: skip

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 1, remedies=(_FLATTEN, _POOL) if x.rank > 2 else (_FLATTEN,))
        need_number(x)
        return Inferred(_counted(x, self.labels, "labels"))


@component("core/regression@1", title="Regression", category="Output", words=("output", "value", "forecast", "number"))
class Regression(Output):
    """Predicts numbers: a price, an angle, the next value of a series."""

    inputs = (Port(name="in", doc="One number for each value to predict."),)

    values: int | None = param(
        None, doc="How many numbers are predicted; nothing takes as many as there are.", min=1, max=1_000_000,
        role="classes",
    )  # fmt: skip
    loss: Literal["mean_squared_error", "mean_absolute_error", "huber"] = param(
        "mean_squared_error", doc="What training makes small; the absolute error and huber mind outliers less.",
        role="loss",
    )  # fmt: skip

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 0, 1, 2, remedies=(_FLATTEN, _POOL))
        need_number(x)
        if x.rank == 0 and self.values in (None, 1):
            return Inferred(x)
        found = _counted(x, self.values, "values")
        return Inferred(Spec(found.shape))


@component("core/segmentation@1", title="Segmentation", category="Output", words=("output", "mask", "pixels", "u-net"))
class Segmentation(Output):
    """Tells for every pixel which of several classes it is of, by one channel for each class."""

    inputs = (Port(name="in", doc="Height × width × one channel for each class.", rank=3),)

    classes: int | None = param(
        None, doc="How many classes there are; nothing takes as many as there are channels.", min=1, max=65_536,
        role="classes",
    )  # fmt: skip
    loss: Literal["cross_entropy", "dice", "binary_cross_entropy"] = param(
        "cross_entropy", doc="What training makes small; dice minds small objects more.", role="loss"
    )
    from_logits: bool = param(
        True, doc="Whether the numbers are still before the softmax (one channel: sigmoid).", role="logits"
    )

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 3)
        need_number(x)
        return Inferred(_counted(x, self.classes, "classes"))


@component(
    "core/reconstruction@1", title="Reconstruction", category="Output", words=("output", "autoencoder", "denoise")
)
class Reconstruction(Output):
    """Gives an input of the model back: what an autoencoder is trained for."""

    inputs = (Port(name="in", doc="Of the shape of the input that is to be given back."),)

    of: str = param("", doc="Name of the input that is to be given back; not needed when there is only one.")
    loss: Literal["mean_squared_error", "mean_absolute_error", "binary_cross_entropy"] = param(
        "mean_squared_error", doc="What training makes small; binary cross-entropy is for inputs from 0 to 1.",
        role="loss",
    )  # fmt: skip

    def infer(self, x: Spec) -> Inferred:
        need_number(x)
        return Inferred(x)


def _counted(x: Spec, expected: int | None, param: str, least: int = 1) -> Spec:
    """Return the spec of an output with its number of classes; raise a `Problem` when it has another than expected."""
    found = x.channels
    if expected is not None and found is not None and found != expected:
        behind = ("core/conv2d@1", {"filters": expected, "kernel_size": 1}) if x.rank == 3 else (
            "core/dense@1", {"units": expected})  # fmt: skip
        title = "Conv 2-D" if x.rank == 3 else "Dense"
        msg = f"{param}: expected {expected} numbers, one for each, received {found}."
        fixes = [Remedy(f"Put a {title} with {expected} in front", before={"in": behind})]
        if found >= least:
            fixes.append(Remedy(f"Set {param} to {found}", {param: found}))
        raise Problem(msg, param=param, port="in", remedies=tuple(fixes))
    return Spec(x.shape, x.dtype, classes=expected or found)
