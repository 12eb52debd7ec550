"""gnomon: the self-hosted workbench for deep-learning research.

    import gnomon

    with gnomon.init("digits", config={"lr": 0.1}) as run:
        run.log({"train/loss": 0.5}, step=0)

Importing this loads the standard library only; each name below loads its part when it is first used.
"""

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name; importing typing would be half of what this import costs
if TYPE_CHECKING:
    from gnomon.analysis.tiles import tiles
    from gnomon.core.records.audio import Audio
    from gnomon.core.records.confusion import Confusion
    from gnomon.core.records.converters import register
    from gnomon.core.records.curve import Curve
    from gnomon.core.records.embedding import Embedding
    from gnomon.core.records.figure import Figure
    from gnomon.core.records.file import File
    from gnomon.core.records.fits import Fits
    from gnomon.core.records.graph import Graph
    from gnomon.core.records.histogram import Histogram
    from gnomon.core.records.html import Html
    from gnomon.core.records.image import Image
    from gnomon.core.records.images import Images
    from gnomon.core.records.mesh import Mesh
    from gnomon.core.records.points import Points
    from gnomon.core.records.table import Table
    from gnomon.core.records.tensor import Tensor
    from gnomon.core.records.text import Text
    from gnomon.core.records.video import Video
    from gnomon.sdk.current import current, finish, log, unwatch, update, watch
    from gnomon.sdk.lab import connect
    from gnomon.sdk.run import Run
    from gnomon.sdk.start import init

__version__ = "0.1.0.dev0"
__all__ = [
    "Audio",
    "Confusion",
    "Curve",
    "Embedding",
    "Figure",
    "File",
    "Fits",
    "Graph",
    "Histogram",
    "Html",
    "Image",
    "Images",
    "Mesh",
    "Points",
    "Run",
    "Table",
    "Tensor",
    "Text",
    "Video",
    "__version__",
    "connect",
    "current",
    "finish",
    "init",
    "log",
    "register",
    "tiles",
    "unwatch",
    "update",
    "watch",
]

_HOMES = {
    "Audio": "gnomon.core.records.audio",
    "Confusion": "gnomon.core.records.confusion",
    "Curve": "gnomon.core.records.curve",
    "Embedding": "gnomon.core.records.embedding",
    "Figure": "gnomon.core.records.figure",
    "File": "gnomon.core.records.file",
    "Fits": "gnomon.core.records.fits",
    "Graph": "gnomon.core.records.graph",
    "Histogram": "gnomon.core.records.histogram",
    "Html": "gnomon.core.records.html",
    "Image": "gnomon.core.records.image",
    "Images": "gnomon.core.records.images",
    "Mesh": "gnomon.core.records.mesh",
    "Points": "gnomon.core.records.points",
    "Run": "gnomon.sdk.run",
    "Table": "gnomon.core.records.table",
    "Tensor": "gnomon.core.records.tensor",
    "Text": "gnomon.core.records.text",
    "Video": "gnomon.core.records.video",
    "connect": "gnomon.sdk.lab",
    "current": "gnomon.sdk.current",
    "finish": "gnomon.sdk.current",
    "init": "gnomon.sdk.start",
    "log": "gnomon.sdk.current",
    "register": "gnomon.core.records.converters",
    "tiles": "gnomon.analysis.tiles",
    "unwatch": "gnomon.sdk.current",
    "update": "gnomon.sdk.current",
    "watch": "gnomon.sdk.current",
}


def __getattr__(name: str) -> object:
    """Load the part that `name` lives in."""
    if name not in _HOMES:
        msg = f"module 'gnomon' has no attribute {name!r}"
        raise AttributeError(msg)
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
