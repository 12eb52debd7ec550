"""Which paths may be named over HTTP, and where uploads go."""

import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from gnomon.core.errors import ForbiddenError, InputError, NotFoundError
from gnomon.core.folder import make_private
from gnomon.models.datasets.places import PACKAGED, located
from gnomon.server.settings import ServerSettings, is_loopback

UPLOADS: Final = Path("data", "uploads")
_ODD: Final = re.compile(r"[^\w.\- ]+")
_MAX_STEM: Final = 100


class DatasetPaths:
    """Decide about paths.

    A server that only this machine reaches serves whoever may read the files anyway. Any other opens what lies in its
    home's `data` folder or below a folder that its administrator named, links followed before that is decided.

    Args:
        home: The home folder.
        settings: Where the server listens, and folders that it may read.
    """

    def __init__(self, home: Path, settings: ServerSettings) -> None:
        self._home = home
        self._is_private = is_loopback(settings.host)
        self._roots: Sequence[Path] = (home / "data", *settings.data_roots)

    def checked(self, path: str) -> str:
        """Return a path that may be opened, absolute.

        Raises:
            InputError: It is not absolute.
            ForbiddenError: It lies where this server opens nothing.
        """
        if path.startswith(PACKAGED):
            return path
        place = Path(located(path, self._home))
        if "\0" in path or not place.is_absolute():
            msg = f"path: expected an absolute path on the server's machine, received {path!r:.200}."
            raise InputError(msg, field="path")
        if self._is_private:
            return str(place)
        real = place.resolve()
        if not any(real.is_relative_to(root.resolve()) for root in self._roots):
            msg = (
                "path: this server can be reached from other machines, so it opens only what lies in the data folder of "
                "its home and in folders given by `gnomon up --data-root`. Upload the data, or ask its administrator."
            )
            raise ForbiddenError(msg)
        return str(real)

    def why_withheld(self, path: str) -> str:
        """Return why what lies at a path may not be opened, for who can do without it; "" when it may."""
        try:
            self.checked(path)
        except (ForbiddenError, InputError) as error:
            return str(error)
        return ""

    def new_upload(self, filename: str) -> Path:
        """Return where an upload is written to: a file in a folder of its own, under a name without surprises.

        Example:
            >>> import tempfile
            >>> paths = DatasetPaths(Path(tempfile.mkdtemp()), ServerSettings())
            >>> paths.new_upload("../../etc/My flowers?.csv").name
            'My flowers.csv'
        """
        bare = PurePosixPath(filename.replace("\\", "/")).name
        stem, dot, end = bare.rpartition(".")
        name = _ODD.sub("", stem if dot else end)[:_MAX_STEM].strip(" .") or "data"
        folder = self._home / UPLOADS / secrets.token_hex(8)
        make_private(folder)
        return folder / (f"{name}.{_ODD.sub('', end).lower()[:16]}" if dot else name)

    def upload_of(self, path: str) -> Path:
        """Return the folder of the upload that a path is of, links followed.

        Raises:
            ForbiddenError: The path is of none.
            NotFoundError: It is not there.
        """
        root = (self._home / UPLOADS).resolve()
        place = Path(self.checked(path)).resolve()
        if not place.is_relative_to(root) or len(place.relative_to(root).parts) < 2:
            msg = f"path: expected what was uploaded to the home of this server, received {path!r:.200}."
            raise ForbiddenError(msg)
        if not place.exists():
            msg = f"path: there is nothing at {path!r:.200}: it was removed before."
            raise NotFoundError(msg)
        return root / place.relative_to(root).parts[0]

    def uploads_before(self, moment: float) -> list[Path]:
        """Return the folders of uploads that were written to last before a moment, in seconds since 1970."""
        root = self._home / UPLOADS
        if not root.is_dir():
            return []
        return sorted(each for each in root.iterdir() if each.is_dir() and each.stat().st_mtime < moment)

    def discard(self, upload: Path) -> None:
        """Remove an upload that came to nothing."""
        shutil.rmtree(upload.parent, ignore_errors=True)


def only_inside(folder: Path) -> Path:
    """Return what an archive was packed of: the folder, or the one folder or file that is all it holds.

    Raises:
        NotFoundError: It is empty.
    """
    found = [each for each in sorted(folder.iterdir()) if not each.name.startswith((".", "__MACOSX"))]
    if not found:
        msg = "body: expected an archive with files in it, received an empty one."
        raise NotFoundError(msg)
    return found[0] if len(found) == 1 else folder
