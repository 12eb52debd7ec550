"""Values at a step of each of many runs, out of a store that was opened anew: chunks of every kind, against memory."""

from pathlib import Path

import numpy as np

from gnomon.core.batch import Rewind
from gnomon.store.at_step import values_at_steps
from gnomon.store.engine import Engine
from gnomon.store.memory import MemoryEngine
from gnomon.store.schema import connect
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite_tools import BEGAN_US, batch, frame, stored

STEPS = (0, 1, 2, 7, 30, 31, 99, 8_191, 8_192, 10_000, 30_000)


def fill(engine: Engine) -> list[str]:
    """Log runs of regular, irregular, repeated and overlapping steps, some of them rewound, some with many chunks."""
    rng = np.random.default_rng(0)
    layouts = {
        "regular": [[2, 4, 6, 8, 30]],
        "apart": [list(range(20)), list(range(20, 40))],
        "long": [range(10_000), range(10_000, 20_000)],
        "stride": [list(range(1, 60, 3))],
        "irregular": [[1, 2, 5, 30, 31, 90]],
        "repeated": [[3, 3, 5, 7, 7, 7, 30]],
        "overlap": [[0, 10, 20, 30], [5, 15, 25, 31], [7, 30]],
        "one": [[31]],
        "none": [],
    }
    for run, parts in layouts.items():
        stored(engine, batch(frame("other", [1.0]), run=run))
        for i, steps in enumerate(parts, 1):
            items = frame("a", rng.random(len(steps)), list(steps))
            stored(engine, batch(items, run=run, first=10 * i, last=10 * i + 10))
            engine.seal()
    stored(engine, batch(frame("a", rng.random(40)), run="rewound"))
    engine.seal()
    stored(engine, batch(Rewind(BEGAN_US, 20), frame("a", [5.0], 25), run="rewound", first=10, last=20))
    engine.seal()
    return [*layouts, "rewound", "nobody"]


def test_a_store_opened_anew_says_what_memory_says(tmp_path: Path) -> None:
    memory = MemoryEngine()
    places = [(run, step) for run in fill(memory) for step in STEPS]
    with SqliteEngine(tmp_path) as engine:
        fill(engine)
    with SqliteEngine(tmp_path) as engine:
        assert engine.values_at("a", places) == memory.values_at("a", places)
        assert engine.values_at("a", []) == []


def test_only_what_may_lie_in_several_chunks_is_left_to_a_closer_look(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        runs = fill(engine)
    db = connect(tmp_path / "store.db", write=False)
    found = values_at_steps(db, "a", [(run, 30) for run in runs])
    db.close()
    assert [run for place, run in enumerate(runs) if place not in found] == ["overlap", "rewound"]
