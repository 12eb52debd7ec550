"""Processes that tests wait for."""

import asyncio
from collections.abc import Callable

import psutil


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended; nobody may be there to bury an orphan, so its shell counts as gone."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def until(holds: Callable[[], bool]) -> None:
    """Return once something holds."""
    while not holds():  # noqa: ASYNC110 - the system sends no event for it
        await asyncio.sleep(0.01)


async def gone(*pids: int) -> None:
    """Return once processes have ended."""
    await until(lambda: all(map(is_gone, pids)))
