"""Files and models that are kept with a run."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from gnomon.sdk.judged import Judged


class Filed(Judged):
    """Give a run the methods `save`, `log_artifact` and `log_model`.

    Each copies what it is given before it returns, and never raises (but see `strict`): what cannot be kept is counted
    and told once. A name that is kept again at a later step becomes its next version; the ones before stay.
    """

    __slots__ = ()

    _is_disabled: bool

    @abstractmethod
    def write(self, values: Mapping[str, Any], step: int) -> None:
        """Write as `log` does, but leave alone where a call of `log` without a step goes on."""

    @abstractmethod
    def annotate(self, fields: dict[str, Any]) -> None:
        """Write facts about the run (`meta`)."""

    def save(self, path: str | PurePath, name: str | None = None, step: int | None = None) -> None:
        """Keep a file, a folder, or all that a pattern finds, under `files/<name>`.

        Args:
            path: Path, or a pattern such as `"out/*.png"`.
            name: What it is called; the name of the file or folder when `None`.
            step: Step it belongs to; the last one when `None`.

        Example:
            >>> import gnomon
            >>> with gnomon.init(mode="disabled") as run:
            ...     run.save("predictions.csv")
        """
        self._keep("files", path, name, "", step)

    def log_artifact(
        self, path: str | PurePath, name: str | None = None, kind: str = "file", step: int | None = None
    ) -> None:
        """Keep a file or folder that others build on, under `artifacts/<name>`, with what it is for.

        Args:
            path: Path, or a pattern.
            name: What it is called; the name of the file or folder when `None`.
            kind: What it is for: `"dataset"`, `"model"`, `"report"`, or whatever you like.
            step: Step it belongs to; the last one when `None`.
        """
        self._keep("artifacts", path, name, kind, step)

    def log_model(self, model: object, name: str = "model", example: object = None, step: int | None = None) -> None:
        """Keep a model under `models/<name>`: weights without pickle and, with an example, ONNX that can be served.

        Of torch `model.safetensors`, of Keras `model.keras`, of an `MLP` `model.npz`; a path is kept as it is. The model
        stays as it was: mode, hooks and random numbers. `gnomon models register NAME --run RUN --key models/<name>`
        makes a version of it, and `gnomon serve NAME` an endpoint.

        Args:
            model: Module of torch, model of Keras, `gnomon.models.MLP`, or path.
            name: What it is called.
            example: Inputs of one call, samples first: an array or tensor, or a tuple of them. With it `model.onnx` is
                written too, for any number of samples, and compared with the model (needs the extra `[onnx]`).
            step: Step it belongs to; the last one when `None`.
        """
        if not self._is_disabled:
            from gnomon.sdk.filing import keep_model  # noqa: PLC0415 - few runs keep models

            keep_model(self, model, name, example, step)

    def _keep(self, key: str, path: str | PurePath, name: str | None, kind: str, step: int | None) -> None:
        if not self._is_disabled:
            from gnomon.sdk.filing import keep  # noqa: PLC0415 - few runs keep files

            keep(self, key, path, name, kind, step)
