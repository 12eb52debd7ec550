"""The contract of components as tests: subclass `ComponentSuite`, name your component, and run pytest.

    class TestDropout(ComponentSuite):
        component = Dropout

Parameters are drawn at random from their declared ranges. What the component infers is compared with what Keras and
PyTorch make of the code it writes, which are given the same weights and the same inputs. Where the frameworks are not
installed those tests are skipped. `GNOMON_TRIALS` sets the number of draws, `full` is 200.

Importing this module needs pytest, which gnomon itself does not.
"""

import ast
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import msgspec
import numpy as np
import pytest

from gnomon.graph import suite_draw, suite_frameworks, suite_graph
from gnomon.graph.code.parse import parse
from gnomon.graph.code.write import write
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred
from gnomon.graph.document import plain
from gnomon.graph.own import CATEGORY as OWN_CATEGORY
from gnomon.graph.param import checked
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.registry import CATEGORIES, components
from gnomon.graph.spec import Spec
from gnomon.graph.suite_frameworks import BATCH, Array

TRIALS = {"": 6, "full": 200}.get(os.environ.get("GNOMON_TRIALS", "")) or int(os.environ["GNOMON_TRIALS"])
_DRAWS_FOR_ONE = 100
"""Draws of parameters and inputs after which a component that takes none of them fails."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Tell what one comparison was.

    Args:
        targets: Those that wrote code, which was run and whose shapes and numbers of weights were right.
        worst: Largest difference of the two outputs; `None` when there were not two.
    """

    targets: tuple[str, ...]
    worst: float | None


