"""What one sample becomes at each node of a graph: run in a worker, node by node, only what changed."""
