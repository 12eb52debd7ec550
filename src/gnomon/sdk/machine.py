"""What a machine, and the processes of a run on it, use at this moment."""

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gnomon.core.limits import SYSTEM

if TYPE_CHECKING:
    from gnomon.sdk.nvml import Gpus


class Machine:
    """What the machine as a whole does.

    Args:
        home: Folder whose disk is looked at.
        gpus: The GPUs; found when `None`.
    """

    def __init__(self, home: Path, gpus: "Gpus | None" = None) -> None:
        import psutil  # noqa: PLC0415 - most agents' first run is a second away

        if gpus is None:
            from gnomon.sdk.nvml import Gpus  # noqa: PLC0415

            gpus = Gpus()
        self._psutil: Any = psutil
        self._home, self._gpus = home, gpus
        self._network: tuple[float, int, int] | None = None
        psutil.cpu_percent(None)

    def sample(self) -> dict[str, float]:
        """Return what is in use now: percent, GB (10^9 bytes), MB/s, watts, degrees Celsius."""
        memory = self._psutil.virtual_memory()
        found = {
            "cpu": self._psutil.cpu_percent(None),
            "memory": (memory.total - memory.available) / 1e9,
            **self._disk(),
            **self._traffic(),
        }
        for index, gpu in enumerate(self._gpus.sample()):
            each = {
                "use": gpu.use,
                "memory": gpu.memory_gb,
                "power": gpu.power_w,
                "temperature": gpu.temperature_c,
            }
            found |= {f"gpu/{index}/{name}": value for name, value in each.items() if value is not None}
        return {SYSTEM + name: value for name, value in found.items()}

    def _disk(self) -> dict[str, float]:
        try:
            return {"disk": self._psutil.disk_usage(str(self._home)).free / 1e9}
        except OSError:
            return {}

    def _traffic(self) -> dict[str, float]:
        counters = self._psutil.net_io_counters()
        if counters is None:
            return {}
        now, before = time.monotonic(), self._network
        self._network = now, counters.bytes_recv, counters.bytes_sent
        if before is None or now <= before[0]:
            return {}
        passed = now - before[0]
        received, sent = counters.bytes_recv - before[1], counters.bytes_sent - before[2]
        return {"net/in": max(0, received) / passed / 1e6, "net/out": max(0, sent) / passed / 1e6}

    def parents(self) -> dict[int, int]:
        """Return the parent of every process."""
        found = {}
        for process in self._psutil.process_iter(["ppid"]):
            if process.info["ppid"] is not None:
                found[process.pid] = process.info["ppid"]
        return found

    def tree(self, pid: int) -> "Tree":
        """Return the processes that one began."""
        return Tree(pid, self._psutil)


class Tree:
    """What a process and those it began use.

    Args:
        pid: The process.
        psutil: The module.
    """

    def __init__(self, pid: int, psutil: Any) -> None:
        self._pid, self._psutil = pid, psutil
        self._known: dict[int, tuple[Any, float]] = {}
        self._at = time.monotonic()
        self.look({})

    def look(self, parents: dict[int, int]) -> None:
        """Find out which processes belong to it; those that are gone are forgotten at the next sample."""
        members, more = {self._pid}, True
        while more:
            found = {pid for pid, parent in parents.items() if parent in members} - members
            members |= found
            more = bool(found)
        for pid in members - self._known.keys():
            with suppress(Exception):  # gone, or somebody else's
                process = self._psutil.Process(pid)
                self._known[pid] = process, _spent_s(process)

    def sample(self) -> dict[str, float]:
        """Return percent of one core since the last sample, and resident memory in GB; nothing when all are gone."""
        now = time.monotonic()
        passed, self._at = now - self._at, now
        spent, resident = 0.0, 0
        for pid, (process, before) in list(self._known.items()):
            try:
                with process.oneshot():
                    after = _spent_s(process)
                    resident += process.memory_info().rss
            except Exception:  # noqa: BLE001 - psutil's errors; it is gone
                del self._known[pid]
                continue
            spent += max(0.0, after - before)
            self._known[pid] = process, after
        if not self._known or passed <= 0:
            return {}
        return {f"{SYSTEM}cpu_process": 100 * spent / passed, f"{SYSTEM}memory_process": resident / 1e9}


def _spent_s(process: Any) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
