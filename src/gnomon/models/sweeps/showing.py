"""How far a sweep is, on one line of standard error."""

import sys
import time

from gnomon.models.sweeps.driver import Driver
from gnomon.models.sweeps.result import ranked
from gnomon.models.sweeps.space import Values

_WIDTH = 20


class Bar:
    """Draw a line over the one before: trials that are over, the best so far, time."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._drawn = ""

    def __call__(self, driver: Driver) -> None:
        """Draw it, when it changed."""
        story, spec = driver.story, driver.spec
        done = sum(trial.state != "open" for trial in story.trials)
        filled = round(_WIDTH * done / spec.most)
        failed = sum(trial.state == "failed" for trial in story.trials)
        order = ranked(story, spec.objective.goal, spec.seeds)
        best = order[0] if order and order[0].place == 1 else None
        parts = [f"{'#' * filled}{'-' * (_WIDTH - filled)} {done} of {spec.most}"]
        parts += [f"{failed} failed"] if failed else []
        parts += [f"best {best.mean:.4g} ({told(best.values)})"] if best is not None else []
        line = f"sweep {'  '.join(parts)}  {time.monotonic() - self._began:.0f} s"[:118]
        if line != self._drawn:
            sys.stderr.write(f"\r{line:<{len(self._drawn)}}")
            sys.stderr.write("" if driver.is_active else "\n")
            sys.stderr.flush()
            self._drawn = line


def told(values: Values) -> str:
    """Return values as people read them.

    Example:
        >>> told({"train.optimizer.lr": 0.01, "nodes.hidden.units": 64, "act": "relu"})
        'lr=0.01 hidden.units=64 act=relu'
    """
    return " ".join(
        f"{short(name)}={value:.4g}" if isinstance(value, float) else f"{short(name)}={value}"
        for name, value in values.items()
    )


def short(name: str) -> str:
    """Return a name as people read it: `lr` of `train.optimizer.lr`."""
    path = name.removeprefix("train.").removeprefix("nodes.")
    return "optimizer" if path == "optimizer.type" else path.removeprefix("optimizer.")
