"""What the SDK has to tell its user: once per cause, on the `gnomon` logger, never into the training loop."""

import logging
from typing import Final

from gnomon.core.errors import GnomonError

LOGGER: Final = logging.getLogger("gnomon")
"""Without a handler of the user's, Python prints its warnings on stderr. `warnings.warn` would raise under `-W error`."""


class Notices:
    """Warn once for each cause, or raise.

    Args:
        strict: Raise instead of warning.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.said: list[str] = []
        self._causes: set[str] = set()

    def tell(self, cause: str, error: GnomonError) -> None:
        """Warn of `error`, unless something of the same cause was told before.

        Raises:
            GnomonError: `error` itself, every time, when strict.
        """
        if self.strict:
            raise error
        if cause in self._causes:
            return
        self._causes.add(cause)
        self.said.append(str(error))
        LOGGER.warning("%s", error)

    def hint(self, cause: str, text: str) -> None:
        """Say something useful once, strict or not: nothing is lost."""
        if cause not in self._causes:
            self._causes.add(cause)
            self.said.append(text)
            LOGGER.warning("%s", text)
