"""Layers that walk along a sequence with a memory: LSTM, GRU, and either of them in both directions."""

import ast
from collections.abc import Mapping
from math import prod
from typing import Any, ClassVar, Literal

from gnomon.graph.code_of import Code
from gnomon.graph.component import (
    Component,
    Inferred,
    Seen,
    Target,
    arguments,
    by_keyword,
    call,
    component,
    named,
    param,
)
from gnomon.graph.need import need_length, need_number, need_rank
from gnomon.graph.problem import Remedy
from gnomon.graph.spec import Spec

Cell = Literal["lstm", "gru"]


class Recurrent(Component):
    """What recurrent layers have in common.

    PyTorch's LSTM has two biases where Keras has one; only their sum matters, and each target's own layer is written,
    so numbers of parameters differ by it. A GRU has two in both, since Keras applies the reset gate after its matrix.
    """

    ways: ClassVar[int] = 1

    units: int = param(
        64, doc="Numbers that it remembers from step to step.", min=1, max=65_536, role="units", torch="hidden_size",
        keras="units",
    )  # fmt: skip
    return_sequences: bool = param(
        False, doc="Give what it remembers at every step, rather than at the last; on when another one follows.",
        keras="return_sequences",
    )  # fmt: skip

    torch_args = "input_size hidden_size"
    keras_args = "units"

    def kind(self) -> Cell:
        """Return what stands at every step."""
        raise NotImplementedError

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 2, remedies=_remedies(x))
        need_number(x)
        features = need_length(x.channels, "features", "the weights of the recurrent layer depend on it")
        gates = 4 if self.kind() == "lstm" else 3
        matrices = gates * self.units * (features + self.units) * self.ways
        bias = gates * self.units * self.ways
        steps = 1 if x.shape[0] is None else x.shape[0]
        units = self.units * self.ways
        return Inferred(
            Spec((x.shape[0], units) if self.return_sequences else (units,)),
            params=matrices + bias * (1 if self.kind() == "lstm" else 2),
            torch_params=matrices + 2 * bias,
            flops=2 * matrices * steps,
        )

    def torch(self, x: Spec) -> Code:
        words: dict[str, object] = {"batch_first": True}
        if self.ways == 2:
            words["bidirectional"] = True
        made = call(f"nn.{self.kind().upper()}", x.channels, self.units, **words)
        if self.return_sequences:
            return Code("{layer}({0})[0]", make=made)
        if self.ways == 1:
            return Code("{layer}({0})[0][:, -1]", make=made)
        # Behind the sequence stands the memory of each direction at its own last step.
        memory = "[1][0]" if self.kind() == "lstm" else "[1]"
        return Code(f"{{layer}}({{0}}){memory}.transpose(0, 1).flatten(1)", make=made)

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named(f"layers.{self.kind().upper()}", self.units, **self._words()))

    def _words(self) -> dict[str, object]:
        return {"return_sequences": True} if self.return_sequences else {}

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None or target == "keras":
            return found
        return {**found, "return_sequences": ast.unparse(seen.call).endswith(")[0]")}


@component(
    "core/lstm@1",
    title="LSTM",
    category="Sequence",
    words=("recurrent", "rnn", "memory", "time series", "long short-term"),
)
class LSTM(Recurrent):
    """Walks along a sequence with a memory that gates keep, change and read.

    Source: Hochreiter and Schmidhuber, Long short-term memory, Neural computation 9 (1997).
    """

    def kind(self) -> Cell:
        return "lstm"


@component("core/gru@1", title="GRU", category="Sequence", words=("recurrent", "rnn", "memory", "time series", "gated"))
class GRU(Recurrent):
    """Walks along a sequence with a memory of fewer gates than an LSTM has: cheaper, often as good.

    Source: Cho et al., Learning phrase representations using RNN encoder-decoder (2014).
    """

    def kind(self) -> Cell:
        return "gru"


@component(
    "core/bidirectional@1",
    title="Bidirectional",
    category="Sequence",
    words=("recurrent", "rnn", "bilstm", "bigru", "both"),
)
class Bidirectional(Recurrent):
    """Walks along a sequence forwards and backwards, with weights for each, and puts both results side by side.

    Source: Schuster and Paliwal, Bidirectional recurrent neural networks (1997).
    """

    ways = 2

    cell: Cell = param("lstm", doc="What walks each way: an LSTM or the cheaper GRU.")

    def kind(self) -> Cell:
        return self.cell

    def keras(self, x: Spec) -> Code:
        inner = call(f"layers.{self.kind().upper()}", self.units, **self._words())
        return Code("{layer}({0})", make=f"layers.Bidirectional({inner}, name={{name}})")

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        made = seen.make
        if target == "keras":
            made = made.args[0] if made is not None and made.args and isinstance(made.args[0], ast.Call) else None
        if made is None:
            return None
        cell = ast.unparse(made.func).rpartition(".")[2].lower()
        if target == "torch":
            found = super().read(target, seen)
            return None if found is None else {**found, "cell": cell}
        given = arguments(made, ("units",))
        return None if given is None else {"cell": cell, **given}


def _remedies(x: Spec) -> tuple[Remedy, ...]:
    """Return what makes a sequence of vectors of another input."""
    if x.rank == 1 and x.dtype == "int64":
        words = {} if x.classes is None else {"vocabulary": x.classes}
        return (Remedy("Put an Embedding in front", before={"in": ("core/embedding@1", words)}),)
    if x.rank not in (1, 3, 4) or None in x.shape[1:]:
        return ()
    # Whatever stands behind the first axis becomes one step's features; a vector has one feature at each step.
    features = prod(n for n in x.shape[1:] if n is not None)
    shape = [-1, features] if x.shape[0] is None or x.rank == 1 else [x.shape[0], -1]
    return (Remedy("Reshape to steps × features", before={"in": ("core/reshape@1", {"shape": shape})}),)
