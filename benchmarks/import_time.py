"""What `import gnomon` costs, in a fresh interpreter, and that it loads the standard library only. Prints JSON lines."""

import statistics
import subprocess
import sys

from _measure import report

PROBE = """
import sys, time
before = set(sys.modules)
began = time.perf_counter()
{code}
taken = (time.perf_counter() - began) * 1000
roots = {{name.partition(".")[0] for name in set(sys.modules) - before}} - sys.stdlib_module_names - {{"gnomon"}}
print(taken, ",".join(sorted(r for r in roots if not r.startswith("_"))) or "-")
"""


def measure(code: str, times: int = 15) -> tuple[float, str]:
    """Return the median milliseconds of `code` in fresh interpreters, and the packages it loaded."""
    taken, loaded = [], ""
    for _ in range(times):
        out = subprocess.run(
            [sys.executable, "-c", PROBE.format(code=code)], capture_output=True, text=True, check=True
        ).stdout.split()
        taken.append(float(out[0]))
        loaded = out[1]
    return statistics.median(taken), loaded


def main() -> None:
    """Measure the import, and the import of what `init` needs."""
    for figure, code, limit in (
        ("import gnomon", "import gnomon", 100.0),
        ("import gnomon; gnomon.init", "import gnomon; gnomon.init", None),
        ("import json (for scale)", "import json", None),
    ):
        value, loaded = measure(code)
        report(figure, value, "ms", n=15, packages=loaded, **({} if limit is None else {"limit": limit}))


if __name__ == "__main__":
    main()
