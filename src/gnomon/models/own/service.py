"""What a worker tells of a project's own components; see `gnomon.models.worker.methods`."""

import inspect
from dataclasses import fields
from typing import Any

import msgspec

from gnomon.core.errors import UserCodeError
from gnomon.graph.component import Component, Inferred, Port
from gnomon.graph.own import Description, problem_row, snake, specs_of
from gnomon.graph.param import Param, checked
from gnomon.graph.problem import Problem
from gnomon.models.own.load import FILE, check_source, loaded
from gnomon.models.worker.protocol import Say
from gnomon.models.worker.user_code import user_code


def describe(params: dict[str, Any], say: Say) -> dict[str, Any]:  # noqa: ARG001 - as every method
    """Return what the component of a file (`source`) is, as `gnomon.graph.own.Description` has it.

    Raises:
        UserCodeError: The file raises, or its component is none that the canvas could draw; with the line.
    """
    kind = loaded(check_source(params.get("source")))
    _check(kind)
    found = Description(
        name=snake(kind.__name__),
        title=str(kind.title)[:80],
        doc=inspect.cleandoc(kind.__doc__ or ""),
        params=[_fields(each) for each in kind.params],
        inputs=[_fields(each) for each in kind.inputs],
        outputs=[_fields(each) for each in kind.outputs],
        targets=[each for each in kind.targets if hasattr(kind, each)],
        words=[str(each) for each in kind.words],
        torch_args=kind.torch_args,
        keras_args=kind.keras_args,
    )
    with user_code(FILE):
        kind()
    row: dict[str, Any] = msgspec.to_builtins(found)
    return row


def infer(params: dict[str, Any], say: Say) -> dict[str, Any]:  # noqa: ARG001
    """Return what comes out of a component with `params` for inputs of `specs`, or the problem that it has with them."""
    instance = _instance(params)
    try:
        with user_code(FILE):
            found = _inferred(instance, params)
    except UserCodeError as error:
        if isinstance(error.__cause__, Problem):
            return {"problem": problem_row(error.__cause__)}
        raise
    return {
        "outs": [None if each is None else msgspec.to_builtins(each) for each in found.outs],
        "params": found.params,
        "torch_params": found.torch_params,
        "state": found.state,
        "flops": found.flops,
        "grows": None if found.grows is None else [list(each) for each in found.grows],
    }


def code(params: dict[str, Any], say: Say) -> dict[str, Any]:  # noqa: ARG001
    """Return what a component writes for a `target` and inputs of `specs`, or the problem that it has with them."""
    instance = _instance(params)
    writer = getattr(instance, str(params["target"]))
    try:
        with user_code(FILE):
            found = writer(*specs_of(params["specs"]))
    except UserCodeError as error:
        if isinstance(error.__cause__, Problem):
            return {"problem": problem_row(error.__cause__)}
        raise
    return {"code": msgspec.to_builtins(found)}


def _inferred(instance: Component, params: dict[str, Any]) -> Inferred:
    found: object = instance.infer(*specs_of(params["specs"]))
    if not isinstance(found, Inferred):
        msg = f"infer: expected an Inferred, received {type(found).__name__}."
        raise TypeError(msg)
    if len(found.outs) != len(instance.gives()):
        msg = f"infer: expected a Spec for each of {len(instance.gives())} outputs, received {len(found.outs)}."
        raise TypeError(msg)
    return found


def _instance(params: dict[str, Any]) -> Component:
    kind = loaded(check_source(params.get("source")))
    values, _ = checked(kind.params, params["params"])
    with user_code(FILE):
        return kind(**values)


def _check(kind: type[Component]) -> None:
    """Refuse a component that the canvas could not draw."""
    line = _line(kind)
    what = ""
    if kind.takes is not Component.takes or kind.gives is not Component.gives:
        what = "expected ports in `inputs` and `outputs`: a component of a project has the same ports whatever its parameters are"
    elif not hasattr(kind, "infer"):
        what = "expected a method infer, which says what comes out"
    elif not (hasattr(kind, "torch") or hasattr(kind, "keras")):
        what = "expected a method torch or keras, which writes its code"
    elif not all(isinstance(each, Port) for each in (*kind.inputs, *kind.outputs)) or not kind.outputs:
        what = "expected tuples of Port in `inputs` and `outputs`, with an output at least"
    if what:
        msg = f"{kind.__name__}: {what}."
        raise UserCodeError(msg, file=FILE, line=line)


def _line(kind: type[Component]) -> int:
    code = next((each.__code__ for each in vars(kind).values() if inspect.isfunction(each)), None)
    return code.co_firstlineno if code is not None and code.co_filename == FILE else 1


def _fields(value: Param | Port) -> dict[str, Any]:
    found = {each.name: getattr(value, each.name) for each in fields(value)}
    return {name: list(each) if isinstance(each, tuple) else each for name, each in found.items()}
