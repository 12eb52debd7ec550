"""What it costs to ask an endpoint through the server that keeps it, beside asking the same model's own process.

    python benchmarks/serve_proxy.py

Both answer the 28 by 28 PNG of `serve_onnx.py` with the same small convolutional network. All that is ours, the server and
the process of the endpoint, shares one core, and the callers have another, so that the rates may be compared: through the
server a request is read twice. What the server itself spends on a request does not depend on how fast the callers are.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import msgspec
import psutil

from _measure import report
from serve_mlp import CONNECTIONS, ROUNDS, SECONDS, called, picture
from serve_onnx import GRAPH, network


def main() -> None:
    """Print the figures."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "GNOMON_AGENT": "off"}
    cores = sorted(os.sched_getaffinity(0))
    from gnomon.models.datasets.versions import packaged_version
    from gnomon.models.registry import home as registry

    with tempfile.TemporaryDirectory() as folder:
        os.environ["GNOMON_HOME"] = str(Path(folder) / "home")
        network(Path(folder) / "model.onnx")
        data = msgspec.json.encode(packaged_version("digits").spec)
        files: dict[str, Any] = {"model.onnx": Path(folder) / "model.onnx", "dataset.json": data}
        registry.register("digits", {**files, "graph.json": json.dumps(GRAPH).encode()})
        up = [sys.executable, "-m", "gnomon", "up", "--port", "0", "--no-browser"]
        alone = [sys.executable, "-m", "gnomon", "serve", "digits@1", "--home", os.environ["GNOMON_HOME"]]
        with (
            subprocess.Popen(up, stdout=subprocess.PIPE, text=True) as server,
            subprocess.Popen(alone, stdout=subprocess.PIPE, text=True) as other,
        ):
            try:
                assert server.stdout is not None
                assert other.stdout is not None
                kept = endpoint(server.stdout.readline().split()[-1])
                measure((server.pid, kept[1], other.pid), (kept[0], other.stdout.readline().split()[-1]), cores)
            finally:
                server.terminate()
                other.terminate()


def endpoint(url: str) -> tuple[str, int]:
    """Have the server keep an endpoint; return its address and the id of its process."""
    asked = {"model": "digits@1", "log": {"share": 1.0, "per_minute": 60}}
    row = json.loads(_ask(f"{url}/api/v1/endpoints", json.dumps(asked).encode()))
    while row["state"] != "running":
        time.sleep(0.05)
        row = json.loads(_ask(f"{url}/api/v1/endpoints/digits"))
    return f"{url}/serve/digits/predict", row["pid"]


def measure(pids: tuple[int, int, int], urls: tuple[str, str], cores: list[int]) -> None:
    """Ask both, turn by turn, and print what was seen."""
    processes = [psutil.Process(pid) for pid in pids]
    for process in processes:
        process.cpu_affinity([cores[0]])
    body, theirs = picture(), cores[-1]
    one: list[list[dict[str, float]]] = [[], []]
    many: list[list[dict[str, float]]] = [[], []]
    spent = []
    for url in urls:
        called(url, body, 1, 1.0, theirs)  # warm
    for _ in range(ROUNDS):
        for i, url in enumerate(urls):
            one[i].append(called(url, body, 1, SECONDS, theirs))
            before = sum(processes[0].cpu_times()[:2])
            many[i].append(called(url, body, CONNECTIONS, SECONDS, theirs))
            if not i:
                spent.append((sum(processes[0].cpu_times()[:2]) - before) / many[0][-1]["count"])
    p50 = [statistics.median(each["p50"] for each in found) for found in one]
    rate = [statistics.median(each["rate"] for each in found) for found in many]
    report(
        "endpoint through the server: /predict of one PNG, one caller, p50", p50[0], "ms", beside_ms=p50[1], target=2
    )
    report(
        f"endpoint through the server: {CONNECTIONS} connections, server and process on one core",
        rate[0],
        "requests/s",
        own_process=rate[1],
        server_us=round(statistics.median(spent) * 1e6),
        ratio=rate[1] / rate[0],
        n=ROUNDS,
    )


def _ask(url: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        found: bytes = answer.read()
        return found


if __name__ == "__main__":
    main()
