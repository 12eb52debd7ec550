"""Callers of one address: so many connections, each sends its next request when the last one is answered.

    python _callers.py URL CONNECTIONS SECONDS CORE < BODY

Prints one JSON object: requests per second, their count, p50 and p99 in ms. An answer other than 200 ends it.
"""

import asyncio
import json
import os
import sys
import time
from urllib.parse import urlsplit

import uvloop


class Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, until: float, taken: list[float], done: asyncio.Future) -> None:
        self._request, self._until, self._taken, self._done = request, until, taken, done
        self._got = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        now = time.perf_counter()
        self._taken.append(now - self._sent)
        self._got = b""
        if not head.startswith(b"HTTP/1.1 200"):
            self._done.set_exception(RuntimeError(head.decode()))
        elif now < self._until:
            self._send()
        else:
            self._transport.close()
            self._done.set_result(None)


async def call(url: str, connections: int, seconds: float, body: bytes) -> dict[str, float]:
    """Return what was seen."""
    where = urlsplit(url)
    request = (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    loop = asyncio.get_running_loop()
    taken: list[float] = []
    began = time.perf_counter()
    waiting = [loop.create_future() for _ in range(connections)]
    for done in waiting:
        await loop.create_connection(
            lambda done=done: Caller(request, began + seconds, taken, done), where.hostname, where.port
        )
    await asyncio.gather(*waiting)
    took = time.perf_counter() - began
    taken.sort()
    share = lambda part: taken[min(len(taken) - 1, int(part * len(taken)))] * 1000  # noqa: E731
    return {"rate": len(taken) / took, "count": len(taken), "p50": share(0.5), "p99": share(0.99)}


if __name__ == "__main__":
    os.sched_setaffinity(0, [int(sys.argv[4])])
    print(json.dumps(uvloop.run(call(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.stdin.buffer.read()))))
