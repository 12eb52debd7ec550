"""What a worker finds in its environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from gnomon.models.jobs.folder import JobFolder, SweepRef

THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_OURS: Final = ("GNOMON_URL", "GNOMON_TOKEN", "GNOMON_RUN", "GNOMON_WRAPPED", "GNOMON_WRAPPED_NAMED", "GNOMON_SWEEP")
"""Of the server, and nobody else's business: its token above all."""


def worker_environment(
    folder: JobFolder,
    device: str,
    threads: int,
    life: int,
    given: Mapping[str, str],
    *,
    script: bool,
    sweep: SweepRef | None = None,
    ours: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Return the environment of a worker.

    Args:
        folder: Of the job.
        device: Where it runs.
        threads: Processors that it should use; 0 leaves that to it.
        life: How often it was started, with this time.
        given: What was asked for; it wins.
        script: A program of the user's, which sees only the graphics card that it got.
        sweep: The trial that it is, of which its runs hear by `GNOMON_SWEEP`.
        ours: Environment of the supervisor.
    """
    found = {name: value for name, value in ours.items() if name not in _OURS}
    if threads:
        found |= dict.fromkeys(THREADS, str(threads))
    # Threads that wait give their processor away: beside a server, an agent and a browser those that spin until all have
    # come make a step several times as long, since they keep from the processor the very ones they wait for.
    found.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if script and device.startswith("cuda:"):
        found["CUDA_VISIBLE_DEVICES"] = _card(int(device.partition(":")[2]), ours.get("CUDA_VISIBLE_DEVICES"))
    if script:
        found.setdefault("PYTHONUNBUFFERED", "1")  # what is printed is to be seen while it runs
    else:
        found["PYTHONPATH"] = os.pathsep.join(filter(None, (_beside(), found.get("PYTHONPATH"))))
    return {
        **found,
        "GNOMON_HOME": str(folder.home),
        "GNOMON_JOB": folder.id,
        "GNOMON_JOB_FOLDER": str(folder.path),
        "GNOMON_JOB_DEVICE": device,
        "GNOMON_JOB_LIFE": str(life),
        **({} if sweep is None else {"GNOMON_SWEEP": msgspec.json.encode(sweep).decode()}),
        **given,
    }


def _card(number: int, visible: str | None) -> str:
    """Return how the driver calls the n-th card of those that are to be seen here."""
    names = [name.strip() for name in (visible or "").split(",") if name.strip()]
    return names[number] if number < len(names) else str(number)


def _beside() -> str:
    """Return where gnomon is, unless Python finds it there anyway."""
    root = Path(__file__).resolve().parents[3]
    return "" if root.name in ("site-packages", "dist-packages") else str(root)
