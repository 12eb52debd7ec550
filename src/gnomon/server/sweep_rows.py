"""Sweeps as they are told: rows of a list, and one with all its trials."""

from collections.abc import Callable

from gnomon.core.errors import NotFoundError
from gnomon.models.sweeps.result import Ranked, counts, ranked
from gnomon.models.sweeps.story import Trial
from gnomon.server.jobs import Jobs
from gnomon.server.sweeps import Driven
from gnomon.server.wire_jobs import JobGraph
from gnomon.server.wire_sweeps import (
    SweepAction,
    SweepBest,
    SweepDetail,
    SweepDriver,
    SweepPoint,
    SweepRow,
    SweepTrial,
)

_CAN: dict[str, list[SweepAction]] = {
    "running": ["pause", "stop"],
    "paused": ["resume", "stop"],
    "stopping": ["stop"],
    "stopped": ["resume", "delete"],
    "finished": ["delete"],
    "failed": ["delete"],
}


def row(found: Driven, driver: SweepDriver, now: float) -> SweepRow:
    """Return a sweep as a row of a list."""
    return _row(found, driver, now, ranked(found.driver.story, *_how(found)))


def _how(found: Driven) -> tuple[str, int]:
    spec = found.driver.spec
    return spec.objective.goal, spec.seeds


def _row(found: Driven, driver: SweepDriver, now: float, order: list[Ranked]) -> SweepRow:
    spec, story = found.driver.spec, found.driver.story
    return SweepRow(
        id=found.driver.folder.id,
        name=spec.name,
        project=spec.project,
        kind=spec.kind,
        state=story.state,
        since=story.since,
        created=story.created,
        reason=story.reason,
        driver=driver,
        search=spec.search,
        metric=spec.objective.metric,
        goal=spec.objective.goal,
        names=list(spec.space),
        most=spec.most,
        trials=len(story.trials),
        counts=counts(story.trials),
        hours=story.hours(now),
        best=_best(order),
        graph=None if spec.graph_ref is None else JobGraph(id=spec.graph_ref.id, rev=spec.graph_ref.rev),
        can=_can(found, driver),
        rev=story.rev,
    )


def _can(found: Driven, driver: SweepDriver) -> list[SweepAction]:
    spec, story = found.driver.spec, found.driver.story
    if driver == "elsewhere" or spec.kind == "function":
        return ["delete"] if driver == "nobody" else []
    if driver == "nobody" and story.state in ("running", "stopping", "paused"):
        return ["resume", "stop", "delete"]
    if story.state == "finished" and len(story.trials) < spec.most:
        return ["resume", "delete"]  # hours ended it, or more of it were asked for since
    return _CAN[story.state]


def _best(order: list[Ranked]) -> SweepBest | None:
    places = [each for each in order if each.place is not None]
    first = places[0] if places else None
    if first is None or first.mean is None:
        return None
    return SweepBest(
        point=first.point,
        values=first.values,
        mean=first.mean,
        interval=first.interval,
        runs=first.runs,
        of=len(places),
    )


def detail(found: Driven, driver: SweepDriver, now: float, jobs: Jobs) -> SweepDetail:
    """Return a sweep with all its trials."""
    spec, story = found.driver.spec, found.driver.story
    order = ranked(story, *_how(found))
    return SweepDetail(
        sweep=_row(found, driver, now, order),
        space=spec.space,
        objective=spec.objective,
        pruning=spec.pruning,
        seeds=spec.seeds,
        seed=spec.seed,
        parallel=spec.parallel,
        limit_hours=spec.hours,
        device=spec.device,
        priority=spec.priority,
        dataset=spec.dataset,
        argv=[] if spec.script is None else spec.script.argv,
        trials=[_trial(each, _doing(jobs)) for each in story.trials],
        points=[_point(each) for each in order],
    )


Doing = Callable[[str], tuple[str | None, float | None, str]]


def _doing(jobs: Jobs) -> Doing:
    def of(job: str) -> tuple[str | None, float | None, str]:
        try:
            entry = jobs.get(job)
        except NotFoundError:
            return None, None, ""
        return entry.state, entry.far.share, (entry.story.runs or [""])[-1]

    return of


def _trial(trial: Trial, doing: Doing) -> SweepTrial:
    state, share, run = doing(trial.job) if trial.state == "open" and trial.job else (None, None, "")
    return SweepTrial(
        number=trial.number,
        point=trial.point,
        values=trial.values,
        seed=trial.seed,
        state=trial.state,
        value=trial.value,
        step=trial.step,
        job=trial.job,
        run=trial.run or run,
        since=trial.since,
        ended=trial.ended,
        reason=trial.reason or trial.pruned,
        doing=state,  # type: ignore[arg-type]  # the states of jobs
        share=share,
    )


def _point(each: Ranked) -> SweepPoint:
    return SweepPoint(
        place=each.place,
        point=each.point,
        values=each.values,
        mean=each.mean,
        interval=each.interval,
        reached=each.reached,
        trials=each.trials,
        runs=each.runs,
        state=each.state,  # type: ignore[arg-type]  # the states of trials
        reason=each.reason,
    )
