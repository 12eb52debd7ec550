"""GPUs of this machine through NVML, the library that comes with NVIDIA's driver; loaded by ctypes, no package needed."""

import ctypes
from ctypes import POINTER, byref, c_uint, c_ulonglong, c_void_p
from dataclasses import dataclass
from typing import Any, Final

_LIBRARIES: Final = ("libnvidia-ml.so.1", "libnvidia-ml.so", "nvml.dll")
_GPU_TEMPERATURE: Final = 0


class _Utilization(ctypes.Structure):
    _fields_ = (("gpu", c_uint), ("memory", c_uint))


class _Memory(ctypes.Structure):
    _fields_ = (("total", c_ulonglong), ("free", c_ulonglong), ("used", c_ulonglong))


@dataclass(frozen=True, slots=True)
class GpuSample:
    """Hold what one GPU does at one moment; `None` for what it does not tell.

    Args:
        use: Share of the last sampling period in which a kernel ran, in percent.
        memory_gb: Memory in use, 10^9 bytes.
        power_w: Power drawn, watts.
        temperature_c: Degrees Celsius.
    """

    use: float | None
    memory_gb: float | None
    power_w: float | None
    temperature_c: float | None


class Gpus:
    """The GPUs of this machine.

    Args:
        library: NVML, or something that answers as it does; `None` finds the driver's.
    """

    def __init__(self, library: Any = None) -> None:
        self._library = _load() if library is None else library
        self._handles: list[c_void_p] = []
        if self._library is None or self._library.nvmlInit_v2() != 0:
            return
        count = c_uint()
        if self._library.nvmlDeviceGetCount_v2(byref(count)) != 0:
            return
        for index in range(count.value):
            handle = c_void_p()
            if self._library.nvmlDeviceGetHandleByIndex_v2(c_uint(index), byref(handle)) == 0:
                self._handles.append(handle)

    def __len__(self) -> int:
        return len(self._handles)

    def sample(self) -> list[GpuSample]:
        """Return what each GPU does now, in the driver's order."""
        return [self._one(handle) for handle in self._handles]

    def _one(self, handle: c_void_p) -> GpuSample:
        nvml, use, memory, power, heat = self._library, _Utilization(), _Memory(), c_uint(), c_uint()
        has_use = nvml.nvmlDeviceGetUtilizationRates(handle, byref(use)) == 0
        has_memory = nvml.nvmlDeviceGetMemoryInfo(handle, byref(memory)) == 0
        has_power = nvml.nvmlDeviceGetPowerUsage(handle, byref(power)) == 0
        has_heat = nvml.nvmlDeviceGetTemperature(handle, c_uint(_GPU_TEMPERATURE), byref(heat)) == 0
        return GpuSample(
            use=float(use.gpu) if has_use else None,
            memory_gb=memory.used / 1e9 if has_memory else None,
            power_w=power.value / 1e3 if has_power else None,
            temperature_c=float(heat.value) if has_heat else None,
        )

    def close(self) -> None:
        """Let go of the library."""
        if self._library is not None and self._handles:
            self._library.nvmlShutdown()
            self._handles.clear()


def _load() -> Any:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.nvmlDeviceGetHandleByIndex_v2.argtypes = (c_uint, POINTER(c_void_p))
        return library
    return None
