"""Data to train on: where it comes from, what its columns are, and how it is split."""
