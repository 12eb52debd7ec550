"""Groups equal a loop over dictionaries: which runs belong together, what they add up to, and the filter for each."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnomon.store.aggregate import AGGREGATES, Aggregate, aggregate
from gnomon.store.column import Column
from gnomon.store.filter import Filter, Name, format_filter
from gnomon.store.grouping import GroupQuery
from gnomon.store.memory import MemoryEngine
from gnomon.store.query import RunQuery
from gnomon.store.table import RunTable

from .test_table import FILTERS, NAMES, Row, keeps, rank, spelled, tables


def table_of(rows: list[Row]) -> RunTable:
    engine = MemoryEngine()
    engine.append([row.batch() for row in rows])
    engine.append([row.update() for row in rows if row.later or row.archived])
    return RunTable(engine)


def numbers(cells: Iterable[Any]) -> list[float]:
    """What counts as a number: numbers, truth values, and texts that spell one."""
    return [spelled(cell) if isinstance(cell, str) else float(cell) for cell in cells if cell is not None]


def naive(cells: list[Any]) -> Aggregate:
    """The definition, in plain Python; cells come in the order of the group's rows."""
    given = [cell for cell in cells if cell is not None]
    texts = sum(isinstance(cell, str) and math.isnan(spelled(cell)) for cell in given)
    finite = [x for x in numbers(given) if math.isfinite(x)]
    mean = sum(finite) / len(finite) if finite else None
    std = (
        math.sqrt(sum((x - mean) ** 2 for x in finite) / (len(finite) - 1))
        if mean is not None and len(finite) > 1
        else None
    )
    mixed = len({rank(cell, down=False) for cell in given}) > 1
    common = given[0] if given and not mixed else None
    edges = (min(finite), max(finite)) if finite else (None, None)
    return Aggregate(len(finite), len(given) - len(finite) - texts, texts, mean, *edges, std, common, mixed)


def close(got: Any, wanted: Any) -> bool:
    if isinstance(got, float) and isinstance(wanted, float):
        return math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(got) and math.isnan(wanted))
    return type(got) is type(wanted) and got == wanted


def small(rows: list[Row]) -> list[Row]:
    """Keep sums exact: 1e300 squared is none."""
    shrunk = {1e300: 7.0}
    return [
        replace(
            row,
            config={k: shrunk.get(v, v) if isinstance(v, float) else v for k, v in row.config.items()},
            later={k: shrunk.get(v, v) if isinstance(v, float) else v for k, v in row.later.items()},
            metrics={k: [shrunk.get(x, x) for x in v] for k, v in row.metrics.items()},
        )
        for row in rows
    ]


@settings(max_examples=min(400, settings().max_examples))  # each asks several times for the runs of a table
@given(
    tables().map(small), st.one_of(st.none(), FILTERS), st.lists(NAMES, min_size=1, max_size=3, unique_by=str),
    st.lists(NAMES, max_size=3, unique_by=str), st.integers(0, 3), st.integers(0, 9),
)  # fmt: skip
def test_groups_equal_the_naive_ones_and_each_filter_keeps_exactly_its_runs(
    rows: list[Row], tree: Filter | None, by: list[Name], columns: list[Name], offset: int, limit: int
) -> None:
    table = table_of(rows)
    runs = RunQuery("p", format_filter(tree) if tree else "", archived=True, lenient=True)
    asked = GroupQuery(tuple(map(str, by)), tuple(map(str, columns)), AGGREGATES, (), offset, limit, 2, runs)
    page = table.group(asked)

    kept = [row for row in rows if row.project == "p" and (tree is None or keeps(tree, row))]
    kept.sort(key=lambda row: (-row.created, -row.index))
    groups: dict[Any, list[Row]] = {}
    for row in kept:
        groups.setdefault(tuple(rank(row.value(name), down=False) for name in by), []).append(row)
    wanted = sorted(groups)[offset : offset + limit]
    assert (page.matched, page.total_groups, len(page.groups)) == (len(kept), len(groups), len(wanted))
    for group, key in zip(page.groups, wanted, strict=True):
        members = groups[key]
        ids = [row.id for row in members]
        assert (group.n, [run.id for run in group.runs]) == (len(ids), ids[:2])
        assert [rank(value, down=False) for value in group.key] == list(key)
        assert [run.id for run in table.query(replace(runs, where=group.where)).runs] == ids
        sums = group.values  # noqa: PD011
        for name in columns:
            got, right = sums[str(name)], naive([row.value(name) for row in members])
            pairs = zip(_parts(got), _parts(right), strict=True)
            assert all(close(float(a), float(b)) if _is_number(a, b) else close(a, b) for a, b in pairs), (got, right)


def _parts(found: Aggregate) -> list[Any]:
    return [getattr(found, field) for field in Aggregate.__slots__]


def _is_number(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


@given(
    tables().map(small),
    st.lists(
        st.sampled_from(["n", "-n", "config.lr", "-config.lr", "-mean(metric.loss)", "max(metric.loss)"]), max_size=2
    ),
)
def test_groups_come_in_the_order_asked_for(rows: list[Row], order: list[str]) -> None:
    runs = RunQuery(None, archived=True, lenient=True)
    found = (
        table_of(rows).group(GroupQuery(("config.lr",), ("metric.loss",), AGGREGATES, tuple(order), runs=runs)).groups
    )

    def place(group: Any) -> tuple[Any, ...]:
        keys: list[Any] = []
        for text in order:
            down = text.startswith("-")
            sign = -1 if down else 1
            match text.removeprefix("-"):
                case "n":
                    keys.append(sign * group.n)
                case "config.lr":
                    keys.append(rank(group.key[0], down=down))
                case call:
                    sums = group.values  # noqa: PD011 - no data frame
                    value = getattr(sums["metric.loss"], call[: call.index("(")])
                    keys.append((value is None, sign * (value or 0.0)))
        return (*keys, rank(group.key[0], down=False))

    assert [place(group) for group in found] == sorted(map(place, found))


@pytest.mark.parametrize("groups", [1, 7, 5_000])
def test_aggregates_equal_those_of_pandas(groups: int) -> None:
    rng = np.random.default_rng(groups)
    values = rng.normal(1e3, 1.0, 20_000)
    values[::50] = rng.choice([np.nan, np.inf, -np.inf], 400)
    missing = rng.random(20_000) < 0.1
    column = Column(20_000)
    column.fill(np.flatnonzero(~missing), values[~missing])
    group = rng.integers(0, groups, 20_000)
    found = aggregate(column, np.arange(20_000), group, groups, AGGREGATES)

    finite = np.isfinite(values) & ~missing
    frame = pd.DataFrame({"group": group[finite], "value": values[finite]}).groupby("group")["value"]
    right = frame.agg(["count", "mean", "min", "max", "std"]).reindex(range(groups))
    for name in AGGREGATES:
        ours = np.array([np.nan if (x := getattr(each, name)) is None else x for each in found])
        np.testing.assert_allclose(ours, right[name].fillna(0 if name == "count" else np.nan), rtol=1e-9)
    assert sum(each.bad for each in found) == int((~np.isfinite(values) & ~missing).sum())
