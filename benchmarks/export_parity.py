"""Every template in every format: written, loaded again in its own runtime, and compared with the model.

    python benchmarks/export_parity.py

Weights are drawn by a seed, running statistics too; inputs are 32 rows of noise. The figure is the largest difference of
any number; the target is 1e-4.
"""

import sys
import tempfile
from pathlib import Path

from _measure import report

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

try:
    import torch
    from tests.unit.models.exporters.versions import version_of

    from gnomon.models.exporters.export import TOLERANCE, export
except ImportError:
    sys.exit(77)

from gnomon.graph.templates import NAMES, template


def main() -> None:
    """Print a figure for each format."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        versions = {name: version_of(template(name).graph, Path(folder) / name) for name in NAMES}
        for form in ("onnx", "torch-export", "code"):
            made = {n: export(f, Path(folder) / f"{n}-{form}", form, Path(folder)) for n, f in versions.items()}
            worst = max(made, key=lambda name: made[name].largest)
            report(
                f"{form} of {len(made)} templates, largest difference",
                1e9 * made[worst].largest,
                "1e-9",
                worst=worst,
                target=1e9 * TOLERANCE,
                seconds=sorted(round(each.seconds, 2) for each in made.values())[len(made) // 2],
            )


if __name__ == "__main__":
    main()
