"""Driving a sweep: proposing trials, following their jobs, ending what has no hope, and knowing when it is over.

All that is known is written down before anything follows from it, so that whoever drives the sweep next, in this process
or another, goes on where the last one was.
"""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal, Protocol

import msgspec

from gnomon.core.errors import ConflictError, GnomonError, NotFoundError
from gnomon.core.ids import run_id
from gnomon.models.sweeps.folder import SweepFolder
from gnomon.models.sweeps.proposing import Seen, next_point
from gnomon.models.sweeps.pruning import Series, judge
from gnomon.models.sweeps.space import Space, Values
from gnomon.models.sweeps.spec import Limits, SweepSpec
from gnomon.models.sweeps.story import Trial, points

SETTLE_S: Final = 10.0
"""So long after its job a run may take to arrive."""
_KEYS: Final = 6
_AGAIN_S: Final = 0.01
PATIENCE_S: Final = 1.0

JobState = Literal[
    "queued", "starting", "running", "paused", "stopping", "parked", "finished", "stopped", "failed", "lost"
]
_OVER: Final = frozenset({"finished", "stopped", "failed", "lost"})


class JobNow(msgspec.Struct, frozen=True):
    """How the job of a trial is: its state, its runs, why it failed."""

    state: JobState
    runs: Sequence[str] = ()
    error: str = ""


class Logged(msgspec.Struct, frozen=True):
    """What the runs of a job logged: the values of a metric, by which run, whether all has arrived, and what else."""

    series: list[tuple[int, float]]
    run: str = ""
    is_whole: bool = False
    keys: Sequence[str] = ()


class Hands(Protocol):
    """What a driver does things with: a server, or this process."""

    def submit(self, sweep: str, spec: SweepSpec, trial: Trial) -> None:
        """Begin the job of a trial, which has the id that the trial says, unless it has begun."""
        ...

    def job(self, job: str) -> JobNow | None:
        """Return how a job is; `None` when there is none."""
        ...

    def order(self, job: str, do: str) -> None:
        """Give a job an order; ConflictError when that cannot be."""
        ...

    def logged(self, runs: Sequence[str], metric: str) -> Logged:
        """Return what the newest of some runs that has the metric logged."""
        ...

    def mark(self, run: str, fields: Mapping[str, Any]) -> None:
        """Have a run say something of itself; best effort."""
        ...

    def suggest(self, space: Space, seed: int, goal: str, seen: Sequence[Seen]) -> Values:
        """Ask TPE."""
        ...


