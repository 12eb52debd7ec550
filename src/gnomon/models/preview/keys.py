"""What names the weights and the output of a node: equal names, equal numbers."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from gnomon.graph.code.names import attribute
from gnomon.graph.code.plan import Plan
from gnomon.graph.component import Component
from gnomon.graph.components.code import CodeNode

_LAYER: Final = re.compile(r"\bself\.(\w+)")
_encode = msgspec.json.Encoder(order="deterministic").encode


def digest(*parts: object) -> str:
    """Return 24 hexadecimal digits of some values."""
    return blake2b(_encode(parts), digest_size=12).hexdigest()


def seed_of(key: str) -> int:
    """Return the seed that draws the weights named by a key, 0 up to 2^31."""
    return int(key[:8], 16) >> 1


class Keys:
    """Name what is made and what comes out at each node of a graph.

    A node's weights are named by its id, its type and parameters and the kinds of its inputs, and by nothing that lies
    elsewhere: an edit in front of it leaves its weights as they are. Its output is named by that and by its inputs.

    Args:
        plan: The graph.
        seed: Draws the weights.
        weights: Names those of a run; "" draws them.
        beside: What user code finds around it, as text.
        samples: What enters at each input, named.
    """

    def __init__(self, plan: Plan, seed: int, weights: str, beside: str, samples: Mapping[str, str]) -> None:
        self._plan = plan
        self._begin = (plan.target, seed, weights)
        self._beside = beside
        self._owners = {attribute(name): name for name in plan.report.order}
        self.uses: dict[str, tuple[str, ...]] = {}
        """Nodes whose layers the statements of another name."""
        self.layers: dict[str, str] = {}
        self.outs: dict[str, str] = {}
        for name in plan.report.order:
            self.layers[name] = self._own(name)
        for name in plan.report.order:
            self.outs[name] = self._out(name, samples)

    def _own(self, name: str) -> str:
        report = self._plan.report.nodes[name]
        component = report.component
        if component is None:
            return ""
        ins = [spec and (spec.shape, spec.dtype, spec.classes) for spec in report.ins]
        return digest(*self._begin, name, component.type, _params(component), ins)

    def _out(self, name: str, samples: Mapping[str, str]) -> str:
        report = self._plan.report.nodes[name]
        component = report.component
        before = [[self.outs.get(source[0], ""), source[1]] if source else None for source in report.sources]
        if component is None:
            return ""
        if component.category == "Input":
            return digest("input", samples.get(name, ""))
        if component.category == "Output":  # it is what comes to it, whatever it is for
            return digest("output", before)
        if not isinstance(component, CodeNode):
            return digest(self.layers[name], before)
        named = sorted({*_LAYER.findall(f"{component.code}\n{component.setup}")} & set(self._owners))
        self.uses[name] = tuple(self._owners[attr] for attr in named if self._owners[attr] != name)
        return digest(self.layers[name], before, self._beside, [self.layers[each] for each in self.uses[name]])


def _params(component: Component) -> list[tuple[str, Any]]:
    return [(param.name, getattr(component, param.name)) for param in component.params]
