"""Which store this is, by whatever address it is reached: an id drawn when it is first asked for."""

from typing import Final

from gnomon.core import ids
from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import ConflictError, NotFoundError
from gnomon.store.documents import Documents

_NAME: Final = ("store", "identity")


def identity(documents: Documents, clock: Clock = now_us) -> str:
    """Return the id of a store; copies of its files and what is restored from its backups have the same.

    Example:
        >>> from gnomon.store.memory import MemoryEngine
        >>> with MemoryEngine() as engine:
        ...     identity(engine.documents) == identity(engine.documents)
        True
    """
    try:
        return str(documents.get(*_NAME).body["id"])
    except NotFoundError:
        pass
    try:
        return str(documents.put(*_NAME, {"id": ids.run_id(clock)}, clock(), if_rev=0).body["id"])
    except ConflictError:  # somebody else asked at the same time
        return str(documents.get(*_NAME).body["id"])
