"""What a PyTorch module computes, as one list of operations: by `torch.export`, else by `torch.fx`.

Layers of `torch.nn` stay whole. While the model is run for `torch.export`, hooks mark where such a layer takes its
tensors and where it gives them; what lies between two marks is that layer, whatever PyTorch made of it.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.models.imports.layers import is_layer

_PLAIN: Final = (str, int, float, bool, type(None))
_ASSERTIONS: Final = ("_assert", "sym_constrain_range", "_assert_scalar", "_assert_tensor_metadata")


@dataclass(slots=True)
class Traced:
    """Hold what a module computes.

    Args:
        graph: An `fx.Graph` whose nodes have `path`, the module they belong to, and `val`, a tensor as large, in `meta`.
        way: How it was found: `torch.export` or `torch.fx`.
        constants: Tensors that are neither parameters nor buffers, by the name that the graph has for them.
        notes: What its reader should know.
    """

    graph: Any
    way: str
    constants: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def exported(model: Any, example: Sequence[Any]) -> Traced:
    """Return what a module computes, by `torch.export` with an example of its inputs; whatever that raises passes."""
    import torch  # noqa: PLC0415 - only where it is asked for

    ahead = tuple({0: torch.export.Dim.AUTO} if each.dim() else None for each in example)
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        calls = stack.enter_context(_marked(model))
        program = torch.export.export(model, tuple(example), dynamic_shapes=_shapes(model, ahead), strict=False)
        program = program.run_decompositions({})
    return Traced(_Joined(program, calls).graph(), "torch.export", dict(program.constants))


def symbolic(model: Any, example: Sequence[Any]) -> Traced:
    """Return what a module computes, by `torch.fx`; whatever that raises passes."""
    from torch import fx  # noqa: PLC0415
    from torch.fx.passes.shape_prop import ShapeProp  # noqa: PLC0415

    class Tracer(fx.Tracer):
        def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
            del module_qualified_name
            return is_layer(m)

    with _quiet():
        graph = Tracer().trace(model)
        # Constants that tracing put into the module are found there by name.
        module = fx.GraphModule(model, graph)
        names = {name for name, _ in [*model.named_parameters(), *model.named_buffers()]}
        if example:
            ShapeProp(module).propagate(*example)
        _clean(graph)
    constants = {}
    for node in graph.nodes:
        seen = node.meta.get("tensor_meta")
        node.meta["val"] = seen if hasattr(seen, "shape") else None
        node.meta["path"] = _innermost(node)
        if node.op == "get_attr" and node.target not in names:
            constants[node.target] = _attribute(module, node.target)
    return Traced(graph, "torch.fx", constants)


def _clean(graph: Any) -> None:
    """Take away what nothing uses, except inputs."""
    for node in reversed(list(graph.nodes)):
        if not node.users and node.op not in ("placeholder", "output"):
            graph.erase_node(node)


def _shapes(model: Any, ahead: tuple[Any, ...]) -> Any:
    """Return the shapes as `torch.export` asks for them: by argument, those of `*args` together."""
    import inspect  # noqa: PLC0415

    kinds = [each.kind for each in inspect.signature(model.forward).parameters.values()]
    return (ahead,) if kinds[:1] == [inspect.Parameter.VAR_POSITIONAL] else ahead


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what PyTorch warns of to itself, and have attention computed by its parts rather than by one fused function."""
    import torch  # noqa: PLC0415

    was = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was)


def _attribute(module: Any, path: str) -> Any:
    for part in path.split("."):
        module = getattr(module, part)
    return module


def _innermost(node: Any) -> str:
    """Return the path of the module that an operation belongs to."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path = str(stack[-1][0]) if stack else ""
    return path.removeprefix("L['self'].").partition("@")[0]


@dataclass(slots=True)
class _Call:
    """One call of a layer: its arguments with the places of tensors left open, and the shape of what it gives."""

    path: str
    args: Any
    kwargs: Any
    out: Any = None


_LIBRARY: Final[list[Any]] = []


def _operators() -> Any:
    """Return the marks: of what enters a layer and leaves it, and of dropout, which does nothing to a model in use. PyTorch knows them from the first call on."""
    import torch  # noqa: PLC0415

    if not _LIBRARY:
        library: Any = torch.library.Library("gnomon_import", "DEF")  # type: ignore[no-untyped-call]
        for name in ("enter", "leave"):
            library.define(f"{name}(Tensor x, int call, int place) -> Tensor")
            library.impl(name, lambda x, *_: x.clone(), "CompositeExplicitAutograd")
            torch.library.register_fake(f"gnomon_import::{name}", lambda x, *_: torch.empty_like(x))
        library.define("dropout(Tensor x, float p) -> Tensor")
        library.impl("dropout", lambda x, _: x.clone(), "CompositeExplicitAutograd")
        torch.library.register_fake("gnomon_import::dropout", lambda x, _: torch.empty_like(x))
        _LIBRARY.append(library)
    return torch.ops.gnomon_import


@contextmanager
def _marked(model: Any) -> Iterator[list[_Call]]:
    """Have each layer of a model mark what it takes and what it gives; the list fills up while the model runs."""
    import torch  # noqa: PLC0415

    calls: list[_Call] = []
    handles = []
    for path, module in model.named_modules():
        # What works in place changes what came in, which a mark would hide.
        if is_layer(module) and not getattr(module, "inplace", False):
            before, behind = _hooks(path, calls)
            handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
            handles.append(module.register_forward_hook(behind, with_kwargs=True))
    was, marks = torch.nn.functional.dropout, _operators()

    def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:  # noqa: A002
        del training, inplace
        return marks.dropout(input, p)

    torch.nn.functional.dropout = dropout
    try:
        yield calls
    finally:
        torch.nn.functional.dropout = was
        for handle in handles:
            handle.remove()


def _hooks(path: str, calls: list[_Call]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    import torch  # noqa: PLC0415
    from torch.utils import _pytree as tree  # noqa: PLC0415

    marks = _operators()
    running: list[int] = []

    def before(_: Any, args: Any, kwargs: Any) -> Any:
        running.append(len(calls))
        leaves, spec = tree.tree_flatten((args, kwargs))
        places = [_Place(i) if isinstance(each, torch.Tensor) else each for i, each in enumerate(leaves)]
        calls.append(_Call(path, *tree.tree_unflatten(places, spec)))
        found = [
            marks.enter(each, running[-1], i) if isinstance(each, torch.Tensor) else each
            for i, each in enumerate(leaves)
        ]
        return tree.tree_unflatten(found, spec)

    def behind(_: Any, _args: Any, _kwargs: Any, out: Any) -> Any:
        call = running.pop()
        leaves, spec = tree.tree_flatten(out)
        calls[call].out = tree.tree_unflatten([_Place(i) for i in range(len(leaves))], spec)
        found = [
            marks.leave(each, call, i) if isinstance(each, torch.Tensor) else each for i, each in enumerate(leaves)
        ]
        return tree.tree_unflatten(found, spec)

    return before, behind


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a tensor stood among the leaves of arguments."""

    index: int


