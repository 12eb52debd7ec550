"""The runs of this process: which one `gnomon.log` means, and what happens to them at a fork, an error and the exit."""

import atexit
import os
import sys
import threading
import traceback
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from gnomon.core.errors import NotFoundError
from gnomon.sdk import console
from gnomon.sdk.notices import Notices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gnomon.sdk.run import Run

_live: list["Run"] = []
_notices = Notices()
_is_hooked = False
_left: tuple[object, dict[str, int]] | None = None
"""The status given to `sys.exit`, and the step of each run at that moment."""


def current() -> "Run | None":
    """Return the run begun last that is not finished, or `None`."""
    return _live[-1] if _live else None


def log(
    values: "Mapping[str, Any]", step: int | None = None, epoch: float | None = None, samples: float | None = None
) -> None:
    """Log into the current run; see `Run.log`."""
    run = _demand("log")
    if run is not None:
        run.log(values, step, epoch, samples)


def update(epoch: float | None = None, step: int | None = None, samples: float | None = None) -> None:
    """Write everything the current run watches; see `Run.update`."""
    run = _demand("update")
    if run is not None:
        run.update(epoch, step, samples)


def watch(
    value: object, name: str | None = None, *, every: int | None = None, attribute: str | None = None, **options: Any
) -> None:
    """Write `value` at every update of the current run; see `Run.watch`."""
    run = _demand("watch")
    if run is not None:
        run.watch(value, name, every=every, attribute=attribute, **options)


def unwatch(what: object) -> None:
    """Stop writing what the current run watches; see `Run.unwatch`."""
    run = _demand("unwatch")
    if run is not None:
        run.unwatch(what)


def finish(state: str = "finished") -> None:
    """Finish the current run; without one, do nothing."""
    if _live:
        _live[-1].finish(state)


def enter(run: "Run") -> None:
    """Make `run` the current one."""
    _hook()
    _live.append(run)


def leave(run: "Run") -> None:
    """Forget a run that is finished."""
    if run in _live:
        _live.remove(run)


def find(run_id: str) -> "Run | None":
    """Return the live run of this id, or `None`."""
    return next((run for run in _live if run.id == run_id), None)


def ending(error: BaseException) -> tuple[str, str | None]:
    """Return the state and the reason that an exception gives a run.

    Example:
        >>> ending(ValueError("no data")), ending(SystemExit(0))
        (('failed', 'ValueError: no data'), ('finished', None))
    """
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return "finished", None
    from gnomon.sdk.capture.masking import mask_text  # noqa: PLC0415 - only where something failed
    from gnomon.sdk.job import JOB  # noqa: PLC0415 - as above

    if isinstance(error, KeyboardInterrupt) and os.environ.get(JOB):
        return "stopped", None  # how a job is told to end: somebody wanted it

    last = mask_text(traceback.format_exception_only(error)[-1].strip())
    return ("killed" if isinstance(error, KeyboardInterrupt) else "failed"), last


def _demand(verb: str) -> "Run | None":
    run = current()
    if run is None:
        msg = f"gnomon.{verb}: there is no current run. Call gnomon.init(project=...) first."
        _notices.tell(verb, NotFoundError(msg))
    return run


def _hook() -> None:
    global _is_hooked  # noqa: PLW0603 - once for each process, and only when a run begins
    if _is_hooked:
        return
    _is_hooked = True
    atexit.register(_finish_all)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
    _hook_exit()
    before = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        before(kind, error, trace)
        for run in reversed(list(_live)):
            run.fail(error)

    sys.excepthook = excepthook


def _hook_exit() -> None:
    """Take note of the status given to `sys.exit`: no hook is called for it, and at the end nobody can tell it."""
    before = sys.exit

    @wraps(before)
    def leave_with(status: Any = None, /) -> NoReturn:
        global _left  # noqa: PLW0603 - the last one counts
        if threading.current_thread() is threading.main_thread():
            _left = status, {run.id: run.step for run in _live}
        before(status)

    sys.exit = leave_with


def _after_fork() -> None:
    for run in _live:
        run.become_child()
    console.after_fork()


def _finish_all() -> None:
    """Finish what is left at the end of the process; a program that left with a status other than 0 has failed.

    Unless it caught its own exit: then it went on logging.
    """
    status, steps = _left or (None, {})
    for run in reversed(list(_live)):
        if status not in (None, 0) and steps.get(run.id) == run.step:
            run.finish("failed", f"SystemExit: {status!s:.200}")
        else:
            run.finish()
