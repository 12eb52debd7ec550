"""Which devices there are for jobs, and how many at a time each takes."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gnomon.core.errors import InputError

_NVIDIA: Final = Path("/proc/driver/nvidia/gpus")
_DEV: Final = Path("/dev")


def devices(asked: Mapping[str, int]) -> dict[str, int]:
    """Return the devices of this machine with what each takes: one job, unless something else was asked for.

    Args:
        asked: Slots by device; 0 leaves a device to others.

    Example:
        >>> devices({"cpu": 4, "cuda:7": 0})["cpu"]
        4
    """
    found = {"cpu": 1} | {f"cuda:{number}": 1 for number in range(count_gpus())}
    if sys.platform == "darwin":
        found["mps"] = 1
    return {device: slots for device, slots in {**found, **asked}.items() if slots}


def count_gpus() -> int:
    """Return how many graphics cards of NVIDIA there are, asking neither a framework nor the driver's library."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in {"", "-1"}])
    if _NVIDIA.is_dir():
        return len(list(_NVIDIA.iterdir()))
    return len([path for path in _DEV.glob("nvidia[0-9]*") if path.name.removeprefix("nvidia").isdigit()])


def choose(device: str, free: Mapping[str, int]) -> str | None:
    """Return a device for a job, `None` when it has to wait.

    One that asks for any gets a graphics card where there are some, and waits for it rather than taking the processor.

    Args:
        device: What was asked for.
        free: Slots that are free, by device; those that are taken with 0.

    Example:
        >>> choose("auto", {"cpu": 1}), choose("auto", {"cpu": 1, "cuda:0": 0}), choose("cpu", {"cpu": 1, "cuda:0": 0})
        ('cpu', None, 'cpu')
    """
    cards = [each for each in free if each != "cpu"]
    wanted = [device] if device != "auto" else cards or ["cpu"]
    return next((each for each in wanted if free.get(each, 0) > 0), None)


def check(device: str, known: Mapping[str, int]) -> None:
    """Refuse a device that is not there.

    Raises:
        InputError: It is not; a job for it would wait for ever.
    """
    if device != "auto" and device not in known:
        msg = f"device: expected auto or one of {', '.join(known)}, received {device!r:.40}."
        raise InputError(msg, field="device")


def threads(device: str, known: Mapping[str, int]) -> int:
    """Return how many processors a job should use: its share of them where it computes on them, else what it likes."""
    return max(1, (os.cpu_count() or 1) // known["cpu"]) if device == "cpu" and "cpu" in known else 0


def read_slots(given: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Return what `--slots cpu=2 --slots cuda:0=1` says.

    Raises:
        InputError: It is not of that form.
    """
    found: dict[str, int] = {}
    for text in given:
        device, _, count = text.partition("=")
        if not device or not count.isascii() or not count.isdigit() or int(count) > 1000:
            msg = f"slots: expected DEVICE=NUMBER, such as cpu=2 or cuda:0=1, received {text!r:.40}."
            raise InputError(msg, field="slots")
        found[device] = int(count)
    return tuple(found.items())
