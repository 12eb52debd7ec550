"""Multi-head attention."""

import ast
from collections.abc import Mapping
from typing import Any, Final

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Port, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.need import need_length, need_number, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Spec

_IN: Final = Port(name="in", doc="The sequence that asks, and that is asked unless there is a context.")
_CONTEXT: Final = Port(name="context", doc="The sequence that is asked.")


@component(
    "core/multi_head_attention@1",
    title="Multi-head attention",
    category="Attention",
    words=("transformer", "self-attention", "cross-attention", "query", "key", "value"),
)
class MultiHeadAttention(Component):
    """Lets every step of a sequence look at all steps of it, or of another one, and take what concerns it.

    Source: Vaswani et al., Attention is all you need (2017), section 3.2.
    """

    heads: int = param(
        4, doc="Ways of looking, side by side; must divide the features of the input.", min=1, max=4_096, role="heads",
        torch="num_heads", keras="num_heads",
    )  # fmt: skip
    dropout: float = param(
        0.0, doc="Share of what is looked at that is left out while training.", min=0, below=1, role="rate",
        torch="dropout", keras="dropout",
    )  # fmt: skip
    causal: bool = param(False, doc="Look at this step and those before it only, as a model that writes must.")
    cross: bool = param(False, doc="Look at a second sequence, which comes in at the port `context`.")

    inputs = (_IN,)
    torch_args = "embed_dim num_heads"
    keras_args = "num_heads key_dim"

    def takes(self) -> tuple[Port, ...]:
        return (_IN, _CONTEXT) if self.cross else (_IN,)

    def infer(self, x: Spec, context: Spec | None = None) -> Inferred:
        other = x if context is None else context
        for each, port in ((x, "in"), (other, "context")):
            need_rank(each, 2, port=port)
            need_number(each, port=port)
        units = need_length(x.channels, "features", "the weights of attention depend on it")
        asked = need_length(other.channels, "features", "the weights of attention depend on it", port="context")
        self._check_heads(units)
        steps, looks = x.shape[0] or 1, other.shape[0] or 1
        projections = 2 * units * units * 2 * steps + 2 * asked * units * 2 * looks
        return Inferred(
            Spec(x.shape),
            params=2 * units * (units + 1) + 2 * units * (asked + 1),
            flops=projections + 4 * steps * looks * units,
        )

    def _check_heads(self, units: int) -> None:
        if units % self.heads:
            fits = [n for n in range(1, min(units, 4_096) + 1) if units % n == 0]
            near = sorted(fits, key=lambda n: abs(n - self.heads))[:2]
            msg = f"heads: expected a number that divides the {units} features of the input, received {self.heads}."
            raise Problem(msg, param="heads", remedies=tuple(Remedy(f"Set heads to {n}", {"heads": n}) for n in near))

    def torch(self, x: Spec, context: Spec | None = None) -> Code:
        words: dict[str, object] = {"dropout": self.dropout} if self.dropout else {}
        if context is not None and context.channels != x.channels:
            words |= {"kdim": context.channels, "vdim": context.channels}
        made = call("nn.MultiheadAttention", x.channels, self.heads, **words, batch_first=True)
        asked = "key={1}, value={1}" if self.cross else "{0}, {0}"
        mask = f"attn_mask=causal_mask({{0}}, {{{int(self.cross)}}}), " if self.causal else ""
        helpers = ("causal_mask",) if self.causal else ()
        return Code(f"{{layer}}({{0}}, {asked}, {mask}need_weights=False)[0]", make=made, helpers=helpers)

    def keras(self, x: Spec, context: Spec | None = None) -> Code:
        size = need_length(x.channels, "features", "the weights of attention depend on it") // self.heads
        words: dict[str, object] = {"dropout": self.dropout} if self.dropout else {}
        asked = "value={1}" if self.cross else "{0}"
        mask = ", use_causal_mask=True" if self.causal else ""
        return Code(
            f"{{layer}}({{0}}, {asked}{mask})", make=named("layers.MultiHeadAttention", self.heads, size, **words)
        )

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None:
            return None
        words = {each.arg for node in ast.walk(seen.call) if isinstance(node, ast.Call) for each in node.keywords}
        return {**found, "causal": bool(words & {"attn_mask", "use_causal_mask"}), "cross": "value" in words}
