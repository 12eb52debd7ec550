"""Random parameters, inputs and values, small enough to be run: for the conformance suite."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.graph.component import Component, Port
from gnomon.graph.param import Param
from gnomon.graph.spec import Dim, Spec

_SPAN = 5
"""How far above its least value a whole number is drawn."""
_BYTES: Final = np.frombuffer("Ab  aB, zé09\0".encode(), np.uint8).astype(np.int64)
"""What text consists of when a model runs."""
TEXTS = ("", "a", "it's", 'say "x"', "{0}", "{layer}}", "\\", "\n", "é✓", "'''", '"""', "#", "');import os#")  # fmt: skip


def params(component: type[Component], rng: random.Random, axes: int = 2) -> dict[str, Any]:
    """Return parameters within their declared ranges; about half of them stay at their defaults."""
    return {each.name: value(each, rng, axes) for each in component.params if rng.random() < 0.6}


def value(param: Param, rng: random.Random, axes: int = 2) -> Any:
    """Return a value that a parameter may have."""
    if param.nullable and rng.random() < 0.3:
        return None
    if param.kind == "choice":
        return rng.choice(param.choices)
    if param.kind == "sizes" and rng.random() < 0.4:
        return tuple(_int(param, rng) for _ in range(axes))
    return _DRAWS[param.kind](param, rng)


def _int(param: Param, rng: random.Random) -> int:
    least = int(param.min) if param.min is not None else -_SPAN
    most = least + _SPAN if param.max is None else min(int(param.max), least + _SPAN)
    return rng.randint(least, most)


def _float(param: Param, rng: random.Random) -> float:
    bounds = (param.min, param.above, 0.0), (param.max, param.below, 1.0)
    low, high = (next(float(each) for each in side if each is not None) for side in bounds)
    # Three decimals, as people write them, and never on a bound that is excluded.
    return min(max(round(rng.uniform(low, high), 3), low + 1e-3), high - 1e-3)


_DRAWS: Final[Mapping[str, Callable[[Param, random.Random], Any]]] = {
    "bool": lambda _, rng: rng.random() < 0.5,
    "float": _float,
    "text": lambda _, rng: rng.choice(TEXTS),
    "code": lambda _, rng: rng.choice(TEXTS),
    "ints": lambda param, rng: tuple(_int(param, rng) for _ in range(rng.randint(1, 3))),
    "sizes": _int,
    "floats": lambda param, rng: tuple(_float(param, rng) for _ in range(rng.randint(1, 3))),
    "int": _int,
}


def inputs(ports: Sequence[Port], rng: random.Random) -> list[Spec]:
    """Return specs that ports may take: small, of the rank they ask for, or of any."""
    found = []
    for port in ports:
        rank = port.rank if port.rank is not None else rng.randint(1, 4)
        shape = spec_shape(rank, rng)
        spec = Spec(shape, port.dtype or "float32", classes=5 if port.dtype == "int64" else None)  # type: ignore[arg-type]  # ports name a type of ours
        found += [spec] * (max(port.least, 2) if port.many else 1)
    return found


def spec_shape(rank: int, rng: random.Random) -> tuple[int, ...]:
    """Return a shape of few places and fewer channels."""
    most = {0: 1, 1: 9, 2: 9, 3: 9, 4: 6}.get(rank, 3)
    return tuple(rng.randint(1 if i == rank - 1 else 2, most) for i in range(rank))


def vague(specs: Sequence[Spec], rng: random.Random) -> list[Spec]:
    """Return the same inputs with some axes not known; channels stay."""
    hidden = [rng.random() < 0.6 for _ in range(max((each.rank for each in specs), default=0))]
    return [
        Spec(
            tuple(None if hidden[i] and i < each.rank - 1 else axis for i, axis in enumerate(each.shape)),
            each.dtype,
            each.classes,
        )
        for each in specs
    ]


def values(spec: Spec, rng: np.random.Generator, batch: int) -> npt.NDArray[Any]:
    """Return a batch of values of a spec; axes that are not known are of five places."""
    shape = (batch, *(5 if axis is None else axis for axis in spec.shape))
    if spec.dtype == "int64":
        return rng.integers(0, spec.classes or 5, shape)
    if spec.dtype == "text":
        return rng.choice(_BYTES, shape)
    if spec.dtype == "bool":
        return rng.random(shape) < 0.5
    return rng.normal(size=shape).astype(np.float32)


def strangers(component: type[Component], rng: random.Random) -> list[Spec]:
    """Return inputs of any rank, type and size, most of which a component will not take."""
    count = sum(max(port.least, 2) if port.many else 1 for port in component.inputs)
    return [_stranger(rng) for _ in range(count)]


def _stranger(rng: random.Random) -> Spec:
    shape: tuple[Dim, ...] = spec_shape(rng.randint(0, 5), rng)
    if rng.random() < 0.4:
        shape = tuple(None if rng.random() < 0.5 else axis for axis in shape)
    dtype = rng.choice(("float32", "float32", "float32", "int64", "bool", "text"))
    return Spec(shape, dtype, classes=rng.choice((None, 5)))  # type: ignore[arg-type]  # drawn from our types
