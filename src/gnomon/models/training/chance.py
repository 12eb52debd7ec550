"""Random numbers that belong to no model: those of Python and NumPy, which code of users may draw, and of PyTorch."""

import random
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt


def seed(number: int) -> None:
    """Begin anew."""
    random.seed(number)
    np.random.seed(number % (1 << 32))  # noqa: NPY002 - the one that is drawn from without being asked for


def states() -> dict[str, Any]:
    """Return where Python and NumPy stand, as JSON can hold it."""
    name, keys, *rest = np.random.get_state()  # noqa: NPY002 - see above
    return {"python": msgspec.to_builtins(random.getstate()), "numpy": [name, np.asarray(keys).tolist(), *rest]}


def restore(known: dict[str, Any]) -> None:
    """Go on where they stood."""
    version, numbers, gauss = known["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, keys, *rest = known["numpy"]
    np.random.set_state((name, np.array(keys, np.uint32), *rest))  # noqa: NPY002 - see above


def of_torch(torch: Any, device: Any = None) -> dict[str, npt.NDArray[np.uint8]]:
    """Return where PyTorch stands, in main memory and on a graphics card."""
    found = {"random.cpu": torch.random.get_rng_state().numpy().copy()}
    if device is not None:
        found["random.cuda"] = torch.cuda.get_rng_state(device).numpy().copy()
    return found


def restore_torch(torch: Any, known: dict[str, npt.NDArray[np.uint8]], device: Any = None) -> None:
    """Go on where PyTorch stood."""
    if "random.cpu" in known:
        torch.random.set_rng_state(torch.from_numpy(known["random.cpu"].copy()))
    if device is not None and "random.cuda" in known:
        torch.cuda.set_rng_state(torch.from_numpy(known["random.cuda"].copy()), device)
