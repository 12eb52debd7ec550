"""gnomon: the self-hosted workbench for deep-learning research."""

__version__ = "0.1.0.dev0"
