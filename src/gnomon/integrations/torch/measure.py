"""Figures of torch tensors, computed where the tensors are, in few operations."""

import math
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from gnomon.sdk.model_report import BINS, HEAD, UNITS, Key, Nature, Row, span

torch: Any = import_module("torch")


def measurable(tensor: Any) -> bool:
    """Return whether a tensor has numbers to describe: at least one, real or complex, and in memory."""
    return (
        isinstance(tensor, torch.Tensor)
        and (tensor.is_floating_point() or tensor.is_complex())
        and not isinstance(tensor, torch.nn.parameter.UninitializedTensorMixin)
        and not tensor.is_meta
        and tensor.numel() > 0
    )


def flat(tensor: Any) -> Any:
    """Return the numbers of a tensor as one row of float32 or float64; of a distributed one, this rank's part."""
    tensor = tensor.detach()
    if hasattr(tensor, "to_local"):
        tensor = tensor.to_local()
    if tensor.layout != torch.strided:
        tensor = tensor.coalesce().values() if tensor.layout == torch.sparse_coo else tensor.to_dense()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    return tensor.reshape(-1).to(torch.float64 if tensor.dtype == torch.float64 else torch.float32)


def measure(tensor: Any) -> Any:
    """Return the row of a tensor (see `model_report.row_of`): an array for one in main memory, else a tensor there.

    Nothing here waits for an accelerator.
    """
    numbers = flat(tensor)
    return on_cpu(numbers) if numbers.device.type == "cpu" else on_device(numbers)


def measure_layer(tensor: Any, nature: Nature, axis: int, *, is_last: bool) -> Any:
    """Return the row of a layer's output with the figures of its units (see `model_report.units_of`) behind it.

    Nothing here waits for an accelerator.
    """
    row, found = measure(tensor), _units(tensor.detach(), nature, axis, is_last)
    if isinstance(row, np.ndarray):
        return np.concatenate([row, [math.nan if figure is None else float(figure) for figure in found]])
    known = [torch.full_like(row[0], math.nan) if figure is None else figure.to(row.dtype) for figure in found]
    return torch.cat([row, torch.stack(known)])


def _units(tensor: Any, nature: Nature, axis: int, is_last: bool) -> list[Any]:
    """Return the figures of `UNITS`, each a tensor, or `None` where it means nothing."""
    found: list[Any] = [None] * len(UNITS)
    plain = tensor.layout == torch.strided and not tensor.is_complex() and not hasattr(tensor, "to_local")
    if not plain or tensor.dim() < 2:
        return found
    if nature.counts:
        other = [i for i in range(tensor.dim()) if i != axis % tensor.dim()]
        lives = tensor > 0 if nature.is_rectified else tensor
        found[0] = (torch.count_nonzero(lives, dim=other) == 0).float().mean()
    if nature.flat is not None:
        low, high = nature.flat
        found[1] = ((tensor <= low) | (tensor >= high)).float().mean()
    if is_last and len(tensor) > 1:
        wide = tensor.float()
        size = torch.linalg.vector_norm(wide) / math.sqrt(wide.numel())
        ends = (wide.amax(0) - wide.amin(0)).max()
        found[2] = torch.where(size == 0, ends, ends / size)
    return found


def on_cpu(numbers: Any) -> Row:
    """Return the row of a flat tensor in main memory, in five passes over it."""
    row = np.full(HEAD + BINS, math.nan)
    row[HEAD:] = 0
    n = good = numbers.numel()
    low, high = (end.item() for end in numbers.aminmax()) if n else (0.0, 0.0)
    if not (math.isfinite(low) and math.isfinite(high)):
        numbers = numbers[torch.isfinite(numbers)]
        good = numbers.numel()
        low, high = (end.item() for end in numbers.aminmax()) if good else (math.nan, math.nan)
    row[:3] = n, n - good, good - int(torch.count_nonzero(numbers))
    if good:
        mean = numbers.mean()
        deviation = torch.linalg.vector_norm(numbers - mean).item() / math.sqrt(good)
        row[3:HEAD] = mean.item(), deviation, low, high
        start, end = span(low, high)
        row[HEAD:] = torch.histc(numbers, BINS, start, end).numpy()
    return row


