"""A query of the run table gives what a loop over dictionaries gives, for any table, filter and order."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core import journal
from gnomon.core.batch import Batch, Change, Frame
from gnomon.core.errors import FilterError
from gnomon.store.filter import And, Compare, Filter, In, Like, Name, Not, Null, Or, Word, format_filter
from gnomon.store.memory import MemoryEngine
from gnomon.store.query import RunQuery
from gnomon.store.table import RunTable

CONFIGS = ["lr", "model", "opt.name"]
METRICS = ["loss", "val/acc"]
TAGS = ["best", "old"]
WORDS = ["adam", "Adam", "sgd", "0.1", "1e-1", "", "true", "nan", "é"]
NUMBERS = [0.0, -0.0, 0.1, 1.0, -2.0, 3.0, 1e300]
VALUES = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(WORDS), st.booleans(), st.none(), st.just(math.nan))
POINTS = st.lists(st.sampled_from([*NUMBERS, math.nan, math.inf, -math.inf]), min_size=1, max_size=4)


@dataclass
class Row:
    """A run as a plain object."""

    index: int
    name: str
    project: str
    created: int
    tags: list[str]
    config: dict[str, Any]
    metrics: dict[str, list[float]] = field(default_factory=dict)
    later: dict[str, Any] = field(default_factory=dict)
    archived: bool = False

    @property
    def id(self) -> str:
        return f"{self.index:020d}"

    def batch(self) -> Batch:
        opened = journal.Open(
            run=self.id, project=self.project, writer="w" * 12, name=self.name, config=self.config, tags=self.tags,
            us=self.created,
        )  # fmt: skip
        return Batch(self.id, "w" * 12, 0, 10, self.frames(self.metrics), {}, opened)

    def update(self) -> Batch:
        away = {"archived": True} if self.archived else {}
        return Batch(self.id, "w" * 12, 10, 20, (Change(self.created, {"config": self.later, **away}),))

    @staticmethod
    def frames(metrics: dict[str, list[float]]) -> tuple[Frame, ...]:
        def one(key: str, values: list[float]) -> Frame:
            steps = np.arange(len(values), dtype=np.int64)
            return Frame((key,), steps, steps + 1, np.array([values]))

        return tuple(one(key, values) for key, values in metrics.items())

    def value(self, name: Name) -> Any:  # noqa: PLR0911  # one for each kind of column
        """What the cell holds; `None` is missing."""
        match name.kind:
            case "config":
                value = (self.config | self.later).get(name.key)
                return "nan" if isinstance(value, float) and math.isnan(value) else value
            case "tag":
                return name.key in self.tags
            case "attr":
                plain = {"name": self.name, "project": self.project, "created": self.created / 1e6}
                return (plain | {"archived": self.archived})[name.key]
        values = self.metrics.get(name.key)
        if values is None:
            return None
        if name.other:
            return at_best(values, self.metrics.get(name.other, []), min if name.statistic == "at_min" else max)
        finite = [x for x in values if math.isfinite(x)]
        match name.statistic:
            case "last":
                return values[-1]
            case "n":
                return float(len(values))
            case "bad":
                return float(len(values) - len(finite))
            case "step":
                return float(len(values) - 1)
        pick = {"min": min, "max": max, "mean": lambda x: math.fsum(x) / len(x)}
        return pick[name.statistic](finite) if finite else None


def at_best(values: list[float], others: list[float], pick: Any) -> float | None:
    """The value at the first step where the other series is best; the last one before it when there is none there."""
    finite = [(x, step) for step, x in enumerate(others) if math.isfinite(x)]
    if not finite:
        return None
    best = pick(x for x, _ in finite)
    return values[: next(step for x, step in finite if x == best) + 1][-1]


def spelled(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def compares(value: Any, op: str, literal: Any) -> bool:
    """One comparison, as docs/reference/filter.md words it."""
    if value is None:
        return False
    if isinstance(literal, bool):
        same = value is literal or (isinstance(value, str) and value.casefold() == str(literal).lower())
        return same if op == "=" else not same
    if isinstance(literal, str):
        if isinstance(value, float):
            left, right = value, spelled(literal)
        else:
            left, right = (str(value).lower() if isinstance(value, bool) else value), literal
    else:
        left, right = (spelled(value) if isinstance(value, str) else float(value)), literal
    tests = {"=": left == right, "!=": left != right}
    return (
        tests[op] if op in tests else {"<": left < right, "<=": left <= right, ">": left > right}.get(op, left >= right)
    )


def fits(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(fits(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("_", text[0]) and fits(pattern[1:], text[1:])


def keeps(tree: Filter, row: Row) -> bool:  # noqa: PLR0911  # one for each kind of term
    match tree:
        case And(terms):
            return all(keeps(term, row) for term in terms)
        case Or(terms):
            return any(keeps(term, row) for term in terms)
        case Not(term):
            return not keeps(term, row)
        case Word(text):
            return text.casefold() in row.name.casefold()
        case Compare(name, op, literal):
            return compares(row.value(name), op, literal)
        case Null(name, negated):
            missing = row.value(name) in ((None, False) if name.kind == "tag" else (None,))
            return missing != negated
        case In(name, values, negated):
            value = row.value(name)
            return value is not None and any(compares(value, "=", v) for v in values) != negated
        case Like(name, pattern, fold, negated):
            value = row.value(name)
            text = str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else None
            found = text is not None and (fits(pattern.casefold(), text.casefold()) if fold else fits(pattern, text))
            return value is not None and found != negated


def rank(value: Any, down: bool) -> tuple[Any, ...]:
    """Numbers and what spells one, other texts, NaN, missing; only the first two turn round."""
    if value is None:
        return (3,)
    number = spelled(value) if isinstance(value, str) else float(value)
    if not math.isnan(number):
        return (0, -number if down else number)
    if isinstance(value, str):
        return (1, tuple([-ord(c) for c in value] + [1] if down else [ord(c) for c in value]))
    return (2,)


NAMES = st.one_of(
    st.builds(Name, st.just("config"), st.sampled_from(CONFIGS)),
    st.builds(
        Name, st.just("metric"), st.sampled_from(METRICS), st.sampled_from("last min max mean n bad step".split())
    ),
    st.builds(
        Name, st.just("metric"), st.sampled_from(METRICS), st.sampled_from(["at_min", "at_max"]), st.just(0),
        st.sampled_from(METRICS),
    ),
    st.builds(Name, st.just("tag"), st.sampled_from(TAGS)),
    st.builds(Name, st.just("attr"), st.sampled_from(["name", "project"])),
)  # fmt: skip
LITERALS = st.one_of(st.sampled_from(NUMBERS).map(lambda x: x + 0.0), st.sampled_from([*WORDS, "2"]), st.booleans())


@st.composite
def comparisons(draw: st.DrawFn) -> Compare:
    literal = draw(LITERALS)
    op = draw(st.sampled_from(["=", "!="] if isinstance(literal, bool) else ["=", "!=", "<", "<=", ">", ">="]))
    return Compare(draw(NAMES), op, literal)


PATTERNS = st.text(st.sampled_from("adAm%_01."), max_size=5)
TERMS: st.SearchStrategy[Filter] = st.one_of(
    comparisons(),
    st.builds(Like, NAMES.filter(lambda n: n.kind != "metric"), PATTERNS, st.booleans(), st.booleans()),
    st.builds(In, NAMES, st.lists(LITERALS, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(Null, NAMES, st.booleans()),
    st.builds(Word, st.sampled_from(["otter", "OTT", "1", "é", ""])),
)
FILTERS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
ORDERS = st.lists(st.tuples(NAMES, st.booleans()), max_size=3)


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    return [
        Row(
            index,
            draw(st.sampled_from(["otter-1", "Otter-2", "é", "crab"])),
            draw(st.sampled_from(["p", "q"])),
            draw(st.sampled_from([1_000_000, 2_000_000, 3_000_000])),
            draw(st.lists(st.sampled_from(TAGS), unique=True)),
            draw(st.dictionaries(st.sampled_from(CONFIGS), VALUES, max_size=3)),
            draw(st.dictionaries(st.sampled_from(METRICS), POINTS, max_size=2)),
            draw(st.dictionaries(st.sampled_from(CONFIGS), VALUES, max_size=2)),
            draw(st.integers(0, 3)) == 0,
        )
        for index in range(draw(st.integers(0, 12)))
    ]


def expected(rows: list[Row], tree: Filter | None, order: list[tuple[Name, bool]]) -> list[Row]:
    kept = [r for r in rows if tree is None or keeps(tree, r)]
    key = lambda r: (*(rank(r.value(name), down) for name, down in order), -r.created, -r.index)  # noqa: E731
    return sorted(kept, key=key)


def same(got: Any, wanted: Any) -> bool:
    """Equal, or both NaN; sums may be added up in another order."""
    if isinstance(got, float) and isinstance(wanted, float):
        return got == wanted or (math.isnan(got) and math.isnan(wanted)) or math.isclose(got, wanted, rel_tol=1e-12)
    return type(got) is type(wanted) and got == wanted


@given(
    tables(), st.one_of(st.none(), FILTERS), ORDERS, st.sampled_from([None, "p"]), st.integers(0, 3),
    st.integers(0, 14), st.lists(NAMES, max_size=4), st.booleans(), st.sets(st.integers(0, 11), max_size=2),
    st.sampled_from([None, True, False]), st.one_of(st.none(), st.sets(st.integers(0, 14), max_size=6)),
)  # fmt: skip
def test_a_query_equals_the_naive_filter(
    rows: list[Row], tree: Filter | None, order: list[tuple[Name, bool]], project: str | None, offset: int,
    limit: int, columns: list[Name], warm: bool, dead: set[int], archived: bool | None, ids: set[int] | None,
) -> None:  # fmt: skip
    engine = MemoryEngine()
    first = rows[: len(rows) // 2] if warm else rows
    engine.append([row.batch() for row in first])
    table = RunTable(engine)
    query = RunQuery(
        project,
        format_filter(tree) if tree else "",
        tuple(("-" if down else "") + str(name) for name, down in order),
        tuple(str(name) for name in columns),
        offset,
        limit,
        lenient=True,
        archived=archived,
        ids=None if ids is None else tuple(f"{i:020d}" for i in ids),
    )
    table.query(query)  # columns are now in memory, and must follow what comes
    if warm:
        table.apply(engine.append([row.batch() for row in rows[len(first) :]]))
    table.apply(engine.append([row.update() for row in rows if row.later or row.archived]))
    for row in [row for row in rows if row.index in dead]:
        engine.delete(row.id)
        table.removed(row.id)
    rows = [row for row in rows if row.index not in dead and project in (None, row.project)]
    away = sum(row.archived for row in rows)
    if ids is not None:
        rows = [row for row in rows if row.index in ids]
    if not (archived if archived is not None else ids is not None):
        rows = [row for row in rows if not row.archived]

    page = table.query(query)
    wanted = expected(rows, tree, order)
    shown = wanted[offset : offset + limit]
    assert (page.total, page.archived, page.matched) == (len(rows), away, len(wanted))
    assert [run.id for run in page.runs] == [row.id for row in shown]
    for name in columns:
        cells = [row.value(name) for row in shown]
        whole = name.statistic in {"n", "bad", "step"}
        cells = [int(x) if whole and x is not None else x for x in cells]
        assert all(map(same, page.columns[str(name)], cells)), (page.columns[str(name)], cells)
    assert list(page.columns) == list(dict.fromkeys(map(str, columns)))


@given(tables(), st.sampled_from(["config.lrr", "metric.val/ac", "metric.loss.minn"]))
def test_a_name_no_run_has_is_refused_where_it_stands(rows: list[Row], name: str) -> None:
    engine = MemoryEngine()
    engine.append([row.batch() for row in rows])
    table = RunTable(engine)
    where = f"otter AND {name} > 0"
    assert table.query(RunQuery(None, where, lenient=True)).matched == 0
    if rows:
        with pytest.raises(FilterError) as caught:
            table.query(RunQuery(None, where))
        assert caught.value.position == len("otter AND ")
