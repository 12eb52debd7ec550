"""Code of the user, run so that whatever it raises is told as theirs, with their line."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final

from gnomon.core.errors import GnomonError, UserCodeError

MAX_TRACE: Final = 20_000
_MAX_MESSAGE: Final = 2_000


@contextmanager
def user_code(file: str = "", *, shift: int = 0) -> Iterator[None]:
    r"""Turn anything that is raised inside into a `UserCodeError`; our own errors pass.

    Args:
        file: Name by which the code was compiled; the trace begins, and the line is that of, its last frame. Without,
            the innermost frame counts.
        shift: Lines that were put before the user's own, to be taken off again.

    Raises:
        UserCodeError: It raised, or it tried to end the process.

    Example:
        >>> with user_code("model.py"):
        ...     exec(compile("x = 1\nx / 0", "model.py", "exec"))
        Traceback (most recent call last):
        gnomon.core.errors.UserCodeError: ZeroDivisionError: division by zero
    """
    try:
        yield
    except GnomonError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # `sys.exit()` in user code is theirs too
        raise told(error, file, shift=shift) from error


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
