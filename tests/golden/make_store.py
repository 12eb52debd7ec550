"""Make the golden store of the layout as it is now: `python tests/golden/make_store.py FOLDER`.

A released layout's file is never made again; `tests/unit/store/test_schema.py` says what must be read from it.
"""

import sys
from pathlib import Path

import numpy as np

from gnomon.core.batch import Change, Console, Object, Rewind
from gnomon.store.schema import VERSION
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import BEGAN_US, batch, frame, opened, stored


def main(folder: Path) -> None:
    """Write one run: four lines of its console (since version 2), a small record and a large one, two series of 3,000 points, sealed, a rewind to 2,900, 50 more points, unsealed."""
    values = np.round(np.random.default_rng(1).standard_normal((2, 3000)), 3)
    values[0, 100] = np.nan
    first = opened(config={"opt": {"lr": 0.1}}, tags=["x"])
    text = Object("t", "text", 3, BEGAN_US, {"lang": "en"}, b"hello")
    large = Object("x", "file", 3, BEGAN_US, {"name": "x.bin"}, bytes(range(256)) * 300)
    with SqliteEngine(folder, clock=lambda: BEGAN_US) as engine:
        said = [Console(BEGAN_US, 0, "epoch 1\n"), Console(BEGAN_US + 1, 1, "ValueError: no\nop")]
        stored(engine, batch(*said, frame(("a", "b"), values), text, large, opened=first, keysets={0: ("a", "b")}))
        engine.seal()
        end = Change(BEGAN_US, {"state": "finished"})
        stored(
            engine,
            batch(
                Console(BEGAN_US + 2, 0, "epoch 2\n"),
                Rewind(BEGAN_US, 2900),
                frame(("a", "b"), values[:, :50], 2900),
                end,
                first=10,
                last=20,
            ),
        )
    (folder / "store.db").rename(folder / f"store-{VERSION}.db")
    (folder / "blobs").rename(folder / f"blobs-{VERSION}")
    (folder / f"blobs-{VERSION}" / "tmp").rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
