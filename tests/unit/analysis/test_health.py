"""The checks as rules over series: each with series that trigger it, series that do not, and its evidence."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.analysis.health import MOST_POINTS, Checkup, Confused, Finding, Layer, Line, View, evidence, natural
from gnomon.analysis.health_check import RULES, check
from gnomon.analysis.health_losses import pairs as pairs_of

Series = Sequence[float]


@dataclass
class Record:
    """Series in memory."""

    series: Mapping[str, Series]
    every: int = 1
    order: tuple[Layer, ...] = ()
    matrices: list[Confused] = field(default_factory=list)

    def highest(self) -> dict[str, float]:
        finite = {key: [v for v in values if math.isfinite(v)] for key, values in self.series.items()}
        return {key: max(values, default=math.nan) for key, values in finite.items()}

    def bad(self, key: str) -> int:
        return sum(not math.isfinite(v) for v in self.series[key])

    def line(self, key: str) -> Line:
        values = np.array(self.series[key], float)
        return Line(np.arange(len(values), dtype=np.int64) * self.every, values)

    def layers(self, model: str) -> tuple[Layer, ...]:
        return self.order if model == "net" else ()

    def confusions(self) -> Iterable[Confused]:
        return self.matrices


def found(series: Mapping[str, Series], **more: object) -> list[Finding]:
    return check(Record(series, **more)).findings  # type: ignore[arg-type]


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.code, one.level, one.path or one.metric) for one in findings]


def gradients(ratios: Mapping[str, Series]) -> dict[str, Series]:
    """Return series of weights of norm 2 with these ratios of gradient to weight."""
    made: dict[str, Series] = {}
    for path, values in ratios.items():
        made[f"net/gradients/{path}/norm"] = [2 * v for v in values]
        made[f"net/weights/{path}/norm"] = [2.0] * len(values)
    return made


FALLING = [2.3 * 0.99**i for i in range(200)]
LAYERS = tuple(Layer(f"{i}", "Linear", (f"{i}.weight", f"{i}.bias")) for i in range(12))


def test_a_run_that_is_well_has_no_findings_and_says_what_could_not_be_checked() -> None:
    series = {
        "train/loss": FALLING,
        "val/loss": [v + 0.05 for v in FALLING],
        **gradients({"0.weight": [0.01] * 5, "1.weight": [0.02] * 5}),
        "net/activations/0/dead": [0.2] * 5,
    }
    health = check(Record(series), last_step=199)
    assert (health.step, health.findings) == (199, [])
    assert {one.code: one.made for one in health.checks} == {
        "nonfinite": True,
        "exploding": True,
        "vanishing": True,
        "dead": True,
        "saturated": False,
        "constant": False,
        "overfit": True,
        "stuck": True,
        "loader_bound": False,
    }
    assert all(one.needs for one in health.checks)
    assert {one.code for one in health.checks} == {code for code, _, _ in RULES}


def test_an_empty_record_is_neither_well_nor_ill() -> None:
    assert check(Record({})) == Checkup(None, [], check(Record({})).checks)
    assert not any(one.made for one in check(Record({})).checks)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_told_with_its_step_and_the_values_before(bad: float) -> None:
    series = {"train/loss": [2.0, 1.9, bad, bad], "val/loss": [math.nan] * 4, "grad/scale": [math.inf] * 4}
    (one,) = found(series)
    assert (one.level, one.from_step, one.at_step) == ("error", 2, 3)
    assert one.evidence[0].step == [0, 1, 2, 3]
    assert one.evidence[0].value[:2] == [2.0, 1.9]
    assert one.title == f"train/loss is {one.value} at step 2 and at 1 more."


def test_a_loss_that_is_finite_again_is_worth_a_look() -> None:
    (one,) = found({"loss": [1.0, math.nan, 0.9, 0.8]})
    assert (one.level, one.title) == ("warning", "loss is NaN at step 1; it is finite again since.")


@pytest.mark.parametrize(
    ("bad", "path", "what", "level"),
    [
        (
            {"weights/1.weight": [0, 0, 5], "activations/1": [0, 0, 5], "activations/2": [0, 0, 5]},
            "1.weight",
            "weights",
            "error",
        ),
        ({"activations/1": [0, 3, 3], "weights/0.weight": [0, 0, 9]}, "1", "activations", "error"),
        ({"gradients/1.weight": [0, 3, 0], "gradients/10.weight": [0, 3, 0]}, "10.weight", "gradients", "warning"),
        ({"gradients/1.weight": [0, 3, 3], "activations/5": [0, 3, 3]}, "5", "activations", "error"),
    ],
)
def test_where_it_begins_is_found_forward_through_the_layers_and_then_backward(
    bad: dict[str, Series], path: str, what: str, level: str
) -> None:
    (one,) = found({f"net/{key}/bad": values for key, values in bad.items()}, order=LAYERS)
    assert (one.code, one.path, one.what, one.level) == ("nonfinite", path, what, level)


def test_gradients_that_vanish_are_told_with_both_series_and_all_layers() -> None:
    ratios = {f"{i}.weight": [1e-2 * 0.1 ** (11 - i)] * 5 for i in range(12)}
    (one,) = found(gradients(ratios), order=LAYERS, every=10)
    assert (one.code, one.level, one.path, one.at_step) == ("vanishing", "error", "0.weight", 40)
    assert one.value == pytest.approx(1e-11)
    assert one.others == [f"{i}.weight" for i in range(1, 7)]
    assert [each.key for each in one.evidence] == [
        f"net/{what}/{i}.weight/norm" for i in (0, 11) for what in ("gradients", "weights")
    ]
    assert one.evidence[1].value == [2.0] * 5


@pytest.mark.parametrize(
    "ratios",
    [
        {"0.weight": [1e-4] * 5, "1.weight": [1e-2] * 5},
        {"0.weight": [1e-9] * 2, "1.weight": [1e-2] * 2},
        {"0.weight": [1e-9, 1e-9, 1e-2], "1.weight": [1e-2] * 3},
        {"1.weight": [1e-9] * 5, "0.weight": [1e-2] * 5},
        {"0.bias": [1e-9] * 5, "1.weight": [1e-2] * 5},
        {"0.weight": [0.0] * 5, "1.weight": [0.0] * 5},
    ],
    ids=["hundredfold", "too few", "now and then", "the last layer", "a bias", "converged to nothing"],
)
def test_layers_that_change_in_other_measure_are_no_vanishing(ratios: dict[str, Series]) -> None:
    assert [one for one in found(gradients(ratios), order=LAYERS) if one.code == "vanishing"] == []


@pytest.mark.parametrize("kind", ["BatchNorm2d", "LayerNormalization", "Embedding"])
def test_scales_and_tables_are_not_compared_with_weights(kind: str) -> None:
    order = (Layer("a", kind, ("a.weight",)), Layer("b", "Linear", ("b.weight",)))
    assert found(gradients({"a.weight": [1e-9] * 5, "b.weight": [1e-2] * 5}), order=order) == []


def test_exploding_gradients_weights_and_losses_are_told_apart() -> None:
    calm, wild = [0.01] * 10, [0.01] * 8 + [50.0, 90.0]
    (one,) = found(gradients({"0.weight": wild, "1.weight": calm}))
    assert (one.code, one.what, one.path, one.from_step) == ("exploding", "gradients", "0.weight", 8)
    assert one.value == pytest.approx(5000)
    (one,) = found({"net/weights/0.weight/norm": [1.0, 2.0, 150.0]})
    assert (one.code, one.what, one.value, one.bound) == ("exploding", "weights", 150.0, 100.0)
    (one,) = found({"loss": [2.0, 2.1, 1.9, 30.0, 40.0, 50.0, 60.0]})
    assert (one.code, one.metric, one.from_step) == ("exploding", "loss divided by its first values", 3)
    assert found(gradients({"0.weight": [0.01] * 9 + [90.0], "1.weight": calm})) == []
    assert found({"loss": [2.0, 2.1, 1.9, 30.0, 1.5, 1.4, 1.3]}) == []
    assert found({"net/weights/0.bias/norm": [1e-3, 5.0, 9.0]}) == []


def test_dead_units_are_told_at_the_layer_where_they_die() -> None:
    series = {"net/activations/1/dead": [0.1, 0.6, 0.7, 0.7], "net/activations/2/dead": [0.0, 0.7, 0.7, 0.7]}
    (one,) = found({**series, "net/activations/0/dead": [0.0] * 4}, order=LAYERS)
    assert (one.path, one.level, one.from_step, one.value) == ("1", "warning", 1, 0.7)
    assert one.title == "70 % of the units of 1 are dead: they give zero for every sample, since step 1."
    (one,) = found({"net/activations/1/dead": [1.0] * 3})
    assert one.level == "error"
    assert found({"net/activations/1/dead": [1.0, 1.0, 0.4, 1.0, 1.0]}) == []


def test_units_that_get_no_gradient_are_dead_where_no_layer_shows_it() -> None:
    alive, gone = [0.0] * 4, [1.0] * 4
    series = {"0.bias": gone, "1.bias": [0.1, 1.0, 1.0, 1.0], "2.bias": alive}
    (one,) = found({f"net/gradients/{path}/zeros": values for path, values in series.items()}, order=LAYERS)
    assert (one.code, one.path, one.level, one.from_step) == ("dead", "1.bias", "error", 1)
    assert one.title == "100 % of the units of 1 are dead: they get no gradient at all, since step 1."
    assert found({"net/gradients/0.weight/zeros": gone, "net/gradients/1.bias/zeros": [1.0, 1.0, 0.2]}) == []


def test_saturated_layers_are_told_but_for_the_last_which_is_sure() -> None:
    series = {"net/activations/1/saturated": [0.6] * 3, "net/activations/11/saturated": [0.99] * 3}
    assert told(found(series, order=LAYERS)) == [("saturated", "warning", "1")]
    assert told(found({"net/activations/1/saturated": [0.95] * 4}, order=LAYERS)) == [("saturated", "error", "1")]
    assert found({"net/activations/1/saturated": [0.49] * 4}, order=LAYERS) == []


def test_one_answer_to_all_is_told_of_outputs_and_of_a_confusion_matrix() -> None:
    assert told(found({"net/activations/11/spread": [1.0, 1e-5, 1e-6, 0.0]}, order=LAYERS)) == [
        ("constant", "error", "11")
    ]
    assert found({"net/activations/11/spread": [1e-6, 1e-6, 0.1]}) == []
    one_class = Confused("test/confusion", 9, np.array([[0, 5], [0, 7]]))
    assert told(found({}, matrices=[one_class])) == [("constant", "error", "classes that are ever predicted")]
    for counts in ([[1, 4], [0, 7]], [[0, 0], [0, 7]]):
        assert found({}, matrices=[Confused("test/confusion", 9, np.array(counts))]) == []


def test_overfitting_needs_validation_to_rise_while_training_falls() -> None:
    train = [2.0 / (i + 1) for i in range(10)]
    bow = [1.0, 0.8, 0.7, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    (one,) = found({"train/loss": train, "val/loss": bow}, every=100)
    assert (one.code, one.from_step, one.at_step) == ("overfit", 300, 900)
    assert one.value == pytest.approx(0.95 / 0.65 - 1)
    assert [each.key for each in one.evidence] == ["val/loss", "train/loss"]
    assert "checkpoint taken after step 300" in one.remedy
    assert found({"train/loss": train[::-1], "val/loss": bow}) == []
    assert found({"train/loss": train, "val/loss": train}) == []
    assert found({"train/loss": train, "val/loss": [0.7, 0.65, 0.8, 0.64, 0.8, 0.66, 0.8, 0.65, 0.81, 0.7]}) == []


@pytest.mark.parametrize(
    ("keys", "pairs"),
    [
        (["train/loss", "val/loss"], [("train/loss", "val/loss")]),
        (["loss", "val_loss"], [("loss", "val_loss")]),
        (["train/label/loss", "val/label/loss"], [("train/label/loss", "val/label/loss")]),
        (["training_loss", "validation_loss"], [("training_loss", "validation_loss")]),
        (["eval/loss", "train/loss"], [("train/loss", "eval/loss")]),
        (["val/loss", "test/loss", "interval/loss", "loss/val"], []),
    ],
)
def test_losses_that_belong_together_are_found_by_their_names(keys: list[str], pairs: list[tuple[str, str]]) -> None:
    assert pairs_of(View(Record({key: [1.0] for key in keys}))) == pairs


def test_a_loss_that_never_falls_is_stuck_and_one_that_has_converged_is_not() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 400)
    (one,) = found({"batch/loss": (2.303 + noise).tolist()})
    assert (one.code, one.level, one.from_step) == ("stuck", "warning", 0)
    converged = 0.01 + 2.3 * np.exp(-np.arange(400) / 5)
    assert found({"batch/loss": (converged + noise / 100).tolist()}) == []
    assert found({"batch/loss": (2.303 + noise[:50]).tolist()}) == []
    assert found({"train/loss": [0.31] * 5}) == []


def test_waiting_for_data_is_told_when_it_is_measured() -> None:
    (one,) = found({"train/data_share": [0.2, 0.6, 0.7, 0.7]})
    assert (one.code, one.from_step, one.value) == ("loader_bound", 1, 0.7)
    (one,) = found({"train/data_share": [0.1] * 8 + [0.6] * 3})
    assert (one.from_step, one.value) == (8, 0.6), "what is told is of the time it is told of"
    assert found({"train/data_share": [0.1] * 5}) == []


def test_errors_come_first_and_the_past_is_seen_as_it_was() -> None:
    series = {"net/activations/1/dead": [0.6] * 10, "loss": [1.0] * 5 + [math.nan] * 5}
    assert [one.code for one in found(series)] == ["nonfinite", "dead"]
    assert told(check(Record(series), until=4, last_step=9).findings) == [("dead", "warning", "1")]
    assert check(Record(series), until=4, last_step=9).step == 4
    assert check(Record(series), until=1).findings == []


@given(st.lists(st.floats(width=32) | st.sampled_from([0.0, 1.0, math.nan, math.inf]), max_size=40), st.integers(0, 50))
def test_no_series_makes_a_check_fail_and_nothing_but_its_values_is_evidence(values: list[float], until: int) -> None:
    keys = ["loss", "train/loss", "val/loss", "train/data_share"]
    for what, figures in (
        ("weights/a.weight", ("norm", "bad")),
        ("gradients/a.weight", ("norm", "bad")),
        ("weights/b.weight", ("norm",)),
        ("gradients/b.weight", ("norm",)),
        ("activations/a", ("norm", "dead", "saturated", "spread", "bad")),
    ):
        keys += [f"net/{what}/{figure}" for figure in figures]
    record = Record({key: values for key in keys if values})
    for one in check(record, until).findings:
        assert one.from_step <= one.at_step <= until
        for each in one.evidence:
            known = dict(zip(record.line(each.key).step.tolist(), values, strict=True))
            assert all(
                str(known[s]) == str(v) or repr(known[s])[:3].upper() == str(v)[:3].upper()
                for s, v in zip(each.step, each.value, strict=True)
            )


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=200), st.floats(1e-6, 1e6))
def test_findings_do_not_depend_on_the_unit_of_gradients_and_weights(ratios: list[float], unit: float) -> None:
    plain = gradients({"0.weight": ratios, "1.weight": [1.0] * len(ratios)})
    scaled = {key: [v * unit for v in values] for key, values in plain.items()}
    assert told(found(plain, order=LAYERS)) == told(found(scaled, order=LAYERS))


def test_evidence_of_a_long_series_keeps_its_ends() -> None:
    line = Line(np.arange(10_000), np.arange(10_000.0))
    kept = evidence("k", line, 100)
    assert (len(kept.step), kept.step[0], kept.step[-1]) == (MOST_POINTS, 100, 9999)
    assert kept.value == [float(step) for step in kept.step]


def test_paths_are_sorted_as_people_count() -> None:
    assert sorted(["layer10.a", "layer2.b", "layer2.a", "a"], key=natural) == ["a", "layer2.a", "layer2.b", "layer10.a"]
