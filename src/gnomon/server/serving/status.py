"""What an endpoint serves, and what it tells of itself: plain data, which travels between processes and over HTTP."""

from typing import Any, Literal

import msgspec

from gnomon.models.registry.record import Signature


class Source(msgspec.Struct, frozen=True):
    """Say what is loaded.

    Args:
        ref: `name@3`.
        digest: Of the version.
        format: `torch`, `onnx`, `mlp`.
        folder: With the files of the version.
        model: The file that is loaded: `model.onnx` or `model.npz`.
        signature: What the version takes and gives, as far as the registry knows.
    """

    ref: str
    digest: str
    format: Literal["torch", "keras", "mlp", "onnx", "file"]
    folder: str
    model: str
    signature: Signature = Signature()


class Plan(msgspec.Struct, frozen=True):
    """Say what an endpoint serves.

    Args:
        model: What answers.
        canary: What answers a share of requests.
        share: Of requests that go there, 0 to 1.
        shadow: What is asked too.
    """

    model: Source
    canary: Source | None = None
    share: float = 0.0
    shadow: Source | None = None


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tell of a version that is served: which, what it takes and gives, and what it was asked.

    Args:
        version: `name@3`.
        digest: Of its files.
        format: What it is.
        signature: Inputs and outputs of the model.
        takes: JSON schemas of what is sent for one row, by name.
        requests: How many it answered, those refused or failed among them, since the process began.
        refused: For what came with them.
        failed: Through no fault of whoever asked.
        rows: How many rows it computed since it was loaded, for whatever reason.
        batches: In how many runs.
        p50_ms: Within how long half of the last 1,000 requests were answered.
        p95_ms: Within how long all but one in twenty.
        passed: Requests that it could not answer and the model was asked instead; they are counted there.
    """

    version: str
    digest: str
    format: str
    signature: Signature
    takes: dict[str, dict[str, Any]]
    requests: int
    refused: int
    failed: int
    rows: int
    batches: int
    p50_ms: float | None = None
    p95_ms: float | None = None
    passed: int = 0


class Shadowed(msgspec.Struct, frozen=True):
    """Tell how a shadow does: rows that it answered as the model did, of how many, and what it was not asked or failed at."""

    version: Told
    agreed: int
    rows: int
    failed: int
    skipped: int


class Status(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tell what is served, how often that changed, and in `trouble` why the last change could not be made.

    `split` counts what was drawn for the model and for the canary since the canary or its share was last changed.
    """

    name: str
    model: Told
    switches: int
    trouble: str = ""
    canary: Told | None = None
    share: float = 0.0
    split: tuple[int, int] = (0, 0)
    shadow: Shadowed | None = None
