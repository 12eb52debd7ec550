"""Versions of models in other formats, each loaded again and compared with the original before anybody gets it."""
