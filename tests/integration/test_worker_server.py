"""`gnomon up` with its workers: the real loop, the real processes, and what is left when it ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.processes import gone, is_gone

TOKEN = "t" * 16
HEADERS = {"authorization": f"Bearer {TOKEN}"}
pytestmark = pytest.mark.slow


@contextmanager
def up(home: Path, *more: str) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    command = [sys.executable, "-m", "gnomon", "up", "--home", str(home), "--port", "0", "--no-browser", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().rpartition(" ")[2].strip()
            with httpx.Client(base_url=url, timeout=60, headers=HEADERS) as client:
                yield server, client
        finally:
            server.kill()


def worked(client: httpx.Client) -> list[dict[str, Any]]:
    """Have the worker of data look into the digits; return the workers there are."""
    assert client.get("/api/v1/datasets/digits/rows?first=0&last=1").status_code == 200
    workers: list[dict[str, Any]] = client.get("/api/v1/workers").json()["workers"]
    return workers


@pytest.mark.skipif(os.name != "posix", reason="kills by signals")
def test_workers_end_with_the_server_however_it_ends_and_run_what_it_was_told_they_may(home: Path) -> None:
    with up(home, "--no-code") as (server, client):
        found = client.get("/api/v1/workers").json()
        assert (found["allow_code"], "gnomon up --allow-code" in found["why_not"]) == (False, True)
        (first,) = worked(client)
        os.kill(first["pid"], signal.SIGKILL)
        asyncio.run(gone(first["pid"]))
        # Whether the server has heard of it or not: the one that asks next is told, or served by another.
        answers = [client.get("/api/v1/datasets/digits/rows").status_code for _ in range(2)]
        assert answers in ([200, 200], [503, 200])
        (second,) = worked(client)
        assert second["pid"] != first["pid"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
        assert is_gone(second["pid"])
    with up(home, "--host", "0.0.0.0", "--token", TOKEN, "--allow-code") as (server, client):
        assert client.get("/api/v1/workers").json()["allow_code"] is True
        (third,) = worked(client)
        server.kill()
        asyncio.run(gone(third["pid"]))
