"""Beginning a run: `gnomon.init`, and everything that its arguments can mean."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from gnomon.core import ids, journal
from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import GnomonError, InputError, NotFoundError
from gnomon.core.limits import MAX_RECORD_BYTES, MAX_TEXT_CHARS, check_name, check_step
from gnomon.core.plain import storable
from gnomon.core.settings import Settings
from gnomon.sdk import current
from gnomon.sdk.capture.parts import Wanted, wanted_parts
from gnomon.sdk.console import begin as begin_console
from gnomon.sdk.console import is_wanted as is_console_wanted
from gnomon.sdk.existing import Existing, find
from gnomon.sdk.facets import config_of, tags_of
from gnomon.sdk.job import note_run, swept
from gnomon.sdk.launcher import shared_id
from gnomon.sdk.notices import Notices
from gnomon.sdk.run import Run
from gnomon.sdk.spawn import ensure_agent

Mode = Literal["online", "offline", "disabled"]
_MODES: Final = ("online", "offline", "disabled")
_ordinal = 0
_told_run: str | None = None


def init(
    project: str = "default",
    name: str | None = None,
    config: object = None,
    group: str | None = None,
    tags: Iterable[str] = (),
    notes: str = "",
    resume: str | None = None,
    fork: str | tuple[str, int] | None = None,
    rank: int | None = None,
    url: str | None = None,
    home: str | Path | None = None,
    mode: Mode = "online",
    strict: bool = False,
    capture: Wanted = None,
    console: bool = True,
    clock: Clock = now_us,
) -> Run:
    """Begin a run, or go on with one, and make it the current one.

    Whatever is wrong with the arguments or the disk, training gets a run it can log into; what could not be done is
    said once on the `gnomon` logger, with the remedy.

    Args:
        project: Group of comparable runs.
        name: Made up when `None`.
        config: A mapping, namespace or dataclass of values chosen before the run; kept as plain data.
        group: Name that runs belonging together share.
        tags: Labels.
        notes: Free text.
        resume: Id or name of a run of this project to go on with.
        fork: `(run, step)` or `"run@step"`: begin where that run stood before that step.
        rank: Rank of this process in a distributed job. All ranks write into one run (the one named by `resume`,
            by `GNOMON_RUN`, or by the launcher's own job id); ranks from 1 write `key@rank1`.
        url: Server to ship to; otherwise `GNOMON_URL`; without either, a server on this home reads the run.
        home: Folder to write to; otherwise `GNOMON_HOME`, otherwise `~/.gnomon`.
        mode: `offline` ships nothing until `gnomon sync`; `disabled` writes nothing.
        strict: Raise instead of warning, for tests of the training code itself.
        capture: What is captured of the program besides what it logs: `"off"`, `"code,hardware"`, `"-environment"`;
            otherwise `GNOMON_CAPTURE`, otherwise all of command, code, environment (secrets masked), packages, hardware,
            seeds and traceback.
        console: Keep what Python prints on stdout and stderr, unless `GNOMON_CONSOLE=off`.
        clock: Microseconds since 1970, UTC.

    Returns:
        The run, which is also a context manager: an exception marks it failed.

    Example:
        >>> with init("digits", config={"lr": 0.1}, mode="disabled") as run:
        ...     run.log({"loss": 0.5})
    """
    notices = Notices(strict=strict)
    given = _Given(project, name, config, group, tags, notes, resume, fork, rank, notices)
    try:
        settings = given.addressed(Settings.from_env(home, url))
        mode = given.choice(mode)
        run = _begin(given, settings, mode, wanted_parts(capture, notices), clock)
    except GnomonError as error:
        notices.tell("init", error)
        run = _disabled(notices, clock)
    except Exception as error:  # noqa: BLE001 - the promise is that training goes on
        notices.tell("init", GnomonError(f"gnomon.init: {type(error).__name__}: {error}. Nothing will be logged."))
        run = _disabled(notices, clock)
    current.enter(run)
    if console and run.is_open and is_console_wanted():
        begin_console(run)
    return run


def _begin(given: "_Given", settings: Settings, mode: Mode, captures: frozenset[str], clock: Clock) -> Run:
    opened, at = given.opened(settings if mode == "online" else Settings(settings.home), clock)
    ships = mode == "online" and settings.url is not None
    is_disabled = mode == "disabled"
    if opened.child and given.wrapped is None:
        captures &= {"traceback"}  # what ran is told by rank 0
    run = Run(
        opened,
        settings,
        notices=given.notices,
        ships=ships,
        is_disabled=is_disabled,
        captures=captures,
        clock=clock,
    )
    if at is not None:
        run.resume_at(at)
    if not is_disabled and run.begin():
        if given.wrapped is not None:
            _name(run, given)
        job = None if opened.rank else note_run(run.id)
        if job is not None:
            run.annotate({"job": job})
        if given.sweep is not None:
            run.annotate({"sweep": {name: given.sweep[name] for name in ("id", "name", "trial", "point")}})
        ensure_agent(settings.home, given.notices)
    if opened.rank == 0:
        _tell(opened.run)
    return run


def _disabled(notices: Notices, clock: Clock) -> Run:
    opened = journal.Open(run=ids.run_id(), project="default", writer="", name="disabled", us=clock())
    return Run(opened, Settings(Path()), notices=notices, is_disabled=True, clock=clock)


class _Given:
    """The arguments of `init`, made good."""

    def __init__(
        self,
        project: object,
        name: object,
        config: object,
        group: object,
        tags: object,
        notes: object,
        resume: object,
        fork: object,
        rank: object,
        notices: Notices,
    ) -> None:
        self.notices = notices
        self.project = self._named(project, "project") or "default"
        self.name = self._named(name, "name")
        self.config = config_of(config)
        self.group = self._named(group, "group")
        self.sweep = swept()
        if self.sweep is not None:
            self.config = {**self.sweep["config"], **self.config}
            self.group = self.group or self._named(self.sweep["name"], "group")
        self.tags = tags_of(tags)
        self.notes = storable(str(notes))[:MAX_TEXT_CHARS]
        self.resume = None if resume is None else str(resume)
        self.fork = self._forked(fork)
        self.rank = self._ranked(rank)
        self.wrapped = _wrapped() if self.rank is None and resume is None else None

    def choice(self, mode: str) -> Mode:
        """Return the mode, `online` when it is none."""
        for known in _MODES:
            if mode == known:
                return known
        msg = f"mode: expected one of {', '.join(_MODES)}, received {mode!r:.40}."
        self.notices.tell("mode", InputError(msg, field="mode"))
        return "online"

    def addressed(self, settings: Settings) -> Settings:
        """Return the settings, without a server when its address is none."""
        with suppress(ValueError):  # a bracket that is not closed, a port that is no number
            parts = urlsplit(settings.url or "http://none")
            if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
                return settings
        msg = f"url: expected http://host:port, received {settings.url!r:.80}. The run is written to {settings.home} only."
        self.notices.tell("url", InputError(msg, field="url"))
        return replace(settings, url=None)

    def opened(self, settings: Settings, clock: Clock) -> tuple[journal.Open, int | None]:
        """Return the first record, and the step at which a call of `log` without one goes on."""
        run = self._existing(settings)
        parent = None if self.fork is None else self._lookup(self.fork[0], settings)
        opened = journal.Open(
            run=run.id,
            project=run.project,
            writer="",
            name=run.name,
            us=clock(),
            config=self._fitting_config(),
            tags=self.tags,
            notes=self.notes,
            group=self.group,
            rank=self.rank,
            parent=None if parent is None else parent.id,
            fork_step=None if self.fork is None else self.fork[1],
            resumed=self.resume is not None or bool(self.rank) or self.wrapped is not None,
            child=bool(self.rank) or self.wrapped is not None,
        )
        return opened, run.last_step + 1 if self.resume is not None else None

    def _existing(self, settings: Settings) -> Existing:
        if self.resume is not None:
            return self._lookup(self.resume, settings)
        if self.wrapped is not None:
            return Existing(self.wrapped, self.project, self.name or f"run-{self.wrapped[-6:]}")
        shared = None
        if self.rank is not None:
            shared = _told() or _launched(self.project)
            if shared is None and self.rank:
                msg = (
                    f"rank: rank {self.rank} does not know which run it belongs to. "
                    "Set GNOMON_RUN to the same id for all ranks, or pass resume=."
                )
                self.notices.tell("rank", InputError(msg, field="rank"))
        run = shared or ids.run_id()
        # Every rank makes up the same name, from the id; whoever is read first creates the run.
        return Existing(run, self.project, self.name or (f"job-{run[-6:]}" if shared else ids.run_name()))

    def _lookup(self, wanted: str, settings: Settings) -> Existing:
        found = find(wanted, self.project, settings)
        if found is not None:
            return found
        if ids.is_id(wanted) and len(wanted) == 20:
            return Existing(wanted, self.project, self.name or f"run-{wanted[-6:]}")
        where = settings.url or settings.home
        msg = f"resume: no run {wanted!r:.80} in project {self.project!r} on {where}. A new run of this name begins."
        self.notices.tell("resume", NotFoundError(msg))
        return Existing(ids.run_id(), self.project, self.name or wanted)

    def _fitting_config(self) -> dict[str, Any]:
        size = len(journal.encode(journal.CHANGE, 0, {"config": self.config}))
        if size < MAX_RECORD_BYTES // 2:
            return self.config
        msg = (
            f"config: expected at most {MAX_RECORD_BYTES >> 21} MiB, received {size >> 20}. It was left out; pass less."
        )
        self.notices.tell("config", InputError(msg, field="config"))
        return {}

    def _named(self, value: object, field: str) -> str | None:
        if value is None:
            return None
        try:
            return check_name(value, field)
        except GnomonError as error:
            self.notices.tell(field, error)
            return None

    def _forked(self, fork: object) -> tuple[str, int] | None:
        if fork is None:
            return None
        try:
            parts: Any = fork.rsplit("@", 1) if isinstance(fork, str) else fork
            run, step = parts
            return str(run), check_step(int(step), "fork")
        except (TypeError, ValueError) as error:
            msg = f'fork: expected (run, step) or "run@step", received {fork!r:.80}: {error}.'
            self.notices.tell("fork", InputError(msg, field="fork"))
            return None

    def _ranked(self, rank: object) -> int | None:
        try:
            return None if rank is None else check_step(rank, "rank")
        except GnomonError as error:
            self.notices.tell("rank", error)
            return None


def _tell(run: str) -> None:
    """Let ranks that this process starts find the run."""
    global _told_run  # noqa: PLW0603 - the environment is global too
    os.environ["GNOMON_RUN"] = _told_run = run


def _name(run: Run, given: "_Given") -> None:
    """Let a program that `gnomon run` runs say what its run is called, unless that was said there."""
    if not os.environ.get("GNOMON_WRAPPED_NAMED"):
        run.rename(None if given.project == "default" else given.project, given.name)


def _wrapped() -> str | None:
    """Return the run that `gnomon run` began for this program; the program's later runs are its own."""
    run = os.environ.pop("GNOMON_WRAPPED", None)
    return run if run is not None and ids.is_id(run) else None


def _told() -> str | None:
    """Return the run that the environment names, unless it was rank 0 of this very process that said so."""
    run = os.environ.get("GNOMON_RUN") or None
    return None if run == _told_run or run is None or not ids.is_id(run) else run


def _launched(project: str) -> str | None:
    global _ordinal  # noqa: PLW0603 - the n-th run of every rank is the same run
    shared = shared_id(project, _ordinal)
    _ordinal += 1
    return shared
