"""Data, the NumPy network, training."""
