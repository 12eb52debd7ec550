"""One small durable commit (100 points of 10 keys) beside a bare write and fdatasync of the same bytes, in turns."""

import os
import tempfile
import time
from pathlib import Path

import numpy as np

import _measure as m
from gnomon.core import journal
from gnomon.core.batch import Batch, Frame
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.tail import Strip, encode_strips

COMMITS = 400
RUN = "commit0"


def main() -> None:
    keys, step, us, values = m.mix(10 * COMMITS)
    taken: dict[str, list[float]] = {"store": [], "bare": []}
    with tempfile.TemporaryDirectory() as folder, SqliteEngine(Path(folder)) as engine:
        opened = journal.Open(run=RUN, project="p", writer="", name=RUN, us=0)
        engine.append([Batch(RUN, "w00000", 0, 1, (), {}, opened)])
        file = os.open(Path(folder) / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for i in range(COMMITS):
            at = slice(10 * i, 10 * i + 10)
            frame = Frame(keys, step[at], us[at], np.ascontiguousarray(values[:, at]))
            body = encode_strips([Strip(0, np.empty(0, np.int64), 0, 10 * i, frame.step, frame.us, frame.values)])
            start = time.perf_counter()
            (result,) = engine.append([Batch(RUN, "w00000", 1 + i, 2 + i, (frame,))])
            middle = time.perf_counter()
            os.write(file, body)
            os.fdatasync(file)
            end = time.perf_counter()
            assert not isinstance(result, Exception)
            taken["store"].append(middle - start)
            taken["bare"].append(end - middle)
        os.close(file)
    store, bare = (np.percentile(taken[name], [50, 99]) * 1e3 for name in ("store", "bare"))
    for i, name in enumerate(("p50", "p99")):
        m.report(
            f"small durable commit, {name}", store[i], "ms", rival=f"bare write + fdatasync: {bare[i]:.3f} ms",
            ratio=store[i] / bare[i], limit=2.0 if name == "p50" else None, n=COMMITS,
        )  # fmt: skip


if __name__ == "__main__":
    main()
