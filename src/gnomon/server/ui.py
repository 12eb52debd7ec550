"""The built web UI: hashed files for ever, the page itself never from a cache, deep links to the page."""

import mimetypes
import re
from html import escape
from pathlib import Path
from typing import Final

from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from gnomon.server.errors import problem, respond
from gnomon.server.pages import not_built

_NAME: Final = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_.@-]*")
_HASHED: Final = re.compile(r"assets/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+")
_FOREVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
_RESERVED: Final = frozenset({"api", "ajax-api", "health", "version", "metrics", "openapi.json", "values", "publish"})

_NAMED: Final = frozenset({"p", "d", "data"})
"""Below these stand names of projects, dashboards and data sets, which may well hold a dot: they are no files."""


class Ui:
    """Serve the folder that Vite built.

    Args:
        static: The folder; it need not exist.
    """

    def __init__(self, static: Path) -> None:
        self._static = static
        self._root = static.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._respond(scope)(scope, receive, send)

    def is_public(self, path: str) -> bool:
        """Tell whether a path is a file that needs no token: it holds no data."""
        return path == "/" or self.file(path) is not None

    def file(self, path: str) -> Path | None:
        """Return the file of a path, `None` when there is none.

        Every part of the path must be a plain name, so that nothing outside the folder can be named.
        """
        parts = path.removeprefix("/").split("/")
        if not all(_NAME.fullmatch(part) for part in parts):
            return None
        found = self._static.joinpath(*parts)
        try:
            # A link anywhere on the way would lead out of the folder.
            return found if found.is_file() and found.resolve() == self._root.joinpath(*parts) else None
        except OSError:  # a name longer than the file system takes
            return None

    def _respond(self, scope: Scope) -> Response:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        first = path.removeprefix("/").partition("/")[0]
        if path in {"/", "/index.html"}:
            return self._page(scope)
        found = self.file(path)
        if found is not None:
            return self._send(found)
        if first in _RESERVED or (first not in _NAMED and "." in path.rpartition("/")[2]):
            return respond(problem(404, "/openapi.json lists what this server understands."))
        return self._page(scope)

    def _send(self, found: Path) -> Response:
        name = found.relative_to(self._static).as_posix()
        kind = _TYPES.get(found.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        cache = _FOREVER if _HASHED.fullmatch(name) else "no-cache"
        return FileResponse(found, media_type=kind, headers={"Cache-Control": cache})

    def _page(self, scope: Scope) -> Response:
        index = self._static / "index.html"
        if not index.is_file():
            return not_built()
        # The page names its files relative to itself; the base makes that true for deep links, and behind a prefix.
        base = f'<base href="{escape(scope.get("root_path", ""))}/">'
        text = index.read_text("utf-8").replace("<head>", f"<head>{base}", 1)
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})
