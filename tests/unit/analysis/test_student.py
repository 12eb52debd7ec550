"""Student's distribution against the tables in every textbook."""

import math

import pytest

from gnomon.analysis.student import student_cdf, student_quantile

TABLE = {  # share: {degrees of freedom: quantile}, to the three decimals that are printed
    0.90: {1: 3.078, 2: 1.886, 3: 1.638, 5: 1.476, 10: 1.372, 30: 1.310, 120: 1.289},
    0.95: {1: 6.314, 2: 2.920, 3: 2.353, 5: 2.015, 10: 1.812, 30: 1.697, 120: 1.658},
    0.975: {1: 12.706, 2: 4.303, 3: 3.182, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.980},
    0.99: {1: 31.821, 2: 6.965, 3: 4.541, 5: 3.365, 10: 2.764, 30: 2.457, 120: 2.358},
    0.995: {1: 63.657, 2: 9.925, 3: 5.841, 5: 4.032, 10: 3.169, 30: 2.750, 120: 2.617},
}
CASES = [(p, df, t) for p, row in TABLE.items() for df, t in row.items()]


@pytest.mark.parametrize(("p", "df", "t"), CASES)
def test_quantiles_are_those_of_the_tables(p: float, df: int, t: float) -> None:
    assert round(student_quantile(p, df), 3) == t
    assert student_quantile(1 - p, df) == pytest.approx(-student_quantile(p, df))


@pytest.mark.parametrize("t", [-7.5, -1.0, -0.1, 0.0, 0.3, 2.0, 40.0])
def test_one_degree_of_freedom_is_cauchys_distribution(t: float) -> None:
    assert student_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-14)


@pytest.mark.parametrize("t", [-3.0, -1.0, 0.0, 1.5])
def test_many_degrees_of_freedom_are_the_normal_distribution(t: float) -> None:
    assert student_cdf(t, 1e7) == pytest.approx(0.5 * math.erfc(-t / math.sqrt(2)), rel=1e-5)


@pytest.mark.parametrize("df", [0.7, 1.0, 2.5, 17.3, 400.0])
def test_the_share_below_a_quantile_is_what_was_asked_for(df: float) -> None:
    for p in (0.001, 0.2, 0.5, 0.9, 0.9999):
        assert student_cdf(student_quantile(p, df), df) == pytest.approx(p, abs=1e-12)


def test_everything_is_below_infinity() -> None:
    assert (student_cdf(math.inf, 3), student_cdf(-math.inf, 3)) == (1.0, 0.0)
