"""A project's own components where their code may run: loaded from their files, described, and asked."""

from gnomon.models.own.load import installed, loaded

__all__ = ["installed", "loaded"]
