"""What `Line` keeps is what a tiny terminal shows: a list of cells and a cursor, one character at a time."""

from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.terminal import Line, bare

PIECES = st.sampled_from(["a", "bc", "déf", " ", "\r", "\b", "\n", "\r\n", "100%", "\x1b[K", "\x1b[2K", "\x1b[1K"])
COLOURS = st.sampled_from(["\x1b[31m", "\x1b[0m", "\x1b[1;32m", "\x1b[?25l"])


class Terminal:
    """Cells without colours."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.cells: list[str] = []
        self.at = 0

    def take(self, piece: str) -> None:
        """Act on one control sequence, or on one character."""
        match piece:
            case "\n":
                self.ended.append("".join(self.cells))
                self.cells, self.at = [], 0
            case "\r":
                self.at = 0
            case "\b":
                self.at = max(0, self.at - 1)
            case "\x1b[K":
                self.cells = self.cells[: self.at]
            case "\x1b[2K":
                self.cells = [" "] * min(self.at, len(self.cells))
            case "\x1b[1K":
                end = min(self.at + 1, len(self.cells))
                self.cells = [" "] * end + self.cells[end:]
            case _:
                self.cells += [" "] * (self.at - len(self.cells))
                self.cells[self.at : self.at + 1] = [piece]
                self.at += 1


def shown(pieces: list[str]) -> list[str]:
    """Return the lines of the terminal, the open one last, without the blanks at their ends."""
    terminal = Terminal()
    for piece in pieces:
        is_control = piece.startswith("\x1b") or piece in "\r\b\n"
        for each in [piece] if is_control else ["\n"] if piece == "\r\n" else piece:
            terminal.take(each)
    return [line.rstrip(" ") for line in (*terminal.ended, "".join(terminal.cells))]


def kept(line: Line, writes: list[str]) -> list[str]:
    """Return the lines of ours, without colours and the blanks at their ends."""
    ended = [each for text in writes for each in line.feed(text)]
    return [bare(each).rstrip(" ") for each in (*ended, line.text)]


@given(st.lists(PIECES), st.integers(1, 5))
def test_a_line_is_what_a_terminal_shows(pieces: list[str], each: int) -> None:
    writes = ["".join(pieces[i : i + each]) for i in range(0, len(pieces), each)]
    assert kept(Line(), writes) == shown(pieces)


@given(st.lists(st.one_of(PIECES, COLOURS)))
def test_colours_change_no_character(pieces: list[str]) -> None:
    plain = [piece for piece in pieces if not piece.startswith("\x1b") or piece.endswith("K")]
    assert kept(Line(), ["".join(pieces)]) == kept(Line(), ["".join(plain)])
