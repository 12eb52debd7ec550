"""Every component of PyTorch through ONNX: exported with random parameters and weights, run by onnxruntime. JSON lines.

    python benchmarks/onnx_parity.py [DRAWS]

Parameters and inputs are drawn by the suites of tests/unit/graph/components. Compared is what the component's own code gives
in evaluation with what the exported file gives for other rows than those it was exported with. Needs torch, onnx, onnxscript
and onnxruntime.
"""

import contextlib
import io
import logging
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from _measure import report
from canvas_parity import suites

DRAWS = 3
SKIPPED = 77
LIMIT = 1e-4
ROWS = 3


def node_module(code: Any, count: int, rng: np.random.Generator) -> Any:
    """Return a module that computes what the code of a component says, with weights drawn at random."""
    import torch

    from gnomon.graph import suite_frameworks

    names = suite_frameworks._names(code, "torch", {"torch": torch, "nn": torch.nn})
    layer = eval(suite_frameworks._filled(code.make, 0, name='"node"'), names) if code.make is not None else None
    source = compile(suite_frameworks._filled(code.call, count, layer="layer"), "<node>", "eval")

    class Node(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, *given: Any) -> Any:
            return eval(source, names, {"layer": self.layer, **{f"x{i}": each for i, each in enumerate(given)}})

    module = Node().eval()
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            low = 0.5 if name.endswith("var") else -0.5
            tensor.copy_(torch.from_numpy(rng.uniform(low, low + 1, tuple(tensor.shape)).astype(np.float32)))
    return module


def exported(module: Any, given: Sequence[Any]) -> bytes:
    """Return a module as ONNX, for any number of rows where it allows that."""
    import torch

    from gnomon.models.exporters.torch_formats import OPSET

    rows = torch.export.Dim("rows", min=1, max=1 << 20)
    whole = io.BytesIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        program = torch.onnx.export(
            module, tuple(given), dynamo=True, opset_version=OPSET, verbose=False,
            dynamic_shapes={"given": tuple({0: rows} for _ in given)},
        )  # fmt: skip
        program.save(whole)
    return whole.getvalue()


def difference(suite: Any, node: Any, inputs: Sequence[Any]) -> float:
    """Return how far the outputs of PyTorch and of onnxruntime differ, as a share where they are larger than one."""
    import onnxruntime
    import torch

    from gnomon.graph import suite_frameworks

    rng = np.random.default_rng(7)
    first = [suite.values(spec, rng) for spec in inputs]
    # Other rows, more of them: what was folded into the file would be seen.
    arrays = [np.concatenate([each, each[:1]])[::-1].copy() for each in first]
    both = [
        [torch.from_numpy(suite_frameworks._first(each, spec).copy()) for each, spec in zip(some, inputs, strict=True)]
        for some in (first, arrays)
    ]
    module = node_module(node.torch(*inputs), len(inputs), rng)
    session = onnxruntime.InferenceSession(exported(module, both[0]), providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    found = session.run(None, {name: each.numpy() for name, each in zip(names, both[1], strict=False)})
    with torch.no_grad():
        outs = suite_frameworks._many(module(*both[1]))
    worst = 0.0
    for ours, theirs in zip(outs, found, strict=True):
        if tuple(ours.shape) != theirs.shape:
            return float("inf")
        apart = np.abs(ours.numpy().astype(np.float64) - theirs) / np.maximum(
            1, np.abs(ours.numpy().astype(np.float64))
        )
        worst = max(worst, float(apart.max(initial=0.0)))
    return worst


def main() -> int:
    """Export and compare all, and print what was compared."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
        import torch
    except ImportError:
        return SKIPPED
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    began, worst = time.perf_counter(), 0.0
    compared, refused, wrong = Counter[str](), {}, {}
    for each in suites():
        suite = each()
        kind = suite.component.type
        for node, inputs, _ in suite.drawn("torch", trials=draws) if "torch" in suite.component.targets else ():
            if not inputs or any(None in spec.shape or spec.dtype == "text" for spec in inputs):
                continue
            if not suite.settled(node, inputs):
                continue
            try:
                found = difference(suite, node, inputs)
            except Exception as error:  # noqa: BLE001 - counted, and told
                refused[kind] = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"[:200]
                print(f"refused: {node} {[spec.text for spec in inputs]}: {refused[kind]}", file=sys.stderr)
                continue
            compared[kind] += 1
            worst = max(worst, found)
            if found > LIMIT:
                wrong[kind] = found
                print(f"apart by {found:.2g}: {node} {[spec.text for spec in inputs]}", file=sys.stderr)
    report("components through ONNX: not exported or not run", len(refused), "components", limit=0, why=refused)
    report("components through ONNX: apart by more than 1e-4", len(wrong), "components", limit=0, n=sum(compared.values()),
           components=len(compared))  # fmt: skip
    report("components through ONNX: largest difference", worst * 1e6, "1e-6", limit=LIMIT * 1e6)
    report("components through ONNX: time for all", time.perf_counter() - began, "s", draws=draws)
    return int(bool(refused or wrong))


if __name__ == "__main__":
    sys.exit(main())
