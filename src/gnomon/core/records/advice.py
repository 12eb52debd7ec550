"""What a user should know about a value that was taken all the same: said once per process, on the logger `gnomon`."""

import logging
from typing import Final

_log = logging.getLogger("gnomon")
_MOST: Final = 1000
_said: set[str] = set()


def advise(message: str) -> None:
    """Say `message` unless it was said before. It never raises: `warnings` would, where they are made errors."""
    if message not in _said and len(_said) < _MOST:
        _said.add(message)
        _log.warning(message)
