"""A run is found by parts of its name or the beginning of its id, the likeliest first."""

import pytest

from gnomon.core import journal
from gnomon.core.batch import Batch, Change
from gnomon.core.errors import InputError
from gnomon.store.memory import MemoryEngine
from gnomon.store.search import search_runs
from gnomon.store.table import RunTable

NAMES = [
    ("p", "brave-otter-7"),
    ("p", "otter"),
    ("q", "Otter-2"),
    ("p", "potter"),
    ("p", "calm heron's nest"),
    ("p", "100% otter_x"),
]


def table(names: list[tuple[str, str]]) -> RunTable:
    engine = MemoryEngine()
    for number, (project, name) in enumerate(names):
        uid = f"{number:020d}"
        opened = journal.Open(run=uid, project=project, writer="w" * 12, name=name, us=number * 1_000_000)
        ends = (Change(number, {"archived": True}),) if name == "otter" else ()
        engine.append([Batch(uid, "w" * 12, 0, 10, ends, {}, opened)])
    return RunTable(engine)


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        ("otter", "p", ["otter", "Otter-2", "100% otter_x", "brave-otter-7", "potter"]),
        ("OTTER", "q", ["otter", "Otter-2", "100% otter_x", "brave-otter-7", "potter"]),
        ("7 brave", "p", ["brave-otter-7"]),
        ("heron's", None, ["calm heron's nest"]),
        ("100% o", "p", ["100% otter_x"]),
        ("00000000000000000003", "p", ["potter"]),
        ("zebra", "p", []),
    ],
)
def test_likeliest_first(text: str, near: str | None, expected: list[str]) -> None:
    found = search_runs(table(NAMES), text, near)
    assert ([run.name for run in found.runs], found.matched) == (expected, len(expected))


def test_without_a_text_the_newest_of_the_project_come() -> None:
    found = search_runs(table(NAMES), "  ", "q")
    assert ([run.name for run in found.runs], found.matched) == (["Otter-2"], 0)


def test_old_runs_that_begin_so_are_found_among_very_many() -> None:
    names = [
        ("p", "net-0"),
        ("q", "a-net"),
        *(("p", f"plane {i}") for i in range(50)),
        *(("q", f"a-net-{i}") for i in range(700)),
    ]
    found = search_runs(table(names), "net", "p", limit=2)
    assert (found.matched, [run.name for run in found.runs]) == (702, ["net-0", "a-net-699"])


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="at most 200 characters, received 201"):
        search_runs(table(NAMES), "x" * 201)
