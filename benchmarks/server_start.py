"""How long until the server answers, and what it holds when idle: a fresh process on a fresh home, and on a used one."""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _measure import report

SERVE = """
import sys
from pathlib import Path
from gnomon.store.home import Home
from gnomon.server.run import serve
with Home.open(Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", 0, on_ready=lambda url: print(url, flush=True))
"""
ROUNDS = 7


def start(home: Path, compiled: Path) -> tuple[float, float]:
    """Return seconds until the first 200, and MB resident a second later; `compiled` holds bytecode, as an install does."""
    environment = {**os.environ, "PYTHONPATH": "src", "PYTHONPYCACHEPREFIX": str(compiled)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(home)], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        took = time.perf_counter() - began
        time.sleep(1)
        status = Path(f"/proc/{process.pid}/status").read_text()
        return took, int(status.partition("VmRSS:")[2].split()[0]) / 1024
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Print both figures as medians."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "compiled"
        start(Path(folder) / "first", compiled)
        found = [start(Path(folder) / str(number), compiled) for number in range(ROUNDS)]
    took = statistics.median(t for t, _ in found)
    report("server start to first 200", took, "s", target=0.6, best=min(t for t, _ in found), n=ROUNDS)
    report("server resident when idle", statistics.median(m for _, m in found), "MB", target=80, n=ROUNDS)


if __name__ == "__main__":
    main()
