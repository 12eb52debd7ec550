"""`gnomon serve NAME@REF` of a small convolutional network: what a caller waits, and what an answer costs beyond ONNX Runtime.

    python benchmarks/serve_onnx.py

A request brings a 28 by 28 PNG in a data URI; it is decoded, brought to the 8 by 8 numbers that the packaged digits have,
and normalised by the code that prepares training data. The server is pinned to one core and the callers, a process of
their own, to another. The limit is `session.run` of the same rows in a loop: one at a time, and 16 at a time.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
import onnx
import psutil
from onnx import TensorProto, helper, numpy_helper

from _measure import report
from serve_mlp import CONNECTIONS, ROUNDS, SECONDS, called, picture

GRAPH = {
    "format": "graph/1",
    "name": "digits",
    "target": "torch",
    "nodes": [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8, "channels": 1}},
        {"id": "label", "type": "core/classification@1", "params": {"classes": 10}},
    ],
    "edges": [],
}


def network(path: Path) -> None:
    """Write two convolutions of 16 and 32 channels and a dense layer: 23,000 weights, 0.7 million multiplications."""
    rng = np.random.default_rng(0)
    shapes = {"a": (16, 1, 3, 3), "b": (32, 16, 3, 3), "c": (2048, 10)}
    held = [
        numpy_helper.from_array(rng.normal(0, 0.1, shape).astype(np.float32), name) for name, shape in shapes.items()
    ]
    same = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Transpose", ["image"], ["x"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["x", "a"], ["xa"], **same),
        helper.make_node("Relu", ["xa"], ["ya"]),
        helper.make_node("Conv", ["ya", "b"], ["xb"], **same),
        helper.make_node("Relu", ["xb"], ["yb"]),
        helper.make_node("Flatten", ["yb"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "c"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["label"], axis=-1),
    ]
    given = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["rows", 8, 8, 1])
    made = helper.make_tensor_value_info("label", TensorProto.FLOAT, ["rows", 10])
    graph = helper.make_graph(nodes, "digits", [given], [made], held)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))


def alone(path: Path, rows: int) -> float:
    """Return the seconds of CPU of one row in ONNX Runtime, so many at a time."""
    from gnomon.models.predictor import OnnxPredictor

    session, count = OnnxPredictor(path)._session, 3_000  # without our share of it
    x = np.random.default_rng(0).random((rows, 8, 8, 1), np.float32)
    session.run(None, {"image": x})
    began = time.process_time()
    for _ in range(count):
        session.run(None, {"image": x})
    return (time.process_time() - began) / count / rows


def main() -> None:
    """Print the figures."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    cores = sorted(os.sched_getaffinity(0))
    ours, theirs = cores[0], cores[-1]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GNOMON_HOME"] = str(Path(folder) / "home")
        model = Path(folder) / "model.onnx"
        network(model)
        runtime, many_rows = alone(model, 1), alone(model, 16)
        measure(model, (ours, theirs), (runtime, many_rows))


def measure(model: Path, cores: tuple[int, int], limits: tuple[float, float]) -> None:
    """Serve the model, call it, and print what was seen."""
    from gnomon.models.datasets.versions import packaged_version
    from gnomon.models.registry import home as registry

    data = msgspec.json.encode(packaged_version("digits").spec)
    registry.register("digits", {"model.onnx": model, "graph.json": json.dumps(GRAPH).encode(), "dataset.json": data})
    command = [sys.executable, "-m", "gnomon", "serve", "digits@1"]
    body, (ours, theirs) = picture(), cores
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        process = psutil.Process(server.pid)
        process.cpu_affinity([ours])
        called(url, body, 1, 1.0, theirs)  # warm
        one, many, spent = [], [], []
        for _ in range(ROUNDS):
            one.append(called(url, body, 1, SECONDS, theirs))
            before = sum(process.cpu_times()[:2])
            many.append(called(url, body, CONNECTIONS, SECONDS, theirs))
            spent.append((sum(process.cpu_times()[:2]) - before) / many[-1]["count"])
        server.terminate()
    runtime, together = limits
    cpu = statistics.median(spent)
    p50, rate = (statistics.median(each[name] for each in found) for found, name in ((one, "p50"), (many, "rate")))
    p99 = statistics.median(each["p99"] for each in one)
    report("endpoint on ONNX Runtime: /predict of one PNG, one caller, p50", p50, "ms", p99=p99, target=2)
    report(
        f"endpoint on ONNX Runtime: {CONNECTIONS} connections, server on one core",
        rate,
        "requests/s",
        p50_ms=statistics.median(each["p50"] for each in many),
        server_us=round(cpu * 1e6),
        runtime_us=round(runtime * 1e6),
        runtime_of_16_us=round(together * 1e6),
        beyond_runtime_us=round((cpu - together) * 1e6),
        ratio=cpu / together,
        n=ROUNDS,
    )


if __name__ == "__main__":
    main()
