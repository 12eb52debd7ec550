"""Comparisons say what differs, and nothing about what does not."""

import math

import pytest

from gnomon.analysis.comparison import MAX_LINES, figure, side_by_side, text_diff
from gnomon.analysis.graph_diff import compare_graphs


def test_rows_that_differ_come_first_and_a_missing_key_is_a_difference() -> None:
    rows = side_by_side([{"b": 1, "a": True, "x10": "s", "x9": None}, {"b": 1.0, "a": 1, "x10": "s"}])
    assert [(row.key, row.values, row.differs) for row in rows] == [
        ("a", (True, 1), True),
        ("x9", (None, None), True),
        ("b", (1, 1.0), False),
        ("x10", ("s", "s"), False),
    ]


def test_values_that_json_cannot_hold_are_text_and_equal_to_themselves() -> None:
    (row,) = side_by_side([{"a": [1, math.nan]}, {"a": [1, math.nan]}])
    assert (row.values, row.differs) == (("[1, NaN]", "[1, NaN]"), False)
    (row,) = side_by_side([{"a": math.nan}, {"a": math.nan}, {"a": math.inf}])
    assert (row.values, row.differs) == (("NaN", "NaN", "Infinity"), True)


def test_the_best_is_marked_by_the_goal_and_not_at_all_when_all_are_alike() -> None:
    assert figure([1.0, 3.0, 3.0, None, math.nan], "max").best == (1, 2)
    assert figure([1.0, 3.0, 3.0, None, math.inf], "min").best == (0,)
    assert figure([2.0, 2.0], "max").best == figure([2.0, None], "max").best == figure([], "min").best == ()


def test_code_is_compared_line_by_line_with_its_counts() -> None:
    found = text_diff("script", "a\nb\nc\n", "a\nB\nc\nd\n", (4, 7))
    assert found.text == "--- a\n+++ b\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n c\n+d"
    assert (found.added, found.removed, found.a, found.b, found.note) == (2, 1, 4, 7, None)


@pytest.mark.parametrize(
    ("a", "b", "note"),
    [
        ("x", "x", "the same in both"),
        (None, "x", "the script was not captured of the first run"),
        ("x", None, "the script was not captured of the second run"),
        (None, None, "the script was not captured of either run"),
        ("x\r\n", "x\n", "the same but for the ends of lines"),
        ("x\n" * (MAX_LINES + 1), "y", "too long to compare line by line: 20,001 and 1 lines, at most 20,000"),
    ],
)
def test_where_there_is_nothing_to_show_a_note_says_why(a: str | None, b: str | None, note: str) -> None:
    found = text_diff("script", a, b, (None, None))
    assert (found.text, found.added, found.removed, found.note) == ("", 0, 0, note)


def node(name: str, op: str, parameters: int | None = None) -> dict[str, object]:
    return {"id": name, "op": op, "label": name} | ({} if parameters is None else {"parameters": parameters})


def test_layers_added_removed_and_changed_are_told() -> None:
    before = [node("in", "Input"), node("fc1", "Linear", 100), node("out", "Linear", 10)]
    after = [node("in", "Input"), node("fc1", "Linear", 200), node("drop", "Dropout", 0), node("out", "Linear", 10)]
    change = compare_graphs(
        3, (before, [("in", "fc1"), ("fc1", "out")]), (after, [("in", "fc1"), ("fc1", "drop"), ("drop", "out")])
    )
    assert (change.run, change.nodes, change.edges, change.parameters) == (3, 4, 3, 210)
    assert [(c.kind, (c.after or c.before).id) for c in change.changes if c.after or c.before] == [
        ("changed", "fc1"),
        ("added", "drop"),
    ]  # type: ignore[union-attr]
    assert (change.added, change.removed, change.changed) == (1, 0, 1)
    assert (change.edges_added, change.edges_removed) == ((("drop", "out"), ("fc1", "drop")), (("fc1", "out"),))


def test_layers_that_keras_numbered_anew_are_the_same_layers() -> None:
    before = [node("dense", "Dense", 10), node("dense_1", "Dense", 20)]
    after = [node("dense_2", "Dense", 10), node("drop_7", "Dropout"), node("dense_3", "Dense", 30)]
    change = compare_graphs(
        1, (before, [("dense", "dense_1")]), (after, [("dense_2", "drop_7"), ("drop_7", "dense_3")])
    )
    assert [(c.kind, c.before and c.before.id, c.after and c.after.id) for c in change.changes] == [
        ("changed", "dense_1", "dense_3"),
        ("added", None, "drop_7"),
    ]
    assert compare_graphs(1, (before, []), (before, [])).changes == ()
