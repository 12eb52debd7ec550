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

pytestmark = pytest.mark.slow


@contextmanager
def up(home: Path, *more: str) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    command = [sys.executable, "-m", "gnomon", "up", "--home", str(home), "--port", "0", "--no-browser", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().rpartition(" ")[2].strip()
            with httpx.Client(base_url=url, timeout=60) as client:
                yield server, client
        finally:
            server.kill()


def worked(client: httpx.Client) -> list[dict[str, Any]]:
    """Have the worker of data look into the digits; return the workers there are."""
    assert client.get("/api/v1/datasets/digits/profile").status_code == 200
    workers: list[dict[str, Any]] = client.get("/api/v1/workers").json()["workers"]
    return workers


@pytest.mark.skipif(os.name != "posix", reason="kills by signals")
def test_workers_end_with_the_server_however_it_ends_and_crashes_are_told(home: Path) -> None:
    with up(home) as (server, client):
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
    with up(home) as (server, client):
        (third,) = worked(client)
        server.kill()
        asyncio.run(gone(third["pid"]))


@pytest.mark.parametrize(
    ("asked", "allowed"), [(("--no-code",), False), (("--host", "0.0.0.0", "--token", "t" * 16, "--allow-code"), True)]
)
def test_whether_code_runs_follows_the_command_line(home: Path, asked: tuple[str, ...], allowed: bool) -> None:
    with up(home, *asked) as (_, client):
        found = client.get("/api/v1/workers", headers={"authorization": f"Bearer {'t' * 16}"}).json()
    assert found["allow_code"] == allowed
    assert ("gnomon up --allow-code" in found["why_not"]) != allowed
