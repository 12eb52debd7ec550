"""Pages that mpld3 made: kept as they are."""

from gnomon.core.records.figure import Drawn


def draw(given: str, *, interactive: bool) -> Drawn:
    """Return HTML; scripts that it would fetch from elsewhere are not fetched by the frame that shows it."""
    del interactive
    return Drawn("html", "mpld3", given.encode("utf-8", "replace"))
