"""Runs that begin within a job say so, to the job and of themselves."""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

JOB: Final = "GNOMON_JOB"
SWEEP: Final = "GNOMON_SWEEP"
FOLDER: Final = "GNOMON_JOB_FOLDER"


def note_run(run: str, env: Mapping[str, str] = os.environ) -> str | None:
    """Write into the job that this process belongs to that a run began; return the job, `None` when there is none.

    Args:
        run: Id of the run.
        env: The environment, in which the job's supervisor has left its name and folder.
    """
    job, folder = env.get(JOB), env.get(FOLDER)
    if not job or not folder:
        return None
    line = json.dumps({"t": time.time(), "event": "run", "pid": os.getpid(), "run": run}).encode() + b"\n"
    with suppress(OSError):
        # Not made when it is missing: the folder is another machine's, or the job was removed.
        descriptor = os.open(Path(folder) / "events.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
    return job


def swept(env: Mapping[str, str] = os.environ) -> dict[str, Any] | None:
    """Return the trial of a sweep that this process is, `None` when it is none.

    Returns:
        `id name trial point seed`, `values`, and `config`: what a run is told that does not say it itself.
    """
    try:
        found = json.loads(env.get(SWEEP, ""))
        names = ("id", "name", "trial", "point", "seed")
        return {
            **{name: found[name] for name in names},
            "values": dict(found["values"]),
            "config": dict(found["config"]),
        }
    except (ValueError, KeyError, TypeError):
        return None
