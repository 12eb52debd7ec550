"""From a posted value to the WebSocket frame that shows it, for one tab and with 200 tabs open; and what tabs cost ingest."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from _measure import report

SERVE = """
import sys
from pathlib import Path
from gnomon.store.home import Home
from gnomon.server.run import serve
with Home.open(Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", 0, on_ready=lambda url: print(url, flush=True))
"""
VALUES, TABS, COLUMNS = 200, 200, 400


async def latencies(url: str, client: httpx.AsyncClient, run: str) -> list[float]:
    """Return milliseconds from just before the POST until the frame with the value has arrived."""
    found = []
    async with connect(url.replace("http", "ws") + "/api/v1/live") as tab:
        await tab.recv()
        await tab.send(json.dumps({"op": "watch", "projects": ["p"], "runs": {run: ["loss"]}}))
        await tab.recv()
        for _ in range(VALUES):
            began = time.perf_counter()
            post = asyncio.create_task(client.post("/api/v1/ingest", json={"project": "p", "run": "r", "loss": began}))
            while True:
                frame = json.loads(await tab.recv())
                if frame["type"] == "points" and frame["series"]["loss"]["value"][-1] == began:
                    break
            found.append((time.perf_counter() - began) * 1000)
            assert (await post).status_code == 200
    return found


async def ingest_speed(client: httpx.AsyncClient, pid: int) -> tuple[float, float]:
    """Return points per second, posting columns one after the other, and the server's CPU microseconds per point."""
    lines = {"project": "p", "run": "r", "columns": {f"k{i}": [float(v) for v in range(500)] for i in range(10)}}
    body = json.dumps(lines)
    before, began = cpu_s(pid), time.perf_counter()
    for _ in range(COLUMNS):
        answer = await client.post("/api/v1/ingest", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 200
    points = COLUMNS * 5000
    return points / (time.perf_counter() - began), (cpu_s(pid) - before) / points * 1e6


async def be_tabs(url: str, run: str) -> None:
    """Be many tabs that watch the run and read what comes; says so once all of them do."""
    async with contextlib.AsyncExitStack() as stack:
        tabs = [
            await stack.enter_async_context(connect(url.replace("http", "ws") + "/api/v1/live")) for _ in range(TABS)
        ]
        for tab in tabs:
            await tab.send(json.dumps({"op": "watch", "projects": ["p"], "runs": {run: ["loss", "k0"]}}))
        for tab in tabs:
            await tab.recv()
        print("ready", flush=True)
        await asyncio.gather(*map(drain, tabs))


async def drain(tab: ClientConnection) -> None:
    """Read until the server goes away."""
    async for _ in tab:
        pass


def cpu_s(pid: int) -> float:
    """Return the CPU seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(url: str, pid: int) -> None:
    """Print all figures."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        made = await client.post("/api/v1/ingest", json={"project": "p", "run": "r", "step": 0, "loss": 0})
        run = made.json()["runs"][0]
        show("one tab", await latencies(url, client, run))
        alone, alone_cpu = await ingest_speed(client, pid)
        tabs = await asyncio.create_subprocess_exec(sys.executable, __file__, url, run, stdout=subprocess.PIPE)
        assert tabs.stdout is not None
        await tabs.stdout.readline()
        show(f"{TABS} more tabs", await latencies(url, client, run))
        watched, watched_cpu = await ingest_speed(client, pid)
        tabs.kill()
        await tabs.wait()
    report(f"ingest with {TABS} tabs open", watched / 1e6, "M points/s", rival=alone / 1e6, ratio=watched / alone)
    extra = (watched_cpu - alone_cpu) * watched / 1e6
    report(f"server CPU that {TABS} tabs cost during ingest", extra, "of one core", limit=0.1)


def show(where: str, found: list[float]) -> None:
    """Print the percentiles of one series of measurements."""
    for percent in (50, 95, 99):
        report(
            f"post to frame, {where}, p{percent}", float(np.percentile(found, percent)), "ms", target=300, n=len(found)
        )


def main() -> None:
    """Start a server and measure it, or be the tabs of such a measurement; all share this machine's cores."""
    if len(sys.argv) == 3:
        asyncio.run(be_tabs(sys.argv[1], sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(Path("src").resolve())}
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, folder], env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            asyncio.run(measure(process.stdout.readline().strip(), process.pid))
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
