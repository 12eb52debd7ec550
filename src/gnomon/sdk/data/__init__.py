"""What data a run used: shape, type, classes, and a hash by which the same data is known again."""
