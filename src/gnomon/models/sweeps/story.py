"""What becomes of a sweep: lines that are appended to one file, and what they add up to.

A trial is written down before its job is begun, with the id that the job will have: whoever takes the sweep up after a
`kill -9` begins those jobs that are not there, and no other.
"""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from gnomon.models.sweeps.proposing import Seen
from gnomon.models.sweeps.space import Values
from gnomon.models.sweeps.spec import Limits, SweepSpec

SweepState = Literal["running", "paused", "stopping", "stopped", "finished", "failed"]
TrialState = Literal["open", "finished", "pruned", "failed", "stopped"]


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line.

    Args:
        t: When, UTC seconds.
        event: `proposed submitted pruning over held released` of a trial; `paused resumed ending ended set` of the whole.
        trial: Its number, from 1.
        point: Number of its values, from 1: trials of one point differ by their seeds.
        values: Of a trial that is proposed.
        seed: Likewise.
        job: Likewise: the id that its job will have, empty for a function.
        state: Of a trial that is over; of a sweep that ends, the state it will have.
        value: What it reached.
        step: At which step.
        run: Id of its run.
        reason: Why.
        place: At which value of the objective it was pruned.
        limits: What was changed.
    """

    t: float
    event: str
    trial: int = 0
    point: int = 0
    values: Values | None = None
    seed: int = 0
    job: str = ""
    state: str = ""
    value: float | None = None
    step: int | None = None
    run: str = ""
    reason: str = ""
    place: int = 0
    limits: Limits | None = None


class Trial(msgspec.Struct):
    """Hold what became of a trial.

    Args:
        number: From 1.
        point: From 1.
        values: What it tries.
        seed: Its seed.
        job: Id of its job.
        since: When it was proposed.
        ended: When it was over.
        submitted: Its job was begun.
        held: It waits because the sweep does.
        state: Of it.
        value: Of the objective.
        step: At which step that was.
        run: Its run.
        reason: Why it was ended, or failed.
        pruned: Why it is being ended early.
        place: At which value of the objective.
    """

    number: int
    point: int
    values: Values
    seed: int
    job: str
    since: float
    ended: float | None = None
    submitted: bool = False
    held: bool = False
    state: TrialState = "open"
    value: float | None = None
    step: int | None = None
    run: str = ""
    reason: str = ""
    pruned: str = ""
    place: int = 0


class Story(msgspec.Struct):
    """What the lines add up to.

    Args:
        trials: In the order in which they were proposed.
        state: Of the sweep.
        since: When that began, UTC seconds.
        reason: Why it ended.
        final: What it will be when nothing of it runs any more.
        rev: How many lines there were.
        limits: What was changed.
        worked_s: Seconds that it ran, until `since`.
        created: When it began.
    """

    trials: list[Trial] = msgspec.field(default_factory=list)
    state: SweepState = "running"
    since: float = 0.0
    reason: str = ""
    final: str = ""
    rev: int = 0
    limits: Limits = Limits()
    worked_s: float = 0.0
    created: float = 0.0

    def add(self, lines: Iterable[Line]) -> "Story":
        """Go on with lines that came."""
        for line in lines:
            self.rev += 1
            self.created = self.created or line.t
            if line.event == "proposed":
                self.trials.append(Trial(line.trial, line.point, line.values or {}, line.seed, line.job, line.t))
            elif line.trial:
                _of_trial(self.trials[line.trial - 1], line)
            else:
                self._whole(line)
        return self

    def _whole(self, line: Line) -> None:
        if line.event == "set" and line.limits is not None:
            changed = {name: value for name, value in msgspec.structs.asdict(line.limits).items() if value is not None}
            self.limits = msgspec.structs.replace(self.limits, **changed)
            return
        if self.state in ("running", "stopping") and self.since:
            self.worked_s += max(0.0, line.t - self.since)
        self.since = line.t
        if line.event == "ending":
            self.state, self.final, self.reason = "stopping", line.state, line.reason
        elif line.event == "ended":
            self.state = self.final or "finished"  # type: ignore[assignment]  # the words that `ending` may say
        elif line.event == "paused":
            self.state = "paused"
        elif line.event in ("resumed", "began"):
            self.state, self.final, self.reason = "running", "", ""

    @property
    def open(self) -> list[Trial]:
        """Trials that are not over."""
        return [trial for trial in self.trials if trial.state == "open"]

    def hours(self, now: float) -> float:
        """Return how long it has run, without pauses."""
        more = max(0.0, now - self.since) if self.state in ("running", "stopping") and self.since else 0.0
        return (self.worked_s + more) / 3600

    def asked(self, spec: SweepSpec) -> SweepSpec:
        """Return what is asked for, with what was changed since."""
        changed = {name: value for name, value in msgspec.structs.asdict(self.limits).items() if value is not None}
        return msgspec.structs.replace(spec, **changed)


def _of_trial(trial: Trial, line: Line) -> None:
    if line.event == "submitted":
        trial.submitted = True
    elif line.event == "pruning":
        trial.pruned, trial.value, trial.step, trial.place = line.reason, line.value, line.step, line.place
    elif line.event == "held":
        trial.held, trial.state, trial.ended, trial.reason = True, "open", None, ""
    elif line.event == "released":
        trial.held = False
    elif line.event == "over":
        trial.state, trial.ended, trial.reason = line.state, line.t, line.reason  # type: ignore[assignment]  # its words
        trial.value, trial.step, trial.run, trial.held = line.value, line.step, line.run or trial.run, False


class Point(msgspec.Struct):
    """Hold the trials of one choice of values.

    Args:
        number: From 1.
        values: What they share.
        trials: One for each seed.
    """

    number: int
    values: dict[str, Any]
    trials: list[Trial]

    @property
    def reached(self) -> list[float]:
        """What its finished trials reached."""
        return [each.value for each in self.trials if each.state == "finished" and each.value is not None]

    @property
    def mean(self) -> float | None:
        """Mean of what they reached."""
        found = self.reached
        return sum(found) / len(found) if found else None

    def seen(self) -> Seen:
        """Return what came of it, for the search."""
        pruned = [each for each in self.trials if each.state == "pruned"]
        if pruned:
            return Seen(self.values, pruned[0].value, "pruned", pruned[0].place)
        if any(each.state == "open" for each in self.trials):
            return Seen(self.values)
        return Seen(self.values, self.mean, "failed" if self.mean is None else "finished")


def points(trials: Iterable[Trial]) -> list[Point]:
    """Return the points of some trials, in the order in which they were proposed."""
    found: dict[int, Point] = {}
    for trial in trials:
        found.setdefault(trial.point, Point(trial.point, trial.values, [])).trials.append(trial)
    return list(found.values())
