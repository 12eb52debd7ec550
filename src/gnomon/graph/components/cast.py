"""Cast: the same numbers as another type."""

import ast
from collections.abc import Mapping
from typing import Any, Final, Literal

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, component, lit, param
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls
from gnomon.graph.spec import Spec

_METHODS: Final = {"float32": "float", "int64": "long", "bool": "bool"}


@component("core/cast@1", title="Cast", category="Process", words=("type", "dtype", "float", "int", "bool", "convert"))
class Cast(Component):
    """Makes numbers of another type: whole ones lose their fraction, truth values are 0 and 1."""

    dtype: Literal["float32", "int64", "bool"] = param("float32", doc="The type that comes out.")

    def infer(self, x: Spec) -> Inferred:
        if x.dtype == "text":
            msg = "Text is no numbers."
            raise Problem(msg, port="in", remedies=(Remedy("Tokenise instead", replace="core/tokenise@1"),))
        return Inferred(Spec(x.shape, self.dtype, x.classes if self.dtype == "int64" else None))

    def torch(self, x: Spec) -> Code:
        return Code(f"{{0}}.{_METHODS[self.dtype]}()")

    def keras(self, x: Spec) -> Code:
        return Code(f"ops.cast({{0}}, {lit(self.dtype)})")

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if not isinstance(seen.call, ast.Call):
            return None
        if target == "torch":
            method = ast.unparse(seen.call.func).rpartition(".")[2]
            return next(({"dtype": dtype} for dtype, name in _METHODS.items() if name == method), None)
        found = calls(seen.call, "ops.cast")
        last = found.args[1] if found and len(found.args) == 2 else None
        return {"dtype": last.value} if isinstance(last, ast.Constant) else None
