"""The loop of training: epochs, steps, orders, checkpoints and what is logged; the same whatever the framework."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from gnomon.core.errors import GnomonError
from gnomon.core.records.images import Images
from gnomon.models.jobs import events
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.jobs.progress import Progress
from gnomon.models.training import checkpoint
from gnomon.models.training.batches import Arrays, Feed
from gnomon.models.training.checkpoint import State, Tensors
from gnomon.models.training.control import Control, End
from gnomon.models.training.engine import Engine, Figures, finite
from gnomon.models.training.plan import Plan
from gnomon.models.training.waiting import Waiting
from gnomon.sdk.run import Run

SAVE_S: Final = 300.0
"""Without a number of steps, there is a checkpoint within an epoch after so long."""
_EPOCH_S: Final = 30.0
"""An epoch that got no better is saved when the last checkpoint is so old."""
_PICTURES: Final = 50
"""Times that pictures are logged in a training, at most about."""


class Ended(Exception):  # noqa: N818 - it is no error: somebody asked for it
    """Say that training is to end now, and how."""

    def __init__(self, how: End) -> None:
        super().__init__(how)
        self.how = how


class NonFiniteLossError(GnomonError):
    """The loss is no number any more."""


@dataclass(frozen=True, slots=True)
class Feeds:
    """Hold the parts of the data; those without rows give nothing."""

    train: Feed
    validation: Feed
    test: Feed


class Loop:
    """Train until the end, or until somebody asks for another.

    Args:
        plan: What is trained.
        engine: Model and optimizer.
        feeds: The data.
        run: Where it is logged.
        folder: Of the job.
        control: Orders.
        state: Where it begins.
        clock: Seconds.
    """

    def __init__(
        self,
        plan: Plan,
        engine: Engine,
        feeds: Feeds,
        run: Run,
        folder: JobFolder,
        control: Control,
        state: State,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plan, self._engine, self._feeds, self._run = plan, engine, feeds, run
        self._folder, self._control, self._clock = folder, control, clock
        self.state = state
        self._settings = plan.settings
        self._steps = self._settings.epochs * feeds.train.steps
        self._progress = Progress(folder)
        self._saved_at, self._saved_step = clock(), -1
        self._alerted = False

    def train(self) -> None:
        """Do it.

        Raises:
            Ended: Somebody asked for another end; there is a checkpoint.
            NonFiniteLossError: The loss is no number any more, and that is to end it.
        """
        try:
            while self.state.epoch < self._settings.epochs and not self._is_patient_no_more():
                self._epoch()
            if self._saved_step != self.state.step:
                self.save()
        except Ended:
            self.save()
            raise
        finally:
            self._progress.close()

    def pulse(self) -> None:
        """Take in orders, and wait while it is paused.

        Raises:
            Ended: It is to end.
        """
        self._control.look()
        rate = self._control.rate_asked()
        if rate is not None:
            self.state.rate = rate
            events.append(self._folder, "set", step=self.state.step, text=f"learning rate {rate:g}")
        if self._control.ends:
            events.append(self._folder, "stopping", step=self.state.step)
            raise Ended(self._control.ends)

    def save(self) -> None:
        """Write a checkpoint."""
        saved = self._engine.tensors()
        state = msgspec.structs.replace(self.state, totals=saved.state.totals, extra=saved.state.extra)
        checkpoint.save(self._folder.checkpoints, Tensors(saved.model, saved.optim, state))
        self._saved_at, self._saved_step = self._clock(), self.state.step
        events.append(self._folder, "checkpoint", step=self.state.step)

    def _is_patient_no_more(self) -> bool:
        patience = self._settings.stop.patience
        return patience is not None and self.state.waited >= patience

    def _epoch(self) -> None:
        state, train = self.state, self._feeds.train
        self._engine.begin_epoch(state.totals)
        waiting = Waiting(train.epoch(state.epoch, state.position), self._clock)
        for inputs, targets in waiting:
            self.pulse()
            if self._control.save_asked():
                self.save()
            self._step(inputs, targets)
            if state.position < train.steps and self._is_due():
                self.save()
        figures = self._engine.epoch()
        values = {f"train/{name}": value for name, value in figures.items()} | {"train/data_share": waiting.share}
        judged = figures
        if self._feeds.validation.rows:
            judged = self._engine.judge(self._feeds.validation, self.pulse)
            values |= {f"val/{name}": value for name, value in judged.items()}
        at = max(0, state.step - 1)
        self._run.log(values, step=at, epoch=state.epoch + 1)
        if state.epoch % max(1, self._settings.epochs // _PICTURES) == 0:
            self._pictures(at)
        is_better = self._note(judged)
        state.epoch, state.position, state.totals = state.epoch + 1, 0, {}
        self._engine.begin_epoch({})
        self.pulse()  # an order need not wait for the disk as well
        if is_better or self._settings.checkpoint_every or self._clock() - self._saved_at >= _EPOCH_S:
            self.save()

    def _is_due(self) -> bool:
        every = self._settings.checkpoint_every
        return self.state.step % every == 0 if every else self._clock() - self._saved_at >= SAVE_S

    def _step(self, inputs: Arrays, targets: Arrays) -> None:
        state, steps = self.state, self._feeds.train.steps
        rate = state.rate * self._engine.factor(state.step, self._steps, state.epoch)
        figures = self._engine.step(inputs, targets, rate)
        epoch = state.epoch + (state.position + 1) / steps
        values = {f"batch/{name}": value for name, value in figures.items()}
        self._run.log(values | {"learning_rate": rate}, step=state.step, epoch=epoch)
        if self._engine.updates:
            self._run.update(step=state.step)
        if not finite(figures):
            self._alert(inputs, figures)
        state.step, state.position = state.step + 1, state.position + 1
        self._progress.tell(state.step, self._steps, epoch, self._settings.epochs, figures["loss"])

    def _alert(self, inputs: Arrays, figures: Figures) -> None:
        is_last = self._settings.nonfinite == "stop"
        if self._alerted and not is_last:
            return
        self._alerted = True
        step = self.state.step
        msg = f"The loss became {figures['loss']} at step {step}; it begins in {self._engine.trouble(inputs)}."
        self._run.log({"alerts/loss": msg}, step=step)
        self._run.alert("The loss is no number", msg, "error" if is_last else "warning", step=step)
        if is_last:
            msg += " Try a smaller learning rate, or shorten the gradients (train.clip)."
            raise NonFiniteLossError(msg)
        self._run.hint("nonfinite loss", f"{msg} The weights stay as they are, and the next batch is taken.")

    def _note(self, judged: Figures) -> bool:
        """Keep account of progress; return whether there was some."""
        state, (name, grows) = self.state, self._plan.monitor
        value, least = judged.get(name, math.nan), self._settings.stop.min_delta
        best = state.best
        better = value == value and (  # noqa: PLR0124 - NaN
            best is None or (value > best + least if grows else value < best - least)
        )
        if better:
            state.best, state.best_step, state.waited = value, state.step, 0
        else:
            state.waited += 1
        return better

    def _pictures(self, step: int) -> None:
        feed = self._feeds.validation if self._feeds.validation.rows else self._feeds.train
        inputs, _ = feed.at(np.arange(min(16, feed.rows)))
        if self.state.epoch == 0:
            pictures = {name: array for name, array in inputs.items() if array.ndim == 4 and array.shape[-1] in (1, 3)}
            shown = {f"samples/{name}": Images(array, layout="NHWC", range="each") for name, array in pictures.items()}
            self._run.log(shown, step)
        self._engine.pictures(self._run, inputs, step)
