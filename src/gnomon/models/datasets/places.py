"""Where data lie, as it is kept: within the home by the way from there, so that a home that was copied still finds them."""

from pathlib import Path
from typing import Final

from gnomon.core.errors import InputError

PACKAGED: Final = "gnomon:"
"""Begins the paths of data that ship with gnomon, such as `gnomon:digits`."""

HOME: Final = "home:"
"""Begins paths within the home, such as `home:data/uploads/7f/visits.csv`."""


def kept(path: str, home: Path) -> str:
    """Return how a path is kept.

    Example:
        >>> kept("/lab/data/mnist", Path("/lab")), kept("/mnt/mnist", Path("/lab")), kept("gnomon:digits", Path("/lab"))
        ('home:data/mnist', '/mnt/mnist', 'gnomon:digits')
    """
    for folder in () if path.startswith((PACKAGED, HOME)) else (home, home.resolve()):
        if Path(path).is_relative_to(folder):
            return f"{HOME}{Path(path).relative_to(folder).as_posix()}"
    return path


def located(path: str, home: Path) -> str:
    """Return where what is kept lies now.

    Raises:
        InputError: It leads out of the home.

    Example:
        >>> located("home:data/mnist", Path("/lab")), located("gnomon:digits", Path("/lab"))
        ('/lab/data/mnist', 'gnomon:digits')
    """
    if not path.startswith(HOME):
        return path
    way = Path(path.removeprefix(HOME))
    if way.is_absolute() or ".." in way.parts:
        msg = f"path: expected a path within the home, such as {HOME}data/mnist, received {path!r:.200}."
        raise InputError(msg, field="path")
    return str(home / way)
