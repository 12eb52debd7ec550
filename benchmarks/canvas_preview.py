"""Previews of a graph of 50 nodes, from the request to the answer: cold, warm, and what an edit costs.

    python benchmarks/canvas_preview.py

The graph is a residual network for pictures of 32 × 32 pixels with up to 64 channels; all its nodes are in view. The
server is the real one, its worker a real process with PyTorch on half of the processors; requests come one by one. Times
are from the request to the answer, and stretch on a machine that does other things; `cpu` is what server and worker took.
"""

import importlib.util
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from starlette.testclient import TestClient

from _measure import report
from gnomon.server.app import create_app
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

NODES = 50
ROUNDS = 15
COLD_S, WARM_MS = 6.0, 150.0


def network() -> dict[str, Any]:
    """Return a graph of 50 nodes: a stem, residual blocks of five nodes at three sizes, a head."""
    nodes: list[dict[str, Any]] = [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 32, "width": 32, "channels": 3}}
    ]
    edges: list[dict[str, Any]] = []

    def add(name: str, kind: str, before: list[str], **params: Any) -> str:
        nodes.append({"id": name, "type": f"core/{kind}@1", "params": params})
        many = kind == "add"
        edges.extend(
            {"from": [each, "out"], "to": [name, f"in.{i}" if many else "in"]} for i, each in enumerate(before)
        )
        return name

    last = add("stem", "conv2d", ["image"], filters=16)
    for block in range(8):
        filters, stride = 16 << (block // 3), 2 if block in (3, 6) else 1
        skip = last
        if stride == 2:
            skip = add(f"skip{block}", "conv2d", [last], filters=filters, strides=2, kernel_size=1)
        last = add(f"conv{block}a", "conv2d", [last], filters=filters, strides=stride, use_bias=False)
        last = add(f"norm{block}", "batch_norm", [last])
        last = add(f"relu{block}", "activation", [last], function="relu")
        last = add(f"conv{block}b", "conv2d", [last], filters=filters)
        last = add(f"sum{block}", "add", [last, skip])
    last = add("pool", "global_avg_pool", [last])
    for name in ("hidden", "more"):
        last = add(name, "dense", [last], units=64, activation="relu")
    last = add("drop", "dropout", [last])
    last = add("head", "dense", [last], units=10)
    add("label", "classification", [last])
    return {"nodes": nodes, "edges": edges}


class Page:
    """Ask as the canvas does: it remembers the keys of what it has."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        made = client.post("/api/v1/graphs", json={"project": "bench", "name": "net", "graph": network()}).json()
        self.id, self.rev = made["id"], made["rev"]
        self.nodes = [node["id"] for node in made["graph"]["nodes"]]
        self.known: dict[str, str] = {}
        self.bytes = 0

    def cpu_s(self) -> float:
        """Return the CPU time that this process and the worker have taken."""
        (worker,) = self.client.app.state.context.workers.states()  # type: ignore[attr-defined]
        return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in (os.getpid(), worker.pid))

    def edit(self, node: str, params: dict[str, Any]) -> None:
        ops = [{"op": "set", "id": node, "params": params}]
        self.rev = self.client.patch(f"/api/v1/graphs/{self.id}", json={"rev": self.rev, "ops": ops}).json()["rev"]

    def look(self, *, seed: int = 0) -> tuple[float, int]:
        """Return the seconds that an answer took, and how many nodes were run for it."""
        asked = {"nodes": self.nodes, "known": self.known, "seed": seed}
        begin = time.perf_counter()
        answer = self.client.post(f"/api/v1/graphs/{self.id}/preview", json=asked)
        taken = time.perf_counter() - begin
        found = answer.json()
        assert (answer.status_code, found["missing"], len(found["nodes"])) == (200, {}, len(self.nodes)), found
        self.known = {name: node["key"] for name, node in found["nodes"].items()}
        self.bytes = len(answer.content)
        return taken, len(found["nodes"]) - len(found["cached"])


def edits(page: Page, node: str, params: list[dict[str, Any]]) -> Iterator[tuple[float, int]]:
    """Yield what it takes to see each of some edits, none of which was seen before."""
    for each in params:
        page.edit(node, each)
        yield page.look()


def told(figure: str, page: Page, looks: Iterator[tuple[float, int]]) -> None:
    """Report the median time of some looks, and the CPU time of each."""
    before = page.cpu_s()
    found = list(looks)
    cpu_ms = 1000 * (page.cpu_s() - before) / len(found)
    times = [taken for taken, _ in found]
    report(
        figure, 1000 * statistics.median(times), "ms", target=WARM_MS,
        worst=1000 * max(times), cpu=cpu_ms, nodes_run=found[-1][1], n=len(found),
    )  # fmt: skip


def main() -> None:
    if importlib.util.find_spec("torch") is None:
        sys.exit(77)
    with (
        tempfile.TemporaryDirectory() as folder,
        Home(Path(folder) / "home", MemoryEngine()) as home,
        TestClient(create_app(home), base_url="http://127.0.0.1:7117") as client,
    ):
        measure(Page(client))


def measure(page: Page) -> None:
    assert len(page.nodes) == NODES, len(page.nodes)
    cold, ran = page.look()
    report("canvas preview, 50 nodes, cold (worker and PyTorch start)", cold, "s", target=COLD_S, nodes_run=ran)
    size = page.bytes / 1000
    anew = (page.look(seed=seed) for seed in range(1, ROUNDS + 1))
    told("canvas preview, 50 nodes, warm, all run and drawn anew (other weights and sample)", page, anew)
    report("canvas preview, 50 nodes, answer", size, "kB", per_node=size / NODES)
    page.look()
    told("canvas preview, 50 nodes, warm, nothing changed", page, (page.look() for _ in range(ROUNDS)))
    ends = [{"units": 11 + i} for i in range(ROUNDS)]
    told("canvas preview, 50 nodes, edit at the end", page, edits(page, "head", ends))
    kernels = [{"kernel_size": 5 + 2 * (i // 2), "use_bias": i % 2 == 0} for i in range(ROUNDS)]
    told("canvas preview, 50 nodes, edit at the beginning", page, edits(page, "stem", kernels))


if __name__ == "__main__":
    main()
