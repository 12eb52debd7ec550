"""How the server is to behave, passed in so that a test makes its own."""

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

from gnomon.core.errors import InputError
from gnomon.core.limits import MAX_BODY_BYTES
from gnomon.server.projector import Limits
from gnomon.server.worker_process import WorkerLimits

STATIC = Path(__file__).resolve().parent.parent / "static"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Hold what the server needs to know besides its home.

    Args:
        host: Address it binds; its name is accepted in `Host`.
        token: Asked of every request but `/health` and the static files; `None` only on loopback.
        names: Further names accepted in `Host`, for a proxy or a name in the local network.
        static: Folder of the built web UI.
        max_body_bytes: Largest request body, as sent.
        max_blob_bytes: Largest file that may be uploaded.
        max_slice_bytes: Largest slice of one record.
        max_stack_bytes: Most bytes of slices that one answer stacks.
        max_cache_bytes: Most bytes of pictures kept on the disk.
        projections: What laying out embeddings may take.
        data_roots: Folders whose data may be registered over HTTP although other machines reach the server.
        allow_code: Whether code of users may run in workers; `None` allows it to a server on this machine only.
        workers: What workers may take.
        slots: How many jobs at a time a device takes, where it is not one: `(("cpu", 2),)`.
        job_worker: Command that trains a graph, with the job's folder as its last word; `None`: ours.
        job_grace_s: Seconds that a job which is stopped has before it is ended by force; `None`: 10.
        min_free_bytes: Space that uploads leave on the disk.
        body_timeout_s: How long a body may take to arrive.
        max_sockets: Live connections at a time.
    """

    host: str = "127.0.0.1"
    token: str | None = None
    names: tuple[str, ...] = ()
    static: Path = STATIC
    max_body_bytes: int = MAX_BODY_BYTES
    max_blob_bytes: int = 16 << 30
    max_slice_bytes: int = 256 << 20
    max_stack_bytes: int = 1 << 30
    max_cache_bytes: int = 512 << 20
    min_free_bytes: int = 256 << 20
    body_timeout_s: float = 60.0
    max_sockets: int = 1000
    projections: Limits = Limits()  # noqa: RUF009 - frozen, so all may share it
    data_roots: tuple[Path, ...] = ()
    allow_code: bool | None = None
    workers: WorkerLimits = WorkerLimits()  # noqa: RUF009 - likewise
    slots: tuple[tuple[str, int], ...] = ()
    job_worker: tuple[str, ...] | None = None
    job_grace_s: float | None = None

    def check(self) -> None:
        """Refuse to be reachable from elsewhere without a token.

        Raises:
            InputError: `host` is not a loopback address and there is no token, or the token is too short.
        """
        if self.token is None and not is_loopback(self.host):
            msg = f"host: {self.host} is reachable from other machines, so a token is needed. Pass --token or set it."
            raise InputError(msg, field="host")
        if self.token is not None and (
            len(self.token) < 16 or not self.token.isascii() or not self.token.isprintable()
        ):
            msg = "token: expected at least 16 printable ASCII characters. Make one with `gnomon token`."
            raise InputError(msg, field="token")

    @property
    def runs_code(self) -> bool:
        """Tell whether code of users may run in workers.

        Example:
            >>> ServerSettings().runs_code, ServerSettings(host="0.0.0.0").runs_code
            (True, False)
        """
        return is_loopback(self.host) if self.allow_code is None else self.allow_code

    @property
    def why_no_code(self) -> str:
        """What to say to whoever wants code to run that may not."""
        if self.runs_code:
            return ""
        why = "it was started with --no-code" if self.allow_code is False else "other machines can reach it"
        return f"code: this server runs no code of users, for {why}. Start it with `gnomon up --allow-code` to let it."

    def allows(self, host: str) -> bool:
        """Tell whether `Host: host` may be served.

        A name is only trusted when it was named: a page of a foreign site whose name was made to point here
        (DNS rebinding) sends its own. An address cannot be rebound, so any is fine once we listen beyond loopback.

        Example:
            >>> ServerSettings().allows("localhost:7117"), ServerSettings().allows("127.0.0.1.evil.example")
            (True, False)
        """
        name = host_name(host)
        if name is None:
            return False
        if is_loopback(name) or name == self.host.lower() or name in self.names:
            return True
        return not is_loopback(self.host) and (_is_address(name) or name == socket.gethostname().lower())


def host_name(host: str) -> str | None:
    """Return the name in a `Host` value, lower case and without port, `None` when it is malformed.

    Example:
        >>> host_name("[::1]:7117"), host_name("Lab:80"), host_name("a:b")
        ('::1', 'lab', None)
    """
    name, port = host, ""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return None
        port = port[1:]
    elif host.count(":") == 1:
        name, _, port = host.partition(":")
    if not name or (port and not port.isdigit()):
        return None
    return name.lower()


def is_loopback(name: str) -> bool:
    """Tell whether a name or address can only mean this machine.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
