"""Record types: one file per kind of thing that can be logged, all behind one protocol."""