@pytest.mark.filterwarnings(
    # Keras' own: of NumPy, and of a softmax over one number.
    "ignore:__array__ implementation doesn't accept:DeprecationWarning",
    "ignore:You are using a softmax over axis:UserWarning",
)
class ComponentSuite:
    """Subclass me; see the module."""

    component: ClassVar[type[Component]]
    axes: ClassVar[int] = 2
    """Numbers that a parameter with one for each axis has."""
    twins: ClassVar[frozenset[str]] = frozenset()
    """Types that write the same statement for some parameters, and that are read where nothing tells them apart."""
    tolerance: ClassVar[float] = 1e-5
    """How far outputs of the two targets may differ, absolutely and relatively."""

    # What a subclass may replace.

    def params(self, rng: random.Random) -> dict[str, Any]:
        """Return parameters, drawn at random."""
        return suite_draw.params(self.component, rng, self.axes)

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        """Return inputs that the component with these parameters may take, drawn at random."""
        return suite_draw.inputs(node.takes(), rng)

    def values(self, spec: Spec, rng: np.random.Generator) -> Array:
        """Return a batch of values of an input."""
        return suite_draw.values(spec, rng, BATCH)

    def weights(
        self,
        node: Component,  # noqa: ARG002 - for subclasses
        keras: Sequence[Array],
        shapes: Sequence[tuple[int, ...]],
    ) -> Sequence[Array]:
        """Return the weights of Keras, in its order, as PyTorch's parameters and buffers of these shapes have them."""
        return suite_frameworks.moved(keras, shapes)

    def settled(self, node: Component, inputs: Sequence[Spec]) -> bool:  # noqa: ARG002 - for subclasses
        """Return whether all backends of Keras agree on the outcome; where they do not, there is nothing to equal."""
        return True

    def plainly(self, node: Component) -> Component:
        """Return what is read in the code of a node, where other parameters compute and write the same."""
        return node

    # What every component promises.

    def test_it_is_described(self) -> None:
        each = self.component
        assert components().get(each.type, each) is each
        assert each.category in {*CATEGORIES, OWN_CATEGORY}
        assert each.title[0].isupper()
        assert (each.__doc__ or "").split("\n")[0].endswith("."), "its docstring begins with no sentence"
        for param in each.params:
            assert param.doc.endswith("."), f"{param.name} has no sentence for the form"
            assert "\n" not in param.doc
            assert param.check(param.default) == param.default
            assert param.expected

    def test_what_it_infers_and_writes_is_what_keras_and_pytorch_do(self) -> None:
        compared = [self.compare(node, inputs, inputs) for node, inputs, _ in self.drawn()]
        ran = {target for each in compared for target in each.targets}
        assert ran == set(self.component.targets), "some target wrote nothing for any draw"

    def test_code_for_axes_that_are_not_known_runs_on_any_size(self) -> None:
        rng = self._random("vague")
        for node, inputs, _ in self.drawn():
            known = suite_draw.vague(inputs, rng)
            try:
                node.infer(*known)
            except Problem:
                continue
            self.compare(node, inputs, known)

    def test_what_it_refuses_it_explains_and_a_remedy_mends(self) -> None:
        rng = self._random("strangers")
        for _ in range(20 * TRIALS):
            node, inputs = self._node(rng), suite_draw.strangers(self.component, rng)
            for ask in (node.infer, *(getattr(node, target) for target in self.component.targets)):
                try:
                    ask(*inputs)
                except Problem as problem:
                    self._check_problem(problem, node, inputs, ask.__name__)
                    break

    def test_texts_of_any_kind_stay_texts_in_code(self) -> None:
        rng = self._random("texts")
        texts = [param.name for param in self.component.params if param.kind == "text" and param.in_code]
        if not texts:
            return
        for node, inputs, _ in self.drawn(*self.component.targets):
            kept = {param.name: getattr(node, param.name) for param in self.component.params}
            hostile = self.component(**{**kept, **{name: rng.choice(suite_draw.TEXTS) for name in texts}})
            plain = self.component(**{**kept, **dict.fromkeys(texts, "plain")})
            for target in self.component.targets:
                shown = [_skeleton(getattr(each, target)(*inputs)) for each in (hostile, plain)]
                assert shown[0] == shown[1]

    def test_its_code_is_read_as_what_it_was_written_from(self) -> None:
        if self.component.type not in components():
            pytest.skip(f"{self.component.type} is not installed, so code is not read as one")
        for target in self.component.targets:
            for node, inputs, _ in self.drawn(target):
                graph = suite_graph.around(node, inputs)
                if graph is None:
                    continue
                text = write(graph, target).text
                alone, kept = parse(text, target).graph, parse(text, target, graph).graph
                assert write(alone, target).text == text
                if not any(each.type in self.twins for each in alone.nodes):
                    plainer = suite_graph.around(self.plainly(node), inputs)
                    assert plainer is not None
                    assert suite_graph.computed(alone) == suite_graph.computed(plainer), text
                assert plain(kept) == plain(msgspec.structs.replace(graph, target=target)), text

    # How.

    def compare(self, node: Component, inputs: Sequence[Spec], known: Sequence[Spec]) -> Compared:
        """Compare what a node says with what comes of the code that it writes for what is known of its inputs."""
        said, found = node.infer(*known), node.infer(*inputs)
        rng = np.random.default_rng(7)
        given = [self.values(spec, rng) for spec in inputs]
        codes = {target: code for target in self.component.targets if (code := self._code(node, target, known))}
        keras = torch = None
        if "keras" in codes:
            keras = suite_frameworks.run_keras(codes["keras"], known, given, rng)
            assert keras.shapes == tuple(spec.shape for spec in _known(said)), (node, known)
        if "torch" in codes and inputs:
            weights = None if keras is None else partial(self.weights, node, keras.weights)
            torch = suite_frameworks.run_torch(codes["torch"], inputs, given, _known(found), weights)
            shapes = [(BATCH, *spec.shape) for spec in _known(found)]
            assert [out.shape for out in torch.outs] == shapes, (node, known)
        for target, ran in (("keras", keras), ("torch", torch)):
            if ran is not None and inputs:
                has, says = (ran.params, ran.state), (found.params_for(target), found.state)  # type: ignore[arg-type]  # one of the two
                about = f"parameters and state in {target}: infer says {says}, the code has {has}; {node} {known}"
                assert has == says, about
        worst = None
        if keras is not None and torch is not None and self.settled(node, inputs):
            worst = max((_apart(a, b) for a, b in zip(torch.outs, keras.outs, strict=True)), default=0.0)
            for ours, theirs in zip(torch.outs, keras.outs, strict=True):
                about = f"{node} {known}"
                np.testing.assert_allclose(ours, theirs, rtol=self.tolerance, atol=self.tolerance, err_msg=about)
        return Compared(tuple(codes), worst)

    def _code(self, node: Component, target: str, inputs: Sequence[Spec]) -> Code | None:
        """Return what a node writes; `None` when it says that it cannot for these inputs."""
        try:
            code: Code = getattr(node, target)(*inputs)
        except Problem:
            return None
        return code

    def drawn(self, *targets: str, trials: int = TRIALS) -> Iterator[tuple[Component, list[Spec], Inferred]]:
        """Yield nodes with inputs that they take and that these targets can write."""
        rng = self._random("drawn")
        for _ in range(trials):
            yield self._one(rng, targets)

    def _one(self, rng: random.Random, targets: Sequence[str]) -> tuple[Component, list[Spec], Inferred]:
        problems = []
        for _ in range(_DRAWS_FOR_ONE):
            node = self._node(rng)
            inputs = self.inputs(node, rng)
            try:
                found = node.infer(*inputs)
                for target in targets:
                    getattr(node, target)(*inputs)
            except Problem as problem:
                problems.append(problem.message)
            else:
                return node, inputs, found
        msg = f"{_DRAWS_FOR_ONE} draws were all refused: {sorted(set(problems))}. Override `params` or `inputs`."
        raise AssertionError(msg)

    def _node(self, rng: random.Random) -> Component:
        values, wrong = checked(self.component.params, self.params(rng))
        assert not wrong, [problem.message for problem in wrong]
        return self.component(**values)

    def _check_problem(self, problem: Problem, node: Component, inputs: Sequence[Spec], ask: str) -> None:
        assert problem.message.endswith((".", "?")), problem.message
        names = {param.name: param for param in self.component.params}
        assert not problem.param or problem.param in names
        ports = {port.name for port in node.takes()}
        assert not problem.port or problem.port.split(".")[0] in ports, problem.port
        for remedy in problem.remedies:
            assert remedy.title
            assert self._mended(remedy, problem, node, inputs, ask), (remedy, problem.message, node, inputs)

    def _mended(self, remedy: Remedy, problem: Problem, node: Component, inputs: Sequence[Spec], ask: str) -> bool:
        """Return whether a remedy makes a problem go away, though there may be another one behind it."""
        known = components()
        if not {remedy.replace, *(type_ for type_, _ in remedy.before.values())} - {None} <= set(known):
            return True  # a remedy whose component is not installed is left out
        if remedy.replace is not None:
            other = known[remedy.replace]
            values, wrong = checked(other.params, remedy.params)
            assert not wrong, [each.message for each in wrong]
            node, ask = other(**values), "infer"
        elif remedy.params:
            kept = {param.name: getattr(node, param.name) for param in node.params}
            values, wrong = checked(node.params, {**kept, **remedy.params})
            assert not wrong, [each.message for each in wrong]
            node = type(node)(**values)
        try:
            specs = list(inputs)
            for port, (type_, params) in remedy.before.items():
                specs[_index(node, port)] = _through(type_, params, specs[_index(node, port)])
            getattr(node, ask)(*specs)
        except Problem as after:
            return after.message != problem.message
        return True

    def _random(self, what: str) -> random.Random:
        return random.Random(f"{self.component.type} {what}")  # noqa: S311 - the same draws every time


