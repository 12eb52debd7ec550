"""Trials in this very process, one after another: functions of the user's, and small graphs that train within seconds."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gnomon
from gnomon.core.errors import InputError
from gnomon.models.jobs import events
from gnomon.models.jobs.environment import worker_environment
from gnomon.models.jobs.events import story
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.sweeps.applying import job_of
from gnomon.models.sweeps.driver import Driver, JobNow, Logged
from gnomon.models.sweeps.here import LocalHands, mark_run, read_logged
from gnomon.models.sweeps.proposing import Seen, suggest_here
from gnomon.models.sweeps.space import Space, Values
from gnomon.models.sweeps.spec import SweepSpec
from gnomon.models.sweeps.story import Trial
from gnomon.sdk.run import Run


class Pruned(Exception):  # noqa: N818 - what happened, and no error
    """A trial is ended early; raised by `Trying.report`, and passed on by the function."""


class Trying:
    """Hold a trial while its function runs.

    Args:
        trial: Its values and seed.
        run: Where it is logged.
        metric: What is searched for.
        judge: Tells whether it is to be ended early.
    """

    def __init__(self, trial: Trial, run: Run, metric: str, judge: Callable[[list[tuple[int, float]]], bool]) -> None:
        self.number, self.values, self.seed, self.run = trial.number, dict(trial.values), trial.seed, run
        self.series: list[tuple[int, float]] = []
        self._metric, self._judge = metric, judge

    def __getitem__(self, name: str) -> Any:
        """Return a value of it."""
        return self.values[name]

    def report(self, value: float, step: int | None = None) -> None:
        """Log what is searched for as it stands, and end here when there is little hope.

        Args:
            value: Of the metric.
            step: By default one more than the last.

        Raises:
            Pruned: There is; let it pass.
        """
        at = step if step is not None else self.series[-1][0] + 1 if self.series else 0
        self.run.log({self._metric: value}, step=at)
        self.series.append((at, float(value)))
        if self._judge(self.series):
            raise Pruned


class FunctionHands:
    """Call a function for each trial, in this process.

    Args:
        function: Called with a `Trying`; returns what it reached, or reports it.
        home: Home folder.
    """

    def __init__(self, function: Callable[[Trying], float | None], home: Path) -> None:
        self._function, self._home = function, home
        self._done: dict[str, tuple[JobNow, Logged]] = {}
        self.driver: Driver | None = None
        self.interrupted: BaseException | None = None

    def submit(self, sweep: str, spec: SweepSpec, trial: Trial) -> None:
        """Do a trial."""
        assert self.driver is not None, "the driver is told before it looks"
        driver, metric = self.driver, spec.objective.metric
        config = {"seed": trial.seed, **trial.values}
        with gnomon.init(spec.project, config=config, group=spec.name, home=self._home) as run:
            run.annotate({"sweep": {"id": sweep, "name": spec.name, "trial": trial.number, "point": trial.point}})
            trying = Trying(trial, run, metric, lambda series: driver.judge(trial, series))
            state, error = self._call(trying)
        found = Logged(trying.series, run.id, is_whole=True)
        self._done[trial.job] = JobNow(state, (run.id,), error), found  # type: ignore[arg-type]  # one of its words

    def _call(self, trying: Trying) -> tuple[str, str]:
        try:
            value = self._function(trying)
        except Pruned:
            return "stopped", ""
        except Exception as error:  # noqa: BLE001 - a trial that fails is told, and the next one begins
            found = events.of_exception(error)
            trying.run.fail(error)
            return "failed", f"{found.type}: {found.message} ({found.file}:{found.line})"
        except BaseException as error:  # noqa: BLE001 - passed on when the trial is told
            trying.run.fail(error)
            self.interrupted = error
            return "stopped", ""
        if value is not None:
            trying.report(float(value)) if not trying.series or trying.series[-1][1] != value else None
        return "finished", ""

    def job(self, job: str) -> JobNow | None:
        """Return how a trial went; `None` of one of an earlier process."""
        return self._done[job][0] if job in self._done else None

    def order(self, job: str, do: str) -> None:
        """Nothing: a trial ends before anybody can order something."""

    def logged(self, runs: Sequence[str], metric: str) -> Logged:
        """Return what a trial reported."""
        for now, found in self._done.values():
            if tuple(runs) == tuple(now.runs):
                return found
        return read_logged(self._home, runs, metric)

    def mark(self, run: str, fields: Mapping[str, Any]) -> None:
        """Have the run of a trial say something of itself."""
        mark_run(self._home, run, fields)

    def suggest(self, space: Space, seed: int, goal: str, seen: Sequence[Seen]) -> Values:
        """Ask TPE."""
        return suggest_here(space, seed, goal, seen)


class InsideHands(LocalHands):
    """Train graphs in this process, one after another: the framework is loaded once."""

    def submit(self, sweep: str, spec: SweepSpec, trial: Trial) -> None:
        """Do a trial."""
        from gnomon.models.training.worker import main  # noqa: PLC0415 - it brings the trainer

        if spec.kind != "graph" or threading.current_thread() is not threading.main_thread():
            msg = "processes: only graphs are trained within this process, by its main thread. Leave it at True."
            raise InputError(msg, field="processes")
        folder = JobFolder.create(self._home, trial.job, job_of(spec, sweep, trial))
        events.append(folder, "starting", pid=os.getpid(), attempt=1, device=spec.device)
        asked = folder.spec()
        wanted = worker_environment(folder, spec.device, 0, 1, {}, script=False, sweep=asked.sweep)
        with _environment({name: value for name, value in wanted.items() if name.startswith("GNOMON_")}):
            main([str(folder.path)])
        events.append(folder, "ended")
        found = story(folder)
        if found.error is not None and found.error.type == "KeyboardInterrupt":
            raise KeyboardInterrupt


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
