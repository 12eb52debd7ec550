"""What each test of the filter language keeps, value by value; docs/reference/filter.md in a table."""

import numpy as np
import pytest

from gnomon.core import journal
from gnomon.core.batch import Batch
from gnomon.store.memory import MemoryEngine
from gnomon.store.query import RunQuery, rows_between
from gnomon.store.table import RunTable

VALUES = {
    "number": 0.1,
    "one": 1.0,
    "spelled": "0.1",
    "longer": "0.10",
    "text": "adam",
    "upper": "Adam",
    "true": True,
    "false": False,
    "yes": "True",
    "nan": float("nan"),
    "inf": float("inf"),
    "empty": "",
    "null": None,
    "missing": ...,
    "last": "zzz",
}
PRESENT = set(VALUES) - {"null", "missing"}


@pytest.fixture(scope="module")
def table() -> RunTable:
    engine = MemoryEngine()
    batches = []
    for number, (name, value) in enumerate(VALUES.items()):
        config = {} if value is ... else {"x": value}
        opened = journal.Open(run=f"{number:020d}", project="p", writer="w" * 12, name=name, us=1, config=config)
        batches.append(Batch(opened.run, opened.writer, 0, 10, (), {}, opened))
    engine.append(batches)
    return RunTable(engine)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("config.x = 0.1", {"number", "spelled", "longer"}),
        ("config.x != 0.1", PRESENT - {"number", "spelled", "longer"}),
        ("config.x = 1", {"one", "true"}),
        ("config.x < 1", {"number", "spelled", "longer", "false"}),
        ("config.x <= 1", {"number", "spelled", "longer", "false", "one", "true"}),
        ("config.x > 1", {"inf"}),
        ("config.x >= 0.1", {"number", "spelled", "longer", "one", "true", "inf"}),
        ("config.x = '0.1'", {"number", "spelled"}),
        ("config.x != '0.1'", PRESENT - {"number", "spelled"}),
        ("config.x < '0.2'", {"number", "spelled", "longer", "empty"}),
        ("config.x = adam", {"text"}),
        ("config.x != adam", PRESENT - {"text"}),
        ("config.x != unheard", PRESENT),
        ("config.x > 'a'", {"text", "true", "false", "nan", "last"}),
        ("config.x = 'inf'", {"inf"}),
        ("config.x = ''", {"empty"}),
        ("config.x = nan", {"nan"}),
        ("config.x = true", {"true", "yes"}),
        ("config.x != true", PRESENT - {"true", "yes"}),
        ("config.x = false", {"false"}),
        ("config.x = 'true'", {"true"}),
        ("config.x LIKE 'z%'", {"last"}),
        ("config.x LIKE '%'", PRESENT - {"number", "one", "inf"}),
        ("config.x NOT LIKE 'z%'", PRESENT - {"last"}),
        ("config.x LIKE 'a_am'", {"text"}),
        ("config.x ILIKE 'a_AM'", {"text", "upper"}),
        ("config.x NOT ILIKE 'ADAM'", PRESENT - {"text", "upper"}),
        ("config.x IN (adam, 0.1, true)", {"text", "number", "spelled", "longer", "true", "yes"}),
        ("config.x NOT IN (adam, 0.1)", PRESENT - {"text", "number", "spelled", "longer"}),
        ("config.x IS NULL", {"null", "missing"}),
        ("config.x IS NOT NULL", PRESENT),
        ("NOT (config.x = 0.1)", set(VALUES) - {"number", "spelled", "longer"}),
        ("NOT (config.x != 0.1)", {"number", "spelled", "longer", "null", "missing"}),
        ("NUM", {"number"}),
        ("config.x = adam or config.x IS NULL", {"text", "null", "missing"}),
        ("config.x > 0 and config.x < 1", {"number", "spelled", "longer"}),
    ],
)
def test_a_test_keeps_exactly_these_values(table: RunTable, where: str, kept: set[str]) -> None:
    assert {run.name for run in table.query(RunQuery("p", where)).runs} == kept


@pytest.mark.parametrize("first", [0, 1, 250, 399, 400, 1000])
@pytest.mark.parametrize("count", [0, 1, 7, 150, 500])
@pytest.mark.parametrize("distinct", [1, 2, 5, 1000])
def test_rows_of_a_window_are_those_of_a_whole_sort(first: int, count: int, distinct: int) -> None:
    rng = np.random.default_rng(first + count + distinct)
    rows = rng.permutation(400)
    keys = [rng.integers(0, distinct, 400), rng.integers(0, 3, 400), rng.integers(0, 50, 400)]
    whole = rows[np.lexsort(keys[::-1])]
    assert rows_between(rows, keys, first, first + count).tolist() == whole[first : first + count].tolist()
    assert rows_between(rows, [], first, first + count).tolist() == rows[first : first + count].tolist()
