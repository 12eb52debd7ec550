"""Completion of filters: what may stand at the cursor is offered, and everything offered parses."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gnomon.core.errors import FilterError
from gnomon.store.complete import complete
from gnomon.store.distinct import Distinct
from gnomon.store.filter import Name
from gnomon.store.filter_parser import parse_filter

KEYS = {
    "config": ["lr", "model", "odd key", "opt.name"],
    "metric": ["system/cpu", "val/acc", "val/loss", "a (b)"],
    "tag": ["best", "old one"],
}
VALUES = {
    "config.model": ["resnet", "it's", 64.0, True],
    "attr.state": ["finished", "running"],
    "metric.val/acc": [0.5],
}


class Lab:
    """Keys and values of a small project."""

    def keys(self, kind: str) -> list[str]:
        return KEYS[kind]

    def values(self, column: Name, prefix: str, limit: int) -> Distinct:
        held = VALUES.get(str(column).removesuffix(".last"), [])
        shown = [(value, 2) for value in held if str(value).lower().startswith(prefix.lower())]
        count = 1_000 if column.key == "created" else len(held)
        return Distinct(shown[:limit], count, 9, 1, sum(isinstance(v, float) for v in held), None, None)


def offered(text: str, limit: int = 100) -> list[str]:
    """What stands at `|`, applied: the filter as it would read."""
    at = text.index("|")
    text = text.replace("|", "")
    found = complete(text, at, Lab(), limit)
    return [text[: found.start] + option.text + text[found.end :] for option in found.options]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("|", ["config.", "metric.", "tag.", "name"]),
        ("lr|", ["config.lr"]),
        ("CONF|", ["config.", "config.lr", "config.model", "config.`odd key`", "config.opt.name"]),
        ("config.o|", ["config.`odd key`", "config.opt.name", "config.model"]),
        ("name|", ["name", "config.opt.name"]),
        ("metric.|", ["metric.`a (b)`", "metric.val/acc", "metric.val/loss", "metric.system/cpu"]),
        ("metric.val/acc.m|", ["metric.val/acc.min", "metric.val/acc.max", "metric.val/acc.mean", "metric.val/acc.min_step"]),
        ("metric.val/acc.at_min(l|", [f"metric.val/acc.at_min({key}" for key in ("val/loss", "val/acc")]),
        ("metric.val/acc.at_min(val/loss|", ["metric.val/acc.at_min(val/loss"]),
        ("metric.val/acc.at_min(val/loss |", ["metric.val/acc.at_min(val/loss )"]),
        ("metric.val/acc.at_min(val/loss) |", [f"metric.val/acc.at_min(val/loss) {op}" for op in ("=", "!=", "<")]),
        ("config.model |", ["config.model =", "config.model !=", "config.model <"]),
        ("config.model l|", ["config.model LIKE", "config.model ILIKE"]),
        ("config.model NOT |", [f"config.model NOT {op}" for op in ("IN", "BETWEEN", "LIKE", "ILIKE")]),
        ("config.model b|", ["config.model BETWEEN"]),
        ("config.model BETWEEN 'it''s' |", ["config.model BETWEEN 'it''s' AND"]),
        ("config.model BETWEEN 1 AND |", ["config.model BETWEEN 1 AND 'resnet'"]),
        ("config.model BETWEEN 1 AND 2 |", ["config.model BETWEEN 1 AND 2 AND", "config.model BETWEEN 1 AND 2 OR"]),
        ("config.model = |", ["config.model = 'resnet'", "config.model = 'it''s'", "config.model = 64", "config.model = true"]),
        ("config.model = r|", ["config.model = 'resnet'"]),
        ("config.model = 're|", ["config.model = 'resnet'"]),
        ("config.model = 're|'", ["config.model = 'resnet'"]),
        ("config.model IN (64, 're|", ["config.model IN (64, 'resnet'"]),
        ("config.model IN |", ["config.model IN ("]),
        ("config.model IN (64 |", ["config.model IN (64 ,", "config.model IN (64 )"]),
        ("config.model IS |", ["config.model IS NULL", "config.model IS NOT NULL"]),
        ("config.model IS N|", ["config.model IS NULL", "config.model IS NOT NULL"]),
        ("(config.lr > 1 |", ["(config.lr > 1 )", "(config.lr > 1 AND", "(config.lr > 1 OR"]),
        ("config.lr > 1 |", ["config.lr > 1 AND", "config.lr > 1 OR"]),
        ("config.lr > 1 and st|", ["config.lr > 1 and state"]),
        ("tag.|", ["tag.best", "tag.`old one`"]),
        ("tag.best |", ["tag.best AND", "tag.best OR", "tag.best =", "tag.best !="]),
        ("archived = |", ["archived = true", "archived = false"]),
        ("state = |", ["state = 'finished'", "state = 'running'"]),
        ("created > |", []),
        ("st| = 'running'", ["state = 'running'"]),
        ("config.l|r < 0.3", ["config.lr < 0.3"]),
        ("& |", []),
        ("'a' 'b|", []),
    ],
)  # fmt: skip
def test_what_may_stand_at_the_cursor_is_offered(text: str, first: list[str]) -> None:
    found = offered(text)
    assert found[: len(first)] == first
    assert bool(found) == bool(first)


def test_a_place_outside_the_text_is_its_edge() -> None:
    assert complete("config.l", 99, Lab()).end == 8
    assert complete("config.l", -1, Lab()).start == 0
    assert len(complete("", 0, Lab(), 2).options) == 2


PIECES = st.sampled_from(
    ["config.", "lr", "between ", "< ", "config.model", " ", " = ", "'", "`", '"', "(", ")", ",", "and ", "not ", "in ", "is ", "like ", "64",
     "metric.val/acc", ".at_min", ".min", "tag.best", "created", "&", "é", "\n"]
)  # fmt: skip


@example("config.config.''", 16)
@example("config. ", 8)
@example("tag.x between ", 14)
@example("config.model like ", 18)
@given(st.lists(PIECES, max_size=10).map("".join), st.integers(0, 60))
def test_whatever_is_offered_is_understood_so_far(text: str, at: int) -> None:
    """A filter may be wrong before the cursor or unfinished after it, but not where the option was put."""
    at = min(at, len(text))
    found = complete(text, at, Lab(), 100)
    assert 0 <= found.start <= at <= found.end <= len(text)
    for option in found.options:
        now = _position(text[: found.start] + option.text)
        is_earlier = now is not None and now < found.start  # what was written before may be wrong already
        assert now is None or is_earlier or now >= found.start + len(option.text), (text, at, option)


def _position(text: str) -> int | None:
    """Where a text stops to make sense; `None` when it is a whole filter."""
    try:
        parse_filter(text)
    except FilterError as error:
        return error.position
    return None
