"""Windows of a series: in the order of time, none into another part, none with a gap; a data set and a graph take them."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gnomon.cli.data import command
from gnomon.core.errors import InputError, LimitError
from gnomon.graph.patch import apply
from gnomon.graph.templates import template
from gnomon.models.datasets import load, windows
from gnomon.models.datasets.binding import bind
from gnomon.models.datasets.source import open_data
from gnomon.models.datasets.windows import Windows


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Return a table of 100 days, in another order, with a gap on day 7."""
    days = np.random.default_rng(0).permutation(100)
    stamps = np.datetime64("2026-01-01") + days
    rows = [f"{day},{'' if n == 7 else n},{-n},x{n % 2}" for day, n in zip(stamps, days, strict=True)]
    (tmp_path / "power.csv").write_text("\n".join(["day,load,wind,kind", *rows]) + "\n")
    return tmp_path / "power.csv"


def test_windows_follow_time_and_stay_in_their_part(series: Path) -> None:
    cut = windows.windows(open_data(series), Windows("load", "day", length=4, shares=(0.6, 0.2, 0.2)))
    shapes = {name: array.shape for name, array in cut.arrays.items()}
    assert shapes == {
        "history_train": (51, 4, 2), "next_train": (51,),  # 56, less the 5 with day 7
        "history_validation": (16, 4, 2), "next_validation": (16,),
        "history_test": (16, 4, 2), "next_test": (16,),
    }  # fmt: skip
    assert (cut.columns, cut.left_out) == (("load", "wind"), 5)
    np.testing.assert_array_equal(cut.arrays["history_test"][0], [[n, -n] for n in (80, 81, 82, 83)])
    assert cut.arrays["next_test"].tolist() == [*range(84, 100)]
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(cut.arrays[f"next_{part}"], cut.arrays[f"history_{part}"][:, -1, 0] + 1)


def test_several_steps_are_foretold_of_columns_that_are_named(series: Path) -> None:
    wanted = Windows("load", "day", ("wind",), length=10, horizon=3, every=5, shares=(1, 0, 0))
    cut = windows.windows(open_data(series), wanted)
    assert {name: array.shape for name, array in cut.arrays.items()} == {
        "history_train": (18, 10, 1),
        "next_train": (18, 3),
    }
    assert cut.arrays["next_train"][0].tolist() == [10, 11, 12]
    assert windows.said(cut, wanted) == [
        "Windows of 10 steps of wind; load in the next 3 steps is foretold.",
        "train 18, in the order of time.",
    ]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"length": 70}, "length"),
        ({"length": 0}, "length"),
        ({"time": "kind"}, "time"),
        ({"time": "load"}, "time"),
        ({"columns": ("kind",)}, "columns"),
        ({"shares": (0.5, 0.1, 0.1)}, "shares"),
    ],
)
def test_what_cannot_be_cut_is_refused_with_the_field(series: Path, wanted: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as refused:
        windows.windows(open_data(series), Windows("load", **wanted))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_windows_that_would_fill_the_memory_are_refused(series: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MAX_BYTES", 100)
    with pytest.raises(LimitError, match="every"):
        windows.windows(open_data(series), Windows("load", length=4))


def test_the_forecaster_takes_windows_of_a_csv_as_they_are(series: Path, home: Path) -> None:
    def ask(*words: str) -> str:
        given = ["windows", str(series), "--target", "load", "--time", "day", "-o", str(out), *words]
        found = CliRunner().invoke(command, given)
        return found.output if found.exit_code == 0 else f"{found.exit_code}: {found.output}"

    out = series.with_suffix(".npz")
    told = ask("--columns", "wind", "--length", "8", "--name", "power")
    assert told.splitlines()[-1].startswith(f"Wrote {out}. Registered as power@")
    assert "is there already" in ask()
    data = load("power", home)
    assert {part: len(rows) for part, rows in data.parts.items()} == {"train": 62, "validation": 7, "test": 7}
    graph = template("lstm_forecaster").graph
    nodes = [{"op": "set", "id": "history", "params": {"length": 8}}]
    inputs, targets = bind(apply(graph, nodes)[0], data).batch("train", np.arange(2))
    assert {name: each.shape for name, each in inputs.items()} == {"history": (2, 8, 1)}
    assert [each.shape for each in targets.values()] == [(2, 1)]
