"""Networks 784-30-10 that were trained on MNIST, from poor to good: for a first try without data, and for `/pretrain`.

`scripts/pretrain.py` made them and printed what `ACCURACY` says. Their weights are rounded to half precision.
"""

from importlib import resources
from typing import Final

from gnomon.core.errors import NotFoundError
from gnomon.models.mlp import MLP

ACCURACY: Final = {1: 0.5281, 2: 0.6152, 3: 0.7419, 4: 0.852, 5: 0.9555}
"""Share of MNIST's 10,000 test images that each version classifies correctly."""

BEST: Final = 5


def load(version: int = BEST) -> MLP:
    """Return a network that was trained before, a new one at each call.

    Args:
        version: 1, the poorest, to 5, the best.

    Raises:
        NotFoundError: There is no such version.
    """
    if version not in ACCURACY:
        msg = f"pretrained: there are versions 1 to {BEST}, received {version!r:.20}."
        raise NotFoundError(msg)
    return MLP.from_bytes(resources.files(__name__).joinpath(f"v{version}.npz").read_bytes())