def _apart(a: Array, b: Array) -> float:
    """Return how far two outputs differ, as a share where they are larger than one."""
    if not a.size:
        return 0.0
    return float((np.abs(a.astype(np.float64) - b) / np.maximum(1, np.abs(b))).max())


def _known(found: Inferred) -> tuple[Spec, ...]:
    assert all(spec is not None for spec in found.outs)
    return tuple(spec for spec in found.outs if spec is not None)


def _through(type_: str, params: Any, spec: Spec) -> Spec:
    """Return what a node that a remedy puts between makes of an input."""
    component = components()[type_]
    values, wrong = checked(component.params, params)
    assert not wrong, [each.message for each in wrong]
    (out,) = _known(component(**values).infer(spec))
    return out


def _index(node: Component, port: str) -> int:
    """Return which input an end of an edge is: ports with many edges have numbers behind their names."""
    name, _, number = port.partition(".")
    names = [each.name for each in node.takes()]
    return names.index(name) + int(number or 0)


def _skeleton(code: Code) -> list[str]:
    """Return the shape of code without its literal texts."""
    found = []
    for source in (code.make, code.call):
        if source is not None:
            tree = ast.parse(source.format(*"abcdefgh", layer="layer", name='"name"', inputs="a, b"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    node.value = ""
            found.append(ast.dump(tree))
    return found
