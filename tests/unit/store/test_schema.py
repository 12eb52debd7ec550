"""Stores written by every version so far are read as they were written."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from gnomon.core.batch import Console
from gnomon.store.blobs import hash_of
from gnomon.store.console import ConsoleLine
from gnomon.store.engine import RecordInfo
from gnomon.store.schema import VERSION
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import BEGAN_US, RUN, batch, frame, stored

LARGE = bytes(range(256)) * 300
GOLDEN = Path(__file__).parents[2] / "golden"


def test_there_is_a_golden_store_of_every_version() -> None:
    assert sorted(path.name for path in GOLDEN.glob("store-*.db")) == [f"store-{v}.db" for v in range(1, VERSION + 1)]


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_store_of_every_version_opens_and_is_written_on(version: int, tmp_path: Path) -> None:
    """Each golden store holds one run: two series of 3,000 points, a rewind to 2,900, 50 more points, unsealed."""
    shutil.copy(GOLDEN / f"store-{version}.db", tmp_path / "store.db")
    shutil.copytree(GOLDEN / f"blobs-{version}", tmp_path / "blobs")
    values = np.round(np.random.default_rng(1).standard_normal((2, 3000)), 3)
    values[0, 100] = np.nan
    with SqliteEngine(tmp_path) as engine:
        info = engine.run(RUN)
        assert (info.state, info.tags, info.created_us, info.last_step) == ("finished", ("x",), BEGAN_US, 2949)
        assert engine.config(RUN) == {"opt": {"lr": 0.1}}
        assert engine.keysets(RUN, "wr1ter") == {0: ("a", "b")}
        assert engine.records(RUN, "t") == [RecordInfo(1, "t", "text", 3, BEGAN_US, {"lang": "en"}, 5, None)]
        assert engine.payload(RUN, 1) == b"hello"
        assert engine.records(RUN, "x") == [
            RecordInfo(2, "x", "file", 3, BEGAN_US, {"name": "x.bin"}, len(LARGE), hash_of(LARGE))
        ]
        assert engine.payload(RUN, 2) == LARGE
        if version >= 2:
            assert engine.console.lines(RUN) == [
                ConsoleLine(BEGAN_US, 0, "epoch 1"),
                ConsoleLine(BEGAN_US + 1, 1, "ValueError: no"),
                ConsoleLine(BEGAN_US + 2, 0, "epoch 2"),
                ConsoleLine(BEGAN_US + 1, 1, "op"),
            ]
        before = engine.console.info(RUN).total
        stored(engine, batch(Console(BEGAN_US + 3, 0, "more\n"), first=20, last=25))
        assert engine.console.lines(RUN, before) == [ConsoleLine(BEGAN_US + 3, 0, "more")]
        for _ in range(2):
            for key, row in zip(("a", "b"), values, strict=True):
                np.testing.assert_array_equal(engine.points(RUN, key).value, np.append(row[:2900], row[:50]))
                np.testing.assert_array_equal(engine.points(RUN, key, branch=0).value, row)
            engine.seal()
        stored(engine, batch(frame("a", [1.0], 2950), first=25, last=30))
        assert (engine.series(RUN)["a"].n, engine.series(RUN)["a"].bad) == (2951, 1)
