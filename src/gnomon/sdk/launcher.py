"""Which run the ranks of one distributed job share, when nobody told them: read from what the launcher tells all of them."""

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from gnomon.core.ids import base32


def shared_id(project: str, ordinal: int, env: Mapping[str, str] = os.environ) -> str | None:
    """Return a run id that every rank of this job computes alike, or `None` outside a launcher we know.

    Args:
        project: Name of the project.
        ordinal: How many runs this process began before, so that the second run of a job is another one.
        env: The environment.
    """
    for launcher in _LAUNCHERS:
        job = launcher(env)
        if job:
            digest = hashlib.sha256(f"{job}\n{project}\n{ordinal}".encode()).digest()
            return base32(int.from_bytes(digest[:16], "big"), 20)
    return None


def _torchrun(env: Mapping[str, str]) -> str | None:
    job = env.get("TORCHELASTIC_RUN_ID")
    if not job:
        return None
    if job == "none":  # what torchrun says when it was given no --rdzv-id: the same for every job
        parent = os.getppid()
        return f"torchrun:{env.get('MASTER_ADDR')}:{env.get('MASTER_PORT')}:{parent}:{_started(parent)}"
    return f"torchrun:{job}"


def _slurm(env: Mapping[str, str]) -> str | None:
    job = env.get("SLURM_JOB_ID")
    return f"slurm:{job}:{env.get('SLURM_STEP_ID', '')}" if job else None


def _named(name: str) -> Callable[[Mapping[str, str]], str | None]:
    return lambda env: f"{name}:{env[name]}" if env.get(name) else None


_LAUNCHERS = (
    _torchrun,
    _slurm,
    *map(_named, ("PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid", "PBS_JOBID", "LSB_JOBID", "JOB_ID")),
)


def _started(pid: int) -> str:
    """Return when a process began, in ticks since boot, so that a reused pid is another job."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat[stat.rindex(")") + 2 :].split()[19]
