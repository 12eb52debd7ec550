"""The page about code does what it says."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs/reference/code.md"


def test_the_examples_of_the_page_run() -> None:
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert (done.failed, done.attempted > 8) == (0, True)
