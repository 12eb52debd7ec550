"""Whatever is printed in whatever pieces, both engines keep the same lines, and a search is the naive filter."""

import re
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.batch import Change, Console, Item
from gnomon.core.terminal import bare
from gnomon.store.console import ConsoleLine, Search
from gnomon.store.memory import MemoryEngine
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import BEGAN_US, RUN, batch, opened, stored

WORDS = st.sampled_from(
    ["loss", "Loss é", "\n", "\n", "\r", "\b", "\x1b[31m", "\x1b[K", "\x00", "\x85", "\u2028", " ", "10%", "x" * 500]
)
TEXTS = st.lists(WORDS, max_size=12).map("".join)
PIECES = st.builds(Console, st.integers(BEGAN_US, BEGAN_US + 9), st.integers(0, 2), TEXTS)
ENDS = st.just(Change(BEGAN_US + 5, {"state": "finished"}))
COMMITS = st.lists(
    st.tuples(st.sampled_from(["wr1ter", "0ther1"]), st.lists(st.one_of(PIECES, PIECES, ENDS), max_size=6)), max_size=40
)


@given(COMMITS, st.sampled_from(["loss", "LOSS", "s e", "%", "\x00", ""]), st.sampled_from([None, 0, 1, 2]))
def test_both_engines_keep_the_same_console(
    commits: list[tuple[str, list[Item]]], text: str, stream: int | None
) -> None:
    with tempfile.TemporaryDirectory() as folder, MemoryEngine() as memory, SqliteEngine(Path(folder)) as sqlite:
        for engine in (memory, sqlite):
            stored(engine, batch(opened=opened()), batch(opened=opened(child=True, resumed=True), writer="0ther1"))
        places = {"wr1ter": 10, "0ther1": 10}
        for writer, items in commits:
            first, places[writer] = places[writer], places[writer] + 10
            for engine in (memory, sqlite):
                stored(engine, batch(*items, writer=writer, first=first, last=first + 10))
        lines = memory.console.lines(RUN, 0, 100_000)
        assert sqlite.console.lines(RUN, 0, 100_000) == lines
        assert sqlite.console.info(RUN) == memory.console.info(RUN)
        found = _naive(lines, text, stream)
        for engine in (memory, sqlite):
            assert engine.console.find(RUN, Search(text, stream=stream)).tolist() == found
        assert sqlite.console.pick(RUN, found) == [lines[n] for n in found]


def _naive(lines: list[ConsoleLine], text: str, stream: int | None) -> list[int]:
    wanted = re.compile(re.escape(text.lower()))
    return [
        n for n, line in enumerate(lines) if stream in (None, line.stream) and wanted.search(bare(line.text).lower())
    ]
