"""What code of users gave when it was run, where nobody could tell before: offered as a fix."""

from collections.abc import Iterator, Sequence
from typing import Any

from gnomon.graph.code.plan import Plan
from gnomon.graph.components.code import CodeNode, said
from gnomon.graph.spec import Dtype, Spec


def measured(arrays: Sequence[Any]) -> str:
    """Return what a Code node's `shapes` would say of arrays with their batch, channels last; "" when it cannot."""
    specs = tuple(map(_spec, arrays))
    return said(specs) if specs and None not in specs else ""


def _spec(array: Any) -> Spec | None:
    dtypes: dict[str, Dtype] = {"f": "float32", "i": "int64", "u": "int64", "b": "bool"}
    dtype = dtypes.get(array.dtype.kind)
    if dtype is None or array.ndim == 0 or 0 in array.shape:
        return None
    return Spec(tuple(int(n) for n in array.shape[1:]), dtype)


def fixes(plan: Plan, found: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Return a fix for each Code node that gave another shape than is said of it, or of which none is known.

    Args:
        plan: The graph.
        found: What was measured, by node, as `shapes` says it.
    """
    for name, text in found.items():
        report = plan.report.nodes[name]
        if name in plan.copies or name in plan.missing or not isinstance(report.component, CodeNode):
            continue
        settles = _behind(plan, name)
        open_ = any(spec is None or None in spec.shape for spec in report.outs)
        if (open_ and (settles or None in report.outs)) or (not open_ and text != said(report.outs)):
            op = {"op": "set", "id": name, "params": {"shapes": text}}
            yield {"node": name, "title": f"Say that {name} gives {text}", "ops": [op], "settles": settles}


def _behind(plan: Plan, name: str) -> list[str]:
    """Return the nodes behind one that are not in the code, or have an error."""
    wrong = {issue.node for issue in plan.report.issues if issue.level == "error"} | plan.missing.keys()
    seen = {name}
    for each in plan.report.order:
        if any(source is not None and source[0] in seen for source in plan.report.nodes[each].sources):
            seen.add(each)
    return [each for each in plan.report.order if each in seen and each in wrong and each != name]
