"""What one scalar costs in CPU time, all processes together: trainer, agent and the server that stores it.

The trainer logs ten scalars a call, once at full speed and once at a pace of some thousand calls a second. The cost of
the loop itself is taken off; the time of starting is not counted. Prints JSON lines.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _measure import report

SERVER = """
import sys, pathlib
from gnomon.server.run import serve
from gnomon.store.home import Home
with Home.open(pathlib.Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", 0, on_ready=lambda url: print(url, flush=True))
"""

TRAINER = """
import sys, time
import gnomon
calls, pause_s = int(sys.argv[2]), float(sys.argv[3])
run = gnomon.init("cpu", home=sys.argv[1])
values = {f"train/metric_{i}": i / 10 for i in range(10)}

def loop(log):
    began = time.process_time()
    for step in range(calls):
        for key in values:
            values[key] += 0.1
        log(values, step)
        if pause_s and step % 100 == 0:
            time.sleep(pause_s)
    return time.process_time() - began

empty = loop(lambda values, step: None)
print(loop(run.log) - empty)
run.finish()
"""


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(home: Path, calls: int, pause_s: float) -> dict[str, float]:
    """Return microseconds of CPU for each scalar, by process."""
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(home)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    server.stdout.readline()
    before = cpu_s(server.pid)
    arguments = [sys.executable, "-c", TRAINER, str(home), str(calls), str(pause_s)]
    trainer = float(subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True).stdout)
    agent_pid = json.loads((home / "agent.json").read_bytes())["pid"]
    while any((home / "journal").iterdir()):
        time.sleep(0.05)
    time.sleep(2.0)  # the store goes on folding what it acknowledged into chunks; that belongs to the cost
    agent, stored = cpu_s(agent_pid), cpu_s(server.pid) - before
    server.send_signal(signal.SIGINT)
    server.wait()
    os.kill(agent_pid, signal.SIGTERM)
    seconds = {"trainer": trainer, "agent": agent, "server": stored}
    return {name: s / (10 * calls) * 1e6 for name, s in seconds.items()}


def main() -> None:
    """Measure at full speed and at a pace."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=100_000)
    calls = parser.parse_args().calls
    for name, count, pause_s in (("full speed", calls, 0.0), ("some thousand calls a second", calls // 2, 0.01)):
        with tempfile.TemporaryDirectory() as folder:
            cost = measure(Path(folder), count, pause_s)
        report(f"CPU per scalar, {name}", sum(cost.values()), "us", limit=3.0, n=10 * count, **cost)


if __name__ == "__main__":
    main()
