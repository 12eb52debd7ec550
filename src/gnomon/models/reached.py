"""A home from Python and from the terminal: through its server while there is one, otherwise opened by this process."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Protocol, TypeVar

from gnomon.core.errors import LockedError
from gnomon.core.settings import Settings
from gnomon.sdk.opened import borrowed
from gnomon.store.home import Home
from gnomon.store.lock import holder

_WAIT_S: Final = 5.0
_AGAIN_S: Final = 0.05
T = TypeVar("T")


class Remote(Protocol):
    """What speaks to a server."""

    def close(self) -> None:
        """Close the connection."""
        ...


R = TypeVar("R", bound=Remote)


@contextmanager
def reached(
    home: str | Path | None, remote: Callable[[str, Settings], R], local: Callable[[Home], T]
) -> Iterator[R | T]:
    """Yield what speaks to the server of `GNOMON_URL` or of the folder, or what works on the folder, opened here.

    Another reader leaves soon, and a server that is starting says where it is: either is waited for a little.

    Args:
        home: The folder; that of the environment unless told.
        remote: Makes the first, of the server's URL and the settings.
        local: Makes the second, of the open home.

    Raises:
        LockedError: Another process has the folder open and serves nothing.
        UnavailableError: The server does not answer.
    """
    settings = Settings.from_env(home)
    with ExitStack() as stack:
        yield _found(settings, settings.url if home is None else None, stack, remote, local)


def _found(
    settings: Settings,
    url: str | None,
    stack: ExitStack,
    remote: Callable[[str, Settings], R],
    local: Callable[[Home], T],
) -> R | T:
    deadline = time.monotonic() + _WAIT_S
    while True:
        owner = holder(settings.home) if url is None else None
        url = owner.url if owner is not None else url
        if url is not None:
            found = remote(url, settings)
            stack.callback(found.close)
            return found
        try:
            opened = stack.enter_context(borrowed(settings.home))
        except LockedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_S)  # the lock of a folder rings for nobody
        else:
            return local(opened)
