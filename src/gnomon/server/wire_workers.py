"""What travels of workers."""

from gnomon.server.wire import Wire


class WorkerRow(Wire):
    """One worker process: the pool it serves, what it takes, what it did."""

    pool: str
    pid: int
    memory_bytes: int
    calls: int
    is_busy: bool


class WorkersState(Wire):
    """What runs beside the server, and what may.

    Args:
        allow_code: Whether code of users may run: Code nodes, own components, imported PyTorch source.
        why_not: When not, how that can be changed.
        frameworks: Versions of the frameworks that workers find, by name.
        workers: Those that run now.
    """

    allow_code: bool
    why_not: str
    frameworks: dict[str, str]
    workers: list[WorkerRow]
