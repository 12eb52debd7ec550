"""Add and multiply: several tensors become one, number by number."""

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Port, component
from gnomon.graph.need import need_numbers
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.same_places import same_places
from gnomon.graph.spec import Dim, Dtype, Spec
from gnomon.graph.windows import places

_MANY = (Port(name="in", doc="Two or more tensors of one shape.", many=True, least=2),)
_CONVOLUTIONS = {2: "core/conv1d@1", 3: "core/conv2d@1", 4: "core/conv3d@1"}


@component("core/add@1", title="Add", category="Merge", words=("sum", "plus", "residual", "skip", "shortcut"))
class Add(Component):
    """Adds tensors number by number, as a residual connection does; an axis of length 1 is repeated to fit.

    Source: He et al., Deep residual learning for image recognition (2016).
    """

    inputs = _MANY

    def infer(self, *parts: Spec) -> Inferred:
        return _infer("Add", parts)

    def torch(self, *parts: Spec) -> Code:
        return Code(" + ".join(f"{{{i}}}" for i in range(len(parts))))

    def keras(self, *parts: Spec) -> Code:
        return Code("{layer}([{inputs}])", make="layers.Add(name={name})")


@component("core/multiply@1", title="Multiply", category="Merge", words=("times", "product", "gate", "mask", "scale"))
class Multiply(Component):
    """Multiplies tensors number by number, as a gate or a mask does; an axis of length 1 is repeated to fit."""

    inputs = _MANY

    def infer(self, *parts: Spec) -> Inferred:
        return _infer("Multiply", parts)

    def torch(self, *parts: Spec) -> Code:
        return Code(" * ".join(f"{{{i}}}" for i in range(len(parts))))

    def keras(self, *parts: Spec) -> Code:
        return Code("{layer}([{inputs}])", make="layers.Multiply(name={name})")


def _infer(title: str, parts: tuple[Spec, ...]) -> Inferred:
    for i, part in enumerate(parts):
        need_numbers(part, port=f"in.{i}")
    shape = parts[0].shape
    for i in range(1, len(parts)):
        shape = _together(title, shape, parts, i)
    dtype: Dtype = "float32" if any(part.dtype == "float32" for part in parts) else "int64"
    return Inferred(Spec(shape, dtype), flops=(len(parts) - 1) * places(shape))


def _together(title: str, shape: tuple[Dim, ...], parts: tuple[Spec, ...], i: int) -> tuple[Dim, ...]:
    """Return the shape of what came so far with input `i`."""
    other = parts[i].shape
    if len(shape) == len(other) and all(a == b or {None, 1} & {a, b} for a, b in zip(shape, other, strict=True)):
        return tuple(_axis(a, b) for a, b in zip(shape, other, strict=True))
    msg = f"{title} needs inputs of one shape, and received {' and '.join(part.text for part in parts)}."
    raise Problem(msg, port=f"in.{i}", remedies=_remedies(shape, other, i, parts), code="E110")


def _axis(a: Dim, b: Dim) -> Dim:
    """Return the length that an axis has where lengths `a` and `b` meet: 1 is repeated, unknown gives way to known."""
    if a is None or b is None:
        known = b if a is None else a
        return None if known == 1 else known
    return b if a == 1 else a


def _remedies(shape: tuple[Dim, ...], other: tuple[Dim, ...], i: int, parts: tuple[Spec, ...]) -> tuple[Remedy, ...]:
    """Return what makes input `i` fit the shape of those before it."""
    if len(shape) == len(other) and shape[:-1] == other[:-1] and shape:
        return (*_project(shape, i), Remedy("Concatenate instead", replace="core/concatenate@1"))
    if len(other) == 1 and len(shape) > 1 and other[0] is not None and other[0] == shape[-1]:
        return (_reshape(len(shape), other[0], f"in.{i}"),)
    if len(shape) == 1 and len(other) > 1 and shape[0] is not None and shape[0] == other[-1]:
        return (_reshape(len(other), shape[0], "in.0"),) if i == 1 else ()
    return same_places(parts, channels=True)


def _project(shape: tuple[Dim, ...], i: int) -> tuple[Remedy, ...]:
    """Return the layer that gives input `i` as many channels as the others have."""
    channels = shape[-1]
    if channels is None:
        return ()
    if len(shape) == 1:
        layer = ("core/dense@1", {"units": channels})
        return (Remedy(f"Project input {i + 1} to {channels} units", before={f"in.{i}": layer}),)
    if len(shape) not in _CONVOLUTIONS:
        return ()
    layer = (_CONVOLUTIONS[len(shape)], {"filters": channels, "kernel_size": 1})
    return (Remedy(f"Project input {i + 1} to {channels} channels", before={f"in.{i}": layer}),)


def _reshape(rank: int, channels: int, port: str) -> Remedy:
    shape = (*(1,) * (rank - 1), channels)
    return Remedy(f"Reshape to {'×'.join(map(str, shape))}", before={port: ("core/reshape@1", {"shape": list(shape)})})
