"""What a line of a terminal holds after carriage returns, backspaces, erasing and colours."""

import pytest

from gnomon.core.terminal import ERASE, MAX_LINE, Line, bare


def lines(*writes: str) -> list[str]:
    """Return the ended lines, and the open one last."""
    line = Line()
    ended = [each for text in writes for each in line.feed(text)]
    return [*ended, line.text]


@pytest.mark.parametrize(
    ("writes", "expected"),
    [
        (("a\n", "b", "c\n"), ["a", "bc", ""]),
        (("windows\r\nline\r\n",), ["windows", "line", ""]),
        (("10%\r20%\r30%\n",), ["30%", ""]),
        (("long text\rshort",), ["shorttext"]),
        (("abc\r", "x\n"), ["xbc", ""]),
        (("abc\r", "\n"), ["abc", ""]),
        (("1/9\b\b\b2/9\n",), ["2/9", ""]),
        (("\b\b<\n",), ["<", ""]),
        (("bar    \r       \rdone\n",), ["done", ""]),
        (("bar\r   \r\n",), ["", ""]),
        (("old text\r\x1b[Knew\n",), ["new", ""]),
        (("old text\x1b[2K\rnew\n",), ["new", ""]),
        (("old text\r\x1b[1Knew\n",), ["new text", ""]),
        (("\x1b[31mred\x1b[0m ink\n",), ["\x1b[31mred\x1b[0m ink", ""]),
        (("\x1b[31mred\rR\x1b[0mED\n",), ["\x1b[31mR\x1b[0mED", ""]),
        (("\x1b[31mabc\r", "xy", "\n"), ["\x1b[31mxyc", ""]),
        (("\x1b[?25l\x1b[1Ahidden\x1b[?25h\n",), ["hidden", ""]),
        (("\x1b]0;title\x07text\n",), ["text", ""]),
        (("  indented  \n",), ["  indented  ", ""]),
    ],
)
def test_a_line_holds_what_a_terminal_would_show(writes: tuple[str, ...], expected: list[str]) -> None:
    assert lines(*writes) == expected


def test_a_piece_that_begins_with_erase_says_the_line_anew() -> None:
    assert lines("ep", f"{ERASE}epoch 1", f"{ERASE}e\n") == ["e", ""]


def test_a_line_without_end_goes_on_in_the_next() -> None:
    assert lines("x" * (2 * MAX_LINE + 3)) == ["x" * MAX_LINE, "x" * MAX_LINE, "xxx"]
    assert lines("\r" + "y" * (MAX_LINE + 1)) == ["y" * MAX_LINE, "y"]
    assert lines("\x1b[31m\r" + "z" * (MAX_LINE + 1)) == ["\x1b[31m" + "z" * (MAX_LINE - 5), "z" * 6]


def test_colours_are_taken_off_for_whoever_searches() -> None:
    assert bare("\x1b[1;38;5;9mError\x1b[0m: \x1b[mno") == "Error: no"
    assert bare("plain") == "plain"
