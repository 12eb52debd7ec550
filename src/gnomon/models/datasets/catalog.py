"""Data sets known by name: what their files hold, byte for byte, and where they can be had."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gnomon.core.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Known:
    """Describe a data set that can be fetched by name.

    Args:
        name: What it is asked for by.
        title: What it is, in a sentence.
        licence: Under which terms its makers give it.
        source: Who made it.
        url: Folder that its files are fetched from.
        files: SHA-256 of each file's content; of a `.gz` the content is what it unpacks to, so that a copy that was
            packed by somebody else is the same data.
    """

    name: str
    title: str
    licence: str
    source: str
    url: str
    files: Mapping[str, str]


_MNIST: Final = Known(
    "mnist",
    "70,000 handwritten digits, grey, 28×28, ten classes",
    "CC BY-SA 3.0",
    "Y. LeCun, C. Cortes, C. Burges",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    {
        "t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        "train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
)
_FASHION: Final = Known(
    "fashion-mnist",
    "70,000 pictures of clothes, grey, 28×28, ten classes",
    "MIT",
    "H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    {
        "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    },
)
CATALOG: Final[Mapping[str, Known]] = {each.name: each for each in (_MNIST, _FASHION)}


def known(name: str) -> Known:
    """Return what is known of a data set.

    Raises:
        NotFoundError: Nothing.
    """
    found = CATALOG.get(name)
    if found is None:
        msg = f"name: there is no data set {name!r:.60}. There are {', '.join(CATALOG)}; open your own by their path."
        raise NotFoundError(msg)
    return found
