"""Every component against Keras and PyTorch: shape, weights, and forward output with the same weights. JSON lines.

    python benchmarks/canvas_parity.py [DRAWS]

Draws parameters and inputs of each component at random, by the suites of tests/unit/graph/components, which say what to
draw and how weights are moved. Needs torch and Keras (its torch backend).
"""

import inspect
import os
import runpy
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from _measure import report

os.environ.setdefault("KERAS_BACKEND", "torch")
TESTS = Path(__file__).resolve().parent.parent / "tests/unit/graph/components"
DRAWS = 200
SKIPPED = 77
LIMIT = 1e-5


def suites() -> Iterator[type]:
    """Yield the suite of every component."""
    from gnomon.graph.suite import ComponentSuite

    for path in sorted(TESTS.glob("test_*.py")):
        for each in runpy.run_path(str(path), run_name=path.stem).values():
            ours = inspect.isclass(each) and issubclass(each, ComponentSuite) and each.__module__ == path.stem
            if ours and hasattr(each, "component"):
                yield each


def main() -> int:
    """Compare all, and print what was compared."""
    try:
        import keras  # noqa: F401
        import torch  # noqa: F401
    except ImportError:
        return SKIPPED
    warnings.simplefilter("ignore")
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    began = time.perf_counter()
    components, compared, both, wrong, worst = set(), 0, 0, [], 0.0
    for each in suites():
        suite = each()
        components.add(suite.component.type)
        for node, inputs, _ in suite.drawn(trials=draws):
            try:
                found = suite.compare(node, inputs, inputs)
            except AssertionError:
                wrong.append(f"{node} {inputs}")
                print(f"wrong: {node} {inputs}", file=sys.stderr)
                continue
            compared += len(found.targets)
            both += found.worst is not None
            worst = max(worst, found.worst or 0.0)
    report(
        "components: shapes, parameters and state unlike Keras or PyTorch", len(wrong), "draws",
        limit=0, components=len(components), compared=compared,
    )  # fmt: skip
    report("components: largest difference of the two targets' outputs", worst * 1e6, "1e-6", limit=LIMIT * 1e6, n=both)
    report("components: time for all", time.perf_counter() - began, "s", draws=draws)
    return int(bool(wrong) or worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
