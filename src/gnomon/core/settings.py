"""Where things are: the home folder, the server, the token. Read once at the edge and passed in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_PORT: Final = 7117


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold where gnomon reads and writes.

    Args:
        home: Folder of the store and the journals.
        url: Server that journals are shipped to; `None` keeps them for a server on this home.
        token: Sent as `Authorization: Bearer` to that server.
    """

    home: Path
    url: str | None = None
    token: str | None = None

    @classmethod
    def from_env(
        cls, home: str | Path | None = None, url: str | None = None, env: Mapping[str, str] = os.environ
    ) -> "Settings":
        """Combine arguments with `GNOMON_HOME`, `GNOMON_URL` and `GNOMON_TOKEN`; arguments win.

        Example:
            >>> Settings.from_env(env={"GNOMON_HOME": "/tmp/lab"}).home
            PosixPath('/tmp/lab')
        """
        folder = home or env.get("GNOMON_HOME") or Path.home() / ".gnomon"
        server = url or env.get("GNOMON_URL") or None
        return cls(
            home=Path(folder).expanduser().absolute(),
            url=server.rstrip("/") if server else None,
            token=env.get("GNOMON_TOKEN") or None,
        )
