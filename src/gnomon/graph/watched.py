"""Variables of a watched model, by the node of a graph that they belong to."""

import re

from gnomon.graph.build import identifier


def node_of(path: str, what: str) -> str:
    """Return the node that a variable belongs to: activations are called after their module, all else after a variable in it.

    Example:
        >>> node_of("layer1.0.conv1.weight", "gradients"), node_of("layer1.0.conv1", "activations"), node_of("scale", "weights")
        ('layer1_0_conv1', 'layer1_0_conv1', 'scale')
    """
    if what != "activations":
        path = re.split(r"[./][^./]*\Z", path)[0] if re.search(r"[./]", path) else path
    return identifier(path)
