"""What was captured of the program that a run was: read back, each part when it is asked for."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import msgspec

from gnomon.core.errors import NotFoundError
from gnomon.sdk.lab_backend import Backend, Selection

SCRIPT: Final = "gnomon/code/script"
DIFF: Final = "gnomon/code/diff"
ENVIRONMENT: Final = "gnomon/environment"
TRACEBACK: Final = "gnomon/traceback"
DATA: Final = "gnomon/data/"


class Captured:
    """Hold what was captured of one run; what was not is `None` or empty.

    Args:
        backend: Where it is.
        run: Run id.
        data: Names of the data it used.
    """

    def __init__(self, backend: Backend, run: str, data: Mapping[str, Any]) -> None:
        self._backend, self._run, self._names = backend, run, list(data)

    def __repr__(self) -> str:
        return f"<what was captured of run {self._run}>"

    @cached_property
    def script(self) -> str | None:
        """Text of the script, or the executed cells of a notebook; secrets are masked."""
        return self._text(SCRIPT)

    @cached_property
    def diff(self) -> bytes | None:
        """What was not committed, as a patch for `git apply`; bytes, for contents need not be UTF-8."""
        return self._payload(DIFF)

    @cached_property
    def environment(self) -> dict[str, Any]:
        """Command, machine, packages, variables (secrets masked), seeds, and what is known of the repository."""
        return dict(self._json(ENVIRONMENT) or {})

    @cached_property
    def traceback(self) -> str | None:
        """The whole traceback of what ended it."""
        return self._text(TRACEBACK)

    @cached_property
    def data(self) -> dict[str, dict[str, Any]]:
        """What is known of the data it used, by name."""
        return {name: dict(found) for name in self._names if (found := self._json(DATA + name)) is not None}

    def _payload(self, key: str) -> bytes | None:
        """Return the newest record of a key."""
        newest = None
        try:
            while rows := self._backend.records(self._run, Selection(key), 0 if newest is None else newest[0], 1000):
                newest = (0 if newest is None else newest[0]) + len(rows), rows[-1].id
        except NotFoundError:
            return None
        return None if newest is None else self._backend.payload(self._run, newest[1])

    def _text(self, key: str) -> str | None:
        data = self._payload(key)
        return None if data is None else data.decode("utf-8", "replace")

    def _json(self, key: str) -> Any:
        data = self._payload(key)
        return None if data is None else msgspec.json.decode(data)