class _Joined:
    """Make one node of each layer again, and parameters into attributes."""

    def __init__(self, program: Any, calls: list[_Call]) -> None:
        from torch import fx  # noqa: PLC0415

        self.program, self.calls, self.made = program, calls, fx.Graph()
        self.new: dict[Any, Any] = {}
        self.entered: dict[tuple[int, int], Any] = {}
        self.layers: dict[int, Any] = {}

    def graph(self) -> Any:
        signature = self.program.graph_signature
        states = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        states |= signature.inputs_to_lifted_tensor_constants
        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                path = states.get(node.name)
                self.new[node] = self.made.get_attr(path) if path else self.made.placeholder(node.name)
                self.new[node].meta.update(val=node.meta.get("val"), path="")
            elif node.op == "output":
                self._output(node, signature)
            else:
                self._operation(node)
        _clean(self.made)  # marks and what lies between them
        return self.made

    def _output(self, node: Any, signature: Any) -> None:
        from torch.utils import _pytree as tree  # noqa: PLC0415

        user = set(signature.user_outputs)
        kept = [each for each in node.args[0] if getattr(each, "name", each) in user]
        self.made.output(tuple(tree.tree_map(self._mapped, kept)))

    def _operation(self, node: Any) -> None:
        name = getattr(node.target, "__name__", str(node.target))
        if any(word in str(node.target) for word in _ASSERTIONS):
            return
        if "gnomon_import.enter" in str(node.target):
            source, call, place = node.args
            self.entered[call, place] = self.new[node] = self.new[source]
        elif "gnomon_import.leave" in str(node.target):
            self.new[node] = self._left(node, *node.args[1:])
        else:
            self.new[node] = self.made.node_copy(node, self._mapped)
            self.new[node].meta = {"val": node.meta.get("val"), "path": _innermost(node), "name": name}

    def _mapped(self, node: Any) -> Any:
        return self.new.get(node, node)

    def _left(self, node: Any, call: int, place: int) -> Any:
        """Return the node of a layer's output; the first one makes that of the layer."""
        found = self.calls[call]
        if call not in self.layers:
            args, kwargs = (self._filled(each, call) for each in (found.args, found.kwargs))
            self.layers[call] = self.made.call_module(found.path, tuple(args), dict(kwargs))
            self.layers[call].meta.update(path=found.path, val=node.meta.get("val"))
        made = self.layers[call]
        for key in _way(found.out, place):
            made = self._item(made, key, node if key is _way(found.out, place)[-1] else None)
        return made

    def _item(self, made: Any, key: Any, node: Any) -> Any:
        import operator  # noqa: PLC0415

        for user in made.users:
            if user.target is operator.getitem and user.args == (made, key):
                return user
        item = self.made.call_function(operator.getitem, (made, key))
        item.meta.update(path=made.meta["path"], val=None if node is None else node.meta.get("val"))
        return item

    def _filled(self, value: Any, call: int) -> Any:
        if isinstance(value, _Place):
            return self.entered[call, value.index]
        if isinstance(value, dict):
            return {key: self._filled(each, call) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._filled(each, call) for each in value)
        return value


def _way(out: Any, place: int) -> list[Any]:
    """Return the keys that lead to a tensor within what a layer gives."""
    if isinstance(out, _Place):
        return []
    pairs = out.items() if isinstance(out, dict) else enumerate(out)
    for key, value in pairs:
        if isinstance(value, _Place):
            if value.index == place:
                return [key]
        elif isinstance(value, (list, tuple, dict)) and any(each.index == place for each in _places(value)):
            return [key, *_way(value, place)]
    return []


def _places(value: Any) -> Iterator[_Place]:
    if isinstance(value, _Place):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _places(each)
