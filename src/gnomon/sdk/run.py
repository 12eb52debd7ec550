"""A run: what training logs into. Nothing here waits for a disk's lock or a network, and nothing raises."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from os import write
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote
from zlib import crc32

import msgspec

from gnomon.core import journal
from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import GnomonError, InputError
from gnomon.core.folder import journal_root
from gnomon.core.limits import MAX_STEP, check_step
from gnomon.core.records.record_type import Encoded
from gnomon.core.settings import Settings
from gnomon.sdk import console, current, receipt
from gnomon.sdk.calls import count, with_axes, write_given
from gnomon.sdk.facets import Config, Summary, Tags, definition
from gnomon.sdk.filed import Filed
from gnomon.sdk.notices import Notices
from gnomon.sdk.spawn import is_wanted
from gnomon.sdk.values import Values
from gnomon.sdk.watch import Watching, refusal
from gnomon.sdk.writer import Writer

if TYPE_CHECKING:
    from gnomon.sdk.capture.capture import Capture
    from gnomon.sdk.data.dataset import Dataset, Datasets

FINISH_S: Final = 5.0
"""`finish()` never takes longer."""


class Run(Filed):
    """One execution, and the way to log into it. Made by `gnomon.init`.

    Safe to use from many threads; in a forked or unpickled copy it goes on in a journal of its own.

    Args:
        opened: Who the run is; the first record of its journals.
        settings: Home, server and token.
        notices: Who is told of trouble.
        ships: A server is to get the journal.
        is_disabled: Nothing is written at all.
        captures: Parts of what ran that are captured; see `gnomon.sdk.capture.parts`.
        clock: Microseconds since 1970.
    """

    def __init__(
        self,
        opened: journal.Open,
        settings: Settings,
        *,
        notices: Notices,
        ships: bool = False,
        is_disabled: bool = False,
        captures: frozenset[str] = frozenset(),
        clock: Clock = now_us,
    ) -> None:
        self._opened, self._settings, self._notices, self._clock = opened, settings, notices, clock
        self._time_ns = time.time_ns if clock is now_us else lambda: clock() * 1000
        self._ships, self._is_disabled, self._is_finished = ships, is_disabled, False
        self._step = (opened.fork_step or 0) - 1
        self._datasets: Datasets | None = None
        self._watching = Watching(self, self._change_main, is_off=is_disabled)
        self._writer = self._new_writer(opened)
        self._capture = self._capturing(captures) if captures and not is_disabled else None
        self.config = Config(opened.config, self._change)
        self.summary = Summary(lambda: self._writer.last_values(), self._change)  # noqa: PLW0108 - the writer changes in a fork
        self._tags = Tags(opened.tags, self._change)

    @property
    def id(self) -> str:
        """Run id, 20 characters."""
        return self._opened.run

    @property
    def name(self) -> str:
        """Name, such as `brave-otter-7`."""
        return self._opened.name

    @property
    def project(self) -> str:
        """Name of the project."""
        return self._opened.project

    @property
    def rank(self) -> int | None:
        """Rank of this process in a distributed job."""
        return self._opened.rank

    @property
    def url(self) -> str | None:
        """Page of the run on the server it is shipped to; `None` when it stays on this machine."""
        page = f"/p/{quote(self.project, safe='')}/r/{self.id}"
        return f"{self._settings.url}{page}" if self._ships else None

    @property
    def home(self) -> Path:
        """Folder the run is written to."""
        return self._settings.home

    @property
    def is_open(self) -> bool:
        """Whether what is logged is written anywhere."""
        return not self._is_disabled and not self._is_finished

    @property
    def dropped(self) -> int:
        """Values that could not be written so far, by this process."""
        return self._writer.dropped

    @property
    def step(self) -> int:
        """Step of the last call of `log` or `update`; -1 before the first."""
        return self._step

    @property
    def tags(self) -> Tags:
        """Labels; `run.tags.add("best")` or `run.tags = ["best"]` add one."""
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        self._tags.add(*tags)

    def log(
        self,
        values: Mapping[str, Any],
        step: int | None = None,
        epoch: float | None = None,
        samples: float | None = None,
    ) -> None:
        """Write values now, all at the same step and time.

        Numbers (Python's, NumPy's, a framework's scalar or array of one element) are points of the series of their
        key, NaN and infinities included; everything else becomes a record: text, lists, dicts, arrays, pictures, frames,
        figures, models, bytes, and what the wrappers (`gnomon.Image`, `gnomon.Table` …) say. Values are copied. Numbers
        cost one system call; never raises (but see `strict`): what cannot be written is counted and warned of once.

        Args:
            values: Key and value; keys are one to 512 characters, `/` groups them.
            step: 0 to 2^53 - 1, in any order; `None` is one more than the last one.
            epoch: Written as the series `epoch` at the same step.
            samples: Written as the series `samples` at the same step.

        Example:
            >>> import gnomon
            >>> with gnomon.init(mode="disabled") as run:
            ...     run.log({"train/loss": 0.5, "note": "warm-up over"}, step=1, epoch=0)
        """
        if epoch is not None or samples is not None:
            values = with_axes(values, epoch, samples)
        # One straight line on purpose: this is what training waits for. Whatever is not keys seen before, with numbers,
        # falls out of it by an exception and is looked at with patience.
        writer = self._writer
        try:
            layout = writer.layouts[tuple(values)]
            if type(step) is not int or not 0 <= step <= MAX_STEP:
                step = self._checked(step)
            body = layout.pack(layout.prefix, step, self._time_ns() // 1000, *values.values())
            record = layout.frame(layout.size, crc32(body), body)
        except Exception:  # noqa: BLE001 - a value's `__float__` is anybody's code
            self._log_slowly(values, step)
            return
        try:
            writer.acquire()
            written = write(writer.fd, record)
            if written != layout.total:
                writer.write_rest(record, written)
            writer.release()
        except OSError as error:
            writer.let_go()
            writer.fail(layout.count, error)
            return
        except BaseException:
            writer.let_go()
            raise
        layout.last = body
        self._step = step
        if writer.lost:
            writer.settle()

    def watch(
        self,
        value: object,
        name: str | None = None,
        *,
        every: int | None = None,
        attribute: str | None = None,
        **options: Any,
    ) -> None:
        """Write `value` at every `update`, as it is then; of a model, write statistics while it trains.

        A callable is called at each update; an array, list or dict is read again, so that changes in place show. A
        Python number cannot change: pass a callable, or `attribute=`. Whatever has not changed for twenty updates is
        flagged on the run as stale. Watching another value under the same name replaces the first.

        Args:
            value: A callable, an object, or a model of a framework that a watcher is installed for (torch, Keras).
            name: Key it is written under; a model's may be left out.
            every: Write at each so many-th update; of a model, at each so many-th training step, in place of a budget.
            attribute: Dotted path from `value` to what is written: `"param_groups.0.lr"`.
            options: Of models: `budget` (share of the step time, 0.03), `what`, `layers`; see `docs/tutorials/watch.md`.
        """
        try:
            self._watching.watch(value, name, every, attribute, options)
        except Exception as error:  # noqa: BLE001 - a framework's error must not reach training
            self._notices.tell("watch", refusal(error))

    def unwatch(self, what: object) -> None:
        """Stop writing what is watched: by its name, or the model itself, which is left as it was."""
        self._watching.unwatch(what)

    def update(self, epoch: float | None = None, step: int | None = None, samples: float | None = None) -> None:
        """Write everything watched, as it is now, at one step; `step`, `epoch` and `samples` as for `log`."""
        self._watching.update(epoch, step, samples)

    def use_data(self, x: object, y: object = None, name: str = "train") -> "Dataset":
        """Write down which data the run uses: shape, type, ranges, classes, a preview, and a hash of its content.

        Leaderboards rank only runs of the same data against each other. Reads everything up to 64 MiB, beyond that a
        sample, and says so; warns when two names of one run share rows; never raises.

        Args:
            x: Arrays or tensors, lists of them, a frame, a path, a data set or loader; anything that can be read twice.
            y: Targets; whole numbers, texts and one-hot rows are counted by class.
            name: What it is used for: `"train"`, `"test"`; one run may use several.

        Returns:
            What it is known by: `.hash .shape .dtype .classes .rows`.
        """
        if self._datasets is None:
            from gnomon.sdk.data.dataset import Datasets  # noqa: PLC0415 - it brings NumPy

            self._datasets = Datasets(self, is_off=self._is_disabled)
        return self._datasets.use(x, y, name)

    def rewind(self, step: int) -> None:
        """Go on at `step`: what was logged at or after it stays readable as another branch."""
        try:
            step = check_step(step)
        except GnomonError as error:
            self._notices.tell("rewind", error)
            return
        self._append(journal.REWIND, self._clock(), step)
        self._step = step - 1

    def define(
        self, pattern: str, step: str | None = None, goal: str | None = None, summary: str | None = None
    ) -> None:
        """Say how series are to be read.

        Args:
            pattern: Key, or keys with `*` (`"val/*"`).
            step: Series that runs along their axis (`"epoch"`).
            goal: `"max"` or `"min"`: what is better.
            summary: `"last"`, `"min"`, `"max"` or `"mean"`: the figure to show in tables.
        """
        self._change({"define": {str(pattern): definition(step, goal, summary, self._notices)}})

    def finish(self, state: str = "finished", error: str | None = None) -> None:
        """End the run, within five seconds.

        With a server, waits for the last acknowledgement; what is not through by then goes on in the background.
        In a forked worker and in ranks other than 0 only this process's part ends.

        Args:
            state: `finished`, `stopped` (before its end, on purpose), `failed` or `killed`.
            error: Why it failed.
        """
        if self._is_finished:
            return
        self._watching.close()
        console.end(self)
        if self._capture is not None:
            self._capture.finish()
        self._is_finished = True
        current.leave(self)
        if state not in journal.STATES:
            msg = f"state: expected one of {', '.join(journal.STATES)}, received {state!r:.40}."
            self._notices.tell("state", InputError(msg, field="state"))
            state = "finished"
        if self._opened.child and error is not None:
            who = "worker" if self.rank is None else f"rank {self.rank}"
            self._change({"error": f"{who}: {error}"[:500]})
        self._close(None if self._opened.child else state, error)

    def _close(self, state: str | None, error: str | None) -> None:
        ships = self._ships and is_wanted()
        if not receipt.close(self._writer, state, error, ships=ships, timeout_s=FINISH_S):
            from gnomon.sdk.trouble import unfinished  # noqa: PLC0415 - `import gnomon` has no use for json

            self._notices.tell("finish", unfinished(self.name, self.home, self._settings.url))

    def fail(self, error: BaseException) -> None:
        """End the run because of `error`, whose traceback is kept; called where an exception leaves the program."""
        if self._is_finished:
            return
        state, reason = current.ending(error)
        if self._capture is not None and reason is not None:
            self._capture.failed(error)
        self.finish(state, reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.fail(error)

    def __reduce__(self) -> tuple[Callable[..., "Run"], tuple[Any, ...]]:
        return rejoin, (
            msgspec.to_builtins(self._child()),
            str(self.home),
            self._settings.url,
            self._ships,
            self._is_disabled,
        )

    def __repr__(self) -> str:
        return f"Run({self.project}/{self.name}, id={self.id})"

    def begin(self) -> bool:
        """Open the journal and capture what runs; tell whether there is one. Called by `gnomon.init`."""
        is_open = self._is_disabled or self._writer.open()
        if is_open and self._capture is not None:
            self._capture.begin()
        return is_open

    def resume_at(self, step: int) -> None:
        """Let a call of `log` without a step go on at `step`."""
        self._step = step - 1

    def write(self, values: Mapping[str, Any], step: int) -> None:
        """Write as `log` does, but leave alone where a call of `log` without a step goes on; for integrations."""
        self._log_slowly(values, step, moves=False)

    def is_watching(self, model: object) -> bool:
        """Return whether `watch` was called with a model; for integrations."""
        return self._watching.has(model)

    def lose(self, count: int, cause: str, error: GnomonError) -> None:
        """Count values that could not be had, and say why once; for integrations."""
        self._writer.lose(count, cause)
        self._notices.tell(cause, error)

    def tell(self, cause: str, error: GnomonError) -> None:
        """Say once what could not be done; for integrations."""
        self._notices.tell(cause, error)

    def annotate(self, fields: dict[str, Any]) -> None:
        """Write facts about the run (`meta`), unless this is one of its further ranks; for integrations."""
        if not self.rank:
            self._change(fields)

    def keep(self, key: str, encoded: Encoded, step: int = 0) -> None:
        """Write a record of ours, whose key may begin with `gnomon/`, without moving the step; for integrations."""
        if not (self._is_disabled or self._is_finished):
            self._writer.record(key, encoded, step, self._clock())

    def rename(self, project: str | None, name: str | None) -> None:
        """Say what the run is called, where that is given; for a program that `gnomon run` began a run for."""
        changes = {key: value for key, value in (("project", project), ("name", name)) if value is not None}
        if changes:
            self._change(changes)

    def tell_console(self, stream: int, text: str) -> None:
        """Write a piece of what was printed; see `gnomon.core.journal`."""
        try:
            self._append(journal.CONSOLE, self._clock(), stream, text)
        except UnicodeEncodeError:  # surrogates, of bytes that are no UTF-8
            whole = text.encode("utf-8", "backslashreplace").decode()
            for i in range(0, len(whole), journal.CONSOLE_CHARS):
                self._append(journal.CONSOLE, self._clock(), stream, whole[i : i + journal.CONSOLE_CHARS])

    def hint(self, cause: str, text: str) -> None:
        """Say something useful once, strict or not; for integrations."""
        self._notices.hint(cause, text)

    def become_child(self) -> None:
        """Go on in a journal of its own; called in a child process right after a fork."""
        self._writer.detach()
        self._opened, self._capture = self._child(), None
        self._writer = self._new_writer(self._opened)
        if self._is_finished:
            self._writer.detach()

    def _child(self) -> journal.Open:
        return msgspec.structs.replace(self._opened, child=True, resumed=True, config={}, tags=[], notes="")

    def _new_writer(self, opened: journal.Open) -> Writer:
        suffix = f"@rank{opened.rank}" if opened.rank else ""
        root = journal_root(self._settings.home)
        writer = Writer(root, opened, to=self._to, notices=self._notices, suffix=suffix, clock=self._clock)
        if self._is_disabled:
            writer.detach()
        return writer

    def _capturing(self, parts: frozenset[str]) -> "Capture":
        from gnomon.sdk.capture.capture import Capture  # noqa: PLC0415 - `import gnomon` has no use for it

        return Capture(self, parts, self._to)

    @property
    def _to(self) -> bytes | None:
        """Return the content of the `.to` file beside the journal: where it is shipped."""
        where = {"url": self._settings.url, "token": self._settings.token}
        return msgspec.json.encode(where) if self._ships else None

    def _append(self, tag: int, *fields: object, count: int = 0) -> None:
        if not self._is_disabled:
            self._writer.append(tag, *fields, count=count)

    def _change(self, fields: dict[str, Any]) -> None:
        self._append(journal.CHANGE, self._clock(), fields)

    def _change_main(self, fields: dict[str, Any]) -> None:
        """Change what only the process that the run stands and falls with has a say in."""
        if not self._opened.child:
            self._change(fields)

    def _checked(self, step: object) -> int:
        if step is not None:
            return check_step(step)
        with self._writer.lock:
            self._step = min(self._step + 1, MAX_STEP)
            return self._step

    def _log_slowly(self, values: Mapping[Any, object], step: object, *, moves: bool = True) -> None:
        """Write anything at all; raise nothing (unless strict)."""
        if self._is_disabled:
            return
        try:
            self._log_sorted(values, step, moves)
        except GnomonError as error:
            self._writer.lose(count(values), str(error).partition(":")[0][:80])
            self._notices.tell(f"log {type(error).__name__} {str(error)[:40]}", error)
        except Exception as error:  # noqa: BLE001 - the promise is that training goes on
            self._writer.lose(count(values), type(error).__name__)
            self._notices.tell("log", GnomonError(f"log: {type(error).__name__}: {error}. The call was dropped."))

    def _log_sorted(self, values: object, step: object, moves: bool) -> None:
        if self._is_finished:
            msg = f"log: run {self.name} is finished. Call gnomon.init(resume={self.id!r}) to go on."
            raise InputError(msg, field="run")
        if not isinstance(values, Mapping):
            msg = f"values: expected a mapping of keys to values, received {type(values).__name__}. Pass {{'loss': loss}}."
            raise InputError(msg, field="values")
        at = self._checked(step)
        given = Values.of(values)
        write_given(given, at, self._clock(), self._writer, self._notices)
        if moves:
            self._step = at


def rejoin(opened: dict[str, Any], home: str, url: str | None, ships: bool, is_disabled: bool) -> Run:
    """Return the run that was pickled: itself in the process it lives in, elsewhere a worker of it."""
    known = msgspec.convert(opened, journal.Open)
    here = current.find(known.run)
    if here is not None:
        return here
    settings = Settings(Path(home), url, os.environ.get("GNOMON_TOKEN") or None)
    run = Run(known, settings, notices=Notices(), ships=ships, is_disabled=is_disabled)
    current.enter(run)
    return run
