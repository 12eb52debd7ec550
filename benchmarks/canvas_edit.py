"""An edit of a graph of 100 nodes: from PATCH to the answer with shapes and issues of every node, over HTTP.

    python benchmarks/canvas_edit.py

A real server process on a real disk. One edit changes one node, one changes the shape of every node, one adds and
removes a node, one only moves a node. What a round trip of `/health` takes is printed beside it, and so is the part
that the server spent on inference and checks (`took_us`); the rest is applying, storing durably, and JSON.
"""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from _measure import report

ROUNDS, TARGET_MS = 200, 5.0
COMMAND = [sys.executable, "-c", "from gnomon.cli.main import main; main()", "up", "--no-browser", "--port", "0"]
Edit = Callable[[int], list[dict[str, Any]]]


class Client:
    """One connection that stays open, as a browser's does."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def send(self, method: str, path: str, body: object = None) -> tuple[Any, float]:
        """Return the answer, and milliseconds until it was read."""
        data = None if body is None else json.dumps(body).encode()
        began = time.perf_counter()
        self._connection.request(method, path, data, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        text = answer.read()
        took = (time.perf_counter() - began) * 1000
        assert answer.status < 300, text
        return json.loads(text), took


def residual(blocks: int) -> dict[str, Any]:
    """Return a network of 7 nodes in each block, and 5 around them."""
    nodes, edges = (
        [{"id": "image", "type": "core/image_input@1", "params": {"height": 64, "width": 64, "channels": 16}}],
        [],
    )
    last = "image"

    def add(name: str, kind: str, *sources: str, **params: Any) -> str:
        nodes.append(
            {"id": name, "type": f"core/{kind}@1", "params": params, "ui": {"x": 40.0 * len(nodes), "y": 80.0}}
        )
        many = len(sources) > 1
        edges.extend({"from": [s, "out"], "to": [name, f"in.{i}" if many else "in"]} for i, s in enumerate(sources))
        return name

    for i in range(blocks):
        first = last
        for part in ("a", "b"):
            last = add(f"conv{i}{part}", "conv2d", last, filters=16)
            last = add(f"norm{i}{part}", "batch_norm", last)
            if part == "a":
                last = add(f"relu{i}a", "activation", last)
        last = add(f"relu{i}b", "activation", add(f"add{i}", "add", last, first))
    last = add("pool", "global_avg_pool", last)
    last = add("drop", "dropout", last)
    add("label", "classification", add("head", "dense", last, units=10), classes=10)
    return {"nodes": nodes, "edges": edges}


EDITS: dict[str, Edit] = {
    "one parameter": lambda i: [{"op": "set", "id": "conv3a", "params": {"kernel_size": 1 + 2 * (i % 50)}}],
    "every shape": lambda i: [{"op": "set", "id": "image", "params": {"height": 64 + i}}],
    "a node more, a node less": lambda i: [
        {"op": "add", "node": {"id": "extra", "type": "core/dropout@1"}}
        if i % 2 == 0
        else {"op": "remove", "id": "extra"}
    ],
    "a node moved": lambda i: [{"op": "move", "places": {"conv3a": {"x": float(i), "y": 5.0}}}],
}


def run(url: str) -> None:
    """Print the figures."""
    client = Client(url)
    made, _ = client.send("POST", "/api/v1/graphs", {"project": "bench", "name": "hundred", "graph": residual(14)})
    nodes, rev = len(made["graph"]["nodes"]), made["rev"]
    assert not [issue for issue in made["report"]["issues"] if issue["level"] == "error"]
    health = float(np.median([client.send("GET", "/version")[1] for _ in range(ROUNDS)]))
    for name, edit in EDITS.items():
        waits, inner = [], []
        for i in range(ROUNDS):
            answer, took = client.send("PATCH", f"/api/v1/graphs/{made['id']}", {"rev": rev, "ops": edit(i)})
            rev = answer["rev"]
            waits.append(took)
            inner.append(answer["report"]["took_us"] / 1000)
        for percent in (50, 95):
            report(
                f"edit of {nodes} nodes ({name}) over HTTP, p{percent}",
                float(np.percentile(waits, percent)),
                "ms",
                target=TARGET_MS,
                inference_and_checks=float(np.percentile(inner, percent)),
                bare_round_trip=health,
                n=ROUNDS,
            )


def main() -> None:
    """Start a server in a folder of its own, measure, and stop it."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([*COMMAND, "--home", folder], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            line = next(line for line in server.stdout if "http://" in line)
            run("http://" + line.split("http://")[1].split()[0].rstrip("/"))
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
