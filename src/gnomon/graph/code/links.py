"""The layers of a chain read as nodes, one behind another."""

import ast
from typing import Any, Final

from gnomon.graph.code.canonical import dotted
from gnomon.graph.code.chain import Link, is_chain, links_of
from gnomon.graph.code.draft import Draft
from gnomon.graph.code.frame import full_name
from gnomon.graph.code.names import node_of
from gnomon.graph.code.walk import Found, Out
from gnomon.graph.components.code import CodeNode

_VARIABLE: Final = "\0chain"
"""What a layer is called with: no name that a file could have."""
_INPUTS: Final = ("keras.Input", "layers.Input", "layers.InputLayer")
_SHAPES: Final = {"input_shape": 0, "batch_input_shape": 1, "batch_shape": 1, "shape": 0}
"""Arguments that say the shape of what comes in, and how many axes of the batch are in front."""


class Links:
    """Read the layers of a chain.

    Args:
        draft: What was read so far.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft, self.walk = draft, draft.walk
        self.current: Out | None = None
        self.count = 0

    def read(self, statement: ast.stmt, *, is_last: bool) -> None:
        """Read a statement that adds layers."""
        chain = self.draft.frame.chain
        assert chain is not None
        before = len(self.walk.nodes)
        for link in chain.links[id(statement)]:
            self._link(link)
        added = [name for name in list(self.walk.nodes)[before:] if self._is_written(name)]
        item = self.draft.item("return" if is_last else "node", [statement], added, [])
        item.is_chain, item.reads = True, {}

    def _is_written(self, name: str) -> bool:
        return not (self.draft.frame.says_inputs and self.draft.category(name) == "Input")

    def _link(self, link: Link) -> None:
        name, layer = link
        frame = self.draft.frame
        if is_chain(layer, frame.names, frame.target):
            inner = links_of(layer, frame.names, frame.target) if isinstance(layer, ast.Call) else None
            if inner is not None:
                for each in inner:
                    self._link(each)
                return
        if self.current is None and self._is_input(layer):
            return
        bare = self._without_shape(layer)
        source = self.current or self._input()
        self.walk.env[_VARIABLE] = source
        outs = self._torch(name, layer) if frame.target == "torch" else self._keras(layer, bare)
        del self.walk.env[_VARIABLE]
        self.current = outs[0] if outs else self._kept(name, layer, source)
        self.count += 1

    def _is_input(self, layer: ast.expr) -> bool:
        """Read a layer that is the input; return whether it is one."""
        frame = self.draft.frame
        if not isinstance(layer, ast.Call) or full_name(layer.func, frame.names) not in _INPUTS:
            return False
        head = ast.copy_location(ast.Name("Input", ast.Load()), layer)
        words = [ast.keyword("shape", each.value) if each.arg == "input_shape" else each for each in layer.keywords]
        call = ast.copy_location(ast.Call(head, layer.args, words), layer)
        names, self.draft.frame.names = frame.names, {**frame.names, "Input": "keras.Input"}
        try:
            outs = self.walk.resolve(call, "input")
        finally:
            self.draft.frame.names = names
        if outs is not None:
            self.current = outs[0]
        return outs is not None

    def _without_shape(self, layer: ast.expr) -> ast.expr:
        """Return a layer of Keras without the arguments that say what comes in, which becomes an input of its own."""
        if self.draft.frame.target != "keras" or not isinstance(layer, ast.Call) or self.current is not None:
            return layer
        told = {each.arg: each.value for each in layer.keywords}
        shape = self._shape(told)
        if shape is None:
            return layer
        params: dict[str, Any] = {"shape": [-1 if axis is None else axis for axis in shape]}
        name = self.walk.new_id("input")
        found = self.draft.found("core/input@1", params, self.walk.known.get(name))
        self.walk.nodes[name] = found
        self.walk.specs[name, 0] = found.component.infer().outs[0] if found.component else None
        self.current = (name, 0)
        words = [each for each in layer.keywords if each.arg not in (*_SHAPES, "input_dim")]
        return ast.copy_location(ast.Call(layer.func, layer.args, words), layer)

    def _shape(self, told: dict[str | None, ast.expr]) -> list[int | None] | None:
        """Return the shape that a layer's arguments say."""
        for name, batch in _SHAPES.items():
            value = self._literal(told.get(name))
            is_shape = isinstance(value, (tuple, list)) and all(each is None or isinstance(each, int) for each in value)
            if is_shape and isinstance(value, (tuple, list)):
                return list(value)[batch:]
        size = self._literal(told.get("input_dim"))
        return [size] if isinstance(size, int) else None

    def _literal(self, node: ast.expr | None) -> object:
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(self._literal(each) for each in node.elts)
        node = self.draft.walk.consts.get(dotted(node), node) if node is not None else None
        if isinstance(node, (ast.Tuple, ast.List)):
            return self._literal(node)
        return node.value if isinstance(node, ast.Constant) else ... if node is not None else None

    def _input(self) -> Out:
        """Add the input of a file that says none."""
        told = self.draft.frame.values.get("INPUTS", {})
        known = [name for name in self.walk.known if self._was_input(name)]
        name = next(iter([*told, *known]), "x")
        self.draft.frame.says_inputs = True
        return self.draft.argument(name)

    def _was_input(self, name: str) -> bool:
        return self.walk.known[name].type.endswith("input@1")

    def _keras(self, layer: ast.expr, bare: ast.expr) -> list[Out] | None:
        call = ast.Call(bare, [ast.Name(_VARIABLE, ast.Load())], [])
        before = set(self.walk.nodes)
        outs = self.walk.resolve(_placed(call, layer), "")
        if outs is not None and bare is layer and isinstance(layer, ast.Call):
            new = [name for name in self.walk.nodes if name not in before]
            if len(new) == 1:
                self.walk.nodes[new[0]].attr = new[0]
                self.walk.parts[new[0]] = layer
        return outs

    def _torch(self, name: str, layer: ast.expr) -> list[Out] | None:
        attr = f"{name or f'layer_{self.count}'}"
        if not isinstance(layer, ast.Call) or attr in self.walk.made:
            return None
        self.walk.made[attr] = self.walk.parts[attr] = layer
        func = ast.Attribute(ast.Name("self", ast.Load()), attr, ast.Load())
        outs = self.walk.resolve(_placed(ast.Call(func, [ast.Name(_VARIABLE, ast.Load())], []), layer), "")
        if outs is None:
            del self.walk.made[attr], self.walk.parts[attr]
        return outs

    def _kept(self, name: str, layer: ast.expr, source: Out) -> Out:
        """Keep a layer that no component is as a Code node."""
        text = ast.get_source_segment(self.draft.frame.text, layer) or ast.unparse(layer)
        head = dotted(layer.func if isinstance(layer, ast.Call) else layer).rpartition(".")[2].lower()
        new = self.walk.new_id(name or node_of(head) or "code")
        given = source[0]
        ends = {"reads": given, "writes": new}
        params = {"code": f"{new} = {text}({given})", **ends, "target": "keras"}
        if self.draft.frame.target == "torch":
            params = {"code": f"{new} = self.{new}({given})", "setup": f"self.{new} = {text}", **ends}
        component = CodeNode(**params)  # type: ignore[arg-type]  # all are texts, the target one of two
        self.walk.nodes[new] = Found("core/code@1", params, component, [source], [given])
        self.walk.specs[new, 0] = None
        return new, 0


def _placed(call: ast.Call, where: ast.expr) -> ast.Call:
    """Return a call whose new parts stand where a layer stands."""
    for node in ast.walk(call):
        if not hasattr(node, "lineno"):
            ast.copy_location(node, where)
    return call
