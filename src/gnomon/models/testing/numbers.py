"""A test of what predicts numbers: a regression, or a reconstruction of its input."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from gnomon.analysis.evaluation import Evaluation, evaluate
from gnomon.analysis.regression import regression_figures
from gnomon.analysis.resampled import mean_interval, weighted_interval
from gnomon.models.testing.classes import left_out, nothing
from gnomon.models.testing.feed import Int64
from gnomon.models.testing.found import Found, finite, histogram
from gnomon.models.testing.opened import Head
from gnomon.models.testing.report import OutputReport, ResidualPoint, Residuals

Float64 = npt.NDArray[np.float64]
MOST_POINTS: Final = 1_000
MOST_COLUMNS: Final = 50


def judge_regression(
    head: Head,
    at: Int64,
    truth: npt.NDArray[Any],
    made: npt.NDArray[Any],
    columns: Sequence[str],
    notes: Sequence[str] = (),
) -> Found:
    """Return what was found of a regression.

    Args:
        head: The output.
        at: Places of the rows in the part.
        truth: `(n,)` or `(n, …)`.
        made: As many numbers.
        columns: That it predicts: of several, each has figures of its own.
        notes: What is known already.
    """
    wanted, given = (each.astype(np.float64).reshape(len(at), -1) for each in (truth, made))
    kept = np.isfinite(given).all(1) & np.isfinite(wanted).all(1)
    notes = [*notes, *left_out(at, np.zeros(0, np.float64), given), *_without_truth(at, wanted)]
    report = OutputReport(output=head.name, task="regression", n=int(kept.sum()), left_out=int((~kept).sum()))
    at, wanted, given = at[kept], wanted[kept], given[kept]
    if not len(at):
        return nothing(report, notes)
    figures = {"n": float(len(at)), **regression_figures(wanted, given)}
    if 1 < wanted.shape[1] == len(columns) <= MOST_COLUMNS:
        figures |= {
            f"{key}/{name}": value
            for i, name in enumerate(columns)
            for key, value in regression_figures(wanted[:, i], given[:, i]).items()
        }
    wrong = given - wanted
    report = replace(
        report,
        main="mae",
        figures=finite(figures),
        intervals=_intervals(wanted, wrong),
        residuals=_residuals(at, wanted, given),
        errors=histogram(np.abs(wrong).mean(1)),
        notes=tuple(notes),
    )
    rows = {
        "truth": wanted.astype(np.float32),
        "predicted": given.astype(np.float32),
        "loss": np.sqrt((wrong**2).mean(1)).astype(np.float32),
    }
    evaluation = _evaluation(wanted, given)
    return Found(report, at, rows, np.abs(wrong).mean(1), "mae", evaluation)


def judge_reconstruction(head: Head, at: Int64, square: Float64, absolute: Float64, notes: Sequence[str] = ()) -> Found:
    """Return what was found of a reconstruction.

    Args:
        head: The output.
        at: Places of the rows in the part.
        square: float64 `(n,)`, mean squared error of each row.
        absolute: Likewise the mean absolute error.
        notes: What is known already.
    """
    kept = np.isfinite(square)
    notes = [*notes, *left_out(at, np.zeros(0, np.float64), square)]
    report = OutputReport(output=head.name, task="reconstruction", n=int(kept.sum()), left_out=int((~kept).sum()))
    at, square, absolute = at[kept], square[kept], absolute[kept]
    if not len(at):
        return nothing(report, notes)
    figures = {
        "n": float(len(at)),
        "mse": float(square.mean()),
        "rmse": float(np.sqrt(square.mean())),
        "mae": float(absolute.mean()),
        "worst_rmse": float(np.sqrt(square.max())),
    }
    found = {"mse": mean_interval(square), "mae": mean_interval(absolute)}
    report = replace(
        report,
        main="mse",
        figures=finite(figures),
        intervals={name: each for name, each in found.items() if each is not None},
        errors=histogram(np.sqrt(square)),
        notes=tuple(notes),
    )
    return Found(report, at, {"loss": np.sqrt(square).astype(np.float32)}, square, "mse")


def _without_truth(at: Int64, wanted: Float64) -> list[str]:
    bad = ~np.isfinite(wanted).all(1)
    return [f"{int(bad.sum()):,} rows have no true number, and are left out: {at[bad][0]} …"] if bad.any() else []


def _intervals(wanted: Float64, wrong: Float64) -> dict[str, tuple[float, float]]:
    found = {"mae": mean_interval(np.abs(wrong).mean(1)), "bias": mean_interval(wrong.mean(1))}
    square, n = wrong**2, len(wrong)
    of_rows = mean_interval(square.mean(1))
    if wrong.shape[1] == 1 and of_rows is not None:  # the root keeps the order
        found["rmse"] = (float(np.sqrt(max(0.0, of_rows[0]))), float(np.sqrt(of_rows[1])))

    def r2(weights: Float64) -> Float64:
        mean = weights @ wanted / n
        spread = weights @ wanted**2 - n * mean**2
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(spread > 0, 1 - (weights @ square) / spread, np.nan).mean(1))

    if n > 2 and bool((np.ptp(wanted, axis=0) > 0).all()):
        found["r2"] = weighted_interval(r2, n)
    return {name: each for name, each in found.items() if each is not None}


def _residuals(at: Int64, wanted: Float64, given: Float64) -> Residuals | None:
    spread = histogram(given - wanted)
    if spread is None:
        return None
    some = np.unique(np.linspace(0, len(at) - 1, min(len(at), MOST_POINTS)).astype(np.int64))
    numbers = (at[some].tolist(), wanted[some, 0].tolist(), given[some, 0].tolist())
    points = [ResidualPoint(row, float(f"{t:.6g}"), float(f"{p:.6g}")) for row, t, p in zip(*numbers, strict=True)]
    return Residuals(spread, tuple(points))


def _evaluation(wanted: Float64, given: Float64) -> Evaluation | None:
    if wanted.shape[1] != 1:
        return None
    return evaluate(wanted[:, 0], given[:, 0], task="regression", predictions=False)
