"""Code of the user, run so that whatever it raises is told as theirs, with their line."""

import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Final

from gnomon.core.errors import GnomonError, UserCodeError

MAX_TRACE: Final = 20_000
_MAX_MESSAGE: Final = 2_000


class LateError(UserCodeError):
    """Code of the user did not end in time."""


class _TooLong(BaseException):
    """Raised in the midst of code of the user, past its `except Exception`."""


@contextmanager
def user_code(file: str = "", *, shift: int = 0, seconds: float | None = None) -> Iterator[None]:
    r"""Turn anything that is raised inside into a `UserCodeError`; our own errors pass.

    Args:
        file: Name by which the code was compiled; the trace begins, and the line is that of, its last frame. Without,
            the innermost frame counts.
        shift: Lines that were put before the user's own, to be taken off again.
        seconds: Time that it may take; where signals are to be had, and between two steps of Python.

    Raises:
        LateError: It took longer.
        UserCodeError: It raised, or it tried to end the process.

    Example:
        >>> with user_code("model.py"):
        ...     exec(compile("x = 1\nx / 0", "model.py", "exec"))
        Traceback (most recent call last):
        gnomon.core.errors.UserCodeError: ZeroDivisionError: division by zero
    """
    try:
        with _alarm(seconds):
            yield
    except GnomonError:
        raise
    except KeyboardInterrupt:
        raise
    except _TooLong as error:
        found = told(error, file, shift=shift)
        msg = f"It did not end within {seconds:g} s."
        raise LateError(msg, file=found.file, line=found.line, trace=found.trace) from error
    except BaseException as error:  # `sys.exit()` in user code is theirs too
        raise told(error, file, shift=shift) from error


@contextmanager
def _alarm(seconds: float | None) -> Iterator[None]:
    """Interrupt what takes longer; nothing happens where there are no such signals, or beside the main thread."""
    if seconds is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, ring)
    left, again = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left, again)  # somebody else's, who has lent us the clock


def told(error: BaseException, file: str = "", *, shift: int = 0) -> UserCodeError:
    """Return what is told of an error that code of the user raised."""
    name = type(error).__name__
    text = f"{name}: {error}" if str(error) else name
    if isinstance(error, SyntaxError):
        where = (error.filename or file, error.lineno or 0)
    else:
        where = _place(error.__traceback__, file)
    trace = "".join(traceback.format_exception(type(error), error, _since(error.__traceback__, file)))
    line = max(0, where[1] - shift) if where[0] == file or not file else where[1]
    return UserCodeError(text[:_MAX_MESSAGE], file=where[0], line=line, trace=trace[-MAX_TRACE:])


def _since(trace: TracebackType | None, file: str) -> TracebackType | None:
    """Return the part of a trace that begins in the user's file; all of it when it does not."""
    step = trace
    while file and step is not None and step.tb_frame.f_code.co_filename != file:
        step = step.tb_next
    return step or trace


def _place(trace: TracebackType | None, file: str) -> tuple[str, int]:
    found = ("", 0)
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not file or name == file:
            found = (name, trace.tb_lineno)
        trace = trace.tb_next
    return found
