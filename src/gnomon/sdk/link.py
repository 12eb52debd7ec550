"""One kept-open HTTP connection to a gnomon server, with the standard library alone."""

import gzip
import http.client
import json
import os
import ssl
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from gnomon.core.errors import InputError, UnavailableError

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_MAX_ANSWER_BYTES: Final = 32 << 20
_BLOCK_BYTES: Final = 1 << 20
_Data = bytes | BufferedReader | None


class Link:
    """Speak to one server; connect when needed, and again after a failure.

    Args:
        url: `http://host:port` or `https://…`, with or without a path in front of `/api`.
        token: Sent as `Authorization: Bearer`.
        timeout_s: Seconds to connect, and to wait for each answer.

    Raises:
        InputError: `url` is not one.
    """

    def __init__(self, url: str, token: str | None = None, *, timeout_s: float = 30.0) -> None:
        try:
            parts = urlsplit(url)
            is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # a bracket that is not closed, a port that is no number
            is_one = False
        if not is_one:
            msg = f"url: expected http://host:port, received {url!r:.80}. Set GNOMON_URL to the address of the server."
            raise InputError(msg, field="url")
        self._parts, self._token, self._timeout_s = parts, token, timeout_s
        self._connection: http.client.HTTPConnection | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, where compressing costs more than it saves."""
        return self._parts.hostname in _LOOPBACK

    def call(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Send a request and return the status and the JSON answer (`{}` when it is none).

        Args:
            method: `GET`, `POST` …
            path: Path under the server's URL.
            body: Bytes are sent as they are (compressed, unless to this machine); anything else as JSON.

        Raises:
            UnavailableError: The server does not answer, or not in HTTP.
        """
        headers = self._headers()
        return _told(*self._try(method, path, self._encoded(body, headers), headers))

    def download(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a request as `call` does and return the status and the answer as it is, 32 MiB of it at most."""
        headers = self._headers() | dict(headers or {})
        return self._try(method, path, self._encoded(body, headers), headers)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "gnomon"}
        return headers | {"Authorization": f"Bearer {self._token}"} if self._token else headers

    def _try(self, method: str, path: str, data: _Data, headers: dict[str, str]) -> tuple[int, bytes]:
        try:
            return self._exchange(method, self._parts.path.rstrip("/") + path, data, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            reason = str(error) or type(error).__name__
            msg = f"The server at {self._parts.geturl()} cannot be reached: {reason}. Is it up? Is GNOMON_URL right?"
            raise UnavailableError(msg) from error

    def upload(self, path: str, file: Path) -> tuple[int, dict[str, Any]]:
        """Send a file by `PUT`, streamed from the disk, and return the status and the JSON answer.

        Args:
            path: Path under the server's URL.
            file: The file.

        Raises:
            FileNotFoundError: There is no such file.
            UnavailableError: The server does not answer, or not in HTTP.
        """
        headers = self._headers() | {"Content-Type": "application/octet-stream"}
        with file.open("rb") as stream:
            headers["Content-Length"] = str(os.fstat(stream.fileno()).st_size)
            return _told(*self._try("PUT", path, stream, headers))

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _encoded(self, body: object, headers: dict[str, str]) -> bytes | None:
        if body is None:
            return None
        if not isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
            return json.dumps(body).encode()
        headers["Content-Type"] = "application/octet-stream"
        if self.is_loopback:
            return body
        headers["Content-Encoding"] = "gzip"
        return gzip.compress(body, 1)

    def _exchange(self, method: str, path: str, data: _Data, headers: dict[str, str]) -> tuple[int, bytes]:
        is_kept = self._connection is not None
        try:
            response = self._send(method, path, data, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # A kept connection that the server has closed in the meantime; every request of ours can be repeated.
            self.close()
            if not is_kept:
                raise
            if isinstance(data, BufferedReader):
                data.seek(0)
            response = self._send(method, path, data, headers)
        raw = response.read(_MAX_ANSWER_BYTES)
        if response.will_close or response.length:
            self.close()
        return response.status, raw

    def _send(self, method: str, path: str, data: _Data, headers: dict[str, str]) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request(method, path, data, headers)
        return self._connection.getresponse()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s, blocksize=_BLOCK_BYTES)
        context = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
        return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=context, blocksize=_BLOCK_BYTES)


def _told(status: int, raw: bytes) -> tuple[int, dict[str, Any]]:
    try:
        answer = json.loads(raw) if raw else {}
    except ValueError:
        answer = {}
    return status, answer if isinstance(answer, dict) else {}
