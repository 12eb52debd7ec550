"""Every error gnomon raises on purpose.

    GnomonError
    ├── InputError          a value given by the caller is wrong; `field` names it
    │   ├── ShapeError      an array has the wrong shape
    │   ├── FilterError     a filter does not parse; `position` points at the character
    │   ├── ExpressionError an expression over series does not parse; `position` points at the character
    │   ├── CodeError       code of a model does not parse; `line` and `column` say where
    │   └── UserCodeError   code of the user raised when it was run; `file`, `line` and `trace` say where
    ├── ForbiddenError      this server was told not to do that
    ├── NotFoundError       no such project, run, series or file
    ├── ConflictError       it exists already, or somebody else changed it first
    │   ├── OffsetError     a batch does not continue where the writer left off; `expected` says where
    │   └── MissingBlobError   a record names a file that has not arrived; `missing` says which
    ├── LimitError          larger or longer than we accept
    ├── UnavailableError    the server cannot be reached
    ├── MissingExtraError   an optional dependency is not installed
    └── StoreError          the home folder cannot be used
        ├── BusyError       more is waiting to be stored than memory should hold; try again
        ├── LockedError     another process owns the home folder
        └── CorruptError    stored bytes do not decode

A message says what was wrong, what was expected, what came, and what to do.
"""

from collections.abc import Iterable


class GnomonError(Exception):
    """Base of all errors raised on purpose."""


class InputError(GnomonError, ValueError):
    """A value given by the caller is wrong.

    Args:
        message: What was wrong, what was expected, what came, what to do.
        field: Name of the offending field, dotted when nested (`"config.lr"`).
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ShapeError(InputError):
    """An array has the wrong shape."""


class FilterError(InputError):
    """A filter does not parse.

    Args:
        message: What was expected and what came.
        position: Offset of the offending character, counted from 0.
    """

    def __init__(self, message: str, *, position: int, field: str = "where") -> None:
        super().__init__(message, field=field)
        self.position = position


class ExpressionError(InputError):
    """An expression over series does not parse.

    Args:
        message: What was expected and what came.
        position: Offset of the offending character, counted from 0.
    """

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message, field="expression")
        self.position = position


class CodeError(InputError):
    """Code of a model cannot be read.

    Args:
        message: What is wrong.
        line: Where, from 1; 0 when it is about the whole.
        column: Likewise, from 1.
    """

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(message, field="text")
        self.line, self.column = line, column


class UserCodeError(InputError):
    """Code of the user raised an error when it was run.

    Args:
        message: The error as Python names it.
        file: Of the code, as its author knows it.
        line: Where, from 1; 0 when unknown.
        trace: What Python printed, from the first line of the user's code on.
        field: What holds the code, when it is part of something larger.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 0, trace: str = "", field: str = "") -> None:
        super().__init__(message, field=field)
        self.file, self.line, self.trace = file, line, trace


class ForbiddenError(GnomonError, PermissionError):
    """This server was told not to do that; the message says how it can be allowed."""


class NotFoundError(GnomonError, LookupError):
    """No such project, run, series or file."""


class ConflictError(GnomonError):
    """It exists already, or somebody else changed it first."""


class OffsetError(ConflictError):
    """A batch does not continue where the writer left off.

    Args:
        message: Which writer, and both offsets.
        expected: Offset from which the sender should go on, in bytes.
    """

    def __init__(self, message: str, *, expected: int) -> None:
        super().__init__(message)
        self.expected = expected


class MissingBlobError(ConflictError):
    """Records name blobs that are not (or no longer) here; send them, then the records again.

    Args:
        missing: Their SHA-256, as hex digits.
    """

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        first = f"{self.missing[0][:12]}…" if self.missing else ""
        super().__init__(f"blobs: {len(self.missing)} of them have not arrived, {first} is one. Send them first.")


class LimitError(GnomonError, ValueError):
    """Larger or longer than we accept."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class UnavailableError(GnomonError, ConnectionError):
    """The server cannot be reached."""


class MissingExtraError(GnomonError, ImportError):
    """An optional dependency is not installed."""


class StoreError(GnomonError, OSError):
    """The home folder cannot be used."""


class BusyError(StoreError):
    """More is waiting to be stored than memory should hold; try again a little later."""


class LockedError(StoreError):
    """Another process owns the home folder."""


class CorruptError(StoreError):
    """Stored bytes do not decode."""
