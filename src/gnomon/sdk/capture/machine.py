"""The machine that a program ran on: system, processor, memory, accelerators."""

import os
import platform
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

GPU_TIMEOUT_S: Final = 10.0
_QUERY: Final = ("index", "name", "memory.total", "driver_version", "uuid", "compute_cap")


def describe(env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return everything that is known of this machine; what cannot be found out is left out."""
    gpus, problem = _gpus(env)
    found: dict[str, Any] = {
        "os": _system(),
        "kernel": f"{platform.system()} {platform.release()}",
        "host": platform.node(),
        "architecture": platform.machine(),
        "cpu": _processor(),
        "cores": _usable_cores(),
        "cores_in_all": os.cpu_count(),
        "memory": _memory(),
        "container": _container(),
        "gpus": gpus,
        "cuda_visible_devices": env.get("CUDA_VISIBLE_DEVICES"),
        "gpu_problem": problem,
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def facts(machine: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every run shows: `os host cpu cores memory gpu`.

    Example:
        >>> gpus = [{"name": "NVIDIA H100"}, {"name": "NVIDIA H100"}, {"name": "NVIDIA T4", "used": False}]
        >>> facts({"os": "Debian 12", "cores": 8, "gpus": gpus})["gpu"].encode("ascii", "replace")
        b'2 ? NVIDIA H100'
    """
    names = Counter(gpu["name"] for gpu in machine.get("gpus", []) if gpu.get("used", True))
    shown = ", ".join(name if n == 1 else f"{n} × {name}" for name, n in names.items())
    found = {name: machine.get(name) for name in ("os", "host", "cpu", "cores", "memory")} | {"gpu": shown or None}
    return {name: value for name, value in found.items() if value is not None}


def _system() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    with suppress(OSError):
        release = platform.freedesktop_os_release()
        return release.get("PRETTY_NAME") or release.get("NAME", "Linux")
    return f"{platform.system()} {platform.release()}"


def _processor() -> str:
    with suppress(OSError):
        found = _field(Path("/proc/cpuinfo").read_text(), "model name") or _field(
            Path("/proc/cpuinfo").read_text(), "Model"
        )
        if found:
            return found
    if sys.platform == "darwin":
        return _said("sysctl", "-n", "machdep.cpu.brand_string")
    return _field(_said("lscpu"), "Model name") or platform.processor() or platform.machine()


def _field(text: str, name: str) -> str:
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return " ".join(value.split())
    return ""


def _usable_cores() -> int | None:
    """Return how many cores may be used: pinning and the limit of a container count."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count()
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max" and cores:
            return max(1, min(cores, -(-int(quota) // int(period))))
    return cores


def _memory() -> int | None:
    """Return bytes of memory, of the machine or of the container."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    with suppress(OSError, ValueError):
        return min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total


def _container() -> str | None:
    if Path("/.dockerenv").exists():
        return "docker"
    return "podman" if Path("/run/.containerenv").exists() else None


def _gpus(env: Mapping[str, str]) -> tuple[list[dict[str, Any]], str | None]:
    """Return NVIDIA's accelerators, and why they could not be listed."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return [], None
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            [command, f"--query-gpu={','.join(_QUERY)}", "--format=csv,noheader,nounits"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=GPU_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return [], f"nvidia-smi did not answer: {type(error).__name__}"
    if done.returncode:
        said = (done.stdout or done.stderr).strip().partition("\n")[0]
        return [], f"nvidia-smi: {said[:200]}" if said else None
    return _used(read_gpus(done.stdout), env.get("CUDA_VISIBLE_DEVICES")), None


def read_gpus(text: str) -> list[dict[str, Any]]:
    """Return the accelerators that nvidia-smi lists, one line each.

    Example:
        >>> read_gpus("0, NVIDIA H100 80GB HBM3, 81559, 550.54, GPU-1b2c, 9.0")[0]["name"]
        'NVIDIA H100 80GB HBM3'
    """
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != len(_QUERY):
            continue
        gpu: dict[str, Any] = dict(zip(_QUERY, cells, strict=True))
        memory = gpu.pop("memory.total")
        gpu["memory"] = int(memory) << 20 if memory.isdigit() else None
        found.append(gpu)
    return found


def _used(gpus: list[dict[str, Any]], visible: str | None) -> list[dict[str, Any]]:
    """Mark those that the program may use."""
    if visible is not None:
        chosen = [each.strip() for each in visible.split(",") if each.strip()]
        for gpu in gpus:
            names = (gpu["index"], gpu["uuid"])
            gpu["used"] = any(each in names or (len(each) > 4 and gpu["uuid"].startswith(each)) for each in chosen)
    return gpus


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603 - no shell
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
