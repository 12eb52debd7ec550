"""Files that bundles hold as they are: they need nothing of gnomon, and are read by people who never heard of it."""
