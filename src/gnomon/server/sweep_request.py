"""From a request for a sweep to what is driven: what is tried is looked through as a job is, and so is the space."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from gnomon.analysis.goal import chosen_goal
from gnomon.core.errors import InputError
from gnomon.core.ids import run_name
from gnomon.graph.document import decode
from gnomon.models.jobs.folder import JobSpec
from gnomon.models.sweeps.applying import check_places, check_values, default_objective
from gnomon.models.sweeps.space import Space, parse
from gnomon.models.sweeps.spec import Goal, Objective, SweepSpec
from gnomon.server import slots
from gnomon.server.wire_jobs import JobPost
from gnomon.server.wire_sweeps import SweepPost

_OF_JOB: Final = ("kind", "project", "graph_id", "rev", "graph", "dataset", "train", "script", "seed", "device")
_SAME: Final = (
    "search",
    "trials",
    "hours",
    "seeds",
    "seed",
    "pruning",
    "first_fails",
    "device",
    "priority",
    "restarts",
)


def sweep_of(asked: SweepPost, job_of: Callable[[JobPost], JobSpec], known: Mapping[str, int]) -> SweepSpec:
    """Return what a request asks for.

    Args:
        asked: The request.
        job_of: Looks through what is tried.
        known: Slots by device.

    Raises:
        InputError: It cannot be; `field` names what is wrong.
        ForbiddenError: It runs code of users, and this server runs none.
        MissingExtraError: The search needs what is not installed.
    """
    job = job_of(JobPost(**{name: getattr(asked, name) for name in _OF_JOB}))
    job.check()
    if asked.kind == "graph" and job.kind == "script":
        msg = (
            "train.loop: expected ours, for a sweep of a graph trains by our loop, and this graph by its own. Set it to "
            "ours, or sweep the file as a script."
        )
        raise InputError(msg, field="train.loop")
    slots.check(asked.device, known)
    space = {name: parse(axis, name) if isinstance(axis, str) else axis for name, axis in asked.space.items()}
    spec = SweepSpec(
        kind=asked.kind,
        name=asked.name or (f"{job.name[:200]} sweep" if asked.kind == "graph" else run_name()),
        project=job.project,
        space=space,
        objective=_objective(asked, job),
        parallel=asked.parallel or _slots_of(asked.device, known),
        graph=job.graph,
        graph_ref=job.graph_ref,
        dataset=job.dataset,
        components=job.components,
        script=job.script,
        queued=True,
        **{name: getattr(asked, name) for name in _SAME},
    ).checked()
    check_targets(spec)
    return spec


def check_targets(spec: SweepSpec) -> None:
    """Refuse a space of names that what is tried does not know.

    Raises:
        InputError: It does not; `field` is the name.
    """
    space: Space = spec.space
    if spec.script is not None:
        check_places(spec.script, space, spec.seeds)
    if spec.graph is not None:
        check_values(decode(spec.graph), space)


def _objective(asked: SweepPost, job: JobSpec) -> Objective:
    if asked.metric is not None:
        goal: Goal = chosen_goal(asked.metric, asked.goal, {})[0]
        return Objective(asked.metric, goal, asked.of)
    if job.graph is None:
        msg = "metric: expected the key of what the script logs and is to be best, such as val/loss; received none."
        raise InputError(msg, field="metric")
    found = default_objective(decode(job.graph))
    return msgspec.structs.replace(found, goal=asked.goal or found.goal, of=asked.of)


def _slots_of(device: str, known: Mapping[str, int]) -> int:
    """Return how many jobs a device takes at a time; `auto` takes graphics cards where there are some."""
    if device != "auto":
        return known.get(device, 1)
    cards = sum(most for name, most in known.items() if name != "cpu")
    return cards or known.get("cpu", 1)
