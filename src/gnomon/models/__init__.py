"""Data, the NumPy network, training."""

from gnomon.models import digits
from gnomon.models.mlp import MLP, Graph

__all__ = ["MLP", "Graph", "digits"]
