"""The filter language, sentence by sentence of docs/reference/filter.md."""

from pathlib import Path

import pytest

from gnomon.core.errors import FilterError
from gnomon.store.filter import And, Compare, Filter, In, Like, Name, Not, Null, Or, Word, format_filter, names
from gnomon.store.filter_parser import parse_filter, parse_name

LR = Name("config", "lr")
ACC = Name("metric", "val/acc", "max")
LOSS = Name("metric", "loss", "last")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("config.lr < 0.3", Compare(LR, "<", 0.3)),
        ("config.lr<.3", Compare(LR, "<", 0.3)),
        ("config.lr >= -1e-3", Compare(LR, ">=", -0.001)),
        ("config.lr == 1 ", Compare(LR, "=", 1.0)),
        ("config.lr <> 1", Compare(LR, "!=", 1.0)),
        ("config.model = 'it''s'", Compare(Name("config", "model"), "=", "it's")),
        ('config.model = "mlp"', Compare(Name("config", "model"), "=", "mlp")),
        ("config.model = mlp-2", Compare(Name("config", "model"), "=", "mlp-2")),
        ("config.on = TRUE", Compare(Name("config", "on"), "=", True)),
        ("metric.val/acc.max > 0.9", Compare(ACC, ">", 0.9)),
        ("metric.`val/acc`.max > 0.9", Compare(ACC, ">", 0.9)),
        ('metric."val/acc".max > 0.9', Compare(ACC, ">", 0.9)),
        ("metric.loss < 1", Compare(LOSS, "<", 1.0)),
        ("metric.acc@5:top-1.min < 1", Compare(Name("metric", "acc@5:top-1", "min"), "<", 1.0)),
        ("metric.`loss.max` < 1", Compare(Name("metric", "loss.max", "last"), "<", 1.0)),
        ("metric.`a``b` < 1", Compare(Name("metric", "a`b", "last"), "<", 1.0)),
        ("config.opt.lr < 1", Compare(Name("config", "opt.lr"), "<", 1.0)),
        ("config.精度 = 1", Compare(Name("config", "精度"), "=", 1.0)),
        ("name ILIKE '%otter%'", Like(Name("attr", "name"), "%otter%", fold=True)),
        ("attr.name not like 'a_'", Like(Name("attr", "name"), "a_", negated=True)),
        ("config.seed IN (1, 2,'x')", In(Name("config", "seed"), (1.0, 2.0, "x"))),
        ("config.seed NOT IN (1)", In(Name("config", "seed"), (1.0,), negated=True)),
        ("config.lr IS NULL", Null(LR)),
        ("config.lr is not null", Null(LR, negated=True)),
        ("config.lr between 0.1 and 1", And((Compare(LR, ">=", 0.1), Compare(LR, "<=", 1.0)))),
        ("config.lr NOT BETWEEN a AND b", Or((Compare(LR, "<", "a"), Compare(LR, ">", "b")))),
        ("config.lr between 1 and 2 or a", Or((And((Compare(LR, ">=", 1.0), Compare(LR, "<=", 2.0))), Word("a")))),
        ("metric.val/acc.at_min(val/loss) > 0.9", Compare(Name("metric", "val/acc", "at_min", 0, "val/loss"), ">", 0.9)),
        ("metrics.a.at_max( `b c` ) IS NULL", Null(Name("metric", "a", "at_max", 0, "b c"))),
        ("attr.archived", Compare(Name("attr", "archived"), "=", True)),
        ("not attr.dirty", Not(Compare(Name("attr", "dirty"), "=", True))),
        ("archived", Word("archived")),
        ("tag.best", Compare(Name("tag", "best"), "=", True)),
        ("NOT tag.best", Not(Compare(Name("tag", "best"), "=", True))),
        ("state = FINISHED", Compare(Name("attr", "state"), "=", "finished")),
        ("otter", Word("otter")),
        ("'brave otter'", Word("brave otter")),
        ("otter-7", Word("otter-7")),
        ("7", Word("7")),
        ("brave otter", And((Word("brave"), Word("otter")))),
        ("otter config.lr < 1", And((Word("otter"), Compare(LR, "<", 1.0)))),
        ("config.lr < 1 otter", And((Compare(LR, "<", 1.0), Word("otter")))),
        ("otter (a or b)", And((Word("otter"), Or((Word("a"), Word("b")))))),
        ("a or b and c", Or((Word("a"), And((Word("b"), Word("c")))))),
        ("(a or b) and not c", And((Or((Word("a"), Word("b"))), Not(Word("c"))))),
        ("", None),
        (" \n\t", None),
    ],
)  # fmt: skip
def test_a_filter_means_what_it_says(text: str, tree: Filter | None) -> None:
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("metrics.acc > 0.5 and params.lr = '0.1'", "metric.acc.last > 0.5 AND config.lr = '0.1'"),
        ("metrics.`val acc` > 0.5", "metric.`val acc`.last > 0.5"),
        ("tags.best = true", "tag.best = true"),
        ("attributes.status = 'FINISHED'", "attr.state = 'finished'"),
        ("status != 'RUNNING'", "attr.state != 'running'"),
        ("attributes.run_name LIKE 'a%'", "attr.name LIKE 'a%'"),
        ("run_id IN ('a', 'b')", "attr.id IN ('a', 'b')"),
        ("attributes.start_time > 1500000000000", "attr.created > 1500000000"),
        ("end_time <= 1500000000500", "attr.finished <= 1500000000.5"),
    ],
)
def test_what_mlflow_clients_send_is_understood(theirs: str, ours: str) -> None:
    tree = parse_filter(theirs)
    assert tree is not None
    assert format_filter(tree) == ours


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("'1970-01-02'", 86_400.0), ("'1970-01-01T00:00:01'", 1.0), ("'1970-01-01T01:00:00+01:00'", 0.0), ("5", 5.0)],
)
def test_times_are_dates_or_utc_seconds(text: str, seconds: float) -> None:
    assert parse_filter(f"created >= {text}") == Compare(Name("attr", "created"), ">=", seconds)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("config.lr <", 11, "expected a number, a text or true or false at character 11, received the end"),
        ("config.lr < AND", 12, "received 'AND'"),
        ("config.lr = NULL", 12, "write IS NULL"),
        ("config.lr", 9, "expected an operator after 'config.lr'"),
        ("(config.lr < 1", 14, "expected AND, OR or )"),
        ("config.lr < 1)", 13, "expected AND, OR or the end"),
        ("config.lr < 1 config.a < 2", 14, "expected AND, OR or the end"),
        ("config.lr < 1 && tag.a", 14, "Write AND."),
        ("tag.a || tag.b", 6, "Write OR."),
        ("config.lr = 'x", 12, "is not closed"),
        ("config.`lr = 3", 7, "is not closed"),
        ("lr < 0.3", 0, "Write config.lr, metric.lr or tag.lr."),
        ("metrc.loss < 1", 0, "Nearest: metric.loss."),
        ("data.lr < 1", 0, "Write config.data.lr, metric.data.lr or tag.data.lr."),
        ("attr.creatd < 1", 0, "Nearest: created."),
        ("config. < 1", 7, "expected a name after config."),
        ("config.a IN 1", 12, "expected ( after IN"),
        ("config.a IN ()", 13, "expected a number, a text"),
        ("config.a IN (1", 14, "expected , or )"),
        ("config.a IS 3", 12, "expected NULL or NOT NULL after IS"),
        ("config.a LIKE", 13, "after LIKE"),
        ("config.a BETWEEN", 16, "expected a number, a text or true or false"),
        ("config.a BETWEEN 1", 18, "expected AND and the other end of BETWEEN"),
        ("config.a BETWEEN 1 AND", 22, "expected a number, a text or true or false"),
        ("config.a BETWEEN 1 AND true", 23, "expected a number or a text after AND"),
        ("metric.acc.at_min", 17, "expected an operator after 'metric.acc.at_min'"),
        ("metric.acc.at_min(", 18, "expected a series, such as loss, after at_min("),
        ("metric.acc.at_min()", 18, "expected a series, such as loss, after at_min("),
        ("metric.acc.at_min(loss", 22, "expected ) after the series"),
        ("metric.acc.at_min(loss)", 23, "expected an operator after metric.acc.at_min(loss)"),
        ("metric.acc.at_min(loss) LIKE 'a'", 0, "is a number, and LIKE looks at text"),
        ("metric.`a.at_max` (b)", 18, "expected an operator after 'metric.a.at_max'"),
        ("metric.loss > 1 OR 1=1", 19, "expected a name before the operator"),
        ("metric.loss LIKE 'a'", 0, "is a number, and LIKE looks at text"),
        ("config.on < true", 12, "expected = or != before true"),
        ("created > 'tomorrow'", 10, "expected a date such as"),
        ("'lr' < 3", 0, "expected a name before the operator"),
        ("config.a = 1e999", 11, "larger than a float64 holds"),
        ("NOT", 3, "expected a name, a word or ("),
        ("(" * 65 + "a" + ")" * 65, 65, "at most 64 levels"),
        ("NOT " * 65 + "a", 260, "at most 64 levels"),
        ("a " * 501, 1000, "at most 500 terms"),
        ("config.a IN (" + "1," * 500 + "1)", 1013, "at most 500 terms"),
        ("a" * 10_001, 10_000, "at most 10,000 characters"),
    ],
)
def test_a_mistake_is_shown_where_it_is(text: str, position: int, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert message in str(caught.value)
    assert caught.value.position == position


def test_the_limits_themselves_are_accepted() -> None:
    assert parse_filter("(" * 64 + "a" + ")" * 64) == Word("a")
    tree = parse_filter(" AND ".join(["config.a < 1"] * 500))
    assert isinstance(tree, And)
    assert len(tree.terms) == 500


def test_the_columns_of_a_filter_are_listed_in_order() -> None:
    tree = parse_filter("config.lr < 1 and (not metric.val/acc.max > 2 or tag.best) and otter")
    assert tree is not None
    assert [str(name) for name in names(tree)] == ["config.lr", "metric.val/acc.max", "tag.best", "attr.name"]
    assert [name.position for name in names(tree)] == [0, 23, 49, 0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("config.lr", LR),
        ("params.lr", LR),
        ("metric.val/acc.max", ACC),
        ("metric.a b (c).min", Name("metric", "a b (c)", "min")),
        ("metric.`a.max`", Name("metric", "a.max", "last")),
        ("metric.acc.at_min(loss)", Name("metric", "acc", "at_min", other="loss")),
        ("metrics.val acc.at_max(val loss)", Name("metric", "val acc", "at_max", other="val loss")),
        ("metric.`a b`.at_max(`c (d)`)", Name("metric", "a b", "at_max", other="c (d)")),
        ('metric.a.at_max("c d")', Name("metric", "a", "at_max", other="c d")),
        ("metric.a.at_max(b).at_min(c)", Name("metric", "a.at_max(b)", "at_min", other="c")),
        ("metric.a.at_max (b)", Name("metric", "a.at_max (b)", "last")),
        ("attr.archived", Name("attr", "archived")),
        ('metrics."val acc"', Name("metric", "val acc", "last")),
        ("attributes.start_time", Name("attr", "created")),
        ("created", Name("attr", "created")),
        ("tag.my tag", Name("tag", "my tag")),
    ],
)
def test_a_column_is_named_without_quotes(text: str, name: Name) -> None:
    assert parse_name(text) == name


def test_every_example_of_the_reference_parses() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "filter.md"
    examples = [line.partition("     ")[0] for line in page.read_text().split("```")[1].strip().splitlines()]
    assert len(examples) >= 6
    assert all(parse_filter(example) is not None for example in examples)
