"""Which bodies a path takes: of what type, and how large."""

from dataclasses import dataclass
from typing import Final

from gnomon.server.settings import ServerSettings

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
OCTETS: Final = "application/octet-stream"
MULTIPART: Final = "multipart/form-data"
NPY: Final = "application/x-npy"
IMAGE_TYPES: Final = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/bmp",
    "image/svg+xml",
)
_BOARDS: Final = ("/api/v1/panels", "/api/v1/dashboards", "/api/v1/values", "/values")
MAX_IMPORT_BYTES: Final = 2 << 30
"""Of a saved model with its weights, which are not looked at."""
INGEST_TYPES: Final = (JSON, "application/x-ndjson", "application/msgpack")
# What a page of any site may send without asking: a route that takes every type takes these from programs only.
SIMPLE_TYPES: Final = frozenset({FORM, MULTIPART, "text/plain", ""})


@dataclass(frozen=True, slots=True)
class BodyRule:
    """Say what a path takes.

    Args:
        types: Content types, lower case; empty for any.
        max_bytes: As sent.
        is_streamed: It goes to the disk as it comes, so it may take as long as it goes on coming.
        takes_forms: Tools on this machine that call anything a form, as curl does, are believed.
    """

    types: tuple[str, ...]
    max_bytes: int
    is_streamed: bool = False
    takes_forms: bool = False


def body_rule(path: str, settings: ServerSettings) -> BodyRule:  # noqa: PLR0911 - one for each kind of body
    """Return what a request to this path may carry."""
    if path == "/api/v1/ingest":
        return BodyRule(INGEST_TYPES, settings.max_body_bytes, takes_forms=True)
    if path.startswith("/api/v1/journals/") or (path.startswith("/api/v1/runs/") and path.endswith("/copy")):
        return BodyRule((OCTETS,), settings.max_body_bytes)
    if path.startswith("/api/v1/blobs/") or path == "/api/v1/datasets:upload":
        return BodyRule((OCTETS,), settings.max_blob_bytes, is_streamed=True)
    if path == "/api/v1/graphs:import":
        return BodyRule((OCTETS,), min(settings.max_blob_bytes, MAX_IMPORT_BYTES), is_streamed=True)
    if path.startswith("/api/v1/runs/") and path.endswith("/media"):
        return BodyRule((), settings.max_blob_bytes, is_streamed=True)
    if path.startswith(_BOARDS):
        is_picture = path.endswith((":upload", "/image"))
        types: tuple[str, ...] = (*IMAGE_TYPES, MULTIPART, OCTETS) if is_picture else (JSON,)
        return BodyRule(types, settings.max_body_bytes, takes_forms=True)
    is_served = path.startswith("/serve/")
    return BodyRule(_types(path), settings.max_body_bytes, takes_forms=is_served)


def _types(path: str) -> tuple[str, ...]:
    if path.startswith("/serve/"):
        return (JSON, *IMAGE_TYPES, NPY, OCTETS, MULTIPART)
    if path.startswith("/api/v1/models/") and path.endswith(":try"):
        return (JSON, *IMAGE_TYPES, NPY)
    if path.startswith("/publish/"):
        return (JSON, FORM)
    return (FORM,) if path == "/login" else (JSON,)