def on_device(numbers: Any) -> Any:
    """Return the row of a flat tensor as a tensor on its device, without asking it for a value."""
    wide = torch.float32 if numbers.device.type == "mps" else torch.float64
    finite = torch.isfinite(numbers)
    clean = torch.where(finite, numbers, 0)
    good = finite.sum()
    low = torch.where(finite, numbers, math.inf).amin()
    high = torch.where(finite, numbers, -math.inf).amax()
    mean = clean.sum(dtype=wide) / good
    off = torch.where(finite, numbers - mean.to(numbers.dtype), 0)
    deviation = torch.sqrt((off * off).sum(dtype=wide) / good)
    is_wide = high > low
    start = torch.where(is_wide, low, low - 0.5)
    width = torch.where(is_wide, high - low, 1.0)
    # Clamped as integers: an overflow in between can give no index out of range, which would end the process.
    bins = ((clean - start) * (BINS / width)).to(torch.int64).clamp_(0, BINS - 1)
    counts = torch.zeros(BINS + 1, dtype=wide, device=numbers.device)
    counts.scatter_add_(0, torch.where(finite, bins, BINS), torch.ones_like(bins, dtype=wide))
    zeros = good - torch.count_nonzero(clean)
    head = [torch.full_like(good, numbers.numel()), numbers.numel() - good, zeros, mean, deviation, low, high]
    known = [
        figure.to(wide) if i < 3 else torch.where(good > 0, figure.to(wide), math.nan) for i, figure in enumerate(head)
    ]
    return torch.cat([torch.stack(known), counts[:BINS]])


class Rows:
    """Rows on their way to main memory.

    Args:
        rows: As `measure` gave them.
    """

    def __init__(self, rows: Mapping[Key, Any]) -> None:
        self._here = {key: row for key, row in rows.items() if isinstance(row, np.ndarray)}
        self._coming: list[tuple[list[Key], Any, Any]] = []
        devices: dict[tuple[Any, int], list[Key]] = {}
        for key, row in rows.items():
            if key not in self._here:
                devices.setdefault((row.device, len(row)), []).append(key)
        for (device, _), keys in devices.items():
            self._coming.append((keys, *_sent(torch.stack([rows[key] for key in keys]), device)))

    @property
    def is_ready(self) -> bool:
        """Whether everything has arrived."""
        return all(event is None or event.query() for _, _, event in self._coming)

    def take(self) -> dict[Key, Row]:
        """Return the rows, waiting for them if need be."""
        out = dict(self._here)
        for keys, table, event in self._coming:
            if event is not None:
                event.synchronize()
            out |= dict(zip(keys, table.to("cpu", torch.float64).numpy(), strict=True))
        return out


def _sent(table: Any, device: Any) -> tuple[Any, Any]:
    """Begin one transfer; return where the rows will be, and what tells when (`None`: they are read when asked for)."""
    if device.type != "cuda":
        return table, None
    with torch.cuda.device(device):
        landing = torch.empty(table.shape, dtype=table.dtype, pin_memory=True)
        landing.copy_(table, non_blocking=True)
        event = torch.cuda.Event()
        event.record()
    return landing, event


def tensors_in(value: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the tensors of what a module takes or returns: tensors, lists, mappings and data classes of them."""
    if isinstance(value, torch.Tensor):
        yield value
    elif depth < 4:
        if isinstance(value, Mapping):
            inner = list(value.values())
        elif isinstance(value, (list, tuple)):
            inner = list(value)
        else:
            inner = list(vars(value).values()) if hasattr(value, "__dataclass_fields__") else []
        for element in inner:
            yield from tensors_in(element, depth + 1)


def bad_in(tensor: Any) -> tuple[int, int]:
    """Return how many numbers of a tensor in main memory are not finite, of how many."""
    if not measurable(tensor):
        return 0, 0
    ends = tensor.detach().aminmax() if not tensor.is_complex() else (flat(tensor).sum(),)
    if all(math.isfinite(end.item()) for end in ends):
        return 0, tensor.numel()
    return int((~torch.isfinite(tensor)).sum()), tensor.numel()
