"""The `Stats` class of the seed "Generating Statistics in A.I. and Science", over gnomon, mended.

    from gnomon.integrations.stats import Stats

    S = Stats()
    S.on("experiments/run-12")
    S.watch(points, "points")
    S.update(epoch, set_size, batch_size, step)

Names and arguments are the seed's. What differs: everything is a run that is read while it is written; a second run of
the same folder is a run of its own; epoch, step, samples and time are kept apart; pictures keep their values.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import GnomonError, InputError, ShapeError
from gnomon.core.records.arrays import wanted
from gnomon.core.records.fits import Fits
from gnomon.core.records.image import Image
from gnomon.core.records.images import Images
from gnomon.core.records.points import Points
from gnomon.core.records.registry import encode
from gnomon.sdk import current
from gnomon.sdk.run import Run
from gnomon.sdk.start import init


@dataclass(slots=True)
class Position:
    """Turn the seed's epoch and step within it into a step that only grows, and into samples seen.

    The sizes of set and batch may change between epochs; what was counted before stays.

    Example:
        >>> position = Position()
        >>> position.resize(epoch=0, set_size=100, batch_size=32)
        >>> position.step(1, 2), position.samples(1, 2), position.samples(1, 3)
        (6, 164, 196)
    """

    first_epoch: int = 0
    first_step: int = 0
    first_sample: int = 0
    set_size: int = 0
    batch_size: int = 0

    def resize(self, epoch: int, set_size: int, batch_size: int) -> None:
        """Count by these sizes from the beginning of `epoch` on."""
        if (set_size, batch_size) == (self.set_size, self.batch_size):
            return
        if self.batch_size:
            self.first_step, self.first_sample = self.step(epoch, 0), self.samples(epoch, 0)
            self.first_epoch = epoch
        self.set_size, self.batch_size = set_size, batch_size

    def step(self, epoch: int, step: int, otherwise: int = 0) -> int:
        """Return the step of the whole training; `otherwise` while the sizes are not known."""
        if not self.batch_size:
            return step if epoch == 0 else otherwise
        return self.first_step + (epoch - self.first_epoch) * math.ceil(self.set_size / self.batch_size) + step

    def samples(self, epoch: int, step: int) -> int:
        """Return the samples seen before a step; the last batch of an epoch may be a short one."""
        seen = min(step * self.batch_size, self.set_size)
        return self.first_sample + (epoch - self.first_epoch) * self.set_size + seen


class Stats:
    """Record what an experiment watches.

    No method raises into training: what goes wrong is said once, as everywhere in gnomon.

    Args:
        project: Project of the runs that `on` begins.
        run: Log into this run instead of beginning one.

    Example:
        >>> stats = Stats(run=init(mode="disabled"))
        >>> stats.watch([0.1, 0.2], "sigma_in")
        >>> stats.update(epoch=0, set_size=64, batch_size=32, step=1)
    """

    def __init__(self, project: str = "stats", run: Run | None = None) -> None:
        self.project = project
        self.savedir = ""
        self.exp_name = "" if run is None else run.name
        self._run, self._is_ours = run, False
        self._position = Position()

    @property
    def run(self) -> Run:
        """The run: the one given, the one `on` began, the current one, or else a new one."""
        if self._run is None:
            self._run = current.current()
            if self._run is None:
                self._run, self._is_ours = init(self.project), True
        return self._run

    def on(self, savedir: str) -> None:
        """Begin a run named after the last part of `savedir`, where files are written too."""
        if self._run is not None and self._is_ours:
            self._run.finish()
        self.savedir = str(savedir)
        self.exp_name = Path(savedir).resolve().name
        self._run, self._is_ours = init(self.project, self.exp_name, {"savedir": self.savedir}), True
        self._position = Position()

    def watch(self, obj: object, name: str) -> None:
        """Write `obj` at every update, as it is then; watching again under the same name replaces it."""
        self.run.watch(obj, name)

    def unwatch(self, name: str) -> None:
        """Stop writing what is watched under `name`."""
        self.run.unwatch(name)

    def update(self, epoch: int, set_size: int, batch_size: int, step: int) -> None:
        """Write everything watched.

        Args:
            epoch: Counted from 0.
            set_size: Samples in an epoch.
            batch_size: Samples in a step.
            step: Counted from 0 in each epoch.
        """
        try:
            self._position.resize(epoch, set_size, batch_size)
            at, samples = self._position.step(epoch, step), self._position.samples(epoch, step)
        except (TypeError, ZeroDivisionError) as error:
            self._refuse("update", error)
            return
        self.run.update(epoch=epoch, step=at, samples=samples)

    def write_immediate(self, obj: object, name: str, epoch: int, step: int, idx: int) -> None:
        """Write one value now; `idx` is the number of samples seen."""
        self.run.log({name: obj}, self._position.step(epoch, step, idx), epoch, idx)

    def save_jpg(self, data: object, savedir: str, prefix: str, epoch: int, step: int, idx: int) -> None:
        """Write `<savedir>/<prefix>EEE_sSSSSS_iIIIII.jpg`, and record the picture with all its values.

        Args:
            data: One picture, or a batch, of any layout; numbers of any range.
            savedir: Folder, made when there is none.
            prefix: Begins the file's name, and is the key of the record.
            epoch: As for `update`.
            step: As for `update`.
            idx: Samples seen.
        """

        def save() -> None:
            array = wanted(data, "data")
            path = _named(savedir, f"{prefix}{_suffix(epoch, step, idx)}.jpg")
            _write_jpg(path, array)
            self._log(prefix or "image", Images(array) if array.ndim == 4 else Image(array), epoch, step, idx)

        self._try("save_jpg", save)

    def save_fits(self, data: object, savedir: str, prefix: str, epoch: int, step: int, idx: int) -> None:
        """Write `<savedir>/<prefix>EEE_sSSSSS_iIIIII.fits`, exact, and record the same; arguments as `save_jpg`."""

        def save() -> None:
            encoded = encode(Fits(wanted(data, "data")))
            assert encoded is not None  # Fits is a record type of ours
            assert isinstance(encoded.data, (bytes, memoryview))
            _named(savedir, f"{prefix}{_suffix(epoch, step, idx)}.fits").write_bytes(encoded.data)
            self._log(prefix or "fits", encoded, epoch, step, idx)

        self._try("save_fits", save)

    def save_points(self, points: object, savedir: str, epoch: int, step: int, ply: bool = False) -> None:
        """Write `<savedir>/shape_eEEE_sSSSSS.obj` (or `.ply`), and record the cloud as `shape`.

        Args:
            points: Of shape `(n, 3)`, or the seed's `(n, 3 or more, 1)`, of which the first three are used.
            savedir: Folder, made when there is none.
            epoch: As for `update`.
            step: As for `update`.
            ply: Write a PLY file instead of an OBJ file.
        """

        def save() -> None:
            xyz = vertices(wanted(points, "points"))
            path = _named(savedir, f"shape_e{epoch:03}_s{step:05}.{'ply' if ply else 'obj'}")
            path.write_text(as_ply(xyz) if ply else as_obj(xyz))
            self._log("shape", Points(xyz), epoch, step, None)

        self._try("save_points", save)

    def close(self) -> None:
        """Finish the run, if `on` began it; everything is on disk already."""
        if self._run is not None and self._is_ours:
            self._run.finish()
        self._run = None

    def _log(self, key: str, value: object, epoch: int, step: int, idx: int | None) -> None:
        self.run.log({key: value}, self._position.step(epoch, step, self.run.step if idx is None else idx), epoch, idx)

    def _try(self, method: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a full disk or a wrong shape must not stop training
            self._refuse(method, error)

    def _refuse(self, method: str, error: Exception) -> None:
        if not isinstance(error, GnomonError):
            error = InputError(f"Stats.{method}: {type(error).__name__}: {error}. Nothing was written.", field=method)
        self.run.lose(1, f"Stats.{method} {type(error).__name__}", error)


def vertices(points: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return points as float32 of shape `(n, 3)`.

    Raises:
        ShapeError: They have fewer than three coordinates.

    Example:
        >>> vertices(np.ones((5, 4, 1))).shape
        (5, 3)
    """
    flat = points[..., 0] if points.ndim == 3 else points
    if flat.ndim != 2 or flat.shape[1] < 3:
        msg = f"points: expected shape (n, 3) or (n, 3, 1), received {points.shape}. Pass one row per point."
        raise ShapeError(msg, field="points")
    return np.ascontiguousarray(flat[:, :3], np.float32)


