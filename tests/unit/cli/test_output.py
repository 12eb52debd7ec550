"""What is printed for programs parses, whatever was logged."""

import json
import math

import click
import numpy as np
import pytest

from gnomon.cli.output import cell, flat, mark, print_json


def test_json_holds_what_json_cannot(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"损失": [math.nan, math.inf, -math.inf, 1.5], "a": np.array([1, 2]), 3: (np.float64(0.5), None)})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {
        "损失": ["NaN", "Infinity", "-Infinity", 1.5],
        "a": [1, 2],
        "3": [0.5, None],
    }


def test_cells_are_short_and_on_one_line() -> None:
    values = [None, True, 3, 3.2e-4, "two\nlines", [1, 2], {}]
    assert [cell(v) for v in values] == ["–", "true", "3", "3.2e-4", "two lines", "[1, 2]", "{}"]  # noqa: RUF001


def test_nested_configs_are_joined_with_dots() -> None:
    assert flat({"a": {"b": {"c": 1}, "d": {}}, "e": [1]}) == {"a.b.c": 1, "a.d": {}, "e": [1]}


def test_states_have_signs_of_their_own_without_colour() -> None:
    signs = [click.unstyle(mark(s)) for s in ("running", "finished", "stopped", "failed", "killed", "lost", "other")]
    assert signs == ["●", "✓", "■", "✕", "✕", "?", "?"]
