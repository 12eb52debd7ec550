"""The filter language: writing and reading are inverse, and no text whatever makes it crash or hang."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gnomon.core.errors import FilterError
from gnomon.store.filter import (
    ATTRIBUTES,
    ELSEWHERE,
    NUMBERS,
    STATISTICS,
    And,
    Compare,
    Filter,
    In,
    Like,
    Name,
    Not,
    Null,
    Or,
    Value,
    Word,
    format_filter,
)
from gnomon.store.filter_parser import parse_filter, parse_name
from gnomon.store.like import containing, like

KEYS = st.text(st.sampled_from(string.ascii_letters + "09._-/:@ `\"'é%=<)"), min_size=1, max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)
LITERAL: st.SearchStrategy[Value] = st.one_of(NUMBER, st.text(max_size=8), st.booleans())
NAMES = st.one_of(
    st.builds(Name, st.sampled_from(["config", "tag"]), KEYS),
    st.builds(Name, st.just("metric"), KEYS, st.sampled_from(STATISTICS)),
    st.builds(Name, st.just("metric"), KEYS, st.sampled_from(ELSEWHERE), st.just(0), KEYS),
    st.builds(Name, st.just("attr"), st.sampled_from([a for a in ATTRIBUTES if a not in {*NUMBERS, "state"}])),
)
TEXTUAL = NAMES.filter(lambda name: name.kind != "metric")


@st.composite
def compares(draw: st.DrawFn) -> Compare:
    value = draw(LITERAL)
    op = draw(st.sampled_from(["=", "!="] if isinstance(value, bool) else ["=", "!=", "<", "<=", ">", ">="]))
    return Compare(draw(NAMES), op, value)


TERMS: st.SearchStrategy[Filter] = st.one_of(
    compares(),
    st.builds(Like, TEXTUAL, st.text(max_size=8), st.booleans(), st.booleans()),
    st.builds(In, NAMES, st.lists(LITERAL, min_size=1, max_size=4).map(tuple), st.booleans()),
    st.builds(Null, NAMES, st.booleans()),
    st.builds(Word, st.text(max_size=8)),
)


def _larger(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.one_of(st.builds(Not, inner), st.builds(And, several), st.builds(Or, several))


FILTERS = st.recursive(TERMS, _larger, max_leaves=12)


@given(FILTERS)
def test_a_filter_written_and_parsed_again_is_the_same_filter(tree: Filter) -> None:
    assert parse_filter(format_filter(tree)) == tree


@given(NAMES)
def test_a_column_name_written_and_parsed_again_is_the_same_name(name: Name) -> None:
    assert parse_name(str(name)) == name


PIECES = st.sampled_from(
    ["config.lr", "metric.a.at_min", "metric.`a b`.max", "tag.x", "attr.archived", "created", "otter", "'it''s'", '"q"', "`",
     "'", "0.1", "1e9", "AND", "or", "NOT", "between", "in", "is", "null", "like", "ILIKE", "true", "(", ")", ",", "=", "<=",
     "<>", "!", ";", "--", "\n"]
)  # fmt: skip


@given(
    st.one_of(
        st.text(),
        st.lists(PIECES, max_size=20).map(" ".join),
        st.text(st.sampled_from("abc.=<>!()'\"`,% 019-NOTANDORINISLIKEnull"), max_size=200),
    )
)
@example("(" * 10_000)
@example("NOT " * 2_500)
@example("a AND " * 1_600 + "a")
@example("config.a IN (" + "1," * 4_000 + "1)")
@example("\ud800")
@example("\x00")
@example("9" * 9_000)
@example("config.a = " + "9" * 9_000)
@example("config.a = 1e99999")
def test_any_text_parses_or_says_where_it_does_not(text: str) -> None:
    tree = _parsed(text)
    if isinstance(tree, FilterError):
        assert 0 <= tree.position <= len(text)
        assert tree.field == "where"
        assert str(tree)
    else:
        assert tree is None or parse_filter(format_filter(tree)) == tree


def _parsed(text: str) -> Filter | FilterError | None:
    try:
        return parse_filter(text)
    except FilterError as error:
        return error


def _naive_like(pattern: str, text: str) -> bool:
    """The definition, by the table of which prefix of the pattern matches which prefix of the text."""
    row = [True] + [False] * len(text)
    for char in pattern:
        new = [char == "%" and row[0]]
        for i, letter in enumerate(text):
            new.append(row[i + 1] or new[i] if char == "%" else row[i] and char in ("_", letter))
        row = new
    return row[-1]


TEXT = st.text(st.sampled_from("ab_%.\n") | st.characters(), max_size=12)


@given(st.text(st.sampled_from("ab%_.\n\0"), max_size=10), st.lists(st.text(st.sampled_from("ab_%c.\n"), max_size=12)))
@example("\0%", [""])
def test_like_matches_what_its_definition_says(pattern: str, texts: list[str]) -> None:
    assert like(pattern)(texts).tolist() == [_naive_like(pattern, text) for text in texts]


@given(st.text(st.sampled_from("ab%_\0"), max_size=10), st.lists(st.text(st.sampled_from("ab\0"), max_size=12)))
def test_like_reads_texts_that_hold_what_stands_between_them(pattern: str, texts: list[str]) -> None:
    assert like(pattern)(texts).tolist() == [_naive_like(pattern, text) for text in texts]


@given(TEXT, st.lists(TEXT))
def test_what_contains_a_text_is_found(needle: str, texts: list[str]) -> None:
    assert containing(needle)(texts).tolist() == [needle in text for text in texts]


@pytest.mark.parametrize("pattern", ["%a" * 5_000, "_%" * 5_000, "a%_" * 3_333, "%" * 10_000])
def test_no_pattern_makes_like_go_back(pattern: str) -> None:
    """Each of these would keep a backtracking matcher busy for years."""
    text = "a" * 20_000 + "b"
    assert like(pattern + "c")([text]).tolist() == [False]
    assert like(pattern + "b")([text]).tolist() == [True]
