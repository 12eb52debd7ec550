"""Series of trials read again and again: the same as read anew, and no point twice that is known."""

import numpy as np
import pytest
from tests.unit.server.logged import US, new_run

from gnomon.core.batch import Batch, Frame, Item, Rewind
from gnomon.server.sweep_series import Line, TrialSeries
from gnomon.store.home import Home


def _frame(steps: list[int], values: list[float]) -> Frame:
    at = np.array(steps)
    return Frame(("loss",), at, US + at, np.array([values]))


def test_only_new_points_are_read_and_the_series_is_what_the_engine_holds(
    lab: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, read = new_run(lab, _frame([0, 1, 2], [3.0, 2.0, 1.0])), TrialSeries(lab.engine)
    firsts: list[int] = []
    points = type(lab.engine).points

    def counted(engine: object, of: str, key: str, first: int = 0) -> object:
        firsts.append(first)
        return points(engine, of, key, first)  # type: ignore[arg-type]

    monkeypatch.setattr(type(lab.engine), "points", counted)

    def look(*items: Item, is_whole: bool = False) -> tuple[Line, list[int]]:
        if items:
            lab.submit([Batch(run, "", 0, 0, items)])[0].result()
        firsts.clear()
        found = read.read(run, "loss", lab.engine.series(run)["loss"].n, is_whole=is_whole)
        asked = list(firsts)
        there = points(lab.engine, run, "loss")
        assert found == list(zip(there.step.tolist(), there.value.tolist(), strict=True))
        return found, asked

    first, asked = look()
    assert (first, asked) == ([(0, 3.0), (1, 2.0), (2, 1.0)], [0])
    again, asked = look()
    assert (again is first, asked) == (True, [])
    grown, asked = look(_frame([2, 3], [0.9, 0.8]))
    assert (len(grown), len(first), asked) == (5, 3, [2])
    assert look(_frame([1], [9.0]))[1] == [3, 0], "a point that came late has all read anew"
    rewound, asked = look(Rewind(US, 1), _frame([1, 2, 3, 4, 5], [7.0, 6.0, 5.0, 4.0, 3.0]))
    assert (rewound[-1], asked) == ((5, 3.0), [0])
    look(is_whole=True)
    assert read._known == {}, "of a run that is over nothing is kept"
