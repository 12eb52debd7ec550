"""`/predict` of one 28 by 28 PNG: how long one caller waits, and how many requests one core answers, alone and beside training.

    python benchmarks/serve_mlp.py

The server is pinned to one core and the callers, a process of their own, to another. What the server's process spends
per request is told too: it does not depend on how fast the callers are. The limit is the same work without HTTP: the
picture decoded, the network asked, the answer encoded, in a loop. Training runs in the server's worker, which shares
the callers' core.
"""

import base64
import io
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import psutil
from PIL import Image

from _measure import report

CALLERS = Path(__file__).with_name("_callers.py")
SECONDS, CONNECTIONS, ROUNDS = 3.0, 16, 5


def picture() -> bytes:
    """Return the body of one request: a noisy ring, which compresses as badly as a digit does."""
    y, x = np.mgrid[:28, :28] - 13.5
    ring = np.exp(-((np.hypot(x, y) - 8) ** 2) / 6) * 255 * np.random.default_rng(0).uniform(0.8, 1, (28, 28))
    file = io.BytesIO()
    Image.fromarray(ring.astype(np.uint8)).save(file, "PNG")
    return json.dumps({"image": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()}).encode()


def bare(body: bytes) -> float:
    """Return the seconds of CPU of one prediction without HTTP."""
    from gnomon.models import pretrained
    from gnomon.server.serving.inputs import read_input
    from gnomon.server.serving.mlp import _predict

    net, count = pretrained.load(), 2_000
    began = time.process_time()
    for _ in range(count):
        msgspec.json.encode(_predict(net, read_input("application/json", body)))
    return (time.process_time() - began) / count


def called(url: str, body: bytes, connections: int, seconds: float, core: int) -> dict[str, float]:
    """Return requests per second and percentiles in ms, as the callers saw them."""
    done = subprocess.run(
        [sys.executable, str(CALLERS), url, str(connections), str(seconds), str(core)],
        input=body,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the figures."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    cores = sorted(os.sched_getaffinity(0))
    ours, theirs = cores[0], cores[-1]
    body = picture()
    limit = bare(body)
    command = [sys.executable, "-m", "gnomon", "serve", "mlp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        process = psutil.Process(server.pid)
        process.cpu_affinity([ours])
        called(url, body, 1, 1.0, theirs)  # warm
        alone, many, spent = [], [], []
        for _ in range(ROUNDS):
            alone.append(called(url, body, 1, SECONDS, theirs))
            before = sum(process.cpu_times()[:2])
            many.append(called(url, body, CONNECTIONS, SECONDS, theirs))
            spent.append((sum(process.cpu_times()[:2]) - before) / many[-1]["count"])
        beside = []
        for _ in range(ROUNDS):
            trainer = subprocess.Popen(
                [sys.executable, "-c", TRAIN, url.replace("/predict", "/train")], stdout=subprocess.PIPE, text=True
            )
            assert trainer.stdout is not None
            trainer.stdout.readline()
            beside.append(called(url, body, CONNECTIONS, SECONDS, theirs))
            reset(url)
            trainer.wait()
        server.terminate()
    cpu = statistics.median(spent)
    report(
        "/predict of one 28×28 PNG, one caller, p50", _median(alone, "p50"), "ms", p99=_median(alone, "p99"), target=2
    )
    report(
        f"/predict of one 28×28 PNG, {CONNECTIONS} connections, server on one core",
        _median(many, "rate"),
        "requests/s",
        p50_ms=_median(many, "p50"),
        server_us=round(cpu * 1e6),
        ceiling=round(1 / cpu),
        bare_us=round(limit * 1e6),
        ratio=cpu / limit,
        target=3000,
        n=ROUNDS,
    )
    report("the same beside /train", _median(beside, "rate"), "requests/s", p50_ms=_median(beside, "p50"), target=1000)


TRAIN = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], b'{"epochs": 200}', {"content-type": "application/json"})
print("asked", flush=True)
try:
    urllib.request.urlopen(request, timeout=120).read()
except urllib.error.HTTPError:
    pass  # the reset that ends it
"""


def reset(url: str) -> None:
    """Have the training thrown away."""
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(url.replace("/predict", "/reset"), b"", method="POST")).read()


def _median(found: list[dict[str, float]], name: str) -> float:
    return statistics.median(each[name] for each in found)


if __name__ == "__main__":
    main()