def as_obj(xyz: npt.NDArray[np.float32]) -> str:
    r"""Return a cloud as the text of an OBJ file; every float32 reads back as it was.

    Example:
        >>> as_obj(np.array([[0, 0.5, 1]], np.float32))
        'v 0 0.5 1 1\n'
    """
    return "".join(f"v {x:.9g} {y:.9g} {z:.9g} 1\n" for x, y, z in xyz.tolist())


def as_ply(xyz: npt.NDArray[np.float32]) -> str:
    """Return a cloud as the text of a PLY file; every float32 reads back as it was."""
    head = f"ply\nformat ascii 1.0\nelement vertex {len(xyz)}\n"
    head += "".join(f"property float {axis}\n" for axis in "xyz")
    return head + "end_header\n" + "".join(f"{x:.9g} {y:.9g} {z:.9g}\n" for x, y, z in xyz.tolist())


def _named(savedir: str, name: str) -> Path:
    folder = Path(savedir)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _suffix(epoch: int, step: int, idx: int) -> str:
    return f"{epoch:03}_s{step:05}_i{idx:05}"


def _write_jpg(path: Path, array: npt.NDArray[Any]) -> None:
    """Write a picture as a JPEG: 8-bit values as they are, others from black at 0 (or the least) to white at the most."""
    import PIL.Image  # noqa: PLC0415 - only who saves pictures needs it

    if array.ndim == 4:
        array = array[0] if len(array) == 1 else np.concatenate([_channels_last(each) for each in array], axis=1)
    shown = _channels_last(array)
    if shown.dtype != np.uint8:
        values = np.nan_to_num(shown.astype(np.float64), posinf=0, neginf=0)
        low, high = min(0.0, values.min(initial=0)), max(values.max(initial=0), 0.0)
        shown = np.round(255 * (values - low) / ((high - low) or 1)).astype(np.uint8)
    PIL.Image.fromarray(shown[..., 0] if shown.shape[2] == 1 else shown[..., :3]).save(path, quality=95)


def _channels_last(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.ndim == 2:
        return array[..., None]
    if array.ndim != 3:
        msg = f"data: expected a picture of shape (h, w), (c, h, w) or (h, w, c), received {array.shape}."
        raise ShapeError(msg, field="data")
    return np.moveaxis(array, 0, -1) if array.shape[0] in (1, 3, 4) and array.shape[2] not in (1, 3, 4) else array
