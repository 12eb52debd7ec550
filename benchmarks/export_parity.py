"""Every template, for PyTorch and Keras, in every format that is installed: written, loaded again, and compared.

    python benchmarks/export_parity.py

Weights are drawn by a seed, running statistics too; inputs are 32 rows of noise. The figure is the largest difference of
any number; the target is 1e-4. Keras computes with PyTorch, but for SavedModel and LiteRT, which TensorFlow writes: these
run in a process of their own.
"""

import multiprocessing
import sys
import tempfile
from pathlib import Path

from _measure import report

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

try:
    import torch
    from tests.unit.models.exporters.versions import version_of

    from gnomon.models.exporters.export import TOLERANCE, Export, export
except ImportError:
    sys.exit(77)

from gnomon.graph.component import Target
from gnomon.graph.templates import NAMES, template
from gnomon.models.exporters import catalog

TARGETS: tuple[Target, ...] = ("torch", "keras")


def exports(target: Target, form: str, folder: str) -> dict[str, Export]:
    """Return what is known of each template's export."""
    torch.set_num_threads(1)
    home = Path(folder)
    made = {}
    for name in NAMES:
        version = home / f"{name}-{target}"
        if not version.exists():
            version_of(template(name).graph, version, target=target)
        made[name] = export(version, home / f"{name}-{target}-{form}", form, home)
    return made


def main() -> None:
    """Print a figure for each framework and format."""
    apart = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for target in TARGETS:
            for form in catalog.FORMATS:
                if catalog.why_not(form, target, [catalog.GRAPH, catalog.WEIGHTS]):
                    continue
                if form.backend:
                    with apart.Pool(1) as pool:
                        made = pool.apply(exports, (target, form.name, folder))
                else:
                    made = exports(target, form.name, folder)
                worst = max(made, key=lambda name: made[name].largest)
                report(
                    f"{form.name} of {len(made)} templates for {target}, largest difference",
                    1e9 * made[worst].largest,
                    "1e-9",
                    worst=worst,
                    target=1e9 * TOLERANCE,
                    seconds=sorted(round(each.seconds, 2) for each in made.values())[len(made) // 2],
                )


if __name__ == "__main__":
    main()
