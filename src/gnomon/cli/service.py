"""The server of a home as a child process, so that it shares nothing with what trains but the folder."""

import errno
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final, Self

from gnomon.core.errors import UnavailableError

READY: Final = "gnomon is up: "
"""What `gnomon up` prints in front of its URL, once it answers."""

_GREETING: Final = ("home ", "Ctrl-C ")
_STOP_S: Final = 15.0
_TRIES: Final = 50


class Service:
    """Run `gnomon up` until the end of a `with` block.

    Args:
        home: Home folder.
        port: Port it listens on.

    Raises:
        UnavailableError: It did not come up; the message holds what it said.
    """

    def __init__(self, home: Path, port: int) -> None:
        command = [sys.executable, "-m", "gnomon", "up", "--home", str(home), "--port", str(port), "--no-browser"]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves, with a path and a number
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.url = self._first_words()
        # A pipe that nobody empties would stop the server one day.
        self._forwarder = threading.Thread(target=self._forward, daemon=True)
        self._forwarder.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    def wait(self) -> int:
        """Wait until the server ends by itself or by Ctrl-C; return its exit status."""
        return self._process.wait()

    def stop(self) -> int:
        """Tell the server to end, wait until everything is committed, and return its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _first_words(self) -> str:
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            if line.startswith(READY):
                return line.removeprefix(READY).strip()
            said.append(line.strip())
        status = self.stop()
        self._process.stdout.close()
        msg = f"The server did not come up (exit status {status}): {' '.join(said) or 'it said nothing'}"
        raise UnavailableError(msg)

    def _forward(self) -> None:
        """Pass on what the server complains of; its greeting was for us."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if not line.startswith(_GREETING):
                    sys.stderr.write(line)


def free_port(wanted: int, host: str = "127.0.0.1") -> int:
    """Return `wanted` when nobody listens there, else the next port that is free; 0 stays 0.

    Args:
        wanted: Port to begin with.
        host: Address it is to be free on.

    Raises:
        UnavailableError: None of the next 50 is free.
    """
    for port in range(wanted, min(wanted + _TRIES, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
            else:
                return port
    msg = f"port: none of {wanted} to {wanted + _TRIES - 1} is free on {host}. Choose another with --port."
    raise UnavailableError(msg)