class Driver:
    """Drive one sweep; not safe to be called by two threads at a time.

    Args:
        folder: Of the sweep.
        hands: What it does things with.
        on_change: Called after something happened.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        folder: SweepFolder,
        hands: Hands,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder, self._hands, self.on_change, self._clock = folder, hands, on_change, clock
        self._asked = folder.spec()
        self.story = folder.story()
        self._series: dict[int, Series] = {}
        self._settling: dict[int, float] = {}
        self._ordered: set[tuple[str, str]] = set()

    @property
    def spec(self) -> SweepSpec:
        """What is asked for, with what was changed since."""
        return self.story.asked(self._asked)

    @property
    def is_active(self) -> bool:
        """Something is to be done, now or when a job says something."""
        return self.story.state in ("running", "paused", "stopping")

    @property
    def wakes_s(self) -> float | None:
        """After how long it is to be looked at even if nobody says anything."""
        if self._settling:
            return 0.25
        spec = self.spec
        if self.story.state == "running" and spec.hours is not None:
            return max(0.0, (spec.hours - self.story.hours(time.time())) * 3600) + 0.01
        return None

    @property
    def is_listening(self) -> bool:
        """What runs log is of interest: a run is about to be whole, or is judged while it goes on."""
        return bool(self._settling) or self.spec.pruning is not None

    # Orders.

    def pause(self) -> None:
        """Have nothing begin, and what runs wait."""
        self._must(self.story.state == "running", "paused")
        self._tell("paused")
        self.look()

    def resume(self) -> None:
        """Go on: with what was paused, and with what was stopped."""
        self._must(self.story.state in ("paused", "stopped", "finished"), "resumed")
        for trial in self.story.trials:
            if self.story.state != "paused" and trial.state == "stopped" and trial.job:
                self._tell("held", trial=trial.number)
        self._tell("resumed")
        self._ordered.clear()
        self.look()

    def stop(self) -> None:
        """Stop what runs, each with a checkpoint, and begin no more; asked again, end it at once."""
        self._must(self.story.state in ("running", "paused", "stopping"), "stopped")
        if self.story.state != "stopping":
            self._tell("ending", state="stopped", reason="It was stopped.")
        self._ordered.clear()
        self.look()

    def change(self, **limits: Any) -> None:
        """Change how much of it there is to be; what is `None` stays."""
        self._tell("set", limits=Limits(**limits))
        self.look()

    def _must(self, is_so: bool, done: str) -> None:
        if not is_so:
            self._refuse(done)

    def _refuse(self, what: str) -> None:
        msg = f"The sweep {self.folder.id} is {self.story.state}, and cannot be {what}."
        raise ConflictError(msg)

    # Looking after it.

    def look(self) -> None:
        """Do what is due."""
        for trial in self.story.open:
            self._follow(trial)
        if self.story.state == "running":
            self._end_if_due()
        while self.story.state == "running" and self._propose():
            pass
        if self.story.state == "running" and not self.story.open:
            self._tell("ending", state="finished", reason=self._why_over())
        if self.story.state == "stopping":
            for trial in self.story.open:
                self._follow(trial)
            if not self.story.open:
                self._tell("ended")

    def _follow(self, trial: Trial) -> None:
        now = self._hands.job(trial.job)
        if now is None:
            self._absent(trial)
        elif now.state in _OVER:
            self._over(trial, now)
        elif self.story.state == "paused":
            self._hold(trial, now)
        elif self.story.state == "stopping" or trial.pruned:
            self._order(trial, "stop")
        elif trial.held:
            self._release(trial, now)
        else:
            self._judge(trial, now)

    def _absent(self, trial: Trial) -> None:
        if self.story.state == "stopping":
            self._finish(trial, "stopped", reason=self.story.reason)
        elif trial.submitted and not trial.held:
            self._finish(trial, "failed", reason="Its job was deleted.")
        elif self.story.state == "running":
            if trial.held:
                self._tell("released", trial=trial.number)
            self._submit(trial)

    def _submit(self, trial: Trial) -> None:
        try:
            self._hands.submit(self.folder.id, self.spec, trial)
        except GnomonError as error:
            self._finish(trial, "failed", reason=str(error))
        else:
            self._tell("submitted", trial=trial.number)

    def _hold(self, trial: Trial, now: JobNow) -> None:
        if not trial.held:
            self._tell("held", trial=trial.number)
        if now.state in ("starting", "running"):
            self._order(trial, "pause")
        elif now.state == "queued":
            self._order(trial, "stop")  # it leaves the queue, and comes back

    def _release(self, trial: Trial, now: JobNow) -> None:
        if now.state in ("paused", "parked", *_OVER):
            self._order(trial, "resume", again=True)
        self._tell("released", trial=trial.number)

    def _order(self, trial: Trial, do: str, *, again: bool = False) -> None:
        """Give an order, once: until the state of the sweep changes, the job has heard it."""
        if (trial.job, do) in self._ordered and not again:
            return
        self._ordered.add((trial.job, do))
        with suppress(ConflictError, NotFoundError):  # it is ending by itself
            self._hands.order(trial.job, do)

    def _over(self, trial: Trial, now: JobNow) -> None:
        if trial.held and self.story.state == "paused":
            return
        if trial.held and self.story.state == "running":
            self._release(trial, now)
            return
        if now.state in ("failed", "lost"):
            self._finish(trial, "failed", reason=now.error or "Its job failed.", run=_last(now.runs))
            return
        if trial.pruned and now.state != "finished":
            self._finish(
                trial,
                "pruned",
                value=trial.value,
                step=trial.step,
                place=trial.place,
                reason=trial.pruned,
                run=_last(now.runs),
            )
            self._mark(trial)
        elif now.state == "stopped":
            reason = self.story.reason if self.story.state == "stopping" else "Its job was stopped."
            self._finish(trial, "stopped", reason=reason, run=_last(now.runs))
        else:
            self._settle(trial, now)

    def _mark(self, trial: Trial) -> None:
        """Have the run of a trial that was ended early say so."""
        told = {"id": self.folder.id, "name": self.spec.name, "trial": trial.number, "point": trial.point}
        if trial.run:
            self._hands.mark(trial.run, {"sweep": {**told, "pruned": trial.pruned}, "tags": ["pruned"]})

    def _settle(self, trial: Trial, now: JobNow) -> None:
        """Take what a trial that came to its end has reached, when all of it has arrived."""
        logged = self._hands.logged(now.runs, self.spec.objective.metric)
        if logged.is_whole or not now.runs or not self._waits(trial):
            self._value(trial, logged, now)

    def _waits(self, trial: Trial) -> bool:
        """Tell whether there is still time for its run to arrive."""
        return self._clock() < self._settling.setdefault(trial.number, self._clock() + SETTLE_S)

    def _value(self, trial: Trial, logged: Logged, now: JobNow) -> None:
        aim = self.spec.objective
        clean = [(step, value) for step, value in logged.series if math.isfinite(value)]
        run = logged.run or _last(now.runs)
        self._series[trial.number] = logged.series
        if not logged.series:
            self._finish(trial, "failed", reason=_unlogged(aim.metric, logged, now), run=run)
        elif not clean or (aim.of == "last" and clean[-1] != logged.series[-1]):
            self._finish(trial, "failed", reason=f"{aim.metric} is no number any more.", run=run)
        else:
            pick = clean[-1] if aim.of == "last" else best_of(clean, aim.goal)
            self._finish(trial, "finished", value=pick[1], step=pick[0], run=run)

    def _judge(self, trial: Trial, now: JobNow) -> None:
        """End a trial that has little hope."""
        if self.spec.pruning is None or now.state != "running":
            return
        logged = self._hands.logged(now.runs, self.spec.objective.metric)
        known = self._series.get(trial.number)
        if logged.series is not known and logged.series != known and self.judge(trial, logged.series):
            self._order(trial, "stop")

    def judge(self, trial: Trial, series: Series) -> bool:
        """Tell whether a trial is to be ended early, by what it logged until now; if so, that is written down."""
        spec = self.spec
        self._series[trial.number] = series
        if spec.pruning is None:
            return False
        others = [self._series_of(each) for each in self.story.trials if each.number != trial.number]
        found = judge(spec.pruning, spec.objective.goal, spec.objective.metric, series, others)
        if found is not None:
            self._tell(
                "pruning",
                trial=trial.number,
                reason=found.reason,
                value=found.value if math.isfinite(found.value) else None,
                step=found.step,
                place=found.place,
            )
        return found is not None

    def _series_of(self, trial: Trial) -> Series:
        if trial.number not in self._series and trial.run:
            self._series[trial.number] = self._hands.logged([trial.run], self.spec.objective.metric).series
        return self._series.get(trial.number, [])

    def _finish(self, trial: Trial, state: str, **more: Any) -> None:
        self._settling.pop(trial.number, None)
        self._tell("over", trial=trial.number, state=state, **more)

    # What comes next.

    def _propose(self) -> bool:
        """Begin the next trial when there is room for it; return whether one was begun."""
        spec, story = self.spec, self.story
        if len(story.trials) >= spec.most or self._busy() >= spec.parallel:
            return False
        found = self._next_seed() or self._next_values()
        if found is None:
            return False
        point, values, seed = found
        number = len(story.trials) + 1
        self._tell("proposed", trial=number, point=point, values=values, seed=seed, job=run_id())
        self._submit(story.trials[-1])
        return True

    def _busy(self) -> int:
        """Return how many trials take part of what may run: what only settles does not, unless TPE wants to know."""
        waits = self.spec.search == "tpe"
        return sum(waits or each.number not in self._settling for each in self.story.open)

    def _next_seed(self) -> tuple[int, Values, int] | None:
        """Return the point that was begun last with its next seed."""
        if not self.story.trials:
            return None
        last = points(self.story.trials)[-1]
        is_done = len(last.trials) >= self.spec.seeds or any(
            each.state == "pruned" or each.pruned for each in last.trials
        )
        return None if is_done else (last.number, last.values, self.spec.seed + len(last.trials))

    def _next_values(self) -> tuple[int, Values, int] | None:
        spec = self.spec
        seen = [point.seen() for point in points(self.story.trials)]
        values = next_point(spec.search, spec.space, spec.seed, spec.objective.goal, seen, self._hands.suggest)
        return None if values is None else (len(seen) + 1, values, spec.seed)

    def _end_if_due(self) -> None:
        spec, story = self.spec, self.story
        first = story.trials[: spec.first_fails]
        if len(first) >= spec.first_fails and all(each.state == "failed" for each in first):
            count = f"The first {len(first)} trials all failed" if len(first) > 1 else "The first trial failed"
            self._tell("ending", state="failed", reason=f"{count}; the last one: {first[-1].reason}")
        elif spec.hours is not None and story.hours(time.time()) >= spec.hours:
            self._tell("ending", state="finished", reason=f"Its {spec.hours:g} hours are over.")

    def _why_over(self) -> str:
        spec, done = self.spec, len(self.story.trials)
        if done >= spec.most and spec.trials is not None:
            return f"All {done} trials that were asked for are done." if done > 1 else "The trial is done."
        if done >= spec.most and spec.search != "grid":
            return f"{done} trials are done; --trials asks for more."
        return f"All {len(points(self.story.trials))} points were tried."

    def _tell(self, event: str, **more: Any) -> None:
        self.story.add([self.folder.append(event, **more)])
        self.on_change()


def best_of(series: Sequence[tuple[int, float]], goal: str) -> tuple[int, float]:
    """Return the best of some values, the first of those that are equal, with its step."""
    sign = -1 if goal == "max" else 1
    return min(series, key=lambda each: sign * each[1])


def _last(runs: Sequence[str]) -> str:
    return runs[-1] if runs else ""


def _unlogged(metric: str, logged: Logged, now: JobNow) -> str:
    if not now.runs:
        return "It began no run: call gnomon.init in the script."
    known = [key for key in logged.keys if not key.startswith("system/")]
    there = (
        f"it logged {', '.join(known[:_KEYS])}{' …' if len(known) > _KEYS else ''}" if known else "it logged nothing"
    )
    return f"Its run logged no {metric!r}; {there}. Name another with --metric."


def claim(folder: SweepFolder, patience_s: float = 0.0) -> int | None:
    """Become the one who drives a sweep, until the descriptor is closed; return `None` when somebody else does.

    Args:
        folder: Of the sweep.
        patience_s: A server that only asks who drives it holds the lock for a moment; so long that is waited for.
    """
    descriptor = os.open(folder.path / "owner", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + patience_s
    while not _locked(descriptor):
        if time.monotonic() >= until:
            os.close(descriptor)
            return None
        time.sleep(_AGAIN_S)
    folder.mend()
    return descriptor


def _locked(descriptor: int) -> bool:
    import fcntl  # noqa: PLC0415 - Windows has none, and no jobs either

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
