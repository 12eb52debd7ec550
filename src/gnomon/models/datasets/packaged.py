"""Data that ship with gnomon."""

from pathlib import Path

from gnomon.core.errors import NotFoundError
from gnomon.models import digits
from gnomon.models.datasets.column import Column
from gnomon.models.datasets.places import PACKAGED
from gnomon.models.datasets.table import Table, held


def packaged(name: str) -> Table:
    """Return data that ship with gnomon.

    Raises:
        NotFoundError: There are none of that name.

    Example:
        >>> packaged("digits").rows
        1797
    """
    if name != "digits":
        msg = f"path: there is no {PACKAGED}{name:.60}. {PACKAGED}digits ships with gnomon."
        raise NotFoundError(msg)
    images, labels = digits.pixels()
    classes = tuple(str(digit) for digit in range(digits.CLASSES))
    image = Column("image", "image", f"scanned digits of 8×8 numbers from 0 to {digits.FULL_INK}", (8, 8))
    label = Column("label", "category", "10 whole numbers from 0 on", classes=classes)
    return held(Path(f"{PACKAGED}{name}"), {"image": (image, images), "label": (label, labels)})
