"""Gigabytes of watched records through a journal into the store, then 100 steps of one variable read back.

A process of its own plays the trainer: it writes the journal of ten float32 variables of 160 x 160, 100 KiB each, as
fast as it can. This process is the server. `--size-mb 300` for a quick look; 3,000 is the target's size.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import _measure as m
from gnomon.core import journal
from gnomon.core.batch import Batch, Object
from gnomon.core.clock import now_us
from gnomon.core.folder import journal_root, make_private
from gnomon.core.ids import run_id, writer_id
from gnomon.store.home import Home
from gnomon.store.sqlite import SqliteEngine

SHAPE = (160, 160)
BYTES = 4 * SHAPE[0] * SHAPE[1]
VARIABLES = 10
STEPS_READ = 100
META = {"dtype": "float32", "shape": list(SHAPE)}
BESIDE_MB = 200


def payload(number: int) -> bytes:
    """Return bytes that no other record has and that do not compress: noise, with the number in front."""
    start = number * 64 % (NOISE.nbytes - BYTES)
    return number.to_bytes(8, "little") + NOISE.data[start : start + BYTES - 8].tobytes()


NOISE = np.random.default_rng(0).integers(0, 256, 64 << 20, np.uint8)


def train(path: Path, run: str, records: int) -> None:
    """Write the journal, one record for each variable and step."""
    opened = journal.Open(run=run, project="p", writer=path.stem, name="watched", us=now_us())
    with path.open("ab", buffering=0) as stream:
        stream.write(journal.encode(journal.OPEN, opened))
        for i in range(records):
            step, variable = divmod(i, VARIABLES)
            fields = (f"weights/{variable}", "tensor", step, now_us(), META, payload(i))
            stream.write(journal.encode(journal.OBJECT, *fields))
        stream.write(journal.encode(journal.CLOSE, now_us(), "finished", None))


def resident_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ingest(home: Path, run: str, records: int) -> None:
    """Print how fast a journal is stored while it is written, and what memory the storing process takes."""
    folder = journal_root(home) / run
    make_private(folder)
    path = folder / f"{writer_id()}.j"
    before = resident_mb()
    began = time.perf_counter()
    command = [sys.executable, __file__, "--train", str(path), "--run", run, "--records", str(records)]
    with Home.open(home) as lab, subprocess.Popen(command) as trainer:
        lab.start()
        while trainer.poll() is None or path.exists():
            time.sleep(0.02)
        taken = time.perf_counter() - began
        assert trainer.returncode == 0
        assert lab.troubles() == []
        found = lab.engine.record_keys(run)
        assert sum(key.n for key in found.values()) == records
    size_mb = records * BYTES / 1e6
    m.report("watched records, journal to store while it is written", size_mb / taken, "MB/s", size_mb=size_mb)
    m.report("memory of the storing process, highest", resident_mb(), "MB", before=before, target=300)


def read(home: Path, run: str, records: int) -> None:
    """Print how long 100 steps of one variable take, whole and one row of each."""
    steps = records // VARIABLES
    first = max(0, steps // 2 - STEPS_READ // 2)
    with SqliteEngine(home) as engine:

        def values(start: int, size: int) -> np.ndarray:
            found = engine.records(run, "weights/3", first, first + STEPS_READ - 1)
            assert len(found) == min(STEPS_READ, steps)
            return np.stack([np.frombuffer(engine.payload(run, r.id, start, size), np.float32) for r in found])

        row = 4 * SHAPE[1]
        asked = {"whole": lambda: values(0, BYTES), "row": lambda: values(80 * row, row)}
        expected = np.frombuffer(payload(first * VARIABLES + 3), np.float32)
        np.testing.assert_array_equal(asked["whole"]()[0].view(np.uint32), expected.view(np.uint32))
        taken = m.interleaved(asked, 9)
        keys = m.interleaved({"keys": lambda: engine.record_keys(run)}, 9)
    for name, mega in (("whole", STEPS_READ * BYTES / 1e6), ("row", STEPS_READ * row / 1e6)):
        figure = f"100 steps of one variable of {steps}, {'whole' if name == 'whole' else 'one row of each'}, warm"
        m.report(figure, 1e3 * taken[name], "ms", target=50, megabytes=mega)
    m.report("what each key holds", 1e3 * keys["keys"], "ms", keys=VARIABLES)


def beside(folder: Path, size_mb: int) -> None:
    """Print the engine beside plain files of the same bytes, each synced, and one file synced as often."""
    data = [payload(i) for i in range(max(20, size_mb * 1_000_000 // BYTES) // 20 * 20)]
    groups = [data[i : i + 20] for i in range(0, len(data), 20)]
    rounds = iter(range(100))
    with SqliteEngine(folder / "engine") as engine:
        opened = journal.Open(run=run_id(), project="p", writer="", name="beside", us=0)
        engine.append([Batch(opened.run, "", 0, 0, (), {}, opened)])

        def store() -> None:
            salt = os.urandom(8)  # else they would be there already
            for n, group in enumerate(groups):
                items = tuple(Object("x", "tensor", n, 0, META, salt + part[8:]) for part in group)
                (result,) = engine.append([Batch(opened.run, "", 0, 0, items)])
                assert not isinstance(result, Exception), result
            while engine.maintain():
                pass

        def files() -> None:
            place = folder / f"files{next(rounds)}"
            place.mkdir()
            for n, part in enumerate(data):
                _write(place / f"{n}", [part])

        def one() -> None:
            with (folder / f"one{next(rounds)}").open("wb") as stream:
                for group in groups:
                    stream.writelines(group)
                    stream.flush()
                    os.fsync(stream.fileno())

        taken = m.interleaved({"store": store, "files": files, "one": one}, 3)
    mega = len(data) * BYTES / 1e6
    m.report(
        "records of 100 KiB into the engine, 20 to a commit",
        mega / taken["store"],
        "MB/s",
        plain_files=mega / taken["files"],
        one_file=mega / taken["one"],
        ratio=taken["files"] / taken["store"],
    )


def _write(path: Path, parts: list[bytes]) -> None:
    with path.open("wb") as stream:
        stream.writelines(parts)
        stream.flush()
        os.fsync(stream.fileno())


def main() -> None:
    """Run all parts in a temporary folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size-mb", type=int, default=3_000)
    parser.add_argument("--train", type=Path)
    parser.add_argument("--run", default="")
    parser.add_argument("--records", type=int, default=0)
    asked = parser.parse_args()
    if asked.train is not None:
        train(asked.train, asked.run, asked.records)
        return
    records = asked.size_mb * 1_000_000 // BYTES // VARIABLES * VARIABLES
    run = run_id()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        ingest(home, run, records)
        read(home, run, records)
        beside(Path(folder), min(BESIDE_MB, asked.size_mb))


if __name__ == "__main__":
    main()
